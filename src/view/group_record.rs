//! The records of `__consumer_offsets` in words, as the console consumer prints them with Kafka's formatters.

use std::fmt::Display;
use std::fmt::Write;

use bytes::Bytes;

use crate::kafka::base::GROUP_METADATA_TOPIC;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Uuid;
use crate::kafka::coordinator::group::consumer::member::MemberMetadata;
use crate::kafka::coordinator::record::ConsumerRecord;
use crate::kafka::coordinator::record::GroupMetadataValue;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::record::OffsetCommitValue;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolAssignment;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolSubscription;

/// A record of a group: Kafka's names of its fields, and what stands in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRecordView {
    /// `OffsetCommit group=g topic=orders partition=0`
    pub key: String,
    /// `offset=7 leaderEpoch=0 …`; `None` is a tombstone.
    pub value: Option<String>,
}

impl GroupRecordView {
    /// The record in words; `None` for one of another topic, or whose bytes say nothing.
    pub fn of(topic: &str, key: Option<&Bytes>, value: Option<&Bytes>) -> Option<Self> {
        let key = key.filter(|_| topic == GROUP_METADATA_TOPIC)?;
        Some(match GroupRecord::read(key, value).ok()?? {
            GroupRecord::OffsetCommit(record) => {
                let mut line = Line::new("OffsetCommit");
                line.put("group", &record.group)
                    .put("topic", &record.topic)
                    .put("partition", record.partition);
                Self { key: line.0, value: record.value.as_ref().map(offset_commit) }
            }
            GroupRecord::GroupMetadata(record) => {
                let mut line = Line::new("GroupMetadata");
                line.put("group", &record.group);
                Self { key: line.0, value: record.value.as_ref().map(group_metadata) }
            }
            GroupRecord::Consumer(record) => {
                let mut line = Line::new(record.name());
                line.put("group", record.group_name());
                let value = consumer(&record, &mut line);
                Self { key: line.0, value }
            }
        })
    }
}

/// `name=value` after `name=value`.
struct Line(String);

impl Line {
    fn new(begin: &str) -> Self {
        Self(begin.to_owned())
    }

    fn put(&mut self, name: &str, value: impl Display) -> &mut Self {
        let gap = if self.0.is_empty() { "" } else { " " };
        let _ = write!(self.0, "{gap}{name}={value}");
        self
    }

    fn maybe(&mut self, name: &str, value: Option<&Name>) -> &mut Self {
        match value {
            Some(value) => self.put(name, value),
            None => self,
        }
    }
}

fn offset_commit(value: &OffsetCommitValue) -> String {
    let mut line = Line::new("");
    line.put("version", value.version).put("offset", value.offset);
    if value.version >= 3 {
        line.put("leaderEpoch", value.leader_epoch);
    }
    line.put("metadata", format!("{:?}", &*value.metadata)).put("commitTimestamp", value.commit_timestamp);
    if value.version == 1 {
        line.put("expireTimestamp", value.expire_timestamp);
    }
    if value.topic_id != Uuid::ZERO {
        line.put("topicId", value.topic_id);
    }
    line.0
}

fn group_metadata(value: &GroupMetadataValue) -> String {
    let mut line = Line::new("");
    line.put("protocolType", &value.protocol_type).put("generation", value.generation);
    line.maybe("protocol", value.protocol.as_ref()).maybe("leader", value.leader.as_ref());
    line.put("currentStateTimestamp", value.current_state_timestamp);
    let member = |member: &crate::kafka::coordinator::record::MemberMetadata| {
        let mut line = Line::new("{");
        line.put("memberId", &member.member_id).maybe("groupInstanceId", member.group_instance_id.as_ref());
        line.put("clientHost", &member.client_host)
            .put("rebalanceTimeout", member.rebalance_timeout)
            .put("sessionTimeout", member.session_timeout)
            .put("subscription", subscription(&member.subscription))
            .put("assignment", assignment(&member.assignment));
        line.0 + " }"
    };
    let members: Vec<String> = value.members.iter().map(member).collect();
    line.put("members", format!("[{}]", members.join(", ")));
    line.0
}

/// What a member sent when it joined: topics, and what it owned.
pub(super) fn subscription(bytes: &Bytes) -> String {
    match ConsumerProtocolSubscription::decode(bytes) {
        Ok(said) if said.owned.is_empty() => list(&said.topics),
        Ok(said) => format!("{} owned={}", list(&said.topics), list(&said.owned)),
        Err(_) => format!("{} B", bytes.len()),
    }
}

/// What a member was given.
pub(super) fn assignment(bytes: &Bytes) -> String {
    match ConsumerProtocolAssignment::decode(bytes) {
        Ok(said) => list(&said.partitions),
        Err(_) => format!("{} B", bytes.len()),
    }
}

fn list<T: Display>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    format!("[{}]", items.join(", "))
}

/// The value of a KIP-848 record; what else names it goes into the key's line.
fn consumer(record: &ConsumerRecord, key: &mut Line) -> Option<String> {
    let mut line = Line::new("");
    match record {
        ConsumerRecord::Group { value, .. } => {
            let value = value.as_ref()?;
            line.put("epoch", value.epoch).put("metadataHash", value.metadata_hash);
        }
        ConsumerRecord::PartitionMetadata { value, .. } => (*value)?,
        ConsumerRecord::Member { member, value, .. } => {
            key.put("member", member);
            member_metadata(value.as_ref()?, &mut line);
        }
        ConsumerRecord::TargetEpoch { value, .. } => {
            let value = value.as_ref()?;
            line.put("assignmentEpoch", value.epoch).put("assignmentTimestamp", value.timestamp_ms);
        }
        ConsumerRecord::Target { member, value, .. } => {
            key.put("member", member);
            line.put("topicPartitions", by_topic(value.as_ref()?, |of| list(&of.iter().collect::<Vec<_>>())));
        }
        ConsumerRecord::Current { member, value, .. } => {
            key.put("member", member);
            let value = value.as_ref()?;
            let owned = |of: &Map<i32, i32>| list(&of.keys().collect::<Vec<_>>());
            line.put("memberEpoch", value.epoch)
                .put("previousMemberEpoch", value.previous_epoch)
                .put("state", format!("{:?}", value.state))
                .put("assigned", by_topic(&value.assigned, owned))
                .put("revoking", by_topic(&value.revoking, owned));
        }
        ConsumerRecord::Regex { regex, value, .. } => {
            key.put("regex", regex);
            let value = value.as_ref()?;
            line.put("topics", list(&value.topics.iter().collect::<Vec<_>>()))
                .put("version", value.version)
                .put("timestamp", value.timestamp_ms);
        }
    }
    Some(line.0)
}

fn member_metadata(value: &MemberMetadata, line: &mut Line) {
    line.maybe("instanceId", value.instance.as_ref()).maybe("rackId", value.rack.as_ref());
    line.put("clientId", &value.client_id)
        .put("clientHost", &value.client_host)
        .put("subscribedTopicNames", list(&value.topics.iter().collect::<Vec<_>>()));
    if !value.regex.is_empty() {
        line.put("subscribedTopicRegex", &value.regex);
    }
    line.put("rebalanceTimeoutMs", value.rebalance_timeout_ms);
    line.maybe("serverAssignor", value.assignor.as_ref());
    if let Some(classic) = &value.classic {
        line.put("classicSessionTimeoutMs", classic.session_timeout_ms);
    }
}

/// `{topic id: partitions, …}`
fn by_topic<V>(topics: &Map<Uuid, V>, said: impl Fn(&V) -> String) -> String {
    let topics: Vec<String> = topics.iter().map(|(id, of)| format!("{id}: {}", said(of))).collect();
    format!("{{{}}}", topics.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Bytes {
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(byte).collect()
    }

    /// Bytes of Kafka's own generated classes.
    #[test]
    fn a_committed_offset_reads_as_the_console_consumer_prints_it() {
        let key = bytes("000100016700017400000003");
        let value = bytes("0003000000000000002a0000000500016d0000018bcfe56800");
        let told = GroupRecordView::of(GROUP_METADATA_TOPIC, Some(&key), Some(&value)).unwrap();
        assert_eq!(told.key, "OffsetCommit group=g topic=t partition=3");
        assert_eq!(
            told.value.as_deref(),
            Some("version=3 offset=42 leaderEpoch=5 metadata=\"m\" commitTimestamp=1700000000000")
        );
        let gone = GroupRecordView::of(GROUP_METADATA_TOPIC, Some(&key), None).unwrap();
        assert_eq!(gone.value, None, "a tombstone");
        assert_eq!(GroupRecordView::of("orders", Some(&key), Some(&value)), None);
    }

    #[test]
    fn a_classic_group_reads_with_its_members() {
        let key = bytes("0002000167");
        let value = bytes(
            "00030008636f6e73756d657200000004000572616e676500026d310000018bcfe568000000000100026d31ffff00016300082f312e322e332e34000493e00000afc800000001000000000101",
        );
        let told = GroupRecordView::of(GROUP_METADATA_TOPIC, Some(&key), Some(&value)).unwrap();
        assert_eq!(told.key, "GroupMetadata group=g");
        let value = told.value.unwrap();
        assert!(value.starts_with("protocolType=consumer generation=4 protocol=range leader=m1"), "{value}");
        assert!(value.contains("{ memberId=m1 clientHost=/1.2.3.4 rebalanceTimeout=300000"), "{value}");
    }
}
