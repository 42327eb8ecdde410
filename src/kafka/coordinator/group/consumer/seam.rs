//! Where the shard calls consumer groups.

use std::sync::Arc;

use super::ConsumerGroup;
use super::ConsumerThen;
use crate::kafka::base::Name;
use crate::kafka::coordinator::Ask;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::Ticket;
use crate::kafka::coordinator::record::ConsumerRecord;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::shard::Decision;
use crate::kafka::coordinator::shard::TimerKey;
use crate::kafka::coordinator::shard::Work;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::messages as m;
use m::consumer_group_describe_request::ConsumerGroupDescribeRequestData;
use m::consumer_group_describe_response::ConsumerGroupDescribeResponseData;
use m::consumer_group_heartbeat_request::ConsumerGroupHeartbeatRequestData;
use m::heartbeat_request::HeartbeatRequestData;
use m::join_group_request::JoinGroupRequestData;
use m::leave_group_request::LeaveGroupRequestData;
use m::sync_group_request::SyncGroupRequestData;

impl Shard {
    /// `consumerGroupHeartbeat`.
    pub(crate) fn consumer_heartbeat(
        &mut self,
        _io: &mut Io<'_>,
        _ticket: Ticket,
        _ask: &Ask,
        _request: &ConsumerGroupHeartbeatRequestData,
    ) -> Decision {
        Err(ErrorCode::UnsupportedVersion.into())
    }

    /// `consumerGroupDescribe`, as of the high watermark.
    pub(crate) fn consumer_describe(
        &self,
        _io: &Io<'_>,
        _request: &ConsumerGroupDescribeRequestData,
    ) -> ConsumerGroupDescribeResponseData {
        ConsumerGroupDescribeResponseData::default()
    }

    /// `classicGroupJoinToConsumerGroup`: a classic member asks a consumer group that has members.
    pub(crate) fn classic_join_to_consumer(
        &mut self,
        _io: &mut Io<'_>,
        _ticket: Ticket,
        _ask: &Ask,
        _group: &Arc<ConsumerGroup>,
        _request: &JoinGroupRequestData,
    ) -> Decision {
        Err(ErrorCode::InconsistentGroupProtocol.into())
    }

    /// `classicGroupSyncToConsumerGroup`.
    pub(crate) fn classic_sync_to_consumer(
        &mut self,
        _io: &mut Io<'_>,
        _ticket: Ticket,
        _group: &Arc<ConsumerGroup>,
        _request: &SyncGroupRequestData,
    ) -> Decision {
        Err(ErrorCode::UnknownMemberId.into())
    }

    /// `classicGroupHeartbeatToConsumerGroup`.
    pub(crate) fn classic_heartbeat_to_consumer(
        &mut self,
        _io: &mut Io<'_>,
        _group: &Arc<ConsumerGroup>,
        _request: &HeartbeatRequestData,
    ) -> Decision {
        Err(ErrorCode::UnknownMemberId.into())
    }

    /// `classicGroupLeaveToConsumerGroup`.
    pub(crate) fn classic_leave_to_consumer(
        &mut self,
        _io: &mut Io<'_>,
        _group: &Arc<ConsumerGroup>,
        _request: &LeaveGroupRequestData,
    ) -> Decision {
        Err(ErrorCode::UnknownMemberId.into())
    }

    /// The tombstones of an empty consumer group (`createGroupTombstoneRecords`).
    pub(crate) fn consumer_tombstones(&self, _group: &ConsumerGroup, _records: &mut Vec<GroupRecord>) {}

    /// A timer of a member of a consumer group.
    pub(crate) fn consumer_timer(&mut self, _io: &mut Io<'_>, _key: &TimerKey, _work: Work) -> Decision {
        Ok(crate::kafka::coordinator::shard::Outcome::nothing())
    }

    /// `replay` of the records of consumer groups.
    pub(crate) fn replay_consumer(&mut self, _io: &mut Io<'_>, record: &ConsumerRecord) {
        match *record {}
    }

    /// The half of `onLoaded` that starts timers of consumer groups.
    pub(crate) fn consumer_loaded(&mut self, _io: &mut Io<'_>, _group: &ConsumerGroup) {}

    /// `onNewMetadataImage`: these topics came, changed or went.
    pub(crate) fn consumer_metadata(&mut self, _io: &mut Io<'_>, _changed: &[Name]) {}

    /// The records behind a [`ConsumerThen`] are safe, or they are not.
    pub(crate) fn consumer_then(&mut self, _io: &mut Io<'_>, then: ConsumerThen, _error: Option<ErrorCode>) {
        match then {}
    }

    /// Work that stands behind a request: regular expressions, assignments that are computed off the request. `true` when
    /// something was done.
    pub(crate) fn run_background(&mut self, _io: &mut Io<'_>) -> bool {
        false
    }
}
