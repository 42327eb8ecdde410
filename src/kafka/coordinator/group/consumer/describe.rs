//! `ConsumerGroupDescribe` (Kafka: `ConsumerGroup.asDescribedGroup`), as of the high watermark.

use crate::kafka::base::Name;
use crate::kafka::base::Profile;
use crate::kafka::base::Set;
use crate::kafka::base::hash_copy_order;
use crate::kafka::base::java_hash;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::group::Group;
use crate::kafka::coordinator::text;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::messages::consumer_group_describe_response as r;

use super::group::ConsumerGroup;
use super::member::Member;
use super::member::Target;
use super::member::partitions_of;
use super::votes;

impl Shard {
    pub(super) fn describe_consumer_group(&self, io: &Io<'_>, id: &KafkaString) -> r::DescribedGroup {
        let described = r::DescribedGroup::default().with_group_id(id.clone());
        let group = match self.committed().groups.get(id.as_str()) {
            Some(Group::Consumer(group)) => group,
            other => {
                let why = if other.is_some() { "is not a consumer group" } else { "not found" };
                return described
                    .with_error_code(ErrorCode::GroupIdNotFound.code())
                    .with_error_message(Some(KafkaString::from(format!("Group {} {why}.", id.as_str()))));
            }
        };
        let profile = self.config.profile;
        let default = self.config.consumer_assignors.first().map_or("", String::as_str);
        described
            .with_group_state(text(group.state().name()))
            .with_group_epoch(group.epoch)
            .with_assignment_epoch(group.assignment_epoch)
            .with_assignor_name(text(votes::preferred(group).as_deref().unwrap_or(default)))
            .with_members(group.members.values().map(|member| describe(io, group, member, profile)).collect())
    }
}

fn describe(io: &Io<'_>, group: &ConsumerGroup, member: &Member, profile: Profile) -> r::Member {
    let option = |name: &Option<Name>| name.as_deref().map(text);
    let metadata = &member.metadata;
    let target = group.target.get(&member.id).cloned().unwrap_or_default();
    let mut owned = partitions_of(&member.assigned);
    if profile == Profile::Modern {
        // What it has yet to give up is still its own (4.4).
        for (topic, partitions) in partitions_of(&member.revoking) {
            owned.entry(topic).or_default().extend(partitions);
        }
    }
    r::Member::default()
        .with_member_id(text(&member.id))
        .with_instance_id(option(&metadata.instance))
        .with_rack_id(option(&metadata.rack))
        .with_member_epoch(member.epoch)
        .with_client_id(text(&metadata.client_id))
        .with_client_host(text(&metadata.client_host))
        .with_subscribed_topic_names(in_hash_order(&metadata.topics))
        .with_subscribed_topic_regex(Some(text(&metadata.regex)))
        .with_assignment(assignment(io, &owned))
        .with_target_assignment(assignment(io, &target))
        .with_member_type(i8::from(!member.is_classic()))
}

/// Kafka keeps them in a Java hash set.
fn in_hash_order(names: &Set<Name>) -> Vec<KafkaString> {
    let names: Vec<&Name> = names.iter().collect();
    let order = hash_copy_order(names.iter().map(|name| java_hash(name)));
    order.into_iter().map(|at| text(names[at])).collect()
}

/// Topics that are gone are left out: they have no name.
fn assignment(io: &Io<'_>, partitions: &Target) -> r::Assignment {
    let topics = partitions.iter().filter_map(|(topic, partitions)| {
        let name = io.topics.name(*topic)?;
        Some(
            r::TopicPartitions::default()
                .with_topic_id(*topic)
                .with_topic_name(text(&name))
                .with_partitions(partitions.iter().copied().collect()),
        )
    });
    r::Assignment::default().with_topic_partitions(topics.collect())
}
