//! Who should own what (Kafka: `TargetAssignmentBuilder`, `GroupMetadataManager.updateTargetAssignment`).

use std::sync::Arc;

use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Set;
use crate::kafka::base::Uuid;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::group::assignor::GroupSpec;
use crate::kafka::coordinator::group::assignor::MemberSpec;
use crate::kafka::coordinator::group::assignor::ServerAssignor;
use crate::kafka::coordinator::group::assignor::SubscriptionType;
use crate::kafka::coordinator::record::ConsumerRecord;
use crate::kafka::coordinator::record::consumer::TargetEpoch;
use crate::kafka::coordinator::shard::Refusal;
use crate::kafka::protocol::ErrorCode;

use super::change::Change;
use super::group::ConsumerGroup;
use super::member::Member;
use super::member::Target;
use super::table_order::table_order;
use super::votes;

impl Shard {
    /// Computes the target of the group as it will be, writes what changes, and gives the changed member's part.
    pub(super) fn compute_target(&self, io: &Io<'_>, change: &mut Change) -> Result<Arc<Target>, Refusal> {
        let group = change.group.clone();
        let stays = |member: &&Member| !change.replaces(member);
        let known = group.members.values().map(|member| &**member).filter(stays);
        let mut members: Vec<&Member> = Vec::with_capacity(group.members.len() + 1);
        members.extend(known.map(|member| if member.id == change.new.id { &change.new } else { member }));
        // The order in which Kafka enters them into the assignor's hash map.
        table_order(&mut members, |member| &member.id);
        if !group.members.contains_key(&change.new.id) {
            members.push(&change.new);
        }
        let targets = self.assign_members(io, change, &group, &members)?;
        let mut own = Arc::default();
        let mut changed = Vec::new();
        for (member, target) in members.iter().zip(targets) {
            if member.id == change.new.id {
                own = target.clone();
            }
            if group.target.get(&member.id) != Some(&target) {
                changed.push((member.id.clone(), target));
            }
        }
        for (member, target) in changed {
            let value = Some(Target::clone(&target));
            change.add(ConsumerRecord::Target { group: group.id.clone(), member, value });
        }
        let value = Some(TargetEpoch { epoch: change.epoch, timestamp_ms: io.now_ms });
        change.add(ConsumerRecord::TargetEpoch { group: group.id.clone(), value });
        Ok(own)
    }

    /// The assignor that the members want, or the broker's first.
    pub(super) fn chosen_assignor(&self, wanted: Option<Name>) -> Name {
        let default = || self.config.consumer_assignors.first().map_or("uniform", String::as_str);
        wanted.unwrap_or_else(|| Name::from(default()))
    }

    fn assign_members(
        &self,
        io: &Io<'_>,
        change: &Change,
        group: &ConsumerGroup,
        members: &[&Member],
    ) -> Result<Vec<Arc<Target>>, Refusal> {
        let mut ids: Map<Name, Option<Uuid>> = Map::new();
        let mut counts: Map<Uuid, i32> = Map::new();
        let mut topics: Vec<Vec<Uuid>> = Vec::new();
        for member in members {
            let mut own = Set::new();
            for name in group.names_of(member).iter() {
                let id = *ids.entry(name.clone()).or_insert_with(|| io.topics.id(name));
                if let Some(id) = id {
                    counts.entry(id).or_insert_with(|| io.topics.partitions(name).unwrap_or(0));
                    own.insert(id);
                }
            }
            topics.push(own.iter().copied().collect());
        }
        let targets: Vec<Arc<Target>> = members.iter().map(|member| group.target_of(member)).collect();
        let specs: Vec<MemberSpec<'_>> = members
            .iter()
            .zip(&topics)
            .zip(&targets)
            .map(|((member, topics), current)| MemberSpec {
                id: &member.id,
                instance: member.metadata.instance.as_deref(),
                topics,
                current,
            })
            .collect();
        let wanted = votes::preferred_after(group, &change.old, &change.new);
        let assignor = ServerAssignor::from_name(&self.chosen_assignor(wanted));
        let spec = GroupSpec {
            profile: self.config.profile,
            members: &specs,
            subscriptions: if change.looked {
                subscription_type(members)
            } else {
                let before: Vec<&Member> = group.members.values().map(|member| &**member).collect();
                subscription_type(&before)
            },
            partitions: &|topic| counts.get(&topic).copied(),
        };
        assignor.unwrap_or(ServerAssignor::Uniform).assign(&spec).map_err(|error| {
            let message =
                format!("Failed to compute a new target assignment for epoch {}: {error}", change.epoch);
            Refusal::because(ErrorCode::UnknownServerError, message)
        })
    }
}

/// Whether all members want the same (`ConsumerGroup.subscriptionType`).
fn subscription_type(members: &[&Member]) -> SubscriptionType {
    let same = members.windows(2).all(|pair| {
        pair[0].metadata.topics == pair[1].metadata.topics && pair[0].metadata.regex == pair[1].metadata.regex
    });
    let mixed = |member: &&Member| member.regex().is_some() && !member.metadata.topics.is_empty();
    if same && !members.iter().any(mixed) {
        SubscriptionType::Homogeneous
    } else {
        SubscriptionType::Heterogeneous
    }
}
