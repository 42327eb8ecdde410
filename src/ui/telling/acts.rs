//! What a person did, as a sentence: an act with what it is about, never by the name that it has in links and files.

use std::fmt::Display;

use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::admin::ResetPoint;
use crate::kafka::client::consumer::Commit;
use crate::lab::Act;
use crate::lab::FIRST_CONSUMER;
use crate::lab::FIRST_PRODUCER;
use crate::lab::NewConsumer;
use crate::lab::Recorded;
use crate::lab::SeekPoint;
use crate::lab::free_id;
use crate::lesson::Language;
use crate::lesson::Text;
use crate::ui::words;

/// An act as it is told: whose it was, and a new node by the number that it got.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    pub act: Act,
    /// The reader's own, not one of the scene or the run that was prepared.
    pub own: bool,
}

impl Deed {
    /// The act of this number; `given` are the acts that were prepared.
    pub fn of(acts: &[Recorded], given: &[Recorded], number: usize) -> Option<Self> {
        let recorded = acts.get(number)?;
        let mut act = recorded.act.clone();
        let own = given.get(number) != Some(recorded);
        if let Some((from, None)) = new_node(&act) {
            set_id(&mut act, next_id(&acts[..number], from));
        }
        Some(Self { act, own })
    }

    /// "you crashed broker 3"
    pub fn of_whom(&self, language: Language) -> String {
        if self.own { YOU } else { SCENARIO }.with(language, &[&phrase(&self.act, language)])
    }
}

/// The first number of the kind of node that an act adds, and the number that was asked for.
const fn new_node(act: &Act) -> Option<(NodeId, Option<NodeId>)> {
    match act {
        Act::AddBroker { id, .. } => Some((NodeId(1), *id)),
        Act::AddProducer { id, .. } => Some((FIRST_PRODUCER, *id)),
        Act::AddConsumer(new) => Some((FIRST_CONSUMER, new.id)),
        _ => None,
    }
}

const fn set_id(act: &mut Act, number: NodeId) {
    match act {
        Act::AddBroker { id, .. } | Act::AddProducer { id, .. } => *id = Some(number),
        Act::AddConsumer(new) => new.id = Some(number),
        _ => {}
    }
}

/// The number that a new node gets after these acts.
fn next_id(acts: &[Recorded], from: NodeId) -> NodeId {
    let mut taken = Set::new();
    for (_, id) in acts.iter().filter_map(|it| new_node(&it.act)).filter(|(kind, _)| *kind == from) {
        taken.insert(id.unwrap_or_else(|| free_id(from, |id| taken.contains(&id))));
    }
    free_id(from, |id| taken.contains(&id))
}

macro_rules! texts {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(const $name: Text = Text::new($en, $zh);)*
    };
}

texts! {
    YOU = "you {}", "你{}";
    SCENARIO = "the scenario {}", "场景{}";

    A_BROKER = "a broker", "一个 broker";
    A_PRODUCER = "a producer", "一个生产者";
    A_CONSUMER = "a consumer", "一个消费者";
    ADDED_BROKER = "added {}", "添加了 {}";
    ADDED_IN_RACK = "added {} in rack {}", "在机架 {1} 添加了 {0}";
    SHUT_DOWN = "shut down {}", "正常关闭了 {}";
    CREATED_TOPIC = "created topic {}: partitions {}, replication factor {}", "创建了主题 {}：分区数 {}，副本数 {}";
    DELETED_TOPIC = "deleted topic {}", "删除了主题 {}";
    MORE_PARTITIONS = "raised the partitions of {} to {}", "把 {} 的分区数增加到 {}";
    THE_TOPIC = "topic {}", "主题 {}";
    SET_CONFIG = "set {} of {} to {}", "把 {1} 的 {0} 设为 {2}";
    RESET_CONFIG = "set {} of {} back to its default", "把 {1} 的 {0} 恢复为默认值";
    DELETED_RECORDS = "deleted the records of {} before offset {}", "删除了 {} 在 offset {} 之前的记录";
    RESET_OFFSETS = "reset the offsets of group {} for {} to {}", "把组 {} 在 {} 上的 offset 重置到{}";
    ALL_COMMITTED = "all its topics", "全部主题";
    DELETED_OFFSETS = "deleted the offsets of group {} for {}", "删除了组 {} 在 {} 上的 offset";
    DELETED_GROUP = "deleted group {}", "删除了组 {}";
    LISTED_GROUPS = "listed the groups", "列出了消费者组";
    DESCRIBED_GROUP = "had group {} described", "查看了组 {}";
    REMOVED_MEMBERS = "removed {} from group {}", "把 {} 移出了组 {}";
    REMOVED_ALL = "removed all members from group {}", "把所有成员移出了组 {}";

    ADDED_PRODUCER = "added {} to {}", "向 {1} 添加了 {0}";
    ADDED_PRODUCER_RATE = "added {} to {}, {}/s", "向 {1} 添加了 {0}，每秒 {2} 条记录";
    SET_WORKLOAD = "changed what {} sends: to {}, {}/s", "改变了 {} 发送的内容：到 {}，每秒 {} 条记录";
    SET_RATE = "set the rate of {} to {} records/s", "把 {} 的速率设为每秒 {} 条记录";
    SENT_ONE = "let {} send one record", "让 {} 发送了一条记录";
    THE_PARTITION = "partition {}", "分区 {}";
    SENT_ONE_TO = "let {} send one record to {}", "让 {} 向 {} 发送了一条记录";
    WITH_KEY = "{} with key {}", "{}，key 为 {}";
    FED = "let {} send your data to {}", "让 {} 把你的数据发送到 {}";
    STOPPED_FEED = "stopped the data that {} sends", "停止了 {} 发送的数据";
    CALLED = "called {} of {}", "调用了 {1} 的 {0}";
    ADDED_MEMBER = "added {} to group {}", "向组 {1} 添加了 {0}";
    ADDED_CONSUMER = "added {}, which reads {}", "添加了 {}，读取 {}";
    SET_PACE = "set the work of {}: {} ms after a poll, {} ms a record", "设置了 {} 的处理时间：每次 poll 后 {} ms，每条记录 {} ms";
    SET_PROGRAM = "changed the program of {}: {} ms a record, {}", "改变了 {} 的程序：每条记录 {} ms，{}";
    SUBSCRIBED = "subscribed {} to {}", "让 {} 订阅了 {}";
    ASSIGNED = "assigned {1} to {0}", "把 {1} 分配给了 {0}";
    SOUGHT = "let {} seek in {} to {}", "让 {} 在 {} 中跳到{}";
    ITS_PARTITIONS = "all its partitions", "全部分区";
    PAUSED = "paused {1} in {0}", "在 {0} 中暂停了 {1}";
    RESUMED = "resumed {1} in {0}", "在 {0} 中恢复了 {1}";
    REMOVED = "removed {}", "移除了 {}";
    NO_TOPIC = "nothing yet", "尚无主题";
    PATTERN = "topics like {}", "匹配 {} 的主题";

    CRASHED = "crashed {}", "让 {} 崩溃了";
    POWERED_OFF = "cut the power of {}", "切断了 {} 的电源";
    RESTARTED = "restarted {}", "重启了 {}";
    CUT = "cut the link between {} and {}", "切断了 {} 与 {} 之间的链路";
    CUT_ONE_WAY = "cut the link from {} to {}", "切断了从 {} 到 {} 的链路";
    HEALED = "healed the link between {} and {}", "修复了 {} 与 {} 之间的链路";
    HEALED_ONE_WAY = "healed the link from {} to {}", "修复了从 {} 到 {} 的链路";
    SET_LINK = "set the link from {} to {}: {}", "设置了从 {} 到 {} 的链路：{}";
    LATENCY = "latency {} ms", "延迟 {} ms";
    BANDWIDTH = "bandwidth {}/s", "带宽 {}/s";
    LOSS = "loss {} %", "丢包 {} %";
    UNCHANGED = "as it was", "不变";
    JITTER = "jitter {} ms", "抖动 {} ms";
    HELD = "held what {} sends to {}", "扣住了 {} 发给 {} 的消息";
    HELD_API = "held the {2} requests from {0} to {1}", "扣住了 {0} 发给 {1} 的 {2} 请求";
    RELEASED = "released what was held between {} and {}", "放行了 {} 与 {} 之间被扣住的消息";
    DROPPED = "dropped the next message from {} to {}", "丢弃了 {} 发给 {} 的下一条消息";
    DROPPED_API = "dropped the next {2} message from {0} to {1}", "丢弃了 {0} 发给 {1} 的下一条 {2} 消息";
    SET_DISK = "set the disk of {}: {}", "设置了 {} 的磁盘：{}";
    DISK_WELL = "works as usual", "恢复正常";
    DISK_SLOW = "{}× slower", "慢 {} 倍";
    DISK_FULL = "full", "已满";
    DISK_BROKEN = "broken", "损坏";
    SET_CACHE = "set the page cache of {} to {}", "把 {} 的页缓存设为 {}";
    FLIPPED = "flipped bit {} of byte {} in {} on {}", "翻转了 {3} 上 {2} 中第 {1} 字节的第 {0} 位";

    AT_BEGINNING = "the beginning", "开头";
    AT_END = "the end", "末尾";
    AT_OFFSET = "offset {}", " offset {}";
    RECORDS_ON = "{} {record|records} on", "后移 {} 条的位置";
    RECORDS_BACK = "{} {record|records} back", "前移 {} 条的位置";
    AT_TIME = "the first record from {} ms since 1970 on", "自 1970 年起 {} ms 之后的首条记录";
    TIME_AGO = "the first record of the last {} ms", "最近 {} ms 内的首条记录";

    COMMIT_AUTO = "commits by itself", "自动提交";
    COMMIT_BEFORE = "commits before the work", "处理前提交";
    COMMIT_AFTER = "commits after the work", "处理后提交";
    COMMIT_ASYNC = "commits after the work, async", "处理后异步提交";
    COMMIT_NEVER = "never commits", "从不提交";
}

/// What was done, without who did it: "crashed broker 3".
#[expect(clippy::too_many_lines, reason = "one arm an act: the table of what is said of it")]
pub fn phrase(act: &Act, language: Language) -> String {
    let name = |id: &NodeId| words::node_name(id.0, language);
    let say = |text: Text, parts: &[&dyn Display]| text.with(language, parts);
    let new = |id: Option<NodeId>, text: Text| match id {
        Some(id) => name(&id),
        None => text.of(language).to_owned(),
    };
    let config = |whose: String, config: &str, value: Option<&str>| match value {
        Some(value) => say(SET_CONFIG, &[&config, &whose, &value]),
        None => say(RESET_CONFIG, &[&config, &whose]),
    };
    let call = |method: &str, node: &NodeId| say(CALLED, &[&method, &name(node)]);
    match act {
        Act::AddBroker { id, rack: None, .. } => say(ADDED_BROKER, &[&new(*id, A_BROKER)]),
        Act::AddBroker { id, rack: Some(rack), .. } => say(ADDED_IN_RACK, &[&new(*id, A_BROKER), rack]),
        Act::RemoveBroker { node } => say(SHUT_DOWN, &[&name(node)]),
        Act::Crash { node } => say(CRASHED, &[&name(node)]),
        Act::PowerOff { node } => say(POWERED_OFF, &[&name(node)]),
        Act::Restart { node } => say(RESTARTED, &[&name(node)]),

        Act::CreateTopic { name, partitions, replication, .. } => {
            say(CREATED_TOPIC, &[name, partitions, replication])
        }
        Act::DeleteTopic { name } => say(DELETED_TOPIC, &[name]),
        Act::AddPartitions { topic, total } => say(MORE_PARTITIONS, &[topic, total]),
        Act::SetTopicConfig { topic, config: it, value } => {
            config(say(THE_TOPIC, &[topic]), it, value.as_deref())
        }
        Act::SetBrokerConfig { broker: node, config: it, value }
        | Act::SetClientConfig { node, config: it, value } => config(name(node), it, value.as_deref()),
        Act::DeleteRecords { topic, partition, before } => {
            say(DELETED_RECORDS, &[&at(topic, *partition), before])
        }

        Act::ResetOffsets { group, topic, partitions, to } => {
            let of = match topic {
                None => ALL_COMMITTED.of(language).to_owned(),
                Some(topic) if partitions.is_empty() => topic.to_string(),
                Some(topic) => list(partitions.iter().map(|it| at(topic, *it))),
            };
            say(RESET_OFFSETS, &[group, &of, &reset_to(*to, language)])
        }
        Act::DeleteOffsets { group, topic } => say(DELETED_OFFSETS, &[group, topic]),
        Act::DeleteGroup { group } => say(DELETED_GROUP, &[group]),
        Act::ListGroups { .. } => LISTED_GROUPS.of(language).to_owned(),
        Act::DescribeGroup { group, .. } => say(DESCRIBED_GROUP, &[group]),
        Act::RemoveMembers { group, instances } if instances.is_empty() => say(REMOVED_ALL, &[group]),
        Act::RemoveMembers { group, instances } => say(REMOVED_MEMBERS, &[&list(instances), group]),

        Act::AddProducer { id, workload, .. } => {
            let text = if workload.rate == 0 { ADDED_PRODUCER } else { ADDED_PRODUCER_RATE };
            say(text, &[&new(*id, A_PRODUCER), &workload.topic, &workload.rate])
        }
        Act::SetWorkload { node, workload } => {
            say(SET_WORKLOAD, &[&name(node), &workload.topic, &workload.rate])
        }
        Act::SetRate { node, rate } => say(SET_RATE, &[&name(node), rate]),
        Act::Produce { node, topic, partition, key, .. } => {
            let to = match (topic, partition) {
                (Some(topic), Some(partition)) => Some(at(topic, *partition)),
                (Some(topic), None) => Some(topic.to_string()),
                (None, Some(partition)) => Some(say(THE_PARTITION, &[partition])),
                (None, None) => None,
            };
            let said = match to {
                Some(to) => say(SENT_ONE_TO, &[&name(node), &to]),
                None => say(SENT_ONE, &[&name(node)]),
            };
            key.as_ref().map_or_else(|| said.clone(), |key| say(WITH_KEY, &[&said, key]))
        }
        Act::Feed { node, topic, .. } => say(FED, &[&name(node), topic]),
        Act::CancelFeed { node } => say(STOPPED_FEED, &[&name(node)]),
        Act::Flush { node } => call("flush()", node),

        Act::AddConsumer(NewConsumer { id, group: Some(group), .. }) => {
            say(ADDED_MEMBER, &[&new(*id, A_CONSUMER), group])
        }
        Act::AddConsumer(it) => {
            let reads = read(&it.topics, &it.partitions, it.pattern.as_deref(), language);
            say(ADDED_CONSUMER, &[&new(it.id, A_CONSUMER), &reads])
        }
        Act::SetPace { node, pace } => {
            say(SET_PACE, &[&name(node), &ms(pace.per_poll_us), &ms(pace.per_record_us)])
        }
        Act::SetProgram { node, program } => {
            let commits = match program.commit {
                Commit::Auto => COMMIT_AUTO,
                Commit::Before => COMMIT_BEFORE,
                Commit::After => COMMIT_AFTER,
                Commit::AfterAsync => COMMIT_ASYNC,
                Commit::Never => COMMIT_NEVER,
            };
            say(SET_PROGRAM, &[&name(node), &ms(program.per_record_us), &commits.of(language)])
        }
        Act::Commit { node, sync: true } => call("commitSync()", node),
        Act::Commit { node, sync: false } => call("commitAsync()", node),
        Act::Call { node, call: it, .. } => call(&format!("{}()", it.name()), node),
        Act::Wakeup { node } => call("wakeup()", node),
        Act::CloseConsumer { node } => call("close()", node),
        Act::Unsubscribe { node } => call("unsubscribe()", node),
        Act::Subscribe { node, topics, pattern } => {
            say(SUBSCRIBED, &[&name(node), &read(topics, &[], pattern.as_deref(), language)])
        }
        Act::Assign { node, topics, partitions } => {
            say(ASSIGNED, &[&name(node), &read(topics, partitions, None, language)])
        }
        Act::Seek { node, topic, partition, to } => {
            say(SOUGHT, &[&name(node), &at(topic, *partition), &seek_to(*to, language)])
        }
        Act::SeekAll { node, to } => {
            say(SOUGHT, &[&name(node), &ITS_PARTITIONS.of(language), &seek_to(*to, language)])
        }
        Act::Pause { node, topic, partition } => say(PAUSED, &[&name(node), &at(topic, *partition)]),
        Act::Resume { node, topic, partition } => say(RESUMED, &[&name(node), &at(topic, *partition)]),
        Act::RemoveClient { node } => say(REMOVED, &[&name(node)]),

        Act::Cut { from, to, both } => say(if *both { CUT } else { CUT_ONE_WAY }, &[&name(from), &name(to)]),
        Act::Heal { from, to, both } => {
            say(if *both { HEALED } else { HEALED_ONE_WAY }, &[&name(from), &name(to)])
        }
        Act::SetLink { from, to, .. } => say(SET_LINK, &[&name(from), &name(to), &link(act, language)]),
        Act::Hold { from, to, api: None } => say(HELD, &[&name(from), &name(to)]),
        Act::Hold { from, to, api: Some(api) } => say(HELD_API, &[&name(from), &name(to), api]),
        Act::Release { from, to } => say(RELEASED, &[&name(from), &name(to)]),
        Act::DropNext { from, to, api: None } => say(DROPPED, &[&name(from), &name(to)]),
        Act::DropNext { from, to, api: Some(api) } => say(DROPPED_API, &[&name(from), &name(to), api]),

        Act::SetDisk { node, .. } => say(SET_DISK, &[&name(node), &disk(act, language)]),
        Act::SetPageCache { node, bytes } => say(SET_CACHE, &[&name(node), &words::bytes(*bytes)]),
        Act::FlipBit { node, path, byte, bit } => say(FLIPPED, &[bit, byte, path, &name(node)]),
    }
}

fn at(topic: &Name, partition: i32) -> String {
    format!("{topic}-{partition}")
}

fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

/// Whole ms, or with one place behind the point.
fn ms(us: u64) -> String {
    if us.is_multiple_of(1000) { (us / 1000).to_string() } else { format!("{:.1}", us as f64 / 1000.0) }
}

/// What a consumer reads.
fn read(topics: &[Name], partitions: &[TopicPartition], pattern: Option<&str>, language: Language) -> String {
    match pattern {
        Some(pattern) => PATTERN.with(language, &[&pattern]),
        None if topics.is_empty() && partitions.is_empty() => NO_TOPIC.of(language).to_owned(),
        None => list(topics.iter().map(Name::to_string).chain(partitions.iter().map(ToString::to_string))),
    }
}

fn seek_to(to: SeekPoint, language: Language) -> String {
    match to {
        SeekPoint::Offset(offset) => AT_OFFSET.with(language, &[&offset]),
        SeekPoint::Beginning => AT_BEGINNING.of(language).to_owned(),
        SeekPoint::End => AT_END.of(language).to_owned(),
        SeekPoint::Timestamp(ms) => AT_TIME.with(language, &[&ms]),
    }
}

fn reset_to(to: ResetPoint, language: Language) -> String {
    match to {
        ResetPoint::Earliest => AT_BEGINNING.of(language).to_owned(),
        ResetPoint::Latest => AT_END.of(language).to_owned(),
        ResetPoint::Offset(offset) => AT_OFFSET.with(language, &[&offset]),
        ResetPoint::ShiftBy(count @ ..0) => RECORDS_BACK.with(language, &[&count.unsigned_abs()]),
        ResetPoint::ShiftBy(count) => RECORDS_ON.with(language, &[&count]),
        ResetPoint::Time(ms) => AT_TIME.with(language, &[&ms]),
        ResetPoint::Duration(ms) => TIME_AGO.with(language, &[&ms]),
    }
}

/// What a link is set to.
fn link(act: &Act, language: Language) -> String {
    let Act::SetLink { latency_us, bandwidth, loss_ppm, jitter_us, .. } = act else { return String::new() };
    let parts = [
        latency_us.map(|us| LATENCY.with(language, &[&ms(us)])),
        bandwidth.map(|bytes| BANDWIDTH.with(language, &[&words::bytes(bytes)])),
        loss_ppm.map(|ppm| LOSS.with(language, &[&(f64::from(ppm) / 10_000.0)])),
        jitter_us.map(|us| JITTER.with(language, &[&ms(us)])),
    ];
    let said = list(parts.into_iter().flatten());
    if said.is_empty() { UNCHANGED.of(language).to_owned() } else { said }
}

/// How a disk works from now on.
fn disk(act: &Act, language: Language) -> String {
    let Act::SetDisk { slow, full, broken, .. } = act else { return String::new() };
    let parts = [
        (*slow > 1).then(|| DISK_SLOW.with(language, &[slow])),
        full.then(|| DISK_FULL.of(language).to_owned()),
        broken.then(|| DISK_BROKEN.of(language).to_owned()),
    ];
    let said = list(parts.into_iter().flatten());
    if said.is_empty() { DISK_WELL.of(language).to_owned() } else { said }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::Instant;
    use crate::kafka::base::name;
    use crate::kafka::client::producer::Workload;

    fn both(act: &Act) -> [String; 2] {
        let deed = Deed { act: act.clone(), own: true };
        [Language::En, Language::Zh].map(|language| deed.of_whom(language))
    }

    fn recorded(act: Act) -> Recorded {
        Recorded { at: Instant::ZERO, act }
    }

    #[test]
    fn an_act_is_told_with_what_it_is_about() {
        let (one, two) = (NodeId(1), NodeId(2));
        let cut = Act::Cut { from: one, to: two, both: true };
        assert_eq!(both(&cut)[0], "you cut the link between broker 1 and broker 2");
        assert_eq!(both(&cut)[1], "你切断了 broker 1 与 broker 2 之间的链路");
        let linger = Act::SetClientConfig {
            node: FIRST_PRODUCER,
            config: "linger.ms".into(),
            value: Some("50".into()),
        };
        assert_eq!(both(&linger)[0], "you set linger.ms of producer-1 to 50");
        assert_eq!(both(&linger)[1], "你把 producer-1 的 linger.ms 设为 50");
        let slow = Act::SetLink {
            from: one,
            to: two,
            latency_us: Some(2_500),
            bandwidth: None,
            loss_ppm: Some(5_000),
            jitter_us: None,
        };
        assert_eq!(both(&slow)[0], "you set the link from broker 1 to broker 2: latency 2.5 ms, loss 0.5 %");
        let back = Act::ResetOffsets {
            group: name("billing"),
            topic: Some(name("orders")),
            partitions: vec![0, 2],
            to: ResetPoint::ShiftBy(-5),
        };
        assert_eq!(
            both(&back)[0],
            "you reset the offsets of group billing for orders-0, orders-2 to 5 records back"
        );
        assert_eq!(both(&back)[1], "你把组 billing 在 orders-0, orders-2 上的 offset 重置到前移 5 条的位置");
    }

    #[test]
    fn a_new_node_is_told_by_the_number_that_it_got_and_what_was_prepared_is_not_the_readers() {
        let add = |id| {
            let workload = Workload::new(&name("orders"), 0);
            recorded(Act::AddProducer { id, workload, configs: Default::default() })
        };
        let acts =
            [add(None), add(Some(NodeId(10_002))), recorded(Act::Crash { node: NodeId(3) }), add(None)];
        let told = |number| Deed::of(&acts, &acts[..1], number).map(|deed| deed.of_whom(Language::En));
        assert_eq!(told(0).as_deref(), Some("the scenario added producer-1 to orders"));
        assert_eq!(told(2).as_deref(), Some("you crashed broker 3"));
        assert_eq!(told(3).as_deref(), Some("you added producer-3 to orders"));
        assert_eq!(told(4), None);
    }
}
