//! The clusters and faults that several lessons and questions share. With seed 5 the replicas of a topic's first
//! partition are assigned as 1, 2, 3.

use super::Ran;
use super::Scene;
use super::Setup;
use super::Value;
use super::scene::send_from;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::lab::Act;
use crate::lab::Kind;

/// The partition that these lessons look at.
pub(super) const P: &str = "demo-0";
/// The first producer, and the second and the third.
pub(super) const PRODUCER: i32 = 10_001;
pub(super) const SECOND: i32 = 10_002;
pub(super) const THIRD: i32 = 10_003;
/// The first consumer.
pub(super) const READER: i32 = 20_001;

/// Three brokers, one partition with three replicas, led by broker 1; a producer that writes nothing by itself.
pub(super) fn trio(topic: &[(&str, &str)], producer: &[(&str, &str)]) -> Setup {
    Setup::brokers(3, &[]).seed(5).topic("demo", 1, 3, topic).producer("demo", producer)
}

/// The same with a consumer.
pub(super) fn trio_read() -> Scene {
    trio(&[], &[("linger.ms", "0")]).consumer(&[P], &[]).scene()
}

/// Two partitions on two brokers: demo-0 is led by broker 1, demo-1 by broker 2.
pub(super) fn pair(producer: &[(&str, &str)]) -> Setup {
    Setup::brokers(2, &[]).seed(5).topic("demo", 2, 1, &[]).producer("demo", producer)
}

/// One broker and one partition.
pub(super) fn single(producer: &[(&str, &str)]) -> Setup {
    Setup::brokers(1, &[]).seed(5).topic("demo", 1, 1, &[]).producer("demo", producer)
}

/// So many records of one producer, the first after `from` ms, one every `gap` ms.
pub(super) fn sends(producer: i32, from: u64, gap: u64, count: u64) -> Vec<(u64, Act)> {
    let one = |n: u64| (from + n * gap, send_from(producer, None, None, &format!("record {}", n + 1)));
    (0..count).map(one).collect()
}

/// The same, to a named partition.
pub(super) fn sends_to(producer: i32, partition: i32, from: u64, count: u64) -> Vec<(u64, Act)> {
    let value = |n: u64| format!("record {}", n + 1);
    (0..count).map(|n| (from, send_from(producer, Some(partition), None, &value(n)))).collect()
}

/// A follower's fetches to its leader wait on the wire.
pub(super) fn hold_fetches(follower: i32, leader: i32) -> Act {
    Act::Hold { from: NodeId(follower), to: NodeId(leader), api: Some("Fetch".into()) }
}

/// What a producer writes to a broker waits on the wire.
pub(super) fn hold_produce(producer: i32, broker: i32) -> Act {
    Act::Hold { from: NodeId(producer), to: NodeId(broker), api: Some("Produce".into()) }
}

pub(super) fn release(from: i32, to: i32) -> Act {
    Act::Release { from: NodeId(from), to: NodeId(to) }
}

pub(super) fn crash(node: i32) -> Act {
    Act::Crash { node: NodeId(node) }
}

pub(super) fn restart(node: i32) -> Act {
    Act::Restart { node: NodeId(node) }
}

/// A script of several parts.
pub(super) fn all<const N: usize>(parts: [Vec<(u64, Act)>; N]) -> Vec<(u64, Act)> {
    let mut script: Vec<(u64, Act)> = parts.into_iter().flatten().collect();
    script.arrange_by_key(|(after, _)| *after);
    script
}

/// The names in the order in which each happened first, those that happened at all.
pub(super) fn in_order(moments: &[(&str, Option<u64>)]) -> Value {
    let mut found: Vec<(u64, &str)> = moments.iter().filter_map(|(name, at)| Some(((*at)?, *name))).collect();
    found.arrange();
    Value::Things(found.into_iter().map(|(_, name)| name.to_owned()).collect())
}

/// The number of the first journal entry of the run that a node wrote and that `wanted` accepts.
pub(super) fn first_of(ran: &Ran<'_>, node: i32, wanted: impl Fn(&Kind) -> bool) -> Option<u64> {
    ran.events().find(|(_, entry)| entry.node.0 == node && wanted(&entry.kind)).map(|(seq, _)| seq)
}

/// The records that are in the log of the partition's leader.
pub(super) fn stored(ran: &Ran<'_>, partition: &str) -> i64 {
    let leader = ran.leader(partition).and_then(|id| i32::try_from(id).ok()).unwrap_or(-1);
    ran.leo(leader, partition).unwrap_or(0) - ran.start(leader, partition).unwrap_or(0)
}

/// Seconds from the beginning of the run to the first record that the consumer was given, rounded.
pub(super) fn read_after(ran: &Ran<'_>) -> Option<i64> {
    let ms = ran.first(|entry| entry.node.0 == READER && matches!(entry.kind, Kind::Consumed { .. }))?;
    Some((ms + 500) / 1000)
}

/// LEO 10, 8 and 5, the last one outside of the ISR: five records on all, three on two, two on the leader alone.
pub(super) fn ten_eight_five() -> Scene {
    let mut setup = trio(&[], &[("linger.ms", "0"), ("acks", "1"), ("enable.idempotence", "false")]);
    let acts = all([sends(PRODUCER, 4_000, 20, 5), vec![(5_000, crash(3))], sends(PRODUCER, 20_000, 20, 3)]);
    for (ms, act) in acts {
        setup = setup.at(ms, act);
    }
    setup.seen_at(21_000)
}

/// What makes the leader's log end 10 while broker 2 stays at 8.
pub(super) fn two_more() -> Vec<(u64, Act)> {
    all([vec![(0, hold_fetches(2, 1))], sends(PRODUCER, 700, 20, 2)])
}

/// acks=all, which gives up at once instead of trying again for two minutes.
pub(super) const ALL_ONCE: &[(&str, &str)] =
    &[("acks", "all"), ("enable.idempotence", "false"), ("retries", "0"), ("linger.ms", "0")];
/// acks=1 without idempotence.
pub(super) const ONE: &[(&str, &str)] = &[("acks", "1"), ("enable.idempotence", "false"), ("linger.ms", "0")];
pub(super) const NONE: &[(&str, &str)] =
    &[("acks", "0"), ("enable.idempotence", "false"), ("linger.ms", "0")];

/// A topic that wants two replicas in sync, and a producer of each kind: acks=all, 1, 0.
pub(super) fn three_producers() -> Setup {
    trio(&[("min.insync.replicas", "2")], ALL_ONCE)
        .producer("demo", ONE)
        .producer("demo", NONE)
        .consumer(&[P], &[])
}

/// Brokers 2 and 3 crashed, and are out of the ISR.
pub(super) fn one_in_sync() -> Scene {
    three_producers().at(4_500, crash(2)).at(4_500, crash(3)).seen_at(18_000)
}

/// One record of each producer.
pub(super) fn one_each() -> Vec<(u64, Act)> {
    all([sends(PRODUCER, 200, 0, 1), sends(SECOND, 200, 0, 1), sends(THIRD, 200, 0, 1)])
}

/// What each producer was acknowledged since the beginning: acks=all, 1, 0.
pub(super) fn acked(ran: &Ran<'_>) -> [i64; 3] {
    [PRODUCER, SECOND, THIRD].map(|producer| ran.acked(producer))
}

/// Whether a paused follower was in the ISR after 20 s and after 46 s.
pub(super) fn after_20_and_46(ran: &Ran<'_>) -> &'static str {
    match ran.first(|entry| matches!(entry.kind, Kind::IsrShrank { .. })) {
        None => "in, in",
        Some(ms) if ms > 20_000 => "in, out",
        Some(_) => "out, out",
    }
}

/// Broker 2's fetches are held, and a record is written that it does not have. Without one it would count as caught up,
/// however long it is silent (`Replica.isCaughtUp`: its log ends where the leader's does).
pub(super) fn held_and_behind() -> Vec<(u64, Act)> {
    all([vec![(0, hold_fetches(2, 1))], sends(SECOND, 700, 0, 1)])
}

/// The first of the two partitions in which the run stored a record.
pub(super) fn landed(ran: &Ran<'_>, partitions: i32) -> Option<i64> {
    let has = |n: &i32| stored(ran, &format!("demo-{n}")) > 0;
    (0..partitions).find(has).map(i64::from)
}

/// A producer with room for three batches.
pub(super) fn small_memory() -> Scene {
    let configs =
        [("buffer.memory", "1500"), ("batch.size", "500"), ("linger.ms", "0"), ("max.block.ms", "2000")];
    single(&configs).scene()
}

/// Records that are sent while nothing gets through.
pub(super) fn into_the_wall() -> Vec<(u64, Act)> {
    all([vec![(0, hold_produce(PRODUCER, 1))], big_sends(8)])
}

/// A follower that was down comes back while the leader is written to without a pause.
pub(super) fn comes_back() -> Scene {
    trio(&[], &[])
        .busy_producer(
            "demo",
            1_000,
            0,
            &[("linger.ms", "0"), ("acks", "1"), ("enable.idempotence", "false")],
        )
        .at(4_500, crash(2))
        .seen_at(16_000)
}

pub(super) fn back() -> Vec<(u64, Act)> {
    vec![(0, restart(2))]
}

/// Where a follower's log ended when it was taken back into the ISR: behind the leader's `end`, but not behind its `hw`.
pub(super) fn rejoined_at(ran: &Ran<'_>) -> Option<&'static str> {
    let grew = |kind: &Kind| matches!(kind, Kind::IsrGrew { .. });
    let (entry, _) = ran.events().find(|(_, entry)| grew(&entry.kind))?;
    let there = ran.then(entry);
    let there = Ran::since(&there, 0, Instant::ZERO);
    let (end, hw, own) = (there.leo(1, P)?, there.hw(1, P)?, there.leo(2, P)?);
    Some(if own < hw {
        "below"
    } else if own < end {
        "hw"
    } else {
        "leo"
    })
}

/// Records of which a batch of 500 bytes holds one, 20 ms apart.
pub(super) fn big_sends(count: u64) -> Vec<(u64, Act)> {
    let one = |n: u64| (200 + 20 * n, send_from(PRODUCER, None, None, &"x".repeat(380)));
    (0..count).map(one).collect()
}
