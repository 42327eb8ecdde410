use crate::kafka::base::name;
use crate::lab::Act;
use crate::lab::Configs;
use crate::lesson::Card;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Ran;
use crate::lesson::Scene;
use crate::lesson::Setup;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::bank::before_and_after;
use crate::lesson::bank::in_order;
use crate::lesson::bank::nine_in_turns;
use crate::lesson::bank::one_more_partition;
use crate::lesson::bank::three_partitions;
use crate::lesson::scene::add_consumer;
use crate::lesson::scene::send;
use crate::lesson::scene::send_from;

const fn t(en: &'static str, zh: &'static str) -> Text {
    Text::new(en, zh)
}

fn create(topic: &str, partitions: i32, replication: i16) -> Vec<(u64, Act)> {
    vec![(0, Act::CreateTopic { name: name(topic), partitions, replication, configs: Configs::new() })]
}

fn joined(numbers: &[i64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ")
}

fn partitions_of(ran: &Ran<'_>, values: &[&str]) -> Option<Vec<i64>> {
    values.iter().map(|value| ran.partition_of("demo", value)).collect()
}

pub(super) const E7: Card = Card {
    id: "E7",
    lesson: "L04",
    claim: t(
        "“send('demo1', key='count_num', partition=1): the same key goes to the same partition, so it lands in 1.”",
        "“send('demo1', key='count_num', partition=1)：同一个 key 送至同一分区，所以到了 1。”",
    ),
    truth: t(
        "It lands in 1 because 1 was named; the key was not even hashed. By its key alone count_num goes elsewhere.",
        "到了 1 是因为指定了 1，key 根本没有参与哈希。只看 key 的话，count_num 会去别处。",
    ),
    scene: || Setup::brokers(1, &[]).topic("demo", 2, 1, &[]).producer("demo", &[("linger.ms", "0")]).scene(),
    trial: Trial {
        ask: t(
            "Of two partitions: one record with this key and partition 1 named, one with the key alone. Where do they go?",
            "共两个 partition：一条带这个 key 并指定 partition 1，一条只带 key。它们各去哪里？",
        ),
        form: Form::Choice(&[
            Choice::numbers(t("1 and 1", "1 和 1"), &[1, 1]),
            Choice::numbers(t("1 and 0", "1 和 0"), &[1, 0]),
            Choice::numbers(t("0 and 0", "0 和 0"), &[0, 0]),
        ]),
        script: || {
            vec![
                (0, send_from(10_001, Some(1), Some("count_num"), "named")),
                (300, send(Some("count_num"), "hashed")),
            ]
        },
        ms: 1_500,
        probe: |ran| partitions_of(ran, &["named", "hashed"]).map_or(Value::Nothing, Value::Numbers),
        explain: Explain {
            text: t(
                "They lie in {}. Whoever mixes both ways splits the events of one key.",
                "它们分别在 {}。两种写法混用，就会把同一个 key 的事件拆开。",
            ),
            parts: |ran| {
                let found = partitions_of(ran, &["named", "hashed"]).unwrap_or_default();
                vec![found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")]
            },
        },
    },
};

pub(super) const E10: Card = Card {
    id: "E10",
    lesson: "L10",
    claim: t("“AR is the set of all followers.”", "“AR 是所有 follower 的集合。”"),
    truth: t(
        "AR, the assigned replicas, are all replicas of one partition, its leader included. AR = ISR + OSR.",
        "AR（assigned replicas）是一个 partition 的全部副本，包括 leader。AR = ISR + OSR。",
    ),
    scene: || Setup::brokers(3, &[]).scene(),
    trial: Trial {
        ask: t(
            "A topic of one partition with three replicas is created. How many brokers does its AR name?",
            "创建一个 partition、三副本的 topic。它的 AR 里有几个 broker？",
        ),
        form: Form::Choice(&[
            Choice::number(t("2: the followers", "2 个：follower"), 2),
            Choice::number(t("3: all replicas", "3 个：全部副本"), 3),
            Choice::number(t("1: the leader", "1 个：leader"), 1),
        ]),
        script: || create("demo", 1, 3),
        ms: 2_000,
        probe: |ran| match i64::try_from(ran.ar("demo-0").len()) {
            Ok(count @ 1..) => count.into(),
            _ => Value::Nothing,
        },
        explain: Explain {
            text: t("AR = {}, ISR = {}, and the leader is {}.", "AR = {}，ISR = {}，leader 是 {}。"),
            parts: |ran| {
                let set = |ids: Vec<i64>| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                let leader = ran.leader("demo-0").unwrap_or(-1);
                vec![set(ran.ar("demo-0")), set(ran.isr("demo-0")), leader.to_string()]
            },
        },
    },
};

pub(super) const E23: Card = Card {
    id: "E23",
    lesson: "L02",
    claim: t("“The data of one topic lies in one directory.”", "“同一个 Topic 的数据在同一个目录下。”"),
    truth: t(
        "There is a directory for each replica of each partition; on one broker, one a partition.",
        "每个 partition 的每个 replica 各有一个目录；在单个 broker 上就是每个 partition 一个。",
    ),
    scene: || Setup::brokers(1, &[]).scene(),
    trial: Trial {
        ask: t(
            "One broker, a topic of four partitions with one replica. How many directories?",
            "一个 broker，一个四分区、单副本的 topic。有几个目录？",
        ),
        form: Form::Choice(&[
            Choice::number(t("1", "1 个"), 1),
            Choice::number(t("4", "4 个"), 4),
            Choice::number(t("5: one for the topic, four in it", "5 个：topic 一个，其中再有四个"), 5),
        ]),
        script: || create("demo", 4, 1),
        ms: 2_000,
        probe: |ran| ran.all_directories().into(),
        explain: Explain {
            text: t(
                "{} directories side by side: demo-0, demo-1, demo-2, demo-3. None is called demo.",
                "{} 个并列的目录：demo-0、demo-1、demo-2、demo-3。没有一个叫 demo。",
            ),
            parts: |ran| vec![ran.all_directories().to_string()],
        },
    },
};

pub(super) const M04: Card = Card {
    id: "M04",
    lesson: "L02",
    claim: t("“A topic lies on one broker.”", "“一个 topic 放在一个 broker 上。”"),
    truth: t(
        "Its partitions and their replicas are spread over the brokers; a broker has a part of the topic.",
        "它的 partition 和 replica 分布在各 broker 上；一个 broker 只有其中一部分。",
    ),
    scene: || Setup::brokers(3, &[]).scene(),
    trial: Trial {
        ask: t(
            "A topic of three partitions with two replicas, on three brokers. How many directories has each broker?",
            "三个 broker，一个三分区、两副本的 topic。每个 broker 各有几个目录？",
        ),
        form: Form::Choice(&[
            Choice::numbers(t("6, 0 and 0", "6、0、0"), &[6, 0, 0]),
            Choice::numbers(t("3, 3 and 0", "3、3、0"), &[3, 3, 0]),
            Choice::numbers(t("2, 2 and 2", "2、2、2"), &[2, 2, 2]),
        ]),
        script: || create("demo", 3, 2),
        ms: 2_000,
        probe: |ran| Value::Numbers(ran.per_broker()),
        explain: Explain {
            text: t("{}: each broker has its share.", "{}：每个 broker 各占一份。"),
            parts: |ran| vec![joined(&ran.per_broker())],
        },
    },
};

pub(super) const M07: Card = Card {
    id: "M07",
    lesson: "L04",
    claim: t("“A topic is ordered.”", "“topic 是有序的。”"),
    truth: t(
        "A partition is. Between partitions there is no order, not even for one consumer that reads them all.",
        "有序的是 partition。partition 之间没有顺序，哪怕由一个 consumer 全部读取也一样。",
    ),
    scene: nine_in_turns,
    trial: Trial {
        ask: t(
            "1 to 9 lie in three partitions. Does one consumer of all three get them from 1 to 9?",
            "1 到 9 分布在三个 partition 里。一个 consumer 读全部三个，会按 1 到 9 拿到吗？",
        ),
        form: Form::Choice(&[Choice::word(t("yes", "会"), "yes"), Choice::word(t("no", "不会"), "no")]),
        script: || vec![(0, add_consumer(&["demo-0", "demo-1", "demo-2"], &[]))],
        ms: 3_000,
        probe: |ran| in_order(ran, 20_001).map(|(all, _)| all).into(),
        explain: Explain {
            text: t("It was given {}.", "它拿到的是 {}。"),
            parts: |ran| {
                vec![ran.given(20_001).into_iter().map(|(_, value)| value).collect::<Vec<_>>().join(" ")]
            },
        },
    },
};

pub(super) const M08: Card = Card {
    id: "M08",
    lesson: "L04",
    claim: t("“The same key always lands in the same partition.”", "“同一个 key 永远落在同一个分区。”"),
    truth: t(
        "As long as the number of partitions stays. The partition is the key's hash modulo that number.",
        "前提是 partition 数不变：分区是 key 的哈希对这个数取余。",
    ),
    scene: three_partitions,
    trial: Trial {
        ask: t(
            "Key user-3 is sent to three partitions; then there are four, and it is sent again. Do both lie in the same one?",
            "有三个 partition 时发送 key user-3；增加到四个后再发一次。两条在同一个 partition 吗？",
        ),
        form: Form::Choice(&[Choice::word(t("yes", "在"), "yes"), Choice::word(t("no", "不在"), "no")]),
        script: || one_more_partition("user-3"),
        ms: 5_000,
        probe: |ran| before_and_after(ran).map(|[before, after]| before == after).into(),
        explain: Explain {
            text: t(
                "First partition {}, then partition {}: 1141442267 modulo 3, then modulo 4.",
                "先是 partition {}，后是 partition {}：1141442267 先对 3 取余，后对 4 取余。",
            ),
            parts: |ran| before_and_after(ran).unwrap_or([-1; 2]).map(|n| n.to_string()).to_vec(),
        },
    },
};

fn no_key() -> Scene {
    Setup::brokers(1, &[]).topic("demo", 3, 1, &[]).producer("demo", &[("linger.ms", "50")]).scene()
}

/// How many of the nine records each partition has.
fn shares(ran: &Ran<'_>) -> Vec<i64> {
    (0..3).map(|n| i64::try_from(ran.values(&format!("demo-{n}")).len()).unwrap_or(-1)).collect()
}

pub(super) const M09: Card = Card {
    id: "M09",
    lesson: "L04",
    claim: t("“Without a key records go round robin.”", "“没有 key 的消息会轮询各分区。”"),
    truth: t(
        "Since 2.4 they stick to one partition, since 3.3 until about batch.size bytes went there; then another is drawn.",
        "从 2.4 起会黏在一个 partition 上，从 3.3 起是写满约 batch.size 字节为止，然后再随机换一个。",
    ),
    scene: no_key,
    trial: Trial {
        ask: t(
            "Nine small records without a key are sent quickly, to three partitions. How many partitions get some?",
            "快速向三个 partition 发送九条没有 key 的小记录。有几个 partition 会收到？",
        ),
        form: Form::Choice(&[
            Choice::number(t("one", "一个"), 1),
            Choice::number(t("two", "两个"), 2),
            Choice::number(t("three", "三个"), 3),
        ]),
        script: || (0..9).map(|n| (n * 5, send(None, &format!("{n}")))).collect(),
        ms: 1_500,
        probe: |ran| match shares(ran).iter().filter(|share| **share > 0).count() {
            0 => Value::Nothing,
            count => Value::Number(i64::try_from(count).unwrap_or(-1)),
        },
        explain: Explain {
            text: t(
                "The partitions have {} records: one full batch is cheaper than three small ones.",
                "各 partition 的记录数：{}。装满一个批次比三个小批次划算。",
            ),
            parts: |ran| vec![joined(&shares(ran))],
        },
    },
};

pub(super) const M10: Card = Card {
    id: "M10",
    lesson: "L04",
    claim: t(
        "“With a key and a partition, the key still decides.”",
        "“同时给了 key 和 partition，仍由 key 决定。”",
    ),
    truth: t(
        "A named partition wins. The key is stored, and not hashed.",
        "明确指定的 partition 优先；key 会被保存，但不参与哈希。",
    ),
    scene: three_partitions,
    trial: Trial {
        ask: t(
            "Of three partitions, key d hashes to 2. The application names partition 0. Where does the record go?",
            "三个 partition，key d 的哈希指向 2，而应用指定 partition 0。记录去哪里？",
        ),
        form: Form::Choice(&[Choice::number(t("0", "0"), 0), Choice::number(t("2", "2"), 2)]),
        script: || vec![(0, send_from(10_001, Some(0), Some("d"), "named"))],
        ms: 1_500,
        probe: |ran| ran.partition_of("demo", "named").into(),
        explain: Explain {
            text: t("Partition {}, with its key d beside it.", "partition {}，key d 随记录一起保存。"),
            parts: |ran| vec![ran.partition_of("demo", "named").unwrap_or(-1).to_string()],
        },
    },
};
