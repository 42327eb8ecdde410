use crate::kafka::base::Duration;
use crate::kafka::base::Epoch;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::FetchState;
use crate::kafka::client::consumer::OffsetReset;
use crate::kafka::client::consumer::Position;
use crate::kafka::client::consumer::ResetTo;
use crate::kafka::client::consumer::Tag;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::messages::list_offsets_request as list;
use crate::kafka::protocol::messages::list_offsets_response::ListOffsetsResponseData;
use crate::kafka::protocol::messages::offset_for_leader_epoch_request as epochs;
use crate::kafka::protocol::messages::offset_for_leader_epoch_response::OffsetForLeaderEpochResponseData;

impl Consumer {
    /// Asks leaders where to begin, and whether positions are still part of a new leader's log.
    pub(super) fn update_positions(&mut self, cx: &mut Context<'_>) {
        self.notice_new_leaders(cx.now);
        let mut resets: Map<NodeId, Map<TopicPartition, ResetTo>> = Map::new();
        let mut checks: Map<NodeId, Map<TopicPartition, (Position, Epoch)>> = Map::new();
        let mut leaderless = false;
        for (tp, assigned) in &self.assigned {
            let (FetchState::AwaitReset { not_before, .. } | FetchState::AwaitValidation { not_before, .. }) =
                assigned.state
            else {
                continue;
            };
            match (&assigned.state, self.metadata.leader(tp)) {
                (_, None) => leaderless = true,
                _ if not_before > cx.now => {}
                (FetchState::AwaitReset { to, .. }, Some((node, _))) => {
                    resets.entry(node).or_default().insert(tp.clone(), *to);
                }
                (FetchState::AwaitValidation { position, .. }, Some((node, epoch))) => {
                    checks.entry(node).or_default().insert(tp.clone(), (*position, epoch));
                }
                _ => {}
            }
        }
        if leaderless {
            self.metadata.request_update();
        }
        for (node, asked) in resets {
            let request = self.list_offsets(&asked);
            let waiting: Vec<TopicPartition> = asked.keys().cloned().collect();
            if self.client.ready(cx, node) && self.client.send(cx, node, request, Tag::ListOffsets(asked)) {
                self.wait(waiting.iter(), Instant::MAX);
            }
        }
        for (node, asked) in checks {
            let request = end_offsets(&asked);
            let waiting: Vec<TopicPartition> = asked.keys().cloned().collect();
            if self.client.ready(cx, node) && self.client.send(cx, node, request, Tag::EndOffsets(asked)) {
                self.wait(waiting.iter(), Instant::MAX);
            }
        }
    }

    /// A position that was never checked with this leader is checked before the next fetch, when the epoch of the record
    /// before it is known: after a change of leader, and after the committed offset was taken up (KIP-320,
    /// `maybeValidatePositionForCurrentLeader`).
    fn notice_new_leaders(&mut self, now: Instant) {
        for (tp, assigned) in &mut self.assigned {
            let Some((_, epoch)) = self.metadata.leader(tp) else { continue };
            let FetchState::Fetching { position } = assigned.state else { continue };
            if epoch <= assigned.validated_epoch {
                continue;
            }
            if position.epoch.is_some() {
                assigned.state = FetchState::AwaitValidation { position, not_before: now };
            } else {
                assigned.validated_epoch = epoch;
            }
        }
    }

    fn wait<'a>(&mut self, partitions: impl Iterator<Item = &'a TopicPartition>, until: Instant) {
        for tp in partitions {
            if let Some(
                FetchState::AwaitReset { not_before, .. } | FetchState::AwaitValidation { not_before, .. },
            ) = self.assigned.get_mut(tp).map(|a| &mut a.state)
            {
                *not_before = until;
            }
        }
    }

    /// The question got no answer: ask again after the backoff.
    pub(super) fn offsets_again<'a>(
        &mut self,
        now: Instant,
        partitions: impl Iterator<Item = &'a TopicPartition>,
    ) {
        let backoff = Duration::from_millis(self.config.retry_backoff_ms.unsigned_abs());
        self.wait(partitions, now + backoff);
        self.metadata.request_update();
    }

    pub(super) fn list_offsets(&self, asked: &Map<TopicPartition, ResetTo>) -> Request {
        let mut request = list::ListOffsetsRequestData::default()
            .with_replica_id(-1)
            .with_isolation_level(i8::from(self.config.read_committed));
        for (tp, to) in asked {
            let partition = list::ListOffsetsPartition::default()
                .with_partition_index(tp.partition)
                .with_current_leader_epoch(self.metadata.leader(tp).map_or(-1, |(_, epoch)| epoch))
                .with_timestamp(to.timestamp());
            match request.topics.last_mut().filter(|t| t.name.as_str() == &*tp.topic) {
                Some(topic) => topic.partitions.push(partition),
                None => request.topics.push(
                    list::ListOffsetsTopic::default()
                        .with_name(KafkaString::from(tp.topic.to_string()))
                        .with_partitions(vec![partition]),
                ),
            }
        }
        Request::ListOffsets(request)
    }

    pub(super) fn on_list_offsets(
        &mut self,
        now: Instant,
        mut asked: Map<TopicPartition, ResetTo>,
        answer: &ListOffsetsResponseData,
    ) {
        for topic in &answer.topics {
            for partition in &topic.partitions {
                let tp = TopicPartition {
                    topic: topic.name.as_str().into(),
                    partition: partition.partition_index,
                };
                let (Some(to), Some(assigned)) = (asked.get(&tp).copied(), self.assigned.get_mut(&tp)) else {
                    continue;
                };
                if partition.error_code != 0 {
                    assigned.last_error = Some((now, format!("{:?}", ErrorCode::from(partition.error_code))));
                    continue;
                }
                asked.remove(&tp);
                let still_wanted = matches!(assigned.state, FetchState::AwaitReset { to: t, .. } if t == to);
                if !still_wanted {
                    continue;
                }
                assigned.state = match (partition.offset, to) {
                    // No record is that young: begin at the end.
                    (-1, ResetTo::Timestamp(_)) => {
                        FetchState::AwaitReset { to: ResetTo::Latest, not_before: now }
                    }
                    // Without an epoch: there is no record before it that could be missing.
                    (offset, _) => FetchState::Fetching { position: Position { offset, epoch: None } },
                };
            }
        }
        if !asked.is_empty() {
            self.offsets_again(now, asked.keys());
        }
    }

    pub(super) fn on_end_offsets(
        &mut self,
        now: Instant,
        mut asked: Map<TopicPartition, (Position, Epoch)>,
        answer: &OffsetForLeaderEpochResponseData,
    ) {
        for topic in &answer.topics {
            for end in &topic.partitions {
                let tp = TopicPartition { topic: topic.topic.as_str().into(), partition: end.partition };
                if end.error_code == 0
                    && let Some((position, epoch)) = asked.remove(&tp)
                {
                    self.on_end_offset(now, &tp, position, epoch, (end.leader_epoch, end.end_offset));
                }
            }
        }
        if !asked.is_empty() {
            self.offsets_again(now, asked.keys());
        }
    }

    /// The leader's log of that epoch ends before the position: what was read there is gone (`LogTruncation`).
    fn on_end_offset(
        &mut self,
        now: Instant,
        tp: &TopicPartition,
        asked: Position,
        epoch: Epoch,
        (end_epoch, end_offset): (Epoch, i64),
    ) {
        let policy = self.config.auto_offset_reset;
        let Some(assigned) = self.assigned.get_mut(tp) else { return };
        let FetchState::AwaitValidation { position, .. } = assigned.state else { return };
        if position != asked {
            return;
        }
        assigned.validated_epoch = epoch;
        let undefined = end_offset < 0 || end_epoch < 0;
        if !undefined && end_offset >= position.offset {
            assigned.state = FetchState::Fetching { position };
            return;
        }
        assigned.last_error =
            Some((now, format!("log truncated: position {} of {tp} is gone", position.offset)));
        assigned.state = match (undefined, policy) {
            (_, OffsetReset::None) => FetchState::Failed {
                error: format!(
                    "LogTruncationException: the new leader of {tp} does not have offset {}",
                    position.offset
                ),
                position: Some(position),
            },
            (false, _) => {
                FetchState::Fetching { position: Position { offset: end_offset, epoch: Some(end_epoch) } }
            }
            (true, policy) => FetchState::AwaitReset {
                to: policy.reset_to(now.wall_ms()).unwrap_or(ResetTo::Latest),
                not_before: now,
            },
        };
    }
}

fn end_offsets(asked: &Map<TopicPartition, (Position, Epoch)>) -> Request {
    let mut request = epochs::OffsetForLeaderEpochRequestData::default().with_replica_id(-1);
    for (tp, (position, epoch)) in asked {
        let partition = epochs::OffsetForLeaderPartition::default()
            .with_partition(tp.partition)
            .with_current_leader_epoch(*epoch)
            .with_leader_epoch(position.epoch.unwrap_or(-1));
        match request.topics.last_mut().filter(|t| t.topic.as_str() == &*tp.topic) {
            Some(topic) => topic.partitions.push(partition),
            None => request.topics.push(
                epochs::OffsetForLeaderTopic::default()
                    .with_topic(KafkaString::from(tp.topic.to_string()))
                    .with_partitions(vec![partition]),
            ),
        }
    }
    Request::OffsetForLeaderEpoch(request)
}
