//! What becomes of a commit that was refused or lost (`OffsetCommitResponseHandler`).

use super::classic::PrepareCommit;
use crate::kafka::base::Duration;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::GroupProtocol;
use crate::kafka::client::consumer::group::CommitCall;
use crate::kafka::client::consumer::group::Generation;
use crate::kafka::client::consumer::group::MemberState;
use crate::kafka::client::errors::is_retriable;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::messages::offset_commit_response::OffsetCommitResponseData;

impl Consumer {
    pub(super) fn on_commit(
        &mut self,
        cx: &mut Context<'_>,
        id: u64,
        sent: &Generation,
        answer: &OffsetCommitResponseData,
    ) {
        let codes = answer.topics.iter().flat_map(|topic| &topic.partitions).map(|p| p.error_code);
        let Some(error) = codes.map(ErrorCode::from).find(|error| *error != ErrorCode::None) else {
            return self.end_commit(cx, id, None);
        };
        if self.group.protocol == GroupProtocol::Consumer && sent.id >= 0 {
            return self.on_modern_commit_refused(cx, id, sent, error);
        }
        let changed = self.group.classic.generation != *sent;
        let preparing = self.group.classic.state == MemberState::PreparingRebalance;
        let stale =
            if changed && preparing { "RebalanceInProgressException" } else { "CommitFailedException" };
        match error {
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator | ErrorCode::RequestTimedOut => {
                self.on_commit_failed(cx, id, &format!("{error:?}Exception"), true);
                self.forget_coordinator(cx);
            }
            ErrorCode::FencedInstanceId if changed => self.on_commit_failed(cx, id, stale, false),
            ErrorCode::FencedInstanceId => {
                self.on_commit_failed(cx, id, "FencedInstanceIdException", false);
                self.group.classic.heartbeat.failed = Some(error);
            }
            ErrorCode::RebalanceInProgress => {
                self.group.classic.request_rejoin("offset commit failed since group is already rebalancing");
                self.on_commit_failed(cx, id, "RebalanceInProgressException", false);
            }
            ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration => {
                if !(changed && preparing) {
                    self.reset_on_error(error, "OFFSET_COMMIT");
                }
                self.on_commit_failed(cx, id, stale, false);
            }
            _ => self.on_commit_failed(cx, id, &format!("{error:?}Exception"), is_retriable(error)),
        }
    }

    /// A member of a KIP-848 group was refused: with a newer epoch it may try again
    /// (`CommitRequestManager.OffsetCommitRequestState.onResponse`).
    fn on_modern_commit_refused(
        &mut self,
        cx: &mut Context<'_>,
        id: u64,
        sent: &Generation,
        error: ErrorCode,
    ) {
        match error {
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator | ErrorCode::RequestTimedOut => {
                self.on_commit_failed(cx, id, &format!("{error:?}Exception"), true);
                self.forget_coordinator(cx);
            }
            ErrorCode::StaleMemberEpoch if self.group.modern.has_newer_epoch(sent.id) => {
                self.on_commit_failed(cx, id, "CommitFailedException", true);
            }
            ErrorCode::StaleMemberEpoch | ErrorCode::UnknownMemberId => {
                self.on_commit_failed(cx, id, "CommitFailedException", false);
            }
            _ => self.on_commit_failed(cx, id, &format!("{error:?}Exception"), is_retriable(error)),
        }
    }

    /// A commit was not done: who may try again does after the backoff.
    pub(super) fn on_commit_failed(
        &mut self,
        cx: &mut Context<'_>,
        id: u64,
        exception: &str,
        retriable: bool,
    ) {
        let Some(commit) = self.group.commits.iter().find(|c| c.id == id) else { return };
        let (call, attempts) = (commit.call, commit.attempts);
        let modern = self.group.protocol == GroupProtocol::Consumer;
        let again = retriable
            && match call {
                CommitCall::Sync | CommitCall::Close => true,
                CommitCall::Revoke => modern,
                CommitCall::Async | CommitCall::Auto => false,
            };
        if !again {
            let async_call = matches!(call, CommitCall::Async | CommitCall::Auto) && retriable;
            if retriable && call == CommitCall::Revoke && self.group.protocol == GroupProtocol::Classic {
                self.set_prepare_commit(PrepareCommit::Wanted);
                self.group.classic.not_before =
                    cx.now + Duration::from_millis(self.config.retry_backoff_ms.unsigned_abs());
            }
            if retriable && call == CommitCall::Auto {
                let wait = Duration::from_millis(self.config.retry_backoff_ms.unsigned_abs());
                self.auto_commit_after(cx.now, wait);
            }
            let exception = if async_call { "RetriableCommitFailedException" } else { exception };
            return self.end_commit(cx, id, Some(exception));
        }
        let wait = self.backoff(cx, attempts);
        if let Some(commit) = self.group.commits.iter_mut().find(|c| c.id == id) {
            (commit.sent, commit.attempts, commit.not_before) = (false, attempts + 1, cx.now + wait);
        }
    }
}
