//! The members of a group: as their coordinator knows them, and as they know themselves.

use std::sync::Arc;

use super::CallWait;
use super::Doings;
use super::GroupWait;
use super::MemberView;
use super::place::Coordinator;
use super::place::consumer;
use super::story::Story;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::base::WALL_START_MS;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::GroupProtocol as Speaks;
use crate::kafka::client::consumer::group::MemberState;
use crate::kafka::client::consumer::group::ModernState;
use crate::kafka::client::errors::error_name;
use crate::kafka::coordinator::group::GroupView as Known;
use crate::kafka::coordinator::group::classic::ClassicGroup;
use crate::kafka::coordinator::group::classic::ClassicState;
use crate::kafka::coordinator::group::consumer::ConsumerGroup;
use crate::kafka::coordinator::group::consumer::member::Member;
use crate::kafka::coordinator::shard::TimerKey;
use crate::kafka::coordinator::shard::Work;
use crate::kafka::node::NodeSpec;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolAssignment;
use crate::lab::Journal;
use crate::lab::Kind;
use crate::lab::Seq;
use crate::lab::World;
use crate::view::of_world::image_of;

/// How far back the latest error of a member is looked for, in lines between members and coordinator.
const LINES_BACK: usize = 1_000;

/// The moment at which every wall clock shows this.
pub(in crate::view) fn at_wall(ms: i64) -> Instant {
    Instant::from_millis(u64::try_from(ms - WALL_START_MS).unwrap_or(0))
}

/// Milliseconds from now on; negative when it is over.
pub(in crate::view) fn left_ms(until: Instant, now: Instant) -> i64 {
    (until.0.cast_signed() - now.0.cast_signed()) / 1_000
}

impl GroupWait {
    /// What a group waits for, as its coordinator has it.
    pub(in crate::view) fn of(coordinator: &Coordinator<'_>, known: &Known<'_>) -> Option<Self> {
        let group = match known {
            Known::Classic(group) => group,
            Known::Consumer(group) => return Self::of_epochs(coordinator, group),
        };
        let (key, missing): (TimerKey, Vec<Name>) = match group.state {
            ClassicState::PreparingRebalance => (
                TimerKey::Join { group: group.name.clone() },
                group
                    .members
                    .iter()
                    .filter(|(_, it)| it.awaiting_join.is_none())
                    .map(|(id, _)| id.clone())
                    .collect(),
            ),
            ClassicState::CompletingRebalance => {
                (TimerKey::Sync { group: group.name.clone() }, group.pending_sync.iter().cloned().collect())
            }
            _ => return None,
        };
        let timer = coordinator.shard.timers().get(&key)?;
        Some(Self {
            until: at_wall(timer.due_ms),
            missing,
            pending: group.pending_join.len(),
            initial_delay: matches!(timer.work, Work::InitialDelay { .. }),
        })
    }
}

impl GroupWait {
    /// KIP-848: members that are not where the target wants them; at most until the first must have given up.
    fn of_epochs(coordinator: &Coordinator<'_>, group: &ConsumerGroup) -> Option<Self> {
        let late = |member: &&Arc<Member>| !member.is_reconciled_to(group.assignment_epoch);
        let missing: Vec<Name> =
            group.members.values().filter(late).map(|member| member.id.clone()).collect();
        let due = |member: &Name| {
            let key = TimerKey::Rebalance { group: group.id.clone(), member: member.clone() };
            let session = TimerKey::Session { group: group.id.clone(), member: member.clone() };
            let timers = coordinator.shard.timers();
            timers.get(&key).or_else(|| timers.get(&session)).map(|timer| timer.due_ms)
        };
        let until = missing.iter().filter_map(due).min()?;
        Some(Self { until: at_wall(until), missing, pending: 0, initial_delay: false })
    }
}

/// Which machine is which member of a group: by the id that it has, else by the `client.id` that it gave.
struct Machines<'a> {
    consumers: Vec<(NodeId, &'a Name, Option<&'a Consumer>)>,
    by_id: Map<&'a str, usize>,
    /// Those without an id, by `client.id`.
    by_client: Map<&'a str, usize>,
}

impl<'a> Machines<'a> {
    fn of(world: &'a World, group: &str) -> Self {
        let mut machines = Self { consumers: Vec::new(), by_id: Map::new(), by_client: Map::new() };
        for (node, machine) in world.machines() {
            let NodeSpec::Consumer(spec) = &machine.spec else { continue };
            if spec.group() != Some(group) || !spec.subscription.by_group() {
                continue;
            }
            let (consumer, place) = (consumer(world, node), machines.consumers.len());
            match consumer.map(own_id).filter(|id| !id.is_empty()) {
                Some(id) => machines.by_id.insert(id, place),
                None => machines.by_client.insert(&spec.client_id, place),
            };
            machines.consumers.push((node, &spec.client_id, consumer));
        }
        machines
    }

    fn of_member(&self, id: &str, client: &str) -> Option<(NodeId, Option<&'a Consumer>)> {
        let place = self.by_id.get(id).or_else(|| self.by_client.get(client))?;
        let (node, _, consumer) = self.consumers[*place];
        Some((node, consumer))
    }
}

/// The member id that a consumer has, empty before it has one.
pub(in crate::view) fn own_id(consumer: &Consumer) -> &str {
    consumer.group().member()
}

impl MemberView {
    /// All members in the order of the coordinator, then consumers that are in the group only in their own eyes, or on
    /// their way into it.
    pub(super) fn all(
        world: &World,
        name: &Name,
        coordinator: Option<&Coordinator<'_>>,
        story: Option<&Story>,
        journal: &Journal,
    ) -> Vec<Self> {
        let machines = Machines::of(world, name);
        let errors = story.map(|story| errors(story, journal, world.seq())).unwrap_or_default();
        let mut members = Vec::new();
        match coordinator.and_then(|it| Some((it, it.group(name)?))) {
            Some((coordinator, Known::Classic(group))) => {
                members.extend(of_classic(world, coordinator, group, &machines));
            }
            Some((coordinator, Known::Consumer(group))) => {
                members.extend(of_epochs(world, coordinator, group, &machines));
            }
            None => {}
        }
        let known: Set<i32> = members.iter().filter_map(|member: &Self| member.node).collect();
        for (node, client, consumer) in &machines.consumers {
            if let Some(consumer) = consumer
                && !known.contains(&node.0)
            {
                members.push(outsider(world, *node, client, consumer));
            }
        }
        for member in &mut members {
            member.last_error = member.node.and_then(|node| errors.get(&node)).cloned();
        }
        members
    }
}

fn of_classic<'a>(
    world: &'a World,
    coordinator: &'a Coordinator<'_>,
    group: &'a ClassicGroup,
    machines: &'a Machines<'_>,
) -> impl Iterator<Item = MemberView> + 'a {
    group.members.iter().map(move |(id, member)| {
        let found = machines.of_member(id, &member.client_id);
        let consumer = found.and_then(|(_, consumer)| consumer);
        let session = TimerKey::Heartbeat { group: group.name.clone(), member: id.clone() };
        let session = coordinator.shard.timers().get(&session);
        let target = ConsumerProtocolAssignment::decode(&member.assignment);
        MemberView {
            id: id.clone(),
            node: found.map(|(node, _)| node.0),
            client: member.client_id.clone(),
            instance: member.instance.clone(),
            leads: group.leader.as_ref() == Some(id),
            state: consumer.map_or(Doings::Gone, |consumer| Doings::of(consumer, world.now())),
            owned: consumer.map(owned).unwrap_or_default(),
            target: target.map(|it| sorted(it.partitions)).unwrap_or_default(),
            epoch: None,
            session_left_ms: session.map(|timer| left_ms(at_wall(timer.due_ms), world.now())),
            poll_left_ms: consumer.and_then(|consumer| poll_left_ms(consumer, world.now())),
            last_error: None,
            call: consumer.and_then(|consumer| CallWait::of(consumer, world.now())),
        }
    })
}

fn of_epochs<'a>(
    world: &'a World,
    coordinator: &'a Coordinator<'_>,
    group: &'a ConsumerGroup,
    machines: &'a Machines<'_>,
) -> impl Iterator<Item = MemberView> + 'a {
    let image = image_of(world);
    group.members.values().map(move |member| {
        let client = &member.metadata.client_id;
        let found = machines.of_member(&member.id, client);
        let consumer = found.and_then(|(_, consumer)| consumer);
        let session = TimerKey::Session { group: group.id.clone(), member: member.id.clone() };
        let session = coordinator.shard.timers().get(&session);
        let target = group.target_of(member);
        let named = |topic: &Uuid| image.and_then(|image| image.topic_name(*topic));
        let target = target.iter().filter_map(|(topic, of)| Some((named(topic)?, of)));
        let target = target.flat_map(|(topic, of)| of.iter().map(|it| TopicPartition::new(topic, *it)));
        let state = consumer.map_or(Doings::Gone, |consumer| Doings::of(consumer, world.now()));
        let reconciled = member.is_reconciled_to(group.assignment_epoch);
        MemberView {
            id: member.id.clone(),
            node: found.map(|(node, _)| node.0),
            client: client.clone(),
            instance: member.metadata.instance.clone(),
            leads: false,
            state: match state {
                Doings::Polling | Doings::Processing | Doings::Calling if !reconciled => Doings::Reconciling,
                state => state,
            },
            owned: consumer.map(owned).unwrap_or_default(),
            target: sorted(target.collect()),
            epoch: Some(member.epoch),
            session_left_ms: session.map(|timer| left_ms(at_wall(timer.due_ms), world.now())),
            poll_left_ms: consumer.and_then(|consumer| poll_left_ms(consumer, world.now())),
            last_error: None,
            call: consumer.and_then(|consumer| CallWait::of(consumer, world.now())),
        }
    })
}

/// A consumer that its coordinator does not count to the group.
fn outsider(world: &World, node: NodeId, client: &Name, consumer: &Consumer) -> MemberView {
    MemberView {
        id: Name::from(own_id(consumer)),
        node: Some(node.0),
        client: client.clone(),
        instance: consumer.group().instance().cloned(),
        leads: false,
        state: Doings::of(consumer, world.now()),
        owned: owned(consumer),
        target: Vec::new(),
        epoch: None,
        session_left_ms: None,
        poll_left_ms: poll_left_ms(consumer, world.now()),
        last_error: None,
        call: CallWait::of(consumer, world.now()),
    }
}

fn sorted(mut partitions: Vec<TopicPartition>) -> Vec<TopicPartition> {
    partitions.arrange();
    partitions
}

fn owned(consumer: &Consumer) -> Vec<TopicPartition> {
    consumer.assigned().map(|(partition, _)| partition.clone()).collect()
}

/// When `poll()` must have been called again; nothing while the application is inside.
pub(in crate::view) fn poll_until(consumer: &Consumer) -> Option<Instant> {
    let application = consumer.application();
    let most = consumer.config().max_poll_interval_ms;
    (!application.is_polling() && application.last_poll.is_some()).then(|| {
        application.left_poll_at + crate::kafka::base::Duration::from_millis(most.unsigned_abs().into())
    })
}

fn poll_left_ms(consumer: &Consumer, now: Instant) -> Option<i64> {
    poll_until(consumer).map(|until| left_ms(until, now))
}

impl CallWait {
    fn of(consumer: &Consumer, now: Instant) -> Option<Self> {
        let blocked = consumer.application().calls.blocked()?;
        Some(Self {
            call: blocked.call,
            waited_ms: left_ms(now, blocked.since),
            left_ms: left_ms(blocked.deadline, now),
            answered: blocked.answered,
            partitions: blocked.answered + blocked.open.len() + blocked.asked.len(),
        })
    }
}

impl Doings {
    pub(in crate::view) fn of(consumer: &Consumer, now: Instant) -> Self {
        if consumer.group().protocol() == Speaks::Consumer {
            return Self::of_epochs(consumer);
        }
        let classic = consumer.group().classic();
        let late = poll_until(consumer).is_some_and(|until| until <= now);
        match classic.state() {
            _ if classic.heartbeat().failed == Some(ErrorCode::FencedInstanceId) => Self::Fenced,
            MemberState::Unjoined if late => Self::LeftTooSlow,
            MemberState::Unjoined | MemberState::PreparingRebalance => Self::Joining,
            MemberState::CompletingRebalance => Self::Syncing,
            MemberState::Stable if consumer.application().is_polling() => Self::Polling,
            MemberState::Stable if consumer.application().is_calling() => Self::Calling,
            MemberState::Stable => Self::Processing,
        }
    }
}

impl Doings {
    fn of_epochs(consumer: &Consumer) -> Self {
        match consumer.group().modern().state() {
            ModernState::Unsubscribed | ModernState::Joining | ModernState::Leaving => Self::Joining,
            ModernState::Reconciling | ModernState::Acknowledging => Self::Reconciling,
            ModernState::Fenced => Self::Fenced,
            ModernState::Stale => Self::LeftTooSlow,
            ModernState::Stable if consumer.application().is_polling() => Self::Polling,
            ModernState::Stable if consumer.application().is_calling() => Self::Calling,
            ModernState::Stable => Self::Processing,
        }
    }
}

/// The latest error that each machine was told by the coordinator.
fn errors(story: &Story, journal: &Journal, seq: Seq) -> Map<i32, (Instant, String)> {
    let known = story.lines.partition_point(|line| line.sent <= seq);
    let mut errors = Map::new();
    for line in story.lines[..known].iter().rev().take(LINES_BACK) {
        if line.arrived == 0 || line.arrived > seq {
            continue;
        }
        let Some(entry) = journal.get(line.arrived) else { continue };
        if let Kind::Received { response: true, error, .. } = entry.kind
            && error != 0
        {
            errors.entry(entry.node.0).or_insert_with(|| (entry.at, error_name(ErrorCode::from(error))));
        }
    }
    errors
}
