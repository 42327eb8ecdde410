//! Who may commit and fetch offsets of a consumer group (Kafka: `ConsumerGroup.validateOffsetCommit`,
//! `validateOffsetFetch`).

use crate::kafka::base::Epoch;
use crate::kafka::base::Uuid;
use crate::kafka::protocol::ErrorCode;

use super::group::ConsumerGroup;
use super::member::Member;

/// Members of the consumer protocol commit with this version or a later one.
const MEMBER_EPOCH_VERSION: i16 = 9;

/// A commit as the group judges it.
pub(crate) struct Commit<'a> {
    pub(crate) member: &'a str,
    pub(crate) instance: Option<&'a str>,
    /// The member's epoch; −1 of who is no member.
    pub(crate) epoch: Epoch,
    pub(crate) transactional: bool,
    pub(crate) version: i16,
    /// Topic ids, as far as the request knows them, and partitions.
    pub(crate) partitions: &'a [(Uuid, i32)],
}

impl ConsumerGroup {
    /// Refuses a commit of who is no member or has another epoch. Since 4.3 an older epoch is good for partitions that
    /// the member has held since then (KIP-1251).
    ///
    /// # Errors
    /// `UNKNOWN_MEMBER_ID`, `STALE_MEMBER_EPOCH`, `ILLEGAL_GENERATION` for classic members, `UNSUPPORTED_VERSION`.
    pub(crate) fn validate_offset_commit(
        &self,
        commit: &Commit<'_>,
        by_partition: bool,
    ) -> Result<(), ErrorCode> {
        if commit.epoch < 0 && self.is_empty() {
            return Ok(());
        }
        let anonymous = commit.epoch == -1 && commit.member.is_empty() && commit.instance.is_none();
        if commit.transactional && anonymous {
            return Ok(());
        }
        let member = self.members.get(commit.member).ok_or(ErrorCode::UnknownMemberId)?;
        if !commit.transactional && !member.is_classic() && commit.version < MEMBER_EPOCH_VERSION {
            return Err(ErrorCode::UnsupportedVersion);
        }
        let held = |(topic, partition): &(Uuid, i32)| {
            member.assigned_in(*topic, *partition).is_some_and(|since| since <= commit.epoch)
        };
        if by_partition && commit.epoch < member.epoch && commit.partitions.iter().all(held) {
            return Ok(());
        }
        same_epoch(member, commit.epoch)
    }

    /// Refuses a fetch of who says that he is a member and is not, or has another epoch.
    ///
    /// # Errors
    /// `UNKNOWN_MEMBER_ID`, `STALE_MEMBER_EPOCH`, `ILLEGAL_GENERATION` for classic members.
    pub(crate) fn validate_offset_fetch(&self, member: Option<&str>, epoch: Epoch) -> Result<(), ErrorCode> {
        let Some(id) = member else {
            return if epoch < 0 { Ok(()) } else { Err(ErrorCode::UnknownMemberId) };
        };
        same_epoch(self.members.get(id).ok_or(ErrorCode::UnknownMemberId)?, epoch)
    }
}

fn same_epoch(member: &Member, epoch: Epoch) -> Result<(), ErrorCode> {
    match (member.epoch == epoch, member.is_classic()) {
        (true, _) => Ok(()),
        (false, true) => Err(ErrorCode::IllegalGeneration),
        (false, false) => Err(ErrorCode::StaleMemberEpoch),
    }
}
