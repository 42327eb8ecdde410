use super::ErrorCode;
use super::Response;

impl Response {
    /// The first error that the answer tells, in the order of its fields; 0 = none. Kafka puts it at the top of some
    /// answers, beside each topic, partition, group or member of others.
    pub fn error_code(&self) -> i16 {
        let first = |mut codes: &mut dyn Iterator<Item = i16>| {
            Iterator::find(&mut codes, |code| *code != 0).unwrap_or(0)
        };
        match self {
            Self::FindCoordinator(it) if it.coordinators.is_empty() => it.error_code,
            Self::FindCoordinator(it) => first(&mut it.coordinators.iter().map(|one| one.error_code)),
            Self::JoinGroup(it) => it.error_code,
            Self::SyncGroup(it) => it.error_code,
            Self::Heartbeat(it) => it.error_code,
            Self::ConsumerGroupHeartbeat(it) => it.error_code,
            Self::LeaveGroup(it) => {
                let members = it.members.iter().map(|member| member.error_code);
                first(&mut [it.error_code].into_iter().chain(members))
            }
            Self::ListGroups(it) => it.error_code,
            Self::DescribeGroups(it) => first(&mut it.groups.iter().map(|group| group.error_code)),
            Self::ConsumerGroupDescribe(it) => first(&mut it.groups.iter().map(|group| group.error_code)),
            Self::DeleteGroups(it) => first(&mut it.results.iter().map(|group| group.error_code)),
            Self::OffsetCommit(it) => {
                first(&mut it.topics.iter().flat_map(|topic| &topic.partitions).map(|at| at.error_code))
            }
            Self::OffsetFetch(it) => {
                let groups = it.groups.iter().map(|group| group.error_code);
                let in_groups = it.groups.iter().flat_map(|group| &group.topics);
                let deep = in_groups.flat_map(|topic| &topic.partitions).map(|at| at.error_code);
                let flat = it.topics.iter().flat_map(|topic| &topic.partitions).map(|at| at.error_code);
                first(&mut [it.error_code].into_iter().chain(groups).chain(deep).chain(flat))
            }
            Self::OffsetDelete(it) => {
                let deep = it.topics.iter().flat_map(|topic| &topic.partitions).map(|at| at.error_code);
                first(&mut [it.error_code].into_iter().chain(deep))
            }
            Self::Produce(it) => first(
                &mut it.responses.iter().flat_map(|topic| &topic.partition_responses).map(|at| at.error_code),
            ),
            Self::Fetch(it) => {
                let deep = it.responses.iter().flat_map(|topic| &topic.partitions).map(|at| at.error_code);
                first(&mut [it.error_code].into_iter().chain(deep))
            }
            Self::InitProducerId(it) => it.error_code,
            _ => 0,
        }
    }

    /// The same by its Kafka name; `None` when all went well.
    pub fn error(&self) -> Option<ErrorCode> {
        Some(self.error_code()).filter(|code| *code != 0).map(ErrorCode::from)
    }
}
