use super::Class;
use super::Lesson;
use super::Look;
use super::Step;
use super::Task;
use crate::kafka::base::NodeId;
use crate::kafka::protocol::Api;
use crate::lab::Act;
use crate::lab::Kind;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Ran;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::all;
use crate::lesson::rig::big_sends;
use crate::lesson::rig::into_the_wall;
use crate::lesson::rig::sends;
use crate::lesson::rig::single;
use crate::lesson::rig::small_memory;

/// Three records, ten milliseconds apart.
fn three() -> Vec<(u64, Act)> {
    sends(PRODUCER, 200, 10, 3)
}

fn requests(ran: &Ran<'_>) -> i64 {
    ran.requests(PRODUCER, Api::Produce)
}

fn how_many(ran: &Ran<'_>) -> Vec<String> {
    vec![requests(ran).to_string()]
}

const COUNTS: &[Choice] = &[
    Choice::number(Text::new("one", "1 个"), 1),
    Choice::number(Text::new("two", "2 个"), 2),
    Choice::number(Text::new("three", "3 个"), 3),
];

/// Batching and back-pressure.
pub(super) const LESSON: Lesson = Lesson {
    id: "L09",
    title: Text::new("Batching, linger and back-pressure", "批次、linger 与反压"),
    goal: Text::new(
        "Predict how many requests a producer sends, and what happens when nobody takes them.",
        "预测 producer 会发多少请求，以及没人接收时会发生什么。",
    ),
    minutes: 10,
    hook: Text::new(
        "A batch leaves when it is full, has waited, or memory runs out: whichever comes first. Three numbers decide the traffic of a whole company.",
        "批次在装满、等够、或内存不足时离开：谁先到谁触发。三个数字决定了整个公司的流量。",
    ),
    scene: || single(&[("linger.ms", "50")]).scene(),
    steps: &[
        Step {
            say: Text::new(
                "batch.size is 16384 and linger.ms 50. Three small records are sent, 10 ms apart.",
                "batch.size 为 16384,linger.ms 为 50。每隔 10 毫秒发送一条，共三条小记录。",
            ),
            scene: None,
            look: Look::producer("producer/10001"),
            task: Task::Predict(Trial {
                ask: Text::new("How many Produce requests carry them?", "它们由几个 Produce 请求带走？"),
                form: Form::Choice(COUNTS),
                script: three,
                ms: 1_500,
                probe: |ran| requests(ran).into(),
                explain: Explain {
                    text: Text::new(
                        "{}: the first record opens a batch, the others join it, and after 50 ms it leaves nearly empty.",
                        "{} 个：第一条打开一个批，另两条加入，50 毫秒后它几乎空着就离开。",
                    ),
                    parts: how_many,
                },
            }),
        },
        Step {
            say: Text::new(
                "The same records with linger.ms 0, the default before 4.0.",
                "同样的记录，linger.ms 为 0（4.0 之前的默认值）。",
            ),
            scene: Some(|| single(&[("linger.ms", "0")]).scene()),
            look: Look::producer("producer/10001"),
            task: Task::Predict(Trial {
                ask: Text::new("How many requests now?", "现在有几个请求？"),
                form: Form::Choice(COUNTS),
                script: three,
                ms: 1_500,
                probe: |ran| requests(ran).into(),
                explain: Explain {
                    text: Text::new(
                        "{}: nothing waits on purpose. A batch still fills by itself when records come faster than requests leave.",
                        "{} 个：不再有意等待。但当记录来得比请求走得快时，批次仍会自己变大。",
                    ),
                    parts: how_many,
                },
            }),
        },
        Step {
            say: Text::new(
                "Now linger.ms is 10 s, and batch.size 500. The records are larger now: one fits, two do not.",
                "现在 linger.ms 为 10 秒，batch.size 为 500。这次记录更大：装得下一条，装不下两条。",
            ),
            scene: Some(|| single(&[("linger.ms", "10000"), ("batch.size", "500")]).scene()),
            look: Look::producer("producer/10001"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Three records again. How many requests leave within two seconds?",
                    "还是三条记录。两秒内发出几个请求？",
                ),
                form: Form::Choice(&[
                    Choice::number(Text::new("none: linger.ms is not over", "0 个：linger.ms 还没到"), 0),
                    Choice::number(Text::new("two: the third waits", "2 个：第三条还在等"), 2),
                    Choice::number(Text::new("three", "3 个"), 3),
                ]),
                script: || big_sends(3),
                ms: 2_000,
                probe: |ran| requests(ran).into(),
                explain: Explain {
                    text: Text::new(
                        "{}: a batch that cannot take the next record is closed and leaves at once. The newest one has nobody behind it: it waits for linger.ms.",
                        "{} 个：装不下下一条的批被关闭并立刻离开。最新的一批后面没有人：它要等 linger.ms。",
                    ),
                    parts: how_many,
                },
            }),
        },
        Step {
            say: Text::new(
                "buffer.memory is 1500 bytes: three batches of 500. What the producer sends is held on the wire, so nothing is answered and no memory comes back.",
                "buffer.memory 只有 1500 字节：三个 500 字节的批。发送的内容被卡在网络上，没有响应，内存也不归还。",
            ),
            scene: Some(small_memory),
            look: Look::producer("producer/10001"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "The application goes on sending. What happens first?",
                    "应用继续发送。首先会发生什么？",
                ),
                form: Form::Choice(&[
                    Choice::word(Text::new("records are dropped", "记录被丢弃"), "failed"),
                    Choice::word(Text::new("send() does not return", "send() 不返回"), "memory"),
                    Choice::word(Text::new("memory grows", "内存继续增长"), "free"),
                ]),
                script: into_the_wall,
                ms: 1_200,
                probe: |ran| match ran.failed(PRODUCER) {
                    0 => ran.blocked(PRODUCER).unwrap_or("free").into(),
                    _ => "failed".into(),
                },
                explain: Explain::plain(Text::new(
                    "The application's thread stands inside send() and waits for memory, at most max.block.ms. That is back-pressure: the reader of your input is slowed, nothing is dropped.",
                    "应用线程停在 send() 里等内存，最多 max.block.ms。这就是反压：拖慢的是你的输入端，而不是丢数据。",
                )),
            }),
        },
        Step {
            say: Text::new(
                "Your turn: this producer writes 100 records a second with linger.ms 0. Let a request carry at least four records on average, counted from now.",
                "轮到你：这个 producer 每秒写 100 条，linger.ms 为 0。从现在起，让每个请求平均至少带四条记录。",
            ),
            scene: Some(|| single(&[]).busy_producer("demo", 100, 0, &[("linger.ms", "0")]).seen_at(5_000)),
            look: Look::producer("producer/10002"),
            task: Task::Do {
                done: |ran| {
                    let written = |entry: &crate::lab::Entry| match entry.kind {
                        Kind::Acked { records, .. } => i64::from(records),
                        _ => 0,
                    };
                    let records: i64 = ran.events().map(|(_, entry)| written(entry)).sum();
                    records >= 20 && records >= 4 * ran.requests(10_002, Api::Produce)
                },
                hint: Text::new(
                    "Select producer-2 and raise its linger.ms: at 100 records a second, 50 ms gather five.",
                    "选中 producer-2，调大 linger.ms：每秒 100 条时，50 毫秒能攒五条。",
                ),
                example: || {
                    let act = Act::SetClientConfig {
                        node: NodeId(10_002),
                        config: "linger.ms".into(),
                        value: Some("60".into()),
                    };
                    vec![(0, act)]
                },
                ms: 3_000,
            },
        },
        Step {
            say: Text::new(
                "From memory: linger.ms 10000, three records, then flush().",
                "凭记忆：linger.ms 10000，三条记录，然后 flush()。",
            ),
            scene: Some(|| single(&[("linger.ms", "10000")]).scene()),
            look: Look::CLUSTER,
            task: Task::Recall(Trial {
                ask: Text::new(
                    "How many requests have left one second after flush()?",
                    "flush() 之后一秒，发出了几个请求？",
                ),
                form: Form::Choice(&[
                    Choice::number(Text::new("none", "0 个"), 0),
                    Choice::number(Text::new("one", "1 个"), 1),
                    Choice::number(Text::new("three", "3 个"), 3),
                ]),
                script: || all([three(), vec![(400, Act::Flush { node: NodeId(PRODUCER) })]]),
                ms: 1_400,
                probe: |ran| requests(ran).into(),
                explain: Explain::plain(Text::new(
                    "flush() makes every batch ready, full or not: full, waited, out of memory, flushed or closed, whichever comes first.",
                    "flush() 让所有批次都就绪，不管满没满：装满、等够、内存不足、flush 或 close，谁先到谁触发。",
                )),
            }),
        },
    ],
    honest: Text::new(
        "The rules are RecordAccumulator.ready and BufferPool.allocate. The sizes here are small so that three records are enough.",
        "规则来自 RecordAccumulator.ready 与 BufferPool.allocate。这里尺寸很小，三条记录就够看清。",
    ),
    class: Class {
        vote: 2,
        likely_wrong: Text::new(
            "“None”: linger.ms is taken for a waiting time that always passes.",
            "“0 个”：以为 linger.ms 是必须等完的时间。",
        ),
        follow_up: Text::new(
            "What would a larger linger.ms cost a payment, and what would it save a log shipper?",
            "调大 linger.ms 对一笔支付意味着什么，对日志采集又省了什么？",
        ),
        notes: Text::new(
            "Run the three cases one after the other without a word; ask for the rule only then.",
            "三种情况连续运行，先不讲；最后再问规则。",
        ),
    },
};
