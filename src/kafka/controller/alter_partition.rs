//! AlterPartition: a leader asks for another in-sync set.

use super::decider::Decider;
use super::decision::Decision;
use crate::kafka::base::NodeId;
use crate::kafka::metadata::LeaderRecoveryState;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::metadata::PartitionRegistration;
use crate::kafka::metadata::TopicImage;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::messages::alter_partition_request as ask;
use crate::kafka::protocol::messages::alter_partition_response as tell;

impl Decider<'_> {
    /// `ReplicationControlManager.alterPartition`.
    pub(super) fn alter_partition(
        &self,
        request: &ask::AlterPartitionRequestData,
        version: i16,
    ) -> Decision<tell::AlterPartitionResponseData> {
        let mut response = tell::AlterPartitionResponseData::default();
        if let Err(error) = self.check_broker_epoch(request.broker_id, request.broker_epoch) {
            response.error_code = error.code();
            return Decision::answer(response);
        }
        let mut records = Vec::new();
        for topic_data in &request.topics {
            let topic = self.image.topic_by_id(topic_data.topic_id);
            let mut partitions = Vec::new();
            for data in &topic_data.partitions {
                let answer = match topic {
                    None => Err(ErrorCode::UnknownTopicId),
                    Some(topic) => self.alter_one(request.broker_id, topic, data, version, &mut records),
                };
                partitions.push(answer.unwrap_or_else(|error| {
                    tell::PartitionData::default()
                        .with_partition_index(data.partition_index)
                        .with_error_code(error.code())
                }));
            }
            let topic = tell::TopicData::default();
            response.topics.push(topic.with_topic_id(topic_data.topic_id).with_partitions(partitions));
        }
        Decision::of(records, response)
    }

    fn alter_one(
        &self,
        broker: i32,
        topic: &TopicImage,
        data: &ask::PartitionData,
        version: i16,
        records: &mut Vec<MetadataRecord>,
    ) -> Result<tell::PartitionData, ErrorCode> {
        let before = topic.partitions.get(&data.partition_index).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        let new_isr = new_isr(data, version);
        let recovery =
            LeaderRecoveryState::of(data.leader_recovery_state).ok_or(ErrorCode::InvalidRequest)?;
        self.check(NodeId(broker), before, data, &new_isr, recovery)?;
        let mut change = self.change(topic, data.partition_index, before);
        change.target_isr = new_isr.iter().map(|(replica, _)| *replica).collect();
        change.target_recovery_state = recovery;
        let record = change.build(&|broker| self.is_acceptable(before, broker));
        let after = record.as_ref().map_or_else(|| before.as_ref().clone(), |record| before.merge(record));
        let leader = record.as_ref().and_then(|record| record.leader);
        records.extend(record.map(MetadataRecord::PartitionChange));
        if leader.is_some_and(|leader| leader != Some(NodeId(broker))) {
            return Err(ErrorCode::NewLeaderElected);
        }
        Ok(tell::PartitionData::default()
            .with_partition_index(data.partition_index)
            .with_leader_id(after.leader.map_or(-1, |leader| leader.0))
            .with_leader_epoch(after.leader_epoch)
            .with_isr(after.isr.iter().map(|replica| replica.0).collect())
            .with_leader_recovery_state(after.leader_recovery_state.value())
            .with_partition_epoch(after.partition_epoch))
    }

    /// `validateAlterPartitionData`, in Kafka's order.
    fn check(
        &self,
        broker: NodeId,
        before: &PartitionRegistration,
        data: &ask::PartitionData,
        new_isr: &[(NodeId, i64)],
        recovery: LeaderRecoveryState,
    ) -> Result<(), ErrorCode> {
        if data.leader_epoch > before.leader_epoch || data.partition_epoch > before.partition_epoch {
            // The leader knows more than this controller: another one must have taken over.
            return Err(ErrorCode::NotController);
        }
        if data.leader_epoch < before.leader_epoch {
            return Err(ErrorCode::FencedLeaderEpoch);
        }
        if before.leader != Some(broker) {
            return Err(ErrorCode::InvalidRequest);
        }
        if data.partition_epoch < before.partition_epoch {
            return Err(ErrorCode::InvalidUpdateVersion);
        }
        let twice = (1..new_isr.len()).any(|at| new_isr[..at].iter().any(|(id, _)| *id == new_isr[at].0));
        let foreign = new_isr.iter().any(|(replica, _)| !before.replicas.contains(replica));
        let leader_left = !new_isr.iter().any(|(replica, _)| *replica == broker);
        let recovering = recovery == LeaderRecoveryState::Recovering;
        let grows_too_early = recovering && new_isr.len() > 1;
        let back = recovering && before.leader_recovery_state == LeaderRecoveryState::Recovered;
        if new_isr.is_empty() || twice || foreign || leader_left || grows_too_early || back {
            return Err(ErrorCode::InvalidRequest);
        }
        let eligible = |(replica, epoch): &(NodeId, i64)| {
            let registration = self.image.broker(*replica).filter(|broker| broker.is_active());
            registration.is_some_and(|broker| *epoch == -1 || *epoch == broker.epoch)
        };
        if new_isr.iter().all(eligible) { Ok(()) } else { Err(ErrorCode::IneligibleReplica) }
    }
}

/// The set asked for, with broker epochs; −1 where the request's version has none.
fn new_isr(data: &ask::PartitionData, version: i16) -> Vec<(NodeId, i64)> {
    if version >= 3 {
        data.new_isr_with_epochs.iter().map(|state| (NodeId(state.broker_id), state.broker_epoch)).collect()
    } else {
        data.new_isr.iter().map(|replica| (NodeId(*replica), -1)).collect()
    }
}
