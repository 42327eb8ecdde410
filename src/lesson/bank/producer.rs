//! The producer: threads, batches, memory, retries.

use crate::kafka::base::NodeId;
use crate::kafka::protocol::Api;
use crate::lab::Act;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Level;
use crate::lesson::Question;
use crate::lesson::Setup;
use crate::lesson::Tag;
use crate::lesson::Text;
use crate::lesson::Topic;
use crate::lesson::Trial;
use crate::lesson::rig::P;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::SECOND;
use crate::lesson::rig::all;
use crate::lesson::rig::big_sends;
use crate::lesson::rig::crash;
use crate::lesson::rig::hold_produce;
use crate::lesson::rig::into_the_wall;
use crate::lesson::rig::landed;
use crate::lesson::rig::restart;
use crate::lesson::rig::sends;
use crate::lesson::rig::single;
use crate::lesson::rig::small_memory;
use crate::lesson::rig::stored;
use crate::lesson::scene::send;

pub(super) const Q38: Question = Question {
    id: "Q38",
    lesson: "L08",
    level: Level::Senior,
    topic: Topic::Producer,
    tags: &[Tag::Classic],
    ask: Text::new(
        "What is the producer client made of, and how many threads has it?",
        "生产者客户端的整体结构是怎样的？有几个线程？",
    ),
    answer: Text::new(
        "The application's thread runs interceptor, serializers and partitioner and drops the record into the accumulator's queue of its partition. The Sender thread drains ready batches by broker.",
        "应用线程依次经过 interceptor、serializer、partitioner，把记录放进 accumulator 中对应 partition 的队列。Sender 线程按 broker 取走就绪的批。",
    ),
    points: [
        Text::new(
            "two threads and a queue a partition between them",
            "两个线程，中间每个 partition 一个队列",
        ),
        Text::new("buffer.memory bounds what waits", "buffer.memory 限制等待的总量"),
        Text::new("callbacks run on the Sender", "回调在 Sender 线程运行"),
    ],
    follow_up: Text::new("What does a slow callback do?", "回调很慢会怎样？"),
    outdated: None,
    scene: || {
        single(&[
            ("buffer.memory", "1500"),
            ("batch.size", "500"),
            ("linger.ms", "0"),
            ("max.block.ms", "5000"),
        ])
        .scene()
    },
    trial: Trial {
        ask: Text::new(
            "The Sender's requests are held. buffer.memory has room for three batches of one record each. How many of eight send() calls return?",
            "Sender 的请求被卡住。buffer.memory 只够三个批，每批一条记录。八次 send() 有几次返回？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("three: as many as the memory holds", "3 次：内存够几条就几条"), 3),
            Choice::number(Text::new("five: the requests in flight", "5 次：在途请求数"), 5),
            Choice::number(Text::new("all eight: send() is asynchronous", "8 次：send() 是异步的"), 8),
        ]),
        script: || all([vec![(0, hold_produce(PRODUCER, 1))], big_sends(8)]),
        ms: 1_500,
        probe: |ran| ran.returned(PRODUCER).into(),
        explain: Explain {
            text: Text::new(
                "{} returned; the next one stands inside send() and waits for {}.",
                "{} 次返回；下一次停在 send() 里等 {}。",
            ),
            parts: |ran| {
                vec![ran.returned(PRODUCER).to_string(), ran.blocked(PRODUCER).unwrap_or_default().to_owned()]
            },
        },
    },
};

pub(super) const Q39: Question = Question {
    id: "Q39",
    lesson: "L08",
    level: Level::Middle,
    topic: Topic::Producer,
    tags: &[Tag::Classic],
    ask: Text::new(
        "In which order do interceptor, serializer and partitioner work?",
        "分区器、序列化器、拦截器的处理顺序是什么？",
    ),
    answer: Text::new(
        "Interceptor, then key and value serializer, then partitioner (KafkaProducer.doSend).",
        "先 interceptor，再 key 与 value 的 serializer，最后 partitioner(KafkaProducer.doSend)。",
    ),
    points: [
        Text::new("the interceptor may change the record", "interceptor 可以修改记录"),
        Text::new("the partitioner hashes serialized bytes", "partitioner 对序列化后的字节做哈希"),
        Text::new("metadata is fetched in between", "其间要取元数据"),
    ],
    follow_up: Text::new("What happens when an interceptor throws?", "interceptor 抛异常会怎样？"),
    outdated: None,
    scene: || {
        Setup::brokers(1, &[])
            .seed(5)
            .topic("demo", 3, 1, &[])
            .producer("demo", &[("linger.ms", "0"), ("interceptor.classes", "demo.UpperCaseKey")])
            .scene()
    },
    trial: Trial {
        ask: Text::new(
            "Three partitions: d hashes to 2, D to 0. The application sends d, and an interceptor writes keys in capitals. Which partition gets the record?",
            "三个 partition：d 落在 2，D 落在 0。应用发送 d，而 interceptor 会把 key 改成大写。记录落在哪个 partition？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("2", "2"), 2),
            Choice::number(Text::new("0", "0"), 0),
            Choice::number(Text::new("1", "1"), 1),
        ]),
        script: || vec![(200, send(Some("d"), "x"))],
        ms: 1_500,
        probe: |ran| landed(ran, 3).into(),
        explain: Explain {
            text: Text::new(
                "Partition {}: the partitioner came after the interceptor.",
                "partition {}:partitioner 在 interceptor 之后。",
            ),
            parts: |ran| vec![landed(ran, 3).unwrap_or(-1).to_string()],
        },
    },
};

pub(super) const Q40: Question = Question {
    id: "Q40",
    lesson: "L09",
    level: Level::Junior,
    topic: Topic::Producer,
    tags: &[Tag::Outdated],
    ask: Text::new("How do batch.size and linger.ms work together?", "batch.size 与 linger.ms 是什么关系？"),
    answer: Text::new(
        "Whichever comes first: the batch is full, or it has waited. Memory pressure, flush() and close() send it too.",
        "谁先到谁触发：批满，或等够。内存不足、flush()、close() 也会触发。",
    ),
    points: [
        Text::new("or, not and", "是“或”，不是“且”"),
        Text::new("linger.ms is 5 since 4.0, 0 before", "linger.ms 4.0 起为 5，之前为 0"),
        Text::new("batches grow by themselves while requests are under way", "请求在途时批会自己变大"),
    ],
    follow_up: Text::new("What does linger.ms 0 do under load?", "高负载下 linger.ms 为 0 会怎样？"),
    outdated: Some(Text::new(
        "“linger.ms is 0 by default”: true up to 3.9.",
        "“linger.ms 默认 0”：到 3.9 为止。",
    )),
    scene: || single(&[("linger.ms", "50")]).scene(),
    trial: Trial {
        ask: Text::new(
            "Three small records in 20 ms, linger.ms 50. How many Produce requests?",
            "20 毫秒内三条小记录，linger.ms 为 50。几个 Produce 请求？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("1", "1"), 1),
            Choice::number(Text::new("3", "3"), 3),
            Choice::number(Text::new("none: the batch is not full", "0：批没满"), 0),
        ]),
        script: || sends(PRODUCER, 200, 10, 3),
        ms: 1_500,
        probe: |ran| ran.requests(PRODUCER, Api::Produce).into(),
        explain: Explain {
            text: Text::new(
                "{} request: 50 ms were over long before 16,384 bytes were there.",
                "{} 个请求：50 毫秒早就到了，16384 字节还差得远。",
            ),
            parts: |ran| vec![ran.requests(PRODUCER, Api::Produce).to_string()],
        },
    },
};

pub(super) const Q41: Question = Question {
    id: "Q41",
    lesson: "L04",
    level: Level::Junior,
    topic: Topic::Producer,
    tags: &[Tag::Classic],
    ask: Text::new("How is the partition of a record chosen?", "生产者如何选择 partition？"),
    answer: Text::new(
        "The one that is named; else murmur2 of the key; else the sticky partition, changed after batch.size bytes.",
        "指定了就用指定的；否则对 key 做 murmur2；再否则用粘性分区，写满 batch.size 字节后切换。",
    ),
    points: [
        Text::new("an explicit partition wins over the key", "显式 partition 优先于 key"),
        Text::new("murmur2(key) & 0x7fffffff mod n", "murmur2(key) & 0x7fffffff 对 n 取模"),
        Text::new("without a key: sticky, not round robin", "无 key：粘性，不是轮询"),
    ],
    follow_up: Text::new("And when a partition is added?", "增加 partition 之后呢？"),
    outdated: Some(Text::new("“Round robin without a key”: true before 2.4.", "“无 key 轮询”：2.4 之前。")),
    scene: || {
        Setup::brokers(1, &[])
            .seed(5)
            .topic("demo", 3, 1, &[])
            .producer("demo", &[("linger.ms", "0")])
            .scene()
    },
    trial: Trial {
        ask: Text::new("Three partitions, key user-3. Which one?", "三个 partition,key 为 user-3。去哪个？"),
        form: Form::Choice(&[
            Choice::number(Text::new("0", "0"), 0),
            Choice::number(Text::new("1", "1"), 1),
            Choice::number(Text::new("2", "2"), 2),
        ]),
        script: || vec![(200, send(Some("user-3"), "x"))],
        ms: 1_500,
        probe: |ran| landed(ran, 3).into(),
        explain: Explain {
            text: Text::new(
                "Partition {}: the same in every client that uses murmur2.",
                "partition {}：所有使用 murmur2 的客户端都一样。",
            ),
            parts: |ran| vec![landed(ran, 3).unwrap_or(-1).to_string()],
        },
    },
};

pub(super) const Q42: Question = Question {
    id: "Q42",
    lesson: "L08",
    level: Level::Junior,
    topic: Topic::Producer,
    tags: &[],
    ask: Text::new(
        "Synchronous, asynchronous, fire and forget; what is flush() for?",
        "同步、异步、发后不管；flush() 有什么用？",
    ),
    answer: Text::new(
        "get() waits for one record, a callback is told, neither makes anything leave. flush() and close() send what waits and wait for it.",
        "get() 等一条，回调通知结果，都不会催发送。flush() 和 close() 把等待的发出去并等完成。",
    ),
    points: [
        Text::new("send() has stored nothing yet", "send() 返回时什么也没存"),
        Text::new("close() before exit", "退出前要 close()"),
        Text::new("errors come in the callback", "错误在回调里"),
    ],
    follow_up: Text::new("What does get() after each send() cost?", "每次 send() 后 get() 的代价是什么？"),
    outdated: None,
    scene: || single(&[]).scene(),
    trial: Trial {
        ask: Text::new(
            "A script sends ten records with the default linger.ms 5 and exits a millisecond later, without flush(). How many are stored?",
            "脚本用默认 linger.ms 5 发送十条，一毫秒后退出，没有 flush()。存下几条？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("0", "0"), 0),
            Choice::number(Text::new("10", "10"), 10),
        ]),
        script: || {
            all([sends(PRODUCER, 500, 0, 10), vec![(501, Act::RemoveClient { node: NodeId(PRODUCER) })]])
        },
        ms: 2_000,
        probe: |ran| stored(ran, P).into(),
        explain: Explain {
            text: Text::new(
                "The log's end is {}: all ten were in the accumulator of a process that is gone.",
                "日志末端是 {}：十条都在已退出进程的 accumulator 里。",
            ),
            parts: |ran| vec![stored(ran, P).to_string()],
        },
    },
};

pub(super) const Q43: Question = Question {
    id: "Q43",
    lesson: "L09",
    level: Level::Middle,
    topic: Topic::Producer,
    tags: &[],
    ask: Text::new("What happens when buffer.memory is used up?", "缓冲区 buffer.memory 满了会怎样？"),
    answer: Text::new(
        "send() blocks for at most max.block.ms (60 s), then fails with a TimeoutException.",
        "send() 最多阻塞 max.block.ms（60 秒），然后以 TimeoutException 失败。",
    ),
    points: [
        Text::new("nothing is dropped silently", "不会悄悄丢弃"),
        Text::new("the application is slowed: back-pressure", "拖慢应用：反压"),
        Text::new("memory comes back with each answer", "每个响应归还内存"),
    ],
    follow_up: Text::new("Which metric would have warned you?", "哪个指标会提前告警？"),
    outdated: None,
    scene: small_memory,
    trial: Trial {
        ask: Text::new(
            "Nothing is answered, the application goes on sending. What is the state after a second?",
            "没有任何响应，应用继续发送。一秒后是什么状态？",
        ),
        form: Form::Choice(&[
            Choice::word(Text::new("records were dropped", "记录被丢弃"), "dropped"),
            Choice::word(Text::new("send() is blocked", "send() 被阻塞"), "blocked"),
            Choice::word(Text::new("the buffer has grown", "缓冲区变大了"), "grown"),
        ]),
        script: into_the_wall,
        ms: 1_200,
        probe: |ran| {
            match (ran.failed(PRODUCER), ran.blocked(PRODUCER)) {
                (0, Some(_)) => "blocked",
                (0, None) => "grown",
                _ => "dropped",
            }
            .into()
        },
        explain: Explain {
            text: Text::new(
                "{} records lie in the pool or wait for it, none has failed.",
                "{} 条在缓冲池里或等着进入，没有一条失败。",
            ),
            parts: |ran| vec![ran.pending(PRODUCER).to_string()],
        },
    },
};

pub(super) const Q44: Question = Question {
    id: "Q44",
    lesson: "L09",
    level: Level::Senior,
    topic: Topic::Producer,
    tags: &[],
    ask: Text::new(
        "How do retries and delivery.timeout.ms play together?",
        "retries 与 delivery.timeout.ms 是什么关系？",
    ),
    answer: Text::new(
        "retries is practically unlimited; delivery.timeout.ms (120 s from send() on) decides. It must be at least linger.ms + request.timeout.ms.",
        "retries 几乎无限；由 delivery.timeout.ms（从 send() 起 120 秒）决定。它不得小于 linger.ms + request.timeout.ms。",
    ),
    points: [
        Text::new("limit the time, not the number", "限制时间而不是次数"),
        Text::new("retries need idempotence to keep order", "要保序，重试需配合幂等"),
        Text::new("after it: the callback gets an error", "超时后回调得到错误"),
    ],
    follow_up: Text::new("What is lost when the process dies meanwhile?", "这期间进程退出会丢什么？"),
    outdated: None,
    scene: || single(&[]).at(3_900, crash(1)).seen_at(4_000),
    trial: Trial {
        ask: Text::new(
            "The only broker is away for 20 s; the record was sent meanwhile. What does its callback get within the minute?",
            "唯一的 broker 离开 20 秒，其间发送一条。一分钟内回调得到什么？",
        ),
        form: Form::Choice(&[
            Choice::word(Text::new("an error: retries are used up", "错误：重试用尽"), "failed"),
            Choice::word(Text::new("success", "成功"), "acked"),
            Choice::word(Text::new("nothing yet", "还没有结果"), "pending"),
        ]),
        script: || all([sends(PRODUCER, 500, 0, 1), vec![(20_000, restart(1))]]),
        ms: 60_000,
        probe: |ran| {
            match (ran.acked(PRODUCER), ran.failed(PRODUCER)) {
                (0, 0) => "pending",
                (_, 0) => "acked",
                _ => "failed",
            }
            .into()
        },
        explain: Explain {
            text: Text::new(
                "{} acknowledged: the producer kept trying, and 120 s were not over.",
                "确认 {} 条：producer 一直在重试，120 秒还没到。",
            ),
            parts: |ran| vec![ran.acked(PRODUCER).to_string()],
        },
    },
};

pub(super) const Q45: Question = Question {
    id: "Q45",
    lesson: "L09",
    level: Level::Middle,
    topic: Topic::Producer,
    tags: &[],
    ask: Text::new("Where is data compressed?", "压缩在哪一端完成？"),
    answer: Text::new(
        "In the producer, a batch at a time. The broker keeps the bytes as they are (compression.type=producer), the consumer unpacks them.",
        "在 producer 端按批压缩。broker 原样保存（compression.type=producer），consumer 解压。",
    ),
    points: [
        Text::new("per batch: larger batches compress better", "按批压缩：批越大压得越好"),
        Text::new("the broker does not unpack to store", "broker 存储时不解压"),
        Text::new("a different topic codec makes it do so", "topic 指定其他算法才会重压"),
    ],
    follow_up: Text::new("What costs CPU on the broker then?", "那 broker 的 CPU 花在哪？"),
    outdated: None,
    scene: || {
        Setup::brokers(1, &[])
            .seed(5)
            .topic("demo", 1, 1, &[])
            .topic("large", 1, 1, &[])
            .producer("demo", &[("compression.type", "gzip"), ("batch.size", "0"), ("linger.ms", "0")])
            .producer("large", &[("compression.type", "gzip"), ("linger.ms", "1000")])
            .scene()
    },
    trial: Trial {
        ask: Text::new(
            "The same 100 records with gzip: in the smallest batches that there are, or in one batch. Compare the bytes on the broker's disk.",
            "同样 100 条记录用 gzip：分成最小的批，或全部一个批。比较 broker 磁盘上的字节数。",
        ),
        form: Form::Choice(&[
            Choice::word(Text::new("equal", "相等"), "equal"),
            Choice::word(Text::new("the large batch is smaller", "大批更小"), "smaller"),
            Choice::word(Text::new("the large batch is larger", "大批更大"), "larger"),
        ]),
        script: || all([sends(PRODUCER, 200, 0, 100), sends(SECOND, 200, 0, 100)]),
        ms: 3_000,
        probe: |ran| {
            match ran.bytes(1, "large-0").cmp(&ran.bytes(1, "demo-0")) {
                std::cmp::Ordering::Less => "smaller",
                std::cmp::Ordering::Equal => "equal",
                std::cmp::Ordering::Greater => "larger",
            }
            .into()
        },
        explain: Explain {
            text: Text::new(
                "{} small batches take {} bytes, {} large one takes {}.",
                "{} 个小批占 {} 字节，{} 个大批占 {} 字节。",
            ),
            parts: |ran| {
                vec![
                    ran.batches(1, "demo-0").to_string(),
                    ran.bytes(1, "demo-0").to_string(),
                    ran.batches(1, "large-0").to_string(),
                    ran.bytes(1, "large-0").to_string(),
                ]
            },
        },
    },
};
