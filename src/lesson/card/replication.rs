//! Claims about replication.

use crate::lesson::Card;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::rig::ALL_ONCE;
use crate::lesson::rig::P;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::READER;
use crate::lesson::rig::acked;
use crate::lesson::rig::after_20_and_46;
use crate::lesson::rig::all;
use crate::lesson::rig::back;
use crate::lesson::rig::comes_back;
use crate::lesson::rig::crash;
use crate::lesson::rig::held_and_behind;
use crate::lesson::rig::hold_fetches;
use crate::lesson::rig::one_each;
use crate::lesson::rig::one_in_sync;
use crate::lesson::rig::rejoined_at;
use crate::lesson::rig::restart;
use crate::lesson::rig::sends;
use crate::lesson::rig::ten_eight_five;
use crate::lesson::rig::three_producers;
use crate::lesson::rig::trio;
use crate::lesson::rig::trio_read;
use crate::lesson::rig::two_more;

pub(super) const E11: Card = Card {
    id: "E11",
    lesson: "L10",
    claim: Text::new(
        "The high watermark is the smallest LEO of all replicas.",
        "HW 是同一 partition 所有副本中最小的 LEO。",
    ),
    truth: Text::new(
        "It is the smallest LEO of the replicas in sync. Who is out of the ISR does not hold it back.",
        "它是 ISR 中最小的 LEO。不在 ISR 里的副本不会拖住它。",
    ),
    scene: ten_eight_five,
    trial: Trial {
        ask: Text::new(
            "LEOs 10, 8 and 5; the third replica is out of the ISR. What is the HW?",
            "LEO 为 10、8、5；第三个副本不在 ISR。HW 是多少？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("5, as claimed", "5，如所说"), 5),
            Choice::number(Text::new("8", "8"), 8),
            Choice::number(Text::new("10", "10"), 10),
        ]),
        script: two_more,
        ms: 2_500,
        probe: |ran| ran.hw(1, P).into(),
        explain: Explain {
            text: Text::new("HW is {}, the ISR {}.", "HW 是 {},ISR 是 {}。"),
            parts: |ran| vec![ran.hw(1, P).unwrap_or(-1).to_string(), format!("{:?}", ran.isr(P))],
        },
    },
};

pub(super) const E12: Card = Card {
    id: "E12",
    lesson: "L10",
    claim: Text::new("LEO is the largest offset of the partition.", "LEO 是 partition 里最大的 offset。"),
    truth: Text::new(
        "It is the offset that the next record will get: the last one plus one. Each replica has its own.",
        "它是下一条记录将得到的 offset：最后一条加一。每个副本各有一个。",
    ),
    scene: trio_read,
    trial: Trial {
        ask: Text::new(
            "Five records are sent to an empty partition. What is its LEO?",
            "向空 partition 发五条。LEO 是多少？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("4, as claimed", "4，如所说"), 4),
            Choice::number(Text::new("5", "5"), 5),
        ]),
        script: || sends(PRODUCER, 200, 20, 5),
        ms: 2_000,
        probe: |ran| ran.leo(1, P).into(),
        explain: Explain {
            text: Text::new(
                "LEO is {}, the last record has offset {}.",
                "LEO 是 {}，最后一条的 offset 是 {}。",
            ),
            parts: |ran| {
                let leo = ran.leo(1, P).unwrap_or(-1);
                vec![leo.to_string(), (leo - 1).to_string()]
            },
        },
    },
};

pub(super) const E19: Card = Card {
    id: "E19",
    lesson: "L11",
    claim: Text::new(
        "A failed replica comes back when its speed is near the leader's again.",
        "失效副本在速率接近时重新加入。",
    ),
    truth: Text::new(
        "It rejoins as soon as its LEO has reached the leader's HW (and the start of the leader's epoch). No rate is measured.",
        "只要 LEO 达到 leader 的 HW（以及 leader 当前 epoch 的起点）就归队。没有人测量速率。",
    ),
    scene: comes_back,
    trial: Trial {
        ask: Text::new(
            "Broker 2 restarts while the leader is written to. Where does its log end when it is back in the ISR?",
            "broker 2 重启，leader 正被写入。它回到 ISR 时日志到哪里？",
        ),
        form: Form::Choice(&[
            Choice::word(
                Text::new("still below the HW: its speed was enough", "仍低于 HW：速率够了"),
                "below",
            ),
            Choice::word(
                Text::new("at the HW or above, behind the leader's end", "达到 HW，但落后于 leader 末端"),
                "hw",
            ),
            Choice::word(Text::new("exactly at the leader's end", "正好在 leader 末端"), "leo"),
        ]),
        script: back,
        ms: 12_000,
        probe: |ran| rejoined_at(ran).into(),
        explain: Explain::plain(Text::new(
            "The leader asked for it at the HW; the controller's record took a moment, and the log grew meanwhile.",
            "leader 在它达到 HW 时提出请求；controller 写记录要一会儿，其间日志又增长了。",
        )),
    },
};

pub(super) const M27: Card = Card {
    id: "M27",
    lesson: "L11",
    claim: Text::new("acks=all waits for all replicas.", "acks=all 会等待所有副本。"),
    truth: Text::new(
        "It waits for all that are in sync, which may be the leader alone.",
        "它等的是所有同步副本，可能只有 leader 一个。",
    ),
    scene: || {
        trio(&[("min.insync.replicas", "1")], ALL_ONCE)
            .at(4_500, crash(2))
            .at(4_500, crash(3))
            .seen_at(18_000)
    },
    trial: Trial {
        ask: Text::new(
            "Two of three replicas are down and out of the ISR; min.insync.replicas is 1. What does acks=all get?",
            "三个副本坏了两个，已出 ISR;min.insync.replicas 为 1。acks=all 得到什么？",
        ),
        form: Form::Choice(&[
            Choice::word(Text::new("an acknowledgement", "确认"), "acked"),
            Choice::word(Text::new("no answer: two are missing", "没有响应：缺两个"), "waits"),
            Choice::word(Text::new("an error", "错误"), "failed"),
        ]),
        script: || sends(PRODUCER, 200, 0, 1),
        ms: 3_000,
        probe: |ran| {
            match (ran.acked(PRODUCER), ran.failed(PRODUCER)) {
                (0, 0) => "waits",
                (0, _) => "failed",
                _ => "acked",
            }
            .into()
        },
        explain: Explain {
            text: Text::new(
                "The ISR is {}: one copy was enough. Lose that broker, and the record is gone.",
                "ISR 是 {}：一份就够。丢了那台 broker，记录就没了。",
            ),
            parts: |ran| vec![format!("{:?}", ran.isr(P))],
        },
    },
};

pub(super) const M28: Card = Card {
    id: "M28",
    lesson: "L11",
    claim: Text::new("min.insync.replicas protects every write.", "min.insync.replicas 保护每一次写入。"),
    truth: Text::new(
        "A leader looks at it for acks=all only; a write with acks=1 is accepted.",
        "leader 只对 acks=all 检查它；acks=1 的写入会被接受。",
    ),
    scene: one_in_sync,
    trial: Trial {
        ask: Text::new(
            "One in sync, two wanted. What is acknowledged: acks=all, acks=1, acks=0?",
            "同步一个，要求两个。确认哪些：acks=all、acks=1、acks=0?",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("none, as claimed", "都不，如所说"), &[0, 0, 0]),
            Choice::numbers(Text::new("acks=1 and acks=0", "acks=1 和 acks=0"), &[0, 1, 1]),
            Choice::numbers(Text::new("all three", "三个都是"), &[1, 1, 1]),
        ]),
        script: one_each,
        ms: 3_000,
        probe: |ran| Value::Numbers(acked(ran).to_vec()),
        explain: Explain {
            text: Text::new("acks=all got {}.", "acks=all 得到 {}。"),
            parts: |ran| vec![ran.error(PRODUCER).unwrap_or_default()],
        },
    },
};

pub(super) const M31: Card = Card {
    id: "M31",
    lesson: "L10",
    claim: Text::new("A record can be read as soon as the leader has it.", "leader 一写入，记录就可读。"),
    truth: Text::new("It can be read when it is below the high watermark.", "低于 HW 时才可读。"),
    scene: trio_read,
    trial: Trial {
        ask: Text::new(
            "Both followers' fetches are held. One record is sent. How many records is the consumer given within two seconds?",
            "两个 follower 的 fetch 都被卡住。发送一条。两秒内 consumer 拿到几条？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("one, as claimed", "1 条，如所说"), 1),
            Choice::number(Text::new("none", "0 条"), 0),
        ]),
        script: || all([vec![(0, hold_fetches(2, 1)), (0, hold_fetches(3, 1))], sends(PRODUCER, 700, 0, 1)]),
        ms: 2_700,
        probe: |ran| ran.delivered(READER).into(),
        explain: Explain {
            text: Text::new("LEO {}, HW {}.", "LEO {},HW {}。"),
            parts: |ran| {
                vec![ran.leo(1, P).unwrap_or(-1).to_string(), ran.hw(1, P).unwrap_or(-1).to_string()]
            },
        },
    },
};

pub(super) const M32: Card = Card {
    id: "M32",
    lesson: "L11",
    claim: Text::new("A follower that is alive stays in the ISR.", "活着的 follower 就一直在 ISR 里。"),
    truth: Text::new(
        "It must have caught up with the leader's end within replica.lag.time.max.ms, 30 s.",
        "它必须在 replica.lag.time.max.ms（30 秒）内追上过 leader 末端。",
    ),
    scene: || three_producers().scene(),
    trial: Trial {
        ask: Text::new(
            "Broker 2 runs, its fetches are held, and a record is written. Is it in the ISR after 20 s, after 46 s?",
            "broker 2 在运行，但 fetch 被卡住，又写入一条记录。20 秒后、46 秒后还在 ISR 吗？",
        ),
        form: Form::Choice(&[
            Choice::word(Text::new("in, in, as claimed", "在、在，如所说"), "in, in"),
            Choice::word(Text::new("in, then out", "在、不在"), "in, out"),
            Choice::word(Text::new("out, out", "不在、不在"), "out, out"),
        ]),
        script: held_and_behind,
        ms: 46_500,
        probe: |ran| after_20_and_46(ran).into(),
        explain: Explain {
            text: Text::new("The ISR is {} now.", "现在 ISR 是 {}。"),
            parts: |ran| vec![format!("{:?}", ran.isr(P))],
        },
    },
};

pub(super) const M36: Card = Card {
    id: "M36",
    lesson: "L11",
    claim: Text::new(
        "A restarted broker leads its partitions again at once.",
        "重启的 broker 会立刻拿回它的 leader。",
    ),
    truth: Text::new(
        "It comes back as a follower. Preferred leaders are looked at every five minutes, or by command.",
        "它以 follower 身份回来。首选 leader 每五分钟检查一次，或由命令触发。",
    ),
    scene: || trio(&[], &[("linger.ms", "0")]).at(4_500, crash(1)).seen_at(18_000),
    trial: Trial {
        ask: Text::new(
            "Broker 1 led demo-0, crashed, and restarts now. Who leads 20 s later?",
            "broker 1 曾是 demo-0 的 leader，崩溃后现在重启。20 秒后谁是 leader？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("broker 1, as claimed", "broker 1，如所说"), 1),
            Choice::number(Text::new("broker 2", "broker 2"), 2),
            Choice::number(Text::new("broker 3", "broker 3"), 3),
        ]),
        script: || vec![(0, restart(1))],
        ms: 20_000,
        probe: |ran| ran.leader(P).into(),
        explain: Explain {
            text: Text::new(
                "Broker {} leads; replicas are assigned as {}.",
                "leader 是 broker {}；副本分配为 {}。",
            ),
            parts: |ran| vec![ran.leader(P).unwrap_or(-1).to_string(), format!("{:?}", ran.ar(P))],
        },
    },
};
