//! Replicas, in-sync sets, acknowledgements.

use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Level;
use crate::lesson::Question;
use crate::lesson::Scene;
use crate::lesson::Tag;
use crate::lesson::Text;
use crate::lesson::Topic;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::rig::ONE;
use crate::lesson::rig::P;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::READER;
use crate::lesson::rig::SECOND;
use crate::lesson::rig::all;
use crate::lesson::rig::back;
use crate::lesson::rig::comes_back;
use crate::lesson::rig::crash;
use crate::lesson::rig::hold_fetches;
use crate::lesson::rig::one_each;
use crate::lesson::rig::one_in_sync;
use crate::lesson::rig::rejoined_at;
use crate::lesson::rig::sends;
use crate::lesson::rig::stored;
use crate::lesson::rig::trio;

pub(super) const Q20: Question = Question {
    id: "Q20",
    lesson: "L11",
    level: Level::Middle,
    topic: Topic::Replication,
    tags: &[Tag::Classic],
    ask: Text::new("What is a failed replica, and how does it come back?", "失效副本是指什么？它怎样回来？"),
    answer: Text::new(
        "A replica outside of the ISR, dead or too slow. The leader has it removed, it truncates to where its history agrees, fetches what it missed and is taken back when its LEO has reached the leader's HW.",
        "在 ISR 之外的副本：死了或太慢。leader 让它出列；它截断到历史一致处，补拉缺失的数据，LEO 达到 leader 的 HW 后被加回。",
    ),
    points: [
        Text::new("outside of the ISR, not “slow by 10 s”", "在 ISR 之外，而不是“慢 10 秒”"),
        Text::new("truncates at the epoch boundary, then fetches", "先在 epoch 边界截断，再拉取"),
        Text::new("rejoins at LEO ≥ HW, without a waiting time", "LEO ≥ HW 即归队，没有等待期"),
    ],
    follow_up: Text::new(
        "Could it rejoin while the leader is being written to all the time?",
        "如果 leader 一直在被写入，它还能归队吗？",
    ),
    outdated: Some(Text::new(
        "“Within 10 s”: replica.lag.time.max.ms is 30 s since 2.5.",
        "“10 秒内”：2.5 起 replica.lag.time.max.ms 为 30 秒。",
    )),
    scene: comes_back,
    trial: Trial {
        ask: Text::new(
            "Broker 2 restarts while the leader takes 1,000 records a second. When is it in the ISR again?",
            "broker 2 重启，而 leader 每秒收 1000 条。它何时回到 ISR？",
        ),
        form: Form::Choice(&[
            Choice::word(Text::new("when its LEO equals the leader's", "LEO 与 leader 相等时"), "leo"),
            Choice::word(
                Text::new("when its LEO has reached the leader's HW", "LEO 达到 leader 的 HW 时"),
                "hw",
            ),
            Choice::word(Text::new("while it is still below the HW", "仍低于 HW 时"), "below"),
        ]),
        script: back,
        ms: 12_000,
        probe: |ran| rejoined_at(ran).into(),
        explain: Explain::plain(Text::new(
            "The leader asks the controller as soon as the follower has reached the HW; the log's end has already moved on (Partition.isFollowerInSync).",
            "follower 达到 HW 时 leader 就请求 controller；此时日志末端早已前移（Partition.isFollowerInSync）。",
        )),
    },
};

fn held_followers() -> Scene {
    trio(&[], ONE).at(4_200, hold_fetches(2, 1)).at(4_200, hold_fetches(3, 1)).seen_at(5_000)
}

pub(super) const Q21: Question = Question {
    id: "Q21",
    lesson: "L11",
    level: Level::Junior,
    topic: Topic::Replication,
    tags: &[Tag::Classic, Tag::Outdated],
    ask: Text::new("What do acks 0, 1 and all mean?", "acks 的三个取值分别是什么含义？"),
    answer: Text::new(
        "0: nobody answers. 1: the leader has written it. all: every replica in sync has it. all is the default since 3.0.",
        "0：没有响应。1：leader 已写入。all：所有同步副本都已拿到。3.0 起默认 all。",
    ),
    points: [
        Text::new("1 can lose what was acknowledged", "1 可能丢失已确认的数据"),
        Text::new("all waits for the ISR, not for all replicas", "all 等的是 ISR，不是所有副本"),
        Text::new("all needs min.insync.replicas beside it", "all 要和 min.insync.replicas 一起用"),
    ],
    follow_up: Text::new("Does acks=0 store less often?", "acks=0 会更少写入吗？"),
    outdated: Some(Text::new("“The default is 1”: true up to 2.8.", "“默认是 1”：到 2.8 为止。")),
    scene: held_followers,
    trial: Trial {
        ask: Text::new(
            "acks=1; the leader has acknowledged one record that no follower has fetched. It crashes, another takes over. How many acknowledged records are gone?",
            "acks=1;leader 已确认一条记录，而没有 follower 拉到。它崩溃，另一个接任。丢了几条已确认的记录？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("none", "0 条"), 0),
            Choice::number(Text::new("one", "1 条"), 1),
        ]),
        script: || all([sends(PRODUCER, 100, 0, 1), vec![(1_000, crash(1))]]),
        ms: 16_000,
        probe: |ran| (ran.acked(PRODUCER) - stored(ran, P)).into(),
        explain: Explain {
            text: Text::new(
                "{} was acknowledged; the new leader, broker {}, has {} records.",
                "确认了 {} 条；新 leader 是 broker {}，有 {} 条记录。",
            ),
            parts: |ran| {
                vec![
                    ran.acked(PRODUCER).to_string(),
                    ran.leader(P).unwrap_or(-1).to_string(),
                    stored(ran, P).to_string(),
                ]
            },
        },
    },
};

pub(super) const Q22: Question = Question {
    id: "Q22",
    lesson: "L11",
    level: Level::Middle,
    topic: Topic::Replication,
    tags: &[],
    ask: Text::new("What does min.insync.replicas do?", "min.insync.replicas 的作用是什么？"),
    answer: Text::new(
        "The smallest ISR with which a leader accepts acks=all. With three replicas and 2 one failure is survived without loss and without a stop.",
        "leader 接受 acks=all 所需的最小 ISR。三副本配 2，可容忍一台故障而不丢也不停。",
    ),
    points: [
        Text::new("looked at for acks=all only", "只对 acks=all 检查"),
        Text::new("below it: NOT_ENOUGH_REPLICAS, retriable", "不足时：NOT_ENOUGH_REPLICAS，可重试"),
        Text::new("below it HW stands still (3.7+)", "不足时 HW 停住（3.7+）"),
    ],
    follow_up: Text::new("And if it were 3?", "如果设为 3 呢？"),
    outdated: Some(Text::new(
        "Up to 3.6 the HW moved on below min.insync.replicas: the acks=1 record would be readable.",
        "3.6 及以前，不足时 HW 仍前进：acks=1 的记录可读。",
    )),
    scene: one_in_sync,
    trial: Trial {
        ask: Text::new(
            "One replica in sync, min.insync.replicas 2. Records acknowledged for acks=all, acknowledged for acks=1, readable:",
            "同步副本一个，min.insync.replicas 为 2。acks=all 确认的、acks=1 确认的、可读的条数：",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("0, 0, 0", "0、0、0"), &[0, 0, 0]),
            Choice::numbers(Text::new("0, 1, 0", "0、1、0"), &[0, 1, 0]),
            Choice::numbers(Text::new("0, 1, 1", "0、1、1"), &[0, 1, 1]),
            Choice::numbers(Text::new("1, 1, 2", "1、1、2"), &[1, 1, 2]),
        ]),
        script: || one_each()[..2].to_vec(),
        ms: 3_000,
        probe: |ran| Value::Numbers(vec![ran.acked(PRODUCER), ran.acked(SECOND), ran.delivered(READER)]),
        explain: Explain {
            text: Text::new(
                "acks=all got {}. The record of acks=1 is in the log, above the high watermark {}.",
                "acks=all 得到 {}。acks=1 的记录在日志里，但在高水位 {} 之上。",
            ),
            parts: |ran| {
                vec![ran.error(PRODUCER).unwrap_or_default(), ran.hw(1, P).unwrap_or(-1).to_string()]
            },
        },
    },
};
