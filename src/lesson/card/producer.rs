//! Claims about the producer.

use crate::kafka::base::NodeId;
use crate::kafka::protocol::Api;
use crate::lab::Act;
use crate::lesson::Card;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::rig::P;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::all;
use crate::lesson::rig::into_the_wall;
use crate::lesson::rig::sends;
use crate::lesson::rig::single;
use crate::lesson::rig::small_memory;
use crate::lesson::rig::stored;

pub(super) const E21: Card = Card {
    id: "E21",
    lesson: "L09",
    claim: Text::new(
        "A batch is sent when it is full; only else does linger.ms count.",
        "batch.size 达到才发送，未达到就必须等 linger.ms。",
    ),
    truth: Text::new(
        "Full, waited, out of memory, flushed or closed: any one of them is enough.",
        "装满、等够、内存不足、flush 或 close：任意一个即可。",
    ),
    scene: || single(&[("linger.ms", "10000")]).scene(),
    trial: Trial {
        ask: Text::new(
            "linger.ms is 10 s and the batch nearly empty. The application calls flush(). Requests within a second?",
            "linger.ms 为 10 秒，批几乎是空的。应用调用 flush()。一秒内几个请求？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("none, as claimed", "0，如所说"), 0),
            Choice::number(Text::new("one", "1"), 1),
        ]),
        script: || all([sends(PRODUCER, 200, 10, 2), vec![(400, Act::Flush { node: NodeId(PRODUCER) })]]),
        ms: 1_400,
        probe: |ran| ran.requests(PRODUCER, Api::Produce).into(),
        explain: Explain {
            text: Text::new("{} request: flush() made the batch ready.", "{} 个请求：flush() 让批就绪。"),
            parts: |ran| vec![ran.requests(PRODUCER, Api::Produce).to_string()],
        },
    },
};

pub(super) const M24: Card = Card {
    id: "M24",
    lesson: "L08",
    claim: Text::new("send() returned, so the record is stored.", "send() 返回了，消息就存好了。"),
    truth: Text::new(
        "It is in the producer's memory. Wait for the callback, or flush() and close() before you exit.",
        "它还在 producer 内存里。要等回调，或在退出前 flush() 和 close()。",
    ),
    scene: || single(&[]).scene(),
    trial: Trial {
        ask: Text::new(
            "Ten records, then the process ends a millisecond later. How many are in the log?",
            "十条记录，一毫秒后进程结束。日志里有几条？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("ten, as claimed", "10，如所说"), 10),
            Choice::number(Text::new("none", "0"), 0),
        ]),
        script: || {
            all([sends(PRODUCER, 500, 0, 10), vec![(501, Act::RemoveClient { node: NodeId(PRODUCER) })]])
        },
        ms: 2_000,
        probe: |ran| stored(ran, P).into(),
        explain: Explain {
            text: Text::new("The log's end is {}.", "日志末端是 {}。"),
            parts: |ran| vec![stored(ran, P).to_string()],
        },
    },
};

pub(super) const M25: Card = Card {
    id: "M25",
    lesson: "L09",
    claim: Text::new("A batch must be full before it is sent.", "批必须装满才会发送。"),
    truth: Text::new(
        "With linger.ms 0 a batch of one record leaves at once.",
        "linger.ms 为 0 时，一条记录的批也立刻发送。",
    ),
    scene: || single(&[("linger.ms", "0")]).scene(),
    trial: Trial {
        ask: Text::new(
            "One small record, batch.size 16384, linger.ms 0. How many records are acknowledged after half a second?",
            "一条小记录，batch.size 16384,linger.ms 0。半秒后确认几条？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("none, as claimed", "0，如所说"), 0),
            Choice::number(Text::new("one", "1"), 1),
        ]),
        script: || sends(PRODUCER, 100, 0, 1),
        ms: 600,
        probe: |ran| ran.acked(PRODUCER).into(),
        explain: Explain {
            text: Text::new("It took {} batch of one record.", "用了 {} 个只有一条的批。"),
            parts: |ran| vec![ran.batches(1, P).to_string()],
        },
    },
};

pub(super) const M26: Card = Card {
    id: "M26",
    lesson: "L09",
    claim: Text::new("When the buffer is full records are dropped.", "缓冲区满了就会丢消息。"),
    truth: Text::new(
        "send() blocks for up to max.block.ms and then fails loudly.",
        "send() 最多阻塞 max.block.ms，然后明确报错。",
    ),
    scene: small_memory,
    trial: Trial {
        ask: Text::new(
            "Nothing is answered and memory is used up. How many records have failed after a second?",
            "没有响应，内存用尽。一秒后有几条失败？",
        ),
        form: Form::Choice(&[
            Choice::word(Text::new("some, as claimed", "有，如所说"), "yes"),
            Choice::word(Text::new("none: send() waits", "没有：send() 在等"), "no"),
        ]),
        script: into_the_wall,
        ms: 1_200,
        probe: |ran| (ran.failed(PRODUCER) > 0).into(),
        explain: Explain {
            text: Text::new("{} wait; send() is blocked on {}.", "{} 条在等；send() 卡在 {}。"),
            parts: |ran| {
                vec![ran.pending(PRODUCER).to_string(), ran.blocked(PRODUCER).unwrap_or_default().to_owned()]
            },
        },
    },
};
