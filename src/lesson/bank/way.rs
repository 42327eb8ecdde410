//! One record's whole way, and who hands it out.

use crate::kafka::base::name;
use crate::kafka::protocol::Api;
use crate::lab::Act;
use crate::lab::Kind;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Level;
use crate::lesson::Question;
use crate::lesson::Ran;
use crate::lesson::Scene;
use crate::lesson::Setup;
use crate::lesson::Tag;
use crate::lesson::Text;
use crate::lesson::Topic;
use crate::lesson::Trial;
use crate::lesson::rig::P;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::READER;
use crate::lesson::rig::first_of;
use crate::lesson::rig::in_order;
use crate::lesson::rig::sends;
use crate::lesson::rig::trio_read;
use crate::lesson::scene::pairs;

pub(super) const Q1: Question = Question {
    id: "Q1",
    lesson: "L02",
    level: Level::Junior,
    topic: Topic::Basics,
    tags: &[Tag::Classic],
    ask: Text::new("What is Kafka, and what are its parts?", "Kafka 是什么，有哪些核心组件？"),
    answer: Text::new(
        "A partitioned, replicated log to which one only appends. Producers append, brokers keep it, consumers in groups pull by offset, a controller keeps the metadata.",
        "分区、多副本、只追加的日志。producer 追加，broker 保存，组里的 consumer 按 offset 拉取，controller 管元数据。",
    ),
    points: [
        Text::new("a log, not a queue that forgets", "是日志，不是读完就忘的队列"),
        Text::new("partitions for width, replicas for safety", "分区求扩展，副本求安全"),
        Text::new("consumers pull", "consumer 主动拉取"),
    ],
    follow_up: Text::new(
        "Which of the parts may fail, and what stops then?",
        "哪些部分可以故障，故障后什么会停？",
    ),
    outdated: Some(Text::new(
        "“ZooKeeper is one of its parts”: not since 4.0; a quorum of controllers does it.",
        "“ZooKeeper 是组件之一”：4.0 起没有了，由 controller 仲裁组负责。",
    )),
    scene: trio_read,
    trial: Trial {
        ask: Text::new(
            "One record on its way, with three replicas. Put its stations in order.",
            "三副本，一条记录上路。把它经过的各站排好序。",
        ),
        form: Form::Order(&[
            ("hw", Text::new("the leader's high watermark passes it", "leader 的高水位越过它")),
            ("read", Text::new("poll() returns it", "poll() 返回它")),
            ("sent", Text::new("the producer sends a Produce request", "producer 发出 Produce 请求")),
            ("follower", Text::new("a follower appends it", "follower 追加")),
            ("leader", Text::new("the leader appends it", "leader 追加")),
        ]),
        script: || sends(PRODUCER, 500, 0, 1),
        ms: 3_000,
        probe: |ran| {
            let produce = |kind: &Kind| matches!(kind, Kind::Sent { api: Api::Produce, response: false, .. });
            let appended = |kind: &Kind| matches!(kind, Kind::Appended { .. });
            in_order(&[
                ("sent", first_of(ran, PRODUCER, produce)),
                ("leader", first_of(ran, 1, appended)),
                ("follower", first_of(ran, 2, appended)),
                ("hw", first_of(ran, 1, |kind| matches!(kind, Kind::HighWatermark { .. }))),
                ("read", first_of(ran, READER, |kind| matches!(kind, Kind::Consumed { .. }))),
            ])
        },
        explain: Explain {
            text: Text::new(
                "It can be read once all replicas in sync have it: {}.",
                "所有同步副本都拿到后才可读：{}。",
            ),
            parts: |ran| vec![format!("{:?}", ran.isr(P))],
        },
    },
};

/// Two brokers in two racks, and a consumer in the follower's rack.
fn racks() -> Scene {
    let configs = [("replica.selector.class", "org.apache.kafka.common.replica.RackAwareReplicaSelector")];
    let broker = |rack| Act::AddBroker { id: None, rack: Some(name(rack)), configs: pairs(&configs) };
    Setup::brokers(0, &[])
        .seed(5)
        .at(0, broker("east"))
        .at(0, broker("west"))
        .topic("demo", 1, 2, &[])
        .busy_producer("demo", 5, 0, &[("linger.ms", "0")])
        .consumer(&[P], &[("client.rack", "west")])
        .seen_at(8_000)
}

/// Fetch requests of the consumer since the run began: to the leader, and to the follower.
fn asked(ran: &Ran<'_>) -> [usize; 2] {
    let leader = ran.leader(P).unwrap_or(-1);
    let to = |wanted: bool| {
        let is = |kind: &Kind| match kind {
            Kind::Sent { api: Api::Fetch, response: false, peer, .. } => {
                (i64::from(peer.0) == leader) == wanted
            }
            _ => false,
        };
        ran.events().filter(|(_, entry)| entry.node.0 == READER && is(&entry.kind)).count()
    };
    [to(true), to(false)]
}

pub(super) const Q26: Question = Question {
    id: "Q26",
    lesson: "L11",
    level: Level::Senior,
    topic: Topic::Replication,
    tags: &[Tag::Outdated],
    ask: Text::new(
        "Why does Kafka not split reads from writes? Can followers serve reads?",
        "Kafka 为什么不做读写分离？能从 follower 读吗？",
    ),
    answer: Text::new(
        "Leaders of many partitions share the load already, and one order is simple. Since 2.4 a follower may serve consumers of its rack (KIP-392).",
        "众多 partition 的 leader 已经分摊了负载，单一顺序也更简单。2.4 起 follower 可服务同机架的 consumer（KIP-392）。",
    ),
    points: [
        Text::new("load is split by partitions", "负载按 partition 分摊"),
        Text::new("client.rack and replica.selector.class", "client.rack 与 replica.selector.class"),
        Text::new("a follower's high watermark is a little behind", "follower 的高水位略落后"),
    ],
    follow_up: Text::new("What does it save, and what does it cost?", "省了什么，代价是什么？"),
    outdated: Some(Text::new("“Only leaders serve reads”: up to 2.3.", "“只有 leader 可读”：到 2.3 为止。")),
    scene: racks,
    trial: Trial {
        ask: Text::new(
            "The leader is in rack east, the follower and the consumer (client.rack) in west; brokers have the rack-aware selector. Who is asked for records?",
            "leader 在机架 east，follower 与 consumer（client.rack）在 west；broker 配了机架感知选择器。向谁拉取？",
        ),
        form: Form::Choice(&[
            Choice::word(Text::new("the leader", "leader"), "leader"),
            Choice::word(Text::new("the follower of its rack", "同机架的 follower"), "follower"),
            Choice::word(Text::new("both in turn", "两者轮流"), "both"),
        ]),
        script: Vec::new,
        ms: 5_000,
        probe: |ran| {
            match asked(ran) {
                [0, 0] => None,
                [0, _] => Some("follower"),
                [_, 0] => Some("leader"),
                _ => Some("both"),
            }
            .into()
        },
        explain: Explain {
            text: Text::new(
                "The leader is broker {}; it had {} fetches from the consumer in these seconds, the follower {}.",
                "leader 是 broker {}；这几秒里 consumer 向它拉取 {} 次，向 follower {} 次。",
            ),
            parts: |ran| {
                let [leader, follower] = asked(ran);
                vec![ran.leader(P).unwrap_or(-1).to_string(), leader.to_string(), follower.to_string()]
            },
        },
    },
};
