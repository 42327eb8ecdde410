//! Questions about groups and who is in them.

use crate::kafka::base::NodeId;
use crate::kafka::base::name;
use crate::lab::Act;
use crate::lab::SeekPoint;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Level;
use crate::lesson::Question;
use crate::lesson::Ran;
use crate::lesson::Tag;
use crate::lesson::Text;
use crate::lesson::Topic;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::course::l16::figure;
use crate::lesson::course::l16::idle;
use crate::lesson::course::l16::two_topics;
use crate::lesson::group::JOINING;
use crate::lesson::group::M1;
use crate::lesson::group::M2;
use crate::lesson::group::SHARED;
use crate::lesson::group::grouped;
use crate::lesson::group::numbers;
use crate::lesson::group::subscribe;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::sends;
use crate::lesson::rig::stored;
use crate::lesson::scene::add_consumer;

fn kept(ran: &Ran<'_>) -> i64 {
    stored(ran, "news-0") + stored(ran, "news-1")
}

pub(super) const Q4: Question = Question {
    id: "Q4",
    lesson: "L03",
    level: Level::Junior,
    topic: Topic::Basics,
    tags: &[Tag::Classic],
    ask: Text::new(
        "A queue or publish/subscribe: how does Kafka do both?",
        "队列模型与发布订阅模型，Kafka 如何同时支持？",
    ),
    answer: Text::new(
        "Within a group each record goes to one member, as from a queue; each group gets all records, as by publish/subscribe. Either way the log has them once.",
        "组内一条记录只给一个成员，如同队列；每个组都拿到全部记录，如同发布订阅。无论哪种，日志里只存一份。",
    ),
    points: [
        Text::new("one group divides the partitions", "一个组内分摊 partition"),
        Text::new("several groups each read everything", "多个组各读全部"),
        Text::new("one more group costs no more storage", "多一个组不多占存储"),
    ],
    follow_up: Text::new(
        "A group is added a week later. What can it still read?",
        "一周后新增一个组，它还能读到什么？",
    ),
    outdated: None,
    scene: || {
        grouped("news", 2).group("mail", 2, &["news"], &[]).group("web", 2, &["news"], &[]).seen_at(SHARED)
    },
    trial: Trial {
        ask: Text::new(
            "Two groups of two members each read news. Six records are sent. How many are handed over in all, and how many does the log keep?",
            "两个组各两个成员，都读 news。发送六条。一共交付几条，日志里存几条？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("6 handed over, none kept", "交付 6，存 0"), &[6, 0]),
            Choice::numbers(Text::new("12 handed over, 6 kept", "交付 12，存 6"), &[12, 6]),
            Choice::numbers(Text::new("12 handed over, 12 kept", "交付 12，存 12"), &[12, 12]),
            Choice::numbers(Text::new("24 handed over, 6 kept", "交付 24，存 6"), &[24, 6]),
        ]),
        script: || sends(PRODUCER, 500, 20, 6),
        ms: 4_000,
        probe: |ran| Value::Numbers(vec![ran.delivered_from(M1), kept(ran)]),
        explain: Explain {
            text: Text::new(
                "{} times a record was handed over: once to each group. The log has {}, and reading took none away.",
                "一共交付 {} 次：每个组一次。日志里有 {} 条，读取没有拿走任何一条。",
            ),
            parts: |ran| vec![ran.delivered_from(M1).to_string(), kept(ran).to_string()],
        },
    },
};

pub(super) const Q52: Question = Question {
    id: "Q52",
    lesson: "L16",
    level: Level::Junior,
    topic: Topic::Groups,
    tags: &[Tag::Classic],
    ask: Text::new(
        "“With more consumers than partitions some get nothing”: is it true?",
        "“消费者个数超过分区就会有消费者消费不到数据”，对吗？",
    ),
    answer: Text::new(
        "Yes, within one group: a partition has one reader there. The rest stand by, and take over when somebody leaves. Share groups are otherwise.",
        "在同一个组内是对的：一个 partition 只有一个读者。多出的成员待命，有人离开时接手。share group 不是这样。",
    ),
    points: [
        Text::new("within one group only", "只在同一个组内成立"),
        Text::new("who is idle is a standby", "空闲者是热备"),
        Text::new("the number of partitions is the limit", "上限是 partition 数"),
    ],
    follow_up: Text::new("How would you read faster without more partitions?", "不增加分区，怎样读得更快？"),
    outdated: None,
    scene: || figure().seen_at(JOINING),
    trial: Trial {
        ask: Text::new(
            "Four partitions and the group search with five members. How many of them have nothing to read?",
            "四个 partition，search 组五个成员。有几个没有东西可读？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("none: they take turns", "0 个：轮流读"), 0),
            Choice::number(Text::new("one", "1 个"), 1),
            Choice::number(Text::new("two", "2 个"), 2),
        ]),
        script: Vec::new,
        ms: 8_000,
        probe: |ran| idle(ran)[1].into(),
        explain: Explain {
            text: Text::new("Partitions a member: {}.", "每个成员的 partition 数：{}。"),
            parts: |ran| vec![numbers(&ran.shares("search"))],
        },
    },
};

pub(super) const Q55: Question = Question {
    id: "Q55",
    lesson: "L16",
    level: Level::Middle,
    topic: Topic::Groups,
    tags: &[],
    ask: Text::new("Which assignors are there?", "分区分配策略有哪些？"),
    answer: Text::new(
        "Range, topic by topic, is the default's first choice; round robin deals all partitions in turn; sticky and cooperative-sticky keep what was.",
        "Range 按 topic 分，是默认首选；RoundRobin 把全部 partition 轮流发；Sticky 与 CooperativeSticky 尽量保留原状。",
    ),
    points: [
        Text::new("range favours the first members", "range 偏向靠前的成员"),
        Text::new("sticky moves as little as it can", "sticky 移动最少"),
        Text::new("cooperative gives up only what moves", "cooperative 只交出要移动的"),
    ],
    follow_up: Text::new(
        "Twenty topics of one partition, ten members, range: who reads?",
        "二十个单分区 topic、十个成员、range：谁在读？",
    ),
    outdated: None,
    scene: two_topics,
    trial: Trial {
        ask: Text::new(
            "Two topics of three partitions, two members. How many does the busiest member have by range, and by round robin?",
            "两个三分区的 topic，两个成员。range 与 round robin 下，最忙的成员各有几个？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("3 and 3", "3 和 3"), &[3, 3]),
            Choice::numbers(Text::new("4 and 3", "4 和 3"), &[4, 3]),
            Choice::numbers(Text::new("3 and 4", "3 和 4"), &[3, 4]),
            Choice::numbers(Text::new("4 and 4", "4 和 4"), &[4, 4]),
        ]),
        script: Vec::new,
        ms: 8_000,
        probe: |ran| {
            let most = |group| ran.shares(group).into_iter().max().unwrap_or(0);
            Value::Numbers(vec![most("range"), most("robin")])
        },
        explain: Explain {
            text: Text::new("Range: {}. Round robin: {}.", "range：{}。round robin：{}。"),
            parts: |ran| vec![numbers(&ran.shares("range")), numbers(&ran.shares("robin"))],
        },
    },
};

/// A consumer of its own choice: one partition, from an offset on. At last it tries to subscribe.
fn chosen() -> Vec<(u64, Act)> {
    let to = SeekPoint::Offset(3);
    let seek = Act::Seek { node: NodeId(M2), topic: name("orders"), partition: 0, to };
    vec![
        (500, add_consumer(&["orders-0"], &[("auto.offset.reset", "latest")])),
        (3_000, seek),
        (5_000, subscribe(M2, "orders")),
    ]
}

pub(super) const Q58: Question = Question {
    id: "Q58",
    lesson: "L16",
    level: Level::Junior,
    topic: Topic::Groups,
    tags: &[],
    ask: Text::new(
        "Can a consumer read a partition and an offset of its choice?",
        "消费者可以消费指定的分区和位移吗？",
    ),
    answer: Text::new(
        "Yes: assign() and seek(). It is then no member of a group's balancing, and nobody takes over for it.",
        "可以：assign() 加 seek()。但它不参与组的分配，也没有人替它接手。",
    ),
    points: [
        Text::new("assign() instead of subscribe()", "用 assign() 而不是 subscribe()"),
        Text::new("seek() sets the position, not the commit", "seek() 改的是 position，不是提交"),
        Text::new("no rebalance, and no successor", "没有 rebalance，也没有接班者"),
    ],
    follow_up: Text::new(
        "And if it commits with the group.id of a running group?",
        "如果它用一个运行中的组的 group.id 提交呢？",
    ),
    outdated: None,
    scene: || {
        grouped("orders", 1)
            .group("shop", 1, &["orders"], &[])
            .acts(sends(PRODUCER, 4_000, 20, 5))
            .seen_at(SHARED)
    },
    trial: Trial {
        ask: Text::new(
            "orders-0 has five records, read by the group shop. Another consumer is assigned orders-0 and seeks to offset 3. How many records is it given, and how many new generations has shop?",
            "orders-0 有五条，shop 组在读。另一个 consumer assign 了 orders-0 并 seek 到 offset 3。它拿到几条，shop 多出几代？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("2 and 0", "2 和 0"), &[2, 0]),
            Choice::numbers(Text::new("2 and 1: it joins", "2 和 1：它加入了组"), &[2, 1]),
            Choice::numbers(
                Text::new("0 and 0: shop has the partition", "0 和 0：partition 归 shop"),
                &[0, 0],
            ),
        ]),
        script: chosen,
        ms: 7_000,
        probe: |ran| Value::Numbers(vec![ran.handed_out(&[M2], "orders-0"), ran.generations("shop")]),
        explain: Explain {
            text: Text::new(
                "The group still reads as before: {}. When the other one called subscribe() at the end, without a group.id, it was thrown {}.",
                "组照旧：{}。另一个最后没有 group.id 就调用 subscribe()，抛出 {}。",
            ),
            parts: |ran| vec![ran.owners("shop", "orders"), ran.caught(M2).unwrap_or_default()],
        },
    },
};
