//! Which part of the coordinator decides what.

use super::Ask;
use super::Batch;
use super::Body;
use super::Decision;
use super::Io;
use super::Marker;
use super::Outcome;
use super::Reply;
use super::Shard;
use super::Ticket;
use super::TimerKey;
use super::Work;
use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;
use crate::kafka::coordinator::group::offsets::Sight;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::delete_groups_response::DeleteGroupsResponseData;
use crate::kafka::protocol::messages::describe_groups_response::DescribeGroupsResponseData;

impl Shard {
    /// Answers what only reads: it sees the state as of the high watermark and waits for nothing.
    pub(super) fn read(&self, io: &Io<'_>, ask: &Ask) -> Option<Result<Reply, ErrorCode>> {
        let Body::Request(request) = &ask.body else { return None };
        let response = match request {
            Request::ListGroups(request) => Response::ListGroups(self.list_groups(request)),
            Request::DescribeGroups(request) => {
                Response::DescribeGroups(DescribeGroupsResponseData::default().with_groups(
                    request.groups.iter().map(|id| self.describe_group(id, ask.version)).collect(),
                ))
            }
            Request::ConsumerGroupDescribe(request) => {
                Response::ConsumerGroupDescribe(self.consumer_describe(io, request))
            }
            Request::OffsetFetch(request)
                if !request.require_stable || !self.edition().waits_for_stable_offsets() =>
            {
                return Some(
                    self.fetch_offsets(request, self.offsets_now())
                        .map(|response| Reply::Response(Response::OffsetFetch(response)))
                        .map_err(|refusal| refusal.code),
                );
            }
            _ => return None,
        };
        Some(Ok(Reply::Response(response)))
    }

    /// Decides a request that may write.
    pub(super) fn decide(&mut self, io: &mut Io<'_>, ticket: Ticket, ask: &Ask) -> Decision {
        let request = match &ask.body {
            Body::Request(request) => request,
            Body::TxnOffsetCommit(request) => return self.commit_transactional_offsets(io, ask, request),
            Body::CompleteTransaction(marker) => return self.complete_transaction(io, *marker),
        };
        let response = |response| Ok(Outcome::reply(Reply::Response(response)));
        match request {
            Request::JoinGroup(request) => self.join_group(io, ticket, ask, request),
            Request::SyncGroup(request) => self.sync_group(io, ticket, request),
            Request::Heartbeat(request) => self.heartbeat(io, ticket, request),
            Request::LeaveGroup(request) => self.leave_group(io, request),
            Request::OffsetCommit(request) => self.commit_offsets(io, ask, request),
            Request::OffsetFetch(request) => {
                let fetched = self.fetch_offsets(request, Sight::of(&self.timeline))?;
                response(Response::OffsetFetch(fetched))
            }
            Request::OffsetDelete(request) => self.delete_offsets(io, request),
            Request::DeleteGroups(request) => {
                let (records, results) = if self.edition().confirms_removals() {
                    self.delete_groups(&request.groups_names)
                } else {
                    (Vec::new(), self.forget_groups(io, &request.groups_names))
                };
                let deleted = DeleteGroupsResponseData::default().with_results(results);
                Ok(Outcome::write(records, Some(Reply::Response(Response::DeleteGroups(deleted)))))
            }
            Request::ConsumerGroupHeartbeat(request) => self.consumer_heartbeat(io, ticket, ask, request),
            _ => Err(ErrorCode::UnsupportedVersion.into()),
        }
    }

    /// Decides what a timer stands for.
    pub(super) fn decide_timer(&mut self, io: &mut Io<'_>, key: &TimerKey, work: Work) -> Decision {
        match key {
            TimerKey::Heartbeat { group, member } => self.heartbeat_expired(io, group, member),
            TimerKey::Join { group } => self.join_expired(io, group, work),
            TimerKey::Sync { group } => self.sync_expired(io, group, work),
            TimerKey::ExpireGroupMetadata => {
                self.schedule_expiration(io);
                if !self.edition().confirms_removals() {
                    self.forget_expired(io);
                    return Ok(Outcome::nothing());
                }
                let records = self.expired(io.now_ms);
                Ok(Outcome { atomic: false, ..Outcome::write(records, None) })
            }
            TimerKey::WriteTimeout(_) => Ok(Outcome::nothing()),
            TimerKey::Session { .. }
            | TimerKey::Rebalance { .. }
            | TimerKey::MemberJoin { .. }
            | TimerKey::MemberSync { .. } => self.consumer_timer(io, key, work),
        }
    }

    /// Applies a record of the log (`GroupCoordinatorShard.replay`).
    pub(super) fn replay(
        &mut self,
        io: &mut Io<'_>,
        offset: Offset,
        producer: Option<ProducerId>,
        record: &GroupRecord,
    ) {
        match record {
            GroupRecord::OffsetCommit(record) => {
                self.replay_offset_commit(io.now_ms, offset, producer, record)
            }
            GroupRecord::GroupMetadata(record) => self.replay_group_metadata(record),
            GroupRecord::Consumer(record) => self.replay_consumer(io, record),
        }
    }

    /// The marker of a transaction goes into the log, and what it decides into the state
    /// (`CoordinatorRuntime.completeTransaction`).
    fn complete_transaction(&mut self, io: &mut Io<'_>, marker: Marker) -> Decision {
        self.timeline.offsets.end_transaction(marker.producer_id, marker.commit);
        self.append_to_log(io, Batch::EndTransaction { timestamp_ms: io.now_ms, marker })?;
        Ok(Outcome { written: true, ..Outcome::reply(Reply::TransactionCompleted) })
    }
}
