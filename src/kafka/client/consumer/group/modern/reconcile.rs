//! From what a member has to what it shall have: commit, give up, take, tell.

use super::ById;
use super::Committing;
use super::ModernState;
use super::by_id;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::group::CommitCall;
use crate::kafka::client::consumer::group::ListenerKind;
use crate::kafka::client::consumer::group::heartbeat::ms;
use crate::kafka::machine::Context;

impl Consumer {
    /// What `poll()` does for the membership: join, join again, and call the listener.
    pub(in crate::kafka::client::consumer::group) fn poll_modern(&mut self, cx: &mut Context<'_>) {
        match self.group.modern.state {
            ModernState::Unsubscribed => {
                self.group.rebalancing_since = Some(cx.now);
                self.group.modern.rejoin();
            }
            ModernState::Fenced | ModernState::Stale => {
                self.lose_everything(cx);
                self.group.rebalancing_since = Some(cx.now);
                self.group.modern.rejoin();
            }
            ModernState::Reconciling => self.reconcile(cx),
            _ => {}
        }
    }

    fn lose_everything(&mut self, cx: &Context<'_>) {
        let all: Vec<TopicPartition> = self.assigned.keys().cloned().collect();
        if !all.is_empty() {
            self.call_listener(cx.now, ListenerKind::Lost, all);
            self.assign_partitions(cx.now, &[]);
        }
    }

    fn reconcile(&mut self, cx: &mut Context<'_>) {
        let Some(assigned) = self.resolved_target() else { return };
        let id = |topic: &str| self.metadata.topic_id(topic);
        let has = by_id(assigned.iter(), id);
        if self.group.modern.current.as_ref() == Some(&has) {
            // The rest of the target waits for metadata.
            if self.group.modern.target.as_ref() == Some(&has) {
                self.group.modern.state = ModernState::Acknowledging;
            }
            return;
        }
        if !self.committed_before(cx, &assigned) {
            return;
        }
        self.revoke_and_assign(cx, &assigned, has);
    }

    /// The partitions of the target whose topics it knows by name; others make it ask for metadata.
    fn resolved_target(&mut self) -> Option<Vec<TopicPartition>> {
        let target = self.group.modern.target.clone()?;
        let mut out = Vec::new();
        let mut missing = false;
        for (id, numbers) in &target {
            match self.metadata.topic_name(*id).cloned() {
                Some(topic) => out.extend(numbers.iter().map(|number| TopicPartition::new(&topic, *number))),
                None => missing = true,
            }
        }
        if missing {
            self.metadata.request_update();
        }
        out.arrange();
        Some(out)
    }

    /// Whether the automatic commit that comes first is over. What goes is not handed over any more.
    fn committed_before(&mut self, cx: &mut Context<'_>, assigned: &[TopicPartition]) -> bool {
        if self.auto_commits() && self.group.modern.committing == Committing::Not {
            for (tp, state) in &mut self.assigned {
                state.pending_revocation = assigned.binary_search(tp).is_err();
            }
            let offsets = self.all_consumed();
            let until = cx.now + ms(self.config.max_poll_interval_ms);
            self.group.modern.committing = Committing::Flying { until };
            self.commit(cx, CommitCall::Revoke, offsets);
        }
        match self.group.modern.committing {
            Committing::Flying { until } => until <= cx.now,
            Committing::Not | Committing::Done => true,
        }
    }

    fn revoke_and_assign(&mut self, cx: &Context<'_>, assigned: &[TopicPartition], has: ById) {
        let owned: Set<TopicPartition> = self.assigned.keys().cloned().collect();
        let gone: Vec<_> = owned.iter().filter(|tp| assigned.binary_search(tp).is_err()).cloned().collect();
        if !gone.is_empty() {
            self.call_listener(cx.now, ListenerKind::Revoked, gone);
        }
        self.assign_partitions(cx.now, assigned);
        self.assigned.values_mut().for_each(|kept| kept.pending_revocation = false);
        let added = assigned.iter().filter(|tp| !owned.contains(tp)).cloned().collect();
        self.call_listener(cx.now, ListenerKind::Assigned, added);
        self.auto_commit_after(cx.now, ms(self.config.auto_commit_interval_ms));
        let modern = &mut self.group.modern;
        modern.committing = Committing::Not;
        modern.current = Some(has);
        modern.state = ModernState::Acknowledging;
    }
}
