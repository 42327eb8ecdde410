//! Telling the controller how in-sync sets should change (Kafka: `AlterPartitionManager`): one request in flight, each
//! partition at most once in it.

use super::Broker;
use super::broker::response_of;
use crate::kafka::base::Duration;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::channel::Outcome;
use crate::kafka::machine::Context;
use crate::kafka::machine::Timer;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::alter_partition_request::AlterPartitionRequestData;
use crate::kafka::protocol::messages::alter_partition_request::BrokerState;
use crate::kafka::protocol::messages::alter_partition_request::PartitionData as AskedPartition;
use crate::kafka::protocol::messages::alter_partition_request::TopicData as AskedTopic;
use crate::kafka::protocol::messages::alter_partition_response::AlterPartitionResponseData;
use crate::kafka::protocol::messages::alter_partition_response::PartitionData as AnsweredPartition;

/// The wait before a request that failed as a whole is sent again.
const RETRY: Duration = Duration::from_millis(50);

/// The changes that wait to be sent, and those on their way.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct AlterPartitions {
    unsent: Set<TopicPartition>,
    in_flight: Option<Set<TopicPartition>>,
    waits: bool,
}

impl AlterPartitions {
    /// The partitions whose change the controller has not answered yet.
    pub fn pending(&self) -> impl Iterator<Item = &TopicPartition> {
        self.unsent.iter().chain(self.in_flight.iter().flatten())
    }

    pub(super) fn on_timer(&mut self) {
        self.waits = false;
    }
}

impl Broker {
    /// Followers that have not caught up for `replica.lag.time.max.ms` are proposed for removal.
    pub(super) fn on_isr_expiration(&mut self, cx: &mut Context<'_>) {
        let led: Vec<TopicPartition> =
            self.partitions.iter().filter(|(_, p)| p.leader().is_some()).map(|(id, _)| id.clone()).collect();
        for id in led {
            if self.has_laggards(cx, &id)
                && self.with_rules(cx, &id, |_, partition, rules| partition.maybe_shrink(rules)) == Some(true)
            {
                self.submit_alter_partition(&id);
            }
        }
        self.arm_isr_expiration(cx);
    }

    /// Looks before it takes hold: a partition that nobody changes stays shared with older copies of the world.
    fn has_laggards(&self, cx: &Context<'_>, id: &TopicPartition) -> bool {
        let Some((partition, log)) = self.partitions.get(id).and_then(|p| Some((p, p.log()?))) else {
            return false;
        };
        let Some(leader) = partition.leader() else { return false };
        let lag = self.config.replica_lag_time_max_ms;
        let late = |follower| {
            leader.follower(follower).is_none_or(|f| !f.is_caught_up(log.log_end_offset(), cx.wall_ms(), lag))
        };
        leader.isr().isr().iter().any(|&member| member != self.spec.id && late(member))
    }

    pub(super) fn arm_isr_expiration(&self, cx: &mut Context<'_>) {
        let half = u64::try_from(self.config.replica_lag_time_max_ms / 2).unwrap_or(1).max(1);
        cx.set_timer(Timer::IsrExpiration, cx.now + Duration::from_millis(half));
    }

    pub(super) fn submit_alter_partition(&mut self, id: &TopicPartition) {
        self.alter.unsent.insert(id.clone());
    }

    pub(super) fn drive_alter_partition(&mut self, cx: &mut Context<'_>) {
        if self.alter.unsent.is_empty() || self.alter.in_flight.is_some() || self.alter.waits {
            return;
        }
        if !self.alter_client.ready(cx, self.spec.controller) {
            return;
        }
        let asked: Set<TopicPartition> = std::mem::take(&mut self.alter.unsent);
        let (request, asked) = self.alter_request(asked);
        if asked.is_empty() {
            return;
        }
        if self.alter_client.send(cx, self.spec.controller, Request::AlterPartition(request), ()) {
            self.alter.in_flight = Some(asked);
        } else {
            self.alter.unsent = asked;
        }
    }

    /// The request, and the partitions that still want a change.
    fn alter_request(&self, unsent: Set<TopicPartition>) -> (AlterPartitionRequestData, Set<TopicPartition>) {
        let own_epoch = self.lifecycle.broker_epoch.unwrap_or(-1);
        let mut topics: Map<Uuid, AskedTopic> = Map::new();
        let mut asked = Set::new();
        for id in unsent {
            let Some(partition) = self.partitions.get(&id) else { continue };
            let Some(leader) = partition.leader().filter(|leader| leader.isr().is_in_flight()) else {
                continue;
            };
            let member = |node: NodeId| {
                let epoch = if node == self.spec.id { own_epoch } else { leader.broker_epoch_of(node) };
                BrokerState::default().with_broker_id(node.0).with_broker_epoch(epoch)
            };
            let proposed = leader.isr().proposed();
            let data = AskedPartition::default()
                .with_partition_index(id.partition)
                .with_leader_epoch(partition.leader_epoch())
                .with_partition_epoch(partition.partition_epoch())
                .with_new_isr_with_epochs(proposed.into_iter().map(member).collect());
            let topic_id = partition.topic_id();
            let topic =
                topics.entry(topic_id).or_insert_with(|| AskedTopic::default().with_topic_id(topic_id));
            topic.partitions.push(data);
            asked.insert(id);
        }
        let request = AlterPartitionRequestData::default()
            .with_broker_id(self.spec.id.0)
            .with_broker_epoch(own_epoch)
            .with_topics(topics.into_values().collect());
        (request, asked)
    }

    pub(super) fn on_alter_outcome(&mut self, cx: &mut Context<'_>, outcome: Outcome<()>) {
        if matches!(outcome, Outcome::Ready { .. } | Outcome::Unreachable { .. }) {
            return;
        }
        let Some(asked) = self.alter.in_flight.take() else { return };
        match response_of(&outcome) {
            Some(Response::AlterPartition(answer)) if answer.error_code == 0 => {
                self.on_altered(cx, asked, answer);
            }
            _ => {
                self.alter.unsent.extend(asked);
                self.alter.waits = true;
                cx.set_timer(Timer::AlterPartitionRetry, cx.now + RETRY);
            }
        }
    }

    fn on_altered(
        &mut self,
        cx: &mut Context<'_>,
        mut asked: Set<TopicPartition>,
        answer: &AlterPartitionResponseData,
    ) {
        for topic in &answer.topics {
            let Some(name) = self.image().topic_name(topic.topic_id).cloned() else { continue };
            for data in &topic.partitions {
                let id = TopicPartition::new(&name, data.partition_index);
                if asked.remove(&id) {
                    self.on_partition_altered(cx, &id, data);
                }
            }
        }
        // What the controller left out is asked again.
        self.alter.unsent.extend(asked);
    }

    fn on_partition_altered(&mut self, cx: &mut Context<'_>, id: &TopicPartition, data: &AnsweredPartition) {
        let in_flight = self
            .partitions
            .get(id)
            .and_then(|p| p.leader())
            .is_some_and(|leader| leader.isr().is_in_flight());
        if !in_flight {
            // Newer metadata has settled it meanwhile.
            return;
        }
        match super::metadata_log::error_of(data.error_code) {
            None => {
                let isr = data.isr.iter().map(|&node| NodeId(node)).collect();
                let raised = self.with_rules(cx, id, |cx, partition, rules| {
                    let is_current = partition.commit_isr(data.leader_epoch, data.partition_epoch, isr);
                    is_current && partition.raise_high_watermark(cx.disk, rules).unwrap_or(false)
                });
                if raised == Some(true) {
                    self.moved.insert(id.clone());
                }
            }
            // The controller confirms our view and says that nothing was changed.
            Some(ErrorCode::OperationNotAttempted | ErrorCode::IneligibleReplica) => {
                if let Some(partition) = self.partition_mut(id) {
                    partition.withdraw_isr();
                }
            }
            // Our view is old: newer metadata will settle it.
            Some(
                ErrorCode::UnknownTopicOrPartition
                | ErrorCode::UnknownTopicId
                | ErrorCode::FencedLeaderEpoch
                | ErrorCode::InvalidUpdateVersion
                | ErrorCode::InvalidRequest
                | ErrorCode::NewLeaderElected,
            ) => {}
            Some(_) => self.submit_alter_partition(id),
        }
    }
}
