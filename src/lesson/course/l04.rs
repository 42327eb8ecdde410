use super::Class;
use super::Lesson;
use super::Look;
use super::Step;
use super::Task;
use crate::kafka::base::NodeId;
use crate::kafka::base::name;
use crate::lab::Act;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Ran;
use crate::lesson::Scene;
use crate::lesson::Setup;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::scene::add_consumer;
use crate::lesson::scene::send;
use crate::lesson::scene::send_from;
use crate::lesson::scene::spot;

const TOPIC: &str = "demo";

fn scene() -> Scene {
    Setup::brokers(1, &[])
        .topic(TOPIC, 3, 1, &[])
        .producer(TOPIC, &[("linger.ms", "0"), ("metadata.max.age.ms", "1000")])
        .scene()
}

/// Where the records with these values lie.
fn lie(ran: &Ran<'_>, values: &[&str]) -> Value {
    let found: Option<Vec<i64>> = values.iter().map(|value| ran.partition_of(TOPIC, value)).collect();
    found.map_or(Value::Nothing, Value::Numbers)
}

fn shown(ran: &Ran<'_>, values: &[&str]) -> Vec<String> {
    let at = |value: &&str| ran.partition_of(TOPIC, value).map_or_else(|| "–".to_owned(), |p| p.to_string());
    values.iter().map(at).collect()
}

/// Whether some consumer was given the later event of `user-3` before the earlier one.
fn reversed(ran: &Ran<'_>) -> bool {
    ran.cluster().consumers.iter().any(|consumer| {
        let given = ran.given(consumer.id);
        let place = |wanted: &str| given.iter().position(|(_, value)| value == wanted);
        matches!((place("user-3 created"), place("user-3 paid")), (Some(created), Some(paid)) if paid < created)
    })
}

fn how_many_partitions(ran: &Ran<'_>, wanted: &str) -> i64 {
    let holds = |n: &i32| ran.values(&format!("{TOPIC}-{n}")).iter().any(|value| value.starts_with(wanted));
    i64::try_from((0..3).filter(holds).count()).unwrap_or(0)
}

/// Partitions and keys: where a record goes, and what order is worth.
pub(super) const LESSON: Lesson = Lesson {
    id: "L04",
    title: Text::new("Partitions and keys: where a record goes", "分区与 key：一条记录去哪里"),
    goal: Text::new(
        "Say where a record with a key, without one, or with a partition goes, and which order is kept.",
        "说清带 key、不带 key、指定 partition 的记录各去哪里，以及哪种顺序有保证。",
    ),
    minutes: 10,
    hook: Text::new(
        "Order is the promise that people rely on most and read least carefully. It holds inside one partition. So what decides the partition decides the order.",
        "顺序是人们最依赖、却读得最不仔细的承诺。它只在一个 partition 之内成立。所以决定 partition 的东西，也就决定了顺序。",
    ),
    scene,
    steps: &[
        Step {
            say: Text::new(
                "A topic of three partitions. The producer hashes the key's bytes (murmur2), takes the positive part, and divides by the number of partitions: the remainder is the partition. For a that is 584102524, for d 284602193, for user-3 1141442267.",
                "一个有三个 partition 的 topic。producer 对 key 的字节做哈希（murmur2），取非负部分，除以 partition 数，余数就是 partition。a 的值是 584102524，d 是 284602193，user-3 是 1141442267。",
            ),
            scene: None,
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Records with the keys a, d and user-3 are sent, in this order. Which partitions get them?",
                    "依次发送 key 为 a、d、user-3 的记录。它们各去哪个 partition？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(Text::new("0, 1, 2: in turn", "0、1、2：轮流"), &[0, 1, 2]),
                    Choice::numbers(Text::new("1, 2, 2", "1、2、2"), &[1, 2, 2]),
                    Choice::numbers(
                        Text::new(
                            "1, 1, 1: one producer, one partition",
                            "1、1、1：一个 producer 对应一个 partition",
                        ),
                        &[1, 1, 1],
                    ),
                    Choice::numbers(Text::new("0, 1, 3", "0、1、3"), &[0, 1, 3]),
                ]),
                script: || {
                    vec![
                        (200, send(Some("a"), "a created")),
                        (500, send(Some("d"), "d created")),
                        (800, send(Some("user-3"), "user-3 created")),
                    ]
                },
                ms: 2_500,
                probe: |ran| lie(ran, &["a created", "d created", "user-3 created"]),
                explain: Explain {
                    text: Text::new(
                        "a went to {}, d to {}, user-3 to {}: the hash modulo 3. Two keys may share a partition; that costs nothing but space.",
                        "a 去了 {}，d 去了 {}，user-3 去了 {}：哈希值对 3 取余。两个 key 可以在同一个 partition 里，这并不要紧。",
                    ),
                    parts: |ran| shown(ran, &["a created", "d created", "user-3 created"]),
                },
            }),
        },
        Step {
            say: Text::new(
                "An application may also name the partition itself. Now it sends key a again, and names partition 0.",
                "应用也可以自己指定 partition。现在它再发一条 key 为 a 的记录，并指定 partition 0。",
            ),
            scene: None,
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "The key says 1, the application says 0. Click the partition that gets the record.",
                    "key 指向 1，应用说 0。点击得到这条记录的 partition。",
                ),
                form: Form::Click { ordered: false, kinds: &["replica/"] },
                script: || vec![(200, send_from(10_001, Some(0), Some("a"), "a by hand"))],
                ms: 1_500,
                probe: |ran| match (ran.partition_of(TOPIC, "a by hand"), ran.leader("demo-0")) {
                    (Some(number), Some(leader)) => {
                        Value::Things(vec![format!("replica/{leader}/{TOPIC}-{number}")])
                    }
                    _ => Value::Nothing,
                },
                explain: Explain {
                    text: Text::new(
                        "Partition {}: a named partition wins, and the key is not even hashed. Now the events of a lie in two partitions, and their order is gone.",
                        "partition {}：明确指定的优先，key 根本不参与哈希。现在 a 的事件分在两个 partition 里，顺序也就没了。",
                    ),
                    parts: |ran| shown(ran, &["a by hand"]),
                },
            }),
        },
        Step {
            say: Text::new(
                "Without a key there is nothing to hash. Nine records without a key follow, quickly one after the other.",
                "没有 key 就没有东西可哈希。接下来快速发送九条没有 key 的记录。",
            ),
            scene: None,
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "How many of the three partitions get some of the nine?",
                    "三个 partition 中有几个会分到这九条里的记录？",
                ),
                form: Form::Choice(&[
                    Choice::number(Text::new("three: in turn, three each", "三个：轮流，各三条"), 3),
                    Choice::number(Text::new("one: it sticks to one for a while", "一个：会先黏着一个"), 1),
                    Choice::number(Text::new("none: a key is required", "零个：必须有 key"), 0),
                ]),
                script: || (0..9).map(|n| (200 + n * 20, send(None, &format!("no key {}", n + 1)))).collect(),
                ms: 2_000,
                probe: |ran| how_many_partitions(ran, "no key").into(),
                explain: Explain {
                    text: Text::new(
                        "{}: since 2.4 the partitioner sticks to one partition, since 3.3 until about batch.size bytes (16,384) went there, and then draws another. That fills batches; it is not round robin.",
                        "{} 个：从 2.4 起，partitioner 会黏在一个 partition 上；从 3.3 起，写了约 batch.size（16384）字节后再随机换一个。这样批次才装得满，并不是轮询。",
                    ),
                    parts: |ran| vec![how_many_partitions(ran, "no key").to_string()],
                },
            }),
        },
        Step {
            say: Text::new(
                "The topic grows to four partitions. What lies in the log stays where it is. Then user-3 sends its next event.",
                "topic 增加到四个 partition。已经写入的留在原处。然后 user-3 又发出下一个事件。",
            ),
            scene: None,
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "user-3 hashes to 1141442267 and lay in partition 2. Where does its next record go, of four partitions?",
                    "user-3 的哈希值是 1141442267，之前在 partition 2。有了四个 partition 之后，它的下一条去哪里？",
                ),
                form: Form::Number(Text::new("partition", "partition")),
                script: || {
                    vec![
                        (0, Act::AddPartitions { topic: name(TOPIC), total: 4 }),
                        (3_000, send(Some("a"), "a paid")),
                        (3_200, send(Some("d"), "d paid")),
                        (3_400, send(Some("user-3"), "user-3 paid")),
                    ]
                },
                ms: 5_000,
                probe: |ran| ran.partition_of(TOPIC, "user-3 paid").into(),
                explain: Explain {
                    text: Text::new(
                        "Now a went to {}, d to {}, user-3 to {}: the divisor changed, so nearly every key moved. The older events of each stay in the old partition.",
                        "现在 a 去了 {}，d 去了 {}，user-3 去了 {}：除数变了，几乎每个 key 都换了地方。各自较早的事件仍留在原来的 partition。",
                    ),
                    parts: |ran| shown(ran, &["a paid", "d paid", "user-3 paid"]),
                },
            }),
        },
        Step {
            say: Text::new(
                "user-3 created lies in partition 2, user-3 paid in partition 3. Each partition is in order; between the two there is none. Your turn: let a consumer be given paid before created.",
                "“user-3 created” 在 partition 2，“user-3 paid” 在 partition 3。每个 partition 内部有序，两者之间没有顺序。轮到你：让一个 consumer 先拿到 paid，后拿到 created。",
            ),
            scene: None,
            look: Look::CLUSTER,
            task: Task::Do {
                done: reversed,
                hint: Text::new(
                    "Add a consumer that reads demo-3 from the earliest record; when it has read, assign it demo-2 as well.",
                    "添加一个 consumer，从 earliest 读 demo-3；读到之后，再给它分配 demo-2。",
                ),
                example: || {
                    let both = vec![spot("demo-3"), spot("demo-2")];
                    vec![
                        (0, add_consumer(&["demo-3"], &[])),
                        (2_000, Act::Assign { node: NodeId(20_001), topics: Vec::new(), partitions: both }),
                    ]
                },
                ms: 4_000,
            },
        },
        Step {
            say: Text::new(
                "From memory: order-42 hashes to 501153024. The topic is new and has three partitions.",
                "凭记忆回答：order-42 的哈希值是 501153024。topic 是新建的，有三个 partition。",
            ),
            scene: Some(scene),
            look: Look::CLUSTER,
            task: Task::Recall(Trial {
                ask: Text::new(
                    "Two records with the key order-42, then one with the same key and partition 2 named. Where do the three lie?",
                    "两条 key 为 order-42 的记录，再一条同样的 key 但指定 partition 2。三条各在哪里？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(Text::new("0, 0, 0", "0、0、0"), &[0, 0, 0]),
                    Choice::numbers(Text::new("0, 0, 2", "0、0、2"), &[0, 0, 2]),
                    Choice::numbers(Text::new("0, 1, 2", "0、1、2"), &[0, 1, 2]),
                    Choice::numbers(Text::new("2, 2, 2", "2、2、2"), &[2, 2, 2]),
                ]),
                script: || {
                    vec![
                        (200, send(Some("order-42"), "first")),
                        (400, send(Some("order-42"), "second")),
                        (600, send_from(10_001, Some(2), Some("order-42"), "third")),
                    ]
                },
                ms: 2_500,
                probe: |ran| lie(ran, &["first", "second", "third"]),
                explain: Explain {
                    text: Text::new(
                        "{}, {} and {}: the same key goes to the same partition, as long as the number of partitions stays and nobody names one.",
                        "{}、{}、{}：同一个 key 去同一个 partition，前提是 partition 数不变，且没有人另外指定。",
                    ),
                    parts: |ran| shown(ran, &["first", "second", "third"]),
                },
            }),
        },
    ],
    honest: Text::new(
        "Hash, sticky partitioner and metadata are the engine's own. metadata.max.age.ms is 1 s here instead of 5 minutes, so that the producer soon learns of the new partition; until it does, it goes on with three.",
        "哈希、黏性分区器和元数据都是引擎的真实逻辑。这里把 metadata.max.age.ms 从 5 分钟改成 1 秒，让 producer 很快得知新的 partition；在得知之前，它仍按三个来算。",
    ),
    class: Class {
        vote: 2,
        likely_wrong: Text::new(
            "“In turn”: true for the Java client before 2.4, and still in many books.",
            "“轮流”：2.4 之前的 Java 客户端确实如此，许多书里至今还这么写。",
        ),
        follow_up: Text::new(
            "How would you add partitions to a topic whose order matters? (A new topic, and a switch once the old one is read to its end.)",
            "顺序很重要的 topic 怎样扩分区？（新建一个 topic，等旧的读完再切换。）",
        ),
        notes: Text::new(
            "Let the class compute 1141442267 mod 3 and mod 4 by hand: the last two digits are enough for 4.",
            "让全班手算 1141442267 除以 3 和除以 4 的余数：除以 4 只看最后两位。",
        ),
    },
};
