//! Offsets: what is repeated, what is lost, where a group begins.

use crate::kafka::base::Instant;
use crate::kafka::base::name;
use crate::kafka::client::admin::ResetPoint;
use crate::kafka::client::consumer::Commit;
use crate::kafka::client::consumer::Program;
use crate::lab::Act;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Level;
use crate::lesson::Question;
use crate::lesson::Ran;
use crate::lesson::Tag;
use crate::lesson::Text;
use crate::lesson::Topic;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::bank::began_at;
use crate::lesson::course::l18::GROUP;
use crate::lesson::course::l18::P;
use crate::lesson::course::l18::SEEN;
use crate::lesson::course::l18::dies_after;
use crate::lesson::course::l18::effects;
use crate::lesson::course::l18::lost_and_repeated;
use crate::lesson::course::l18::orders;
use crate::lesson::course::l19::bookmarks;
use crate::lesson::course::l19::reader;
use crate::lesson::group::M3;
use crate::lesson::group::SMALL;
use crate::lesson::group::member_with;
use crate::lesson::group::numbers;
use crate::lesson::group::works;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::all;
use crate::lesson::rig::sends;
use crate::view::ToolLine;

fn committed(ran: &Ran<'_>) -> String {
    ran.committed(GROUP, P).map_or_else(|| "-".to_owned(), |offset| offset.to_string())
}

pub(super) const Q62: Question = Question {
    id: "Q62",
    lesson: "L18",
    level: Level::Junior,
    topic: Topic::Offsets,
    tags: &[Tag::Classic],
    ask: Text::new(
        "Does a consumer commit the offset of the last record, or one more?",
        "提交的是当前 offset 还是 offset+1？",
    ),
    answer: Text::new(
        "One more: the committed number is the next offset to read. It stands for everything below it.",
        "加一：提交的数字是下一条要读的 offset，代表它之前的全部。",
    ),
    points: [
        Text::new("the next to read", "下一条要读的"),
        Text::new("offsets begin at 0", "offset 从 0 开始"),
        Text::new("one number for a group and a partition", "每个组、每个 partition 一个数字"),
    ],
    follow_up: Text::new("What happens if you commit the offset itself?", "若提交 offset 本身会怎样？"),
    outdated: None,
    scene: || orders(26).seen_at(SEEN),
    trial: Trial {
        ask: Text::new(
            "A consumer works on offsets 0 to 25 and commits. Which number does its group have then?",
            "consumer 处理完 offset 0 到 25 并提交。组记下的数字是几？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("25, the last one done", "25，最后做完的那条"), 25),
            Choice::number(Text::new("26, the next one", "26，下一条"), 26),
            Choice::number(Text::new("27", "27"), 27),
        ]),
        script: || {
            vec![(200, member_with(GROUP, &["orders"], Program { commit: Commit::After, ..works(10) }, &[]))]
        },
        ms: 9000,
        probe: |ran| ran.committed(GROUP, P).into(),
        explain: Explain {
            text: Text::new(
                "{}: with 25 the record at offset 25 would be given once more.",
                "{}：若是 25，offset 25 的记录会再给一次。",
            ),
            parts: |ran| vec![committed(ran)],
        },
    },
};

pub(super) const Q63: Question = Question {
    id: "Q63",
    lesson: "L18",
    level: Level::Junior,
    topic: Topic::Offsets,
    tags: &[Tag::Classic],
    ask: Text::new("What causes records to be processed twice?", "哪些情形会造成重复消费？"),
    answer: Text::new(
        "The work is done and the commit is not, when the process dies or loses its partition. Also a producer that tries again without idempotence.",
        "活已干完、还没提交时，进程死掉或失去 partition。还有 producer 不开幂等的重试。",
    ),
    points: [
        Text::new("a crash between the work and the commit", "处理与提交之间崩溃"),
        Text::new("a rebalance before the commit", "提交之前发生 rebalance"),
        Text::new("make the work harmless to repeat", "让重复处理无害"),
    ],
    follow_up: Text::new("Why does committing after each record not end it?", "为什么逐条提交也不能根除？"),
    outdated: None,
    scene: || orders(5).seen_at(SEEN),
    trial: Trial {
        ask: Text::new(
            "Five orders from one poll(). The consumer has worked on all five and dies before its commitSync(). How many are processed twice once another has taken over?",
            "一次 poll() 拿到五个订单。consumer 全部处理完，在 commitSync() 之前死掉。另一个接班后，有几个被处理两次？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("none: all were done", "0：都做完了"), 0),
            Choice::number(Text::new("one, the last", "1：最后一个"), 1),
            Choice::number(Text::new("all five", "5：全部"), 5),
        ]),
        script: || dies_after(5, &Program { commit: Commit::After, ..works(500) }, &[]),
        ms: 26000,
        probe: |ran| lost_and_repeated(ran)[1].into(),
        explain: Explain {
            text: Text::new("Each of them was processed so many times: {}.", "各订单被处理的次数：{}。"),
            parts: |ran| vec![numbers(&effects(ran))],
        },
    },
};

pub(super) const Q64: Question = Question {
    id: "Q64",
    lesson: "L18",
    level: Level::Middle,
    topic: Topic::Offsets,
    tags: &[Tag::Classic],
    ask: Text::new("How can a consumer lose records?", "哪些情景会造成漏消费？"),
    answer: Text::new(
        "It commits before the work is done: by its own order, or because it handed records to other threads and polled on.",
        "活没干完就提交：自己把顺序写反，或把记录交给别的线程后继续 poll()。",
    ),
    points: [
        Text::new("commit before the work", "先提交后处理"),
        Text::new("worker threads with auto commit", "工作线程加自动提交"),
        Text::new("latest, when the offset is gone", "位移失效时的 latest"),
    ],
    follow_up: Text::new("Are the records gone from the log?", "这些记录从日志里消失了吗？"),
    outdated: None,
    scene: || orders(5).seen_at(SEEN),
    trial: Trial {
        ask: Text::new(
            "Five orders; the consumer commits first, then works, and dies when two are done. How many are never processed?",
            "五个订单；consumer 先提交再处理，做完两个时死掉。有几个从未被处理？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("none: they are given again", "0：会再给一次"), 0),
            Choice::number(Text::new("two", "2"), 2),
            Choice::number(Text::new("three", "3"), 3),
            Choice::number(Text::new("five", "5"), 5),
        ]),
        script: || dies_after(2, &Program { commit: Commit::Before, ..works(500) }, &[]),
        ms: 25000,
        probe: |ran| lost_and_repeated(ran)[0].into(),
        explain: Explain {
            text: Text::new(
                "Committed was {}; processed: {}. They are still in the log, but this group will not ask for them.",
                "已提交 {}；各处理次数：{}。记录仍在日志里，但这个组不会再去取。",
            ),
            parts: |ran| vec![committed(ran), numbers(&effects(ran))],
        },
    },
};

pub(super) const Q65: Question = Question {
    id: "Q65",
    lesson: "L19",
    level: Level::Junior,
    topic: Topic::Offsets,
    tags: &[Tag::Classic],
    ask: Text::new("When does auto.offset.reset count?", "auto.offset.reset 什么时候生效？"),
    answer: Text::new(
        "Only where the group has no valid offset: none committed, expired, or out of range. Then earliest, latest, or none, which throws.",
        "只在组没有有效位移时：从未提交、已过期或越界。此时 earliest、latest，或抛异常的 none。",
    ),
    points: [
        Text::new("not at an ordinary restart", "普通重启不看它"),
        Text::new("latest may skip without a word", "latest 可能悄悄跳过"),
        Text::new("none throws", "none 抛异常"),
    ],
    follow_up: Text::new("Which one do you choose for billing?", "计费系统选哪个？"),
    outdated: None,
    scene: || bookmarks(SMALL).seen_at(19_000),
    trial: Trial {
        ask: Text::new(
            "demo-0 holds offsets 3 to 9. mid has committed 5 and starts with latest; a new group starts with latest, too. Then offset 10 is written. What is each given first?",
            "demo-0 有 offset 3 到 9。mid 已提交 5，以 latest 启动；一个新组也以 latest 启动。随后写入 offset 10。各自拿到的第一条？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("10 and 10", "10 和 10"), &[10, 10]),
            Choice::numbers(Text::new("5 and 10", "5 和 10"), &[5, 10]),
            Choice::numbers(Text::new("5 and 3", "5 和 3"), &[5, 3]),
            Choice::numbers(Text::new("3 and 3", "3 和 3"), &[3, 3]),
        ]),
        script: || {
            all([
                vec![(200, reader("mid", "latest")), (200, reader("new", "latest"))],
                sends(PRODUCER, 8_000, 0, 1),
            ])
        },
        ms: 10000,
        probe: |ran| {
            Value::Numbers(vec![began_at(ran, M3).unwrap_or(-1), began_at(ran, M3 + 1).unwrap_or(-1)])
        },
        explain: Explain {
            text: Text::new(
                "{} and {}: the one with a valid offset goes on there, whatever its setting.",
                "{} 和 {}：有有效位移的照旧继续，与设置无关。",
            ),
            parts: |ran| {
                vec![
                    began_at(ran, M3).unwrap_or(-1).to_string(),
                    began_at(ran, M3 + 1).unwrap_or(-1).to_string(),
                ]
            },
        },
    },
};

pub(super) const Q66: Question = Question {
    id: "Q66",
    lesson: "L18",
    level: Level::Middle,
    topic: Topic::Offsets,
    tags: &[],
    ask: Text::new("How does auto commit work, and what is its risk?", "自动提交的机制与风险是什么？"),
    answer: Text::new(
        "poll() looks at the clock: when auto.commit.interval.ms is over it commits what earlier polls returned. A plain loop repeats after a crash and loses nothing.",
        "poll() 看钟：到了 auto.commit.interval.ms，就提交之前各次 poll 返回的位移。普通循环崩溃后会重复，不会丢。",
    ),
    points: [
        Text::new("inside poll(), not by a timer of its own", "在 poll() 里，没有独立定时器"),
        Text::new("every 5 s by default", "默认每 5 秒"),
        Text::new("loses only when the work is elsewhere", "处理在别的线程时才会丢"),
    ],
    follow_up: Text::new("And when it closes in good order?", "正常关闭时呢？"),
    outdated: None,
    scene: || orders(10).seen_at(SEEN),
    trial: Trial {
        ask: Text::new(
            "Auto commit, five records a poll, a second for each. It dies when three are done. How many are never processed, how many twice?",
            "自动提交，每次 poll 五条，每条一秒。做完三条时死掉。几条从未处理，几条处理两次？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("0 and 0", "0 和 0"), &[0, 0]),
            Choice::numbers(Text::new("2 and 0: all five were committed", "2 和 0：五条都已提交"), &[2, 0]),
            Choice::numbers(
                Text::new("0 and 3: nothing was committed yet", "0 和 3：还什么都没提交"),
                &[0, 3],
            ),
        ]),
        script: || dies_after(3, &works(1_000), &[("max.poll.records", "5")]),
        ms: 36000,
        probe: |ran| Value::Numbers(lost_and_repeated(ran).to_vec()),
        explain: Explain {
            text: Text::new("Processed: {}.", "各处理次数：{}。"),
            parts: |ran| vec![numbers(&effects(ran))],
        },
    },
};

pub(super) const Q70: Question = Question {
    id: "Q70",
    lesson: "L19",
    level: Level::Senior,
    topic: Topic::Offsets,
    tags: &[],
    ask: Text::new("What if the committed offset is out of range, or expired?", "位移越界或过期怎么办？"),
    answer: Text::new(
        "The reset policy decides. earliest begins at what is left, latest skips all of it without an error, none throws.",
        "由重置策略决定。earliest 从现存的第一条开始，latest 不报错地全部跳过，none 抛异常。",
    ),
    points: [
        Text::new("retention may pass a stopped group", "数据清理可能越过停着的组"),
        Text::new("latest skips silently", "latest 静默跳过"),
        Text::new("watch the lag, or use none", "监控积压，或用 none"),
    ],
    follow_up: Text::new("How would you notice the gap?", "怎样发现这个缺口？"),
    outdated: None,
    scene: || bookmarks(SMALL).seen_at(19_000),
    trial: Trial {
        ask: Text::new(
            "old has committed 1; offsets 1 and 2 have been deleted since, 3 to 9 are there. It starts with latest, then offset 10 is written. How many records does it never see?",
            "old 提交过 1；此后 offset 1、2 被删除，3 到 9 还在。它以 latest 启动，随后写入 offset 10。有几条它永远看不到？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("none", "0 条"), 0),
            Choice::number(Text::new("two: the deleted ones", "2 条：被删的"), 2),
            Choice::number(Text::new("nine: those and all that are there", "9 条：再加现存的全部"), 9),
        ]),
        script: || all([vec![(200, reader("old", "latest"))], sends(PRODUCER, 8_000, 0, 1)]),
        ms: 10000,
        probe: |ran| began_at(ran, M3).map(|first| first - 1).into(),
        explain: Explain {
            text: Text::new("It began at offset {}.", "它从 offset {} 开始。"),
            parts: |ran| vec![began_at(ran, M3).unwrap_or(-1).to_string()],
        },
    },
};

/// A moment between the records at offsets 7 and 8 of [`bookmarks`], in ms of the world.
const BETWEEN: u64 = 17_050;

/// An admin sets a group to that moment.
fn to_a_time() -> Act {
    let to = ResetPoint::Time(Instant::from_millis(BETWEEN).wall_ms());
    Act::ResetOffsets { group: name("mid"), topic: None, partitions: Vec::new(), to }
}

/// How many ms after that moment the record at an offset of demo-0 was written.
fn after_it(ran: &Ran<'_>, offset: i64) -> i64 {
    let record = ran.record(1, "demo-0", offset);
    record.map_or(-1, |record| record.timestamp - Instant::from_millis(BETWEEN).wall_ms())
}

pub(super) const Q71: Question = Question {
    id: "Q71",
    lesson: "L19",
    level: Level::Middle,
    topic: Topic::Offsets,
    tags: &[],
    ask: Text::new("How do you replay from a point in time?", "如何从某个时间点开始回溯消费？"),
    answer: Text::new(
        "Stop the group, then kafka-consumer-groups.sh --reset-offsets with --to-datetime or --by-duration and --execute. Or the application calls offsetsForTimes() and seeks. Either way it begins at the first record with at least that timestamp.",
        "先停掉组，再用 kafka-consumer-groups.sh --reset-offsets，加 --to-datetime 或 --by-duration 和 --execute。或由应用调用 offsetsForTimes() 再 seek。都从时间戳不早于该时刻的第一条开始。",
    ),
    points: [
        Text::new("the group must be stopped", "组必须先停"),
        Text::new("the first record at or after the time", "该时刻或之后的第一条"),
        Text::new("by each record's own timestamp", "依据每条记录自己的时间戳"),
    ],
    follow_up: Text::new("And where no record is that young?", "如果没有那么新的记录呢？"),
    outdated: None,
    scene: || bookmarks(SMALL).seen_at(19_000),
    trial: Trial {
        ask: Text::new(
            "demo-0 holds offsets 3 to 9; mid has committed 5 and is stopped. Offset 7 was written 10 ms before T and offset 8 10 ms after it. mid is reset to T: what is NEW-OFFSET?",
            "demo-0 有 offset 3 到 9；mid 已提交 5 并已停止。offset 7 写于 T 之前 10 ms，offset 8 写于 T 之后 10 ms。把 mid 重置到 T：NEW-OFFSET 是？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("7, the last one before T", "7，T 之前的最后一条"), 7),
            Choice::number(Text::new("8, the first one after T", "8，T 之后的第一条"), 8),
            Choice::number(Text::new("3, where the log begins", "3，日志的起点"), 3),
            Choice::number(Text::new("0", "0"), 0),
        ]),
        script: || vec![(200, to_a_time())],
        ms: 3000,
        probe: |ran| ran.committed("mid", "demo-0").into(),
        explain: Explain {
            text: Text::new(
                "{}: its record was written {} ms after T. The tool prints {}",
                "{}：该记录写于 T 之后 {} ms。工具给出 {}",
            ),
            parts: |ran| {
                let offset = ran.committed("mid", "demo-0").unwrap_or(-1);
                let printed = ToolLine::latest(ran.world(), 1).into_iter().next();
                vec![
                    offset.to_string(),
                    after_it(ran, offset).to_string(),
                    printed.map(|line| line.said).unwrap_or_default(),
                ]
            },
        },
    },
};
