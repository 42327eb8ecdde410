//! Leading: the member that the coordinator has made leader deals out the partitions, and SyncGroup brings everybody
//! their share (`ConsumerCoordinator.onLeaderElected`).

use super::classic::Leading;
use super::coordinator::kafka_text;
use crate::kafka::base::Name;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Assignor;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::GroupMember;
use crate::kafka::client::consumer::group::GroupTag;
use crate::kafka::client::consumer::group::MemberState;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolAssignment;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolSubscription;
use crate::kafka::protocol::consumer_protocol::HIGHEST_VERSION;
use crate::kafka::protocol::consumer_protocol::PROTOCOL_TYPE;
use crate::kafka::protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use crate::kafka::protocol::messages::sync_group_request::SyncGroupRequestData;
use bytes::Bytes;

impl Consumer {
    /// The leader assigns as soon as it knows all topics of the group (`updateGroupSubscription`).
    pub(super) fn lead(&mut self, cx: &mut Context<'_>) {
        let classic = &self.group.classic;
        let Some(leading) = &classic.leading else { return };
        let known = |topic: &Name| self.metadata.topic(topic).is_some();
        if !classic.group_subscription.iter().flat_map(Set::iter).all(known) {
            return;
        }
        let leading = leading.clone();
        self.group.classic.leading = None;
        if self.group.classic.state != MemberState::CompletingRebalance {
            return self.fail_join(ErrorCode::IllegalGeneration);
        }
        self.take_snapshot();
        self.group.classic.leader = true;
        self.group.classic.assignment_snapshot = Some(self.group.classic.snapshot.clone());
        let assignments = if leading.skip { Vec::new() } else { self.assignments(&leading) };
        self.send_sync(cx, assignments);
    }

    fn assignments(&self, leading: &Leading) -> Vec<SyncGroupRequestAssignment> {
        let members = leading.members();
        let chosen = self.group.classic.generation.protocol.as_deref().and_then(Assignor::from_name);
        let Some(assignor) = chosen else { return Vec::new() };
        let topics = self.assignable_topics();
        let lists = assignor.assign(&topics, &members);
        let entry = |(member, partitions): (&GroupMember, Vec<TopicPartition>)| {
            let assignment = ConsumerProtocolAssignment { partitions, user_data: None };
            SyncGroupRequestAssignment::default()
                .with_member_id(kafka_text(&member.id))
                .with_assignment(assignment.encode(HIGHEST_VERSION).unwrap_or_default())
        };
        members.iter().zip(lists).map(entry).collect()
    }

    pub(super) fn send_sync(&mut self, cx: &mut Context<'_>, assignments: Vec<SyncGroupRequestAssignment>) {
        if self.group.coordinator.is_none() {
            return self.fail_join(ErrorCode::CoordinatorNotAvailable);
        }
        let generation = self.group.classic.generation.clone();
        let request = SyncGroupRequestData::default()
            .with_group_id(self.group_name())
            .with_member_id(kafka_text(&generation.member))
            .with_group_instance_id(self.instance_name())
            .with_generation_id(generation.id)
            .with_protocol_type(Some(kafka_text(PROTOCOL_TYPE)))
            .with_protocol_name(generation.protocol.as_deref().map(kafka_text))
            .with_assignments(assignments);
        self.tell_coordinator(cx, Request::SyncGroup(request), GroupTag::Sync(generation));
    }
}

impl Leading {
    /// The members of a group as its leader hears of them.
    pub(super) fn members(&self) -> Vec<GroupMember> {
        let member = |(id, instance, metadata): &(Name, Option<Name>, Bytes)| GroupMember {
            id: id.clone(),
            instance: instance.clone(),
            subscription: ConsumerProtocolSubscription::decode(metadata).unwrap_or_default(),
        };
        self.members.iter().map(member).collect()
    }
}
