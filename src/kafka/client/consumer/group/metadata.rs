//! What topics the member wants, and what changed about them (`maybeUpdateSubscriptionMetadata`, `MetadataSnapshot`).

use crate::kafka::base::Name;
use crate::kafka::base::Pattern;
use crate::kafka::base::Set;
use crate::kafka::client::consumer::AssignableTopic;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::Subscription;

/// Topics of Kafka itself, which no pattern matches (`exclude.internal.topics`).
const INTERNAL: [&str; 2] = ["__consumer_offsets", "__transaction_state"];

impl Consumer {
    /// Whether the application wants this topic.
    pub(super) fn wants_topic(&self, topic: &str) -> bool {
        match &self.spec.subscription {
            Subscription::Pattern(pattern) => Pattern::new(pattern).is_ok_and(|p| p.matches(topic)),
            _ => self.group.classic.subscription.contains(topic),
        }
    }

    /// Tells the metadata which topics are of interest: all for a pattern, those of the whole group for its leader.
    pub(super) fn want_topics(&mut self) {
        if !matches!(self.spec.subscription, Subscription::Topics(_)) {
            return;
        }
        let classic = &self.group.classic;
        let group = classic.group_subscription.iter().flat_map(Set::iter);
        let all: Set<Name> = classic.subscription.iter().chain(group).cloned().collect();
        self.metadata.set_topics(all.into_iter());
    }

    /// Looks at metadata that are new since the last look.
    pub(super) fn update_subscription_metadata(&mut self) {
        let known = self.metadata.version();
        let too_old = self.group.classic.metadata_since.is_some_and(|since| known <= since);
        if known == self.group.classic.seen_metadata || too_old {
            return;
        }
        self.group.classic.seen_metadata = self.metadata.version();
        if let Subscription::Pattern(pattern) = &self.spec.subscription
            && let Ok(pattern) = Pattern::new(pattern)
        {
            let found = self.metadata.topics().filter(|(_, topic)| topic.error.is_none());
            let matching = found.map(|(name, _)| name).filter(|name| !INTERNAL.contains(&&***name));
            self.group.classic.subscription =
                matching.filter(|name| pattern.matches(name)).cloned().collect();
        }
        self.take_snapshot();
    }

    pub(super) fn take_snapshot(&mut self) {
        let topics = self.assignable_topics();
        let ours = self.config.client_rack.is_some();
        let racks = |topic: &AssignableTopic| {
            let of =
                |at: usize| topic.racks.get(at).filter(|_| ours).into_iter().flatten().cloned().collect();
            (0..topic.partitions).map(of).collect()
        };
        self.group.classic.snapshot = topics.iter().map(|topic| (topic.name.clone(), racks(topic))).collect();
    }

    /// The topics that this member knows and its group wants, with racks when it has one itself.
    pub(super) fn assignable_topics(&self) -> Vec<AssignableTopic> {
        let classic = &self.group.classic;
        let group = classic.group_subscription.iter().flat_map(Set::iter);
        let wanted: Set<&Name> = classic.subscription.iter().chain(group).collect();
        let known = wanted.into_iter().filter_map(|name| {
            let partitions = usize::try_from(self.metadata.partition_count(name)?).ok()?;
            let racks = if classic.group_subscription.is_some() || self.config.client_rack.is_some() {
                self.metadata.racks_of(name)
            } else {
                Vec::new()
            };
            Some(AssignableTopic { name: name.clone(), partitions, racks })
        });
        known.collect()
    }

    /// Whether the member has to join, or is joining (`rejoinNeededOrPending`).
    pub(super) fn rejoin_needed(&mut self) -> bool {
        let known = self.metadata.version();
        if self.group.classic.metadata_since.is_some_and(|since| known <= since) {
            return false; // It does not know yet what there is (`ensureFreshMetadata`).
        }
        let classic = &mut self.group.classic;
        let news = classic.compared_metadata != classic.seen_metadata;
        if news && classic.assignment_snapshot.as_ref().is_some_and(|then| *then != classic.snapshot) {
            classic.request_rejoin_if_necessary("cached metadata has changed");
            return true;
        }
        classic.compared_metadata = classic.seen_metadata;
        if classic.joined_subscription.as_ref().is_some_and(|then| *then != classic.subscription) {
            classic.request_rejoin_if_necessary("subscription has changed");
            return true;
        }
        classic.rejoin_needed || classic.join != super::classic::Join::Idle
    }
}
