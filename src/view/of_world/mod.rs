//! How pictures are taken of a world.

mod broker;
mod producer;

use std::rc::Rc;

use super::AnswerView;
use super::BrokerView;
use super::ClusterView;
use super::ConsumerView;
use super::ControllerView;
use super::Doings;
use super::FlightKind;
use super::FlightView;
use super::FlowView;
use super::LinkFault;
use super::LinkView;
use super::MembershipView;
use super::PartitionView;
use super::ProducerView;
use super::Reading;
use super::group::Coordinator;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::base::is_internal_topic;
use crate::kafka::client::consumer::CLOSED;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::ConsumerSpec;
use crate::kafka::client::consumer::FetchState;
use crate::kafka::client::errors::error_name;
use crate::kafka::metadata::ClusterImage;
use crate::kafka::metadata::PartitionRegistration as Registration;
use crate::kafka::metadata::TopicImage;
use crate::kafka::node::Node;
use crate::kafka::node::NodeSpec;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::lab::GroupState;
use crate::lab::Journal;
use crate::lab::Kind;
use crate::lab::World;
use crate::lab::machine::Machine;
use crate::lab::network::Link;
use crate::lab::network::Message;

impl ClusterView {
    pub fn of(world: &World) -> Self {
        Self::after(world, &Self::default())
    }

    /// The same, a moment after this picture: the copies that are as they were are shared with it, so that a frame of a
    /// world with thousands of them makes few anew.
    pub fn after(world: &World, last: &Self) -> Self {
        let mut view = Self { now: world.now(), profile: world.profile().name(), ..Self::default() };
        let none = ClusterImage::default();
        let image = image_of(world).unwrap_or(&none);
        for (id, machine) in world.machines() {
            view.add((id, machine), image, world, last);
        }
        view.partitions = partitions(image, false, &last.partitions);
        view.internal = partitions(image, true, &last.internal);
        view.controller.fenced = image.brokers().values().filter(|b| b.fenced).map(|b| b.id.0).collect();
        view.links =
            world.network().links().filter_map(|(from, to, link)| fault(world, from, to, link)).collect();
        // About as many as in the last picture: the list does not grow step by step.
        view.flights.reserve(last.flights.len() + last.flights.len() / 8);
        view.flights.extend(world.network().flights().map(|flight| FlightView::of(&flight, image)));
        view
    }

    fn add(&mut self, (id, machine): (NodeId, &Machine), image: &ClusterImage, world: &World, last: &Self) {
        match &machine.spec {
            NodeSpec::Broker(_) => {
                let known = last.broker(id).map_or(&[][..], |broker| &broker.replicas);
                self.brokers.push(Rc::new(BrokerView::of(id, machine, image, known)));
            }
            NodeSpec::Controller(_) => self.controller = ControllerView::of(id, machine),
            NodeSpec::Producer(spec) => self.producers.push(Rc::new(match machine.node() {
                Some(Node::Producer(producer)) => ProducerView::of(id, producer),
                _ => ProducerView { id: id.0, name: spec.client_id.clone(), ..ProducerView::default() },
            })),
            NodeSpec::Consumer(spec) => self.consumers.push(Rc::new(match machine.node() {
                Some(Node::Consumer(consumer)) => ConsumerView::of(id, consumer, world),
                _ => {
                    let mut group = MembershipView::of(world, spec, None);
                    let closed = machine.last_words.as_deref() == Some(CLOSED);
                    if let Some(member) = group.as_mut().filter(|_| closed) {
                        member.doing = Some(Doings::Closed);
                    }
                    ConsumerView { id: id.0, name: spec.client_id.clone(), group, ..ConsumerView::default() }
                }
            })),
            NodeSpec::Admin(_) => self.answers(machine),
        }
    }
}

impl ClusterView {
    fn answers(&mut self, machine: &Machine) {
        let Some(admin) = machine.node().and_then(Node::as_admin) else { return };
        self.unanswered = admin.pending().count();
        self.answer = admin.results().last().map(|result| AnswerView {
            number: result.number,
            error: result.error.map(error_name),
            message: result.message.clone(),
        });
    }
}

/// The partitions of internal topics, or of the others: as they were in the last picture where they are the same.
fn partitions(image: &ClusterImage, internal: bool, last: &Rc<[PartitionView]>) -> Rc<[PartitionView]> {
    let wanted = || image.partitions().filter(|(topic, ..)| is_internal_topic(&topic.name) == internal);
    let ids = |nodes: &[NodeId], known: &[i32]| nodes.iter().map(|node| node.0).eq(known.iter().copied());
    let same =
        |(known, (topic, partition, registered)): (&PartitionView, (&TopicImage, i32, &Registration))| {
            (known.partition.partition, known.epoch) == (partition, registered.leader_epoch)
                && known.partition.topic == topic.name
                && known.leader == registered.leader.map(|leader| leader.0)
                && ids(&registered.replicas, &known.replicas)
                && ids(&registered.isr, &known.isr)
        };
    if wanted().count() == last.len() && last.iter().zip(wanted()).all(same) {
        return last.clone();
    }
    let one = |(topic, partition, registered): (&TopicImage, i32, &Registration)| PartitionView {
        partition: TopicPartition::new(&topic.name, partition),
        leader: registered.leader.map(|leader| leader.0),
        epoch: registered.leader_epoch,
        replicas: registered.replicas.iter().map(|node| node.0).collect(),
        isr: registered.isr.iter().map(|node| node.0).collect(),
    };
    wanted().map(one).collect()
}

/// The cluster as its metadata say: the controller's, or, while it is down, the newest that a broker has.
pub(in crate::view) fn image_of(world: &World) -> Option<&ClusterImage> {
    let nodes = || world.machines().filter_map(|(_, machine)| machine.node());
    let controller = nodes().find_map(|node| match node {
        Node::Controller(controller) if controller.is_active() => Some(controller.image()),
        _ => None,
    });
    controller.or_else(|| nodes().filter_map(Node::as_broker).map(|broker| broker.cluster()).last())
}

impl ControllerView {
    fn of(id: NodeId, machine: &Machine) -> Self {
        let (log_end, high_watermark) = match machine.node() {
            Some(Node::Controller(controller)) => {
                (controller.log().end_offset(), controller.log().high_watermark())
            }
            _ => (0, 0),
        };
        let state = broker::state_of(machine, false);
        Self { id: id.0, state, log_end, high_watermark, fenced: Vec::new() }
    }
}

impl ConsumerView {
    fn of(id: NodeId, consumer: &Consumer, world: &World) -> Self {
        let group = MembershipView::of(world, consumer.spec(), Some(consumer));
        let name = consumer.group().id();
        let coordinator = name.and_then(|name| Coordinator::of(world, name));
        let committed = |partition: &TopicPartition| {
            Some(coordinator.as_ref()?.shard.committed().offsets.get(name?, partition)?.offset)
        };
        let readings = consumer
            .assigned()
            .map(|(partition, state)| Reading {
                partition: partition.clone(),
                position: match &state.state {
                    FetchState::Fetching { position } | FetchState::AwaitValidation { position, .. } => {
                        Some(position.offset)
                    }
                    FetchState::AwaitCommitted | FetchState::AwaitReset { .. } => None,
                    FetchState::Failed { position, .. } => position.map(|p| p.offset),
                },
                end: (state.high_watermark >= 0).then_some(state.high_watermark),
                committed: committed(partition),
                repeated: None,
            })
            .collect();
        let records = consumer.assigned().map(|(_, state)| state.consumed_records).sum();
        Self { id: id.0, name: consumer.spec().client_id.clone(), running: true, readings, records, group }
    }
}

impl MembershipView {
    fn of(world: &World, spec: &ConsumerSpec, consumer: Option<&Consumer>) -> Option<Self> {
        let group = spec.group().filter(|_| spec.subscription.by_group())?;
        let coordinator = Coordinator::of(world, group);
        let known = coordinator.as_ref().and_then(|it| it.group(group));
        Some(Self {
            group: Name::from(group),
            state: known.map(|known| GroupState::called(known.state())),
            doing: consumer.map(|consumer| Doings::of(consumer, world.now())),
            generation: consumer.map_or(-1, |consumer| consumer.group().generation()),
        })
    }
}

fn fault(world: &World, from: NodeId, to: NodeId, link: &Link) -> Option<LinkView> {
    let usual = Link::new(world.genesis().seed, from, to);
    let times = link.latency.as_micros() / usual.latency.as_micros().max(1);
    let fault = if link.cut {
        LinkFault::Cut
    } else if !link.held.is_empty() {
        LinkFault::Held
    } else if times > 1 || link.bandwidth < usual.bandwidth || link.loss_ppm > 0 || !link.jitter.is_zero() {
        LinkFault::Slow { times: u32::try_from(times).unwrap_or(u32::MAX) }
    } else {
        return None;
    };
    Some(LinkView { from: from.0, to: to.0, fault })
}

impl FlightView {
    fn of(info: &crate::lab::network::FlightInfo<'_>, image: &ClusterImage) -> Self {
        let flight = info.flight;
        let (partition, records) = match &flight.message {
            Message::Request(frame) => of_request(&frame.body, image),
            Message::Response { frame, .. } => of_response(&frame.body, image),
            _ => (None, 0),
        };
        let kind = match &flight.message {
            Message::Request(_) => FlightKind::Request,
            Message::Response { .. } => FlightKind::Response,
            _ => FlightKind::Control,
        };
        Self {
            id: flight.id,
            from: info.from.0,
            to: info.to.0,
            kind,
            api: flight.message.api(),
            partition,
            sent_at: flight.sent_at,
            due_at: info.due_at,
            bytes: flight.bytes,
            records,
        }
    }
}

/// The first partition that a request carries records for, and how many bytes of records it carries.
fn of_request(request: &Request, image: &ClusterImage) -> (Option<TopicPartition>, u32) {
    match request {
        Request::Produce(body) => {
            let all = body
                .topic_data
                .iter()
                .flat_map(|topic| topic.partition_data.iter().map(move |data| (topic, data)));
            let Some((topic, data)) = all.into_iter().next() else { return (None, 0) };
            let records = data.records.as_ref().map_or(0, |r| r.len() as u32);
            let topic = named(image, &topic.name, topic.topic_id);
            (Some(TopicPartition { topic, partition: data.index }), records)
        }
        _ => (None, 0),
    }
}

fn of_response(response: &Response, image: &ClusterImage) -> (Option<TopicPartition>, u32) {
    let Response::Fetch(body) = response else { return (None, 0) };
    for topic in &body.responses {
        for data in &topic.partitions {
            let bytes = data.records.as_ref().map_or(0, |r| r.len() as u32);
            if bytes > 0 {
                let topic = named(image, &topic.topic, topic.topic_id);
                return (Some(TopicPartition { topic, partition: data.partition_index }), bytes);
            }
        }
    }
    (None, 0)
}

/// A topic by its name or, in newer versions of a message, by its id.
fn named(image: &ClusterImage, name: &KafkaString, id: Uuid) -> Name {
    match image.topic_name(id) {
        Some(known) => known.clone(),
        None => Name::from(name.as_str()),
    }
}

impl FlowView {
    /// What was sent along each link between two moments. Of a very busy stretch only the end is counted.
    pub fn between(journal: &Journal, since: Instant, until: Instant) -> Vec<Self> {
        const MOST: u64 = 20_000;
        let last = journal.last_at(until);
        let first = (journal.last_at(since) + 1).max(last.saturating_sub(MOST));
        let mut links = Map::<(i32, i32), (u32, u64)>::new();
        for (_, entry) in journal.iter_from(first).take_while(|(seq, _)| *seq <= last) {
            if let Kind::Sent { peer, bytes, .. } = entry.kind {
                let link = links.entry((entry.node.0, peer.0)).or_default();
                link.0 += 1;
                link.1 += u64::from(bytes);
            }
        }
        links.into_iter().map(|((from, to), (messages, bytes))| Self { from, to, messages, bytes }).collect()
    }
}
