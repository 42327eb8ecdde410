//! How a rebalance begins, and how its first phase waits.

use super::ClassicGroup;
use super::ClassicState;
use crate::kafka::coordinator::shard::Hands;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shard::Work;
use crate::kafka::protocol::ErrorCode;

impl ClassicGroup {
    /// `maybePrepareRebalanceOrCompleteJoin`.
    pub(crate) fn rebalance_or_complete_join(&mut self, hands: &mut Hands<'_, '_>) -> Outcome {
        if ClassicState::PreparingRebalance.may_follow(self.state) {
            self.prepare_rebalance(hands)
        } else {
            self.maybe_complete_join(hands)
        }
    }

    /// `prepareRebalance`: everybody is to join again. A group that was empty waits for more members first.
    pub(crate) fn prepare_rebalance(&mut self, hands: &mut Hands<'_, '_>) -> Outcome {
        if self.state == ClassicState::CompletingRebalance {
            self.reset_assignment(hands, ErrorCode::RebalanceInProgress);
        }
        self.pending_sync.clear();
        hands.timers.cancel(&self.sync_key());
        let is_initial = self.is_empty();
        if is_initial {
            let delay_ms = hands.config.initial_rebalance_delay_ms;
            let remaining_ms = (self.rebalance_timeout_ms() - delay_ms).max(0);
            hands.schedule(self.join_key(), delay_ms, Work::InitialDelay { delay_ms, remaining_ms });
        }
        self.transition(ClassicState::PreparingRebalance, hands.io.now_ms);
        if is_initial {
            Outcome::nothing()
        } else if self.has_all_joined() {
            self.complete_join(hands)
        } else {
            hands.schedule(self.join_key(), self.rebalance_timeout_ms(), Work::Plain);
            Outcome::nothing()
        }
    }

    /// `maybeCompleteJoinPhase`: all are there, and it is not the initial delay that waits.
    pub(crate) fn maybe_complete_join(&mut self, hands: &mut Hands<'_, '_>) -> Outcome {
        let ready = self.state == ClassicState::PreparingRebalance
            && self.previous_state != ClassicState::Empty
            && self.has_all_joined();
        if ready { self.complete_join(hands) } else { Outcome::nothing() }
    }

    /// `tryCompleteInitialRebalanceElseSchedule`: the delay is over; whoever came during it brings another one, up to the
    /// rebalance timeout.
    pub(crate) fn initial_delay_over(
        &mut self,
        hands: &mut Hands<'_, '_>,
        delay_ms: i32,
        remaining_ms: i32,
    ) -> Outcome {
        if !self.new_member_added || remaining_ms == 0 {
            return self.complete_join(hands);
        }
        self.new_member_added = false;
        let next = hands.config.initial_rebalance_delay_ms.min(remaining_ms);
        let left = (remaining_ms - delay_ms).max(0);
        hands.schedule(self.join_key(), next, Work::InitialDelay { delay_ms: next, remaining_ms: left });
        Outcome::nothing()
    }
}
