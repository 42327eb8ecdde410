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
use crate::lesson::Ran;
use crate::lesson::Setup;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::group::M1;
use crate::lesson::group::M2;
use crate::lesson::group::QUICK;
use crate::lesson::group::grouped;
use crate::lesson::group::member_with;
use crate::lesson::group::numbers;
use crate::lesson::group::works;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::crash;
use crate::lesson::rig::restart;
use crate::lesson::rig::sends;

pub(in crate::lesson) const P: &str = "orders-0";
pub(in crate::lesson) const GROUP: &str = "till";

/// When the orders lie there, in ms.
pub(in crate::lesson) const SEEN: u64 = 5_000;

/// So many orders in one partition, and nobody who reads them yet.
pub(in crate::lesson) fn orders(count: u64) -> Setup {
    grouped("orders", 1).acts(sends(PRODUCER, 4_000, 20, count))
}

/// A member that dies after so many orders, and its successor, which does not.
pub(in crate::lesson) fn dies_after(
    orders: u64,
    program: &Program,
    configs: &[(&str, &str)],
) -> Vec<(u64, Act)> {
    let configs = [QUICK, configs].concat();
    let mortal = Program { crash_after: Some(orders), ..program.clone() };
    let member = |program| member_with(GROUP, &["orders"], program, &configs);
    vec![(200, member(mortal)), (13_000, member(program.clone()))]
}

/// How often each order was processed, by both members together.
pub(in crate::lesson) fn effects(ran: &Ran<'_>) -> Vec<i64> {
    ran.effects(&[M1, M2], P)
}

/// Orders that were never processed, and those that were processed more than once.
pub(in crate::lesson) fn lost_and_repeated(ran: &Ran<'_>) -> [i64; 2] {
    let count = |wanted: fn(&i64) -> bool| effects(ran).iter().filter(|n| wanted(n)).count() as i64;
    [count(|n| *n == 0), count(|n| *n > 1)]
}

/// How often each of the five orders is processed, when it dies after the third.
const OF_FIVE: Form = Form::Choice(&[
    Choice::numbers(
        Text::new("1, 1, 1, 1, 1: the successor goes on at the fourth", "1、1、1、1、1：接班者从第四条继续"),
        &[1, 1, 1, 1, 1],
    ),
    Choice::numbers(
        Text::new("2, 2, 2, 1, 1: it begins again at the first", "2、2、2、1、1：从第一条重来"),
        &[2, 2, 2, 1, 1],
    ),
    Choice::numbers(
        Text::new("1, 1, 1, 0, 0: it begins behind the fifth", "1、1、1、0、0：从第五条之后开始"),
        &[1, 1, 1, 0, 0],
    ),
    Choice::numbers(
        Text::new("1, 1, 2, 1, 1: the one in hand is repeated", "1、1、2、1、1：只重做手上那条"),
        &[1, 1, 2, 1, 1],
    ),
]);

/// Commits: duplicates and loss.
pub(super) const LESSON: Lesson = Lesson {
    id: "L18",
    title: Text::new("Commits: what is repeated, and what is lost", "提交位移：什么会重复，什么会丢"),
    goal: Text::new(
        "Place the crash that repeats a record and the one that loses it, and choose the order that you can live with.",
        "能指出哪个时刻崩溃会重复、哪个会丢失，并选出你能接受的先后顺序。",
    ),
    minutes: 12,
    hook: Text::new(
        "A consumer works on an order and writes down how far it is: two deeds, and a machine can die between them. Which of the two comes first decides whether a customer pays twice or never gets the parcel.",
        "consumer 处理订单，再记下进度：这是两件事，机器可能死在它们之间。哪件在先，决定了顾客是被扣两次款，还是永远收不到包裹。",
    ),
    scene: || orders(5).seen_at(SEEN),
    steps: &[
        Step {
            say: Text::new(
                "Five orders lie in orders-0. A consumer will be given all five by one poll(), work on them one by one, and then call commitSync(). It dies when three are done. A second one of the same group takes over.",
                "orders-0 里有五个订单。一个 consumer 将在一次 poll() 里拿到全部五个，逐个处理，然后调用 commitSync()。处理完三个时它死了，同组的另一个接班。",
            ),
            scene: None,
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Process, then commit: how often is each of the five orders processed in all?",
                    "先处理、后提交：五个订单各自一共被处理了几次？",
                ),
                form: OF_FIVE,
                script: || dies_after(3, &Program { commit: Commit::After, ..works(500) }, &[]),
                ms: 25_000,
                probe: |ran| Value::Numbers(effects(ran)),
                explain: Explain {
                    text: Text::new(
                        "{}. Nothing was committed when it died, so its successor was given everything from offset 0 on. The group knows a single number for the partition; that three of five were done stood nowhere. Now it is {}.",
                        "{}。它死时什么都没提交，接班者从 offset 0 起全部再拿一遍。组对一个 partition 只知道一个数字；“五个做完三个”哪里也没记。现在这个数字是 {}。",
                    ),
                    parts: |ran| vec![numbers(&effects(ran)), committed(ran)],
                },
            }),
        },
        Step {
            say: Text::new(
                "The same five orders and the same death, with the two deeds the other way round: commitSync() first, then the work.",
                "同样五个订单，同样的死法，只把两件事对调：先 commitSync()，再处理。",
            ),
            scene: Some(|| orders(5).seen_at(SEEN)),
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Commit, then process: how often is each of the five orders processed in all?",
                    "先提交、后处理：五个订单各自一共被处理了几次？",
                ),
                form: OF_FIVE,
                script: || dies_after(3, &Program { commit: Commit::Before, ..works(500) }, &[]),
                ms: 25_000,
                probe: |ran| Value::Numbers(effects(ran)),
                explain: Explain {
                    text: Text::new(
                        "{}. The number {} was written down before the work began. The last two orders still lie in the log, and nobody of this group will ask for them again.",
                        "{}。数字 {} 在动手之前就写下了。最后两个订单仍在日志里，但这个组再也不会去取。",
                    ),
                    parts: |ran| vec![numbers(&effects(ran)), committed(ran)],
                },
            }),
        },
        Step {
            say: Text::new(
                "Ten orders, and a program that never commits: enable.auto.commit is on, every 5 s. poll() gives five at a time (max.poll.records=5), a second for each. It dies when seven are done.",
                "十个订单，程序自己从不提交：enable.auto.commit 打开，每 5 秒一次。poll() 每次给五条（max.poll.records=5），每条一秒。处理完七个时它死了。",
            ),
            scene: Some(|| orders(10).seen_at(SEEN)),
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Of the ten orders, how many are never processed, and how many more than once?",
                    "十个订单中，有几个从未处理，有几个处理了不止一次？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(Text::new("none and none", "0 个，0 个"), &[0, 0]),
                    Choice::numbers(
                        Text::new(
                            "none lost, two twice: the last five were not committed",
                            "丢 0 个，重复 2 个：后五个还没提交",
                        ),
                        &[0, 2],
                    ),
                    Choice::numbers(
                        Text::new(
                            "three lost: a timer had committed all ten",
                            "丢 3 个：定时器已提交全部十个",
                        ),
                        &[3, 0],
                    ),
                    Choice::numbers(
                        Text::new(
                            "none lost, seven twice: nothing was committed",
                            "丢 0 个，重复 7 个：什么都没提交",
                        ),
                        &[0, 7],
                    ),
                ]),
                script: || dies_after(7, &works(1_000), &[("max.poll.records", "5")]),
                ms: 36_000,
                probe: |ran| Value::Numbers(lost_and_repeated(ran).to_vec()),
                explain: Explain {
                    text: Text::new(
                        "{}. There is no timer of its own: poll() looks at the clock, and commits what the poll before it had returned. By then a plain loop is done with those. So auto commit repeats; it loses only when records are handed to other threads, which are not done when poll() is called again.",
                        "{}。并没有独立的定时器：是 poll() 看钟，提交的是上一次 poll 返回的那些。普通循环到那时已处理完它们。所以自动提交会重复；只有把记录交给别的线程、而下次 poll() 时还没做完，才会丢。",
                    ),
                    parts: |ran| vec![numbers(&effects(ran))],
                },
            }),
        },
        Step {
            say: Text::new(
                "Five orders again, offsets 0 to 4. A consumer processes all of them and commits. Nobody dies.",
                "又是五个订单，offset 0 到 4。consumer 全部处理完并提交，没有谁死掉。",
            ),
            scene: Some(|| orders(5).seen_at(SEEN)),
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Which number does the group have for orders-0 then?",
                    "这时组为 orders-0 记下的数字是几？",
                ),
                form: Form::Number(Text::new("committed offset", "已提交的 offset")),
                script: || {
                    vec![(
                        200,
                        member_with(
                            GROUP,
                            &["orders"],
                            Program { commit: Commit::After, ..works(100) },
                            QUICK,
                        ),
                    )]
                },
                ms: 8_000,
                probe: |ran| ran.committed(GROUP, P).into(),
                explain: Explain {
                    text: Text::new(
                        "{}: the next offset to read, one more than the last one done. It speaks for everything below it. With 4, the order at offset 4 would be given once more after a restart.",
                        "{}：下一条要读的 offset，比最后做完的大 1。它代表它之前的全部。若提交 4，重启后 offset 4 的订单会再给一次。",
                    ),
                    parts: |ran| vec![committed(ran)],
                },
            }),
        },
        Step {
            say: Text::new(
                "Your turn. consumer-1 works two seconds on each of five orders, and commits when all are done. Kill it and start it again so that an order is given to it twice.",
                "轮到你。consumer-1 处理五个订单，每个两秒，全部做完才提交。把它杀掉再启动，使某个订单被给到它两次。",
            ),
            scene: Some(|| {
                let slow = Program { commit: Commit::After, ..works(2_000) };
                orders(5).at(4_500, member_with(GROUP, &["orders"], slow, QUICK)).seen_at(7_000)
            }),
            look: Look::at("consumer/20001"),
            task: Task::Do {
                done: |ran| ran.given_again(&[M1], P) > 0,
                hint: Text::new(
                    "It must die between the first order and the commit. Select the consumer, choose “Crash”, then “Restart”. It comes back as a new member and waits until the old one's session is over: six seconds here.",
                    "要让它死在第一个订单与提交之间。选中该 consumer，选“崩溃”，再“重启”。它以新成员身份回来，要等旧成员的会话到期：这里是六秒。",
                ),
                example: || vec![(2_000, crash(M1)), (3_000, restart(M1))],
                ms: 15_000,
            },
        },
        Step {
            say: Text::new(
                "From memory: a consumer is given five orders and works on all of them. It never commits, and auto commit is off. Then it is killed and started again; auto.offset.reset is earliest.",
                "凭记忆回答：consumer 拿到五个订单并全部处理完。它从不提交，自动提交也关着。然后被杀掉并重新启动；auto.offset.reset 是 earliest。",
            ),
            scene: Some(|| orders(5).seen_at(SEEN)),
            look: Look::CLUSTER,
            task: Task::Recall(Trial {
                ask: Text::new(
                    "How many of the five orders is it given again?",
                    "五个订单中有几个会再给它一次？",
                ),
                form: Form::Choice(&[
                    Choice::number(Text::new("none: its position was 5", "0 个：它的 position 是 5"), 0),
                    Choice::number(Text::new("one: the last", "1 个：最后那条"), 1),
                    Choice::number(Text::new("all five", "全部 5 个"), 5),
                ]),
                script: || {
                    let never = Program { commit: Commit::Never, ..works(100) };
                    let configs = [QUICK, &[("enable.auto.commit", "false")]].concat();
                    let member = member_with(GROUP, &["orders"], never, &configs);
                    vec![(200, member), (6_000, crash(M1)), (7_000, restart(M1))]
                },
                ms: 20_000,
                probe: |ran| ran.given_again(&[M1], P).into(),
                explain: Explain {
                    text: Text::new(
                        "A position lives in the process and dies with it. What a group knows is what was committed: {}.",
                        "position 活在进程里，也随进程消失。组所知道的只有提交过的：{}。",
                    ),
                    parts: |ran| vec![committed(ran)],
                },
            }),
        },
    ],
    honest: Text::new(
        "Clients, coordinator and __consumer_offsets are the engine's own. What “processed” means is the program's own count: an order counts when its work is over. session.timeout.ms is 6 s here (45 s by default), so that the successor waits less. Handing records to worker threads is not modelled.",
        "客户端、协调者与 __consumer_offsets 都是引擎的真实逻辑。“已处理”由程序自己计数：一个订单做完才算。这里 session.timeout.ms 是 6 秒（默认 45 秒），让接班者少等一会儿。没有模拟把记录交给工作线程的情形。",
    ),
    class: Class {
        vote: 1,
        likely_wrong: Text::new(
            "“1, 1, 1, 1, 1”: the commit is taken for a mark on each record. It is one number, and it is written before or after, never meanwhile.",
            "“1、1、1、1、1”：把提交当成给每条记录打的勾。它只是一个数字，要么在前写、要么在后写，从不在中间。",
        ),
        follow_up: Text::new(
            "You cannot lose and you cannot pay twice. What now? (Commit last, and make the work harmless to repeat: by the order's key, or in one transaction with its result.)",
            "既不能丢，也不能重复扣款，怎么办？（后提交，并让重复处理无害：按订单 key 去重，或与结果放进同一个事务。）",
        ),
        notes: Text::new(
            "Let two pupils play it: one works, one writes the number on the board. Clap: the worker leaves. Who takes over reads only the board. Then exchange the two deeds.",
            "请两位同学扮演：一人干活，一人在黑板上写数字。拍手：干活的离场。接班者只看黑板。然后把两件事对调再来一遍。",
        ),
    },
};

fn committed(ran: &Ran<'_>) -> String {
    ran.committed(GROUP, P).map_or_else(|| "-".to_owned(), |offset| offset.to_string())
}
