//! Claims about groups and offsets.

use crate::kafka::client::consumer::Commit;
use crate::kafka::client::consumer::Program;
use crate::kafka::protocol::Api;
use crate::lab::Act;
use crate::lesson::Card;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Ran;
use crate::lesson::Scene;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::bank::a_big_order;
use crate::lesson::bank::began_at;
use crate::lesson::course::l17::bounce;
use crate::lesson::course::l17::left_after;
use crate::lesson::course::l17::slow_one;
use crate::lesson::course::l17::two_kinds;
use crate::lesson::course::l18::GROUP;
use crate::lesson::course::l18::P;
use crate::lesson::course::l18::SEEN;
use crate::lesson::course::l18::dies_after;
use crate::lesson::course::l18::effects;
use crate::lesson::course::l18::lost_and_repeated;
use crate::lesson::course::l18::orders;
use crate::lesson::course::l19::bookmarks;
use crate::lesson::course::l19::live;
use crate::lesson::course::l19::reader;
use crate::lesson::course::l19::reset;
use crate::lesson::group::JOINING;
use crate::lesson::group::M1;
use crate::lesson::group::M2;
use crate::lesson::group::M3;
use crate::lesson::group::SHARED;
use crate::lesson::group::SMALL;
use crate::lesson::group::close;
use crate::lesson::group::commit_at;
use crate::lesson::group::grouped;
use crate::lesson::group::member;
use crate::lesson::group::member_with;
use crate::lesson::group::numbers;
use crate::lesson::group::pause;
use crate::lesson::group::subscribe;
use crate::lesson::group::works;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::all;
use crate::lesson::rig::crash;
use crate::lesson::rig::restart;
use crate::lesson::rig::sends;
use crate::lesson::rig::stored;
use crate::lesson::scene::add_consumer;

fn committed(ran: &Ran<'_>) -> String {
    ran.committed(GROUP, P).map_or_else(|| "-".to_owned(), |offset| offset.to_string())
}

/// The partition of the groups with bookmarks.
const DEMO: &str = "demo-0";

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

/// Brokers that keep the offsets of an empty group for a minute.
fn forgetful() -> Scene {
    let soon = [("offsets.retention.minutes", "1"), ("offsets.retention.check.interval.ms", "5000")];
    bookmarks(&[SMALL, &soon].concat()).seen_at(19_000)
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

pub(super) const E6: Card = Card {
    id: "E6",
    lesson: "L19",
    claim: Text::new(
        "To go on where you stopped you need auto.offset.reset=earliest.",
        "要从上次的位置接着读，就设 auto.offset.reset=earliest。",
    ),
    truth: Text::new(
        "Going on is the ordinary case and needs no setting. The setting counts where there is no valid offset.",
        "接着读是常态，不需要任何设置。只有没有有效位移时才看这个设置。",
    ),
    scene: || bookmarks(SMALL).seen_at(19_000),
    trial: Trial {
        ask: Text::new(
            "mid has committed 5 of the offsets up to 9. It starts again with latest. What is it given first?",
            "offset 到 9 为止，mid 已提交 5，这次以 latest 启动。第一条是？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("10, the next to come", "10，下一条新的"), 10),
            Choice::number(Text::new("5", "5"), 5),
            Choice::number(Text::new("3, the first there is", "3，现存的第一条"), 3),
        ]),
        script: || all([vec![(200, reader("mid", "latest"))], sends(PRODUCER, 8_000, 0, 1)]),
        ms: 10000,
        probe: |ran| began_at(ran, M3).into(),
        explain: Explain {
            text: Text::new("It went on at {}.", "它从 {} 继续。"),
            parts: |ran| vec![began_at(ran, M3).unwrap_or(-1).to_string()],
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

pub(super) const E25: Card = Card {
    id: "E25",
    lesson: "L16",
    claim: Text::new(
        "Each partition is assigned to one consumer only.",
        "每个 partition 只能分配给一个 consumer。",
    ),
    truth: Text::new(
        "To one in each group. Another group assigns the same partition again.",
        "每个组各分配给一个。另一个组会把同一个 partition 再分一次。",
    ),
    scene: || {
        grouped("orders", 1).group("a", 1, &["orders"], &[]).group("b", 1, &["orders"], &[]).seen_at(JOINING)
    },
    trial: Trial {
        ask: Text::new(
            "One partition, and the groups a and b with one member each. How many partitions has the member of a, and that of b?",
            "一个 partition，a、b 两组各一个成员。各分到几个 partition？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("1 and 0, as claimed", "1 和 0，如所说"), &[1, 0]),
            Choice::numbers(Text::new("1 and 1", "1 和 1"), &[1, 1]),
            Choice::numbers(Text::new("0 and 1: the last one takes it", "0 和 1：后来者拿走"), &[0, 1]),
        ]),
        script: Vec::new,
        ms: 8000,
        probe: |ran| Value::Numbers([ran.shares("a"), ran.shares("b")].concat()),
        explain: Explain {
            text: Text::new("a: {}; b: {}.", "a：{}；b：{}。"),
            parts: |ran| vec![ran.owners("a", "orders"), ran.owners("b", "orders")],
        },
    },
};

pub(super) const M03: Card = Card {
    id: "M03",
    lesson: "L16",
    claim: Text::new(
        "Without a group.id all are in one default group.",
        "不指定 group.id，大家就在同一个默认组。",
    ),
    truth: Text::new(
        "group.id is null by default: assign() works alone, without sharing and commits; subscribe() fails.",
        "group.id 默认为 null：assign() 各读各的，不分摊也不提交；subscribe() 会失败。",
    ),
    scene: || grouped("orders", 1).consumer(&[P], &[]).consumer(&[P], &[]).seen_at(5_000),
    trial: Trial {
        ask: Text::new(
            "Two consumers without a group are assigned orders-0. The second calls subscribe(), then six records are sent. What does the call do, and how many is each given?",
            "两个没有组的 consumer 都 assign 了 orders-0。第二个又调用 subscribe()，随后发送六条。这个调用会怎样，各拿到几条？",
        ),
        form: Form::Choice(&[
            Choice::word(
                Text::new("it joins the default group: 6 and 0", "它加入默认组：6 和 0"),
                "joined 6 0",
            ),
            Choice::word(
                Text::new("it joins the default group: 3 and 3", "它加入默认组：3 和 3"),
                "joined 3 3",
            ),
            Choice::word(Text::new("it throws; 6 and 6", "抛异常；6 和 6"), "threw 6 6"),
            Choice::word(Text::new("it throws; 6 and 0", "抛异常；6 和 0"), "threw 6 0"),
        ]),
        script: || all([vec![(200, subscribe(M2, "orders"))], sends(PRODUCER, 500, 20, 6)]),
        ms: 4000,
        probe: |ran| {
            let call = if ran.caught(M2).is_some() { "threw" } else { "joined" };
            Value::Word(format!("{call} {} {}", ran.delivered(M1), ran.delivered(M2)))
        },
        explain: Explain {
            text: Text::new(
                "{}: there is no group to join. {} and {}: they do not know of each other.",
                "{}：没有组可加入。{} 和 {}：它们互不相识。",
            ),
            parts: |ran| {
                let exception = ran.caught(M2).unwrap_or_default();
                vec![exception, ran.delivered(M1).to_string(), ran.delivered(M2).to_string()]
            },
        },
    },
};

pub(super) const M05: Card = Card {
    id: "M05",
    lesson: "L16",
    claim: Text::new("One partition can have only one consumer.", "一个 partition 只能有一个 consumer。"),
    truth: Text::new(
        "One per group. A second member of the same group stands by.",
        "每组一个。同组的第二个成员待命。",
    ),
    scene: || {
        grouped("orders", 1).group("a", 2, &["orders"], &[]).group("b", 1, &["orders"], &[]).seen_at(SHARED)
    },
    trial: Trial {
        ask: Text::new(
            "One partition; group a with two members, b with one. Five records are sent. How many does each group get?",
            "一个 partition；a 组两个成员，b 组一个。发送五条。各组拿到几条？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("5 and 0", "5 和 0"), &[5, 0]),
            Choice::numbers(Text::new("5 and 5", "5 和 5"), &[5, 5]),
            Choice::numbers(Text::new("10 and 5", "10 和 5"), &[10, 5]),
        ]),
        script: || sends(PRODUCER, 500, 20, 5),
        ms: 4000,
        probe: |ran| Value::Numbers(["a", "b"].map(|group| ran.handed_out(&ran.members(group), P)).to_vec()),
        explain: Explain {
            text: Text::new("Partitions a member of a: {}.", "a 组每个成员的 partition 数：{}。"),
            parts: |ran| vec![numbers(&ran.shares("a"))],
        },
    },
};

pub(super) const M06: Card = Card {
    id: "M06",
    lesson: "L16",
    claim: Text::new("More consumers always read more.", "增加 consumer 总能提高吞吐。"),
    truth: Text::new(
        "Up to the number of partitions. Who comes then is a standby.",
        "上限是 partition 数。再来的只是热备。",
    ),
    scene: || grouped("orders", 4).group("shop", 4, &["orders"], &[]).seen_at(SHARED),
    trial: Trial {
        ask: Text::new(
            "Four partitions, four members. A fifth joins. How many members read then?",
            "四个 partition，四个成员。来了第五个。此后有几个成员在读？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("five, as claimed", "5，如所说"), 5),
            Choice::number(Text::new("four", "4"), 4),
            Choice::number(Text::new("three", "3"), 3),
        ]),
        script: || vec![(500, member("shop", &["orders"]))],
        ms: 10000,
        probe: |ran| {
            i64::try_from(ran.shares("shop").iter().filter(|share| **share > 0).count()).unwrap_or(-1).into()
        },
        explain: Explain {
            text: Text::new("Partitions a member: {}.", "每个成员的 partition 数：{}。"),
            parts: |ran| vec![numbers(&ran.shares("shop"))],
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

pub(super) const M12: Card = Card {
    id: "M12",
    lesson: "L19",
    claim: Text::new(
        "auto.offset.reset=earliest reads everything again at each restart.",
        "auto.offset.reset=earliest 每次重启都从头读。",
    ),
    truth: Text::new(
        "It goes on at the committed offset. The setting is a fallback.",
        "从已提交的位移继续。这个设置只是兜底。",
    ),
    scene: || bookmarks(SMALL).seen_at(19_000),
    trial: Trial {
        ask: Text::new(
            "mid has committed 5; the log begins at 3. It starts again with earliest. What is it given first?",
            "mid 已提交 5，日志从 3 开始。它以 earliest 再启动。第一条是？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("3, as claimed", "3，如所说"), 3),
            Choice::number(Text::new("5", "5"), 5),
            Choice::number(Text::new("0", "0"), 0),
        ]),
        script: || vec![(200, reader("mid", "earliest"))],
        ms: 8000,
        probe: |ran| began_at(ran, M3).into(),
        explain: Explain {
            text: Text::new("It went on at {}.", "它从 {} 继续。"),
            parts: |ran| vec![began_at(ran, M3).unwrap_or(-1).to_string()],
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

pub(super) const M20: Card = Card {
    id: "M20",
    lesson: "L19",
    claim: Text::new("The offsets of a running group can be reset.", "运行中的组可以重置位移。"),
    truth: Text::new(
        "Kafka refuses while the group has members: stop them first.",
        "组里还有成员时 Kafka 会拒绝：先停掉它们。",
    ),
    scene: live,
    trial: Trial {
        ask: Text::new(
            "mid has read five records and its consumer runs. Somebody resets it to the earliest. What has the group committed then?",
            "mid 已读完五条，consumer 在运行。有人把它重置到 earliest。组的已提交位移变为？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("0, as claimed", "0，如所说"), 0),
            Choice::number(Text::new("5, as before", "5，没变"), 5),
        ]),
        script: || vec![(500, reset("mid"))],
        ms: 4000,
        probe: |ran| ran.committed("mid", DEMO).into(),
        explain: Explain {
            text: Text::new("The answer was {}.", "得到的回答是 {}。"),
            parts: |ran| vec![ran.refusal().unwrap_or_default()],
        },
    },
};

pub(super) const M21: Card = Card {
    id: "M21",
    lesson: "L19",
    claim: Text::new("Committed offsets live for ever.", "已提交的位移永久保留。"),
    truth: Text::new(
        "offsets.retention.minutes, seven days, after the group became empty they are deleted.",
        "组变空后再过 offsets.retention.minutes（七天）就会被删除。",
    ),
    scene: forgetful,
    trial: Trial {
        ask: Text::new(
            "mid has committed 5 and is empty; offsets.retention.minutes is 1. What has it committed two minutes later?",
            "mid 已提交 5，现在没有成员；offsets.retention.minutes 为 1。两分钟后它提交的是？",
        ),
        form: Form::Choice(&[
            Choice::word(Text::new("5, as claimed", "5，如所说"), "kept"),
            Choice::word(Text::new("nothing any more", "没有了"), "gone"),
        ]),
        script: Vec::new,
        ms: 120000,
        probe: |ran| Value::from(if ran.committed("mid", DEMO).is_some() { "kept" } else { "gone" }),
        explain: Explain::plain(Text::new(
            "When it comes back, auto.offset.reset decides.",
            "它回来时由 auto.offset.reset 决定。",
        )),
    },
};

pub(super) const M22: Card = Card {
    id: "M22",
    lesson: "L17",
    claim: Text::new(
        "A slow consumer is thrown out because its heartbeats stop.",
        "慢 consumer 被踢，是因为心跳停了。",
    ),
    truth: Text::new(
        "Heartbeats go on from their own thread. It leaves because poll() was not called in time.",
        "心跳由独立线程照发。它离开是因为没按时调用 poll()。",
    ),
    scene: slow_one,
    trial: Trial {
        ask: Text::new(
            "session.timeout.ms 10 s, max.poll.interval.ms 30 s; a record takes a minute. After how many seconds does the consumer leave?",
            "session.timeout.ms 10 秒，max.poll.interval.ms 30 秒；一条要处理一分钟。consumer 几秒后离开？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("10 s: the session, as claimed", "10 秒：会话，如所说"), 10),
            Choice::number(Text::new("30 s: the poll interval", "30 秒：poll 间隔"), 30),
            Choice::number(Text::new("never", "不离开"), 0),
        ]),
        script: a_big_order,
        ms: 70000,
        probe: |ran| left_after(ran).into(),
        explain: Explain {
            text: Text::new(
                "{} heartbeats in the whole run, and yet it left after {} s.",
                "整个运行中发了 {} 次心跳，仍在 {} 秒后离开。",
            ),
            parts: |ran| vec![ran.requests(M1, Api::Heartbeat).to_string(), left_after(ran).to_string()],
        },
    },
};

pub(super) const M23: Card = Card {
    id: "M23",
    lesson: "L17",
    claim: Text::new("Every deploy must reshuffle the partitions.", "每次发布都必然重新分配 partition。"),
    truth: Text::new(
        "Not with group.instance.id: who is back within the session has its partitions again.",
        "配置 group.instance.id 就不会：会话超时之内回来，partition 原样归还。",
    ),
    scene: two_kinds,
    trial: Trial {
        ask: Text::new(
            "One member each of nameless and named is killed and back after 5 s. How many new generations have the two?",
            "nameless 与 named 各有一个成员被杀，5 秒后回来。两组各多出几代？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("1 and 1, as claimed", "1 和 1，如所说"), &[1, 1]),
            Choice::numbers(Text::new("1 and 0", "1 和 0"), &[1, 0]),
            Choice::numbers(Text::new("0 and 0", "0 和 0"), &[0, 0]),
        ]),
        script: bounce,
        ms: 60000,
        probe: |ran| Value::Numbers(vec![ran.generations("nameless"), ran.generations("named")]),
        explain: Explain {
            text: Text::new("named is still in generation {}.", "named 仍在第 {} 代。"),
            parts: |ran| vec![ran.generation("named").to_string()],
        },
    },
};
