//! LeaveGroup: by oneself, or by an administrator for others.

use super::ClassicGroup;
use super::ClassicState;
use crate::kafka::coordinator::Reply;
use crate::kafka::coordinator::shard::Hands;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::leave_group_request::LeaveGroupRequestData;
use crate::kafka::protocol::messages::leave_group_request::MemberIdentity;
use crate::kafka::protocol::messages::leave_group_response::LeaveGroupResponseData;
use crate::kafka::protocol::messages::leave_group_response::MemberResponse;

impl ClassicGroup {
    /// `classicGroupLeaveToClassicGroup`.
    pub(crate) fn leave(&mut self, hands: &mut Hands<'_, '_>, request: &LeaveGroupRequestData) -> Outcome {
        if self.state == ClassicState::Dead {
            let error = ErrorCode::CoordinatorNotAvailable.code();
            let response = LeaveGroupResponseData::default().with_error_code(error);
            return Outcome::reply(Reply::Response(Response::LeaveGroup(response)));
        }
        let together = hands.edition().leaves_together();
        let mut outcome = Outcome::nothing();
        let mut members = Vec::new();
        let mut someone_left = false;
        for identity in &request.members {
            let was_pending = self.pending_join.contains(identity.member_id.as_str());
            let left = self.leave_one(hands, identity);
            someone_left |= left.is_ok();
            if left.is_ok() && !together {
                let now = self.after_one_left(hands, was_pending);
                // The group can only become empty once.
                if !now.records.is_empty() {
                    outcome = now;
                }
            }
            members.push(
                MemberResponse::default()
                    .with_member_id(identity.member_id.clone())
                    .with_group_instance_id(identity.group_instance_id.clone())
                    .with_error_code(left.err().unwrap_or(ErrorCode::None).code()),
            );
        }
        if together && someone_left {
            outcome = self.after_one_left(hands, false);
        }
        let response = LeaveGroupResponseData::default().with_members(members);
        let reply = Some(Reply::Response(Response::LeaveGroup(response)));
        Outcome { reply, reply_first: !hands.edition().confirms_removals(), ..outcome }
    }

    /// The group without who has left. An id that nobody had joined with is missed by those alone who wait for it.
    fn after_one_left(&mut self, hands: &mut Hands<'_, '_>, was_pending: bool) -> Outcome {
        match self.state {
            ClassicState::Stable | ClassicState::CompletingRebalance if !was_pending => {
                self.rebalance_or_complete_join(hands)
            }
            ClassicState::PreparingRebalance => self.maybe_complete_join(hands),
            _ => Outcome::nothing(),
        }
    }

    /// An administrator names static members by their instance alone.
    fn leave_one(&mut self, hands: &mut Hands<'_, '_>, identity: &MemberIdentity) -> Result<(), ErrorCode> {
        let instance = identity.group_instance_id.as_ref().map(KafkaString::as_str);
        let mut id = identity.member_id.as_str().to_owned();
        if id.is_empty() {
            let known = instance.and_then(|instance| self.static_members.get(instance));
            id = known.ok_or(ErrorCode::UnknownMemberId)?.to_string();
        } else if !self.pending_join.contains(id.as_str()) {
            self.validate_member(&id, instance)?;
        }
        hands.timers.cancel(&self.heartbeat_key(&id));
        self.dismiss(hands, &id);
        Ok(())
    }
}
