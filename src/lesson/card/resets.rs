//! Claims about where a group goes on when its offset is moved, or gone.

use crate::lesson::Card;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Scene;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::bank::began_at;
use crate::lesson::card::offsets::DEMO;
use crate::lesson::course::l19::bookmarks;
use crate::lesson::course::l19::live;
use crate::lesson::course::l19::reader;
use crate::lesson::course::l19::reset;
use crate::lesson::group::M3;
use crate::lesson::group::SMALL;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::all;
use crate::lesson::rig::sends;

/// Brokers that keep the offsets of an empty group for a minute.
fn forgetful() -> Scene {
    let soon = [("offsets.retention.minutes", "1"), ("offsets.retention.check.interval.ms", "5000")];
    bookmarks(&[SMALL, &soon].concat()).seen_at(19_000)
}

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
