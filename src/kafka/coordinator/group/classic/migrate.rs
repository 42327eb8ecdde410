//! What becomes of a classic group when it becomes a consumer group (KIP-848).

use super::ClassicGroup;
use crate::kafka::coordinator::shard::Hands;
use crate::kafka::coordinator::shard::join_refused;
use crate::kafka::coordinator::text;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::sync_group_response::SyncGroupResponseData;

impl ClassicGroup {
    /// Answers everybody who waits (`completeAllJoinFutures`, `completeAllSyncFutures`).
    pub(crate) fn answer_all(&mut self, hands: &mut Hands<'_, '_>, error: ErrorCode) {
        let ids = self.member_ids();
        for id in &ids {
            let joined = join_refused(error).with_member_id(text(id));
            self.answer_join(hands, id, joined);
        }
        for id in &ids {
            let ticket = self.member_mut(id).and_then(|member| member.awaiting_sync.take());
            if let Some(ticket) = ticket {
                let synced = SyncGroupResponseData::default().with_error_code(error.code());
                hands.answer(ticket, Response::SyncGroup(synced));
            }
        }
    }
}
