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
    pub(super) fn of(id: NodeId, machine: &Machine, image: &ClusterImage) -> Self {
        let counters = machine.disk.counters();
        let touched = counters.page_hits + counters.page_misses;
        let shown = |partition: &TopicPartition| !is_internal_topic(&partition.topic);
        let (replicas, disk_bytes) = match machine.node() {
            Some(Node::Broker(broker)) => {
                let replicas = broker.partitions().filter(|p| shown(p.id()));
                let bytes = broker.partitions().filter_map(|p| p.log()).map(|log| log.size());
                (
                    replicas.map(|p| Rc::new(ReplicaView::of(id, p, image))).collect(),
                    bytes.sum::<i64>().unsigned_abs(),
                )
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
    fn of(broker: NodeId, partition: &Partition, image: &ClusterImage) -> Self {
        let id = partition.id().clone();
        let registered = image.partition(&id);
        let role = match partition.role() {
            Part::Leader(_) => Role::Leader,
            Part::Follower { .. } => Role::Follower,
            Part::Offline { .. } => Role::Offline,
        };
        let in_sync = registered.is_none_or(|r| r.isr.contains(&broker));
        let epoch = partition.leader_epoch();
        let Some(log) = partition.log() else {
            return Self {
                partition: id,
                role: Role::Offline,
                in_sync,
                epoch,
                log_start: 0,
                high_watermark: 0,
                log_end: 0,
                bytes: 0,
                segment_count: 0,
                segments: Rc::new([]),
            };
        };
        Self {
            partition: id,
            role,
            in_sync,
            epoch,
            log_start: log.log_start_offset(),
            high_watermark: log.high_watermark(),
            log_end: log.log_end_offset(),
            bytes: u64::try_from(log.size()).unwrap_or(0),
            segment_count: log.segments().count(),
            segments: segments(log),
        }
    }
}

/// The newest segments; a picture of a cluster never shows more.
fn segments(log: &Log) -> Rc<[SegmentView]> {
    const MOST: usize = 48;
    let count = log.segments().count();
    let tail: Vec<(Offset, u64)> = log
        .segments()
        .skip(count.saturating_sub(MOST))
        .map(|s| (s.base_offset(), u64::try_from(s.size()).unwrap_or(0)))
        .collect();
    let next = |index: usize| tail.get(index + 1).map_or_else(|| log.log_end_offset(), |(base, _)| *base);
    let one = |(index, (base, bytes)): (usize, &(Offset, u64))| SegmentView {
        base: *base,
        next: next(index),
        bytes: *bytes,
        active: index + 1 == tail.len(),
    };
    tail.iter().enumerate().map(one).collect()
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
