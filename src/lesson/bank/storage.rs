use crate::kafka::base::Arrange as _;
use crate::kafka::base::NodeId;
use crate::kafka::base::name;
use crate::kafka::client::producer::Values;
use crate::kafka::client::producer::Workload;
use crate::lab::Act;
use crate::lab::Configs;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Level;
use crate::lesson::Question;
use crate::lesson::Ran;
use crate::lesson::Scene;
use crate::lesson::Setup;
use crate::lesson::Tag;
use crate::lesson::Text;
use crate::lesson::Topic;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::scene::add_producer;
use crate::lesson::scene::send_from;
use crate::lesson::thirteen::P;
use crate::lesson::thirteen::SEEN;
use crate::lesson::thirteen::filled;
use crate::lesson::thirteen::record;
use crate::lesson::thirteen::thirteen;

const fn t(en: &'static str, zh: &'static str) -> Text {
    Text::new(en, zh)
}

fn listed(numbers: &[i64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Names of `.log` files, from base offsets.
fn files(bases: &[i64]) -> String {
    bases.iter().map(|base| format!("{base:020}.log")).collect::<Vec<_>>().join(", ")
}

pub(super) const Q10: Question = Question {
    id: "Q10",
    lesson: "L06",
    level: Level::Middle,
    topic: Topic::Storage,
    tags: &[Tag::Classic],
    ask: t("Describe the directory of a log.", "简述 Kafka 日志的目录结构。"),
    answer: t(
        "One directory for each replica, called topic-partition. In it, for each segment, .log, .index and .timeindex, named after the offset of its first record in twenty digits; further .snapshot and .txnindex, and once a directory leader-epoch-checkpoint and partition.metadata.",
        "每个 replica 一个目录，名为 topic-分区号。其中每个 segment 有 .log、.index、.timeindex，文件名是第一条记录的 offset，写成二十位；另有 .snapshot、.txnindex，以及每个目录一份的 leader-epoch-checkpoint 和 partition.metadata。",
    ),
    points: [
        t(
            "The file name is the base offset: the offset of the first record in it.",
            "文件名是 base offset：文件中第一条记录的 offset。",
        ),
        t(
            "Two indexes: offset to byte, time to offset. Both are sparse.",
            "两种索引：offset 到字节、时间到 offset，都是稀疏的。",
        ),
        t("Only the newest segment is written to.", "只有最新的 segment 会被写入。"),
    ],
    follow_up: t(
        "Why are the names so long? (Sorted as text they are sorted as numbers; an offset has 64 bits.)",
        "文件名为什么这么长？（按文本排序即按数值排序；offset 是 64 位。）",
    ),
    outdated: None,
    scene: || filled("600", 0).seen_at(SEEN),
    trial: Trial {
        ask: t(
            "Thirteen batches of 100 bytes, one record each, are written; a file takes 600 bytes. How are the files called?",
            "写入十三个批次，每批 100 字节、一条记录；每个文件最多 600 字节。文件叫什么？",
        ),
        form: Form::Choice(&[
            Choice::numbers(
                t("0, 6, 12: the first offset in each", "0、6、12：各自的第一个 offset"),
                &[0, 6, 12],
            ),
            Choice::numbers(
                t("0, 5, 11: the last offset of the one before", "0、5、11：上一个文件的最后一个 offset"),
                &[0, 5, 11],
            ),
            Choice::numbers(
                t("5, 11, 12: the last offset in each", "5、11、12：各自的最后一个 offset"),
                &[5, 11, 12],
            ),
            Choice::numbers(t("0, 1, 2: counted", "0、1、2：顺序编号"), &[0, 1, 2]),
        ]),
        script: || (0..13).map(|n| (n * 50, record(n))).collect(),
        ms: 2_000,
        probe: |ran| Value::Numbers(ran.segments(1, P)),
        explain: Explain {
            text: t("The directory lists {}.", "目录里是 {}。"),
            parts: |ran| vec![files(&ran.segments(1, P))],
        },
    },
};

pub(super) const Q11: Question = Question {
    id: "Q11",
    lesson: "L06",
    level: Level::Middle,
    topic: Topic::Storage,
    tags: &[Tag::Trap, Tag::Classic],
    ask: t(
        "Given an offset, how does the Kafka Controller find the record?",
        "指定一个 offset，Kafka Controller 怎么查找到对应的消息？",
    ),
    answer: t(
        "It does not: the partition's leader broker does. It takes the largest base offset not above the target, the largest index entry not above it (a binary search), and reads batch headers from there until one ends at or behind the target.",
        "不是 Controller，而是该 partition 的 leader broker。先取不大于目标的最大 base offset，再二分查找不大于目标的最大索引项，然后从那里逐个读批次头，直到某批的最后 offset 不小于目标。",
    ),
    points: [
        t(
            "The trap: the controller keeps metadata and serves no reads.",
            "陷阱：controller 只管元数据，不提供读取。",
        ),
        t("Floor, floor, scan: file, entry, batches.", "取下界、再取下界、再扫描：文件、索引项、批次。"),
        t(
            "The answer is whole batches; the consumer skips what it did not ask for.",
            "返回的是整批数据；多余的由 consumer 跳过。",
        ),
    ],
    follow_up: t(
        "And what if the offset was compacted away? (The next batch that ends behind it: gaps are no error.)",
        "如果这个 offset 已被 compaction 清掉呢？（返回其后的第一批：有空洞不算错误。）",
    ),
    outdated: None,
    scene: || thirteen("1200"),
    trial: Trial {
        ask: t(
            "Batches of 100 bytes, one record each; entries (2, 200) (4, 400) (6, 600) (8, 800) (10, 1000). For offset 7: which entry, and how many batches are read?",
            "每批 100 字节、一条记录；索引项为 (2, 200) (4, 400) (6, 600) (8, 800) (10, 1000)。查 offset 7：用哪一项，读几个批次？",
        ),
        form: Form::Choice(&[
            Choice::numbers(t("(4, 400), and 4", "(4, 400)，4 个"), &[4, 400, 4]),
            Choice::numbers(t("(6, 600), and 2", "(6, 600)，2 个"), &[6, 600, 2]),
            Choice::numbers(t("(8, 800), and 1", "(8, 800)，1 个"), &[8, 800, 1]),
            Choice::numbers(t("none, and 8", "不用索引，8 个"), &[0, 0, 8]),
        ]),
        script: Vec::new,
        ms: 100,
        probe: |ran| match ran.search(P, 7) {
            Some([_, offset, byte, batches, _]) => Value::Numbers(vec![offset, byte, batches]),
            None => Value::Nothing,
        },
        explain: Explain {
            text: t(
                "File {}, entry ({}, {}), {} batches, found at byte {}.",
                "文件 {}，索引项 ({}, {})，读 {} 个批次，在字节 {} 处找到。",
            ),
            parts: |ran| ran.search(P, 7).unwrap_or_default().map(|n| n.to_string()).to_vec(),
        },
    },
};

const SMALL: &str = "small-0";

pub(super) const Q12: Question = Question {
    id: "Q12",
    lesson: "L06",
    level: Level::Middle,
    topic: Topic::Storage,
    tags: &[],
    ask: t("Why is the offset index sparse?", "offset 索引为什么是稀疏的？"),
    answer: t(
        "So that it stays small enough to be mapped into memory whole; a short scan of batch headers replaces the entries left out.",
        "为了小到可以整个 mmap 进内存；少记的部分，用扫一小段批次头来代替。",
    ),
    points: [
        t(
            "An entry is 8 bytes: 4 for the offset from the base, 4 for the byte.",
            "一项 8 字节：4 字节相对 offset，4 字节文件位置。",
        ),
        t(
            "One entry after more than index.interval.bytes (4,096), at the start of a batch.",
            "写入超过 index.interval.bytes（4096）后，在下一批开头记一项。",
        ),
        t(
            "Denser costs memory, sparser costs reading: a knob, seldom turned.",
            "更密费内存，更疏费读取：可调，但很少需要调。",
        ),
    ],
    follow_up: t(
        "How long is the .index of the active segment on disk? (10 MB: preallocated, trimmed when the segment is closed.)",
        "活动 segment 的 .index 在磁盘上有多长？（10 MB：预分配，关闭时截断。）",
    ),
    outdated: None,
    scene: || {
        let values = Values::Size { min: 32, max: 32 };
        let workload = Workload { values, ..Workload::new(&name("small"), 0) };
        let setup = Setup::brokers(1, &[]).topic("small", 1, 1, &[]);
        setup.at(3_500, add_producer(workload, &[("linger.ms", "0")])).scene()
    },
    trial: Trial {
        ask: t(
            "A thousand batches of 100 bytes go into one segment, with index.interval.bytes at its default of 4,096. How many entries?",
            "一千个 100 字节的批次写进一个 segment，index.interval.bytes 为默认的 4096。会有多少个索引项？",
        ),
        form: Form::Choice(&[
            Choice::number(t("1,000: one a batch", "1000：每批一个"), 1000),
            Choice::number(t("41: one each 25 batches", "41：每 25 批一个"), 41),
            Choice::number(t("24: one each 41 batches", "24：每 41 批一个"), 24),
            Choice::number(t("1: one a segment", "1：每个 segment 一个"), 1),
        ]),
        script: || {
            let rate = |rate| Act::SetRate { node: NodeId(10_001), rate };
            vec![(0, rate(100)), (10_005, rate(0))]
        },
        ms: 10_500,
        probe: |ran| ran.index_entries(1, SMALL, 0).into(),
        explain: Explain {
            text: t(
                "{} batches, {} bytes, {} entries: an entry is due when more than 4,096 bytes came since the last one, and 41 batches are 4,100.",
                "{} 个批次，{} 字节，{} 个索引项：距上一项超过 4096 字节才记一项，而 41 个批次是 4100 字节。",
            ),
            parts: |ran| {
                let entries = ran.index_entries(1, SMALL, 0);
                [ran.batches(1, SMALL), ran.bytes(1, SMALL), entries].map(|n| n.to_string()).to_vec()
            },
        },
    },
};

pub(super) const Q14: Question = Question {
    id: "Q14",
    lesson: "L06",
    level: Level::Middle,
    topic: Topic::Storage,
    tags: &[],
    ask: t("When does a log begin a new segment?", "日志段什么时候滚动？"),
    answer: t(
        "Before an append, when the batch would not fit in segment.bytes, when the segment is older than segment.ms by its records' times, when an index is full, or when the offset is too far from the base for 32 bits.",
        "在追加之前：批次放不进 segment.bytes、按记录时间超过 segment.ms、索引写满，或 offset 与 base 相差超出 32 位时。",
    ),
    points: [
        t(
            "Size, time, index full, offset too far: four guards.",
            "大小、时间、索引已满、offset 过远：四个条件。",
        ),
        t(
            "It is looked at when something is appended: a silent log does not roll by itself.",
            "只在追加时检查：没有写入就不会自己滚动。",
        ),
        t("A batch is never cut over two files.", "一个批次绝不会跨两个文件。"),
    ],
    follow_up: t(
        "Why does a large segment.bytes keep old data longer? (Retention takes whole segments, by their newest record.)",
        "为什么 segment.bytes 大会让旧数据留得更久？（保留策略按最新一条记录删除整个 segment。）",
    ),
    outdated: None,
    scene: || filled("600", 6).seen_at(SEEN),
    trial: Trial {
        ask: t(
            "The active file holds 600 of 600 bytes. A batch of 100 bytes follows. Which files are there then?",
            "活动文件已有 600 字节，上限 600。又来一个 100 字节的批次。之后有哪些文件？",
        ),
        form: Form::Choice(&[
            Choice::numbers(t("still 0: it rolls afterwards", "仍只有 0：写完再滚动"), &[0]),
            Choice::numbers(t("0 and 6: it rolls before", "0 和 6：先滚动再写"), &[0, 6]),
            Choice::numbers(t("0 and 7", "0 和 7"), &[0, 7]),
        ]),
        script: || vec![(0, record(6))],
        ms: 1_000,
        probe: |ran| Value::Numbers(ran.segments(1, P)),
        explain: Explain {
            text: t(
                "Files {}: 600 + 100 is more than 600, so the broker begins a file first, and calls it after the next offset.",
                "文件 {}：600 + 100 大于 600，所以 broker 先开新文件，以下一个 offset 命名。",
            ),
            parts: |ran| vec![listed(&ran.segments(1, P))],
        },
    },
};

/// Two producers, of which the first waits 200 ms before it sends: so times do not lie in the order of offsets.
fn out_of_time() -> Scene {
    Setup::brokers(1, &[])
        .topic("demo", 1, 1, &[])
        .producer("demo", &[("linger.ms", "200")])
        .producer("demo", &[("linger.ms", "0")])
        .scene()
}

/// The times of the records, in ms behind the first, and the offset that a search for 50 ms behind the
/// first one finds.
fn times(ran: &Ran<'_>) -> (Vec<i64>, Option<i64>) {
    let times: Vec<i64> = ran.records(1, P).iter().map(|record| record.timestamp).collect();
    let Some(&first) = times.first() else { return (Vec::new(), None) };
    let found = ran.lookup_time(P, first + 50).and_then(|lookup| lookup.found).map(|found| found.offset);
    (times.iter().map(|time| time - first).collect(), found)
}

pub(super) const Q15: Question = Question {
    id: "Q15",
    lesson: "L06",
    level: Level::Senior,
    topic: Topic::Storage,
    tags: &[],
    ask: t("How are records found by time?", "如何按时间查找消息？"),
    answer: t(
        "ListOffsets with a timestamp gives the first offset whose timestamp is at or after it: the first segment whose largest timestamp reaches it, the .timeindex in it, then a scan.",
        "带时间戳的 ListOffsets 返回时间戳不早于它的第一个 offset：先找最大时间戳够晚的第一个 segment，再查 .timeindex，最后扫描。",
    ),
    points: [
        t("First by offset, not nearest by time.", "取 offset 最小者，而不是时间最接近者。"),
        t(
            "CreateTime is set by the producer, so times may go back.",
            "CreateTime 由 producer 设定，所以时间可能倒退。",
        ),
        t(
            "The .timeindex only ever grows: it holds the largest time so far.",
            "时间索引只增不减：记的是到目前为止的最大时间。",
        ),
    ],
    follow_up: t(
        "A producer's clock is a year ahead. What happens to retention? (Its segment stays a year: the newest time decides.)",
        "某个 producer 的时钟快了一年，对保留策略有何影响？（它所在的 segment 会留一年：由最大时间决定。）",
    ),
    outdated: None,
    scene: out_of_time,
    trial: Trial {
        ask: t(
            "Four records at offsets 0 to 3 have the times 0, 200, 100 and 700 ms. What does a search for 50 ms give?",
            "offset 0 到 3 的四条记录，时间分别是 0、200、100、700 ms。查找 50 ms 会得到哪个 offset？",
        ),
        form: Form::Choice(&[
            Choice::number(t("offset 0: the last before it", "offset 0：之前的最后一条"), 0),
            Choice::number(t("offset 1: the first that is late enough", "offset 1：第一条足够晚的"), 1),
            Choice::number(t("offset 2: the nearest in time", "offset 2：时间最接近的"), 2),
            Choice::number(t("offset 3: nothing later may come before", "offset 3：其后不再有更早的"), 3),
        ]),
        script: || {
            let send = |producer| send_from(producer, None, None, "reading");
            vec![(500, send(10_002)), (600, send(10_001)), (700, send(10_002)), (1_200, send(10_002))]
        },
        ms: 2_500,
        probe: |ran| match times(ran) {
            (times, found) if times.len() == 4 => found.into(),
            _ => Value::Nothing,
        },
        explain: Explain {
            text: t(
                "The times are {}, and the search gives offset {}. The record of 100 ms lies behind it, because its producer waited (linger.ms) before it sent.",
                "四条的时间是 {}，查得 offset {}。100 ms 的那条排在它后面，因为它的 producer 等了一会儿（linger.ms）才发送。",
            ),
            parts: |ran| {
                let (times, found) = times(ran);
                vec![listed(&times), found.unwrap_or(-1).to_string()]
            },
        },
    },
};

/// How many partitions each broker leads, fewest first.
fn led(ran: &Ran<'_>) -> Vec<i64> {
    let cluster = ran.cluster();
    let of = |id: i32| cluster.partitions.iter().filter(|p| p.leader == Some(id)).count();
    let mut led: Vec<i64> = cluster.brokers.iter().filter_map(|b| i64::try_from(of(b.id)).ok()).collect();
    led.arrange();
    led
}

pub(super) const Q16: Question = Question {
    id: "Q16",
    lesson: "L02",
    level: Level::Middle,
    topic: Topic::Storage,
    tags: &[],
    ask: t(
        "How are replicas placed when a topic is created?",
        "创建 Topic 时，分区副本如何分布到各 Broker？",
    ),
    answer: t(
        "From a random broker on, in turn: partition after partition gets its first replica on the next broker, its followers shifted behind; racks take turns where they are known. A replication factor above the number of brokers is refused.",
        "从随机的一个 broker 起轮流分配：每个 partition 的第一个副本依次放到下一个 broker，其余副本再错开；知道机架时还会轮换机架。副本数超过 broker 数会被拒绝。",
    ),
    points: [
        t(
            "The first replica is the preferred leader, so leaders are spread.",
            "第一个副本是首选 leader，所以 leader 也是分散的。",
        ),
        t(
            "No two replicas of a partition on one broker.",
            "同一 partition 的两个副本不会在同一个 broker 上。",
        ),
        t(
            "Nothing moves by itself when a broker is added later.",
            "之后新增的 broker 不会自动分到已有的副本。",
        ),
    ],
    follow_up: t(
        "How does a new broker get its share? (Reassignment by a person or a tool.)",
        "新 broker 怎样分到负载？（由人或工具做 reassignment。）",
    ),
    outdated: None,
    scene: || Setup::brokers(3, &[]).scene(),
    trial: Trial {
        ask: t(
            "3 partitions with 2 replicas on 3 brokers: how many does each broker lead?",
            "3 个 partition、2 副本、3 个 broker：每个 broker 各是几个的 leader？",
        ),
        form: Form::Choice(&[
            Choice::numbers(t("3, 0 and 0", "3、0、0"), &[0, 0, 3]),
            Choice::numbers(t("2, 1 and 0", "2、1、0"), &[0, 1, 2]),
            Choice::numbers(t("1, 1 and 1", "1、1、1"), &[1, 1, 1]),
        ]),
        script: || {
            let configs = Configs::new();
            vec![(0, Act::CreateTopic { name: name("orders"), partitions: 3, replication: 2, configs })]
        },
        ms: 2_000,
        probe: |ran| Value::Numbers(led(ran)),
        explain: Explain {
            text: t(
                "Leaders by broker: {}; directories by broker: {}.",
                "各 broker 的 leader 数：{}；目录数：{}。",
            ),
            parts: |ran| vec![listed(&led(ran)), listed(&ran.per_broker())],
        },
    },
};
