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
use crate::lesson::Scene;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::rig::P;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::READER;
use crate::lesson::rig::acked;
use crate::lesson::rig::after_20_and_46;
use crate::lesson::rig::all;
use crate::lesson::rig::crash;
use crate::lesson::rig::held_and_behind;
use crate::lesson::rig::one_each;
use crate::lesson::rig::one_in_sync;
use crate::lesson::rig::release;
use crate::lesson::rig::sends;
use crate::lesson::rig::three_producers;

fn scene() -> Scene {
    three_producers().scene()
}

/// Falling out of the ISR.
pub(super) const LESSON: Lesson = Lesson {
    id: "L11",
    title: Text::new(
        "Falling out of the ISR: acks and min.insync.replicas",
        "掉出 ISR：acks 与 min.insync.replicas",
    ),
    goal: Text::new(
        "Choose acks and min.insync.replicas, and say what each choice does when replicas fail.",
        "会选择 acks 与 min.insync.replicas，并说出副本故障时各自的结果。",
    ),
    minutes: 12,
    hook: Text::new(
        "acks=all sounds like a promise of three copies. It promises all that are in sync, and that may be one.",
        "acks=all 听起来保证三份副本。它保证的是所有同步副本，而那可能只有一个。",
    ),
    scene,
    steps: &[
        Step {
            say: Text::new(
                "demo-0 has three replicas and wants two in sync. Broker 2 is alive, and its fetches are held on the wire while a record is written: it falls behind. A leader looks every 15 s who has not caught up for 30 s.",
                "demo-0 有三个副本，要求两个同步。broker 2 活着，但它的 fetch 被卡住，同时写入一条记录：它落后了。leader 每 15 秒检查一次谁已 30 秒没有追上。",
            ),
            scene: None,
            look: Look::at("replica/2/demo-0"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Is broker 2 in the ISR 20 s after the hold, and 46 s after it?",
                    "卡住 20 秒后、46 秒后，broker 2 还在 ISR 里吗？",
                ),
                form: Form::Choice(&[
                    Choice::word(Text::new("in, in: it is alive", "在、在：它还活着"), "in, in"),
                    Choice::word(Text::new("in, then out", "在、不在"), "in, out"),
                    Choice::word(Text::new("out, out", "不在、不在"), "out, out"),
                ]),
                script: held_and_behind,
                ms: 46_500,
                probe: |ran| after_20_and_46(ran).into(),
                explain: Explain {
                    text: Text::new(
                        "A record was written that broker 2 does not have. replica.lag.time.max.ms is 30 s and the check runs at half that, so it left between 30 and 45 s; the ISR is {} now. In a quiet partition it would have stayed: who has everything is caught up.",
                        "写入了一条 broker 2 没有的记录。replica.lag.time.max.ms 是 30 秒，检查周期是它的一半，所以它在 30 到 45 秒之间离开；现在 ISR 是 {}。若没有新写入，它会一直留下：拥有全部数据就算追上。",
                    ),
                    parts: |ran| vec![format!("{:?}", ran.isr(P))],
                },
            }),
        },
        Step {
            say: Text::new(
                "Now brokers 2 and 3 have crashed: the controller has taken both out of the ISR. Three producers write one record each: acks=all, acks=1, acks=0.",
                "现在 broker 2 和 3 都崩溃了：controller 已把它们移出 ISR。三个 producer 各写一条：acks=all、acks=1、acks=0。",
            ),
            scene: Some(one_in_sync),
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "One replica in sync, two wanted. Which producers count their record as sent?",
                    "同步副本只有一个，要求两个。哪些 producer 认为自己的记录已发送成功？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(Text::new("none of them", "都不"), &[0, 0, 0]),
                    Choice::numbers(Text::new("acks=1 and acks=0", "acks=1 和 acks=0"), &[0, 1, 1]),
                    Choice::numbers(Text::new("all three", "三个都是"), &[1, 1, 1]),
                    Choice::numbers(Text::new("acks=0 only", "只有 acks=0"), &[0, 0, 1]),
                ]),
                script: one_each,
                ms: 3_000,
                probe: |ran| Value::Numbers(acked(ran).to_vec()),
                explain: Explain {
                    text: Text::new(
                        "acks=all got {}. min.insync.replicas is looked at for acks=all only; the other two records are in the leader's log, whose end is {}.",
                        "acks=all 得到 {}。只有 acks=all 才检查 min.insync.replicas；另外两条已在 leader 的日志里，日志末端是 {}。",
                    ),
                    parts: |ran| {
                        vec![ran.error(PRODUCER).unwrap_or_default(), ran.leo(1, P).unwrap_or(-1).to_string()]
                    },
                },
            }),
        },
        Step {
            say: Text::new(
                "Two records lie in the log of the only replica in sync. A consumer waits for them.",
                "唯一同步副本的日志里有两条记录。一个 consumer 在等它们。",
            ),
            scene: None,
            look: Look::at("replica/1/demo-0"),
            task: Task::Predict(Trial {
                ask: Text::new("How many of them can it read?", "它能读到几条？"),
                form: Form::Number(Text::new("records", "条")),
                script: Vec::new,
                ms: 2_000,
                probe: |ran| ran.delivered(READER).into(),
                explain: Explain {
                    text: Text::new(
                        "{}: HW stays at {} while the ISR is smaller than min.insync.replicas (since 3.7; before, it would have moved on and the records were readable).",
                        "{} 条：只要 ISR 小于 min.insync.replicas，HW 就停在 {}（3.7 起；之前会前进，记录可读）。",
                    ),
                    parts: |ran| {
                        vec![ran.delivered(READER).to_string(), ran.hw(1, P).unwrap_or(-1).to_string()]
                    },
                },
            }),
        },
        Step {
            say: Text::new(
                "Your turn: let the producer with acks=all (producer-1) succeed while broker 1 is alone.",
                "轮到你：在只剩 broker 1 时，让 acks=all 的 producer（producer-1）写入成功。",
            ),
            scene: Some(one_in_sync),
            look: Look::CLUSTER,
            task: Task::Do {
                done: |ran| ran.acked(PRODUCER) > 0 && ran.isr(P).len() == 1,
                hint: Text::new(
                    "Change min.insync.replicas of the topic to 1, then give producer-1 a rate. Then ask yourself what the acknowledgement is worth.",
                    "把该 topic 的 min.insync.replicas 改成 1，再给 producer-1 一个速率。然后想想这个确认还值多少。",
                ),
                example: || {
                    let config = Act::SetTopicConfig {
                        topic: name("demo"),
                        config: "min.insync.replicas".into(),
                        value: Some("1".into()),
                    };
                    all([vec![(0, config)], sends(PRODUCER, 1_500, 0, 1)])
                },
                ms: 3_000,
            },
        },
        Step {
            say: Text::new(
                "A follower that was held goes on. It fetches what it missed.",
                "被卡住的 follower 恢复了。它拉取错过的内容。",
            ),
            scene: Some(|| {
                let mut setup = three_producers();
                for (ms, act) in held_and_behind() {
                    setup = setup.at(4_500 + ms, act);
                }
                setup.seen_at(52_000)
            }),
            look: Look::at("replica/2/demo-0"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Broker 2 is out of the ISR and its fetches go on now. Who is in the ISR five seconds later?",
                    "broker 2 已在 ISR 之外，现在放行它的 fetch。五秒后 ISR 里有谁？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(
                        Text::new("1 and 3: it must stay in step for 30 s first", "1 和 3：要先跟上 30 秒"),
                        &[1, 3],
                    ),
                    Choice::numbers(
                        Text::new("1, 2 and 3: it has caught up", "1、2、3：它已追上"),
                        &[1, 2, 3],
                    ),
                    Choice::numbers(Text::new("only 1", "只有 1"), &[1]),
                ]),
                script: || vec![(0, release(2, 1))],
                ms: 5_000,
                probe: |ran| Value::Numbers(ran.isr(P)),
                explain: Explain::plain(Text::new(
                    "As soon as its LEO has reached the leader's HW (and the start of the leader's epoch), the leader asks the controller to take it back. No waiting time.",
                    "只要它的 LEO 达到 leader 的 HW（并到达 leader 当前 epoch 的起点），leader 就请 controller 把它加回来。没有等待期。",
                )),
            }),
        },
        Step {
            say: Text::new(
                "From memory: two replicas in sync, two wanted.",
                "凭记忆：两个同步副本，要求两个。",
            ),
            scene: Some(|| three_producers().at(4_500, crash(3)).seen_at(18_000)),
            look: Look::CLUSTER,
            task: Task::Recall(Trial {
                ask: Text::new(
                    "acks=all, 1 and 0 write one record each. How many records can the consumer read?",
                    "acks=all、1、0 各写一条。consumer 能读到几条？",
                ),
                form: Form::Choice(&[
                    Choice::number(Text::new("0", "0"), 0),
                    Choice::number(Text::new("1", "1"), 1),
                    Choice::number(Text::new("3", "3"), 3),
                ]),
                script: one_each,
                ms: 4_000,
                probe: |ran| ran.delivered(READER).into(),
                explain: Explain::plain(Text::new(
                    "Two in sync is enough: all three are written, replicated and readable. acks changes what the producer waits for, not what is stored.",
                    "两个同步副本就够：三条都写入、复制并可读。acks 改变的是 producer 等什么，而不是存什么。",
                )),
            }),
        },
    ],
    honest: Text::new(
        "ISR changes go through real AlterPartition requests and the controller's records. The single controller stands for a quorum.",
        "ISR 变化经过真实的 AlterPartition 请求和 controller 的记录。单个 controller 代表仲裁组。",
    ),
    class: Class {
        vote: 1,
        likely_wrong: Text::new(
            "“None”: min.insync.replicas is taken for a lock on the whole partition.",
            "“都不”：把 min.insync.replicas 当成整个 partition 的锁。",
        ),
        follow_up: Text::new(
            "And if min.insync.replicas were 1? (acks=all succeeds with one copy: lose that broker, lose the record.)",
            "如果 min.insync.replicas 是 1 呢？（acks=all 只有一份也成功：丢了那台 broker 就丢记录。）",
        ),
        notes: Text::new(
            "Fill a table on the board: acks 0, 1, all against ISR 3, 2, 1. Vote on the cell that the run shows next.",
            "在黑板上画表：acks 0、1、all 对 ISR 3、2、1。对接下来要运行的那一格投票。",
        ),
    },
};
