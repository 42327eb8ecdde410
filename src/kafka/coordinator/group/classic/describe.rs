//! DescribeGroups and ListGroups of classic groups.

use super::ClassicGroup;
use super::ClassicState;
use crate::kafka::coordinator::text;
use crate::kafka::protocol::messages::describe_groups_response::DescribedGroup;
use crate::kafka::protocol::messages::describe_groups_response::DescribedGroupMember;

impl ClassicGroup {
    /// Only a stable group tells its protocol and what its members said for it.
    pub(crate) fn describe(&self) -> DescribedGroup {
        let protocol = self.protocol.as_deref().filter(|_| self.state == ClassicState::Stable);
        let members = self.members.values().map(|member| {
            let metadata = protocol.and_then(|protocol| member.metadata(protocol)).cloned();
            DescribedGroupMember::default()
                .with_member_id(text(&member.id))
                .with_group_instance_id(member.instance.as_deref().map(text))
                .with_client_id(text(&member.client_id))
                .with_client_host(text(&member.client_host))
                .with_member_metadata(metadata.unwrap_or_default())
                .with_member_assignment(member.assignment.clone())
        });
        DescribedGroup::default()
            .with_group_id(text(&self.name))
            .with_group_state(text(self.state.name()))
            .with_protocol_type(text(self.protocol_type.as_deref().unwrap_or_default()))
            .with_protocol_data(text(protocol.unwrap_or_default()))
            .with_members(members.collect())
    }
}
