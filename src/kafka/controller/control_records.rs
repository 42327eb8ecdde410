//! The values of KRaft's control records (`LeaderChangeMessage`, `SnapshotHeaderRecord`, `SnapshotFooterRecord`), all in
//! version 0 as a quorum with `kraft.version` 0 writes them.

use bytes::BufMut;
use bytes::Bytes;
use bytes::BytesMut;

use crate::kafka::base::NodeId;

const VERSION: i16 = 0;
const NO_TAGS: u8 = 0;

/// `leader` begins its reign, elected by `granting` out of `voters`; fewer than 127 of them.
pub(super) fn leader_change(leader: NodeId, voters: &[NodeId], granting: &[NodeId]) -> Bytes {
    let mut out = BytesMut::new();
    out.put_i16(VERSION);
    out.put_i32(leader.0);
    for list in [voters, granting] {
        out.put_u8(list.len() as u8 + 1);
        for voter in list {
            out.put_i32(voter.0);
            out.put_u8(NO_TAGS);
        }
    }
    out.put_u8(NO_TAGS);
    out.freeze()
}

pub(super) fn snapshot_header(last_contained_log_timestamp: i64) -> Bytes {
    let mut out = BytesMut::new();
    out.put_i16(VERSION);
    out.put_i64(last_contained_log_timestamp);
    out.put_u8(NO_TAGS);
    out.freeze()
}

pub(super) fn snapshot_footer() -> Bytes {
    let mut out = BytesMut::new();
    out.put_i16(VERSION);
    out.put_u8(NO_TAGS);
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes stand in the real logs of `tests/data/metadata`.
    #[test]
    fn a_leader_change_is_written_as_kafka_writes_it() {
        let of_three = [NodeId(0), NodeId(1), NodeId(2)];

        assert_eq!(
            leader_change(NodeId(0), &[NodeId(0)], &[NodeId(0)])[..],
            hex("00000000000002000000000002000000000000")[..]
        );
        assert_eq!(
            leader_change(NodeId(1), &of_three, &of_three[..2])[..],
            hex("00000000000104000000000000000001000000000200030000000000000000010000")[..]
        );
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }
}
