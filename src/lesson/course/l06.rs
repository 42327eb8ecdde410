use super::Class;
use super::Lesson;
use super::Look;
use super::Step;
use super::Task;
use crate::kafka::base::name;
use crate::lab::Act;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Ran;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::thirteen::P;
use crate::lesson::thirteen::record;
use crate::lesson::thirteen::thirteen;

/// The file in which the broker begins to look for an offset.
fn file_of(ran: &Ran<'_>, offset: i64) -> Option<i64> {
    ran.search(P, offset).map(|[file, ..]| file)
}

/// The offset index of a file as `kafka-dump-log.sh` prints it.
fn dumped(ran: &Ran<'_>, base: i64) -> String {
    let lines = ran.index(1, P, base).into_iter();
    let lines: Vec<String> =
        lines.map(|(offset, byte)| format!("offset: {offset} position: {byte}")).collect();
    lines.join(" · ")
}

fn words(numbers: &[i64]) -> Vec<String> {
    numbers.iter().map(ToString::to_string).collect()
}

fn smaller_files() -> Vec<(u64, Act)> {
    let config = Act::SetTopicConfig {
        topic: name("demo"),
        config: "segment.bytes".to_owned(),
        value: Some("300".to_owned()),
    };
    [(0, config)].into_iter().chain((0..4).map(|n| (1_000 + n * 100, record(13 + n)))).collect()
}

/// Segments and the sparse index: find offset 7.
pub(super) const LESSON: Lesson = Lesson {
    id: "L06",
    title: Text::new("Find offset 7: files and their sparse index", "查找 offset 7：分段文件与稀疏索引"),
    goal: Text::new(
        "Find an offset by hand, as a broker does: the file, the index entry, the batch.",
        "像 broker 一样亲手找到一个 offset：先找文件，再找索引项，最后找到批次。",
    ),
    minutes: 12,
    hook: Text::new(
        "A partition may hold a billion records, and a consumer may ask for any of them. The broker answers after a handful of looks, with an index that leaves almost everything out.",
        "一个 partition 可能存有十亿条记录，而 consumer 可以要其中任意一条。broker 只看寥寥几处就能答上来，所用的索引却几乎什么都没记。",
    ),
    scene: || thirteen("1200"),
    steps: &[
        Step {
            say: Text::new(
                "demo-0 holds offsets 0 to 12, one record a batch, each batch 100 bytes. A file takes 1,200 bytes (segment.bytes), and after more than 150 bytes (index.interval.bytes) the next batch gets an index entry. So there are two files, and the first one has the entries (2, 200) (4, 400) (6, 600) (8, 800) (10, 1000).",
                "demo-0 里有 offset 0 到 12，每批一条记录，每批 100 字节。一个文件最多 1200 字节（segment.bytes）；写入超过 150 字节（index.interval.bytes）之后，下一批会得到一个索引项。于是有两个文件，第一个文件的索引项是 (2, 200) (4, 400) (6, 600) (8, 800) (10, 1000)。",
            ),
            scene: None,
            look: Look::log("segment/1/demo-0/0"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "A consumer asks for offset 7. How does the broker get there?",
                    "consumer 要读 offset 7。broker 怎样找到它？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(
                        Text::new("file 0, from the start: 8 batches read", "文件 0，从头读起：读 8 个批次"),
                        &[0, 0, 0, 8],
                    ),
                    Choice::numbers(
                        Text::new(
                            "file 0, entry (6, 600): 2 batches read",
                            "文件 0，索引项 (6, 600)：读 2 个批次",
                        ),
                        &[0, 6, 600, 2],
                    ),
                    Choice::numbers(
                        Text::new(
                            "file 0, entry (8, 800), then one batch back",
                            "文件 0，索引项 (8, 800)，再往回退一个批次",
                        ),
                        &[0, 8, 800, 1],
                    ),
                    Choice::numbers(
                        Text::new("file 12, the newest, then back", "文件 12（最新的），再往回找"),
                        &[12, 12, 0, 1],
                    ),
                ]),
                script: Vec::new,
                ms: 100,
                probe: |ran| match ran.search(P, 7) {
                    Some([file, entry, byte, batches, _]) => Value::Numbers(vec![file, entry, byte, batches]),
                    None => Value::Nothing,
                },
                explain: Explain {
                    text: Text::new(
                        "File {}, index entry ({}, {}), {} batch headers read, and the batch lies at byte {}. Twice the same rule: the largest that is not above 7. A log can only be read forwards, so the entry must not lie behind.",
                        "文件 {}，索引项 ({}, {})，读了 {} 个批次头，目标批次在字节 {} 处。两次用的是同一条规则：取不大于 7 的最大者。日志只能向前读，所以索引项不能在目标之后。",
                    ),
                    parts: |ran| words(&ran.search(P, 7).unwrap_or_default()),
                },
            }),
        },
        Step {
            say: Text::new(
                "The name of a file is the offset of its first record, written with twenty digits. So the directory itself is the first index: the broker keeps the names sorted in memory and takes the floor of 7.",
                "文件名就是其中第一条记录的 offset，写成二十位数字。所以目录本身就是第一级索引：broker 在内存里把这些名字排好序，取 7 的下取整（floor）。",
            ),
            scene: None,
            look: Look::log("replica/1/demo-0"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Click what the broker opens and reads to find offset 7, in order: the file, then each batch.",
                    "按顺序点击 broker 为找到 offset 7 打开和读取的东西：先是文件，然后是每个批次。",
                ),
                form: Form::Click { ordered: true, kinds: &["segment/", "record/"] },
                script: Vec::new,
                ms: 100,
                probe: |ran| ran.touched(P, 7).map_or(Value::Nothing, Value::Things),
                explain: Explain {
                    text: Text::new(
                        "{} bytes were read in all: index entries of 8 bytes and batch headers of 61. Without an index it would have been {} batch headers instead of {}; with a million records before it, a million.",
                        "总共读了 {} 字节：每个索引项 8 字节，每个批次头 61 字节。没有索引就要读 {} 个批次头，而不是 {} 个；如果前面有一百万条，就要读一百万个。",
                    ),
                    parts: |ran| {
                        let lookup = ran.lookup(P, 7);
                        let costs = lookup.map(|l| (l.cost.bytes, l.without_index.batches, l.cost.batches));
                        let (bytes, walked, read) = costs.unwrap_or_default();
                        vec![bytes.to_string(), walked.to_string(), read.to_string()]
                    },
                },
            }),
        },
        Step {
            say: Text::new(
                "The entry (6, 600) says: the batch that ends with offset 6 begins at byte 600. There the broker reads the header: last offset 6, length 100. Not yet; it steps on by the length.",
                "索引项 (6, 600) 的意思是：最后一条为 offset 6 的批次从字节 600 开始。broker 在那里读批次头：最后的 offset 是 6，长 100。还没到，于是按长度往后跳。",
            ),
            scene: None,
            look: Look::log("record/1/demo-0/7"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "At which byte of the file does the batch with offset 7 begin?",
                    "含有 offset 7 的批次从文件的第几个字节开始？",
                ),
                form: Form::Number(Text::new("byte", "字节")),
                script: Vec::new,
                ms: 100,
                probe: |ran| ran.search(P, 7).map(|found| found[4]).into(),
                explain: Explain {
                    text: Text::new(
                        "Byte {}. From here on the broker does not look at records any more: it hands on bytes, whole batches, and the consumer drops what lies before its position.",
                        "字节 {}。从这里起 broker 不再看记录本身，而是把整批字节交出去；position 之前的由 consumer 自己丢掉。",
                    ),
                    parts: |ran| vec![ran.search(P, 7).unwrap_or_default()[4].to_string()],
                },
            }),
        },
        Step {
            say: Text::new(
                "Some notes say: a file is named after the last offset of the one before it, and the name must be strictly smaller than what you look for. Try that rule on 12.",
                "有些笔记写道：文件以上一个文件的最大 offset 命名，查找时文件名“一定要小于”目标。拿 12 试试这条规则。",
            ),
            scene: None,
            look: Look::log("replica/1/demo-0"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "The files are 0 and 12. Which one does the broker open for offset 12?",
                    "现有文件 0 和 12。要找 offset 12，broker 打开哪一个？",
                ),
                form: Form::Choice(&[
                    Choice::number(
                        Text::new(
                            "file 0: its name is strictly smaller than 12",
                            "文件 0：它的名字严格小于 12",
                        ),
                        0,
                    ),
                    Choice::number(Text::new("file 12", "文件 12"), 12),
                ]),
                script: Vec::new,
                ms: 100,
                probe: |ran| file_of(ran, 12).into(),
                explain: Explain {
                    text: Text::new(
                        "File {}: its first record is 12, its name is the base offset, and the floor of 12 among 0 and 12 is 12 itself. “Strictly smaller” would open file 0, whose last record is {}, and find nothing there; a read then goes on with the next file, so the rule is wrong and slow, though not fatal.",
                        "文件 {}：它的第一条记录就是 12，文件名是 base offset，而 12 在 0 和 12 之中的下取整正是 12。“严格小于”会打开文件 0，其最后一条是 {}，里面找不到；读取会接着看下一个文件，所以那条规则是错的、也更慢，但不至于读不到。",
                    ),
                    parts: |ran| {
                        let file = file_of(ran, 12).unwrap_or(-1);
                        let last = ran.records(1, P).iter().map(|r| r.offset).filter(|o| *o < file).max();
                        words(&[file, last.unwrap_or(-1)])
                    },
                },
            }),
        },
        Step {
            say: Text::new(
                "Look at the index of file 0 in the inspector. The tool kafka-dump-log.sh prints the same entries, one a line: offset and position.",
                "在检查器里看文件 0 的索引。工具 kafka-dump-log.sh 打印的是同样的索引项，每行一个：offset 和 position。",
            ),
            scene: None,
            look: Look::log("segment/1/demo-0/0"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Twelve batches lie in file 0. How many lines does kafka-dump-log.sh print of its index?",
                    "文件 0 里有十二个批次。kafka-dump-log.sh 会打印它的索引多少行？",
                ),
                form: Form::Number(Text::new("lines", "行")),
                script: Vec::new,
                ms: 100,
                probe: |ran| ran.index_entries(1, P, 0).into(),
                explain: Explain {
                    text: Text::new(
                        "{} lines: {}. The bytes since the last entry are compared before a batch is counted: 100 is not more than 150, 200 is. So each second batch gets an entry, and the first one none.",
                        "{} 行：{}。比较的是上一个索引项之后的字节数，且在计入本批之前：100 不大于 150，200 才大于。所以每隔一批才有一项，第一批没有。",
                    ),
                    parts: |ran| vec![ran.index_entries(1, P, 0).to_string(), dumped(ran, 0)],
                },
            }),
        },
        Step {
            say: Text::new(
                "Your turn: make the broker begin a third file.",
                "轮到你：让 broker 开始写第三个文件。",
            ),
            scene: None,
            look: Look::log("replica/1/demo-0"),
            task: Task::Do {
                done: |ran| ran.segments(1, P).len() >= 3,
                hint: Text::new(
                    "The newest file has 100 of 1,200 bytes. Send eleven records and one more; or set segment.bytes of the topic to 300 and send a few.",
                    "最新的文件用了 1200 字节中的 100。再发十一条，然后再发一条；或者把 topic 的 segment.bytes 改成 300，再发几条。",
                ),
                example: smaller_files,
                ms: 3_000,
            },
        },
        Step {
            say: Text::new(
                "From memory: the same thirteen batches of 100 bytes, but files of 600 bytes. File 0 has the entries (2, 200) (4, 400), file 6 has (8, 200) (10, 400).",
                "凭记忆回答：同样是十三个 100 字节的批次，但文件只有 600 字节。文件 0 的索引项是 (2, 200) (4, 400)，文件 6 的是 (8, 200) (10, 400)。",
            ),
            scene: Some(|| thirteen("600")),
            look: Look::log("segment/1/demo-0/6"),
            task: Task::Recall(Trial {
                ask: Text::new(
                    "Offset 7: which file, from which byte on, how many batches read, found at which byte?",
                    "offset 7：哪个文件、从哪个字节开始读、读几个批次、在哪个字节找到？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(
                        Text::new("file 0, from 400, 4 batches, 700", "文件 0，从 400 开始，4 批，700"),
                        &[0, 400, 4, 700],
                    ),
                    Choice::numbers(
                        Text::new("file 6, from 200, 1 batch, 200", "文件 6，从 200 开始，1 批，200"),
                        &[6, 200, 1, 200],
                    ),
                    Choice::numbers(
                        Text::new("file 6, from 0, 2 batches, 100", "文件 6，从 0 开始，2 批，100"),
                        &[6, 0, 2, 100],
                    ),
                    Choice::numbers(
                        Text::new("file 6, from 600, 2 batches, 700", "文件 6，从 600 开始，2 批，700"),
                        &[6, 600, 2, 700],
                    ),
                ]),
                script: Vec::new,
                ms: 100,
                probe: |ran| match ran.search(P, 7) {
                    Some([file, _, byte, batches, at]) => Value::Numbers(vec![file, byte, batches, at]),
                    None => Value::Nothing,
                },
                explain: Explain {
                    text: Text::new(
                        "File {}. No entry of its index is at or below 7 (the first is 8), so the search gives ({}, {}): the start of the file. {} batches, and the second one lies at byte {}. Positions count from the start of each file.",
                        "文件 {}。它的索引里没有不大于 7 的项（第一项是 8），所以查得 ({}, {})，即文件开头。读 {} 个批次，第二个在字节 {} 处。position 是从各自文件的开头算起的。",
                    ),
                    parts: |ran| words(&ran.search(P, 7).unwrap_or_default()),
                },
            }),
        },
    ],
    honest: Text::new(
        "Files, indexes and the search are byte for byte those of Kafka. Only the scale is for teaching: a real segment is 1 GiB by default (at least 1 MB since 4.0), and an entry comes each 4,096 bytes.",
        "文件、索引和查找过程都与 Kafka 逐字节一致。只有尺度是为教学而设：真实的 segment 默认 1 GiB（4.0 起至少 1 MB），每 4096 字节才有一个索引项。",
    ),
    class: Class {
        vote: 0,
        likely_wrong: Text::new(
            "Entry (8, 800): taken for the nearest one. But a file cannot be read backwards, because only the header of a batch tells its length.",
            "索引项 (8, 800)：以为取最近的一项。但文件无法倒着读，因为只有批次头才知道这一批有多长。",
        ),
        follow_up: Text::new(
            "Why not an entry for each record? (The index is mapped into memory; a short scan is cheaper than pages of index.)",
            "为什么不给每条记录一个索引项？（索引是 mmap 到内存里的；扫一小段比多占索引页便宜。）",
        ),
        notes: Text::new(
            "Let two people come forward: one reads the directory, one the index. Then open the Log view, type 7, and step through the search.",
            "请两位同学上来：一位查目录，一位查索引。然后打开 Log 视图，输入 7，一步一步走完查找。",
        ),
    },
};
