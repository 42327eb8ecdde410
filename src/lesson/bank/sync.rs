use crate::kafka::base::Arrange as _;
use crate::kafka::base::NodeId;
use crate::lab::Act;
use crate::lab::Kind;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Level;
use crate::lesson::Question;
use crate::lesson::Ran;
use crate::lesson::Scene;
use crate::lesson::Setup;
use crate::lesson::Tag;
use crate::lesson::Text;
use crate::lesson::Topic;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::scene::add_consumer;
use crate::lesson::scene::send;

const fn t(en: &'static str, zh: &'static str) -> Text {
    Text::new(en, zh)
}

const P: &str = "demo-0";

fn listed(numbers: &[i64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Holds, or lets go, what a follower and the other brokers say to each other about fetching.
fn fetching(of: i32, held: bool) -> Vec<Act> {
    let between = |from: i32, to: i32| {
        let (from, to) = (NodeId(from), NodeId(to));
        if held { Act::Hold { from, to, api: Some("Fetch".to_owned()) } } else { Act::Release { from, to } }
    };
    (1..=3).filter(|other| *other != of).flat_map(|other| [between(of, other), between(other, of)]).collect()
}

fn at(ms: u64, acts: Vec<Act>) -> impl Iterator<Item = (u64, Act)> {
    acts.into_iter().map(move |act| (ms, act))
}

/// When a replica left the ISR since the run began, in ms.
fn left(ran: &Ran<'_>) -> Option<i64> {
    ran.first(|entry| matches!(entry.kind, Kind::IsrShrank { .. }))
}

/// Two replicas that are no leader in the scenes below: a test finds out when a seed makes one of them lead.
const FOLLOWER: i32 = 3;
const OTHER: i32 = 2;

fn busy() -> Scene {
    Setup::brokers(3, &[]).topic("demo", 1, 3, &[]).busy_producer("demo", 2, 0, &[]).scene()
}

pub(super) const Q17: Question = Question {
    id: "Q17",
    lesson: "L10",
    level: Level::Middle,
    topic: Topic::Replication,
    tags: &[Tag::Classic, Tag::Outdated],
    ask: t("What do ISR, OSR and AR stand for?", "ISR、OSR、AR 分别代表什么？"),
    answer: t(
        "AR: all replicas assigned to a partition. ISR: those in sync, the leader always among them: a follower counts while it was at the leader's end within replica.lag.time.max.ms (30 s). OSR: the rest, AR without ISR.",
        "AR：分配给该 partition 的全部副本。ISR：保持同步的副本，总包含 leader；follower 在 replica.lag.time.max.ms（30 秒）内追上过 leader 末端才算。OSR：其余的，即 AR 减去 ISR。",
    ),
    points: [
        t(
            "The measure is time since it last caught up, not records behind.",
            "衡量的是距上次追上过了多久，而不是差了多少条。",
        ),
        t(
            "The leader looks every half of that time: so it takes 30 to 45 s.",
            "leader 每隔一半时间检查一次，所以需要 30 到 45 秒。",
        ),
        t(
            "The ISR decides who may lead and what acks=all waits for.",
            "ISR 决定谁能当 leader，以及 acks=all 要等谁。",
        ),
    ],
    follow_up: t(
        "A follower has stopped, but nobody writes. Does it leave the ISR? (Not for lagging: it is at the end. If its process is dead, the controller takes it out.)",
        "follower 停了，但没人写入，它会离开 ISR 吗？（不会因落后而离开：它就在末端。若进程已死，则由 controller 移除。）",
    ),
    outdated: Some(t("10 s was the default up to 2.4.", "10 秒是 2.4 及以前的默认值。")),
    scene: busy,
    trial: Trial {
        ask: t(
            "The leader is written to all the time. A follower stops fetching. Is it still in the ISR after 20 s, and after 46 s?",
            "leader 一直有写入。一个 follower 停止 fetch。20 秒后它还在 ISR 里吗？46 秒后呢？",
        ),
        form: Form::Choice(&[
            Choice::word(t("yes, and yes", "在；在"), "yes yes"),
            Choice::word(t("yes, and no", "在；不在"), "yes no"),
            Choice::word(t("no, and no", "不在；不在"), "no no"),
        ]),
        script: || at(0, fetching(FOLLOWER, true)).collect(),
        ms: 46_000,
        probe: |ran| match left(ran) {
            None => "yes yes".into(),
            Some(ms) if ms > 20_000 => "yes no".into(),
            Some(_) => "no no".into(),
        },
        explain: Explain {
            text: t(
                "It left after {} s. The ISR is now {}, of the AR {}.",
                "它在 {} 秒后离开。现在 ISR 是 {}，AR 是 {}。",
            ),
            parts: |ran| {
                let seconds = left(ran)
                    .map_or_else(|| "–".to_owned(), |ms| format!("{}.{}", ms / 1_000, ms % 1_000 / 100));
                vec![seconds, listed(&ran.isr(P)), listed(&ran.ar(P))]
            },
        },
    },
};

/// Three replicas with five records, which leave a laggard out after three seconds.
fn impatient() -> Scene {
    let brokers = Setup::brokers(3, &[("replica.lag.time.max.ms", "3000")]);
    let setup = brokers.topic("demo", 1, 3, &[]).producer("demo", &[("linger.ms", "0"), ("acks", "1")]);
    let setup = (0..5).fold(setup, |setup, n| setup.at(4_000 + n * 50, send(None, &format!("{n}"))));
    setup.seen_at(5_500)
}

/// The log end offsets of all replicas, largest first.
fn ends(ran: &Ran<'_>) -> Vec<i64> {
    let mut ends: Vec<i64> = (1..=3).filter_map(|broker| ran.leo(broker, P)).collect();
    ends.arrange_by(|a, b| b.cmp(a));
    ends
}

/// The high watermark as the leader has it.
fn watermark(ran: &Ran<'_>) -> Option<i64> {
    ran.hw(i32::try_from(ran.leader(P)?).ok()?, P)
}

pub(super) const Q18: Question = Question {
    id: "Q18",
    lesson: "L10",
    level: Level::Middle,
    topic: Topic::Replication,
    tags: &[Tag::Classic],
    ask: t("What do HW and LEO stand for?", "HW 和 LEO 分别代表什么？"),
    answer: t(
        "LEO, log end offset: the offset of the next record, for each replica its own. HW, high watermark: the smallest LEO of the ISR as the leader knows it. Consumers read below HW.",
        "LEO（log end offset）：下一条记录的 offset，每个副本各有一个。HW（high watermark）：leader 所知的 ISR 中最小的 LEO。consumer 只能读 HW 之前的。",
    ),
    points: [
        t("LEO is one more than the last offset.", "LEO 是最后一个 offset 加 1。"),
        t(
            "HW counts the ISR, not all replicas: who is out does not hold it back.",
            "HW 只看 ISR，不看全部副本：掉队的不会拖住它。",
        ),
        t(
            "Followers learn of HW with their next fetch, so theirs is a little behind.",
            "follower 在下一次 fetch 时才得知 HW，所以略微滞后。",
        ),
    ],
    follow_up: t(
        "Why may a consumer not read up to the leader's LEO? (What only the leader has may vanish with it.)",
        "consumer 为什么不能读到 leader 的 LEO？（只有 leader 有的，可能随它一起消失。）",
    ),
    outdated: None,
    scene: impatient,
    trial: Trial {
        ask: t(
            "Three replicas. In the end their LEOs are 10, 8 and 5, and the one with 5 has fallen out of the ISR. What is HW?",
            "三个副本，最后 LEO 分别为 10、8、5，其中 5 的那个已经掉出 ISR。HW 是多少？",
        ),
        form: Form::Choice(&[
            Choice::number(t("5", "5"), 5),
            Choice::number(t("8", "8"), 8),
            Choice::number(t("10", "10"), 10),
        ]),
        script: || {
            let sends = |from: u64, count: u64| (0..count).map(move |n| (from + n * 50, send(None, "more")));
            at(0, fetching(FOLLOWER, true))
                .chain(sends(600, 3))
                .chain(at(7_000, fetching(OTHER, true)))
                .chain(sends(7_600, 2))
                .collect()
        },
        ms: 8_500,
        probe: |ran| match ends(ran).as_slice() {
            [10, 8, 5] => watermark(ran).into(),
            _ => Value::Nothing,
        },
        explain: Explain {
            text: t(
                "LEOs {}; the ISR is {}; HW {}: the smallest LEO inside the ISR.",
                "LEO：{}；ISR：{}；HW 为 {}：ISR 内最小的 LEO。",
            ),
            parts: |ran| {
                vec![listed(&ends(ran)), listed(&ran.isr(P)), watermark(ran).unwrap_or(-1).to_string()]
            },
        },
    },
};

/// Milliseconds after the record was sent at which the consumer was given it.
fn seen_after(ran: &Ran<'_>) -> Option<i64> {
    Some(ran.first(|entry| matches!(entry.kind, Kind::Consumed { .. }))? - 600)
}

pub(super) const Q25: Question = Question {
    id: "Q25",
    lesson: "L10",
    level: Level::Middle,
    topic: Topic::Replication,
    tags: &[],
    ask: t("When may a consumer see a record?", "消息什么时候对消费者可见？"),
    answer: t(
        "When its offset is below the high watermark: when every replica in the ISR has it and the leader knows. With read_committed also below the last stable offset.",
        "当它的 offset 小于 high watermark 时，即 ISR 中每个副本都有它且 leader 已得知。read_committed 时还要小于 last stable offset。",
    ),
    points: [
        t(
            "Acknowledged and visible are two things: acks=1 acknowledges earlier.",
            "“已确认”和“可见”是两回事：acks=1 会更早确认。",
        ),
        t("One slow follower in the ISR delays every reader.", "ISR 中一个慢的 follower 会拖慢所有读者。"),
        t(
            "The leader learns of a copy from the follower's next fetch.",
            "leader 从 follower 的下一次 fetch 得知它已复制。",
        ),
    ],
    follow_up: t(
        "What ends the wait if the follower never comes back? (It leaves the ISR after 30 to 45 s, and HW moves.)",
        "如果 follower 一直不回来，等待何时结束？（30 到 45 秒后它离开 ISR，HW 就前进了。）",
    ),
    outdated: None,
    scene: || {
        Setup::brokers(3, &[])
            .topic("demo", 1, 3, &[])
            .producer("demo", &[("linger.ms", "0"), ("acks", "1")])
            .consumer(&[P], &[])
            .seen_at(5_000)
    },
    trial: Trial {
        ask: t(
            "A record is written to the leader while one in-sync follower's fetches are held for 3 seconds. When is a consumer given it?",
            "记录写入 leader 时，ISR 中一个 follower 的 fetch 被扣住 3 秒。consumer 什么时候能拿到它？",
        ),
        form: Form::Choice(&[
            Choice::number(t("at once: the leader has it", "立刻：leader 已经有了"), 0),
            Choice::number(t("after about 3 s", "约 3 秒后"), 3),
            Choice::number(t("after about 30 s", "约 30 秒后"), 30),
        ]),
        script: || {
            let mut script: Vec<_> = at(0, fetching(FOLLOWER, true)).collect();
            script.push((600, send(None, "seen when?")));
            script.extend(at(3_600, fetching(FOLLOWER, false)));
            script
        },
        ms: 6_000,
        probe: |ran| seen_after(ran).map(|ms| (ms + 500) / 1_000).into(),
        explain: Explain {
            text: t(
                "After {} ms. The leader had it at once, but HW waited for the follower.",
                "{} ms 之后。leader 立刻就有了，但 HW 在等那个 follower。",
            ),
            parts: |ran| vec![seen_after(ran).unwrap_or(-1).to_string()],
        },
    },
};

pub(super) const Q28: Question = Question {
    id: "Q28",
    lesson: "L11",
    level: Level::Senior,
    topic: Topic::Replication,
    tags: &[],
    ask: t("How many failures do three replicas survive?", "3 副本能容忍几台故障？"),
    answer: t(
        "Two, for what is committed: one in-sync replica is enough to keep and serve it. For writes with acks=all only as many as min.insync.replicas leaves: with 2, one.",
        "就已提交的数据而言是两台：剩一个同步副本即可保留并提供读取。acks=all 的写入则取决于 min.insync.replicas：为 2 时只能容忍一台。",
    ),
    points: [
        t(
            "f + 1 replicas keep committed data through f failures.",
            "f + 1 个副本可在 f 次故障中保住已提交的数据。",
        ),
        t("Writing stops earlier than reading.", "写入比读取先停。"),
        t(
            "Only if the survivor was in sync: otherwise the partition waits for one that was.",
            "前提是幸存者在 ISR 内；否则 partition 只能等同步过的副本回来。",
        ),
    ],
    follow_up: t(
        "And a quorum of controllers? (A majority: of three it survives one.)",
        "那 controller 的 quorum 呢？（需要多数派：三台只能容忍一台。）",
    ),
    outdated: None,
    scene: || {
        let configs = [("linger.ms", "0"), ("request.timeout.ms", "2000"), ("delivery.timeout.ms", "5000")];
        Setup::brokers(3, &[])
            .topic("demo", 1, 3, &[("min.insync.replicas", "2")])
            .producer("demo", &configs)
            .at(4_000, send(None, "before"))
            .seen_at(5_500)
    },
    trial: Trial {
        ask: t(
            "Three replicas, min.insync.replicas 2, acks=all. Two brokers crash, and 20 s later one writes and reads. What works?",
            "三副本，min.insync.replicas 为 2，acks=all。两个 broker 崩溃，20 秒后再写入和读取。哪些可行？",
        ),
        form: Form::Choice(&[
            Choice::word(t("reading and writing", "读和写都行"), "both"),
            Choice::word(t("reading only", "只能读"), "read"),
            Choice::word(t("writing only", "只能写"), "write"),
            Choice::word(t("neither", "都不行"), "neither"),
        ]),
        script: || {
            let crash = |node| Act::Crash { node: NodeId(node) };
            vec![
                (0, crash(OTHER)),
                (100, crash(FOLLOWER)),
                (20_000, send(None, "after")),
                (20_000, add_consumer(&[P], &[])),
            ]
        },
        ms: 30_000,
        probe: |ran| match (ran.delivered(20_001) > 0, ran.acked(10_001) > 1) {
            (true, true) => "both".into(),
            (true, false) => "read".into(),
            (false, true) => "write".into(),
            (false, false) => "neither".into(),
        },
        explain: Explain {
            text: t(
                "The record from before was read ({}); the new one failed with {}. The ISR is {}, and the leader wants two.",
                "之前那条读到了（{} 条）；新的一条以 {} 失败。ISR 只有 {}，而 leader 要求两个。",
            ),
            parts: |ran| {
                let error = ran.error(10_001).unwrap_or_else(|| "–".to_owned());
                vec![ran.delivered(20_001).to_string(), error, listed(&ran.isr(P))]
            },
        },
    },
};
