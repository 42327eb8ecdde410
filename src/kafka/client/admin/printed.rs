//! What `kafka-consumer-groups.sh` prints, with its spaces (`ConsumerGroupCommand`).

use std::fmt::Write;

use super::Describe;
use super::list::Listed;
use crate::kafka::base::Arrange;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolAssignment;
use crate::kafka::protocol::messages::consumer_group_describe_response;
use crate::kafka::protocol::messages::describe_groups_response::DescribedGroupMember;

/// What stands where nothing is known.
const MISSING: &str = "-";
/// The narrowest column.
const NARROW: usize = 15;

/// A member as its coordinator describes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Member {
    pub id: Name,
    pub instance: Option<Name>,
    pub client: Name,
    pub host: Name,
    pub partitions: Vec<TopicPartition>,
}

impl Member {
    /// A member of a classic group; its assignment is what only consumers understand.
    pub(super) fn classic(it: &DescribedGroupMember) -> Self {
        let assignment = ConsumerProtocolAssignment::decode(&it.member_assignment);
        Self {
            id: shared(&it.member_id),
            instance: it.group_instance_id.as_ref().map(shared),
            client: shared(&it.client_id),
            host: shared(&it.client_host),
            partitions: assignment.map(|it| it.partitions).unwrap_or_default(),
        }
    }

    /// A member of a KIP-848 group.
    pub(super) fn modern(it: &consumer_group_describe_response::Member) -> Self {
        let topics = it.assignment.topic_partitions.iter().flat_map(|topic| {
            let name = shared(&topic.topic_name);
            topic.partitions.iter().map(move |partition| TopicPartition::new(&name, *partition))
        });
        Self {
            id: shared(&it.member_id),
            instance: it.instance_id.as_ref().map(shared),
            client: shared(&it.client_id),
            host: shared(&it.client_host),
            partitions: topics.collect(),
        }
    }
}

fn shared(text: &KafkaString) -> Name {
    Name::from(text.as_str())
}

/// A group as its coordinator describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Described {
    pub state: Name,
    /// The assignor.
    pub strategy: Name,
    /// `host:port  (id)`
    pub coordinator: Name,
    pub members: Vec<Member>,
}

/// `--list --type --state`
pub(super) fn list(groups: &[Listed]) -> String {
    let width = widest(groups.iter().map(|it| &*it.group)) + 10;
    let mut out = String::new();
    let mut row = |group: &str, kind: &str, state: &str| {
        _ = writeln!(out, "{}", format!("{group:width$} {kind:20} {state:20}").trim_end());
    };
    row("GROUP", "TYPE", "STATE");
    for it in groups {
        row(&it.group, &capitalized(&it.kind), &it.state);
    }
    out
}

/// As Java's `GroupType` prints itself.
fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `--describe`, and before it what the tool says of the state.
pub(super) fn describe(
    group: &str,
    it: &Described,
    show: Describe,
    committed: &Map<TopicPartition, Offset>,
    ends: &Map<TopicPartition, Offset>,
) -> String {
    let rows = match show {
        Describe::Offsets => offsets(group, it, committed, ends),
        Describe::Members => members(group, it),
        Describe::State => state(group, it),
    };
    let said = match &*it.state {
        "Empty" => format!("\nConsumer group '{group}' has no active members.\n"),
        "Stable" => String::new(),
        _ => format!("\nWarning: Consumer group '{group}' is rebalancing.\n"),
    };
    said + &rows
}

fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(str::len).max().unwrap_or(0).max(NARROW)
}

fn offsets(
    group: &str,
    it: &Described,
    committed: &Map<TopicPartition, Offset>,
    ends: &Map<TopicPartition, Offset>,
) -> String {
    let mut members: Vec<&Member> =
        it.members.iter().filter(|member| !member.partitions.is_empty()).collect();
    members.arrange_by_key(|member| std::cmp::Reverse(member.partitions.len()));
    let owned = |partition: &TopicPartition| members.iter().any(|m| m.partitions.contains(partition));
    let mut free: Vec<&TopicPartition> = committed.keys().filter(|it| !owned(it)).collect();
    free.arrange_by_key(|it| it.partition);
    let nobody = [MISSING; 3];
    let mut rows: Vec<(&TopicPartition, [&str; 3])> = Vec::new();
    for member in &members {
        let mut partitions: Vec<&TopicPartition> = member.partitions.iter().collect();
        partitions.arrange_by_key(|it| it.partition);
        rows.extend(partitions.into_iter().map(|it| (it, [&*member.id, &*member.host, &*member.client])));
    }
    rows.extend(free.into_iter().map(|it| (it, nobody)));
    if rows.is_empty() {
        return String::new();
    }
    let g = widest([group].into_iter());
    let t = widest(rows.iter().map(|(it, _)| &*it.topic));
    let c = widest(rows.iter().map(|(_, who)| who[0]));
    let h = widest(rows.iter().map(|(_, who)| who[1]));
    let mut out = String::new();
    let mut row = |group: &str, topic: &str, numbers: [&str; 4], who: [&str; 3]| {
        let [partition, current, end, lag] = numbers;
        let [id, host, client] = who;
        _ = write!(
            out,
            "\n{group:g$} {topic:t$} {partition:10} {current:15} {end:15} {lag:15} {id:c$} {host:h$} {client}"
        );
    };
    let head = ["PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG"];
    row("GROUP", "TOPIC", head, ["CONSUMER-ID", "HOST", "CLIENT-ID"]);
    for (it, who) in rows {
        let (current, end) = (committed.get(it), ends.get(it));
        let lag = current.zip(end).map(|(current, end)| end - current);
        let shown = |number: Option<i64>| number.map_or_else(|| MISSING.to_owned(), |it| it.to_string());
        let (current, end, lag) = (shown(current.copied()), shown(end.copied()), shown(lag));
        row(group, &it.topic, [&it.partition.to_string(), &current, &end, &lag], who);
    }
    out.push('\n');
    out
}

/// `--members --verbose`, with the name of each topic, as Kafka up to 3.7 prints it.
fn members(group: &str, it: &Described) -> String {
    if it.members.is_empty() {
        return String::new();
    }
    let g = widest([group].into_iter());
    let c = widest(it.members.iter().map(|m| &*m.id));
    let h = widest(it.members.iter().map(|m| &*m.host));
    let l = widest(it.members.iter().map(|m| &*m.client));
    let fixed = it.members.iter().any(|m| m.instance.is_some());
    let i = widest(it.members.iter().map(|m| m.instance.as_deref().unwrap_or_default())).max(17);
    let mut out = String::new();
    let mut row = |group: &str, id: &str, instance: &str, host: &str, client: &str, rest: (&str, &str)| {
        let instance = if fixed { format!("{instance:i$} ") } else { String::new() };
        let (count, assignment) = rest;
        _ = write!(out, "\n{group:g$} {id:c$} {instance}{host:h$} {client:l$} {count:15} {assignment}");
    };
    row("GROUP", "CONSUMER-ID", "GROUP-INSTANCE-ID", "HOST", "CLIENT-ID", ("#PARTITIONS", "ASSIGNMENT"));
    for m in &it.members {
        let count = m.partitions.len().to_string();
        let instance = m.instance.as_deref().unwrap_or_default();
        row(group, &m.id, instance, &m.host, &m.client, (&count, &assignment(&m.partitions)));
    }
    out.push('\n');
    out
}

/// `orders(0,1), payments(2)`
fn assignment(partitions: &[TopicPartition]) -> String {
    let mut topics: Vec<(&Name, Vec<i32>)> = Vec::new();
    for it in partitions {
        match topics.iter_mut().find(|(topic, _)| **topic == it.topic) {
            Some((_, numbers)) => numbers.push(it.partition),
            None => topics.push((&it.topic, vec![it.partition])),
        }
    }
    if topics.is_empty() {
        return MISSING.into();
    }
    let one = |(topic, numbers): &(&Name, Vec<i32>)| {
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        format!("{topic}({})", numbers.join(","))
    };
    topics.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn state(group: &str, it: &Described) -> String {
    // The tool pads the group's column as wide as the coordinator's.
    let g = it.coordinator.len().max(25);
    let mut out = String::new();
    let mut row = |group: &str, coordinator: &str, strategy: &str, state: &str, members: &str| {
        _ = write!(out, "\n{group:g$} {coordinator:25} {strategy:20} {state:15} {members}");
    };
    row("GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS");
    row(group, &it.coordinator, &it.strategy, &it.state, &it.members.len().to_string());
    out.push('\n');
    out
}
