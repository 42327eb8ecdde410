use super::Class;
use super::Lesson;
use super::Look;
use super::Step;
use super::Task;
use crate::lab::Kind;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Ran;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::rig::P;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::READER;
use crate::lesson::rig::all;
use crate::lesson::rig::first_of;
use crate::lesson::rig::hold_fetches;
use crate::lesson::rig::in_order;
use crate::lesson::rig::read_after;
use crate::lesson::rig::release;
use crate::lesson::rig::sends;
use crate::lesson::rig::ten_eight_five;
use crate::lesson::rig::trio_read;
use crate::lesson::rig::two_more;

/// The leader's log end and high watermark.
fn ends(ran: &Ran<'_>) -> [i64; 2] {
    [ran.leo(1, P).unwrap_or(-1), ran.hw(1, P).unwrap_or(-1)]
}

/// Replication: log end offset and high watermark.
pub(super) const LESSON: Lesson = Lesson {
    id: "L10",
    title: Text::new("Replication: LEO and high watermark", "副本：LEO 与高水位 HW"),
    goal: Text::new(
        "Compute the high watermark, and say when a record can be read.",
        "会算 HW，并说出一条记录何时可读。",
    ),
    minutes: 10,
    hook: Text::new(
        "A record that only one machine has can vanish with it. So Kafka shows it to nobody until every replica in sync has it. One number says how far that is.",
        "只存在一台机器上的记录会随它一起消失。所以在所有同步副本都拿到之前，Kafka 不让任何人看到它。一个数字说明进度到了哪里。",
    ),
    scene: trio_read,
    steps: &[
        Step {
            say: Text::new(
                "Three replicas of demo-0: broker 1 leads, 2 and 3 follow by fetching. We hold their fetches on the wire, then one record is sent.",
                "demo-0 有三个副本：broker 1 是 leader,2 和 3 通过 fetch 跟随。我们把它们的 fetch 卡在网络上，再发送一条记录。",
            ),
            scene: None,
            look: Look::at("replica/1/demo-0"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "The leader has appended the record, no follower has fetched it. What are its LEO and its HW?",
                    "leader 已追加该记录，但没有 follower 拉取到。它的 LEO 和 HW 是多少？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(Text::new("LEO 1, HW 1", "LEO 1,HW 1"), &[1, 1]),
                    Choice::numbers(Text::new("LEO 1, HW 0", "LEO 1,HW 0"), &[1, 0]),
                    Choice::numbers(Text::new("LEO 0, HW 0", "LEO 0,HW 0"), &[0, 0]),
                ]),
                script: || {
                    all([vec![(0, hold_fetches(2, 1)), (0, hold_fetches(3, 1))], sends(PRODUCER, 700, 0, 1)])
                },
                ms: 2_000,
                probe: |ran| Value::Numbers(ends(ran).to_vec()),
                explain: Explain {
                    text: Text::new(
                        "LEO is {}: the next offset to write. HW is {}: the smallest LEO in the ISR. The consumer was given {} records; the record is there and cannot be read.",
                        "LEO 是 {}：下一个要写的 offset。HW 是 {}：ISR 中最小的 LEO。consumer 拿到 {} 条；记录已存在，却还不能读。",
                    ),
                    parts: |ran| {
                        let [leo, hw] = ends(ran);
                        vec![leo.to_string(), hw.to_string(), ran.delivered(READER).to_string()]
                    },
                },
            }),
        },
        Step {
            say: Text::new(
                "Now the fetches go on. A follower's fetch names the offset it wants next: that is how the leader learns its LEO. HW travels back with the next answer.",
                "现在放行 fetch。follower 的 fetch 带着它想要的下一个 offset:leader 由此得知它的 LEO。HW 随下一次响应带回去。",
            ),
            scene: None,
            look: Look::at("replica/2/demo-0"),
            task: Task::Predict(Trial {
                ask: Text::new("Put these in the order in which they happen.", "把这些事按发生的先后排序。"),
                form: Form::Order(&[
                    ("follower-hw", Text::new("broker 2's own HW moves", "broker 2 自己的 HW 前进")),
                    ("follower-append", Text::new("broker 2 appends the record", "broker 2 追加该记录")),
                    ("consumed", Text::new("the consumer is given it", "consumer 拿到它")),
                    ("leader-hw", Text::new("the leader's HW moves", "leader 的 HW 前进")),
                ]),
                script: || vec![(200, release(2, 1)), (200, release(3, 1))],
                ms: 3_000,
                probe: |ran| {
                    let hw = |kind: &Kind| matches!(kind, Kind::HighWatermark { .. });
                    in_order(&[
                        ("follower-append", first_of(ran, 2, |kind| matches!(kind, Kind::Appended { .. }))),
                        ("leader-hw", first_of(ran, 1, hw)),
                        ("consumed", first_of(ran, READER, |kind| matches!(kind, Kind::Consumed { .. }))),
                        ("follower-hw", first_of(ran, 2, hw)),
                    ])
                },
                explain: Explain::plain(Text::new(
                    "First the follower has it; its next fetch tells the leader, whose HW moves; that lets the waiting consumer read. The follower itself learns the new HW only with an answer to a later fetch.",
                    "先是 follower 拿到记录；它的下一次 fetch 告诉 leader,leader 的 HW 前进，等待中的 consumer 得以读取。follower 自己要等到后面某次 fetch 的响应才知道新的 HW。",
                )),
            }),
        },
        Step {
            say: Text::new(
                "Every follower in sync counts. We hold the fetches of broker 3 alone for three seconds.",
                "每个同步的 follower 都算数。我们只把 broker 3 的 fetch 卡住三秒。",
            ),
            scene: Some(trio_read),
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "A record is sent at once. After about how many seconds is the consumer given it?",
                    "立刻发送一条记录。大约几秒后 consumer 拿到它？",
                ),
                form: Form::Choice(&[
                    Choice::number(Text::new("at once: two of three have it", "马上：三个里有两个已拿到"), 0),
                    Choice::number(
                        Text::new("after 3 s: the slowest in sync decides", "3 秒后：由最慢的同步副本决定"),
                        3,
                    ),
                    Choice::number(
                        Text::new(
                            "after 30 s: when broker 3 leaves the ISR",
                            "30 秒后：等 broker 3 离开 ISR",
                        ),
                        30,
                    ),
                ]),
                script: || {
                    all([vec![(0, hold_fetches(3, 1)), (3_000, release(3, 1))], sends(PRODUCER, 100, 0, 1)])
                },
                ms: 5_000,
                probe: |ran| read_after(ran).into(),
                explain: Explain {
                    text: Text::new(
                        "After {} s. Kafka does not count a majority: it waits for every member of the ISR, here {}.",
                        "{} 秒后。Kafka 不看多数派：它等待 ISR 的每个成员，这里是 {}。",
                    ),
                    parts: |ran| vec![read_after(ran).unwrap_or(-1).to_string(), format!("{:?}", ran.isr(P))],
                },
            }),
        },
        Step {
            say: Text::new(
                "Your turn: make the HW stand still while the LEO grows. Hold a link, or stop a follower; then let the producer write.",
                "轮到你：让 LEO 增长而 HW 停住。卡住一条链路，或停掉一个 follower，再让 producer 写入。",
            ),
            scene: Some(trio_read),
            look: Look::CLUSTER,
            task: Task::Do {
                done: |ran| {
                    let [leo, hw] = ends(ran);
                    leo > hw && ran.ms() > 300
                },
                hint: Text::new(
                    "Press F and hold what broker 2 sends to broker 1, then select the producer and give it a rate.",
                    "按 F，卡住 broker 2 发往 broker 1 的消息，然后选中 producer，给它一个速率。",
                ),
                example: || all([vec![(0, hold_fetches(2, 1))], sends(PRODUCER, 700, 0, 1)]),
                ms: 1_500,
            },
        },
        Step {
            say: Text::new(
                "From memory. Broker 3 crashed and left the ISR with LEO 5. The leader gets to 10, broker 2 to 8.",
                "凭记忆。broker 3 崩溃，带着 LEO 5 离开了 ISR。leader 到 10,broker 2 到 8。",
            ),
            scene: Some(ten_eight_five),
            look: Look::CLUSTER,
            task: Task::Recall(Trial {
                ask: Text::new("What is the HW?", "HW 是多少？"),
                form: Form::Choice(&[
                    Choice::number(Text::new("5", "5"), 5),
                    Choice::number(Text::new("8", "8"), 8),
                    Choice::number(Text::new("10", "10"), 10),
                ]),
                script: two_more,
                ms: 2_500,
                probe: |ran| ran.hw(1, P).into(),
                explain: Explain {
                    text: Text::new(
                        "The ISR is {}. The smallest LEO among its members is {}; broker 3 does not count any more.",
                        "ISR 是 {}。成员中最小的 LEO 是 {};broker 3 已不算在内。",
                    ),
                    parts: |ran| vec![format!("{:?}", ran.isr(P)), ran.hw(1, P).unwrap_or(-1).to_string()],
                },
            }),
        },
    ],
    honest: Text::new(
        "Fetches, ISR and HW are decided by the engine's brokers with Kafka's own rules; the link times are models. Holding a message on the wire is a power of the laboratory.",
        "fetch、ISR、HW 都由引擎中的 broker 按 Kafka 的规则决定；链路时延是模型。把消息卡在网络上是实验室的能力。",
    ),
    class: Class {
        vote: 2,
        likely_wrong: Text::new(
            "“At once”: two of three looks like a majority, as in Raft.",
            "“马上”：三个里有两个，看起来像 Raft 的多数派。",
        ),
        follow_up: Text::new(
            "What would Kafka have to give up to wait for a majority only? (With 3 replicas it could lose one broker, not two.)",
            "如果只等多数派，Kafka 要放弃什么？（3 副本只能容忍一台故障，而不是两台。）",
        ),
        notes: Text::new(
            "Draw three bars for the LEOs and one line for the HW; move the shortest bar and let the class say where the line goes.",
            "画三根柱子表示 LEO，一条线表示 HW；移动最短的那根，让学生说线到哪里。",
        ),
    },
};
