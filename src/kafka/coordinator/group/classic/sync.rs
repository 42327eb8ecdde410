//! SyncGroup: the leader brings the assignment, everybody gets his part.

use bytes::Bytes;

use super::ClassicGroup;
use super::ClassicState;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::coordinator::Ticket;
use crate::kafka::coordinator::group::ClassicId;
use crate::kafka::coordinator::shard::Decision;
use crate::kafka::coordinator::shard::Hands;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shard::Then;
use crate::kafka::coordinator::shared;
use crate::kafka::coordinator::text;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::sync_group_request::SyncGroupRequestData;
use crate::kafka::protocol::messages::sync_group_response::SyncGroupResponseData;

impl ClassicGroup {
    /// `classicGroupSyncToClassicGroup`.
    pub(crate) fn sync(
        &mut self,
        hands: &mut Hands<'_, '_>,
        ticket: Ticket,
        request: &SyncGroupRequestData,
    ) -> Decision {
        if self.is_empty() {
            return Err(ErrorCode::UnknownMemberId.into());
        }
        self.validate_sync(request)?;
        let id = request.member_id.as_str();
        match self.state {
            ClassicState::PreparingRebalance => Err(ErrorCode::RebalanceInProgress.into()),
            ClassicState::CompletingRebalance => {
                if let Some(member) = self.member_mut(id) {
                    member.awaiting_sync = Some(ticket);
                }
                self.has_synced(hands, id);
                if self.is_leader(id) {
                    Ok(self.store_assignment(hands.group, request))
                } else {
                    Ok(Outcome::nothing())
                }
            }
            ClassicState::Stable => {
                self.has_synced(hands, id);
                if hands.edition().sync_keeps_session() {
                    self.restart_session(hands, id);
                }
                let assignment = self.member(id).map(|member| member.assignment.clone()).unwrap_or_default();
                hands.answer(ticket, Response::SyncGroup(self.synced(assignment)));
                Ok(Outcome::nothing())
            }
            ClassicState::Empty | ClassicState::Dead => Err(ErrorCode::UnknownServerError.into()),
        }
    }

    fn validate_sync(&self, request: &SyncGroupRequestData) -> Result<(), ErrorCode> {
        if self.state == ClassicState::Dead {
            return Err(ErrorCode::CoordinatorNotAvailable);
        }
        let instance = request.group_instance_id.as_ref().map(KafkaString::as_str);
        self.validate_member(request.member_id.as_str(), instance)?;
        if request.generation_id != self.generation {
            return Err(ErrorCode::IllegalGeneration);
        }
        let differs = |asked: Option<&KafkaString>, own: Option<&Name>| {
            asked.zip(own).is_some_and(|(asked, own)| asked.as_str() != &**own)
        };
        if differs(request.protocol_type.as_ref(), self.protocol_type.as_ref())
            || differs(request.protocol_name.as_ref(), self.protocol.as_ref())
        {
            return Err(ErrorCode::InconsistentGroupProtocol);
        }
        Ok(())
    }

    /// A member has synced; when all have, nobody is waited for any more (`removePendingSyncMember`).
    fn has_synced(&mut self, hands: &mut Hands<'_, '_>, id: &str) {
        self.pending_sync.remove(id);
        if self.pending_sync.is_empty() {
            hands.timers.cancel(&self.sync_key());
        }
    }

    /// The leader's assignment is written before anybody gets his part; who is not in it gets nothing.
    fn store_assignment(&self, group: ClassicId, request: &SyncGroupRequestData) -> Outcome {
        let mut assignment: Map<Name, Bytes> =
            request.assignments.iter().map(|one| (shared(&one.member_id), one.assignment.clone())).collect();
        for id in self.members.keys() {
            assignment.entry(id.clone()).or_default();
        }
        let record = self.record(|member| assignment.get(&member.id).cloned().unwrap_or_default());
        Outcome::note(vec![record], Then::Assigned { group, generation: self.generation, assignment })
    }

    /// The assignment is in the log and safe, or it is not. Somebody may have joined in the meantime: then it counts for
    /// nothing.
    pub(crate) fn assignment_stored(
        &mut self,
        hands: &mut Hands<'_, '_>,
        generation: i32,
        assignment: &Map<Name, Bytes>,
        error: Option<ErrorCode>,
    ) {
        if self.state != ClassicState::CompletingRebalance || self.generation != generation {
            return;
        }
        if let Some(error) = error {
            let error = hands.edition().store_error(error);
            self.reset_assignment(hands, error);
            drop(self.rebalance_or_complete_join(hands));
            return;
        }
        for id in self.member_ids() {
            let part = assignment.get(&id).cloned().unwrap_or_default();
            if let Some(member) = self.member_mut(&id) {
                member.assignment = part;
            }
        }
        self.propagate(hands, ErrorCode::None);
        self.transition(ClassicState::Stable, hands.io.now_ms);
    }

    /// `resetAndPropagateAssignmentWithError`.
    pub(crate) fn reset_assignment(&mut self, hands: &mut Hands<'_, '_>, error: ErrorCode) {
        for id in self.member_ids() {
            if let Some(member) = self.member_mut(&id) {
                member.assignment = Bytes::new();
            }
        }
        self.propagate(hands, error);
    }

    /// Answers every SyncGroup that waits; the sessions of those who waited start anew (`propagateAssignment`).
    fn propagate(&mut self, hands: &mut Hands<'_, '_>, error: ErrorCode) {
        for id in self.member_ids() {
            let Some(member) = self.member_mut(&id) else { continue };
            let assignment = member.assignment.clone();
            let Some(ticket) = member.awaiting_sync.take() else { continue };
            let response = match error {
                ErrorCode::None => self.synced(assignment),
                error => {
                    SyncGroupResponseData::default().with_assignment(assignment).with_error_code(error.code())
                }
            };
            hands.answer(ticket, Response::SyncGroup(response));
            self.restart_session(hands, &id);
        }
    }

    fn synced(&self, assignment: Bytes) -> SyncGroupResponseData {
        SyncGroupResponseData::default()
            .with_protocol_type(self.protocol_type.as_deref().map(text))
            .with_protocol_name(self.protocol.as_deref().map(text))
            .with_assignment(assignment)
    }

    /// `expirePendingSync`: who has not synced in time is out.
    pub(crate) fn sync_expired(&mut self, hands: &mut Hands<'_, '_>, generation: i32) -> Outcome {
        let waits = matches!(self.state, ClassicState::CompletingRebalance | ClassicState::Stable);
        if self.generation != generation || !waits || self.pending_sync.is_empty() {
            return Outcome::nothing();
        }
        for id in self.pending_sync.clone() {
            self.remove(&id);
            hands.timers.cancel(&self.heartbeat_key(&id));
        }
        self.prepare_rebalance(hands)
    }
}
