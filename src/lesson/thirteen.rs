//! Thirteen records, one a batch, a hundred bytes each: what the lesson about files looks up.

use super::Scene;
use super::Setup;
use super::scene::send;
use crate::lab::Act;

/// The partition of the thirteen records.
pub(super) const P: &str = "demo-0";

/// When they all lie there, in ms.
pub(super) const SEEN: u64 = 5_500;

/// The partition with the thirteen records in it, seen when all of them lie there. A broker's smallest segment is 1 MB
/// (14 bytes before 4.0), and an index entry comes each 4,096 bytes: both are a teaching scale here, and labelled.
pub(super) fn thirteen(segment_bytes: &str) -> Scene {
    filled(segment_bytes, 13).seen_at(SEEN)
}

/// The same partition with so many records.
pub(super) fn filled(segment_bytes: &str, records: u64) -> Setup {
    let configs = [("segment.bytes", segment_bytes), ("index.interval.bytes", "150")];
    let setup = Setup::brokers(1, &[]).topic("demo", 1, 1, &configs).producer("demo", &[("linger.ms", "0")]);
    (0..records).fold(setup, |setup, n| setup.at(4_000 + n * 100, record(n)))
}

/// A record without a key and with 32 bytes of value: alone in its batch it takes 61 + 39 bytes.
pub(super) fn record(n: u64) -> Act {
    send(None, &format!("{:-<32}", format!("record {n} ")))
}
