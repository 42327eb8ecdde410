use crate::kafka::base::NodeId;
use crate::lab::Act;
use crate::lab::Kind;
use crate::lesson::Card;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Ran;
use crate::lesson::Setup;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::bank::ten;
use crate::lesson::scene::add_consumer;

const fn t(en: &'static str, zh: &'static str) -> Text {
    Text::new(en, zh)
}

const P: &str = "demo-0";
const READER: i32 = 20_001;

fn kept(ran: &Ran<'_>) -> i64 {
    ran.leo(1, P).unwrap_or(0) - ran.start(1, P).unwrap_or(0)
}

pub(super) const M01: Card = Card {
    id: "M01",
    lesson: "L01",
    claim: t(
        "“A consumed message is deleted, or marked as consumed.”",
        "“消息被消费后会被删除，或被标记为已消费。”",
    ),
    truth: t(
        "Reading changes nothing in the log. Progress is one number of the reader for each partition.",
        "读取不改变日志。消费进度只是读者对每个 partition 记的一个数字。",
    ),
    scene: ten,
    trial: Trial {
        ask: t(
            "Ten records were read by one consumer, and now by a second one. How many does the log still hold?",
            "十条记录被一个 consumer 读过，现在又被第二个读了一遍。日志里还有几条？",
        ),
        form: Form::Choice(&[Choice::number(t("none", "0 条"), 0), Choice::number(t("ten", "10 条"), 10)]),
        script: || vec![(0, add_consumer(&[P], &[]))],
        ms: 3_000,
        probe: |ran| kept(ran).into(),
        explain: Explain {
            text: t(
                "{} records in {} bytes, as before. The readers were given {} and {}; each has its own position.",
                "{} 条，{} 字节，和之前一样。两个读者各拿到 {} 条和 {} 条，各有自己的 position。",
            ),
            parts: |ran| {
                let (first, second) = (ran.delivered(READER), ran.delivered(20_002));
                [kept(ran), ran.bytes(1, P), first, second].map(|n| n.to_string()).to_vec()
            },
        },
    },
};

/// Messages that the broker sent to the reader's machine since the run began.
fn sent_to_reader(ran: &Ran<'_>) -> i64 {
    let to_reader = |kind: Kind| matches!(kind, Kind::Sent { peer, .. } if peer == NodeId(READER));
    let sent = ran.events().filter(|(_, entry)| entry.node == NodeId(1) && to_reader(entry.kind));
    i64::try_from(sent.count()).unwrap_or(-1)
}

pub(super) const M02: Card = Card {
    id: "M02",
    lesson: "L01",
    claim: t("“Kafka pushes messages to its consumers.”", "“Kafka 把消息推送给 consumer。”"),
    truth: t(
        "A consumer asks with Fetch; without being asked the broker sends nothing. What nobody asks for waits in the log.",
        "consumer 用 Fetch 来要；没人来要，broker 什么也不发。没人要的数据就在日志里等着。",
    ),
    scene: || {
        Setup::brokers(1, &[]).topic("demo", 1, 1, &[]).producer("demo", &[]).consumer(&[P], &[]).scene()
    },
    trial: Trial {
        ask: t(
            "A consumer's process is killed. Then a producer writes 10 records a second for 4 seconds. How many messages does the broker send to the consumer's machine?",
            "consumer 的进程被杀掉。随后 producer 以每秒 10 条写 4 秒。broker 向 consumer 的机器发多少条消息？",
        ),
        form: Form::Choice(&[
            Choice::number(t("none", "0 条"), 0),
            Choice::number(t("one for each record: about 40", "每条记录一条：约 40 条"), 40),
            Choice::number(t("one, and then it gives up", "一条，然后放弃"), 1),
        ]),
        script: || {
            vec![
                (0, Act::Crash { node: NodeId(READER) }),
                (1_000, Act::SetRate { node: NodeId(10_001), rate: 10 }),
            ]
        },
        ms: 5_000,
        probe: |ran| sent_to_reader(ran).into(),
        explain: Explain {
            text: t(
                "{} messages, while {} records were written. When the consumer comes back it asks for what lies behind its position, and nothing is missing.",
                "{} 条，而这期间写入了 {} 条记录。consumer 回来后会要 position 之后的数据，一条不少。",
            ),
            parts: |ran| vec![sent_to_reader(ran).to_string(), kept(ran).to_string()],
        },
    },
};
