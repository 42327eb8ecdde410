use super::Class;
use super::Lesson;
use super::Look;
use super::Step;
use super::Task;
use crate::kafka::base::name;
use crate::kafka::client::consumer::Assignor;
use crate::kafka::client::consumer::Commit;
use crate::kafka::client::consumer::Program;
use crate::kafka::protocol::Api;
use crate::lab::Act;
use crate::lab::Kind;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Ran;
use crate::lesson::Scene;
use crate::lesson::Setup;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::group::M1;
use crate::lesson::group::M2;
use crate::lesson::group::M3;
use crate::lesson::group::M4;
use crate::lesson::group::SHARED;
use crate::lesson::group::close;
use crate::lesson::group::commit;
use crate::lesson::group::grouped;
use crate::lesson::group::member;
use crate::lesson::group::member_with;
use crate::lesson::group::works;
use crate::lesson::grouped::called;
use crate::lesson::ran::asks;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::crash;
use crate::lesson::rig::restart;
use crate::lesson::scene::send_from;

const COOPERATIVE: &[(&str, &str)] =
    &[("partition.assignment.strategy", Assignor::CooperativeSticky.class_name())];
const KIP_848: &[(&str, &str)] = &[("group.protocol", "consumer")];

/// Members that look for new partitions every second instead of every five minutes.
const CURIOUS: &[(&str, &str)] = &[("metadata.max.age.ms", "1000")];

fn three() -> Setup {
    grouped("orders", 4).group("shop", 3, &["orders"], CURIOUS)
}

pub(in crate::lesson) fn scene() -> Scene {
    three().seen_at(SHARED)
}

/// A fourth member comes.
pub(in crate::lesson) fn fourth() -> Vec<(u64, Act)> {
    vec![(500, member("shop", &["orders"]))]
}

/// The same group three times, each with another way to rebalance.
pub(in crate::lesson) fn three_lanes() -> Scene {
    grouped("orders", 4)
        .group("eager", 3, &["orders"], &[])
        .group("cooperative", 3, &["orders"], COOPERATIVE)
        .group("kip848", 3, &["orders"], KIP_848)
        .seen_at(SHARED + 1_000)
}

pub(in crate::lesson) fn fourth_in_each() -> Vec<(u64, Act)> {
    let more = |group, configs| member_with(group, &["orders"], Program::default(), configs);
    vec![(500, more("eager", &[])), (500, more("cooperative", COOPERATIVE)), (500, more("kip848", KIP_848))]
}

/// Partitions that were taken away from members of the three groups.
fn taken(ran: &Ran<'_>) -> [i64; 3] {
    ["eager", "cooperative", "kip848"].map(|group| ran.given_up(group))
}

/// So many milliseconds for each record, and commitSync() when all are done.
fn after(ms: u64) -> Program {
    Program { commit: Commit::After, ..works(ms) }
}

/// Members with a clock for progress of 30 s and one for life of 10 s. The first one needs a minute for a record.
pub(in crate::lesson) fn slow_one() -> Scene {
    let clocks = &[("max.poll.interval.ms", "30000"), ("session.timeout.ms", "10000")];
    grouped("orders", 2)
        .at(4_000, member_with("shop", &["orders"], after(60_000), clocks))
        .at(4_000, member_with("shop", &["orders"], after(10), clocks))
        .seen_at(SHARED)
}

/// Seconds from the record that the first member was given to its farewell; 0 = it stayed.
pub(in crate::lesson) fn left_after(ran: &Ran<'_>) -> i64 {
    let given = ran.first(|entry| entry.node.0 == M1 && matches!(entry.kind, Kind::Consumed { .. }));
    let left = ran.first(|entry| entry.node.0 == M1 && asks(&entry.kind, Api::LeaveGroup));
    given.zip(left).map_or(0, |(given, left)| (left - given + 500) / 1_000)
}

/// What a newcomer asks of its coordinator.
pub(in crate::lesson) const JOINING_APIS: &[Api] =
    &[Api::FindCoordinator, Api::JoinGroup, Api::SyncGroup, Api::OffsetFetch];

/// Two members that come and go, and two that are known by their names.
pub(in crate::lesson) fn two_kinds() -> Scene {
    let named =
        |instance| member_with("named", &["orders"], Program::default(), &[("group.instance.id", instance)]);
    grouped("orders", 4)
        .group("nameless", 2, &["orders"], &[])
        .at(4_000, named("till-1"))
        .at(4_000, named("till-2"))
        .seen_at(SHARED)
}

/// One of each group is killed, and is back five seconds later.
pub(in crate::lesson) fn bounce() -> Vec<(u64, Act)> {
    vec![(500, crash(M1)), (500, crash(M3)), (5_500, restart(M1)), (5_500, restart(M3))]
}

/// Rebalance.
pub(super) const LESSON: Lesson = Lesson {
    id: "L17",
    title: Text::new("Rebalance: who stops, and for how long", "再均衡 rebalance：谁停下，停多久"),
    goal: Text::new(
        "Say who stops when a group rebalances, for how long, and what made it begin.",
        "能说出组再均衡时谁停下、停多久、因何开始。",
    ),
    minutes: 14,
    hook: Text::new(
        "A deploy restarts one consumer, and all the others stop. A slow query takes six minutes, and a healthy process is thrown out. Both have one cause: a group must agree on who reads what, and it agrees by stopping.",
        "一次发布重启了一个 consumer，其余全停了。一条慢查询花了六分钟，一个健康的进程被请出了组。原因是同一个：组必须就“谁读什么”达成一致，而达成一致的方式是停下来。",
    ),
    scene,
    steps: &[
        Step {
            say: Text::new(
                "The group shop: three members on four partitions, by the default assignor. A fourth member comes.",
                "shop 组：三个成员、四个 partition，默认分配器。来了第四个成员。",
            ),
            scene: None,
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "How many of the three old members must give up all that they read before the group goes on?",
                    "三个老成员中，有几个必须先交出自己读的全部 partition，组才能继续？",
                ),
                form: Form::Choice(&[
                    Choice::number(
                        Text::new(
                            "none: the newcomer waits until one is free",
                            "0 个：新成员等到有空闲的为止",
                        ),
                        0,
                    ),
                    Choice::number(
                        Text::new("one: the one that reads two partitions", "1 个：读两个 partition 的那个"),
                        1,
                    ),
                    Choice::number(Text::new("all three", "3 个都要"), 3),
                ]),
                script: fourth,
                ms: 10_000,
                probe: |ran| ran.stopped("shop").into(),
                explain: Explain {
                    text: Text::new(
                        "{} stopped, and gave up {} partitions. The default is eager: each member lets everything go, joins again, and is dealt a new hand. One partition had to move; {} of the four have another reader now: {}.",
                        "{} 个停下，共交出 {} 个 partition。默认是 eager：每个成员先放下一切，重新加入，再拿到新的一手牌。本来只需移动一个，现在四个中有 {} 个换了读者：{}。",
                    ),
                    parts: |ran| {
                        vec![
                            ran.stopped("shop").to_string(),
                            ran.given_up("shop").to_string(),
                            ran.moved("shop", "orders").to_string(),
                            ran.owners("shop", "orders"),
                        ]
                    },
                },
            }),
        },
        Step {
            say: Text::new(
                "Once more, and look at the newcomer alone, consumer-4: what does it say to the brokers, and in which order?",
                "再来一次，只看新成员 consumer-4：它依次对 broker 说了什么？",
            ),
            scene: Some(scene),
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new("Put the newcomer's requests in order.", "把新成员发出的请求排好序。"),
                form: Form::Order(&[
                    ("SyncGroup", Text::new("SyncGroup: what is my share?", "SyncGroup：我分到什么？")),
                    ("Fetch", Text::new("Fetch: records, please", "Fetch：请给我记录")),
                    ("JoinGroup", Text::new("JoinGroup: I want to be a member", "JoinGroup：我要加入")),
                    (
                        "OffsetFetch",
                        Text::new(
                            "OffsetFetch: how far was the group here?",
                            "OffsetFetch：组在这里读到哪了？",
                        ),
                    ),
                    (
                        "FindCoordinator",
                        Text::new("FindCoordinator: who keeps this group?", "FindCoordinator：谁管这个组？"),
                    ),
                ]),
                script: fourth,
                ms: 10_000,
                probe: |ran| ran.asked_in_order(M4, &[JOINING_APIS, &[Api::Fetch]].concat()),
                explain: Explain {
                    text: Text::new(
                        "Its JoinGroup waited {} ms: the others learn of the rebalance from the answer to their next heartbeat, one every 3 s, and the coordinator answers when all have come. The one who reckons is not the coordinator but a member: the leader, {}, sent the assignment with its SyncGroup.",
                        "它的 JoinGroup 等了 {} ms：其他成员要从下一次心跳的应答里才得知再均衡（每 3 秒一次），协调者等所有人到齐才应答。负责计算的不是协调者，而是一个成员：leader（{}）在它的 SyncGroup 里带上了分配结果。",
                    ),
                    parts: |ran| {
                        vec![
                            ran.waited(M4, Api::JoinGroup).to_string(),
                            ran.leads("shop").map_or_else(String::new, called),
                        ]
                    },
                },
            }),
        },
        Step {
            say: Text::new(
                "The same four partitions, read by three groups of three: eager has the default assignor, cooperative has CooperativeStickyAssignor, kip848 has group.protocol=consumer. A fourth member joins each of them.",
                "同样四个 partition，由三个三人组分别读取：eager 用默认分配器，cooperative 用 CooperativeStickyAssignor，kip848 用 group.protocol=consumer。每组都来了第四个成员。",
            ),
            scene: Some(three_lanes),
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "How many partitions are taken away from their readers in each group?",
                    "每个组各有几个 partition 从读者手里被收走？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(
                        Text::new("4, 4, 4: a rebalance is a rebalance", "4、4、4：再均衡就是再均衡"),
                        &[4, 4, 4],
                    ),
                    Choice::numbers(
                        Text::new("4, 4, 1: only the new protocol is gentle", "4、4、1：只有新协议温和"),
                        &[4, 4, 1],
                    ),
                    Choice::numbers(
                        Text::new("4, 1, 1: only what moves is taken", "4、1、1：只收走要移动的"),
                        &[4, 1, 1],
                    ),
                    Choice::numbers(
                        Text::new(
                            "1, 1, 1: one must move, so one is taken",
                            "1、1、1：需要移动一个，就收走一个",
                        ),
                        &[1, 1, 1],
                    ),
                ]),
                script: fourth_in_each,
                ms: 20_000,
                probe: |ran| Value::Numbers(taken(ran).to_vec()),
                explain: Explain {
                    text: Text::new(
                        "{}, {} and {}. Cooperative members keep what they read, give up what another shall have, and join a second time so that it can be handed on. With KIP-848 the coordinator reckons and tells each member in its own heartbeat's answer; nobody waits for all.",
                        "{}、{}、{}。cooperative 的成员保留手里的，只交出该给别人的，再加入一次以便转交。KIP-848 由协调者计算，并在各自心跳的应答里分别告知；谁也不必等所有人。",
                    ),
                    parts: |ran| taken(ran).map(|n| n.to_string()).to_vec(),
                },
            }),
        },
        Step {
            say: Text::new(
                "Two members, one partition each. consumer-1 gets a record whose processing takes a minute; meanwhile its heartbeat thread goes on. max.poll.interval.ms is 30 s here (5 minutes by default), session.timeout.ms is 10 s (45 s).",
                "两个成员，各读一个 partition。consumer-1 拿到一条需要处理一分钟的记录；其间它的心跳线程照常工作。这里 max.poll.interval.ms 是 30 秒（默认 5 分钟），session.timeout.ms 是 10 秒（默认 45 秒）。",
            ),
            scene: Some(slow_one),
            look: Look::at("consumer/20001"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "When does consumer-1 leave the group, counted from that record on?",
                    "从拿到那条记录算起，consumer-1 何时离开组？",
                ),
                form: Form::Choice(&[
                    Choice::number(Text::new("never: its heartbeats arrive", "不离开：心跳一直到达"), 0),
                    Choice::number(Text::new("after 10 s: the session ends", "10 秒后：会话超时"), 10),
                    Choice::number(
                        Text::new("after 30 s: poll() was not called", "30 秒后：没有调用 poll()"),
                        30,
                    ),
                    Choice::number(Text::new("after 60 s: when it is done", "60 秒后：处理完时"), 60),
                ]),
                script: || vec![(500, send_from(PRODUCER, Some(0), None, "a big order"))],
                ms: 70_000,
                probe: |ran| left_after(ran).into(),
                explain: Explain {
                    text: Text::new(
                        "Alive is not the same as making progress. It sent {} heartbeats, and after {} s its own heartbeat thread said goodbye. The record went to consumer-2 as well: it was processed twice. When the slow one was done and committed, it was told {}.",
                        "活着不等于在前进。它发了 {} 次心跳，{} 秒后由它自己的心跳线程告退。这条记录也交给了 consumer-2：被处理了两遍。慢的那个做完后提交，得到的回答是 {}。",
                    ),
                    parts: |ran| {
                        let error = ran.refused_commit(M1).unwrap_or_default();
                        vec![ran.requests(M1, Api::Heartbeat).to_string(), left_after(ran).to_string(), error]
                    },
                },
            }),
        },
        Step {
            say: Text::new(
                "A deploy. Of the group nameless, consumer-1 is killed and is back after five seconds; of the group named, consumer-3. The members of named have a group.instance.id. Heartbeats and timeouts are Kafka's defaults.",
                "一次发布。nameless 组的 consumer-1 被杀掉，五秒后回来；named 组的 consumer-3 也一样。named 的成员配置了 group.instance.id。心跳与超时都是 Kafka 默认值。",
            ),
            scene: Some(two_kinds),
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "How many new generations has each group a minute later: nameless, and named?",
                    "一分钟后，两个组各多出几代 generation：nameless 和 named？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(
                        Text::new("0 and 0: both came back in time", "0 和 0：都及时回来了"),
                        &[0, 0],
                    ),
                    Choice::numbers(Text::new("1 and 0", "1 和 0"), &[1, 0]),
                    Choice::numbers(Text::new("1 and 1", "1 和 1"), &[1, 1]),
                    Choice::numbers(
                        Text::new("2 and 2: one to leave, one to join", "2 和 2：离开一次，加入一次"),
                        &[2, 2],
                    ),
                ]),
                script: bounce,
                ms: 60_000,
                probe: |ran| Value::Numbers(vec![ran.generations("nameless"), ran.generations("named")]),
                explain: Explain {
                    text: Text::new(
                        "A nameless process that comes back is a stranger: a rebalance begins, and it waits for the dead member's session to end. consumer-2, which nobody had touched, read nothing for {} s. A named one takes its old place again, within its session timeout, and no one is asked.",
                        "没有名字的进程回来就是陌生人：再均衡开始，还要等死去成员的会话到期。没人动过的 consumer-2 也有 {} 秒什么都没读。有名字的在会话超时之内直接坐回原位，谁也不用惊动。",
                    ),
                    parts: |ran| vec![ran.last_rebalance(M2).map_or(0, |ms| (ms + 500) / 1_000).to_string()],
                },
            }),
        },
        Step {
            say: Text::new(
                "Your turn: let the group shop go through a rebalance although none of its three members comes or goes.",
                "轮到你：三个成员都不来不去，也让 shop 组再均衡一次。",
            ),
            scene: Some(scene),
            look: Look::CLUSTER,
            task: Task::Do {
                done: |ran| ran.generation("shop") > 1 && ran.members("shop") == [M1, M2, M3],
                hint: Text::new(
                    "The leader of the group looks at the topics. Give orders a fifth partition: select the topic and add partitions. Members look for new ones every second here (metadata.max.age.ms; by default every five minutes).",
                    "组的 leader 会留意 topic。给 orders 加第五个 partition：选中该 topic，增加分区。这里成员每秒查看一次（metadata.max.age.ms，默认五分钟）。",
                ),
                example: || vec![(200, Act::AddPartitions { topic: name("orders"), total: 5 })],
                ms: 12_000,
            },
        },
        Step {
            say: Text::new(
                "From memory: the group shop with its three members again. A fourth joins; then consumer-1 closes; then consumer-2 commits.",
                "凭记忆回答：还是三个成员的 shop 组。先来了第四个；然后 consumer-1 关闭；然后 consumer-2 提交一次。",
            ),
            scene: Some(scene),
            look: Look::CLUSTER,
            task: Task::Recall(Trial {
                ask: Text::new(
                    "By how much has the generation risen in the end?",
                    "最后 generation 一共增加了多少？",
                ),
                form: Form::Choice(&[
                    Choice::number(
                        Text::new("0: three members before, three after", "0：前后都是三个成员"),
                        0,
                    ),
                    Choice::number(Text::new("1", "1"), 1),
                    Choice::number(Text::new("2", "2"), 2),
                    Choice::number(Text::new("3", "3"), 3),
                ]),
                script: || {
                    let mut script = fourth();
                    script.extend([(10_000, close(M1)), (18_000, commit(M2))]);
                    script
                },
                ms: 20_000,
                probe: |ran| ran.generations("shop").into(),
                explain: Explain {
                    text: Text::new(
                        "It is {} now. Who joins or leaves, and a topic that grows, make a new generation; a commit only names the one it belongs to, and is refused if that is over.",
                        "现在是第 {} 代。有人加入、有人离开、topic 变宽，都会产生新的一代；提交只是注明自己属于哪一代，过期的会被拒绝。",
                    ),
                    parts: |ran| vec![ran.generation("shop").to_string()],
                },
            }),
        },
    ],
    honest: Text::new(
        "Requests, heartbeats, timeouts and generations are the engine's own, with Kafka's defaults except where a step names another value. __consumer_offsets has one partition and one replica here.",
        "请求、心跳、超时与 generation 都是引擎的真实逻辑；除步骤中说明的以外都是 Kafka 默认值。这里的 __consumer_offsets 只有一个 partition、一个副本。",
    ),
    class: Class {
        vote: 3,
        likely_wrong: Text::new(
            "“Never”: heartbeats are taken for a sign of work. They come from another thread and say only that the process lives.",
            "“不离开”：把心跳当成了在干活的证据。心跳来自另一个线程，只说明进程还活着。",
        ),
        follow_up: Text::new(
            "What would you change first: the timeout, max.poll.records, or the slow call? (Fewer records a poll, or hand the call to another thread and pause the partition; a longer timeout hides a hung consumer for longer.)",
            "先改哪个：超时、max.poll.records，还是那个慢调用？（一次少取几条，或把慢调用交给别的线程并 pause 该 partition；调大超时只会让卡死的 consumer 更晚被发现。）",
        ),
        notes: Text::new(
            "Two clocks on the board: one for life, one for progress. Let the class say for each failure which clock notices it. Then run step 5 and let them find who stood still without having done anything.",
            "在黑板上画两只钟：一只管活着，一只管进展。让全班说出每种故障由哪只钟发现。再运行第 5 步，让他们找出谁什么都没做却停了下来。",
        ),
    },
};
