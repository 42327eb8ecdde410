use super::scene::spot;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::broker::Broker;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::producer::Producer;
use crate::kafka::node::Node;
use crate::kafka::protocol::Api;
use crate::kafka::replication::Partition;
use crate::lab::Entry;
use crate::lab::Journal;
use crate::lab::Kind;
use crate::lab::Seq;
use crate::lab::Timeline;
use crate::lab::World;
use crate::view::BlockedOn;
use crate::view::ClusterView;
use crate::view::Directory;
use crate::view::LookupView;
use crate::view::RecordView;

/// A run, and the probes that read what came of it: questions are decided here and nowhere else.
///
/// Partitions are written `orders-0`; brokers are 1, 2, …, producers 10001, …, consumers 20001, ….
pub struct Ran<'a> {
    timeline: &'a Timeline,
    since: Seq,
    began: Instant,
}

impl<'a> Ran<'a> {
    /// What came of a timeline since this journal entry and this moment.
    pub const fn since(timeline: &'a Timeline, since: Seq, began: Instant) -> Self {
        Self { timeline, since, began }
    }

    pub const fn world(&self) -> &'a World {
        self.timeline.world()
    }

    pub fn journal(&self) -> &'a Journal {
        self.timeline.journal()
    }

    /// The last journal entry before the run began.
    pub(super) const fn began_after(&self) -> Seq {
        self.since
    }

    pub(super) const fn began(&self) -> Instant {
        self.began
    }

    /// Milliseconds since the run began.
    pub fn ms(&self) -> i64 {
        ms_between(self.began, self.timeline.now())
    }

    /// The cluster as the page sees it.
    pub fn cluster(&self) -> ClusterView {
        ClusterView::of(self.world())
    }

    fn node(&self, id: i32) -> Option<&'a Node> {
        self.world().node(NodeId(id))
    }

    fn broker(&self, id: i32) -> Option<&'a Broker> {
        self.node(id).and_then(Node::as_broker)
    }

    fn partition(&self, broker: i32, partition: &str) -> Option<&'a Partition> {
        self.broker(broker)?.partition(&spot(partition))
    }

    // Replication.

    /// The assigned replicas, in their order.
    pub fn ar(&self, partition: &str) -> Vec<i64> {
        self.known(partition, |p| p.replicas.iter().copied().map(i64::from).collect())
    }

    /// The in-sync replicas as the controller has them, in ascending order.
    pub fn isr(&self, partition: &str) -> Vec<i64> {
        let mut isr: Vec<i64> = self.known(partition, |p| p.isr.iter().copied().map(i64::from).collect());
        isr.arrange();
        isr
    }

    pub fn leader(&self, partition: &str) -> Option<i64> {
        self.known(partition, |p| p.leader.map(i64::from))
    }

    pub fn epoch(&self, partition: &str) -> i64 {
        self.known(partition, |p| i64::from(p.epoch))
    }

    fn known<T: Default>(&self, partition: &str, read: impl FnOnce(&crate::view::PartitionView) -> T) -> T {
        self.cluster().partition(&spot(partition)).map(read).unwrap_or_default()
    }

    /// The log end offset of a replica: the offset that its next record gets.
    pub fn leo(&self, broker: i32, partition: &str) -> Option<i64> {
        Some(self.partition(broker, partition)?.log()?.log_end_offset())
    }

    pub fn hw(&self, broker: i32, partition: &str) -> Option<i64> {
        Some(self.partition(broker, partition)?.log()?.high_watermark())
    }

    pub fn start(&self, broker: i32, partition: &str) -> Option<i64> {
        Some(self.partition(broker, partition)?.log()?.log_start_offset())
    }

    // Storage: read from the disk, also while the broker is down.

    pub(super) fn dir<T>(
        &self,
        broker: i32,
        partition: &str,
        read: impl FnOnce(&Directory<'_>) -> T,
    ) -> Option<T> {
        Directory::with(self.world(), NodeId(broker), &spot(partition), read)
    }

    /// Base offsets of the segments.
    pub fn segments(&self, broker: i32, partition: &str) -> Vec<i64> {
        self.dir(broker, partition, |dir| dir.bases()).unwrap_or_default()
    }

    /// Entries of the offset index of one segment: offset and position.
    pub fn index(&self, broker: i32, partition: &str, base: Offset) -> Vec<(i64, i64)> {
        let entries = self.dir(broker, partition, |dir| dir.segment(base, base).index).unwrap_or_default();
        entries.iter().map(|entry| (entry.offset, i64::from(entry.position))).collect()
    }

    /// How many batches the log has.
    pub fn batches(&self, broker: i32, partition: &str) -> i64 {
        let count = |dir: &Directory<'_>| dir.bases().into_iter().map(|base| dir.batches(base).len()).sum();
        self.dir(broker, partition, count).map_or(0, |count: usize| i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// Bytes of batches.
    pub fn bytes(&self, broker: i32, partition: &str) -> i64 {
        let sum = |dir: &Directory<'_>| -> u64 {
            let each = |base| dir.batches(base).iter().map(|head| head.size).sum::<u64>();
            dir.bases().into_iter().map(each).sum()
        };
        self.dir(broker, partition, sum).map_or(0, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX))
    }

    /// How many partition directories a broker's disk has, those that wait for their deletion included.
    pub fn directories(&self, broker: i32) -> i64 {
        let replicas = self.cluster().broker(NodeId(broker)).map_or(0, |b| b.replicas.len());
        i64::try_from(replicas).unwrap_or(i64::MAX)
    }

    /// How the leader would find an offset, with everything that it touches.
    pub fn lookup(&self, partition: &str, offset: Offset) -> Option<LookupView> {
        let leader = i32::try_from(self.leader(partition)?).ok()?;
        self.dir(leader, partition, |dir| LookupView::of(dir, offset, false))??.ok()
    }

    /// The first offset with at least this timestamp, as the leader would find it.
    pub fn lookup_time(&self, partition: &str, timestamp: i64) -> Option<LookupView> {
        let leader = i32::try_from(self.leader(partition)?).ok()?;
        self.dir(leader, partition, |dir| LookupView::of(dir, timestamp, true))??.ok()
    }

    /// One record as it lies on a broker's disk.
    pub fn record(&self, broker: i32, partition: &str, offset: Offset) -> Option<RecordView> {
        let read = |dir: &Directory<'_>| {
            let (base, position) = dir.place_of(offset)?;
            dir.batch(base, position, 0, usize::MAX)?.record(offset).cloned()
        };
        self.dir(broker, partition, read)?
    }

    // Clients.

    pub fn producer(&self, id: i32) -> Option<&'a Producer> {
        self.node(id).and_then(Node::as_producer)
    }

    pub fn consumer(&self, id: i32) -> Option<&'a Consumer> {
        self.node(id).and_then(Node::as_consumer)
    }

    /// Records whose callback came without an error.
    pub fn acked(&self, producer: i32) -> i64 {
        self.producer(producer).map_or(0, |p| count(p.delivery().acked))
    }

    /// Records whose callback or `send()` brought an error.
    pub fn failed(&self, producer: i32) -> i64 {
        self.producer(producer).map_or(0, |p| count(p.delivery().failed_total()))
    }

    /// The first error that a producer's records met, by its Kafka name.
    pub fn error(&self, producer: i32) -> Option<String> {
        self.producer(producer)?.delivery().failed.keys().next().cloned()
    }

    /// Records that were handed to `send()` and have no fate yet.
    pub fn pending(&self, producer: i32) -> i64 {
        self.producer(producer).map_or(0, |p| count(p.delivery().pending()))
    }

    /// Calls of `send()` that have come back to the application.
    pub fn returned(&self, producer: i32) -> i64 {
        let Some(producer) = self.producer(producer) else { return 0 };
        let app = producer.application();
        let inside = app.pending() as u64 + u64::from(app.blocked.is_some());
        count(producer.delivery().sent.saturating_sub(inside))
    }

    /// Records that lie in a producer's accumulator and have not left it.
    pub fn waiting(&self, producer: i32) -> i64 {
        let cluster = self.cluster();
        let Some(view) = cluster.producers.iter().find(|view| view.id == producer) else { return 0 };
        let batches = view.queues.iter().flat_map(|queue| &queue.batches);
        batches.filter(|batch| !batch.in_flight).map(|batch| i64::from(batch.records)).sum()
    }

    /// Whether `send()` does not return, and for what it waits: `memory`, `metadata`.
    pub fn blocked(&self, producer: i32) -> Option<&'static str> {
        let cluster = self.cluster();
        let view = cluster.producers.iter().find(|view| view.id == producer)?;
        Some(match view.blocked? {
            BlockedOn::Memory => "memory",
            BlockedOn::Metadata => "metadata",
            BlockedOn::Flush => "flush",
            BlockedOn::Close => "close",
        })
    }

    /// Records that a consumer's `poll()` returned.
    pub fn delivered(&self, consumer: i32) -> i64 {
        self.consumer(consumer).map_or(0, |c| count(c.application().records))
    }

    /// The last exception that a consumer's application has caught, by its Kafka name.
    pub fn caught(&self, consumer: i32) -> Option<String> {
        let (_, exception) = self.consumer(consumer)?.application().last_exception.as_ref()?;
        Some(exception.to_string())
    }

    /// The offset of the next record that a consumer will be given.
    pub fn position(&self, consumer: i32, partition: &str) -> Option<i64> {
        let spot = spot(partition);
        let assigned = self.consumer(consumer)?.assigned().find(|(id, _)| **id == spot)?.1;
        Some(assigned.position()?.offset)
    }

    // The journal.

    /// What happened since the run began, in order.
    pub fn events(&self) -> impl Iterator<Item = (Seq, &'a Entry)> {
        self.journal().iter_from(self.since + 1)
    }

    /// The timeline just after a journal entry, to read what was true then.
    pub fn then(&self, entry: Seq) -> Timeline {
        let mut there = self.timeline.clone();
        there.seek_entry(entry);
        there
    }

    /// Milliseconds from the beginning of the run to the first event that `wanted` accepts.
    pub fn first(&self, wanted: impl Fn(&Entry) -> bool) -> Option<i64> {
        let (_, entry) = self.events().find(|(_, entry)| wanted(entry))?;
        Some(ms_between(self.began, entry.at))
    }

    /// Requests of one API that a node sent since the run began.
    pub fn requests(&self, from: i32, wanted: Api) -> i64 {
        let is = |entry: &Entry| entry.node.0 == from && asks(&entry.kind, wanted);
        count(self.events().filter(|(_, entry)| is(entry)).count() as u64)
    }

    /// The ranges that a consumer was given since the run began, in order: partition, first offset, offset behind the
    /// last.
    pub fn deliveries(&self, consumer: i32) -> Vec<(TopicPartition, Offset, Offset)> {
        let names = self.world().names();
        let read = |entry: &Entry| match entry.kind {
            Kind::Consumed { spot, from, to } if entry.node.0 == consumer => {
                Some((names.spot(spot).clone(), from, to))
            }
            _ => None,
        };
        self.events().filter_map(|(_, entry)| read(entry)).collect()
    }
}

fn ms_between(from: Instant, to: Instant) -> i64 {
    i64::try_from(to.since(from).as_millis()).unwrap_or(i64::MAX)
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Whether an entry says that a request of this API was sent.
pub(super) fn asks(kind: &Kind, wanted: Api) -> bool {
    matches!(kind, Kind::Sent { api, response: false, .. } if *api == wanted)
}
