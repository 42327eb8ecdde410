use super::basics::ONE_BY_ONE;
use super::basics::pace;
use crate::kafka::base::NodeId;
use crate::kafka::base::name;
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
use crate::lesson::scene::send;

const fn t(en: &'static str, zh: &'static str) -> Text {
    Text::new(en, zh)
}

/// A topic of three partitions, and a producer that soon learns of a fourth.
pub(in crate::lesson) fn three_partitions() -> Scene {
    Setup::brokers(1, &[])
        .topic("demo", 3, 1, &[])
        .producer("demo", &[("linger.ms", "0"), ("metadata.max.age.ms", "1000")])
        .scene()
}

/// Raises three partitions to four between two records with the same key: `before` and `after`.
pub(in crate::lesson) fn one_more_partition(key: &str) -> Vec<(u64, Act)> {
    vec![
        (0, send(Some(key), "before")),
        (500, Act::AddPartitions { topic: name("demo"), total: 4 }),
        (3_500, send(Some(key), "after")),
    ]
}

/// The partitions of the two.
pub(in crate::lesson) fn before_and_after(ran: &Ran<'_>) -> Option<[i64; 2]> {
    Some([ran.partition_of("demo", "before")?, ran.partition_of("demo", "after")?])
}

pub(super) const Q49: Question = Question {
    id: "Q49",
    lesson: "L04",
    level: Level::Junior,
    topic: Topic::Topics,
    tags: &[Tag::Classic],
    ask: t("Can partitions be added to a topic, and how?", "topic 的分区数可以增加吗？怎么增加？"),
    answer: t(
        "Yes: kafka-topics.sh --alter --partitions n, or Admin.createPartitions. What lies in the log stays where it is; new records of a key may go to another partition.",
        "可以：kafka-topics.sh --alter --partitions n，或 Admin.createPartitions。已写入的留在原处；同一个 key 的新记录可能去另一个 partition。",
    ),
    points: [
        t("Only upwards.", "只能增加。"),
        t(
            "The key's partition is hash modulo n: a new n moves most keys.",
            "key 的分区是哈希对 n 取余：n 一变，大多数 key 都会换。",
        ),
        t("So the order of a key breaks at that moment.", "所以从那一刻起，同一个 key 的顺序被打断。"),
    ],
    follow_up: t(
        "When does a producer notice? (When it next asks for metadata: after metadata.max.age.ms, 5 minutes, or after an error.)",
        "producer 什么时候知道？（下次刷新元数据时：metadata.max.age.ms（5 分钟）之后，或遇到错误之后。）",
    ),
    outdated: None,
    scene: three_partitions,
    trial: Trial {
        ask: t(
            "Key a lies in partition 1 of three. The topic is raised to four partitions, and the producer has learned of it. Where does the next record of a go?",
            "三个 partition 时，key a 在 partition 1。topic 增加到四个 partition，producer 也已得知。a 的下一条去哪里？",
        ),
        form: Form::Choice(&[
            Choice::number(t("0", "0"), 0),
            Choice::number(t("1, as before", "1，和以前一样"), 1),
            Choice::number(t("3, the new one", "3，新的那个"), 3),
        ]),
        script: || one_more_partition("a"),
        ms: 5_000,
        probe: |ran| before_and_after(ran).map(|[_, after]| after).into(),
        explain: Explain {
            text: t(
                "Before: partition {}. After: partition {}. murmur2 of a is 584102524 without its sign; modulo 3 it is 1, modulo 4 it is 0.",
                "之前：partition {}；之后：partition {}。a 的 murmur2 去掉符号是 584102524，对 3 取余为 1，对 4 取余为 0。",
            ),
            parts: |ran| before_and_after(ran).unwrap_or([-1; 2]).map(|n| n.to_string()).to_vec(),
        },
    },
};

pub(super) const Q50: Question = Question {
    id: "Q50",
    lesson: "L04",
    level: Level::Junior,
    topic: Topic::Topics,
    tags: &[Tag::Classic],
    ask: t("Can the number of partitions be reduced? Why?", "topic 的分区数可以减少吗？为什么？"),
    answer: t(
        "No. The records of the removed partitions, their offsets and their order would have no home. One makes a new topic and copies.",
        "不可以。被去掉的 partition 里的记录、offset 和顺序都无处安放。只能新建 topic 再复制过去。",
    ),
    points: [
        t("The controller refuses: INVALID_PARTITIONS.", "controller 会拒绝：INVALID_PARTITIONS。"),
        t(
            "Offsets are numbers within a partition; two logs cannot be merged and keep them.",
            "offset 是 partition 内的编号；两份日志合并就保不住。",
        ),
        t("Deleting with the topic, or a new topic, are the ways out.", "出路：删掉重建，或另建新 topic。"),
    ],
    follow_up: t(
        "What do readers with a saved position do after a move to a new topic? (Their numbers mean nothing there: map by time.)",
        "换到新 topic 后，保存的读取位置怎么办？（那些数字在新 topic 里没有意义：可按时间换算。）",
    ),
    outdated: None,
    scene: three_partitions,
    trial: Trial {
        ask: t(
            "The topic has three partitions. Somebody asks for two. What does the cluster answer?",
            "topic 有三个 partition，有人请求改成两个。集群怎么回答？",
        ),
        form: Form::Choice(&[
            Choice::word(t("It removes the last one", "删掉最后一个"), "NONE"),
            Choice::word(
                t("It refuses: INVALID_PARTITIONS", "拒绝：INVALID_PARTITIONS"),
                "INVALID_PARTITIONS",
            ),
            Choice::word(
                t(
                    "It waits until the last one is empty: REASSIGNMENT_IN_PROGRESS",
                    "等最后一个清空：REASSIGNMENT_IN_PROGRESS",
                ),
                "REASSIGNMENT_IN_PROGRESS",
            ),
        ]),
        script: || vec![(0, Act::AddPartitions { topic: name("demo"), total: 2 })],
        ms: 2_000,
        probe: |ran| match ran.cluster() {
            view if view.unanswered > 0 || view.answer.is_none() => Value::Nothing,
            _ => ran.refusal().as_deref().unwrap_or("NONE").into(),
        },
        explain: Explain {
            text: t("{}: “{}” The topic still has {} partitions.", "{}：“{}” topic 仍有 {} 个 partition。"),
            parts: |ran| {
                let view = ran.cluster();
                let message = view.answer.and_then(|answer| answer.message).unwrap_or_default();
                vec![ran.refusal().unwrap_or_default(), message, view.partitions.len().to_string()]
            },
        },
    },
};

/// What was measured: records a second that went into one partition, and that one consumer worked through.
fn measured(ran: &Ran<'_>) -> (i64, i64) {
    let a_second = |records: i64| (records * 1_000 + ran.ms() / 2) / ran.ms().max(1);
    (a_second(ran.acked(10_001)), a_second(ran.delivered(20_001)))
}

/// Partitions for a hundred records a second.
fn needed(ran: &Ran<'_>) -> i64 {
    let (p, c) = measured(ran);
    let partitions = |rate: i64| if rate > 0 { (100 + rate - 1) / rate } else { 0 };
    partitions(p).max(partitions(c))
}

pub(super) const Q51: Question = Question {
    id: "Q51",
    lesson: "L04",
    level: Level::Middle,
    topic: Topic::Topics,
    tags: &[],
    ask: t("How many partitions should a topic have?", "topic 的分区数如何确定？"),
    answer: t(
        "Measure what one partition takes in (p) and what one consumer works through (c); for a target t take max(t/p, t/c), with room to grow. More cost metadata, files, memory and time at failover.",
        "先测单个 partition 的写入能力 p 和单个 consumer 的处理能力 c；目标为 t 时取 max(t/p, t/c)，并留余量。更多分区会增加元数据、文件、内存和故障切换时间。",
    ),
    points: [
        t("From measured numbers, not from a rule of thumb.", "依据实测数字，而不是经验值。"),
        t("The slower side decides: mostly the consumer.", "由较慢的一方决定，多半是 consumer。"),
        t(
            "Raising it later moves keys, so plan for growth where order matters.",
            "以后再增加会让 key 换分区，顺序重要时要提前规划。",
        ),
    ],
    follow_up: t(
        "What do 10,000 partitions cost on one broker? (Open files, memory for indexes, longer failover and start.)",
        "一个 broker 上一万个 partition 代价是什么？（打开的文件、索引内存、更长的切换和启动时间。）",
    ),
    outdated: None,
    scene: || {
        Setup::brokers(1, &[])
            .topic("demo", 1, 1, &[])
            .producer("demo", &[("linger.ms", "0")])
            .consumer(&["demo-0"], ONE_BY_ONE)
            .at(3_600, pace(20_001, 100))
            .scene()
    },
    trial: Trial {
        ask: t(
            "Target: 100 records a second. The run measures one producer of 20 a second and one consumer that works 100 ms on each record. How many partitions?",
            "目标：每秒 100 条。这次运行会测一个每秒 20 条的 producer，和一个处理每条要 100 ms 的 consumer。需要几个 partition？",
        ),
        form: Form::Choice(&[
            Choice::number(t("5: 100 / 20", "5：100 / 20"), 5),
            Choice::number(t("10: the larger of 5 and 10", "10：取 5 和 10 中较大者"), 10),
            Choice::number(t("15: both together", "15：两者相加"), 15),
        ]),
        script: || vec![(0, Act::SetRate { node: NodeId(10_001), rate: 20 })],
        ms: 10_000,
        probe: |ran| Value::Number(needed(ran)),
        explain: Explain {
            text: t(
                "Measured: {} a second in, {} a second worked through. So {} partitions, and as many consumers.",
                "实测：写入每秒 {} 条，处理每秒 {} 条。所以需要 {} 个 partition，以及同样多的 consumer。",
            ),
            parts: |ran| {
                let (p, c) = measured(ran);
                [p, c, needed(ran)].map(|n| n.to_string()).to_vec()
            },
        },
    },
};
