use super::Class;
use super::Lesson;
use super::Look;
use super::Step;
use super::Task;
use crate::kafka::client::consumer::Assignor;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Ran;
use crate::lesson::Scene;
use crate::lesson::Setup;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::group::JOINING;
use crate::lesson::group::M3;
use crate::lesson::group::SHARED;
use crate::lesson::group::SMALL;
use crate::lesson::group::close;
use crate::lesson::group::grouped;
use crate::lesson::group::member;
use crate::lesson::group::numbers;

/// Two groups read the same four partitions: two members, and five.
pub(in crate::lesson) fn figure() -> Setup {
    grouped("orders", 4).group("billing", 2, &["orders"], &[]).group("search", 5, &["orders"], &[])
}

pub(in crate::lesson) fn two_topics() -> Scene {
    let by = |assignor: Assignor| [("partition.assignment.strategy", assignor.class_name())];
    Setup::brokers(1, SMALL)
        .seed(5)
        .topic("clicks", 3, 1, &[])
        .topic("views", 3, 1, &[])
        .group("range", 2, &["clicks", "views"], &by(Assignor::Range))
        .group("robin", 2, &["clicks", "views"], &by(Assignor::RoundRobin))
        .seen_at(JOINING)
}

/// Members without a partition: of billing, and of search.
pub(in crate::lesson) fn idle(ran: &Ran<'_>) -> [i64; 2] {
    ["billing", "search"].map(|group| ran.shares(group).iter().filter(|share| **share == 0).count() as i64)
}

/// Assignment and idle consumers.
pub(super) const LESSON: Lesson = Lesson {
    id: "L16",
    title: Text::new("Assignment: who reads what, and who reads nothing", "分区分配：谁读什么，谁什么也不读"),
    goal: Text::new(
        "Predict which member of a group gets which partitions, and when one more member helps.",
        "能预测组里每个成员分到哪些 partition，以及再加一个成员何时有用。",
    ),
    minutes: 10,
    hook: Text::new(
        "Reading is too slow, so somebody doubles the consumers. Sometimes twice as much is read. Sometimes half of them sit idle. A number that was chosen when the topic was made decides which.",
        "读得太慢，于是有人把 consumer 加倍。有时读取量翻倍，有时一半在闲着。决定这一点的，是建 topic 时定下的一个数字。",
    ),
    scene: || figure().seen_at(JOINING),
    steps: &[
        Step {
            say: Text::new(
                "orders has four partitions. Two groups read it: billing with two members, search with five. All seven have just asked to join, and nobody has a partition yet.",
                "orders 有四个 partition。两个组在读它：billing 有两个成员，search 有五个。七个成员刚刚请求加入，还没有谁分到 partition。",
            ),
            scene: None,
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "How many members will have nothing to read: of billing, and of search?",
                    "将有几个成员没有东西可读：billing 里几个，search 里几个？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(
                        Text::new(
                            "0 and 0: a partition is shared when it must be",
                            "0 和 0：必要时多人共读一个 partition",
                        ),
                        &[0, 0],
                    ),
                    Choice::numbers(
                        Text::new(
                            "0 and 1: a partition has one reader in a group",
                            "0 和 1：一个 partition 在组内只有一个读者",
                        ),
                        &[0, 1],
                    ),
                    Choice::numbers(
                        Text::new(
                            "0 and 3: billing has taken two partitions",
                            "0 和 3：billing 已占去两个 partition",
                        ),
                        &[0, 3],
                    ),
                    Choice::numbers(
                        Text::new("1 and 4: one member reads for its group", "1 和 4：每组由一个成员读"),
                        &[1, 4],
                    ),
                ]),
                script: Vec::new,
                ms: 8_000,
                probe: |ran| Value::Numbers(idle(ran).to_vec()),
                explain: Explain {
                    text: Text::new(
                        "Partitions a member: billing {}, search {}. Within a group a partition has exactly one reader, so a fifth member of four partitions stands by. The groups do not see each other: each of them reads all four.",
                        "每个成员的 partition 数：billing {}，search {}。组内一个 partition 恰好有一个读者，所以四个 partition 的第五个成员只能待命。两个组互不相干：各自都读全部四个。",
                    ),
                    parts: |ran| vec![numbers(&ran.shares("billing")), numbers(&ran.shares("search"))],
                },
            }),
        },
        Step {
            say: Text::new(
                "One member of search closes in good order: the one that reads orders-0. There was one member without work.",
                "search 的一个成员正常关闭：正是读 orders-0 的那个。此前有一个成员无事可做。",
            ),
            scene: Some(|| figure().seen_at(SHARED)),
            look: Look::at("consumer/20003"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "How many of the four partitions have another reader in search afterwards?",
                    "之后，四个 partition 中有几个在 search 里换了读者？",
                ),
                form: Form::Choice(&[
                    Choice::number(Text::new("0: nobody reads orders-0 any more", "0：orders-0 再没人读"), 0),
                    Choice::number(
                        Text::new("1: the idle member takes orders-0", "1：空闲的成员接手 orders-0"),
                        1,
                    ),
                    Choice::number(Text::new("4: all are dealt anew", "4：全部重新分一遍"), 4),
                ]),
                script: || vec![(500, close(M3))],
                ms: 9_000,
                probe: |ran| ran.moved("search", "orders").into(),
                explain: Explain {
                    text: Text::new(
                        "{} moved: {}. RangeAssignor, the default's first choice, lines the members up by their ids and deals from the front, so everybody moves up by one. A sticky assignor would have moved orders-0 alone. Either way the idle one has work now.",
                        "有 {} 个换了读者：{}。默认首选的 RangeAssignor 按成员 id 排队、从头分起，所以每个人都往前挪一位。sticky 类分配器只会移动 orders-0。无论哪种，空闲的那个现在都有活了。",
                    ),
                    parts: |ran| {
                        vec![ran.moved("search", "orders").to_string(), ran.owners("search", "orders")]
                    },
                },
            }),
        },
        Step {
            say: Text::new(
                "Now two topics of three partitions each, and two groups of two members that read both. One group uses RangeAssignor, the other RoundRobinAssignor.",
                "现在有两个 topic，各三个 partition；两个组各两个成员，都读这两个 topic。一个组用 RangeAssignor，另一个用 RoundRobinAssignor。",
            ),
            scene: Some(two_topics),
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Six partitions for two members. How many does each get: by range, and by round robin?",
                    "六个 partition 分给两个成员。range 各得几个，round robin 各得几个？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(Text::new("3 and 3; 3 and 3", "3 与 3；3 与 3"), &[3, 3, 3, 3]),
                    Choice::numbers(Text::new("4 and 2; 3 and 3", "4 与 2；3 与 3"), &[4, 2, 3, 3]),
                    Choice::numbers(Text::new("3 and 3; 4 and 2", "3 与 3；4 与 2"), &[3, 3, 4, 2]),
                    Choice::numbers(Text::new("4 and 2; 4 and 2", "4 与 2；4 与 2"), &[4, 2, 4, 2]),
                ]),
                script: Vec::new,
                ms: 8_000,
                probe: |ran| Value::Numbers([ran.shares("range"), ran.shares("robin")].concat()),
                explain: Explain {
                    text: Text::new(
                        "Range deals topic by topic, and each time the first member gets the one that is left over: {}. Round robin lays all partitions of all topics in one row and deals them in turn: {}.",
                        "range 一个 topic 一个 topic 地分，每次多出的那个都给第一个成员：{}。round robin 把所有 topic 的 partition 排成一列轮流发：{}。",
                    ),
                    parts: |ran| vec![numbers(&ran.shares("range")), numbers(&ran.shares("robin"))],
                },
            }),
        },
        Step {
            say: Text::new(
                "Your turn: make billing as wide as it can usefully be, so that each of its members reads exactly one partition and all four are read.",
                "轮到你：把 billing 扩到最宽而不浪费：每个成员恰好读一个 partition，四个都有人读。",
            ),
            scene: Some(|| grouped("orders", 4).group("billing", 2, &["orders"], &[]).seen_at(SHARED)),
            look: Look::CLUSTER,
            task: Task::Do {
                done: |ran| ran.shares("billing") == [1, 1, 1, 1],
                hint: Text::new(
                    "Members ≤ partitions, and best a divisor of them. Open the commands (⌘K or /), choose “Add consumers to a group…”, and add so many members to billing that four are there.",
                    "成员数不超过 partition 数，最好能整除。打开命令面板（⌘K 或 /），选择“向消费者组添加成员…”，给 billing 添加成员，凑够四个。",
                ),
                example: || {
                    vec![(200, member("billing", &["orders"])), (400, member("billing", &["orders"]))]
                },
                ms: 12_000,
            },
        },
        Step {
            say: Text::new(
                "From memory: one topic of seven partitions, and one group of three members, by range.",
                "凭记忆回答：一个七个 partition 的 topic，一个三个成员的组，用 range。",
            ),
            scene: Some(|| grouped("trips", 7).group("maps", 3, &["trips"], &[]).seen_at(JOINING)),
            look: Look::CLUSTER,
            task: Task::Recall(Trial {
                ask: Text::new(
                    "How many partitions does each of the three members read?",
                    "三个成员各读几个 partition？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(
                        Text::new("2, 2, 2: the seventh waits", "2、2、2：第七个没人读"),
                        &[2, 2, 2],
                    ),
                    Choice::numbers(Text::new("3, 3, 1", "3、3、1"), &[3, 3, 1]),
                    Choice::numbers(Text::new("3, 2, 2", "3、2、2"), &[3, 2, 2]),
                    Choice::numbers(
                        Text::new("7, 7, 7: each reads all", "7、7、7：每个都读全部"),
                        &[7, 7, 7],
                    ),
                ]),
                script: Vec::new,
                ms: 8_000,
                probe: |ran| Value::Numbers(ran.shares("maps")),
                explain: Explain {
                    text: Text::new(
                        "Seven divided by three is two, and one is left over for the first member: {}. No partition is left without a reader, and none has two.",
                        "七除以三得二，余下的一个给第一个成员：{}。没有 partition 无人读，也没有哪个被两人读。",
                    ),
                    parts: |ran| vec![ran.owners("maps", "trips")],
                },
            }),
        },
    ],
    honest: Text::new(
        "Members, coordinator and assignors are the engine's own: real JoinGroup and SyncGroup requests, and assignments that are held against Kafka's classes. __consumer_offsets has one partition and one replica here instead of 50 and 3. Share groups, in which members outnumber partitions and all get records, are not there.",
        "成员、协调者与分配器都是引擎的真实逻辑：真实的 JoinGroup 和 SyncGroup 请求，分配结果与 Kafka 的类核对过。这里的 __consumer_offsets 只有一个 partition、一个副本，而不是 50 和 3。成员数可以超过 partition 数的 share group 尚未实现。",
    ),
    class: Class {
        vote: 1,
        likely_wrong: Text::new(
            "“1: the idle member takes orders-0”: it is what a person would do, and what a sticky assignor does. Range does not look at what was before.",
            "“1：空闲的成员接手 orders-0”：人会这么做，sticky 分配器也会。range 不看之前是谁在读。",
        ),
        follow_up: Text::new(
            "A member holds a cache for its partitions. Which assignor do you choose, and what does the default cost you? (cooperative-sticky, or the coordinator's own with KIP-848; by range a single member that leaves can move everything.)",
            "成员为自己的 partition 维护缓存。你选哪个分配器，默认值的代价是什么？（cooperative-sticky，或 KIP-848 由协调者分配；用 range 时，一个成员离开就可能让全部 partition 易主。）",
        ),
        notes: Text::new(
            "Draw four boxes and seven stick figures. Let the class draw the lines for step 1 by hand first. For step 2, vote, then ask who moved and why it had to.",
            "画四个方框和七个小人。第 1 步先让全班用手连线。第 2 步先投票，再问谁挪了位置、为什么非挪不可。",
        ),
    },
};
