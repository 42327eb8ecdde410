//! Stories of groups and their coordinator.

use bytes::Bytes;

use super::Cluster;
use crate::kafka::base::GROUP_METADATA_TOPIC;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::coordinator::partition_for;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages as m;
use m::delete_groups_request::DeleteGroupsRequestData;
use m::delete_topics_request::DeleteTopicState;
use m::delete_topics_request::DeleteTopicsRequestData;
use m::describe_groups_request::DescribeGroupsRequestData;
use m::find_coordinator_request::FindCoordinatorRequestData;
use m::heartbeat_request::HeartbeatRequestData;
use m::join_group_request::JoinGroupRequestData;
use m::join_group_request::JoinGroupRequestProtocol;
use m::list_groups_request::ListGroupsRequestData;
use m::metadata_request::MetadataRequestData;
use m::offset_commit_request::OffsetCommitRequestData;
use m::offset_commit_request::OffsetCommitRequestPartition;
use m::offset_commit_request::OffsetCommitRequestTopic;
use m::offset_fetch_request::OffsetFetchRequestData;
use m::offset_fetch_request::OffsetFetchRequestGroup;
use m::offset_fetch_request::OffsetFetchRequestTopics;
use m::sync_group_request::SyncGroupRequestAssignment;
use m::sync_group_request::SyncGroupRequestData;

const NOT_YET: i16 = 15;
/// The brokers of these stories are 3.9.1, and run the old coordinator unless this is switched on.
const NEW: (&str, &str) = ("group.coordinator.rebalance.protocols", "classic,consumer");

impl Cluster {
    /// Asks a broker for coordinators; (error, node) of each key.
    fn find_coordinators(&mut self, broker: i32, kind: i8, keys: &[&str]) -> Vec<(i16, i32)> {
        let request = FindCoordinatorRequestData::default()
            .with_key_type(kind)
            .with_coordinator_keys(keys.iter().map(|key| KafkaString::from((*key).to_owned())).collect());
        match self.ask(NodeId(broker), Request::FindCoordinator(request)) {
            Response::FindCoordinator(answer) => {
                answer.coordinators.iter().map(|found| (found.error_code, found.node_id)).collect()
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_first_who_asks_for_a_coordinator_makes_the_offsets_topic_and_all_brokers_agree_on_the_coordinator() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    assert!(cluster.broker(1).cluster().topic(GROUP_METADATA_TOPIC).is_none(), "nobody has a group yet");
    assert_eq!(cluster.find_coordinators(1, 0, &["my-group"]), [(NOT_YET, -1)]);
    cluster.run(1000);
    let topic = cluster.broker(2).cluster().topic(GROUP_METADATA_TOPIC).expect("it was made");
    assert_eq!((topic.partitions.len(), topic.partitions[&0].replicas.len()), (50, 3));
    // Java's hash of this name is negative: a mask would give 36.
    assert_eq!(partition_for("my-group", 50), 12);
    let leader = cluster.leader(GROUP_METADATA_TOPIC, 12).expect("a leader");
    let of_order = cluster.leader(GROUP_METADATA_TOPIC, partition_for("order-service", 50)).expect("one");
    for broker in 1..=3 {
        let found = cluster.find_coordinators(broker, 0, &["my-group", "order-service"]);
        assert_eq!(found, [(0, leader.0), (0, of_order.0)], "broker {broker}");
    }
    let id = TopicPartition::new(&name(GROUP_METADATA_TOPIC), 12);
    let config = cluster.broker(1).partition(&id).and_then(|p| p.log()).expect("a log").config().clone();
    assert!(config.compact && !config.delete, "what groups wrote is never deleted by age");
    assert_eq!(config.segment_bytes, 104_857_600);
}

#[test]
fn without_enough_brokers_for_its_replicas_there_is_no_coordinator() {
    let mut cluster = Cluster::new(2, &[]);
    cluster.run(3000);
    for _ in 0..2 {
        assert_eq!(cluster.find_coordinators(1, 0, &["g"]), [(NOT_YET, -1)]);
        cluster.run(1000);
    }
    assert!(cluster.broker(1).cluster().topic(GROUP_METADATA_TOPIC).is_none());
    cluster.boot_broker(NodeId(3), &[]);
    cluster.run(3000);
    cluster.find_coordinators(1, 0, &["g"]);
    cluster.run(1000);
    assert_eq!(cluster.find_coordinators(1, 0, &["g"])[0].0, 0);
}

#[test]
fn a_small_cluster_says_how_many_copies_and_partitions_the_offsets_topic_has() {
    let configs = [("offsets.topic.replication.factor", "1"), ("offsets.topic.num.partitions", "4")];
    let mut cluster = Cluster::new(1, &configs);
    cluster.run(3000);
    cluster.find_coordinators(1, 0, &["g"]);
    cluster.run(1000);
    assert_eq!(cluster.find_coordinators(1, 0, &["g"]), [(0, 1)]);
    let topic = cluster.broker(1).cluster().topic(GROUP_METADATA_TOPIC).expect("it was made");
    assert_eq!((topic.partitions.len(), topic.partitions[&0].replicas.len()), (4, 1));
    assert_eq!(cluster.broker(1).partition_of_group("my-group"), partition_for("my-group", 4));
}

#[test]
fn only_groups_have_coordinators_here() {
    let mut cluster = Cluster::new(1, &[("offsets.topic.replication.factor", "1")]);
    cluster.run(3000);
    assert_eq!(cluster.find_coordinators(1, 1, &["tx"]), [(NOT_YET, -1)]);
    let share = ErrorCode::InvalidRequest.code();
    assert_eq!(cluster.find_coordinators(1, 2, &["g:id:0"]), [(share, -1)]);
    assert!(cluster.broker(1).cluster().topic(GROUP_METADATA_TOPIC).is_none());
}

#[test]
fn the_offsets_topic_is_internal_and_clients_do_not_write_to_it() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.find_coordinators(1, 0, &["g"]);
    cluster.run(1000);
    let request = MetadataRequestData::default().with_topics(None);
    let Response::Metadata(answer) = cluster.ask(NodeId(1), Request::Metadata(request)) else { panic!() };
    let topics: Vec<_> = answer.topics.iter().map(|t| (t.is_internal, t.partitions.len())).collect();
    assert_eq!(topics, [(true, 50)]);
    let leader = cluster.leader(GROUP_METADATA_TOPIC, 0).expect("a leader");
    let refused = cluster.produce(leader, GROUP_METADATA_TOPIC, -1, 1);
    assert_eq!(refused, Some((ErrorCode::InvalidTopicException.code(), -1)));
}

/// A member of a classic group, by hand.
#[derive(Clone, Debug)]
pub(super) struct Member {
    id: String,
    generation: i32,
    leads: bool,
}

pub(super) const GROUP: &str = "orders-app";

fn text(text: &str) -> KafkaString {
    KafkaString::from(text.to_owned())
}

/// A cluster with topic `orders` and a coordinator of [`GROUP`].
pub(super) fn cluster_with_group(configs: &[(&str, &str)]) -> Cluster {
    let mut cluster = Cluster::new(3, configs);
    cluster.run(3000);
    assert_eq!(cluster.create("orders", 3, 3, &[]), 0);
    cluster.find_coordinators(1, 0, &[GROUP]);
    cluster.run(1000);
    cluster
}

impl Cluster {
    pub(super) fn coordinator(&self) -> NodeId {
        self.leader(GROUP_METADATA_TOPIC, partition_for(GROUP, 50)).expect("a coordinator")
    }

    fn send_join(&mut self, id: &str) -> i32 {
        let protocol = JoinGroupRequestProtocol::default().with_name(text("range"));
        let request = JoinGroupRequestData::default()
            .with_group_id(text(GROUP))
            .with_session_timeout_ms(10_000)
            .with_rebalance_timeout_ms(20_000)
            .with_member_id(text(id))
            .with_protocol_type(text("consumer"))
            .with_protocols(vec![protocol]);
        let coordinator = self.coordinator();
        self.send(coordinator, Request::JoinGroup(request), 9)
    }

    fn joined(&mut self, number: i32) -> Option<(i16, Member)> {
        match self.take(number)? {
            Response::JoinGroup(answer) => {
                let member = Member {
                    id: answer.member_id.to_string(),
                    generation: answer.generation_id,
                    leads: answer.leader == answer.member_id && !answer.member_id.is_empty(),
                };
                Some((answer.error_code, member))
            }
            other => panic!("{other:?}"),
        }
    }

    /// Members that join one after the other, are given ids, and wait for the first generation.
    pub(super) fn join(&mut self, count: usize) -> Vec<Member> {
        let asked: Vec<i32> = (0..count).map(|_| self.send_join("")).collect();
        self.run(100);
        let ids: Vec<String> = asked
            .into_iter()
            .map(|number| {
                let (error, member) = self.joined(number).expect("an id");
                assert_eq!(error, ErrorCode::MemberIdRequired.code());
                member.id
            })
            .collect();
        let asked: Vec<i32> = ids.iter().map(|id| self.send_join(id)).collect();
        self.run(10_000);
        asked
            .into_iter()
            .map(|number| {
                let (error, member) = self.joined(number).expect("a generation");
                assert_eq!(error, 0);
                member
            })
            .collect()
    }

    /// The leader hands everybody his own id as assignment; (error, assignment) of each.
    pub(super) fn sync(&mut self, members: &[Member]) -> Vec<(i16, String)> {
        let assignments = members.iter().map(|member| {
            SyncGroupRequestAssignment::default()
                .with_member_id(text(&member.id))
                .with_assignment(Bytes::from(member.id.clone()))
        });
        let assignments: Vec<_> = assignments.collect();
        let coordinator = self.coordinator();
        let asked: Vec<i32> = members
            .iter()
            .map(|member| {
                let request = SyncGroupRequestData::default()
                    .with_group_id(text(GROUP))
                    .with_generation_id(member.generation)
                    .with_member_id(text(&member.id))
                    .with_protocol_type(Some(text("consumer")))
                    .with_protocol_name(Some(text("range")))
                    .with_assignments(if member.leads { assignments.clone() } else { Vec::new() });
                self.send(coordinator, Request::SyncGroup(request), 5)
            })
            .collect();
        self.run(1000);
        asked
            .into_iter()
            .map(|number| match self.take(number) {
                Some(Response::SyncGroup(answer)) => {
                    (answer.error_code, String::from_utf8_lossy(&answer.assignment).into_owned())
                }
                other => panic!("{other:?}"),
            })
            .collect()
    }

    pub(super) fn heartbeat(&mut self, member: &Member) -> i16 {
        let request = HeartbeatRequestData::default()
            .with_group_id(text(GROUP))
            .with_generation_id(member.generation)
            .with_member_id(text(&member.id));
        let coordinator = self.coordinator();
        match self.ask(coordinator, Request::Heartbeat(request)) {
            Response::Heartbeat(answer) => answer.error_code,
            other => panic!("{other:?}"),
        }
    }

    /// The errors of a commit for these partitions of `orders`.
    pub(super) fn commit(&mut self, member: Option<&Member>, offsets: &[(i32, i64)]) -> Vec<(i32, i16)> {
        let number = self.send_commit(member, offsets);
        self.run(7000);
        self.commit_errors(number)
    }

    fn send_commit(&mut self, member: Option<&Member>, offsets: &[(i32, i64)]) -> i32 {
        let partitions = offsets.iter().map(|(partition, offset)| {
            OffsetCommitRequestPartition::default()
                .with_partition_index(*partition)
                .with_committed_offset(*offset)
                .with_committed_leader_epoch(-1)
                .with_committed_metadata(Some(text("")))
        });
        let topic = OffsetCommitRequestTopic::default()
            .with_name(text("orders"))
            .with_partitions(partitions.collect());
        let request = OffsetCommitRequestData::default()
            .with_group_id(text(GROUP))
            .with_generation_id_or_member_epoch(member.map_or(-1, |member| member.generation))
            .with_member_id(member.map_or_else(KafkaString::default, |member| text(&member.id)))
            .with_topics(vec![topic]);
        let coordinator = self.coordinator();
        self.send(coordinator, Request::OffsetCommit(request), 9)
    }

    fn commit_errors(&mut self, number: i32) -> Vec<(i32, i16)> {
        match self.take(number) {
            Some(Response::OffsetCommit(answer)) => {
                let partitions = answer.topics.iter().flat_map(|topic| &topic.partitions);
                partitions.map(|p| (p.partition_index, p.error_code)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    /// Nothing of the coordinator reaches the other brokers any more.
    fn hold_followers(&mut self) {
        let coordinator = self.coordinator();
        for other in (1..=3).filter(|id| *id != coordinator.0) {
            self.held.insert((NodeId(other), coordinator));
        }
    }

    fn send_heartbeat(&mut self, member: &Member) -> i32 {
        let request = HeartbeatRequestData::default()
            .with_group_id(text(GROUP))
            .with_generation_id(member.generation)
            .with_member_id(text(&member.id));
        let coordinator = self.coordinator();
        self.send(coordinator, Request::Heartbeat(request), 4)
    }

    fn send_fetch(&mut self, stable: bool) -> i32 {
        let topic =
            OffsetFetchRequestTopics::default().with_name(text("orders")).with_partition_indexes(vec![0]);
        let group = OffsetFetchRequestGroup::default()
            .with_group_id(text(GROUP))
            .with_member_epoch(-1)
            .with_topics(Some(vec![topic]));
        let request = OffsetFetchRequestData::default().with_groups(vec![group]).with_require_stable(stable);
        let coordinator = self.coordinator();
        self.send(coordinator, Request::OffsetFetch(request), 9)
    }

    fn state(&mut self) -> String {
        let request = DescribeGroupsRequestData::default().with_groups(vec![text(GROUP)]);
        let coordinator = self.coordinator();
        match self.ask(coordinator, Request::DescribeGroups(request)) {
            Response::DescribeGroups(answer) => answer.groups[0].group_state.to_string(),
            other => panic!("{other:?}"),
        }
    }

    /// What the group has committed for `orders`, or the error; in this version of OffsetFetch.
    pub(super) fn committed(&mut self, broker: NodeId, version: i16) -> Result<Vec<(i32, i64)>, i16> {
        let group = OffsetFetchRequestGroup::default()
            .with_group_id(text(GROUP))
            .with_member_epoch(-1)
            .with_topics(None);
        let mut request = OffsetFetchRequestData::default();
        if version < 8 {
            request.group_id = text(GROUP);
            request.topics = None;
        } else {
            request.groups = vec![group];
        }
        let number = self.send(broker, Request::OffsetFetch(request), version);
        self.run(100);
        let Some(Response::OffsetFetch(answer)) = self.take(number) else { panic!("no answer") };
        let Some(group) = answer.groups.first() else {
            let partitions = answer.topics.iter().flat_map(|topic| &topic.partitions);
            let found = partitions.map(|p| (p.partition_index, p.committed_offset)).collect();
            return if answer.error_code == 0 { Ok(found) } else { Err(answer.error_code) };
        };
        let partitions = group.topics.iter().flat_map(|topic| &topic.partitions);
        let found = partitions.map(|p| (p.partition_index, p.committed_offset)).collect();
        if group.error_code == 0 { Ok(found) } else { Err(group.error_code) }
    }
}

#[test]
fn two_members_join_are_given_their_parts_commit_and_read_what_was_committed() {
    let mut cluster = cluster_with_group(&[]);
    let members = cluster.join(2);
    assert_eq!(members.iter().filter(|member| member.leads).count(), 1);
    assert!(members.iter().all(|member| member.generation == 1), "{members:?}");
    let parts = cluster.sync(&members);
    for (member, part) in members.iter().zip(&parts) {
        assert_eq!(*part, (0, member.id.clone()));
        assert_eq!(cluster.heartbeat(member), 0);
    }
    assert_eq!(cluster.commit(Some(&members[0]), &[(0, 7), (1, 3)]), [(0, 0), (1, 0)]);
    let coordinator = cluster.coordinator();
    for version in [5, 7, 8, 9, 10] {
        assert_eq!(cluster.committed(coordinator, version), Ok(vec![(0, 7), (1, 3)]), "version {version}");
    }
    let old = Member { generation: 0, ..members[1].clone() };
    assert_eq!(cluster.commit(Some(&old), &[(0, 9)]), [(0, ErrorCode::IllegalGeneration.code())]);
}

#[test]
fn a_commit_for_a_partition_that_does_not_exist_is_refused_and_the_others_are_taken() {
    let mut cluster = cluster_with_group(&[]);
    let mut errors = cluster.commit(None, &[(0, 1), (9, 1)]);
    errors.sort_unstable();
    assert_eq!(errors, [(0, 0), (9, ErrorCode::UnknownTopicOrPartition.code())]);
    let coordinator = cluster.coordinator();
    assert_eq!(cluster.committed(coordinator, 9), Ok(vec![(0, 1)]));
}

#[test]
fn who_does_not_lead_the_groups_partition_says_so() {
    let mut cluster = cluster_with_group(&[]);
    let coordinator = cluster.coordinator();
    let other = NodeId(coordinator.0 % 3 + 1);
    assert_eq!(cluster.committed(other, 9), Err(ErrorCode::NotCoordinator.code()));
    assert_eq!(cluster.committed(other, 7), Err(ErrorCode::NotCoordinator.code()));
    let groups = DescribeGroupsRequestData::default().with_groups(vec![text(GROUP)]);
    let Response::DescribeGroups(answer) = cluster.ask(other, Request::DescribeGroups(groups)) else {
        panic!()
    };
    assert_eq!(answer.groups[0].error_code, ErrorCode::NotCoordinator.code());
}

#[test]
fn another_coordinator_replays_the_log_and_the_group_goes_on() {
    let mut cluster = cluster_with_group(&[]);
    let members = cluster.join(2);
    cluster.sync(&members);
    assert_eq!(cluster.commit(Some(&members[0]), &[(0, 7)]), [(0, 0)]);
    cluster.heartbeat(&members[1]);
    let dead = cluster.coordinator();
    cluster.crash(dead);
    cluster.run(12_000);
    let coordinator = cluster.coordinator();
    assert_ne!(coordinator, dead);
    assert_eq!(cluster.committed(coordinator, 9), Ok(vec![(0, 7)]));
    for member in &members {
        assert_eq!(cluster.heartbeat(member), 0, "nobody has to rejoin");
    }
    let groups = DescribeGroupsRequestData::default().with_groups(vec![text(GROUP)]);
    let answer = cluster.ask(coordinator, Request::DescribeGroups(groups));
    let Response::DescribeGroups(answer) = answer else { panic!() };
    assert_eq!((answer.groups[0].group_state.as_str(), answer.groups[0].members.len()), ("Stable", 2));
    cluster.boot_broker(dead, &[]);
    cluster.run(20_000);
    let all: usize = (1..=3).map(|id| cluster.broker(id).coordinators().shards().count()).sum();
    assert_eq!(all, 50, "each partition has one coordinator, and old ones are gone");
}

#[test]
fn a_silent_member_is_removed_by_its_session_and_the_rest_rejoins() {
    let mut cluster = cluster_with_group(&[]);
    let members = cluster.join(2);
    cluster.sync(&members);
    for _ in 0..3 {
        cluster.run(3000);
        let _ = cluster.heartbeat(&members[0]);
    }
    cluster.run(3000);
    assert_eq!(cluster.heartbeat(&members[0]), ErrorCode::RebalanceInProgress.code());
    let number = cluster.send_join(&members[0].id);
    cluster.run(1000);
    let (error, member) = cluster.joined(number).expect("the other one is not waited for");
    assert_eq!((error, member.generation, member.leads), (0, 2, true));
}

/// The log takes the record at once; without enough replicas in sync the high watermark never reaches it.
#[test]
fn a_commit_below_min_insync_replicas_is_not_answered_until_it_times_out_and_counts_later() {
    let configs = [("min.insync.replicas", "2"), ("replica.lag.time.max.ms", "2000"), NEW];
    let mut cluster = cluster_with_group(&configs);
    assert_eq!(cluster.commit(None, &[(0, 1)]), [(0, 0)]);
    let coordinator = cluster.coordinator();
    cluster.hold_followers();
    cluster.run(4000);
    let began = cluster.now;
    assert_eq!(cluster.commit(None, &[(0, 2)]), [(0, ErrorCode::CoordinatorNotAvailable.code())]);
    assert!(cluster.now.since(began).as_millis() >= 5000, "offsets.commit.timeout.ms");
    assert_eq!(cluster.committed(coordinator, 9), Ok(vec![(0, 1)]), "nobody reads what is not committed");
    cluster.held.clear();
    cluster.run(5000);
    let coordinator = cluster.coordinator();
    assert_eq!(cluster.committed(coordinator, 9), Ok(vec![(0, 2)]));
}

/// The old coordinator appends with acks=-1: once replicas are missing nothing is written.
#[test]
fn in_3_9_a_commit_below_min_insync_replicas_is_refused_at_once_and_never_counts() {
    let configs = [("min.insync.replicas", "2"), ("replica.lag.time.max.ms", "2000")];
    let mut cluster = cluster_with_group(&configs);
    assert_eq!(cluster.commit(None, &[(0, 1)]), [(0, 0)]);
    cluster.hold_followers();
    // Followers are missed when there is something that they do not have.
    assert_eq!(cluster.commit(None, &[(0, 2)]), [(0, ErrorCode::RequestTimedOut.code())]);
    let number = cluster.send_commit(None, &[(0, 3)]);
    cluster.run(100);
    assert_eq!(cluster.commit_errors(number), [(0, ErrorCode::CoordinatorNotAvailable.code())]);
    cluster.held.clear();
    cluster.run(5000);
    let coordinator = cluster.coordinator();
    cluster.crash(coordinator);
    cluster.run(12_000);
    let next = cluster.coordinator();
    assert_eq!(cluster.committed(next, 9), Ok(vec![(0, 2)]));
}

/// While a commit waits for its replicas, the old coordinator answers whoever else asks, and stable offsets are refused.
///
/// Three brokers 3.9.1, one follower stopped with SIGSTOP, then a commit, a heartbeat and a stable OffsetFetch each on its own
/// connection: the heartbeat is answered NONE at once, the fetch -1 and `UNSTABLE_OFFSET_COMMIT` at once, the commit
/// `REQUEST_TIMED_OUT` after 5.0 s. Of 4.4.0 all three are answered after 5 s: `COORDINATOR_NOT_AVAILABLE`,
/// `NOT_COORDINATOR`, `COORDINATOR_NOT_AVAILABLE`.
#[test]
fn in_3_9_only_who_has_written_waits_for_the_replicas() {
    for (configs, new) in [(&[] as &[_], false), (&[NEW], true)] {
        let mut cluster = cluster_with_group(configs);
        let members = cluster.join(1);
        cluster.sync(&members);
        assert_eq!(cluster.commit(Some(&members[0]), &[(0, 1)]), [(0, 0)]);
        cluster.hold_followers();
        let commit = cluster.send_commit(Some(&members[0]), &[(0, 2)]);
        let stable = cluster.send_fetch(true);
        let beat = cluster.send_heartbeat(&members[0]);
        cluster.run(100);
        assert!(cluster.take(commit).is_none(), "not replicated yet");
        assert_eq!(cluster.take(beat).is_none(), new, "a heartbeat has nothing to wait for in 3.9");
        match cluster.take(stable) {
            Some(Response::OffsetFetch(answer)) if !new => {
                let found = &answer.groups[0].topics[0].partitions[0];
                let unstable = ErrorCode::UnstableOffsetCommit.code();
                assert_eq!((found.error_code, found.committed_offset), (unstable, -1));
            }
            other => assert!(new && other.is_none(), "{other:?}"),
        }
        let coordinator = cluster.coordinator();
        assert_eq!(cluster.committed(coordinator, 9), Ok(vec![(0, 1)]), "what is safe");
    }
}

/// The records are in the log, but the old coordinator has given the commit up; the next one reads it in the log.
///
/// The same brokers, 20 s later, when the follower was out of the in-sync set: 3.9.1 tells the offset before that commit, 4.4.0
/// tells that commit's; when the coordinator was stopped, the next one of either told that commit's.
#[test]
fn in_3_9_a_commit_that_timed_out_counts_for_the_next_coordinator_only() {
    for (configs, new) in [(&[] as &[_], false), (&[NEW], true)] {
        let mut cluster = cluster_with_group(configs);
        assert_eq!(cluster.commit(None, &[(0, 1)]), [(0, 0)]);
        cluster.hold_followers();
        let error = if new { ErrorCode::CoordinatorNotAvailable } else { ErrorCode::RequestTimedOut };
        assert_eq!(cluster.commit(None, &[(0, 2)]), [(0, error.code())]);
        cluster.held.clear();
        cluster.run(2000);
        let coordinator = cluster.coordinator();
        let told = if new { 2 } else { 1 };
        assert_eq!(cluster.committed(coordinator, 9), Ok(vec![(0, told)]));
        cluster.crash(coordinator);
        cluster.run(12_000);
        let next = cluster.coordinator();
        assert_ne!(next, coordinator);
        assert_eq!(cluster.committed(next, 9), Ok(vec![(0, 2)]));
    }
}

/// A group that has not synced yet is in the old coordinator's memory alone, and so are ids that were given out.
#[test]
fn in_3_9_a_group_that_has_not_synced_is_gone_with_its_coordinator() {
    for (configs, new) in [(&[] as &[_], false), (&[NEW], true)] {
        let mut cluster = cluster_with_group(configs);
        let members = cluster.join(1);
        assert_eq!(cluster.state(), "CompletingRebalance");
        let dead = cluster.coordinator();
        cluster.crash(dead);
        cluster.run(12_000);
        assert_eq!(cluster.state(), if new { "Empty" } else { "Dead" });
        assert_eq!(cluster.heartbeat(&members[0]), ErrorCode::UnknownMemberId.code());
    }
}

#[test]
fn groups_are_listed_described_and_deleted_over_all_coordinators() {
    let mut cluster = cluster_with_group(&[]);
    let members = cluster.join(1);
    cluster.sync(&members);
    assert_eq!(cluster.commit(Some(&members[0]), &[(0, 7)]), [(0, 0)]);
    let mut listed = Vec::new();
    for broker in 1..=3 {
        let request = Request::ListGroups(ListGroupsRequestData::default());
        let Response::ListGroups(answer) = cluster.ask(NodeId(broker), request) else { panic!() };
        assert_eq!(answer.error_code, 0);
        listed.extend(answer.groups.iter().map(|group| (group.group_id.to_string(), broker)));
    }
    let coordinator = cluster.coordinator();
    assert_eq!(listed, [(GROUP.to_owned(), coordinator.0)]);
    let names = vec![text(GROUP), text("nobody"), text(GROUP)];
    let delete = DeleteGroupsRequestData::default().with_groups_names(names);
    let answer = cluster.ask(coordinator, Request::DeleteGroups(delete));
    let Response::DeleteGroups(answer) = answer else { panic!() };
    let of_group = answer.results.iter().filter(|result| result.group_id.as_str() == GROUP);
    let errors: Vec<i16> = of_group.map(|result| result.error_code).collect();
    assert_eq!(errors, [ErrorCode::NonEmptyGroup.code()]);
    cluster.run(15_000);
    let delete = DeleteGroupsRequestData::default().with_groups_names(vec![text(GROUP)]);
    let answer = cluster.ask(coordinator, Request::DeleteGroups(delete));
    let Response::DeleteGroups(answer) = answer else { panic!() };
    assert_eq!(answer.results[0].error_code, 0);
    assert_eq!(cluster.committed(coordinator, 9), Ok(Vec::new()));
}

#[test]
fn what_was_committed_for_a_topic_goes_with_the_topic() {
    let mut cluster = cluster_with_group(&[]);
    assert_eq!(cluster.commit(None, &[(0, 7)]), [(0, 0)]);
    let delete = DeleteTopicsRequestData::default()
        .with_topics(vec![DeleteTopicState::default().with_name(Some(text("orders")))]);
    cluster.ask(NodeId(1), Request::DeleteTopics(delete.with_timeout_ms(1000)));
    cluster.run(1000);
    let coordinator = cluster.coordinator();
    assert_eq!(cluster.committed(coordinator, 9), Ok(Vec::new()));
}

#[test]
fn a_hundred_members_join_one_generation() {
    let mut cluster = cluster_with_group(&[]);
    let members = cluster.join(100);
    assert!(members.iter().all(|member| member.generation == 1));
    assert!(cluster.sync(&members).iter().zip(&members).all(|(part, member)| part.1 == member.id));
    let dead = cluster.coordinator();
    cluster.crash(dead);
    cluster.run(9_500);
    assert!(members.iter().all(|member| cluster.heartbeat(member) == 0));
}
