use crate::kafka::base::Arrange as _;
use crate::kafka::base::name;
use crate::kafka::protocol::Api;
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
use crate::lesson::Value;
use crate::lesson::scene::add_consumer;
use crate::lesson::scene::send;
use crate::lesson::thirteen::P;
use crate::lesson::thirteen::SEEN;
use crate::lesson::thirteen::filled;
use crate::lesson::thirteen::record;
use crate::lesson::thirteen::thirteen;

const fn t(en: &'static str, zh: &'static str) -> Text {
    Text::new(en, zh)
}

fn words(numbers: &[i64]) -> Vec<String> {
    numbers.iter().map(ToString::to_string).collect()
}

fn listed(numbers: &[i64]) -> String {
    words(numbers).join(", ")
}

/// The machines that a consumer asked for records since the run began.
fn asked(ran: &Ran<'_>, consumer: i32) -> Vec<i64> {
    let peers = ran.events().filter_map(|(_, entry)| match entry.kind {
        Kind::Sent { peer, api: Api::Fetch, response: false, .. } if entry.node.0 == consumer => {
            Some(i64::from(peer.0))
        }
        _ => None,
    });
    let mut peers: Vec<i64> = peers.collect();
    peers.arrange();
    peers.dedup();
    peers
}

pub(super) const E17: Card = Card {
    id: "E17",
    lesson: "L06",
    claim: t(
        "“The Kafka Controller looks a message up by its offset.”",
        "“Kafka Controller 根据 offset 查找消息。”",
    ),
    truth: t(
        "The controller keeps metadata and serves no reads. The leader broker of the partition looks the offset up in its own files.",
        "controller 只管元数据，不提供读取。由该 partition 的 leader broker 在自己的文件里查找。",
    ),
    scene: || {
        let setup = Setup::brokers(3, &[]).topic("demo", 1, 3, &[]).producer("demo", &[("linger.ms", "0")]);
        setup.at(4_000, send(None, "hello")).seen_at(5_000)
    },
    trial: Trial {
        ask: t(
            "A consumer reads demo-0. Whom does it ask for the records?",
            "consumer 读取 demo-0。它向谁要数据？",
        ),
        form: Form::Choice(&[
            Choice::word(t("the controller", "controller"), "controller"),
            Choice::word(t("the leader of the partition", "该 partition 的 leader"), "leader"),
            Choice::word(t("all three replicas in turn", "轮流问三个副本"), "all"),
        ]),
        script: || vec![(0, add_consumer(&[P], &[]))],
        ms: 3_000,
        probe: |ran| {
            let asked = asked(ran, 20_001);
            match asked.as_slice() {
                [] => Value::Nothing,
                _ if asked.contains(&3_000) => "controller".into(),
                [one] if ran.leader(P) == Some(*one) => "leader".into(),
                _ => "all".into(),
            }
        },
        explain: Explain {
            text: t(
                "It sent {} Fetch requests, all to broker {}, the leader; {} record came back.",
                "它发了 {} 个 Fetch 请求，都发给了 leader broker {}；拿回 {} 条记录。",
            ),
            parts: |ran| {
                let sent = ran.requests(20_001, Api::Fetch).to_string();
                vec![sent, listed(&asked(ran, 20_001)), ran.delivered(20_001).to_string()]
            },
        },
    },
};

pub(super) const E24: Card = Card {
    id: "E24",
    lesson: "L06",
    claim: t(
        "“A segment file is named after the largest offset of the file before it.”",
        "“segment 文件以上一个文件的最大 offset 命名。”",
    ),
    truth: t(
        "The name is the base offset: the offset of the first record in the file, one more than the last of the file before.",
        "文件名是 base offset：本文件第一条记录的 offset，即上一个文件最后一个 offset 加 1。",
    ),
    scene: || filled("600", 6).seen_at(SEEN),
    trial: Trial {
        ask: t(
            "A full file holds the offsets 0 to 5. One more record comes. What is the number of the new file?",
            "写满的文件里是 offset 0 到 5。又来一条记录。新文件的编号是多少？",
        ),
        form: Form::Choice(&[
            Choice::number(t("5", "5"), 5),
            Choice::number(t("6", "6"), 6),
            Choice::number(t("1", "1"), 1),
        ]),
        script: || vec![(0, record(6))],
        ms: 1_000,
        probe: |ran| ran.segments(1, P).get(1).copied().into(),
        explain: Explain {
            text: t(
                "The files begin with {}. The first record in the second one has its file's number as its offset.",
                "各文件的起点是 {}。第二个文件里第一条记录的 offset 就是它的文件名。",
            ),
            parts: |ran| vec![listed(&ran.segments(1, P))],
        },
    },
};

pub(super) const M40: Card = Card {
    id: "M40",
    lesson: "L06",
    claim: t(
        "“The file to open is the one whose name is strictly smaller than the offset.”",
        "“要打开的是文件名一定小于目标 offset 的那个文件。”",
    ),
    truth: t(
        "It is the floor: the largest name not above the offset. A file's own first record has exactly its file's name.",
        "是取下界（floor）：不大于目标的最大文件名。文件中第一条记录的 offset 正好等于文件名。",
    ),
    scene: || thirteen("600"),
    trial: Trial {
        ask: t(
            "The files are 0, 6 and 12. Somebody asks for offset 6. Which file does the broker open?",
            "现有文件 0、6、12。有人要 offset 6。broker 打开哪个文件？",
        ),
        form: Form::Choice(&[
            Choice::number(t("file 0: strictly smaller", "文件 0：严格小于"), 0),
            Choice::number(t("file 6: not above", "文件 6：不大于"), 6),
            Choice::number(t("file 12: the newest first", "文件 12：先看最新的"), 12),
        ]),
        script: Vec::new,
        ms: 100,
        probe: |ran| ran.search(P, 6).map(|[file, ..]| file).into(),
        explain: Explain {
            text: t(
                "File {}, index ({}, {}), {} batch read, found at byte {}. The other rule opens file 0, reads it to its end for nothing and goes on to file 6: wrong, though only slow.",
                "文件 {}，索引 ({}, {})，读 {} 个批次，在字节 {} 处找到。另一条规则会打开文件 0，白读到末尾，再去文件 6：是错的，不过只是慢。",
            ),
            parts: |ran| words(&ran.search(P, 6).unwrap_or_default()),
        },
    },
};

pub(super) const M41: Card = Card {
    id: "M41",
    lesson: "L06",
    claim: t(
        "“Every message has its index entry, and my .index has 10 MB, so it is full.”",
        "“每条消息都有一个索引项；我的 .index 有 10 MB，所以已经满了。”",
    ),
    truth: t(
        "An entry comes only after index.interval.bytes. The index of the active segment is preallocated to segment.index.bytes (10 MB) and cut to its real length when the segment is closed.",
        "每写入 index.interval.bytes 才有一项。活动 segment 的索引预分配为 segment.index.bytes（10 MB），关闭时截断到真实长度。",
    ),
    scene: || thirteen("1200"),
    trial: Trial {
        ask: t(
            "File 0 is closed and has twelve batches, file 12 is active and has one. How many bytes do their .index files have on disk?",
            "文件 0 已关闭，有十二个批次；文件 12 是活动的，有一个批次。它们的 .index 在磁盘上各有多少字节？",
        ),
        form: Form::Choice(&[
            Choice::numbers(t("96 and 8: 8 bytes a batch", "96 和 8：每批 8 字节"), &[96, 8]),
            Choice::numbers(t("40 and 10,485,760", "40 和 10485760"), &[40, 10_485_760]),
            Choice::numbers(t("10,485,760 both", "都是 10485760"), &[10_485_760, 10_485_760]),
            Choice::numbers(t("40 and 0", "40 和 0"), &[40, 0]),
        ]),
        script: Vec::new,
        ms: 100,
        probe: |ran| match (ran.index_bytes(1, P, 0), ran.index_bytes(1, P, 12)) {
            (Some(closed), Some(active)) => Value::Numbers(vec![closed, active]),
            _ => Value::Nothing,
        },
        explain: Explain {
            text: t(
                "{} entries of 8 bytes in the closed one; {} entries in the active one, whose file is nevertheless {} bytes long: almost all of it zeros.",
                "已关闭的有 {} 项，每项 8 字节；活动的有 {} 项，文件却长 {} 字节：几乎全是零。",
            ),
            parts: |ran| {
                let entries = |base| ran.index_entries(1, P, base).to_string();
                vec![entries(0), entries(12), ran.index_bytes(1, P, 12).unwrap_or(-1).to_string()]
            },
        },
    },
};

pub(super) const M43: Card = Card {
    id: "M43",
    lesson: "L06",
    claim: t("“I can delete one message.”", "“我可以删除某一条消息。”"),
    truth: t(
        "kafka-delete-records.sh moves the start of the log: everything before an offset goes, and nothing behind it.",
        "kafka-delete-records.sh 移动的是日志起点：某个 offset 之前的全部消失，之后的都保留。",
    ),
    scene: || thirteen("1200"),
    trial: Trial {
        ask: t(
            "Offset 3 of 0 to 12 is to go, so somebody deletes records before offset 4. How many does a new reader get?",
            "想删掉 0 到 12 中的 offset 3，于是执行了“删除 offset 4 之前的记录”。新的读者能读到几条？",
        ),
        form: Form::Choice(&[
            Choice::number(t("12: all but one", "12 条：只少一条"), 12),
            Choice::number(t("9: four are gone", "9 条：少了四条"), 9),
            Choice::number(t("13: files stay, so records stay", "13 条：文件还在，记录就还在"), 13),
        ]),
        script: || {
            vec![
                (0, Act::DeleteRecords { topic: name("demo"), partition: 0, before: 4 }),
                (1_000, add_consumer(&[P], &[])),
            ]
        },
        ms: 3_000,
        probe: |ran| ran.delivered(20_001).into(),
        explain: Explain {
            text: t(
                "The log now starts at {}, its end stays {}. The file is still there and still has {} batches: it goes as a whole, once all of it lies before the start.",
                "日志起点现在是 {}，末端仍是 {}。文件还在，里面仍有 {} 个批次：等整个文件都在起点之前，才会整体删除。",
            ),
            parts: |ran| {
                let end = ran.leo(1, P).unwrap_or(-1);
                words(&[ran.start(1, P).unwrap_or(-1), end, ran.batches(1, P)])
            },
        },
    },
};
