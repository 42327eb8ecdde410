use super::Class;
use super::Lesson;
use super::Look;
use super::Step;
use super::Task;
use crate::kafka::base::NodeId;
use crate::kafka::base::name;
use crate::kafka::client::admin::ResetPoint;
use crate::kafka::client::consumer::Commit;
use crate::kafka::client::consumer::Program;
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
use crate::lesson::group::M1;
use crate::lesson::group::M2;
use crate::lesson::group::M3;
use crate::lesson::group::SMALL;
use crate::lesson::group::close;
use crate::lesson::group::grouped;
use crate::lesson::group::member_with;
use crate::lesson::group::works;
use crate::lesson::rig::P;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::all;
use crate::lesson::rig::sends;
use crate::lesson::rig::sends_to;

/// A member of a group that commits what it has done, with a reset policy.
pub(in crate::lesson) fn reader(group: &str, reset: &str) -> Act {
    let program = Program { commit: Commit::After, ..works(1) };
    member_with(group, &["demo"], program, &[("auto.offset.reset", reset)])
}

/// Offsets 3 to 9 are there; the group `old` has committed 1, the group `mid` 5, and nobody of them runs.
pub(in crate::lesson) fn bookmarks(brokers: &[(&str, &str)]) -> Setup {
    let cut = Act::DeleteRecords { topic: name("demo"), partition: 0, before: 3 };
    let setup = Setup::brokers(1, brokers).seed(5).topic("demo", 1, 1, &[]);
    setup.producer("demo", &[("linger.ms", "0")]).acts(all([
        sends(PRODUCER, 4_000, 20, 1),
        vec![(4_100, reader("old", "earliest")), (9_500, close(M1))],
        sends(PRODUCER, 10_000, 20, 4),
        vec![(10_500, reader("mid", "earliest")), (16_000, close(M2))],
        sends(PRODUCER, 17_000, 20, 5),
        vec![(17_500, cut)],
    ]))
}

/// What each of the five begins with: the offset that it is given first, or an error.
fn begins(ran: &Ran<'_>) -> Option<Vec<String>> {
    let of = |consumer: i32| {
        let first = ran.deliveries(consumer).first().map(|(_, from, _)| from.to_string());
        first.or_else(|| ran.failed_to_read(consumer, P).map(|_| "error".to_owned()))
    };
    (M3..M3 + 5).map(of).collect()
}

/// An admin sets everything that a group has committed to the earliest offsets.
pub(in crate::lesson) fn reset(group: &str) -> Act {
    Act::ResetOffsets { group: name(group), topic: None, partitions: Vec::new(), to: ResetPoint::Earliest }
}

/// A group that reads the five records of demo-0, and stays.
pub(in crate::lesson) fn live() -> Scene {
    let acts = all([sends(PRODUCER, 4_000, 20, 5), vec![(4_500, reader("mid", "earliest"))]]);
    grouped("demo", 1).acts(acts).seen_at(10_000)
}

/// Lag of the group after the run, to the next fifty.
fn about(lag: i64) -> i64 {
    (lag + 25) / 50 * 50
}

/// auto.offset.reset, replay, lag.
pub(super) const LESSON: Lesson = Lesson {
    id: "L19",
    title: Text::new("Where a group begins: reset, replay, lag", "组从哪里开始读：重置、回溯、积压"),
    goal: Text::new(
        "Predict the first record that a group is given, read a lag, and let a group read again.",
        "能预测组拿到的第一条记录，会看积压 lag，会让组重读一遍。",
    ),
    minutes: 12,
    hook: Text::new(
        "“earliest reads everything again at each restart.” “latest skips what came while we were down.” Both are said every day, and both are wrong most of the time: the setting is read only when there is no bookmark.",
        "“earliest 每次重启都从头读。”“latest 会跳过停机期间的数据。”这两句天天有人说，多数时候都不对：只有没有书签时才会看这个设置。",
    ),
    scene: || bookmarks(SMALL).seen_at(19_000),
    steps: &[
        Step {
            say: Text::new(
                "demo-0 holds offsets 3 to 9; what was before is deleted. The group old had committed 1, the group mid 5; neither runs. Now five consumers start, in five groups. A moment later one more record is written: offset 10.",
                "demo-0 里有 offset 3 到 9，更早的已删除。old 组曾提交 1，mid 组曾提交 5；两组都没在运行。现在五个组里各启动一个 consumer。随后再写入一条：offset 10。",
            ),
            scene: None,
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new("Which record is each of them given first?", "它们各自拿到的第一条是哪条？"),
                form: Form::Match {
                    labels: &[
                        Text::new("a new group, earliest", "新组，earliest"),
                        Text::new("a new group, latest", "新组，latest"),
                        Text::new("a new group, none", "新组，none"),
                        Text::new("mid (committed 5), earliest", "mid（已提交 5），earliest"),
                        Text::new("old (committed 1), latest", "old（已提交 1），latest"),
                    ],
                    places: &[
                        ("0", Text::new("offset 0", "offset 0")),
                        ("1", Text::new("offset 1", "offset 1")),
                        ("3", Text::new("offset 3, the first there is", "offset 3，现存的第一条")),
                        ("5", Text::new("offset 5", "offset 5")),
                        ("10", Text::new("offset 10, the new one", "offset 10，新写的那条")),
                        ("error", Text::new("none: poll() throws", "没有：poll() 抛异常")),
                    ],
                },
                script: || {
                    let start = [
                        ("new-a", "earliest"),
                        ("new-b", "latest"),
                        ("new-c", "none"),
                        ("mid", "earliest"),
                        ("old", "latest"),
                    ];
                    let start = start.map(|(group, reset)| (200, reader(group, reset))).to_vec();
                    all([start, sends(PRODUCER, 8_000, 0, 1)])
                },
                ms: 10_000,
                probe: |ran| begins(ran).map_or(Value::Nothing, Value::Things),
                explain: Explain {
                    text: Text::new(
                        "In their order: {}. mid has a bookmark, so nobody looks at its setting. The bookmark of old points to what is gone; only then the setting speaks, and latest skips the seven records that are there without a word. The one with none said: {}",
                        "依次是：{}。mid 有书签，没人看它的设置。old 的书签指向已不存在的位置，这时设置才起作用，latest 一声不响地跳过了现存的七条。none 的那个说：{}",
                    ),
                    parts: |ran| {
                        vec![
                            begins(ran).unwrap_or_default().join(", "),
                            ran.failed_to_read(M3 + 2, P).unwrap_or_default(),
                        ]
                    },
                },
            }),
        },
        Step {
            say: Text::new(
                "A bookmark does not last for ever. The group mid has committed 5 and has had no member since. offsets.retention.minutes is 1 here (7 days by default). After two minutes its consumer comes back, with earliest.",
                "书签不会永远保留。mid 组提交了 5，此后没有成员。这里 offsets.retention.minutes 是 1（默认 7 天）。两分钟后它的 consumer 回来，设置是 earliest。",
            ),
            scene: Some(|| {
                let brokers = [
                    SMALL,
                    &[("offsets.retention.minutes", "1"), ("offsets.retention.check.interval.ms", "5000")],
                ];
                bookmarks(&brokers.concat()).seen_at(19_000)
            }),
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new("Which record is it given first?", "它拿到的第一条是哪条？"),
                form: Form::Choice(&[
                    Choice::number(Text::new("offset 5: its bookmark", "offset 5：它的书签"), 5),
                    Choice::number(Text::new("offset 3: as a new group", "offset 3：和新组一样"), 3),
                    Choice::number(Text::new("offset 0", "offset 0"), 0),
                ]),
                script: || vec![(120_000, reader("mid", "earliest"))],
                ms: 128_000,
                probe: |ran| ran.deliveries(M3).first().map(|(_, from, _)| *from).into(),
                explain: Explain::plain(Text::new(
                    "The clock runs from the moment at which the group is empty. Then its offsets are deleted, and the setting speaks: earliest reads again what was read, and latest would have skipped what came meanwhile.",
                    "从组变空的那一刻起计时。到期后位移被删除，设置开始起作用：earliest 把读过的再读一遍；若是 latest，则会跳过期间到来的。",
                )),
            }),
        },
        Step {
            say: Text::new(
                "demo-0 holds five records. The group mid has read and committed all of them, and its consumer waits for more. Somebody wants to read everything again, and resets the group's offset to the earliest.",
                "demo-0 里有五条记录。mid 组已读完并提交，它的 consumer 正等着更多。有人想全部重读，于是把该组的位移重置到 earliest。",
            ),
            scene: Some(live),
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "The consumer is running. What does the reset do?",
                    "consumer 正在运行。重置会怎样？",
                ),
                form: Form::Choice(&[
                    Choice::word(Text::new("it reads again from 0 at once", "立刻从 0 重读"), "again"),
                    Choice::word(
                        Text::new("it is done, and counts after a restart", "成功，重启后生效"),
                        "done",
                    ),
                    Choice::word(Text::new("it is refused", "被拒绝"), "refused"),
                ]),
                script: || vec![(500, reset("mid"))],
                ms: 4_000,
                probe: |ran| {
                    let again = ran.given_again(&[M1], P) > 0;
                    let kept = ran.committed("mid", P) == Some(5);
                    Value::from(if again {
                        "again"
                    } else if kept {
                        "refused"
                    } else {
                        "done"
                    })
                },
                explain: Explain {
                    text: Text::new(
                        "The answer is {}: the tool asks the coordinator for the group's state first, and goes no further while members run. They would commit their own positions over the new number a moment later.",
                        "得到的回答是 {}：工具先向协调者查询组的状态，只要还有成员在运行就不再往下做。否则成员马上会用自己的 position 盖掉新数字。",
                    ),
                    parts: |ran| vec![ran.refusal().unwrap_or_default()],
                },
            }),
        },
        Step {
            say: Text::new(
                "Your turn: let the group mid read all five records once more.",
                "轮到你：让 mid 组把五条记录再读一遍。",
            ),
            scene: Some(live),
            look: Look::at("consumer/20001"),
            task: Task::Do {
                done: |ran| ran.handed_out(&ran.members("mid"), P) >= 5,
                hint: Text::new(
                    "Close the consumer, reset the offsets of mid to the earliest, and add a consumer to mid again. Or let the running one seek to the beginning (“Partitions, position, pace…”).",
                    "关闭 consumer，把 mid 的位移重置到 earliest，再向 mid 添加一个成员。或者让运行中的 consumer seek 到开头（“分区、位置、步调…”）。",
                ),
                example: || vec![(200, close(M1)), (2_000, reset("mid")), (4_000, reader("mid", "earliest"))],
                ms: 12_000,
            },
        },
        Step {
            say: Text::new(
                "A producer writes ten records a second. The only consumer of the group slow needs 200 ms for each, and commits after each poll of ten.",
                "producer 每秒写十条。slow 组唯一的 consumer 每条要 200 ms，每次 poll 十条后提交。",
            ),
            scene: Some(|| {
                let program = Program { commit: Commit::After, ..works(200) };
                let member = member_with("slow", &["demo"], program, &[("max.poll.records", "10")]);
                grouped("demo", 1).at(4_000, member).seen_at(9_000)
            }),
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "What is the group's lag after 40 seconds, and who is held up by it?",
                    "40 秒后该组的积压 lag 是多少？谁因此被拖慢？",
                ),
                form: Form::Choice(&[
                    Choice::number(Text::new("0: the producer is slowed down", "0：producer 被拖慢"), 0),
                    Choice::number(Text::new("about 200; nobody is held up", "约 200；没有谁被拖慢"), 200),
                    Choice::number(
                        Text::new("about 400; the broker has stopped handing out", "约 400；broker 停止发放"),
                        400,
                    ),
                ]),
                script: || vec![(0, Act::SetRate { node: NodeId(PRODUCER), rate: 10 })],
                ms: 40_000,
                probe: |ran| ran.lag("slow", P).map(about).into(),
                explain: Explain {
                    text: Text::new(
                        "{}: the log's end, {}, minus what was committed, {}. Kafka pushes nothing. A slow reader asks less often, the log waits for it, and the producer never hears of it.",
                        "{}：日志末端 {} 减去已提交的 {}。Kafka 不推送：慢读者只是来得少，日志等着它，producer 毫不知情。",
                    ),
                    parts: |ran| {
                        let show = |n: Option<i64>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
                        vec![show(ran.lag("slow", P)), show(ran.hw(1, P)), show(ran.committed("slow", P))]
                    },
                },
            }),
        },
        Step {
            say: Text::new(
                "From memory: demo has two partitions, whose ends are 5 and 49. A group had read everything and closed; since then two records were written, both to demo-1.",
                "凭记忆回答：demo 有两个 partition，末端分别是 5 和 49。一个组曾全部读完并关闭；此后又写入两条，都在 demo-1。",
            ),
            scene: Some(|| {
                let acts = all([
                    sends_to(PRODUCER, 0, 4_000, 5),
                    sends_to(PRODUCER, 1, 4_000, 47),
                    vec![(4_500, reader("audit", "earliest")), (10_000, close(M1))],
                    sends_to(PRODUCER, 1, 11_000, 2),
                ]);
                grouped("demo", 2).acts(acts).seen_at(12_000)
            }),
            look: Look::CLUSTER,
            task: Task::Recall(Trial {
                ask: Text::new("What is the lag of the group in all?", "该组的总积压是多少？"),
                form: Form::Number(Text::new("records", "条")),
                script: Vec::new,
                ms: 100,
                probe: |ran| ran.lag("audit", P).zip(ran.lag("audit", "demo-1")).map(|(a, b)| a + b).into(),
                explain: Explain {
                    text: Text::new(
                        "Ends 5 and 49, committed {} and {}. Lag is reckoned for each partition and summed, whether a member runs or not; where nothing was ever committed the tools print “-”, which is not 0.",
                        "末端 5 和 49，已提交 {} 和 {}。积压按 partition 计算再相加，与成员是否运行无关；从未提交过的，工具打印“-”，那不是 0。",
                    ),
                    parts: |ran| {
                        let show =
                            |p| ran.committed("audit", p).map_or_else(|| "-".to_owned(), |n| n.to_string());
                        vec![show(P), show("demo-1")]
                    },
                },
            }),
        },
    ],
    honest: Text::new(
        "Offsets are real records in __consumer_offsets, and lag is read from them. The retention of offsets is a minute here instead of seven days. A transaction's marker, which counts in the log's end and so in the lag, has no place in this lesson yet.",
        "位移是 __consumer_offsets 里的真实记录，积压由此算出。这里位移只保留一分钟，而不是七天。事务标记也占日志末端、因而计入积压，本课暂不涉及。",
    ),
    class: Class {
        vote: 0,
        likely_wrong: Text::new(
            "mid at offset 3: the setting is taken for an order, given at each start. It is a fallback.",
            "认为 mid 从 offset 3 开始：把设置当成每次启动都执行的命令。它只是兜底。",
        ),
        follow_up: Text::new(
            "A consumer was down over the weekend and retention was two days. Which setting loses data, and how would you notice? (latest, without an error; none tells you, by throwing.)",
            "consumer 停了一个周末，而数据只保留两天。哪个设置会丢数据，如何发现？（latest，而且不报错；none 会抛异常告诉你。）",
        ),
        notes: Text::new(
            "Put five names on the board and let the class write an offset behind each before the run. Ask for the reason of mid first: whoever has that one has the lesson.",
            "把五个名字写在黑板上，运行前让全班在每个后面写 offset。先问 mid 的理由：答对它就懂了这一课。",
        ),
    },
};
