//! From `send()` to the deed: which single omission loses what was promised.

use crate::kafka::base::NodeId;
use crate::kafka::client::consumer::Commit;
use crate::kafka::client::consumer::Program;
use crate::lab::Act;
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
use crate::lesson::group::M1;
use crate::lesson::group::QUICK;
use crate::lesson::group::member_with;
use crate::lesson::group::numbers;
use crate::lesson::group::works;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::all;
use crate::lesson::rig::crash;
use crate::lesson::rig::hold_fetches;
use crate::lesson::rig::release;
use crate::lesson::rig::restart;
use crate::lesson::rig::sends;

/// One topic with all four, and one without each: acks=all, min ISR 2, no unclean election, commit after the work.
const TOPICS: [&str; 5] = ["whole", "acks", "isr", "unclean", "commit"];
/// The same, when something was lost.
const LOSERS: [&str; 5] = ["nothing at all", "acks=all", "min ISR 2", "no unclean", "commit-after"];

/// Five topics of one partition, led by broker 1, each with a producer of its own.
fn five() -> Scene {
    let brokers = [
        ("replica.lag.time.max.ms", "4000"),
        ("offsets.topic.num.partitions", "1"),
        ("offsets.topic.replication.factor", "3"),
    ];
    let mut setup = Setup::brokers(3, &brokers).seed(SEED);
    for topic in TOPICS {
        let isr = if topic == "isr" { "1" } else { "2" };
        let unclean = if topic == "unclean" { "true" } else { "false" };
        let configs = [("min.insync.replicas", isr), ("unclean.leader.election.enable", unclean)];
        setup = setup.topic(topic, 1, 3, &configs);
    }
    for topic in TOPICS {
        let configs: &[(&str, &str)] = if topic == "acks" {
            &[("acks", "1"), ("enable.idempotence", "false"), ("linger.ms", "0")]
        } else {
            &[("linger.ms", "0")]
        };
        setup = setup.producer(topic, configs);
    }
    setup.scene()
}

/// Records of all five producers.
fn each_sends(from: u64, count: u64) -> Vec<(u64, Act)> {
    (PRODUCER..PRODUCER + 5).flat_map(|producer| sends(producer, from, 10, count)).collect()
}

/// Readers of all five topics: those that die when three records are done, or their successors.
fn readers(at: u64, dies: bool) -> Vec<(u64, Act)> {
    let one = |topic: &str| {
        let commit = if topic == "commit" { Commit::Before } else { Commit::After };
        let program = Program { commit, crash_after: dies.then_some(3), ..works(50) };
        (at, member_with(topic, &[topic], program, QUICK))
    };
    TOPICS.map(one).to_vec()
}

/// The same failures for all: broker 3 falls behind, broker 2 cannot follow, broker 1 loses its power, broker 3 comes
/// back while broker 2 is down; then each reader dies in the midst of its work.
fn failures() -> Vec<(u64, Act)> {
    all([
        vec![(0, crash(3))],
        each_sends(12_000, 5),
        vec![(14_000, hold_fetches(2, 1))],
        each_sends(14_500, 2),
        vec![(22_000, Act::PowerOff { node: NodeId(1) }), (22_100, release(2, 1))],
        vec![(40_000, crash(2)), (40_500, restart(3)), (60_000, restart(1)), (60_000, restart(2))],
        readers(90_000, true),
        readers(105_000, false),
    ])
}

/// Records of each topic that its producer was promised and that nobody has processed.
fn lost(ran: &Ran<'_>) -> Vec<i64> {
    let of = |n: usize| {
        let number = i32::try_from(n).unwrap_or(0);
        let done = ran.effects(&[M1 + number, M1 + 5 + number], &format!("{}-0", TOPICS[n]));
        let done = done.iter().filter(|times| **times > 0).count();
        ran.acked(PRODUCER + number) - i64::try_from(done).unwrap_or(0)
    };
    (0..TOPICS.len()).map(of).collect()
}

pub(super) const Q69: Question = Question {
    id: "Q69",
    lesson: "L18",
    level: Level::Senior,
    topic: Topic::Offsets,
    tags: &[Tag::Classic],
    ask: Text::new("How do you make sure that no message is lost, end to end?", "如何保证消息端到端不丢失？"),
    answer: Text::new(
        "acks=all with retries and a callback that looks at errors; three replicas with min.insync.replicas=2; no unclean leader election; and the consumer commits after the work.",
        "acks=all 加重试，并在 callback 里检查错误；三副本配 min.insync.replicas=2；不允许 unclean 选举；consumer 处理完再提交。",
    ),
    points: [
        Text::new("acks=all is only as good as the ISR", "acks=all 只和 ISR 一样可靠"),
        Text::new("no replica from outside of the ISR leads", "ISR 之外的副本不当 leader"),
        Text::new("commit after the work", "处理完再提交"),
    ],
    follow_up: Text::new("What does each of the four cost?", "这四项各要付出什么代价？"),
    outdated: None,
    scene: five,
    trial: Trial {
        ask: Text::new(
            "Five topics, three replicas each. One has all of acks=all, min ISR 2, no unclean election and commit-after; each of the others lacks one of the four. A broker falls behind, another cannot follow, the leader loses its power, the first comes back alone, and the readers die at work. Without which of the four is something lost that was acknowledged?",
            "五个 topic，各三个副本。一个同时具备 acks=all、min ISR 2、禁止 unclean 选举、处理后提交；其余各缺一项。一个 broker 落后，另一个无法跟上，leader 断电，最初那个独自回来，读者在处理中死掉。缺哪一项会丢掉已确认的记录？",
        ),
        form: Form::Choice(&[
            Choice::word(Text::new("only without acks=all", "只有缺 acks=all"), "acks=all"),
            Choice::word(
                Text::new("without acks=all or min ISR 2", "缺 acks=all 或 min ISR 2"),
                "acks=all, min ISR 2",
            ),
            Choice::word(
                Text::new(
                    "without acks=all, min ISR 2 or no unclean",
                    "缺 acks=all、min ISR 2 或禁止 unclean",
                ),
                "acks=all, min ISR 2, no unclean",
            ),
            Choice::word(
                Text::new("without any one of the four", "四项缺任何一项都会"),
                "acks=all, min ISR 2, no unclean, commit-after",
            ),
        ]),
        script: failures,
        ms: 125_000,
        probe: |ran| {
            let lost = lost(ran);
            let losers = LOSERS.iter().zip(&lost).filter(|(_, lost)| **lost > 0);
            Value::Word(losers.map(|(what, _)| *what).collect::<Vec<_>>().join(", "))
        },
        explain: Explain {
            text: Text::new(
                "Acknowledged and never processed, with all four and without each of them: {}.",
                "已确认却从未处理的条数，四项齐备以及各缺一项时：{}。",
            ),
            parts: |ran| vec![numbers(&lost(ran))],
        },
    },
};

/// With it the replicas of all five topics are led by broker 1.
const SEED: u64 = 139;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::stage;

    #[test]
    fn broker_1_leads_all_five() {
        let timeline = stage(&five());
        let ran = Ran::since(&timeline, 0, timeline.now());
        let leaders = TOPICS.map(|topic| ran.leader(&format!("{topic}-0")));
        assert_eq!(leaders, [Some(1); 5]);
    }
}
