//! Claims about what a group has committed.

use crate::kafka::client::consumer::Commit;
use crate::kafka::client::consumer::Program;
use crate::lab::Act;
use crate::lesson::Card;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Ran;
use crate::lesson::Text;
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
use crate::lesson::course::l19::live;
use crate::lesson::course::l19::reader;
use crate::lesson::group::M1;
use crate::lesson::group::M2;
use crate::lesson::group::close;
use crate::lesson::group::commit_at;
use crate::lesson::group::member_with;
use crate::lesson::group::numbers;
use crate::lesson::group::pause;
use crate::lesson::group::works;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::all;
use crate::lesson::rig::crash;
use crate::lesson::rig::restart;
use crate::lesson::rig::sends;
use crate::lesson::rig::stored;
use crate::lesson::scene::add_consumer;

/// The number a group has for the partition, as printed.
pub(super) fn committed(ran: &Ran<'_>) -> String {
    ran.committed(GROUP, P).map_or_else(|| "-".to_owned(), |offset| offset.to_string())
}

/// The partition of the groups with bookmarks.
pub(super) const DEMO: &str = "demo-0";

/// A member that commits what it has done.
fn worker() -> Act {
    member_with(GROUP, &["orders"], Program { commit: Commit::After, ..works(10) }, &[])
}

/// A member that never commits.
fn never() -> Act {
    let program = Program { commit: Commit::Never, ..works(10) };
    member_with(GROUP, &["orders"], program, &[("enable.auto.commit", "false")])
}

/// The consumer of that group stands still, seeks to an offset, commits it, and closes.
fn commits(offset: i64) -> Vec<(u64, Act)> {
    let [seek, commit] = commit_at(M1, "demo", offset);
    vec![(100, pause(M1, "demo")), (1_000, seek), (1_000, commit), (2_000, close(M1))]
}

pub(super) const E5: Card = Card {
    id: "E5",
    lesson: "L18",
    claim: Text::new("Kafka marks each message that was consumed.", "消息被消费后，会在 Kafka 中被标记。"),
    truth: Text::new(
        "Nothing is written to the message. The group has one number for the partition: the next offset.",
        "消息本身不改动。组对每个 partition 只有一个数字：下一条的 offset。",
    ),
    scene: || orders(5).seen_at(SEEN),
    trial: Trial {
        ask: Text::new(
            "A group reads and commits five records. How many records has the partition then, and which number has the group?",
            "一个组读完并提交五条。此后 partition 里有几条，组的数字是几？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("5 and 5", "5 和 5"), &[5, 5]),
            Choice::numbers(Text::new("none and 5: they are done with", "0 和 5：处理完了"), &[0, 5]),
            Choice::numbers(Text::new("10 and 5: five marks are added", "10 和 5：多了五个标记"), &[10, 5]),
        ]),
        script: || vec![(200, worker())],
        ms: 9000,
        probe: |ran| Value::Numbers(vec![stored(ran, P), ran.committed(GROUP, P).unwrap_or(-1)]),
        explain: Explain {
            text: Text::new(
                "The log has {} records, {} bytes as before; the group has {}.",
                "日志里有 {} 条，{} 字节，和之前一样；组的数字是 {}。",
            ),
            parts: |ran| vec![stored(ran, P).to_string(), ran.bytes(1, P).to_string(), committed(ran)],
        },
    },
};

pub(super) const E13: Card = Card {
    id: "E13",
    lesson: "L18",
    claim: Text::new(
        "One commits offset+1 because offsets begin at 1.",
        "提交 offset+1，是因为 offset 从 1 开始。",
    ),
    truth: Text::new(
        "They begin at 0. The committed number is the next one to read, and so one more than the last.",
        "offset 从 0 开始。提交的是下一条要读的，所以比最后一条大 1。",
    ),
    scene: || orders(5).seen_at(SEEN),
    trial: Trial {
        ask: Text::new(
            "Five records. Which offset is given first, and which is committed at the end?",
            "五条记录。最先给的是哪个 offset，最后提交的是几？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("1 and 6, as claimed", "1 和 6，如所说"), &[1, 6]),
            Choice::numbers(Text::new("0 and 5", "0 和 5"), &[0, 5]),
            Choice::numbers(Text::new("0 and 4", "0 和 4"), &[0, 4]),
        ]),
        script: || vec![(200, worker())],
        ms: 9000,
        probe: |ran| {
            Value::Numbers(vec![began_at(ran, M1).unwrap_or(-1), ran.committed(GROUP, P).unwrap_or(-1)])
        },
        explain: Explain {
            text: Text::new(
                "{} is committed, which is the log's end as well.",
                "已提交 {}，也正是日志末端。",
            ),
            parts: |ran| vec![committed(ran)],
        },
    },
};

pub(super) const E22: Card = Card {
    id: "E22",
    lesson: "L18",
    claim: Text::new(
        "Without a group.id a consumer still remembers how far it was.",
        "不指定 group.id，也会记住读到哪里。",
    ),
    truth: Text::new(
        "There is no default group: without one nothing is committed, and a restart follows auto.offset.reset.",
        "没有默认组：不指定就什么也不提交，重启后按 auto.offset.reset 来。",
    ),
    scene: || orders(5).at(4_500, add_consumer(&[P], &[])).seen_at(7_000),
    trial: Trial {
        ask: Text::new(
            "A consumer without a group, with earliest, has read all five records. It is killed and started again. How many is it given then?",
            "没有组、设为 earliest 的 consumer 已读完五条。它被杀掉再启动，会再拿到几条？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("none, as claimed", "0，如所说"), 0),
            Choice::number(Text::new("all five", "5：全部"), 5),
        ]),
        script: || vec![(500, crash(M1)), (1_500, restart(M1))],
        ms: 8000,
        probe: |ran| ran.handed_out(&[M1], P).into(),
        explain: Explain {
            text: Text::new(
                "{} once more: nobody had written its position down.",
                "又给了 {} 条：没有谁记下它的 position。",
            ),
            parts: |ran| vec![ran.handed_out(&[M1], P).to_string()],
        },
    },
};

pub(super) const M11: Card = Card {
    id: "M11",
    lesson: "L18",
    claim: Text::new("One commits the offset of the last message.", "提交最后一条消息的 offset。"),
    truth: Text::new(
        "One commits the next one, or the last message comes again.",
        "提交的是下一条，否则最后一条会再来一次。",
    ),
    scene: live,
    trial: Trial {
        ask: Text::new(
            "Five records, offsets 0 to 4, are done. The application commits 4, the offset of the last one, and closes. Another consumer of the group starts: how many is it given?",
            "offset 0 到 4 的五条都已处理。应用提交最后一条的 4，然后关闭。同组的另一个 consumer 启动，会拿到几条？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("none: 4 is done", "0：4 已处理"), 0),
            Choice::number(Text::new("one", "1"), 1),
            Choice::number(Text::new("all five", "5"), 5),
        ]),
        script: || all([commits(4), vec![(3_000, reader("mid", "earliest"))]]),
        ms: 11000,
        probe: |ran| ran.handed_out(&[M2], DEMO).into(),
        explain: Explain {
            text: Text::new("It began at {}, which was done already.", "它从 {} 开始，而那条早已处理过。"),
            parts: |ran| vec![began_at(ran, M2).unwrap_or(-1).to_string()],
        },
    },
};

pub(super) const M14: Card = Card {
    id: "M14",
    lesson: "L18",
    claim: Text::new("Position and committed offset are the same.", "position 和已提交的位移是一回事。"),
    truth: Text::new(
        "The position is in the process and moves with poll(); what is committed outlives the process.",
        "position 在进程里，随 poll() 前进；已提交的在进程之外保存。",
    ),
    scene: || orders(5).seen_at(SEEN),
    trial: Trial {
        ask: Text::new(
            "A consumer that never commits has been given five records. What is its position, and what has its group committed?",
            "从不提交的 consumer 已拿到五条。它的 position 是几，组提交了几？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("5 and 5, as claimed", "5 和 5，如所说"), &[5, 5]),
            Choice::numbers(Text::new("5, and nothing", "5，没有提交"), &[5, -1]),
            Choice::numbers(Text::new("0, and nothing", "0，没有提交"), &[0, -1]),
        ]),
        script: || vec![(200, never())],
        ms: 8000,
        probe: |ran| {
            Value::Numbers(vec![ran.position(M1, P).unwrap_or(-1), ran.committed(GROUP, P).unwrap_or(-1)])
        },
        explain: Explain {
            text: Text::new(
                "Its position is {}. Killed now, it would be given all of them again.",
                "position 是 {}。现在杀掉，它会全部再拿一遍。",
            ),
            parts: |ran| vec![ran.position(M1, P).unwrap_or(-1).to_string()],
        },
    },
};

pub(super) const M15: Card = Card {
    id: "M15",
    lesson: "L18",
    claim: Text::new(
        "Auto commit runs on a timer and loses what you are working on.",
        "自动提交由后台定时器执行，会丢掉正在处理的记录。",
    ),
    truth: Text::new(
        "It happens inside poll(), for what earlier polls returned. A plain loop repeats, and loses nothing.",
        "它发生在 poll() 里，只提交之前 poll 返回的。普通循环只会重复，不会丢。",
    ),
    scene: || orders(10).seen_at(SEEN),
    trial: Trial {
        ask: Text::new(
            "Five records a poll, a second for each, auto commit every 5 s. It dies when seven of ten are done. How many are lost, how many repeated?",
            "每次 poll 五条，每条一秒，每 5 秒自动提交。十条做完七条时死掉。丢几条，重复几条？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("3 lost, as claimed", "丢 3，如所说"), &[3, 0]),
            Choice::numbers(Text::new("none lost, 2 repeated", "丢 0，重复 2"), &[0, 2]),
            Choice::numbers(Text::new("none lost, 7 repeated", "丢 0，重复 7"), &[0, 7]),
        ]),
        script: || dies_after(7, &works(1_000), &[("max.poll.records", "5")]),
        ms: 36000,
        probe: |ran| Value::Numbers(lost_and_repeated(ran).to_vec()),
        explain: Explain {
            text: Text::new("Processed: {}.", "各处理次数：{}。"),
            parts: |ran| vec![numbers(&effects(ran))],
        },
    },
};

pub(super) const M16: Card = Card {
    id: "M16",
    lesson: "L18",
    claim: Text::new("Committing acknowledges one message.", "提交就是确认那一条消息。"),
    truth: Text::new(
        "It stands for everything below the number: what was not done there is never given again.",
        "它代表该数字之前的全部：没做完的也不会再给。",
    ),
    scene: live,
    trial: Trial {
        ask: Text::new(
            "The consumer pauses, and three more records are written, offsets 5 to 7. It works on none of them, commits 7, and closes. How many of the three is the group given?",
            "consumer 暂停，又写入三条，offset 5 到 7。它一条都没处理，却提交了 7，然后关闭。组会拿到这三条中的几条？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("all three: 6 was meant", "3 条：确认的是 6"), 3),
            Choice::number(Text::new("two: all but one", "2 条：除一条外"), 2),
            Choice::number(Text::new("one: 5 and 6 count as done", "1 条：5 和 6 算已处理"), 1),
        ]),
        script: || all([sends(PRODUCER, 200, 20, 3), commits(7), vec![(4_000, reader("mid", "earliest"))]]),
        ms: 12000,
        probe: |ran| ran.handed_out(&[M2], DEMO).into(),
        explain: Explain {
            text: Text::new(
                "It began at {}; 5 and 6 were never processed.",
                "它从 {} 开始；5 和 6 从未处理。",
            ),
            parts: |ran| vec![began_at(ran, M2).unwrap_or(-1).to_string()],
        },
    },
};
