//! ListGroups, DescribeGroups, DeleteGroups.

use super::GroupView;
use super::classic::ClassicState;
use crate::kafka::base::Name;
use crate::kafka::base::hash_copy_order;
use crate::kafka::base::java_hash;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::shard::Forget;
use crate::kafka::coordinator::shard::Timeline;
use crate::kafka::coordinator::shared;
use crate::kafka::coordinator::text;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::messages as m;
use m::delete_groups_response::DeletableGroupResult;
use m::describe_groups_response::DescribedGroup;
use m::list_groups_request::ListGroupsRequestData;
use m::list_groups_response::ListGroupsResponseData;
use m::list_groups_response::ListedGroup;

/// From this version on an unknown group is an error and not a dead group (KIP-1043).
const KNOWS_GROUP_ID_NOT_FOUND: i16 = 6;

impl Shard {
    /// The groups that ListGroups and DescribeGroups tell of: as of the high watermark, or as they are in memory.
    fn told(&self) -> &Timeline {
        if self.edition().tells_what_is_safe() { self.committed() } else { self.timeline() }
    }

    /// `listGroups`.
    pub(crate) fn list_groups(&self, request: &ListGroupsRequestData) -> ListGroupsResponseData {
        let wanted = |filter: &[KafkaString], name: &str| {
            filter.is_empty() || filter.iter().any(|one| one.as_str().trim().eq_ignore_ascii_case(name))
        };
        let mut groups = Vec::new();
        for (name, group) in &self.told().groups {
            let Some(group) = self.view(group) else { continue };
            let (kind, protocol_type) = match group {
                GroupView::Classic(group) => ("classic", group.protocol_type.as_deref().unwrap_or_default()),
                GroupView::Consumer(_) => ("consumer", super::classic::CONSUMER),
            };
            if wanted(&request.states_filter, group.state()) && wanted(&request.types_filter, kind) {
                groups.push(
                    ListedGroup::default()
                        .with_group_id(text(name))
                        .with_protocol_type(text(protocol_type))
                        .with_group_state(text(group.state()))
                        .with_group_type(text(kind)),
                );
            }
        }
        ListGroupsResponseData::default().with_groups(groups)
    }

    /// `describeGroups` of one group.
    pub(crate) fn describe_group(&self, id: &KafkaString, version: i16) -> DescribedGroup {
        match self.told().groups.get(id.as_str()).and_then(|group| self.view(group)) {
            Some(GroupView::Classic(group)) => group.describe(),
            other => {
                let dead = DescribedGroup::default()
                    .with_group_id(id.clone())
                    .with_group_state(text(ClassicState::Dead.name()));
                if version < KNOWS_GROUP_ID_NOT_FOUND {
                    return dead;
                }
                let why = if other.is_some() { "is not a classic group" } else { "not found" };
                dead.with_error_code(ErrorCode::GroupIdNotFound.code())
                    .with_error_message(Some(KafkaString::from(format!("Group {} {why}.", id.as_str()))))
            }
        }
    }

    /// `deleteGroups`: tombstones for the groups that are empty and for their offsets.
    pub(crate) fn delete_groups(&self, ids: &[KafkaString]) -> (Vec<GroupRecord>, Vec<DeletableGroupResult>) {
        let mut records = Vec::new();
        let mut results = Vec::new();
        for id in in_order(ids) {
            let name = shared(id);
            let group = self.deletable(&name);
            if let Ok(group) = group {
                self.delete_all_offsets(&name, &mut records);
                self.group_tombstones(&name, group, &mut records);
            }
            results.push(deleted(id, group.err()));
        }
        (records, results)
    }

    /// The same in the old coordinator.
    pub(crate) fn forget_groups(
        &mut self,
        io: &mut Io<'_>,
        ids: &[KafkaString],
    ) -> Vec<DeletableGroupResult> {
        let mut results = Vec::new();
        for id in in_order(ids) {
            let name = shared(id);
            let refused = self.deletable(&name).err();
            if refused.is_none() {
                let offsets = &self.timeline().offsets;
                let all = offsets.of_group(&name).map(|(partition, _)| partition.clone()).collect();
                self.forget(io, &name, &Forget::Group(all));
            }
            results.push(deleted(id, refused));
        }
        results
    }

    /// A group that may be deleted: nobody is in it.
    fn deletable(&self, name: &str) -> Result<GroupView<'_>, ErrorCode> {
        match self.group(name) {
            None => Err(ErrorCode::GroupIdNotFound),
            Some(GroupView::Classic(group)) if group.state == ClassicState::Dead => {
                Err(ErrorCode::GroupIdNotFound)
            }
            Some(group) if !group.is_empty() => Err(ErrorCode::NonEmptyGroup),
            Some(group) => Ok(group),
        }
    }

    /// The records that end an empty group.
    pub(crate) fn group_tombstones(&self, name: &Name, group: GroupView<'_>, records: &mut Vec<GroupRecord>) {
        match group {
            GroupView::Classic(_) => records.push(Self::classic_tombstone(name)),
            GroupView::Consumer(group) => self.consumer_tombstones(group, records),
        }
    }
}

fn deleted(id: &KafkaString, refused: Option<ErrorCode>) -> DeletableGroupResult {
    let error = refused.unwrap_or(ErrorCode::None).code();
    DeletableGroupResult::default().with_group_id(id.clone()).with_error_code(error)
}

/// Each group once, in the order of the Java set that Kafka puts them in.
pub(crate) fn in_order(ids: &[KafkaString]) -> Vec<&KafkaString> {
    let mut once: Vec<&KafkaString> = Vec::with_capacity(ids.len());
    for id in ids {
        if !once.contains(&id) {
            once.push(id);
        }
    }
    let order = hash_copy_order(once.iter().map(|id| java_hash(id.as_str())));
    order.into_iter().map(|at| once[at]).collect()
}
