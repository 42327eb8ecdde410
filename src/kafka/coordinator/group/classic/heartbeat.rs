//! Heartbeat, and its absence.

use super::ClassicGroup;
use super::ClassicState;
use crate::kafka::base::Name;
use crate::kafka::coordinator::shard::Hands;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shard::join_refused;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::messages::heartbeat_request::HeartbeatRequestData;
use crate::kafka::protocol::messages::heartbeat_response::HeartbeatResponseData;

impl ClassicGroup {
    /// `classicGroupHeartbeatToClassicGroup`.
    pub(crate) fn heartbeat(
        &mut self,
        hands: &mut Hands<'_, '_>,
        request: &HeartbeatRequestData,
    ) -> Result<HeartbeatResponseData, ErrorCode> {
        if self.state == ClassicState::Dead {
            return Err(ErrorCode::CoordinatorNotAvailable);
        }
        let id = request.member_id.as_str();
        self.validate_member(id, request.group_instance_id.as_ref().map(KafkaString::as_str))?;
        if request.generation_id != self.generation {
            return Err(ErrorCode::IllegalGeneration);
        }
        let error = match self.state {
            ClassicState::Empty | ClassicState::Dead => ErrorCode::UnknownMemberId,
            ClassicState::PreparingRebalance => ErrorCode::RebalanceInProgress,
            // Members may send heartbeats as soon as they have joined.
            ClassicState::CompletingRebalance | ClassicState::Stable => ErrorCode::None,
        };
        if error != ErrorCode::UnknownMemberId {
            self.restart_session(hands, id);
        }
        Ok(HeartbeatResponseData::default().with_error_code(error.code()))
    }

    /// `expireClassicGroupMemberHeartbeat`: a session is over, or an id that was given out was not used.
    pub(crate) fn session_expired(&mut self, hands: &mut Hands<'_, '_>, id: &Name) -> Outcome {
        if self.state == ClassicState::Dead {
            return Outcome::nothing();
        }
        if self.pending_join.contains(id) {
            self.remove(id);
        } else {
            match self.member(id) {
                Some(member) if !member.is_waiting_for_us() => {}
                _ => return Outcome::nothing(),
            }
            self.dismiss(hands, id);
            if matches!(self.state, ClassicState::Stable | ClassicState::CompletingRebalance) {
                return self.rebalance_or_complete_join(hands);
            }
        }
        if hands.edition().keeps_initial_delay() {
            return self.maybe_complete_join(hands);
        }
        if self.state == ClassicState::PreparingRebalance && self.has_all_joined() {
            return self.complete_join(hands);
        }
        Outcome::nothing()
    }

    /// Takes a member out. If it waits with a JoinGroup it hears that it is not known, and may come again.
    pub(super) fn dismiss(&mut self, hands: &mut Hands<'_, '_>, id: &str) {
        self.answer_join(hands, id, join_refused(ErrorCode::UnknownMemberId));
        self.remove(id);
    }
}
