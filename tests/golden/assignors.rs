//! Who reads what: the assignors, and the bytes in which members tell it each other.

use std::sync::Arc;

use bytes::Bytes;
use kafkascope::kafka::base::Name;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::Uuid;
use kafkascope::kafka::client::consumer::assignor::AssignableTopic;
use kafkascope::kafka::client::consumer::assignor::Assignor;
use kafkascope::kafka::client::consumer::assignor::AssignorMemory;
use kafkascope::kafka::client::consumer::assignor::GroupMember;
use kafkascope::kafka::coordinator::group::assignor::GroupSpec;
use kafkascope::kafka::coordinator::group::assignor::MemberSpec;
use kafkascope::kafka::coordinator::group::assignor::Partitions;
use kafkascope::kafka::coordinator::group::assignor::ServerAssignor;
use kafkascope::kafka::coordinator::group::assignor::SubscriptionType;
use kafkascope::kafka::protocol::consumer_protocol::ConsumerProtocolAssignment;
use kafkascope::kafka::protocol::consumer_protocol::ConsumerProtocolSubscription;
use serde_json::Value;

use super::report::Report;
use super::report::hex;
use super::report::int;
use super::report::list;
use super::report::only;
use super::report::same;
use super::report::text;
use super::report::to_hex;

const SUBSCRIPTION: &[&str] =
    &["what", "version", "topics", "user_data_hex", "owned", "generation", "rack", "hex"];
const ASSIGNMENT: &[&str] = &["what", "version", "partitions", "user_data", "hex"];

/// The two messages of the consumer protocol; the records of the internal topics wait for their coordinators.
pub(crate) fn internal_topic_records(data: &Value, report: &mut Report) {
    let fields: Vec<&str> = [SUBSCRIPTION, ASSIGNMENT].concat();
    let later = |case: &Value| case["what"].as_str().is_some_and(|what| what.starts_with("__"));
    report.cases_but_later(data, "cases", &fields, later, |case| match text(case, "what")? {
        "ConsumerProtocolSubscription" => subscription(case),
        "ConsumerProtocolAssignment" => assignment(case),
        other => Err(format!("no runner knows what {other} is")),
    });
}

fn subscription(case: &Value) -> Result<(), String> {
    let version = int(case, "version")? as i16;
    let value = ConsumerProtocolSubscription {
        topics: names(case, "topics")?,
        user_data: bytes_or_null(case, "user_data_hex")?,
        owned: partitions(case, "owned")?,
        generation: int(case, "generation")? as i32,
        rack: case["rack"].as_str().map(Name::from),
    };
    let bytes = value.encode(version).map_err(|error| error.to_string())?;
    same("hex", to_hex(&bytes).as_str(), text(case, "hex")?)?;
    let read = ConsumerProtocolSubscription::decode(&bytes).map_err(|error| error.to_string())?;
    same("the bytes of what was read", read.encode(version), Ok(bytes))
}

fn assignment(case: &Value) -> Result<(), String> {
    let version = int(case, "version")? as i16;
    let user_data = bytes_or_null(case, "user_data")?;
    let value = ConsumerProtocolAssignment { partitions: partitions(case, "partitions")?, user_data };
    let bytes = value.encode(version).map_err(|error| error.to_string())?;
    same("hex", to_hex(&bytes).as_str(), text(case, "hex")?)?;
    // The bytes have the partitions by topic, so what is read may be in another order.
    let read = ConsumerProtocolAssignment::decode(&bytes).map_err(|error| error.to_string())?;
    same("the bytes of what was read", read.encode(version), Ok(bytes))
}

fn bytes_or_null(case: &Value, field: &str) -> Result<Option<Bytes>, String> {
    if case[field].is_null() { Ok(None) } else { hex(case, field).map(|bytes| Some(bytes.into())) }
}

const CASE: &[&str] = &["name", "topics", "members", "expect", "sizes", "order_dependent"];

pub(crate) fn range(data: &Value, report: &mut Report) {
    client(Assignor::Range, data, report);
}

pub(crate) fn round_robin(data: &Value, report: &mut Report) {
    client(Assignor::RoundRobin, data, report);
}

pub(crate) fn sticky(data: &Value, report: &mut Report) {
    client(Assignor::Sticky, data, report);
}

pub(crate) fn cooperative_sticky(data: &Value, report: &mut Report) {
    client(Assignor::CooperativeSticky, data, report);
}

/// Kafka's result: which partitions each member has, in any order.
fn client(assignor: Assignor, data: &Value, report: &mut Report) {
    report.cases(data, "cases", CASE, |case| {
        let topics = map(case, "topics")?.iter().map(topic).collect::<Result<Vec<_>, _>>()?;
        let members = map(case, "members")?.iter().map(|(id, member)| group_member(assignor, id, member));
        let members = members.collect::<Result<Vec<_>, String>>()?;
        let mut reversed = members.clone();
        reversed.reverse();
        let mut lists = assignor.assign_partitions(&topics, &members);
        let mut other_way = assignor.assign_partitions(&topics, &reversed);
        lists.iter_mut().chain(&mut other_way).for_each(|list| list.sort());
        other_way.reverse();
        if case["order_dependent"] == true {
            return shared_out(lists.into_iter().flatten().collect());
        }
        same("the order of the members is of no account", &other_way, &lists)?;
        let sizes = lists.iter().map(Vec::len);
        let bounds = &case["sizes"];
        only(bounds, &["min", "max"])?;
        same("sizes.min", sizes.clone().min().unwrap_or(0) as i64, int(bounds, "min")?)?;
        same("sizes.max", sizes.max().unwrap_or(0) as i64, int(bounds, "max")?)?;
        for (member, list) in members.iter().zip(lists) {
            let mut expected = partitions(&case["expect"], &member.id)?;
            expected.sort();
            same(&member.id, list, expected)?;
        }
        same("members in expect", map(case, "expect")?.len(), members.len())
    });
}

/// Where Kafka's answer depends on the order of a hash map, only this can be said: nothing has two owners.
fn shared_out(mut all: Vec<TopicPartition>) -> Result<(), String> {
    all.sort();
    let count = all.len();
    all.dedup();
    same("partitions with one owner", all.len(), count)
}

/// A topic with the number of its partitions, or with the racks of each.
fn topic((name, partitions): (&String, &Value)) -> Result<AssignableTopic, String> {
    let name = Name::from(name.as_str());
    match (partitions.as_u64(), partitions.as_array()) {
        (Some(count), _) => Ok(AssignableTopic { name, partitions: count as usize, racks: Vec::new() }),
        (None, Some(racks)) => {
            let racks = racks.iter().map(texts).collect::<Result<Vec<_>, _>>()?;
            Ok(AssignableTopic { name, partitions: racks.len(), racks })
        }
        (None, None) => Err(format!("topic {name} is neither a number nor a list of racks")),
    }
}

/// A member as it would join: what it owned stands in the subscription and, for the sticky assignor, in its own bytes.
fn group_member(assignor: Assignor, id: &str, member: &Value) -> Result<GroupMember, String> {
    only(member, &["topics", "owned", "generation", "group_instance_id", "rack"])?;
    let mut subscription = ConsumerProtocolSubscription {
        topics: names(member, "topics")?,
        rack: member["rack"].as_str().map(Name::from),
        ..Default::default()
    };
    let mut memory = AssignorMemory::default();
    if !member["owned"].is_null() {
        subscription.owned = partitions(member, "owned")?;
        if !member["generation"].is_null() {
            subscription.generation = int(member, "generation")? as i32;
        }
        assignor.on_assignment(&mut memory, &subscription.owned, subscription.generation);
    }
    subscription.user_data = assignor.subscription_user_data(&memory);
    let instance = member["group_instance_id"].as_str().map(Name::from);
    Ok(GroupMember { id: Name::from(id), instance, subscription })
}

const SERVER_CASE: &[&str] = &["name", "subscription_type", "topics", "members_in_order", "expect"];

pub(crate) fn server_range(data: &Value, report: &mut Report) {
    server(ServerAssignor::Range, data, report);
}

pub(crate) fn server_uniform(data: &Value, report: &mut Report) {
    server(ServerAssignor::Uniform, data, report);
}

/// Kafka's new target of each member.
fn server(assignor: ServerAssignor, data: &Value, report: &mut Report) {
    report.cases(data, "cases", SERVER_CASE, |case| {
        let counts = map(case, "topics")?;
        let mut read = Vec::new();
        let pairs = list(case, "members_in_order")?;
        let ids: Vec<String> =
            (0_u8..).zip(pairs).map(|(place, pair)| known_as(assignor, place, pair)).collect();
        for (id, pair) in ids.iter().zip(pairs) {
            let member = &pair[1];
            only(member, &["topics", "current", "instance_id"])?;
            let topics: Vec<Uuid> = names(member, "topics")?.iter().map(|name| topic_id(name)).collect();
            read.push((id, member["instance_id"].as_str(), topics, Arc::new(by_topic(&member["current"])?)));
        }
        let specs: Vec<MemberSpec<'_>> = read
            .iter()
            .map(|(id, instance, topics, current)| MemberSpec { id, instance: *instance, topics, current })
            .collect();
        // The file is from before the uniform assignor of Kafka 4; range has not changed.
        let spec = GroupSpec {
            profile: Profile::Classic,
            members: &specs,
            subscriptions: match text(case, "subscription_type")? {
                "HOMOGENEOUS" => SubscriptionType::Homogeneous,
                "HETEROGENEOUS" => SubscriptionType::Heterogeneous,
                other => return Err(format!("no subscription type {other}")),
            },
            partitions: &|id| {
                let found = counts.iter().find(|(name, _)| topic_id(name) == id)?;
                found.1.as_i64().map(|count| count as i32)
            },
        };
        let targets = assignor.assign(&spec).map_err(|error| error.to_string())?;
        let expected = map(case, "expect")?;
        same("members", expected.len(), targets.len())?;
        for (pair, target) in pairs.iter().zip(targets) {
            let id = pair[0].as_str().unwrap_or_default();
            same(id, target, Arc::new(by_topic(&expected[id])?))?;
        }
        Ok(())
    });
}

/// What a member is called here. The uniform assignor walks a map of the members, which is one in hash order in a broker
/// and had the order of the file here: names of one small character have the same order in both.
fn known_as(assignor: ServerAssignor, place: u8, pair: &Value) -> String {
    match assignor {
        ServerAssignor::Uniform => char::from(place).to_string(),
        ServerAssignor::Range => pair[0].as_str().unwrap_or_default().to_owned(),
    }
}

/// The files number their topics: `t2` is `Uuid(0, 2)`.
fn topic_id(name: &str) -> Uuid {
    Uuid::from_parts(0, name[1..].parse().expect("topics are called t1, t2, …"))
}

/// Partitions written `{topic: [numbers]}`.
fn by_topic(value: &Value) -> Result<Partitions, String> {
    if value.is_null() {
        return Ok(Partitions::default());
    }
    let topics = value.as_object().ok_or_else(|| format!("{value} is not an object"))?;
    let numbers = |list: &Value| -> Option<_> {
        list.as_array()?.iter().map(|number| number.as_i64().map(|number| number as i32)).collect()
    };
    topics
        .iter()
        .map(|(topic, list)| {
            let numbers = numbers(list).ok_or_else(|| format!("{list} is not a list of numbers"))?;
            Ok((topic_id(topic), numbers))
        })
        .collect()
}

fn map<'a>(value: &'a Value, field: &str) -> Result<&'a serde_json::Map<String, Value>, String> {
    value[field].as_object().ok_or_else(|| format!("field \"{field}\" is not an object: {}", value[field]))
}

fn texts(list: &Value) -> Result<Vec<Name>, String> {
    let one = |value: &Value| value.as_str().map(Name::from);
    let texts = list.as_array().and_then(|list| list.iter().map(one).collect());
    texts.ok_or_else(|| format!("{list} is not a list of texts"))
}

fn names(case: &Value, field: &str) -> Result<Vec<Name>, String> {
    texts(&case[field])
}

/// Partitions written `topic-0`.
fn partitions(case: &Value, field: &str) -> Result<Vec<TopicPartition>, String> {
    list(case, field)?.iter().map(partition).collect()
}

fn partition(value: &Value) -> Result<TopicPartition, String> {
    let split = value.as_str().and_then(|text| text.rsplit_once('-'));
    let found = split.and_then(|(topic, number)| {
        Some(TopicPartition { topic: Name::from(topic), partition: number.parse().ok()? })
    });
    found.ok_or_else(|| format!("{value} is not a partition"))
}
