//! How a client reads an error code: try again, look for a new leader, or give up.

use crate::kafka::protocol::ErrorCode;

/// Errors that mean "what you know of the cluster is old" (`InvalidMetadataException`).
pub const fn is_invalid_metadata(error: ErrorCode) -> bool {
    matches!(
        error,
        ErrorCode::UnknownTopicOrPartition
            | ErrorCode::LeaderNotAvailable
            | ErrorCode::NotLeaderOrFollower
            | ErrorCode::ReplicaNotAvailable
            | ErrorCode::NetworkException
            | ErrorCode::KafkaStorageError
            | ErrorCode::FencedLeaderEpoch
            | ErrorCode::ListenerNotFound
            | ErrorCode::UnknownTopicId
            | ErrorCode::InconsistentTopicId
    )
}

/// Errors that may go away by themselves (`RetriableException`).
pub const fn is_retriable(error: ErrorCode) -> bool {
    is_invalid_metadata(error)
        || matches!(
            error,
            ErrorCode::CorruptMessage
                | ErrorCode::RequestTimedOut
                | ErrorCode::CoordinatorLoadInProgress
                | ErrorCode::CoordinatorNotAvailable
                | ErrorCode::NotCoordinator
                | ErrorCode::NotEnoughReplicas
                | ErrorCode::NotEnoughReplicasAfterAppend
                | ErrorCode::NotController
                | ErrorCode::FetchSessionIdNotFound
                | ErrorCode::InvalidFetchSessionEpoch
                | ErrorCode::FetchSessionTopicIdError
                | ErrorCode::UnknownLeaderEpoch
                | ErrorCode::OffsetNotAvailable
                | ErrorCode::PreferredLeaderNotAvailable
                | ErrorCode::EligibleLeadersNotAvailable
                | ErrorCode::ElectionNotNeeded
                | ErrorCode::UnstableOffsetCommit
                | ErrorCode::ThrottlingQuotaExceeded
                | ErrorCode::ConcurrentTransactions
        )
}

/// The name of an error as Kafka writes it: `NOT_LEADER_OR_FOLLOWER`.
pub fn error_name(error: ErrorCode) -> String {
    let mut text = String::new();
    for letter in format!("{error:?}").chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_uppercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kafkas() {
        assert_eq!(error_name(ErrorCode::NotLeaderOrFollower), "NOT_LEADER_OR_FOLLOWER");
        assert_eq!(error_name(ErrorCode::None), "NONE");
    }

    #[test]
    fn an_old_leader_is_worth_a_retry_and_a_record_too_large_is_not() {
        assert!(
            is_retriable(ErrorCode::NotLeaderOrFollower)
                && is_invalid_metadata(ErrorCode::NotLeaderOrFollower)
        );
        assert!(
            is_retriable(ErrorCode::NotEnoughReplicas) && !is_invalid_metadata(ErrorCode::NotEnoughReplicas)
        );
        assert!(
            !is_retriable(ErrorCode::MessageTooLarge) && !is_retriable(ErrorCode::OutOfOrderSequenceNumber)
        );
    }
}
