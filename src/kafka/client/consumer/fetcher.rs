use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::Profile;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::client::consumer::CompletedFetch;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::FetchState;
use crate::kafka::client::consumer::OffsetReset;
use crate::kafka::client::consumer::ResetTo;
use crate::kafka::client::consumer::Tag;
use crate::kafka::machine::Context;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::messages::fetch_request::FetchPartition;
use crate::kafka::protocol::messages::fetch_request::FetchRequestData;
use crate::kafka::protocol::messages::fetch_response::FetchResponseData;
use crate::kafka::protocol::messages::fetch_response::PartitionData;

/// The partitions to ask one broker for, with the topic's id.
type Wanted = Map<TopicPartition, (Uuid, FetchPartition)>;

impl Consumer {
    /// Sends a fetch to every leader of a partition of which nothing is buffered, unless one is on its way there.
    pub(super) fn send_fetches(&mut self, cx: &mut Context<'_>) {
        for (leader, wanted) in self.wanted_by_leader(cx.now) {
            if !self.client.ready(cx, leader) {
                continue;
            }
            let Some(version) = self.client.version(leader, Api::Fetch) else { continue };
            let blank = self.fetch_request();
            let positions = wanted.iter().map(|(tp, (_, p))| (tp.clone(), p.fetch_offset)).collect();
            let request = self.sessions.entry(leader).or_default().fill(blank, version, wanted);
            if self.client.send(cx, leader, Request::Fetch(request), Tag::Fetch(positions)) {
                self.fetching.insert(leader);
            }
        }
    }

    fn fetch_request(&self) -> FetchRequestData {
        FetchRequestData::default()
            .with_max_wait_ms(self.config.fetch_max_wait_ms)
            .with_min_bytes(self.config.fetch_min_bytes)
            .with_max_bytes(self.config.fetch_max_bytes)
            .with_isolation_level(i8::from(self.config.read_committed))
            .with_rack_id(KafkaString::from(
                self.config.client_rack.as_deref().unwrap_or_default().to_owned(),
            ))
    }

    /// What to ask of those that are not being asked.
    fn wanted_by_leader(&mut self, now: Instant) -> Map<NodeId, Wanted> {
        let buffered: Set<&TopicPartition> = self.completed.iter().map(|f| &f.partition).collect();
        let not_yet = self.nodes_of_buffered(now, &buffered);
        let mut by_leader: Map<NodeId, Wanted> = Map::new();
        let mut leaderless = false;
        for (tp, assigned) in &self.assigned {
            let FetchState::Fetching { position } = assigned.state else { continue };
            if !assigned.is_fetchable(now) || buffered.contains(tp) {
                continue;
            }
            let (Some((leader, epoch)), Some(id)) =
                (self.metadata.leader(tp), self.metadata.topic_id(&tp.topic))
            else {
                leaderless = true;
                continue;
            };
            let reads_from = assigned.preferred_replica(now, self.metadata.brokers()).unwrap_or(leader);
            if self.fetching.contains(&reads_from) || not_yet.contains(&reads_from) {
                continue;
            }
            let partition = FetchPartition {
                partition: tp.partition,
                current_leader_epoch: epoch,
                fetch_offset: position.offset,
                partition_max_bytes: self.config.max_partition_fetch_bytes,
                ..FetchPartition::default()
            };
            by_leader.entry(reads_from).or_default().insert(tp.clone(), (id, partition));
        }
        if leaderless {
            self.metadata.request_update();
        }
        by_leader
    }

    /// Since 4.1 a consumer leaves a broker alone while something of it is buffered: a fetch that does not name those
    /// partitions would drop them from the session (`bufferedNodes`, KAFKA-17182).
    fn nodes_of_buffered(&self, now: Instant, buffered: &Set<&TopicPartition>) -> Set<NodeId> {
        if self.spec.profile == Profile::Classic {
            return Set::new();
        }
        let node = |tp: &&TopicPartition| {
            let assigned = self.assigned.get(*tp).filter(|it| it.is_fetchable(now))?;
            let replica = assigned.preferred_replica(now, self.metadata.brokers());
            replica.or_else(|| Some(self.metadata.leader(tp)?.0))
        };
        buffered.iter().filter_map(node).collect()
    }

    pub(super) fn on_fetch(
        &mut self,
        now: Instant,
        from: NodeId,
        asked: &Map<TopicPartition, Offset>,
        answer: &FetchResponseData,
    ) {
        self.fetching.remove(&from);
        if !self.sessions.entry(from).or_default().on_response(answer) {
            return;
        }
        for topic in &answer.responses {
            let by_id = self.metadata.topic_name(topic.topic_id).cloned();
            let name = if topic.topic.is_empty() { by_id } else { Some(Name::from(topic.topic.as_str())) };
            let Some(name) = name else { continue };
            for data in &topic.partitions {
                let tp = TopicPartition::new(&name, data.partition_index);
                if let Some(offset) = asked.get(&tp) {
                    self.on_partition(now, from, tp, *offset, data);
                }
            }
        }
    }

    fn on_partition(
        &mut self,
        now: Instant,
        from: NodeId,
        tp: TopicPartition,
        asked: Offset,
        data: &PartitionData,
    ) {
        let Some(assigned) = self.assigned.get_mut(&tp) else { return };
        let FetchState::Fetching { position } = assigned.state else { return };
        if position.offset != asked {
            return; // A seek has moved the position meanwhile.
        }
        if data.error_code != 0 {
            if assigned.preferred.take_if(|(replica, _)| *replica == from).is_some() {
                return; // The leader is asked next: it knows better.
            }
            return self.on_partition_error(now, &tp, asked, data);
        }
        if data.preferred_read_replica >= 0 {
            let age = Duration::from_millis(self.config.values.number("metadata.max.age.ms").unsigned_abs());
            assigned.preferred = Some((NodeId(data.preferred_read_replica), now + age));
        }
        assigned.high_watermark = data.high_watermark;
        assigned.last_stable_offset = data.last_stable_offset;
        assigned.log_start_offset = data.log_start_offset;
        let records = data.records.clone().unwrap_or_default();
        if !records.is_empty() {
            let aborted = self.config.read_committed.then(|| {
                let list = data.aborted_transactions.iter().flatten();
                list.map(|t| (t.producer_id, t.first_offset)).collect()
            });
            let fetch = CompletedFetch::new(tp, asked, &records, self.config.check_crcs, aborted);
            self.completed.push_back(fetch);
        }
    }

    fn on_partition_error(&mut self, now: Instant, tp: &TopicPartition, asked: Offset, data: &PartitionData) {
        let error = ErrorCode::from(data.error_code);
        let backoff = now + Duration::from_millis(self.config.retry_backoff_ms.unsigned_abs());
        let leader = &data.current_leader;
        let newer = leader.leader_id >= 0
            && self.metadata.update_leader(tp, NodeId(leader.leader_id), leader.leader_epoch);
        let Some(assigned) = self.assigned.get_mut(tp) else { return };
        assigned.last_error = Some((now, format!("{error:?}")));
        let position = assigned.position();
        match (error, self.config.auto_offset_reset) {
            (ErrorCode::OffsetOutOfRange, OffsetReset::None) => {
                let error = format!(
                    "OffsetOutOfRangeException: position {asked} of {tp} is out of range: seek first"
                );
                assigned.state = FetchState::Failed { error, position };
            }
            (ErrorCode::OffsetOutOfRange, policy) => {
                let to = policy.reset_to(now.wall_ms()).unwrap_or(ResetTo::Latest);
                assigned.state = FetchState::AwaitReset { to, not_before: now };
            }
            (ErrorCode::CorruptMessage, _) => {
                let error = format!(
                    "KafkaException: encountered corrupt message when fetching offset {asked} of {tp}"
                );
                assigned.state = FetchState::Failed { error, position };
            }
            _ => {
                assigned.backoff_until = if newer { now } else { backoff };
                self.metadata.request_update();
            }
        }
    }
}
