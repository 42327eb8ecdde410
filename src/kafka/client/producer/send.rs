//! `KafkaProducer.send()`: metadata → serializer → partitioner → size checks → accumulator; and the thread that calls it.

use std::cell::RefCell;

use bytes::Bytes;

use super::Append;
use super::AppendError;
use super::Appended;
use super::BatchId;
use super::Blocked;
use super::FeedRecord;
use super::Keys;
use super::Producer;
use super::Scene;
use super::accumulator::Run;
use super::feed::FeedReader;
use super::memory::Chosen;
use super::memory::Handed;
use super::memory::SendPath;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Purpose;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::partition_for_key;
use crate::kafka::client::errors::error_name;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::record::size::batch_size_upper_bound;

impl Producer {
    /// Runs the application's thread: it goes on when what it waited for is there, and sends what is due.
    pub(super) fn run_application(&mut self, cx: &mut Context<'_>) {
        self.wake_waiting(cx);
        self.try_unblock(cx);
        while self.application.blocked.is_none()
            && let Some(record) = self.application.pending.pop_front()
        {
            self.send(cx, record, cx.now);
        }
        if self.application.flush_wanted && self.application.blocked.is_none() {
            self.begin_flush(cx.now);
        }
        if self.application.blocked.is_none() {
            self.send_what_is_due(cx);
        }
    }

    fn send_what_is_due(&mut self, cx: &mut Context<'_>) {
        let (records, bytes) = self.application.allowance(cx.now);
        if records == 0 {
            return;
        }
        let sent = if self.application.is_feeding() {
            self.send_feed(cx, records, bytes)
        } else {
            self.send_workload(cx, records)
        };
        self.application.sent(cx.now, sent);
    }

    fn send_workload(&mut self, cx: &mut Context<'_>, records: u64) -> u64 {
        let mut sent = 0;
        while sent < records && self.application.blocked.is_none() {
            let (run, left_over) = self.send_run(cx, records - sent);
            sent += run;
            let app = &mut self.application;
            let (key, value) = match left_over {
                Some(value) => (None, value),
                None if sent == records => break,
                None => {
                    app.made += 1;
                    let mut below = |bound| cx.random(Purpose::Workload).below(bound);
                    app.workload.record(app.made, &app.filler, &mut below)
                }
            };
            let (topic, partition) = (app.workload.topic.clone(), app.workload.partition);
            let record = self.new_record(cx, topic, partition, FeedOrNot { key, value, fed: false });
            self.delivery.sent += 1;
            sent += 1;
            self.send(cx, record, cx.now);
        }
        sent
    }

    /// Does with up to `most` records of the workload what [`send`](Self::send) does with each, as long as they have no
    /// key and their partition has an open batch with room. Answers how many there were, and the value of one that was
    /// made and found no room.
    fn send_run(&mut self, cx: &mut Context<'_>, most: u64) -> (u64, Option<Option<Bytes>>) {
        let workload = &self.application.workload;
        let known = self.metadata.partition_count(&workload.topic);
        let Some(partitions) = known.filter(|count| workload.partition.is_none_or(|it| it < *count)) else {
            return (0, None);
        };
        let Some(largest) = workload.values.largest().filter(|_| workload.keys == Keys::None) else {
            return (0, None);
        };
        if self.check_size(batch_size_upper_bound(None, Some(largest), &[])).is_err() {
            return (0, None);
        }
        let (now, now_ms) = (cx.now, cx.wall_ms());
        let cx = RefCell::new(cx);
        let mut draw = || cx.borrow_mut().random(Purpose::Partitioner).next_u32();
        let mut scene = Scene { cluster: &self.cluster, now_ms, draw: &mut draw };
        let mut below = |bound| cx.borrow_mut().random(Purpose::Workload).below(bound);
        let (workload, filler) = (&self.application.workload, &self.application.filler);
        let (made, mut asked) = (&mut self.application.made, 0);
        let mut next = || {
            (asked < most).then(|| {
                asked += 1;
                *made += 1;
                workload.record(*made, filler, &mut below).1
            })
        };
        let Run { appended, last, left_over } =
            self.accumulator.append_run(&workload.topic, workload.partition, &mut scene, &mut next);
        self.application.next_tag += appended;
        self.delivery.sent += appended;
        if let Some((value, result)) = last {
            let workload = &self.application.workload;
            self.path = Some(SendPath {
                at: now,
                tag: self.application.next_tag,
                topic: workload.topic.clone(),
                key: None,
                value,
                partitions,
                partition: Some(result.partition),
                chosen: if workload.partition.is_some() { Chosen::Explicit } else { Chosen::Sticky },
                handed: Handed::Appended(result),
            });
        }
        (appended, left_over)
    }

    fn send_feed(&mut self, cx: &mut Context<'_>, records: u64, bytes: usize) -> u64 {
        let mut reader = FeedReader::new(false);
        let mut sent = 0;
        let start = self.application.feed.as_ref().map_or(0, |progress| progress.feed.done());
        while sent < records && self.application.blocked.is_none() {
            let Some(progress) = &mut self.application.feed else { break };
            if progress.feed.done() - start >= bytes {
                break;
            }
            match reader.next(&mut progress.feed) {
                None => {
                    progress.read = true;
                    self.application.restart_pace(cx.now);
                    break;
                }
                Some(Err(_)) => progress.skipped += 1,
                Some(Ok(FeedRecord { key, value })) => {
                    progress.sent += 1;
                    sent += 1;
                    let topic = progress.feed.topic.clone();
                    let record = FeedOrNot { key, value: Some(value), fed: true };
                    let record = self.new_record(cx, topic, None, record);
                    self.delivery.sent += 1;
                    self.send(cx, record, cx.now);
                }
            }
        }
        sent
    }

    /// What `send()` begins with: the record goes through the interceptors (`ProducerInterceptors.onSend`), before it
    /// is serialized and before a partition is chosen.
    pub(super) fn new_record(
        &mut self,
        cx: &Context<'_>,
        topic: crate::kafka::base::Name,
        partition: Option<i32>,
        record: FeedOrNot,
    ) -> Append {
        self.application.next_tag += 1;
        let key = if self.config.upper_case_key { record.key.map(upper_case) } else { record.key };
        Append {
            tag: self.application.next_tag,
            topic,
            partition,
            timestamp: cx.wall_ms(),
            key,
            value: record.value,
            headers: Vec::new(),
            fed: record.fed,
        }
    }

    /// `doSend`. `since`: when the application called.
    fn send(&mut self, cx: &mut Context<'_>, record: Append, since: Instant) {
        let Some(partitions) = self.partitions_for(cx, &record, since) else { return };
        let Some(partitions) = partitions else {
            self.wait_for_metadata(record, since);
            return;
        };
        let mut record = record;
        record.timestamp = cx.wall_ms();
        let mut chosen = if record.partition.is_some() { Chosen::Explicit } else { Chosen::Sticky };
        if record.partition.is_none()
            && let Some(key) = &record.key
            && !self.config.ignore_keys()
        {
            record.partition = Some(partition_for_key(key, partitions));
            chosen = Chosen::Key;
        }
        self.note_path(cx.now, &record, partitions, chosen);
        if let Err(sentence) = self.check_size(record.size_upper_bound()) {
            self.decide(&target(&record), 1, Err(ErrorCode::MessageTooLarge));
            self.call_back(cx.now, &target(&record), 1, Err("RECORD_TOO_LARGE"), None);
            self.refuse(cx.now, record.fed, "RECORD_TOO_LARGE", sentence);
            return;
        }
        let (tag, fed) = (record.tag, record.fed);
        let outcome = self.with_scene(cx, |accumulator, scene| accumulator.append(record, scene));
        self.on_appended(cx.now, tag, fed, outcome, since);
    }

    /// How many partitions the topic has: `Some(None)` while that is not known, `None` when the record was refused.
    fn partitions_for(&mut self, cx: &Context<'_>, record: &Append, since: Instant) -> Option<Option<i32>> {
        let known = self.metadata.partition_count(&record.topic);
        if let Some(count) = known
            && record.partition.is_none_or(|partition| partition < count)
        {
            return Some(known);
        }
        let error = self.metadata.topic(&record.topic).and_then(|topic| topic.error);
        if error == Some(ErrorCode::InvalidTopicException) {
            let sentence = format!("InvalidTopicException: {} is not a name for a topic", record.topic);
            self.decide(&target(record), 1, Err(ErrorCode::InvalidTopicException));
            self.call_back(cx.now, &target(record), 1, Err("INVALID_TOPIC_EXCEPTION"), None);
            self.refuse(cx.now, record.fed, "INVALID_TOPIC_EXCEPTION", sentence);
            return None;
        }
        if cx.now >= since + self.max_block() {
            self.give_up_metadata(cx.now, record, error);
            return None;
        }
        self.metadata.add_topic(&record.topic);
        self.metadata.request_update();
        Some(None)
    }

    fn wait_for_metadata(&mut self, record: Append, since: Instant) {
        let until = since + self.max_block();
        self.application.blocked = Some(Blocked::Metadata { record, since, until });
    }

    fn give_up_metadata(&mut self, now: Instant, record: &Append, error: Option<ErrorCode>) {
        let waited = self.config.max_block_ms;
        let what = match (self.metadata.partition_count(&record.topic), record.partition) {
            (Some(count), Some(partition)) => {
                format!("Partition {partition} of topic {} with partition count {count} is", record.topic)
            }
            _ => format!("Topic {}", record.topic),
        };
        let why = error.map_or(String::new(), |error| format!(" ({})", error_name(error)));
        let sentence = format!("TimeoutException: {what} not present in metadata after {waited} ms.{why}");
        self.decide(&target(record), 1, Err(ErrorCode::RequestTimedOut));
        self.call_back(now, &target(record), 1, Err("TimeoutException"), None);
        self.refuse(now, record.fed, "TimeoutException", sentence);
    }

    /// `ensureValidRecordSize`.
    fn check_size(&self, size: usize) -> Result<(), String> {
        let too_large = |what: String| {
            Err(format!(
                "RecordTooLargeException: The message is {size} bytes when serialized which is larger than {what} \
                 configuration."
            ))
        };
        if size as i64 > i64::from(self.config.max_request_size) {
            let limit = self.config.max_request_size;
            return too_large(format!("{limit}, which is the value of the max.request.size"));
        }
        if size as i64 > self.config.buffer_memory {
            return too_large("the total memory buffer you have configured with the buffer.memory".into());
        }
        Ok(())
    }

    fn on_appended(&mut self, now: Instant, tag: u64, fed: bool, outcome: Appended, since: Instant) {
        self.note_handed(tag, outcome);
        match outcome {
            Appended::Done(_) => {}
            Appended::Waits(waiter) => {
                let until = since + self.max_block();
                self.application.blocked = Some(Blocked::Memory { waiter, since, until });
            }
            Appended::Refused(AppendError::Closed) => {
                let sentence = "KafkaException: Producer closed while send in progress".to_owned();
                self.refuse(now, fed, "KafkaException", sentence);
            }
            Appended::Refused(AppendError::TooLarge | AppendError::Invalid) => {
                let sentence = "IllegalArgumentException: the record cannot be stored".to_owned();
                self.refuse(now, fed, "IllegalArgumentException", sentence);
            }
        }
    }

    /// `send()` brings an error at once.
    pub(super) fn refuse(&mut self, now: Instant, fed: bool, error: &str, sentence: String) {
        self.delivery.fail(error, 1);
        if let Some(progress) = self.application.feed.as_mut().filter(|_| fed) {
            progress.failed += 1;
        }
        self.complain(now, sentence);
    }

    pub(super) fn max_block(&self) -> Duration {
        Duration::from_millis(self.config.max_block_ms.unsigned_abs())
    }

    pub(super) fn with_scene<R>(
        &mut self,
        cx: &mut Context<'_>,
        act: impl FnOnce(&mut super::RecordAccumulator, &mut Scene<'_>) -> R,
    ) -> R {
        let now_ms = cx.wall_ms();
        let mut draw = || cx.random(Purpose::Partitioner).next_u32();
        act(&mut self.accumulator, &mut Scene { cluster: &self.cluster, now_ms, draw: &mut draw })
    }

    /// Those who waited for memory and have it now put their records into batches.
    fn wake_waiting(&mut self, cx: &mut Context<'_>) {
        for resumed in self.with_scene(cx, |accumulator, scene| accumulator.resume(scene)) {
            let Some(Blocked::Memory { waiter, since, .. }) = self.application.blocked else { continue };
            if waiter == resumed.waiter {
                self.application.blocked = None;
                self.application.restart_pace(cx.now);
                self.application.sent(cx.now, 1);
                self.on_appended(cx.now, resumed.tag, false, resumed.outcome, since);
            }
        }
    }

    fn try_unblock(&mut self, cx: &mut Context<'_>) {
        let over = |until: Instant| cx.now >= until;
        match self.application.blocked.take() {
            Some(Blocked::Metadata { record, since, .. }) => {
                self.send(cx, record, since);
                if self.application.blocked.is_none() {
                    self.application.restart_pace(cx.now);
                    self.application.sent(cx.now, 1);
                }
            }
            Some(Blocked::Memory { waiter, until, .. }) if over(until) => {
                let record = self.accumulator.give_up(waiter);
                let fed = record.as_ref().is_some_and(|record| record.fed);
                let least = self.config.batch_size as usize;
                let size = record.as_ref().map_or(least, |record| record.size_upper_bound().max(least));
                if let Some(record) = record {
                    self.decide(&target(&record), 1, Err(ErrorCode::RequestTimedOut));
                    self.call_back(cx.now, &target(&record), 1, Err("BufferExhaustedException"), None);
                }
                let sentence = format!(
                    "BufferExhaustedException: Failed to allocate {size} bytes within the configured max blocking \
                     time {} ms. Total memory: {} bytes. Available memory: {} bytes. Poolable size: {least} bytes",
                    self.config.max_block_ms,
                    self.accumulator.pool().total(),
                    self.accumulator.pool().available(),
                );
                self.refuse(cx.now, fed, "BufferExhaustedException", sentence);
                self.application.restart_pace(cx.now);
            }
            Some(Blocked::Flush { last, since }) => {
                if self.accumulator.incomplete().all(|batch| batch.id > last && !batch.is_split) {
                    self.accumulator.end_flush();
                    self.application.restart_pace(cx.now);
                } else {
                    self.application.blocked = Some(Blocked::Flush { last, since });
                }
            }
            blocked => self.application.blocked = blocked,
        }
    }

    /// `flush()`: everything is ready to be sent at once, and the thread waits for it.
    fn begin_flush(&mut self, now: Instant) {
        self.application.flush_wanted = false;
        let last = self.accumulator.incomplete().map(|batch| batch.id).max();
        self.accumulator.begin_flush();
        let last = last.unwrap_or(BatchId(0));
        self.application.blocked = Some(Blocked::Flush { last, since: now });
        if !self.accumulator.has_incomplete() {
            self.accumulator.end_flush();
            self.application.blocked = None;
        }
    }
}

/// `demo.UpperCaseKey.onSend`; bytes that are no ASCII text stay as they are.
fn upper_case(key: Bytes) -> Bytes {
    key.to_ascii_uppercase().into()
}

/// Where a record was to go; −1 = no partition was chosen yet.
fn target(record: &Append) -> TopicPartition {
    TopicPartition::new(&record.topic, record.partition.unwrap_or(-1))
}

/// Key and value of a record, and whether it comes from a file.
pub(super) struct FeedOrNot {
    pub(super) key: Option<bytes::Bytes>,
    pub(super) value: Option<bytes::Bytes>,
    pub(super) fed: bool,
}
