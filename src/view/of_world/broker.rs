//! Brokers: by their process when it runs, by their disk when it does not.

use std::rc::Rc;

use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::is_internal_topic;
use crate::kafka::broker::Broker;
use crate::kafka::metadata::ClusterImage;
use crate::kafka::node::Node;
use crate::kafka::replication::Partition;
use crate::kafka::replication::Role as Part;
use crate::kafka::storage::Log;
use crate::lab::machine::Machine;
use crate::lab::machine::State;
use crate::view::BrokerState;
use crate::view::BrokerView;
use crate::view::ReplicaView;
use crate::view::Role;
use crate::view::SegmentView;

impl BrokerView {
    /// `known` are its replicas in the last picture; those that are as they were are taken from there.
    pub(super) fn of(id: NodeId, machine: &Machine, image: &ClusterImage, known: &[Rc<ReplicaView>]) -> Self {
        let counters = machine.disk.counters();
        let touched = counters.page_hits + counters.page_misses;
        let shown = |partition: &TopicPartition| !is_internal_topic(&partition.topic);
        let (replicas, disk_bytes) = match machine.node() {
            Some(Node::Broker(broker)) => {
                let mut known = known.iter().peekable();
                let mut replica = |partition: &Partition| {
                    while known.next_if(|it| it.partition < *partition.id()).is_some() {}
                    let last = known.next_if(|it| it.partition == *partition.id());
                    ReplicaView::after(id, partition, image, last)
                };
                let replicas = broker.partitions().filter(|p| shown(p.id()));
                let replicas = replicas.map(|partition| replica(partition)).collect();
                let bytes = broker.partitions().filter_map(|p| p.log()).map(|log| log.size());
                (replicas, bytes.sum::<i64>().unsigned_abs())
            }
            _ => {
                let mut replicas = on_disk(id, machine, image);
                let bytes = replicas.iter().map(|r| r.bytes).sum();
                replicas.retain(|r| shown(&r.partition));
                (replicas, bytes)
            }
        };
        Self {
            id: id.0,
            state: state_of(machine, image.broker(id).is_some_and(|b| b.fenced)),
            rack: image.broker(id).and_then(|b| b.rack.clone()),
            disk_bytes,
            cache_hit_percent: (touched > 0).then(|| (counters.page_hits * 100 / touched) as u32),
            disk_slowdown: machine.disk.faults().slow,
            replicas,
        }
    }
}

/// How a machine's process is; `fenced` says what the controller thinks of it.
pub(super) fn state_of(machine: &Machine, fenced: bool) -> BrokerState {
    match &machine.state {
        State::Running(node) => match &**node {
            Node::Broker(broker) if is_leaving(broker) => BrokerState::ShuttingDown,
            Node::Broker(broker) if fenced || broker.is_fenced() => BrokerState::Fenced,
            _ => BrokerState::Up,
        },
        State::Crashed => BrokerState::Crashed,
        State::Off => BrokerState::PoweredOff,
        State::Exited => BrokerState::Stopped,
    }
}

fn is_leaving(broker: &Broker) -> bool {
    matches!(broker.lifecycle().state.name(), "PENDING_CONTROLLED_SHUTDOWN" | "SHUTTING_DOWN")
}

impl ReplicaView {
    fn after(
        broker: NodeId,
        partition: &Partition,
        image: &ClusterImage,
        last: Option<&Rc<Self>>,
    ) -> Rc<Self> {
        let role = match partition.role() {
            Part::Leader(_) => Role::Leader,
            Part::Follower { .. } => Role::Follower,
            Part::Offline { .. } => Role::Offline,
        };
        let registered = image.partition(partition.id());
        let in_sync = registered.is_none_or(|r| r.isr.contains(&broker));
        let epoch = partition.leader_epoch();
        let Some(log) = partition.log() else {
            return Rc::new(Self {
                partition: partition.id().clone(),
                role: Role::Offline,
                in_sync,
                epoch,
                log_start: 0,
                high_watermark: 0,
                log_end: 0,
                bytes: 0,
                segment_count: 0,
                segments: Rc::new([]),
            });
        };
        let same = |last: &&Rc<Self>| {
            (last.role, last.in_sync, last.epoch) == (role, in_sync, epoch) && last.is_of(log)
        };
        if let Some(last) = last.filter(same) {
            return last.clone();
        }
        Rc::new(Self {
            partition: partition.id().clone(),
            role,
            in_sync,
            epoch,
            log_start: log.log_start_offset(),
            high_watermark: log.high_watermark(),
            log_end: log.log_end_offset(),
            bytes: u64::try_from(log.size()).unwrap_or(0),
            segment_count: log.segments().count(),
            segments: tail(log).collect(),
        })
    }

    /// Whether this is what a log looks like.
    fn is_of(&self, log: &Log) -> bool {
        let offsets = (log.log_start_offset(), log.high_watermark(), log.log_end_offset());
        // All segments are among the newest, unless there are very many.
        let count =
            || self.segment_count == self.segments.len() || self.segment_count == log.segments().count();
        (self.log_start, self.high_watermark, self.log_end) == offsets
            && tail(log).eq(self.segments.iter().cloned())
            && count()
    }
}

/// The newest segments; a picture of a cluster never shows more.
fn tail(log: &Log) -> impl Iterator<Item = SegmentView> {
    const MOST: usize = 48;
    let count = log.segments().count();
    let mut left = log.segments().skip(count.saturating_sub(MOST)).peekable();
    std::iter::from_fn(move || {
        let segment = left.next()?;
        let next = left.peek().map(|next| next.base_offset());
        Some(SegmentView {
            base: segment.base_offset(),
            next: next.unwrap_or_else(|| log.log_end_offset()),
            bytes: u64::try_from(segment.size()).unwrap_or(0),
            active: next.is_none(),
        })
    })
}

/// The replicas whose files lie on the disk of a machine without a process.
fn on_disk(id: NodeId, machine: &Machine, image: &ClusterImage) -> Vec<Rc<ReplicaView>> {
    let mut logs: Map<TopicPartition, Vec<(Offset, u64)>> = Map::new();
    for (path, file) in machine.disk.files() {
        let Some((dir, name)) = path.split_once('/') else { continue };
        let Some(base) = name.strip_suffix(".log").and_then(|base| base.parse().ok()) else { continue };
        let Some((topic, partition)) = dir.rsplit_once('-') else { continue };
        let Ok(partition) = partition.parse() else { continue };
        logs.entry(TopicPartition { topic: topic.into(), partition }).or_default().push((base, file.len()));
    }
    logs.into_iter()
        .filter(|(partition, _)| image.partition(partition).is_some())
        .map(|(partition, files)| {
            let end = end_on_disk(machine, &partition, files.last().copied().unwrap_or_default());
            let next = |index: usize| files.get(index + 1).map_or(end, |(base, _)| *base);
            let segments = files
                .iter()
                .enumerate()
                .map(|(index, (base, bytes))| SegmentView {
                    base: *base,
                    next: next(index),
                    bytes: *bytes,
                    active: index + 1 == files.len(),
                })
                .collect();
            let registered = image.partition(&partition);
            Rc::new(ReplicaView {
                role: Role::Offline,
                in_sync: registered.is_some_and(|r| r.isr.contains(&id)),
                epoch: registered.map_or(0, |r| r.leader_epoch),
                log_start: files.first().map_or(0, |(base, _)| *base),
                high_watermark: 0,
                log_end: end,
                bytes: files.iter().map(|(_, bytes)| bytes).sum(),
                segment_count: files.len(),
                segments,
                partition,
            })
        })
        .collect()
}

/// The offset after the last whole batch of a `.log` file.
fn end_on_disk(machine: &Machine, partition: &TopicPartition, (base, len): (Offset, u64)) -> Offset {
    let Some(file) = machine.disk.file(&format!("{partition}/{base:020}.log")) else { return base };
    let (mut at, mut end) = (0, base);
    while at + 61 <= len {
        let head = file.peek(at, 27);
        let int = |from: usize| i32::from_be_bytes(head[from..from + 4].try_into().expect("four bytes"));
        let first = i64::from_be_bytes(head[..8].try_into().expect("eight bytes"));
        let Ok(size) = u64::try_from(int(8)) else { break };
        if size < 49 || at + 12 + size > len {
            break;
        }
        end = first + i64::from(int(23)) + 1;
        at += 12 + size;
    }
    end
}
