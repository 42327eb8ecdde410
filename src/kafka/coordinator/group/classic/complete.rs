//! The end of the first phase: a new generation.

use super::ClassicGroup;
use super::ClassicState;
use crate::kafka::base::Name;
use crate::kafka::coordinator::shard::Hands;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shard::Then;
use crate::kafka::coordinator::shard::Work;

impl ClassicGroup {
    /// `completeClassicGroupJoin`: dynamic members who did not come are out; the others are a new generation. When nobody
    /// came, it waits until sessions end.
    pub(crate) fn complete_join(&mut self, hands: &mut Hands<'_, '_>) -> Outcome {
        hands.timers.cancel(&self.join_key());
        let absent: Vec<Name> = self
            .members
            .values()
            .filter(|member| member.awaiting_join.is_none() && member.instance.is_none())
            .map(|member| member.id.clone())
            .collect();
        for id in absent {
            self.remove(&id);
            hands.timers.cancel(&self.heartbeat_key(&id));
        }
        if self.state == ClassicState::Dead {
            return Outcome::nothing();
        }
        if !self.elect_joined_leader() && !self.members.is_empty() {
            hands.schedule(self.join_key(), self.rebalance_timeout_ms(), Work::Plain);
            return Outcome::nothing();
        }
        if self.is_empty() && self.members.is_empty() {
            // The timer of a group that is empty already: Kafka fails on the way from empty to empty.
            self.generation += 1;
            return Outcome::nothing();
        }
        self.next_generation(hands);
        if self.is_empty() {
            return Outcome::note(vec![self.record(|member| member.assignment.clone())], Then::Nothing);
        }
        for id in self.member_ids() {
            let response = self.joined(&id, self.is_leader(&id));
            self.answer_join(hands, &id, response);
            self.restart_session(hands, &id);
            if let Some(member) = self.member_mut(&id) {
                member.is_new = false;
            }
            self.pending_sync.insert(id);
        }
        self.schedule_sync(hands);
        Outcome::nothing()
    }

    /// `maybeElectNewJoinedLeader`: a leader who did not come is replaced by the first who did; `false` when nobody did.
    fn elect_joined_leader(&mut self) -> bool {
        let came = |id: &Name| self.member(id).is_some_and(|member| member.awaiting_join.is_some());
        match &self.leader {
            None => false,
            Some(leader) if came(leader) => true,
            Some(_) => {
                let joined = self.members.keys().find(|id| came(id)).cloned();
                let found = joined.is_some();
                self.leader = joined.or_else(|| self.leader.take());
                found
            }
        }
    }

    /// `initNextGeneration`.
    fn next_generation(&mut self, hands: &Hands<'_, '_>) {
        self.generation += 1;
        self.protocol = self.select_protocol(hands.edition());
        self.subscribed_topics = self.compute_subscribed_topics();
        let empty = self.members.is_empty();
        let next = if empty { ClassicState::Empty } else { ClassicState::CompletingRebalance };
        self.transition(next, hands.io.now_ms);
        self.pending_sync.clear();
    }
}
