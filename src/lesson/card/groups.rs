//! Claims about groups and their members.

use crate::kafka::protocol::Api;
use crate::lesson::Card;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::bank::a_big_order;
use crate::lesson::course::l17::bounce;
use crate::lesson::course::l17::left_after;
use crate::lesson::course::l17::slow_one;
use crate::lesson::course::l17::two_kinds;
use crate::lesson::course::l18::P;
use crate::lesson::group::JOINING;
use crate::lesson::group::M1;
use crate::lesson::group::M2;
use crate::lesson::group::SHARED;
use crate::lesson::group::grouped;
use crate::lesson::group::member;
use crate::lesson::group::numbers;
use crate::lesson::group::subscribe;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::all;
use crate::lesson::rig::sends;

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
