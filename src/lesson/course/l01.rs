use super::Class;
use super::Lesson;
use super::Look;
use super::Step;
use super::Task;
use crate::kafka::base::NodeId;
use crate::kafka::base::name;
use crate::lab::Act;
use crate::lab::SeekPoint;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Ran;
use crate::lesson::Scene;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::group::M2;
use crate::lesson::group::SHARED;
use crate::lesson::group::grouped;
use crate::lesson::group::member;
use crate::lesson::scene::send;

const P: &str = "demo-0";
const READER: i32 = 20_001;

fn scene() -> Scene {
    grouped("demo", 1).group("readers", 1, &["demo"], &[]).seen_at(SHARED)
}

fn five() -> Vec<(u64, Act)> {
    ["A", "B", "C", "D", "E"].iter().zip(0..).map(|(value, n)| (n * 400, send(None, value))).collect()
}

fn back_to(offset: i64) -> Act {
    Act::Seek { node: NodeId(READER), topic: name("demo"), partition: 0, to: SeekPoint::Offset(offset) }
}

fn kept(ran: &Ran<'_>) -> i64 {
    ran.leo(1, P).unwrap_or(0) - ran.start(1, P).unwrap_or(0)
}

/// The log: append, read, read again.
pub(super) const LESSON: Lesson = Lesson {
    id: "L01",
    title: Text::new("The log: reading takes nothing away", "日志：读而不删"),
    goal: Text::new(
        "Say what an offset is, and why reading costs a log nothing.",
        "说清什么是 offset，以及为什么读取不会让日志少任何东西。",
    ),
    minutes: 8,
    hook: Text::new(
        "Many queues hand a message over and forget it. Kafka never hands anything over: it keeps a log, and a reader keeps a bookmark.",
        "许多队列把消息交出去就忘了。Kafka 从不交出：它保存一份日志，读者只保存一个书签。",
    ),
    scene,
    steps: &[
        Step {
            say: Text::new(
                "One broker, one topic of one partition, nothing in it. A producer will send five records, and a consumer will read them twice.",
                "一个 broker，一个只有一个 partition 的 topic，里面是空的。producer 将发送五条记录，consumer 把它们读两遍。",
            ),
            scene: None,
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Five records are sent and read twice. How many does the log hold then?",
                    "发送五条记录并读两遍之后，日志里还有几条？",
                ),
                form: Form::Choice(&[
                    Choice::number(Text::new("none: they were read", "0 条：已被读走"), 0),
                    Choice::number(Text::new("five", "5 条"), 5),
                    Choice::number(Text::new("ten: each reading copies", "10 条：每读一遍复制一份"), 10),
                ]),
                script: || {
                    let mut script = five();
                    script.push((3_000, back_to(0)));
                    script
                },
                ms: 5_000,
                probe: |ran| kept(ran).into(),
                explain: Explain {
                    text: Text::new(
                        "The consumer was given {} records, and the log still holds {}. Reading moved a number in the consumer; not a byte of the log changed.",
                        "consumer 一共拿到 {} 条记录，而日志里仍有 {} 条。读取只改变了 consumer 手里的一个数字，日志一个字节也没变。",
                    ),
                    parts: |ran| vec![ran.delivered(READER).to_string(), kept(ran).to_string()],
                },
            }),
        },
        Step {
            say: Text::new(
                "Each record went to the end and got the next number, its offset. The first is 0. The end of the log, LEO, is the number that the next record will get.",
                "每条记录都追加到末尾，并得到下一个编号，即 offset。第一条是 0。日志末端 LEO 是下一条记录将得到的编号。",
            ),
            scene: None,
            look: Look::log("replica/1/demo-0"),
            task: Task::Watch { script: || vec![(200, send(None, "F"))], ms: 1_500 },
        },
        Step {
            say: Text::new(
                "The bookmark is the position: the offset of the next record that the consumer will be given. Put it back to 2.",
                "书签就是 position:consumer 下一条将拿到的记录的 offset。把它拨回 2。",
            ),
            scene: None,
            look: Look::at("consumer/20001"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "The log holds offsets 0 to 5. Which position does the consumer have, some time after it was put back to 2?",
                    "日志里有 offset 0 到 5。拨回 2 之后过一会儿，consumer 的 position 是多少？",
                ),
                form: Form::Number(Text::new("position", "position")),
                script: || vec![(200, back_to(2))],
                ms: 2_000,
                probe: |ran| ran.position(READER, P).into(),
                explain: Explain {
                    text: Text::new(
                        "It was given 2 to 5 once more and stands at {}: the next record to read, not the last one read.",
                        "它又拿到 2 到 5，现在停在 {}：这是下一条要读的，而不是最后读过的。",
                    ),
                    parts: |ran| vec![ran.position(READER, P).unwrap_or(-1).to_string()],
                },
            }),
        },
        Step {
            say: Text::new(
                "Your turn: let a second group read demo, from the earliest record on. The consumer that is there belongs to the group readers.",
                "轮到你：让第二个组从最早的记录开始读 demo。已有的 consumer 属于 readers 组。",
            ),
            scene: None,
            look: Look::CLUSTER,
            task: Task::Do {
                done: |ran| ran.delivered_from(M2) >= 6 && ran.members("readers") == [READER],
                hint: Text::new(
                    "Open the commands (⌘K or /), choose “Add consumers to a group…”, and write another group.id. Its members begin at the earliest offset.",
                    "打开命令面板（⌘K 或 /），选择“向消费者组添加成员…”，填另一个 group.id。其成员从 earliest 开始读。",
                ),
                example: || vec![(0, member("audit", &["demo"]))],
                ms: 8_000,
            },
        },
        Step {
            say: Text::new(
                "From memory: another five records are sent to an empty partition, and two groups of one consumer each read them.",
                "凭记忆回答：向一个空的 partition 再发送五条记录，由两个组读取，每组一个 consumer。",
            ),
            scene: Some(|| {
                let setup = grouped("demo", 1).group("readers", 1, &["demo"], &[]);
                setup.group("audit", 1, &["demo"], &[]).seen_at(SHARED)
            }),
            look: Look::CLUSTER,
            task: Task::Recall(Trial {
                ask: Text::new(
                    "First offset, last offset, LEO, and records given to the second group:",
                    "第一个 offset、最后一个 offset、LEO、第二个组拿到的记录数：",
                ),
                form: Form::Choice(&[
                    Choice::numbers(Text::new("0, 4, 5, 5", "0、4、5、5"), &[0, 4, 5, 5]),
                    Choice::numbers(Text::new("1, 5, 5, 5", "1、5、5、5"), &[1, 5, 5, 5]),
                    Choice::numbers(Text::new("0, 4, 4, 0", "0、4、4、0"), &[0, 4, 4, 0]),
                    Choice::numbers(Text::new("0, 4, 5, 0", "0、4、5、0"), &[0, 4, 5, 0]),
                ]),
                script: five,
                ms: 4_000,
                probe: |ran| {
                    let leo = ran.leo(1, P).unwrap_or(-1);
                    let start = ran.start(1, P).unwrap_or(-1);
                    crate::lesson::Value::Numbers(vec![start, leo - 1, leo, ran.delivered(M2)])
                },
                explain: Explain::plain(Text::new(
                    "Offsets begin at 0. LEO is the next offset, one more than the last. Each group has a bookmark of its own, so each is given all five.",
                    "offset 从 0 开始。LEO 是下一个 offset，比最后一条大 1。每个组有自己的书签，所以都拿到五条。",
                )),
            }),
        },
    ],
    honest: Text::new(
        "Broker, producer, consumers and their groups are the engine's own. __consumer_offsets has one partition and one replica here.",
        "broker、producer、consumer 和消费组都是引擎的真实逻辑。这里的 __consumer_offsets 只有一个 partition、一个副本。",
    ),
    class: Class {
        vote: 0,
        likely_wrong: Text::new(
            "“None”: taken from queues that remove a message once it is acknowledged.",
            "“0 条”：来自那些确认后就删除消息的队列。",
        ),
        follow_up: Text::new(
            "If reading removes nothing, what does? (Retention: whole segments, by time or size.)",
            "既然读取不删除，那什么会删除？（保留策略：按时间或大小删除整个 segment。）",
        ),
        notes: Text::new(
            "Vote first, then run at slow speed; point at the position marker jumping back while the cells stay.",
            "先投票，再慢速运行；指出 position 标记跳回去，而格子一个也没少。",
        ),
    },
};
