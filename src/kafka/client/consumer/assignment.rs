//! Which partitions the consumer has, and since when (`SubscriptionState.assignFromUser`, `assignFromSubscribed`).

use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::AssignedPartition;
use crate::kafka::client::consumer::Assignment;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::FetchState;
use crate::kafka::client::consumer::OffsetReset;
use crate::kafka::client::consumer::ResetTo;
use crate::kafka::client::consumer::Subscription;

impl Consumer {
    /// Takes what the application wants to read from now on.
    pub(super) fn read(&mut self, now: Instant, subscription: Subscription) {
        self.spec.subscription = subscription.clone();
        self.looking_up.clear();
        match subscription {
            Subscription::Assign(Assignment::Topics(topics)) => {
                topics.iter().for_each(|topic| self.metadata.add_topic(topic));
                self.looking_up = topics;
            }
            Subscription::Assign(Assignment::Partitions(partitions)) => {
                partitions.iter().for_each(|p| self.metadata.add_topic(&p.topic));
                self.assign_partitions(now, &partitions);
            }
            Subscription::Topics(topics) => {
                self.metadata.set_topics(topics.iter().cloned());
                self.group.classic.subscribe(topics);
            }
            Subscription::Pattern(_) => {
                self.metadata.set_all_topics();
                self.group.classic.subscribe_by_pattern(self.metadata.version());
            }
        }
    }

    pub(super) fn look_up_topics(&mut self, now: Instant) {
        if self.looking_up.is_empty() {
            return;
        }
        let counts = self.looking_up.iter().map(|t| Some((t, self.metadata.partition_count(t)?)));
        let Some(counts) = counts.collect::<Option<Vec<_>>>() else { return };
        let all = |(topic, count): (&Name, i32)| {
            (0..count).map(|p| TopicPartition::new(topic, p)).collect::<Vec<_>>()
        };
        let partitions: Vec<TopicPartition> = counts.into_iter().flat_map(all).collect();
        self.looking_up.clear();
        self.assign_partitions(now, &partitions);
    }

    /// Partitions that stay keep their position; others begin at the committed offset, or where
    /// `auto.offset.reset` says.
    pub(super) fn assign_partitions(&mut self, now: Instant, partitions: &[TopicPartition]) {
        let first = if self.group.id().is_some() { FetchState::AwaitCommitted } else { self.unplaced(now) };
        let old = std::mem::take(&mut self.assigned);
        for partition in partitions {
            self.assigned.insert(partition.clone(), AssignedPartition::new(first.clone()));
        }
        for (partition, state) in old {
            match self.assigned.get_mut(&partition) {
                Some(kept) => *kept = state,
                None => _ = self.given_up.insert(partition, state),
            }
        }
        for (partition, assigned) in &mut self.assigned {
            if let Some(before) = self.given_up.remove(partition) {
                assigned.remember(&before);
            }
        }
        self.completed.retain(|fetch| self.assigned.contains_key(&fetch.partition));
    }

    /// The process starts: what was reckoned from the time of its making is reckoned from now (`by_duration`).
    pub(super) fn place_again(&mut self, now: Instant) {
        if let OffsetReset::ByDuration(_) = self.config.auto_offset_reset {
            let first = self.unplaced(now);
            let unplaced = |a: &&mut AssignedPartition| matches!(a.state, FetchState::AwaitReset { .. });
            self.assigned.values_mut().filter(unplaced).for_each(|a| a.state = first.clone());
        }
    }

    /// What becomes of a partition that has no position (`resetInitializingPositions`).
    pub(super) fn unplaced(&self, now: Instant) -> FetchState {
        match self.config.auto_offset_reset {
            OffsetReset::None => FetchState::Failed {
                error: "NoOffsetForPartitionException: Undefined offset with no reset policy: seek first"
                    .into(),
                position: None,
            },
            policy => FetchState::AwaitReset {
                to: policy.reset_to(now.wall_ms()).unwrap_or(ResetTo::Latest),
                not_before: Instant::ZERO,
            },
        }
    }
}
