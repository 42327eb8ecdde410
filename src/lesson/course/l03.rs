use super::Class;
use super::Lesson;
use super::Look;
use super::Step;
use super::Task;
use crate::kafka::client::consumer::Commit;
use crate::kafka::client::consumer::Program;
use crate::lab::Act;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Plan;
use crate::lesson::Queue;
use crate::lesson::QueueAct;
use crate::lesson::Ran;
use crate::lesson::Scene;
use crate::lesson::Setup;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::group::M1;
use crate::lesson::group::M2;
use crate::lesson::group::M3;
use crate::lesson::group::SHARED;
use crate::lesson::group::grouped;
use crate::lesson::group::member;
use crate::lesson::group::member_with;
use crate::lesson::group::works;
use crate::lesson::grouped::called;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::sends;
use crate::lesson::rig::stored;
use crate::lesson::scene::send_from;

const SUBSCRIBER: QueueAct = QueueAct::Subscribe { prefetch: 3, work_ms: 250 };

/// When the first message comes, in ms of the world; then one every 400 ms.
const FIRST: u64 = SHARED + 500;

/// Two subscribers and six messages.
const TWO: Plan = &[
    (4_000, SUBSCRIBER),
    (4_000, SUBSCRIBER),
    (FIRST, QueueAct::Publish),
    (FIRST + 400, QueueAct::Publish),
    (FIRST + 800, QueueAct::Publish),
    (FIRST + 1_200, QueueAct::Publish),
    (FIRST + 1_600, QueueAct::Publish),
    (FIRST + 2_000, QueueAct::Publish),
];

/// How long the six take, in ms.
const STEP: u64 = 6_000;

/// The same, and a third subscriber when all is over.
const LATE: Plan =
    &[TWO[0], TWO[1], TWO[2], TWO[3], TWO[4], TWO[5], TWO[6], TWO[7], (SHARED + STEP + 600, SUBSCRIBER)];

/// One subscriber that needs a second for a message, and ten messages at once.
const SLOW: Plan = &[
    (4_000, QueueAct::Subscribe { prefetch: 3, work_ms: 1_000 }),
    (FIRST, QueueAct::Publish),
    (FIRST, QueueAct::Publish),
    (FIRST, QueueAct::Publish),
    (FIRST, QueueAct::Publish),
    (FIRST, QueueAct::Publish),
    (FIRST, QueueAct::Publish),
    (FIRST, QueueAct::Publish),
    (FIRST, QueueAct::Publish),
    (FIRST, QueueAct::Publish),
    (FIRST, QueueAct::Publish),
];

const TEAM: &str = "team";

fn news() -> Setup {
    grouped("news", 2).group(TEAM, 2, &["news"], &[])
}

/// The partition of each of the six records: what a key would decide.
const PARTITIONS: [i32; 6] = [0, 1, 1, 0, 1, 0];

/// The six records, at the moments at which the queue gets its messages.
fn six() -> Vec<(u64, Act)> {
    let one = |(n, partition): (u64, i32)| {
        let value = format!("{}", n + 1);
        (500 + n * 400, send_from(PRODUCER, Some(partition), None, &value))
    };
    (0..).zip(PARTITIONS).map(one).collect()
}

/// The moment of the run's world in ms.
fn now(ran: &Ran<'_>) -> u64 {
    ran.world().now().as_millis()
}

/// Who has record 4: on the left and on the right.
fn fourth(ran: &Ran<'_>) -> Option<String> {
    let left = Queue::at(TWO, now(ran)).given_to(4)?;
    let right = [M1, M2].into_iter().find(|id| ran.given(*id).iter().any(|(_, value)| value == "4"))?;
    Some(format!("{}, {}", ["A", "B", "C"][left], called(right)))
}

fn kept(ran: &Ran<'_>) -> i64 {
    stored(ran, "news-0") + stored(ran, "news-1")
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(-1)
}

/// Six records that the group team has read.
fn read_once() -> Scene {
    let acts = six().into_iter().map(|(ms, act)| (SHARED + ms, act)).collect();
    news().acts(acts).seen_at(SHARED + STEP)
}

/// Publish/subscribe and queues.
pub(super) const LESSON: Lesson = Lesson {
    id: "L03",
    title: Text::new("Queue and publish/subscribe from one log", "一份日志，既是队列，又是发布订阅"),
    goal: Text::new(
        "Say what a group makes of a log, and what a queue broker does otherwise.",
        "能说出组把日志变成了什么，以及队列 broker 有何不同。",
    ),
    minutes: 10,
    hook: Text::new(
        "“Is Kafka a queue or publish/subscribe?” It is neither, and gives you both: how many groups read decides. Beside Kafka stands a small queue broker, which hands each message out and forgets it when it is acknowledged.",
        "“Kafka 是队列还是发布订阅？”都不是，又两者皆可：取决于有几个组在读。Kafka 旁边有一个小小的队列 broker，它把每条消息发出去，确认后就忘掉。",
    ),
    scene: || news().seen_at(SHARED),
    steps: &[
        Step {
            say: Text::new(
                "Six messages go to both sides. In the panel: a queue with the subscribers A and B. On the stage: news with two partitions, and the group team, consumer-1 and consumer-2. Records 1, 4 and 6 go to news-0, the others to news-1.",
                "六条消息同时发往两边。面板里：一个队列，订阅者 A 和 B。舞台上：两个 partition 的 news，和 team 组的 consumer-1、consumer-2。第 1、4、6 条进 news-0，其余进 news-1。",
            ),
            scene: None,
            look: Look::beside(TWO),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Who is given message 4: in the queue, and in Kafka?",
                    "第 4 条消息给了谁：队列里是谁，Kafka 里是谁？",
                ),
                form: Form::Choice(&[
                    Choice::word(
                        Text::new(
                            "B by turn; consumer-1, who reads news-0",
                            "轮到 B；读 news-0 的 consumer-1",
                        ),
                        "B, consumer-1",
                    ),
                    Choice::word(
                        Text::new("B by turn; consumer-2 by turn", "轮到 B；轮到 consumer-2"),
                        "B, consumer-2",
                    ),
                    Choice::word(
                        Text::new("A, who is free; consumer-1", "空闲的 A；consumer-1"),
                        "A, consumer-1",
                    ),
                    Choice::word(
                        Text::new("A, who is free; consumer-2", "空闲的 A；consumer-2"),
                        "A, consumer-2",
                    ),
                ]),
                script: six,
                ms: STEP,
                probe: |ran| fourth(ran).as_deref().into(),
                explain: Explain {
                    text: Text::new(
                        "{}. The queue deals one message after the other to whoever has room, in turn. A group deals partitions, once: whoever reads news-0 gets everything in it, in its order. Each message was still given to one of the two: consumer-1 had {}, consumer-2 had {}.",
                        "{}。队列把消息一条条轮流发给有空位的人。组分的是 partition，只分一次：谁读 news-0，谁就按顺序得到其中的一切。每条仍只给了其中一人：consumer-1 得 {} 条，consumer-2 得 {} 条。",
                    ),
                    parts: |ran| {
                        let counts = [M1, M2].map(|id| ran.delivered(id).to_string());
                        [vec![fourth(ran).unwrap_or_default()], counts.to_vec()].concat()
                    },
                },
            }),
        },
        Step {
            say: Text::new(
                "All six were handed out and worked on, on both sides.",
                "两边都已把六条发完并处理完。",
            ),
            scene: Some(read_once),
            look: Look::beside(TWO),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "How many messages does each side still have: the queue, and Kafka?",
                    "两边各还存着几条：队列和 Kafka？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(Text::new("0 and 0", "0 和 0"), &[0, 0]),
                    Choice::numbers(Text::new("0 and 6", "0 和 6"), &[0, 6]),
                    Choice::numbers(Text::new("6 and 6", "6 和 6"), &[6, 6]),
                ]),
                script: Vec::new,
                ms: 100,
                probe: |ran| Value::Numbers(vec![length(Queue::at(TWO, now(ran)).kept()), kept(ran)]),
                explain: Explain {
                    text: Text::new(
                        "The queue has removed {}: an acknowledgement is the end of a message. Kafka has written down two numbers for the group, one a partition, and kept all {} records.",
                        "队列已删除 {} 条：确认就是消息的终点。Kafka 只为这个组记下两个数字（每个 partition 一个），{} 条记录都在。",
                    ),
                    parts: |ran| vec![Queue::at(TWO, now(ran)).removed.to_string(), kept(ran).to_string()],
                },
            }),
        },
        Step {
            say: Text::new(
                "Somebody new comes late to both sides: the subscriber C, and consumer-3 in a group of its own, audit, from the earliest record on.",
                "两边都来了个迟到的：订阅者 C，以及自成一组 audit 的 consumer-3，从 earliest 读起。",
            ),
            scene: None,
            look: Look::beside(LATE),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "How many of the six are they given: C, and consumer-3?",
                    "六条里它们各拿到几条：C 和 consumer-3？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(Text::new("0 and 0: both are too late", "0 和 0：都来晚了"), &[0, 0]),
                    Choice::numbers(Text::new("0 and 6", "0 和 6"), &[0, 6]),
                    Choice::numbers(Text::new("2 and 2: a fair third", "2 和 2：公平的三分之一"), &[2, 2]),
                    Choice::numbers(Text::new("6 and 6", "6 和 6"), &[6, 6]),
                ]),
                script: || vec![(500, member("audit", &["news"]))],
                ms: 8_000,
                probe: |ran| {
                    let late =
                        Queue::at(LATE, now(ran)).subscribers.get(2).map_or(-1, |c| length(c.given.len()));
                    Value::Numbers(vec![late, ran.delivered(M3)])
                },
                explain: Explain {
                    text: Text::new(
                        "What is gone cannot be given. A second group is a second bookmark in the same log: {} records are stored once, and were handed out {} times.",
                        "已经没了的给不出来。第二个组就是同一份日志里的第二个书签：{} 条记录只存一份，却发放了 {} 次。",
                    ),
                    parts: |ran| {
                        let given: i64 = [M1, M2, M3].map(|id| ran.delivered(id)).iter().sum();
                        vec![kept(ran).to_string(), given.to_string()]
                    },
                },
            }),
        },
        Step {
            say: Text::new(
                "One subscriber on each side, and both are slow: a second for each message, acknowledged or committed one by one. Ten messages come at once. The queue pushes up to three ahead of the acknowledgements (prefetch).",
                "两边各一个订阅者，都很慢：每条一秒，逐条确认或提交。十条消息同时到来。队列最多提前推送三条未确认的（prefetch）。",
            ),
            scene: Some(|| {
                let slow = Program { commit: Commit::After, ..works(1_000) };
                let configs = &[("max.poll.records", "1")];
                grouped("news", 1).at(4_000, member_with(TEAM, &["news"], slow, configs)).seen_at(SHARED)
            }),
            look: Look::beside(SLOW),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Three are done. How many still wait in the queue, given to nobody, and how large is the lag of the group?",
                    "已完成三条。队列里还有几条没发给任何人？组的积压 lag 是多少？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(Text::new("7 and 7", "7 和 7"), &[7, 7]),
                    Choice::numbers(Text::new("4 and 7", "4 和 7"), &[4, 7]),
                    Choice::numbers(
                        Text::new("0 and 7: the queue has pushed all", "0 和 7：队列已全部推出"),
                        &[0, 7],
                    ),
                    Choice::numbers(Text::new("4 and 4", "4 和 4"), &[4, 4]),
                ]),
                script: || sends(PRODUCER, 500, 0, 10),
                ms: 4_000,
                probe: |ran| {
                    let waiting = length(Queue::at(SLOW, now(ran)).waiting.len());
                    ran.lag(TEAM, "news-0").map_or(Value::Nothing, |lag| Value::Numbers(vec![waiting, lag]))
                },
                explain: Explain {
                    text: Text::new(
                        "The queue keeps a window a subscriber: {} are with A, {} wait for room. Kafka keeps no window: the consumer asks, and the group's lag is {}, which counts everything that is not committed. On both sides the producer went on.",
                        "队列为每个订阅者维护窗口：{} 条在 A 手里，{} 条等空位。Kafka 没有窗口：consumer 自己来取，组的积压是 {}，凡未提交的都算。两边的生产者都没被挡住。",
                    ),
                    parts: |ran| {
                        let queue = Queue::at(SLOW, now(ran));
                        let held = queue.subscribers.first().map_or(0, |a| a.window.len());
                        let lag = ran.lag(TEAM, "news-0").unwrap_or(-1);
                        vec![held.to_string(), queue.waiting.len().to_string(), lag.to_string()]
                    },
                },
            }),
        },
        Step {
            say: Text::new(
                "Your turn. The group team has read the six records of news. Make publish/subscribe of it: somebody else shall be given all six too, and team shall not notice.",
                "轮到你。team 组已读完 news 的六条。把它变成发布订阅：让别人也拿到全部六条，而 team 毫无察觉。",
            ),
            scene: Some(read_once),
            look: Look::CLUSTER,
            task: Task::Do {
                done: |ran| ran.shares(TEAM) == [1, 1] && ran.delivered_from(M3) >= 6,
                hint: Text::new(
                    "Open the commands (⌘K or /), choose “Add consumers to a group…”, and write a group.id of its own. Its members begin at the earliest offset.",
                    "打开命令面板（⌘K 或 /），选择“向消费者组添加成员…”，填一个新的 group.id。其成员从 earliest 开始读。",
                ),
                example: || vec![(200, member("search", &["news"]))],
                ms: 8_000,
            },
        },
        Step {
            say: Text::new(
                "From memory: six records again, and two groups: team with two members, audit with one.",
                "凭记忆回答：又是六条记录，两个组：team 两个成员，audit 一个。",
            ),
            scene: Some(|| news().group("audit", 1, &["news"], &[]).seen_at(SHARED)),
            look: Look::CLUSTER,
            task: Task::Recall(Trial {
                ask: Text::new(
                    "How many records are stored, and how many are handed out in all?",
                    "存了几条记录？一共发放了几次？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(Text::new("6 and 6", "6 和 6"), &[6, 6]),
                    Choice::numbers(Text::new("6 and 12", "6 和 12"), &[6, 12]),
                    Choice::numbers(Text::new("12 and 12", "12 和 12"), &[12, 12]),
                    Choice::numbers(Text::new("6 and 18", "6 和 18"), &[6, 18]),
                ]),
                script: six,
                ms: STEP,
                probe: |ran| {
                    let given: i64 = [M1, M2, M3].map(|id| ran.delivered(id)).iter().sum();
                    Value::Numbers(vec![kept(ran), given])
                },
                explain: Explain {
                    text: Text::new(
                        "Once for each group: {} to the two of team together, {} to audit. Members of one group share, groups do not.",
                        "每组一份：team 的两个成员合计 {} 条，audit {} 条。组内分摊，组间各自全收。",
                    ),
                    parts: |ran| {
                        let team = ran.delivered(M1) + ran.delivered(M2);
                        vec![team.to_string(), ran.delivered(M3).to_string()]
                    },
                },
            }),
        },
    ],
    honest: Text::new(
        "Kafka's side is the engine's own. The queue broker in the panel is a model of a few dozen lines: one queue, push in turn, a window, acknowledge, remove; a push takes no time and nothing fails. Real ones do more: exchanges, priorities, redelivery, and streams that keep.",
        "Kafka 一侧是引擎的真实逻辑。面板里的队列 broker 是几十行的模型：一个队列、轮流推送、窗口、确认、删除；推送不耗时，也不出故障。真实的队列 broker 功能更多：交换机、优先级、重投递，以及会保留消息的 stream。",
    ),
    class: Class {
        vote: 2,
        likely_wrong: Text::new(
            "“2 and 2: a fair third”: a new group is taken for a new member, and a log for a queue that is shared out again.",
            "“2 和 2：公平的三分之一”：把新的组当成新的成员，把日志当成会重新分配的队列。",
        ),
        follow_up: Text::new(
            "When would you rather have the queue? (Single slow jobs that must not hold up those behind them; priorities; a message that only one shall ever see.)",
            "什么时候你更想要队列？（个别慢任务不该挡住后面的；需要优先级；一条消息只该被一个人看到。）",
        ),
        notes: Text::new(
            "Hand out six sheets to two pupils by turn and tear up what is done: that is the queue. Then pin six sheets to the wall and give each group a clothes-peg: that is the log.",
            "把六张纸轮流发给两位同学，做完就撕：这是队列。再把六张纸钉在墙上，每组发一个夹子：这是日志。",
        ),
    },
};
