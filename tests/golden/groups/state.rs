//! The state of a shard in the words of the files.

use std::collections::BTreeMap;

use kafkascope::kafka::coordinator::Shard;
use kafkascope::kafka::coordinator::group::GroupView;
use kafkascope::kafka::coordinator::group::classic::ClassicGroup;
use kafkascope::kafka::coordinator::group::classic::ClassicMember;
use kafkascope::kafka::coordinator::group::classic::ClassicState;
use kafkascope::kafka::coordinator::group::offsets::CommittedOffset;
use serde_json::Value;
use serde_json::json;

use super::consumer;
use super::fields::base;

/// All groups by name.
pub(super) fn groups(shard: &Shard) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for (name, group) in shard.groups() {
        let mut json = match group {
            GroupView::Classic(group) => classic(group),
            GroupView::Consumer(group) => consumer::state(group),
        };
        add_offsets(shard, name, &mut json);
        all.insert(name.to_string(), json);
    }
    all
}

/// All timers: key and due time, sorted.
pub(super) fn timers(shard: &Shard) -> Value {
    let mut timers: Vec<(i64, String)> =
        shard.timers().iter().map(|(key, due_ms)| (due_ms, key.to_string())).collect();
    timers.sort();
    timers.into_iter().map(|(due_ms, key)| json!([key, due_ms])).collect()
}

fn classic(group: &ClassicGroup) -> Value {
    let members: serde_json::Map<String, Value> =
        group.members.iter().map(|(id, one)| (id.to_string(), member(one))).collect();
    json!({
        "type": "classic",
        "state": state(group.state),
        "generation": group.generation,
        "protocol_type": group.protocol_type,
        "protocol": group.protocol,
        "leader": group.leader,
        "subscribed_topics": group.subscribed_topics.as_ref().map(|topics| topics.iter().collect::<Vec<_>>()),
        "pending_join": group.pending_join.iter().collect::<Vec<_>>(),
        "pending_sync": group.pending_sync.iter().collect::<Vec<_>>(),
        "members": members,
    })
}

const fn state(state: ClassicState) -> &'static str {
    match state {
        ClassicState::Empty => "EMPTY",
        ClassicState::PreparingRebalance => "PREPARING_REBALANCE",
        ClassicState::CompletingRebalance => "COMPLETING_REBALANCE",
        ClassicState::Stable => "STABLE",
        ClassicState::Dead => "DEAD",
    }
}

fn member(member: &ClassicMember) -> Value {
    let awaiting = match (member.awaiting_join, member.awaiting_sync) {
        (Some(_), _) => Some("join"),
        (None, Some(_)) => Some("sync"),
        (None, None) => None,
    };
    json!({
        "instance": member.instance,
        "session_ms": member.session_timeout_ms,
        "rebalance_ms": member.rebalance_timeout_ms,
        "protocols": member.protocols.iter().map(|protocol| &protocol.name).collect::<Vec<_>>(),
        "assignment": base(&member.assignment),
        "awaiting": awaiting,
        "new": member.is_new,
    })
}

fn add_offsets(shard: &Shard, group: &str, json: &mut Value) {
    let offsets = &shard.timeline().offsets;
    for (partition, offset) in offsets.of_group(group) {
        json["offsets"][partition.to_string()] = committed(offset);
    }
    for (producer, partition, offset) in offsets.pending_of_group(group) {
        json["pending_offsets"][producer.to_string()][partition.to_string()] = committed(offset);
    }
}

fn committed(offset: &CommittedOffset) -> Value {
    let mut list = vec![
        json!(offset.offset),
        json!(offset.leader_epoch),
        json!(offset.metadata),
        json!(offset.commit_ms),
    ];
    list.extend(offset.expire_ms.map(|ms| json!(ms)));
    Value::Array(list)
}
