//! What a process's state shows after an input that it did not show before. Nodes know nothing of it: they are looked at.

mod consumer;
mod groups;

use std::cmp::Ordering;
use std::sync::Arc;

use consumer::Readings;
use groups::Shards;

use super::journal::Kind;
use super::journal::Names;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::broker::Broker;
use crate::kafka::broker::Stage;
use crate::kafka::client::producer::Producer;
use crate::kafka::controller::Controller;
use crate::kafka::metadata::ClusterImage;
use crate::kafka::metadata::ImageDelta;
use crate::kafka::node::Node;
use crate::kafka::replication::Partition;
use crate::kafka::storage::Log;

/// What a machine's process was last seen to have. It outlives the process: what a restart lost shows as a change.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Watch {
    replicas: Map<TopicPartition, Replica>,
    image: Option<Arc<ClusterImage>>,
    image_at: Offset,
    readings: Readings,
    shards: Shards,
    offsets: Map<TopicPartition, Offset>,
    acked: u64,
    failed: u64,
    failures: Map<String, u64>,
}

/// A log as it was last seen.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
struct Replica {
    process: u32,
    version: u64,
    start: Offset,
    end: Offset,
    high_watermark: Offset,
    segments: Vec<Offset>,
}

impl Watch {
    /// Compares a process with what it was, and tells what changed. `process` counts the processes of the machine.
    pub fn look(&mut self, process: u32, node: &Node, names: &mut Names) -> Vec<Kind> {
        let mut out = Vec::new();
        match node {
            Node::Broker(broker) => self.look_at_broker(process, broker, names, &mut out),
            Node::Controller(controller) => self.look_at_controller(controller, names, &mut out),
            Node::Consumer(consumer) => self.readings.look(process, consumer, names, &mut out),
            Node::Producer(producer) => self.look_at_producer(producer, names, &mut out),
            Node::Admin(_) => {}
        }
        out
    }

    /// A process ends: what it takes along that its state showed.
    pub fn end(&self, node: &Node, now: Instant, names: &mut Names) -> Vec<Kind> {
        let mut out = Vec::new();
        if let Node::Consumer(consumer) = node {
            self.readings.end(consumer, now, names, &mut out);
        }
        out
    }

    fn look_at_broker(&mut self, process: u32, broker: &Broker, names: &mut Names, out: &mut Vec<Kind>) {
        // Both are in one order: with a thousand partitions, looking each of them up after every input would take longer
        // than the input.
        let mut known = self.replicas.iter_mut().peekable();
        let mut new = Vec::new();
        for partition in broker.partitions() {
            let id = partition.id();
            let seen = loop {
                match known.peek().map(|(seen, _)| (*seen).cmp(id)) {
                    Some(Ordering::Less) => _ = known.next(),
                    Some(Ordering::Equal) => break known.next(),
                    _ => break None,
                }
            };
            match seen {
                Some((_, seen)) if (seen.process, seen.version) == (process, partition.version()) => {}
                Some((_, seen)) => seen.compare(process, partition, names, out),
                None => {
                    let mut seen = Replica::default();
                    seen.compare(process, partition, names, out);
                    new.push((id.clone(), seen));
                }
            }
        }
        self.replicas.extend(new);
        let loaded = broker.coordinators().shards().filter(|it| it.stage == Stage::Active);
        self.shards.look(process, loaded.map(|it| &it.shard), names, out);
        if self.replicas.len() > broker.partitions().count() && broker.has_logs() {
            self.replicas.retain(|id, _| broker.partition(id).is_some());
        }
    }

    fn look_at_controller(&mut self, controller: &Controller, names: &mut Names, out: &mut Vec<Kind>) {
        let end = controller.log().end_offset();
        if !controller.is_active() || self.image_at == end {
            return;
        }
        self.image_at = end;
        let after = Arc::new(controller.image().clone());
        if let Some(before) = self.image.replace(after.clone()) {
            describe(&before, &after, names, out);
        } else {
            describe(&ClusterImage::default(), &after, names, out);
        }
    }

    fn look_at_producer(&mut self, producer: &Producer, names: &mut Names, out: &mut Vec<Kind>) {
        let delivery = producer.delivery();
        let news = std::mem::replace(&mut self.acked, delivery.acked) != delivery.acked;
        for (id, ranges) in delivery.acked_offsets().iter().filter(|_| news) {
            let Some(last) = ranges.last() else { continue };
            let seen = self.offsets.get(id).copied();
            if seen != Some(last.end) {
                let base = seen.filter(|seen| *seen >= last.first && *seen < last.end).unwrap_or(last.first);
                let records = u32::try_from(last.end - base).unwrap_or(u32::MAX);
                out.push(Kind::Acked { spot: names.spot_id(id), base, records });
                self.offsets.insert(id.clone(), last.end);
            }
        }
        let failed = delivery.failed_total();
        if failed != self.failed {
            self.failed = failed;
            for (error, count) in &delivery.failed {
                let seen = self.failures.insert(error.clone(), *count).unwrap_or(0);
                if *count > seen {
                    let records = u32::try_from(count - seen).unwrap_or(u32::MAX);
                    out.push(Kind::Failed { error: names.text_id(error), records });
                }
            }
        }
    }
}

impl Replica {
    fn compare(&mut self, process: u32, partition: &Partition, names: &mut Names, out: &mut Vec<Kind>) {
        (self.process, self.version) = (process, partition.version());
        let Some(log) = partition.log() else { return };
        let (start, end, high_watermark) =
            (log.log_start_offset(), log.log_end_offset(), log.high_watermark());
        let same_segments =
            log.segments().map(|segment| segment.base_offset()).eq(self.segments.iter().copied());
        if same_segments && (start, end, high_watermark) == (self.start, self.end, self.high_watermark) {
            return;
        }
        let spot = names.spot_id(partition.id());
        if !same_segments {
            self.compare_segments(log, |kind| out.push(kind(spot)));
        }
        if end < self.end {
            out.push(Kind::Truncated { spot, from: self.end, to: end });
        } else if end > self.end {
            out.push(Kind::Appended { spot, base: self.end.max(start), last: end - 1 });
        }
        if start != self.start {
            out.push(Kind::LogStart { spot, from: self.start, to: start });
        }
        if high_watermark != self.high_watermark {
            out.push(Kind::HighWatermark { spot, from: self.high_watermark, to: high_watermark });
        }
        (self.start, self.end, self.high_watermark) = (start, end, high_watermark);
    }

    fn compare_segments(&mut self, log: &Log, mut tell: impl FnMut(&dyn Fn(super::journal::Spot) -> Kind)) {
        let now: Vec<Offset> = log.segments().map(|segment| segment.base_offset()).collect();
        for &base in self.segments.iter().filter(|base| !now.contains(base)) {
            tell(&|spot| Kind::SegmentDeleted { spot, base });
        }
        let first = self.segments.is_empty();
        for &base in now.iter().filter(|base| !first && !self.segments.contains(base)) {
            tell(&|spot| Kind::Rolled { spot, base });
        }
        self.segments = now;
    }
}

/// What differs between two pictures of the cluster.
fn describe(before: &ClusterImage, after: &ClusterImage, names: &mut Names, out: &mut Vec<Kind>) {
    let delta = ImageDelta::between(before, after);
    for broker in &delta.brokers {
        let fenced = |image: &ClusterImage| image.broker(*broker).map(|it| it.fenced);
        match (fenced(before), fenced(after)) {
            (Some(false), Some(true) | None) => out.push(Kind::Fenced { broker: *broker }),
            (Some(true) | None, Some(false)) => out.push(Kind::Unfenced { broker: *broker }),
            _ => {}
        }
    }
    for (topic, _) in &delta.topics_created {
        out.push(Kind::TopicCreated { topic: names.text_id(topic) });
    }
    for (topic, _) in &delta.topics_deleted {
        out.push(Kind::TopicDeleted { topic: names.text_id(topic) });
    }
    for change in &delta.partitions {
        let Some(after) = &change.after else { continue };
        let spot = names.spot_id(&change.partition);
        let before = change.before.as_ref();
        if before
            .is_none_or(|before| (before.leader, before.leader_epoch) != (after.leader, after.leader_epoch))
        {
            let leader = after.leader.unwrap_or(NodeId(-1));
            out.push(Kind::LeaderChanged { spot, leader, epoch: after.leader_epoch });
        }
        let Some(before) = before else { continue };
        for gone in before.isr.iter().filter(|id| !after.isr.contains(id)) {
            out.push(Kind::IsrShrank { spot, gone: *gone });
        }
        for back in after.isr.iter().filter(|id| !before.isr.contains(id)) {
            out.push(Kind::IsrGrew { spot, back: *back });
        }
    }
}
