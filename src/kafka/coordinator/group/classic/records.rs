//! A group as a record, and back.

use bytes::Bytes;

use super::ClassicGroup;
use super::ClassicMember;
use super::ClassicState;
use super::Protocol;
use crate::kafka::base::Name;
use crate::kafka::coordinator::record::GroupMetadata;
use crate::kafka::coordinator::record::GroupMetadataValue;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::record::MemberMetadata;
use crate::kafka::coordinator::shard::Hands;
use crate::kafka::coordinator::shard::TimerKey;
use crate::kafka::coordinator::shard::Work;
use crate::kafka::coordinator::shard::join_refused;
use crate::kafka::coordinator::text;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::sync_group_response::SyncGroupResponseData;

impl ClassicGroup {
    /// The record of a group that has just been created (`newEmptyGroupMetadataRecord`).
    pub(crate) fn empty_record(&self) -> GroupRecord {
        let value = GroupMetadataValue {
            protocol_type: Name::default(),
            generation: 0,
            protocol: None,
            leader: None,
            current_state_timestamp: self.state_since.unwrap_or(-1),
            members: Vec::new(),
        };
        GroupRecord::GroupMetadata(GroupMetadata { group: self.name.clone(), value: Some(value) })
    }

    /// The record of a generation (`newGroupMetadataRecord`), with the assignment that each member is to get.
    pub(crate) fn record(&self, assignment: impl Fn(&ClassicMember) -> Bytes) -> GroupRecord {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let members = self.members.values().map(|member| MemberMetadata {
            member_id: member.id.clone(),
            group_instance_id: member.instance.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            rebalance_timeout: member.rebalance_timeout_ms,
            session_timeout: member.session_timeout_ms,
            subscription: member.metadata(protocol).cloned().unwrap_or_default(),
            assignment: assignment(member),
        });
        let value = GroupMetadataValue {
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            current_state_timestamp: self.state_since.unwrap_or(-1),
            members: members.collect(),
        };
        GroupRecord::GroupMetadata(GroupMetadata { group: self.name.clone(), value: Some(value) })
    }

    /// The group that a record tells of: stable when it has members.
    pub(crate) fn restored(name: Name, value: &GroupMetadataValue) -> Self {
        let mut group = Self::new(name, value.current_state_timestamp);
        group.state = if value.members.is_empty() { ClassicState::Empty } else { ClassicState::Stable };
        group.state_since = (value.current_state_timestamp != -1).then_some(value.current_state_timestamp);
        group.generation = value.generation;
        group.protocol_type = (!value.protocol_type.is_empty()).then(|| value.protocol_type.clone());
        group.protocol = value.protocol.clone();
        group.leader = value.leader.clone();
        for member in &value.members {
            let offer = Protocol {
                name: value.protocol.clone().unwrap_or_default(),
                metadata: member.subscription.clone(),
            };
            let unsaid = member.rebalance_timeout == -1;
            group.add(ClassicMember {
                id: member.member_id.clone(),
                instance: member.group_instance_id.clone(),
                client_id: member.client_id.clone(),
                client_host: member.client_host.clone(),
                session_timeout_ms: member.session_timeout,
                rebalance_timeout_ms: if unsaid { member.session_timeout } else { member.rebalance_timeout },
                protocol_type: value.protocol_type.clone(),
                protocols: vec![offer],
                assignment: member.assignment.clone(),
                awaiting_join: None,
                awaiting_sync: None,
                is_new: false,
            });
        }
        group.subscribed_topics = group.compute_subscribed_topics();
        group
    }

    /// The shard is loaded: sessions start. A group above `group.max.size` is rebalanced, to shrink.
    pub(crate) fn loaded(&mut self, hands: &mut Hands<'_, '_>) {
        for id in self.member_ids() {
            self.restart_session(hands, &id);
        }
        if self.members.len() > usize::try_from(hands.config.max_size).unwrap_or(0) {
            drop(self.prepare_rebalance(hands));
        }
    }

    /// The shard goes: who waits is sent to look for the new coordinator.
    pub(crate) fn unloaded(&mut self, hands: &mut Hands<'_, '_>) {
        let error = ErrorCode::NotCoordinator;
        self.transition(ClassicState::Dead, hands.io.now_ms);
        for id in self.member_ids() {
            let joined = join_refused(error).with_member_id(text(&id));
            self.answer_join(hands, &id, joined);
            let Some(member) = self.member_mut(&id) else { continue };
            if let Some(ticket) = member.awaiting_sync.take() {
                let synced = SyncGroupResponseData::default().with_error_code(error.code());
                hands.answer(ticket, Response::SyncGroup(synced));
            }
        }
    }

    /// Starts the timer within which all must sync.
    pub(crate) fn schedule_sync(&self, hands: &mut Hands<'_, '_>) {
        let key = TimerKey::Sync { group: self.name.clone() };
        hands.schedule(key, self.rebalance_timeout_ms(), Work::Epoch(self.generation));
    }
}
