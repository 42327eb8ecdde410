//! Followers: copying from leaders (Kafka: `AbstractFetcherThread`, `ReplicaFetcherThread`). One fetcher for each broker
//! that leads something this broker follows, with one request in flight.

use super::Broker;
use super::broker::ReplicaTag;
use super::broker::response_of;
use crate::kafka::base::Epoch;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::base::name;
use crate::kafka::channel::FetchSession;
use crate::kafka::channel::Outcome;
use crate::kafka::machine::Context;
use crate::kafka::machine::Timer;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::fetch_request::FetchPartition;
use crate::kafka::protocol::messages::fetch_request::FetchRequestData;
use crate::kafka::protocol::messages::fetch_request::ReplicaState;
use crate::kafka::protocol::messages::fetch_response::FetchResponseData;
use crate::kafka::protocol::messages::fetch_response::PartitionData;
use crate::kafka::protocol::messages::list_offsets_request::ListOffsetsPartition;
use crate::kafka::protocol::messages::list_offsets_request::ListOffsetsRequestData;
use crate::kafka::protocol::messages::list_offsets_request::ListOffsetsTopic;
use crate::kafka::protocol::messages::list_offsets_response::ListOffsetsPartitionResponse;
use crate::kafka::record::batches;
use crate::kafka::storage::EpochEnd;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogError;
use crate::kafka::storage::truncation;

/// `ListOffsetsRequest.LATEST_TIMESTAMP` and `EARLIEST_TIMESTAMP`
const LATEST: i64 = -1;
const EARLIEST: i64 = -2;

/// What a follower does about one partition (Kafka: `PartitionFetchState`).
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct FetchState {
    pub topic_id: Uuid,
    pub fetch_offset: Offset,
    pub leader_epoch: Epoch,
    /// The epoch of the last record before `fetch_offset`; -1 when there is none.
    pub last_fetched_epoch: Epoch,
    /// Not before this moment, after an error.
    pub delayed_until: Option<Instant>,
    /// The offset was out of range: which end of the leader's log is being asked for.
    pub looking_up: Option<i64>,
    /// How far behind the leader's high watermark, when it was last heard of.
    pub lag: Option<i64>,
}

/// The fetcher for one leader's broker.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct ReplicaFetcher {
    session: FetchSession,
    partitions: Map<TopicPartition, FetchState>,
    /// The offsets of the request in flight: an answer for a partition that has moved meanwhile does not count.
    in_flight: Option<Map<TopicPartition, Offset>>,
    waits_until: Option<Instant>,
}

impl ReplicaFetcher {
    pub fn partitions(&self) -> impl Iterator<Item = (&TopicPartition, &FetchState)> {
        self.partitions.iter()
    }

    pub fn session(&self) -> &FetchSession {
        &self.session
    }

    fn is_ready(state: &FetchState, now: Instant) -> bool {
        state.looking_up.is_none() && state.delayed_until.is_none_or(|until| until <= now)
    }
}

impl Broker {
    /// Starts copying a partition from a leader, from the end of the own log on.
    pub(super) fn start_fetching(&mut self, id: &TopicPartition, leader: NodeId) {
        let Some(partition) = self.partitions.get(id) else { return };
        let Some(log) = partition.log() else { return };
        // A log without epochs cannot compare histories: it starts at what it knows to be committed.
        let last_epoch = log.latest_epoch();
        let fetch_offset = if last_epoch.is_some() { log.log_end_offset() } else { log.high_watermark() };
        let state = FetchState {
            topic_id: partition.topic_id(),
            fetch_offset,
            leader_epoch: partition.leader_epoch(),
            last_fetched_epoch: last_epoch.unwrap_or(-1),
            delayed_until: None,
            looking_up: None,
            lag: None,
        };
        let fetcher = self.fetchers.entry(leader).or_default();
        fetcher.waits_until = None;
        fetcher.partitions.insert(id.clone(), state);
    }

    pub(super) fn stop_fetching(&mut self, id: &TopicPartition) {
        for fetcher in self.fetchers.values_mut() {
            fetcher.partitions.remove(id);
        }
    }

    pub(super) fn on_fetch_timer(&mut self, leader: NodeId) {
        if let Some(fetcher) = self.fetchers.get_mut(&leader) {
            fetcher.waits_until = None;
        }
    }

    pub(super) fn drive_fetchers(&mut self, cx: &mut Context<'_>) {
        let leaders: Vec<NodeId> = self.fetchers.keys().copied().collect();
        for leader in leaders {
            let fetcher = &self.fetchers[&leader];
            if fetcher.partitions.is_empty() && fetcher.in_flight.is_none() {
                self.fetchers.remove(&leader);
                self.replica_client.close(cx, leader);
            } else if fetcher.in_flight.is_none() && fetcher.waits_until.is_none() {
                self.send_fetch(cx, leader);
            }
        }
    }

    fn send_fetch(&mut self, cx: &mut Context<'_>, leader: NodeId) {
        if !self.replica_client.ready(cx, leader) || self.look_up(cx, leader) {
            return;
        }
        let Some(version) = self.replica_client.version(leader, Api::Fetch) else { return };
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return };
        let mut wanted = Map::new();
        let mut offsets = Map::new();
        for (id, state) in
            fetcher.partitions.iter().filter(|(_, state)| ReplicaFetcher::is_ready(state, cx.now))
        {
            let log_start = self.partitions.get(id).and_then(|p| p.log()).map_or(0, Log::log_start_offset);
            let partition = FetchPartition {
                partition: id.partition,
                current_leader_epoch: state.leader_epoch,
                fetch_offset: state.fetch_offset,
                last_fetched_epoch: state.last_fetched_epoch,
                log_start_offset: log_start,
                partition_max_bytes: self.config.replica_fetch_max_bytes,
                ..FetchPartition::default()
            };
            wanted.insert(id.clone(), (state.topic_id, partition));
            offsets.insert(id.clone(), state.fetch_offset);
        }
        if wanted.is_empty() {
            return Self::wait_for_partition(cx, leader, fetcher, self.config.replica_fetch_backoff);
        }
        let request = FetchRequestData::default()
            .with_replica_id(if version < 15 { self.spec.id.0 } else { -1 })
            .with_replica_state(
                ReplicaState::default()
                    .with_replica_id(self.spec.id.0)
                    .with_replica_epoch(self.lifecycle.broker_epoch.unwrap_or(-1)),
            )
            .with_max_wait_ms(self.config.replica_fetch_wait_max_ms)
            .with_min_bytes(self.config.replica_fetch_min_bytes)
            .with_max_bytes(self.config.replica_fetch_response_max_bytes);
        let request = fetcher.session.fill(request, version, wanted);
        if self.replica_client.send(cx, leader, Request::Fetch(request), ReplicaTag::Fetch) {
            fetcher.in_flight = Some(offsets);
        }
    }

    /// Nothing may be fetched now: wakes up when the first delay is over.
    fn wait_for_partition(
        cx: &mut Context<'_>,
        leader: NodeId,
        fetcher: &mut ReplicaFetcher,
        backoff: crate::kafka::base::Duration,
    ) {
        let first = fetcher.partitions.values().filter_map(|state| state.delayed_until).min();
        let at = first.filter(|until| *until > cx.now).unwrap_or(cx.now + backoff);
        fetcher.waits_until = Some(at);
        cx.set_timer(Timer::ReplicaFetch { leader }, at);
    }

    /// Asks for the ends of a leader's log when a fetch was out of range. Whether there was something to ask.
    fn look_up(&mut self, cx: &mut Context<'_>, leader: NodeId) -> bool {
        let Some(fetcher) = self.fetchers.get(&leader) else { return false };
        let ready = |state: &FetchState| state.delayed_until.is_none_or(|until| until <= cx.now);
        let wants = fetcher.partitions.iter().find(|(_, state)| state.looking_up.is_some() && ready(state));
        let Some((id, state)) = wants else { return false };
        let partition = ListOffsetsPartition::default()
            .with_partition_index(id.partition)
            .with_current_leader_epoch(state.leader_epoch)
            .with_timestamp(state.looking_up.unwrap_or(LATEST));
        let topic = ListOffsetsTopic::default()
            .with_name(KafkaString::from(id.topic.to_string()))
            .with_partitions(vec![partition]);
        let request =
            ListOffsetsRequestData::default().with_replica_id(self.spec.id.0).with_topics(vec![topic]);
        let (id, offset) = (id.clone(), state.fetch_offset);
        let tag = ReplicaTag::LookUp(id.clone());
        if self.replica_client.send(cx, leader, Request::ListOffsets(request), tag)
            && let Some(fetcher) = self.fetchers.get_mut(&leader)
        {
            fetcher.in_flight = Some(Map::from([(id, offset)]));
        }
        true
    }

    pub(super) fn on_replica_outcome(&mut self, cx: &mut Context<'_>, outcome: Outcome<ReplicaTag>) {
        let leader = match &outcome {
            Outcome::Ready { peer } => return self.on_fetch_timer(*peer),
            Outcome::Response { peer, .. } | Outcome::Disconnected { peer, .. } => *peer,
            Outcome::Unreachable { peer, .. } => return self.on_leader_unreachable(cx, *peer),
        };
        let asked = self.fetchers.get_mut(&leader).and_then(|fetcher| fetcher.in_flight.take());
        let Some(asked) = asked else { return };
        match (&outcome, response_of(&outcome)) {
            (_, Some(Response::Fetch(answer))) => self.on_fetched(cx, leader, &asked, answer),
            (Outcome::Response { tag: ReplicaTag::LookUp(id), .. }, Some(Response::ListOffsets(answer))) => {
                let found = answer.topics.first().and_then(|topic| topic.partitions.first());
                match found {
                    Some(found) => self.on_looked_up(cx, leader, id, found),
                    None => self.delay(cx, leader, id),
                }
            }
            _ => {
                if let Some(fetcher) = self.fetchers.get_mut(&leader) {
                    fetcher.session.on_disconnect();
                }
                asked.keys().for_each(|id| self.delay(cx, leader, id));
            }
        }
    }

    /// No connection: the network client tries again by itself; the fetcher waits as after any failed fetch.
    fn on_leader_unreachable(&mut self, cx: &mut Context<'_>, leader: NodeId) {
        let Some(fetcher) = self.fetchers.get_mut(&leader) else { return };
        fetcher.session.on_disconnect();
        let at = cx.now + self.config.replica_fetch_backoff;
        fetcher.waits_until = Some(at);
        cx.set_timer(Timer::ReplicaFetch { leader }, at);
    }

    fn delay(&mut self, cx: &mut Context<'_>, leader: NodeId, id: &TopicPartition) {
        let until = cx.now + self.config.replica_fetch_backoff;
        if let Some(state) = self.state_mut(leader, id) {
            state.delayed_until = Some(until);
        }
    }

    fn state_mut(&mut self, leader: NodeId, id: &TopicPartition) -> Option<&mut FetchState> {
        self.fetchers.get_mut(&leader)?.partitions.get_mut(id)
    }

    fn on_fetched(
        &mut self,
        cx: &mut Context<'_>,
        leader: NodeId,
        asked: &Map<TopicPartition, Offset>,
        answer: &FetchResponseData,
    ) {
        let accepted =
            self.fetchers.get_mut(&leader).is_some_and(|fetcher| fetcher.session.on_response(answer));
        if !accepted {
            return;
        }
        for topic in &answer.responses {
            let by_id = self.image().topic_name(topic.topic_id).cloned();
            let topic_name = by_id.unwrap_or_else(|| name(topic.topic.as_str()));
            for data in &topic.partitions {
                let id = TopicPartition::new(&topic_name, data.partition_index);
                let Some(state) = self.state_mut(leader, &id) else { continue };
                state.delayed_until = None;
                if asked.get(&id) == Some(&state.fetch_offset) {
                    self.on_partition_fetched(cx, leader, &id, data);
                }
            }
        }
    }

    fn on_partition_fetched(
        &mut self,
        cx: &mut Context<'_>,
        leader: NodeId,
        id: &TopicPartition,
        data: &PartitionData,
    ) {
        let error = super::metadata_log::error_of(data.error_code);
        match error {
            None if data.diverging_epoch.epoch >= 0 => {
                let (epoch, end) = (data.diverging_epoch.epoch, data.diverging_epoch.end_offset);
                self.on_diverging(cx, leader, id, epoch, end);
            }
            None => self.take_records(cx, leader, id, data),
            Some(ErrorCode::OffsetOutOfRange) => {
                if let Some(state) = self.state_mut(leader, id) {
                    state.looking_up = Some(LATEST);
                }
            }
            Some(ErrorCode::FencedLeaderEpoch) => {
                // The leader is ahead of this follower: nothing helps but newer metadata.
                self.stop_fetching(id);
            }
            Some(_) => self.delay(cx, leader, id),
        }
    }

    /// Appends what the leader sent and follows its high watermark.
    fn take_records(
        &mut self,
        cx: &mut Context<'_>,
        leader: NodeId,
        id: &TopicPartition,
        data: &PartitionData,
    ) {
        let records = data.records.clone().unwrap_or_default();
        let now_ms = cx.wall_ms();
        let Some(epoch) = self.state_mut(leader, id).map(|state| state.leader_epoch) else { return };
        let Some(partition) = self.partition_mut(id) else { return };
        let Some(log) = partition.log_to_read() else { return };
        let before = (log.log_end_offset(), log.high_watermark(), log.log_start_offset());
        let appended = (|| {
            let mut last_epoch = None;
            if !records.is_empty() {
                log.append_as_follower(cx.disk, now_ms, records.clone(), epoch)?;
                last_epoch =
                    batches(&records).map_while(Result::ok).last().map(|b| b.partition_leader_epoch());
            }
            let committed = data.high_watermark.min(log.log_end_offset());
            if committed > log.high_watermark() {
                log.update_high_watermark(cx.disk, committed)?;
            }
            if data.log_start_offset > log.log_start_offset() {
                log.increment_log_start_offset(cx.disk, data.log_start_offset)?;
            }
            Ok::<_, LogError>((log.log_end_offset(), last_epoch))
        })();
        if before != (log.log_end_offset(), log.high_watermark(), log.log_start_offset()) {
            partition.touch();
            self.moved.insert(id.clone());
        }
        match appended {
            Ok((end, last_epoch)) => {
                if let Some(state) = self.state_mut(leader, id) {
                    state.fetch_offset = end;
                    state.last_fetched_epoch = last_epoch.unwrap_or(state.last_fetched_epoch);
                    state.lag = Some((data.high_watermark - end).max(0));
                }
            }
            Err(error) => {
                self.on_log_error(&error);
                self.delay(cx, leader, id);
            }
        }
    }

    /// The histories have parted: cuts the own log where they do (KIP-101, KIP-595).
    fn on_diverging(
        &mut self,
        cx: &mut Context<'_>,
        leader: NodeId,
        id: &TopicPartition,
        epoch: Epoch,
        end: Offset,
    ) {
        let now_ms = cx.wall_ms();
        let Some(partition) = self.partition_mut(id) else { return };
        let Ok(log) = partition.log_mut() else { return };
        let target = truncation_offset(log, epoch, end);
        let cut =
            log.truncate_to(cx.disk, now_ms, target).map(|_| (log.log_end_offset(), log.latest_epoch()));
        self.after_cut(cx, leader, id, cut);
    }

    fn after_cut(
        &mut self,
        cx: &mut Context<'_>,
        leader: NodeId,
        id: &TopicPartition,
        cut: Result<(Offset, Option<Epoch>), LogError>,
    ) {
        self.moved.insert(id.clone());
        self.arm_delete_files(cx);
        match cut {
            Ok((end, epoch)) => {
                if let Some(state) = self.state_mut(leader, id) {
                    state.fetch_offset = end;
                    state.last_fetched_epoch = epoch.unwrap_or(-1);
                    state.looking_up = None;
                }
            }
            Err(error) => {
                self.on_log_error(&error);
                self.delay(cx, leader, id);
            }
        }
    }

    /// The leader's log ends before, or begins behind, what this follower asked for (Kafka:
    /// `fetchOffsetAndTruncate`).
    fn on_looked_up(
        &mut self,
        cx: &mut Context<'_>,
        leader: NodeId,
        id: &TopicPartition,
        found: &ListOffsetsPartitionResponse,
    ) {
        if found.error_code != 0 {
            return self.delay(cx, leader, id);
        }
        let asked = self.state_mut(leader, id).and_then(|state| state.looking_up);
        let now_ms = cx.wall_ms();
        let Some(partition) = self.partition_mut(id) else { return };
        let Ok(log) = partition.log_mut() else { return };
        let cut = match asked {
            Some(LATEST) if found.offset < log.log_end_offset() => {
                // Unclean election: the leader has less.
                log.truncate_to(cx.disk, now_ms, found.offset).map(drop)
            }
            Some(LATEST) => {
                if let Some(state) = self.state_mut(leader, id) {
                    state.looking_up = Some(EARLIEST);
                }
                return;
            }
            _ if found.offset > log.log_end_offset() => {
                log.truncate_fully_and_start_at(cx.disk, now_ms, found.offset, None)
            }
            _ => Ok(()),
        };
        let cut = cut.map(|()| (log.log_end_offset(), log.latest_epoch()));
        self.after_cut(cx, leader, id, cut);
    }
}

/// Where to cut a log whose leader says that `epoch` ends at `end` there. When the own log does not know the epoch, it
/// is cut at the end of its own smaller one, and the leader is asked again.
fn truncation_offset(log: &Log, epoch: Epoch, end: Offset) -> Offset {
    let leader = EpochEnd { epoch, offset: end };
    match log.leader_epochs() {
        Some(own) => truncation(own, log.log_end_offset(), leader, log.high_watermark()).offset,
        None => end.min(log.log_end_offset()),
    }
}
