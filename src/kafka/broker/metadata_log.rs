//! Following `__cluster_metadata-0`: a broker copies the controller's log as an observer of the quorum, keeps it on its
//! own disk, and replays what is committed (Kafka: `KafkaRaftClient`, `MetadataLoader`).

use bytes::Bytes;
use bytes::BytesMut;

use super::Broker;
use super::broker::response_of;
use crate::kafka::base::Duration;
use crate::kafka::base::Epoch;
use crate::kafka::base::Instant;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::base::name;
use crate::kafka::channel::Outcome;
use crate::kafka::machine::Context;
use crate::kafka::machine::Timer;
use crate::kafka::metadata::ClusterImage;
use crate::kafka::metadata::METADATA_TOPIC;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::fetch_request::FetchPartition;
use crate::kafka::protocol::messages::fetch_request::FetchRequestData;
use crate::kafka::protocol::messages::fetch_request::FetchTopic;
use crate::kafka::protocol::messages::fetch_request::ReplicaState;
use crate::kafka::protocol::messages::fetch_response::FetchResponseData;
use crate::kafka::protocol::messages::fetch_response::PartitionData;
use crate::kafka::protocol::messages::fetch_snapshot_request::FetchSnapshotRequestData;
use crate::kafka::protocol::messages::fetch_snapshot_request::PartitionSnapshot;
use crate::kafka::protocol::messages::fetch_snapshot_request::SnapshotId;
use crate::kafka::protocol::messages::fetch_snapshot_request::TopicSnapshot;
use crate::kafka::protocol::messages::fetch_snapshot_response::FetchSnapshotResponseData;
use crate::kafka::record::batches;
use crate::kafka::storage::Disk;
use crate::kafka::storage::Isolation;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogError;

/// `KafkaRaftClient.MAX_FETCH_WAIT_MS`
const MAX_WAIT_MS: i32 = 500;
/// `KafkaRaftClient.MAX_FETCH_SIZE_BYTES`
const MAX_BYTES: i32 = 8 * 1024 * 1024;
/// `controller.quorum.retry.backoff.ms`, after an answer that brought nothing on.
const RETRY: Duration = Duration::from_millis(100);

/// A snapshot that is being copied because the log behind it is gone at the controller.
#[derive(Clone, Debug, PartialEq, Hash)]
struct Download {
    end_offset: Offset,
    epoch: Epoch,
    bytes: Vec<Bytes>,
    position: i64,
}

/// The broker's copy of the metadata log, and what replaying it left.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct MetadataLog {
    log: Option<Log>,
    image: ClusterImage,
    /// The first offset that was not replayed.
    next_offset: Offset,
    /// Everything below is committed, as the controller said last.
    high_watermark: Offset,
    controller_epoch: Epoch,
    in_flight: bool,
    waits: bool,
    download: Option<Download>,
    /// When the controller last answered.
    last_answer: Option<Instant>,
    caught_up: bool,
}

impl MetadataLog {
    pub fn image(&self) -> &ClusterImage {
        &self.image
    }

    /// The log on disk; `None` before the process has started.
    pub fn log(&self) -> Option<&Log> {
        self.log.as_ref()
    }

    /// The offset of the last record that was replayed; -1 = none.
    pub fn last_applied_offset(&self) -> Offset {
        self.next_offset - 1
    }

    pub fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    pub fn controller_epoch(&self) -> Epoch {
        self.controller_epoch
    }

    /// When the controller last answered a fetch: metadata stands still since then.
    pub fn last_answer(&self) -> Option<Instant> {
        self.last_answer
    }

    pub(super) fn on_timer(&mut self) {
        self.waits = false;
    }

    fn end(&self) -> Offset {
        self.log.as_ref().map_or(0, Log::log_end_offset)
    }

    fn last_epoch(&self) -> Epoch {
        self.log.as_ref().and_then(Log::latest_epoch).unwrap_or(0)
    }

    /// Cuts off what the controller does not have.
    fn truncate(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        epoch: Epoch,
        end: Offset,
    ) -> Result<(), LogError> {
        let Some(log) = &mut self.log else { return Ok(()) };
        let own = log.end_offset_for_epoch(epoch).map_or(end, |own| own.offset);
        // What was replayed is committed and stays.
        let target = own.min(end).min(log.log_end_offset()).max(self.next_offset);
        log.truncate_to(disk, now_ms, target).map(drop)
    }

    fn append(&mut self, disk: &mut dyn Disk, now_ms: i64, data: &PartitionData) -> Result<(), LogError> {
        let Some(log) = &mut self.log else { return Ok(()) };
        if let Some(records) = data.records.as_ref().filter(|records| !records.is_empty()) {
            log.append_as_follower(disk, now_ms, records.clone(), self.controller_epoch)?;
        }
        let committed = data.high_watermark.min(log.log_end_offset());
        if committed > self.high_watermark {
            self.high_watermark = committed;
            log.update_high_watermark(disk, committed)?;
        }
        Ok(())
    }

    /// At a clean stop.
    pub(super) fn close(&mut self, disk: &mut dyn Disk, now_ms: i64) {
        if let Some(log) = &mut self.log {
            // Nothing is lost when this fails: the log is copied again.
            let _ = log.close(disk, now_ms, true);
        }
    }

    /// Replays what is committed and was not replayed yet.
    fn replay(&mut self, disk: &mut dyn Disk) -> Result<(), LogError> {
        while let Some(log) = self.log.as_mut().filter(|_| self.next_offset < self.high_watermark) {
            let read = log.read(disk, self.next_offset, MAX_BYTES, Isolation::HighWatermark, true)?;
            let before = self.next_offset;
            self.replay_batches(&read.records, self.high_watermark);
            if self.next_offset == before {
                return Ok(());
            }
        }
        Ok(())
    }

    fn replay_batches(&mut self, bytes: &Bytes, end: Offset) {
        for batch in batches(bytes).map_while(Result::ok) {
            if batch.next_offset() > end {
                return;
            }
            let records = if batch.is_control() { None } else { batch.records().ok() };
            for record in records.into_iter().flatten().map_while(Result::ok) {
                if record.offset < self.next_offset {
                    continue;
                }
                let decoded = record.value.as_ref().and_then(|value| MetadataRecord::decode(value).ok());
                if let Some(record) = decoded {
                    // A record that does not fit is left out, as Kafka's loader does after logging a fault.
                    let _ = self.image.replay(&record);
                }
            }
            self.next_offset = self.next_offset.max(batch.next_offset());
        }
    }
}

fn metadata_partition() -> TopicPartition {
    TopicPartition::new(&name(METADATA_TOPIC), 0)
}

impl Broker {
    pub(super) fn open_metadata_log(&mut self, cx: &mut Context<'_>) {
        match self.open_log(cx, &metadata_partition(), Some(Uuid::METADATA_TOPIC_ID)) {
            Ok(log) => {
                self.metadata = MetadataLog {
                    controller_epoch: log.latest_epoch().unwrap_or(0),
                    log: Some(log),
                    ..MetadataLog::default()
                };
                self.load_latest_snapshot(cx);
            }
            Err(error) => self.fail_disk(&error.to_string()),
        }
    }

    /// The image of the newest snapshot on this disk, when the log does not begin at 0.
    fn load_latest_snapshot(&mut self, cx: &mut Context<'_>) {
        let dir = format!("{METADATA_TOPIC}-0");
        let newest = cx.disk.list(&dir).into_iter().rfind(|file| file.ends_with(".checkpoint"));
        let Some(file) = newest else { return };
        let Some(end) = file.split('-').next().and_then(|text| text.parse::<Offset>().ok()) else { return };
        let path = format!("{dir}/{file}");
        let size = cx.disk.len(&path).unwrap_or(0);
        if let Ok(bytes) = cx.disk.read(&path, 0, usize::try_from(size).unwrap_or(0)) {
            self.metadata.replay_batches(&bytes, Offset::MAX);
            self.metadata.next_offset = end;
            self.metadata.high_watermark = end;
        }
    }

    pub(super) fn drive_metadata(&mut self, cx: &mut Context<'_>) {
        let ready_to_ask = self.metadata.log.is_some() && !self.metadata.in_flight && !self.metadata.waits;
        if !ready_to_ask || !self.metadata_client.ready(cx, self.spec.controller) {
            return;
        }
        let request = match &self.metadata.download {
            Some(download) => Request::FetchSnapshot(self.snapshot_request(download)),
            None => Request::Fetch(self.metadata_request()),
        };
        self.metadata.in_flight = self.metadata_client.send(cx, self.spec.controller, request, ());
    }

    fn metadata_request(&self) -> FetchRequestData {
        let partition = FetchPartition::default()
            .with_partition(0)
            .with_current_leader_epoch(self.metadata.controller_epoch)
            .with_fetch_offset(self.metadata.end())
            .with_last_fetched_epoch(self.metadata.last_epoch())
            .with_log_start_offset(-1)
            .with_partition_max_bytes(MAX_BYTES);
        let topic = FetchTopic::default()
            .with_topic(KafkaString::from_static(METADATA_TOPIC))
            .with_topic_id(Uuid::METADATA_TOPIC_ID)
            .with_partitions(vec![partition]);
        FetchRequestData::default()
            .with_cluster_id(Some(KafkaString::from(self.spec.cluster_id.to_string())))
            .with_replica_state(ReplicaState::default().with_replica_id(self.spec.id.0))
            .with_max_wait_ms(MAX_WAIT_MS)
            .with_min_bytes(0)
            .with_max_bytes(MAX_BYTES)
            .with_topics(vec![topic])
    }

    fn snapshot_request(&self, download: &Download) -> FetchSnapshotRequestData {
        let id = SnapshotId::default().with_end_offset(download.end_offset).with_epoch(download.epoch);
        let partition = PartitionSnapshot::default()
            .with_partition(0)
            .with_current_leader_epoch(self.metadata.controller_epoch)
            .with_snapshot_id(id)
            .with_position(download.position);
        let topic = TopicSnapshot::default()
            .with_name(KafkaString::from_static(METADATA_TOPIC))
            .with_partitions(vec![partition]);
        FetchSnapshotRequestData::default()
            .with_cluster_id(Some(KafkaString::from(self.spec.cluster_id.to_string())))
            .with_replica_id(self.spec.id.0)
            .with_max_bytes(MAX_BYTES)
            .with_topics(vec![topic])
    }

    pub(super) fn on_metadata_outcome(&mut self, cx: &mut Context<'_>, outcome: Outcome<()>) {
        let went_on = match response_of(&outcome) {
            Some(Response::Fetch(answer)) => self.on_metadata_fetched(cx, answer),
            Some(Response::FetchSnapshot(answer)) => self.on_snapshot_fetched(cx, answer),
            _ => match outcome {
                Outcome::Ready { .. } | Outcome::Unreachable { .. } => return,
                _ => false,
            },
        };
        self.metadata.in_flight = false;
        if !went_on {
            self.metadata.waits = true;
            cx.set_timer(Timer::MetadataFetch, cx.now + RETRY);
        }
    }

    /// Whether the next fetch may go out at once.
    fn on_metadata_fetched(&mut self, cx: &mut Context<'_>, answer: &FetchResponseData) -> bool {
        self.metadata.last_answer = Some(cx.now);
        let Some(data) = answer.responses.first().and_then(|topic| topic.partitions.first()) else {
            return false;
        };
        let leader_epoch = data.current_leader.leader_epoch;
        let learned = leader_epoch > self.metadata.controller_epoch;
        if learned {
            self.metadata.controller_epoch = leader_epoch;
        }
        if answer.error_code != 0 || data.error_code != 0 {
            return learned;
        }
        if data.snapshot_id.epoch >= 0 && data.snapshot_id.end_offset >= 0 {
            let (end_offset, epoch) = (data.snapshot_id.end_offset, data.snapshot_id.epoch);
            self.metadata.download = Some(Download { end_offset, epoch, bytes: Vec::new(), position: 0 });
            return true;
        }
        let written = if data.diverging_epoch.epoch >= 0 {
            self.metadata.truncate(
                cx.disk,
                cx.now.wall_ms(),
                data.diverging_epoch.epoch,
                data.diverging_epoch.end_offset,
            )
        } else {
            self.metadata.append(cx.disk, cx.now.wall_ms(), data)
        };
        match written {
            Ok(()) => self.apply_metadata(cx, data.high_watermark),
            Err(error) => self.fail_disk(&error.to_string()),
        }
        true
    }

    fn on_snapshot_fetched(&mut self, cx: &mut Context<'_>, answer: &FetchSnapshotResponseData) -> bool {
        self.metadata.last_answer = Some(cx.now);
        let part = answer.topics.first().and_then(|topic| topic.partitions.first());
        let (Some(part), Some(download)) = (part, &mut self.metadata.download) else {
            self.metadata.download = None;
            return false;
        };
        if answer.error_code != 0 || part.error_code != 0 || part.position != download.position {
            self.metadata.download = None;
            return false;
        }
        let bytes = part.unaligned_records.clone().unwrap_or_default();
        download.position += i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        download.bytes.push(bytes);
        if download.position < part.size {
            return true;
        }
        if let Some(download) = self.metadata.download.take()
            && let Err(error) = self.install_snapshot(cx, &download)
        {
            self.fail_disk(&error.to_string());
        }
        true
    }

    fn install_snapshot(&mut self, cx: &mut Context<'_>, download: &Download) -> Result<(), LogError> {
        let mut bytes = BytesMut::new();
        download.bytes.iter().for_each(|part| bytes.extend_from_slice(part));
        let bytes = bytes.freeze();
        let Download { end_offset, epoch, .. } = download;
        let path = format!("{METADATA_TOPIC}-0/{end_offset:020}-{epoch:010}.checkpoint");
        cx.disk.set_len(&path, 0)?;
        cx.disk.append(&path, bytes.clone())?;
        cx.disk.flush(&path)?;
        if let Some(log) = &mut self.metadata.log {
            log.truncate_fully_and_start_at(cx.disk, cx.now.wall_ms(), *end_offset, None)?;
            log.assign_epoch_start_offset(cx.disk, *epoch, *end_offset)?;
            log.update_high_watermark(cx.disk, *end_offset)?;
        }
        let before = std::mem::take(&mut self.metadata.image);
        self.metadata.next_offset = 0;
        self.metadata.replay_batches(&bytes, Offset::MAX);
        self.metadata.next_offset = *end_offset;
        self.metadata.high_watermark = *end_offset;
        self.publish(cx, &before);
        Ok(())
    }

    /// Replays what is committed, and does what follows from it, once the first catch-up is over.
    fn apply_metadata(&mut self, cx: &mut Context<'_>, controllers_mark: Offset) {
        let before = self.metadata.image.clone();
        let start = self.metadata.next_offset;
        if let Err(error) = self.metadata.replay(cx.disk) {
            return self.fail_disk(&error.to_string());
        }
        // The first image is published whole, when everything that was committed at that time is in it.
        if !self.metadata.caught_up && controllers_mark >= 0 && self.metadata.next_offset >= controllers_mark
        {
            self.metadata.caught_up = true;
            self.publish_first(cx);
        } else if self.metadata.caught_up && self.metadata.next_offset > start {
            self.publish(cx, &before);
        }
    }
}

/// The error of an answer's code, `None` when there is none.
pub(super) fn error_of(code: i16) -> Option<ErrorCode> {
    (code != 0).then(|| ErrorCode::from(code))
}
