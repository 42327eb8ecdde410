//! Stories of an admin and groups.

use super::Cluster;
use super::groups::GROUP;
use super::groups::cluster_with_group;
use crate::kafka::base::Duration;
use crate::kafka::base::NodeId;
use crate::kafka::base::name;
use crate::kafka::client::admin::Admin;
use crate::kafka::client::admin::AdminRequest;
use crate::kafka::client::admin::AdminSpec;
use crate::kafka::client::admin::ResetPoint;
use crate::kafka::machine::Command;
use crate::kafka::machine::Input;
use crate::kafka::node::Node;
use crate::kafka::protocol::ErrorCode;

const ADMIN: NodeId = NodeId(30_000);

impl Cluster {
    /// Gives the admin a task and waits for its end: the error and what was said.
    fn admin(&mut self, task: AdminRequest) -> (Option<ErrorCode>, String) {
        if !self.nodes.contains_key(&ADMIN) {
            let bootstrap = vec![NodeId(1), NodeId(2), NodeId(3)];
            let spec = AdminSpec { client_id: name("admin"), bootstrap };
            self.boot(ADMIN, Node::Admin(Admin::new(spec)));
        }
        let results = |cluster: &Self| {
            let admin = cluster.nodes[&ADMIN].as_admin().expect("an admin");
            admin.results().map(|result| (result.error, result.message.clone())).collect::<Vec<_>>()
        };
        let before = results(self).len();
        self.post(Duration::ZERO, ADMIN, Input::Command(Command::Admin(task)));
        for _ in 0..70 {
            self.run(1000);
            if let Some((error, message)) = results(self).get(before) {
                return (*error, message.clone().unwrap_or_default());
            }
        }
        panic!("no answer")
    }

    fn reset(&mut self, topic: Option<&str>, to: ResetPoint) -> (Option<ErrorCode>, String) {
        let topic = topic.map(name);
        self.admin(AdminRequest::ResetOffsets { group: name(GROUP), topic, partitions: Vec::new(), to })
    }

    /// Ten records in each partition of `orders`, of which the first two of partition 0 are deleted.
    fn fill_orders(&mut self) {
        for _ in 0..10 {
            let leader = self.leader("orders", 0).expect("a leader");
            self.produce(leader, "orders", -1, 1);
        }
        let partition = crate::kafka::base::TopicPartition::new(&name("orders"), 0);
        assert_eq!(self.admin(AdminRequest::DeleteRecords { partition, before: 2 }).0, None);
    }
}

#[test]
fn offsets_are_reset_to_wherever_the_admin_says() {
    let mut cluster = cluster_with_group(&[]);
    cluster.fill_orders();
    let at = cluster.now.wall_ms();
    let coordinator = cluster.coordinator();
    let said = |to: &str| (None, format!("orders-0 = {to}, orders-1 = 0, orders-2 = 0"));
    // Nobody has heard of the group before: this is its first commit.
    assert_eq!(cluster.reset(Some("orders"), ResetPoint::Earliest), said("2"));
    assert_eq!(cluster.committed(coordinator, 9), Ok(vec![(0, 2), (1, 0), (2, 0)]));
    assert_eq!(cluster.reset(Some("orders"), ResetPoint::Latest), said("10"));
    // From here on: everything that the group has committed.
    assert_eq!(cluster.reset(None, ResetPoint::Offset(7)), said("7"));
    assert_eq!(cluster.reset(None, ResetPoint::ShiftBy(-3)), said("4"));
    assert_eq!(cluster.reset(None, ResetPoint::ShiftBy(-100)), said("2"));
    assert_eq!(cluster.reset(None, ResetPoint::Offset(1000)), said("10"));
    assert_eq!(cluster.reset(None, ResetPoint::Time(0)), said("2"));
    assert_eq!(cluster.reset(None, ResetPoint::Time(at + 1_000_000)), said("10"));
    assert_eq!(cluster.reset(None, ResetPoint::Duration(3_600_000)), said("2"));
    assert_eq!(cluster.committed(coordinator, 9), Ok(vec![(0, 2), (1, 0), (2, 0)]));
}

#[test]
fn a_group_that_is_used_keeps_its_offsets_until_its_members_are_gone() {
    let mut cluster = cluster_with_group(&[]);
    let members = cluster.join(2);
    cluster.sync(&members);
    assert_eq!(cluster.commit(Some(&members[0]), &[(0, 0), (1, 0)]).len(), 2);
    let _ = members.iter().map(|member| cluster.heartbeat(member)).count();
    let (error, why) = cluster.reset(None, ResetPoint::Latest);
    assert_eq!(error, Some(ErrorCode::NonEmptyGroup));
    assert!(why.contains("orders-app is Stable") && why.contains("2 members"), "{why}");
    let _ = members.iter().map(|member| cluster.heartbeat(member)).count();
    let (error, _) = cluster.admin(AdminRequest::DeleteGroup { group: name(GROUP) });
    assert_eq!(error, Some(ErrorCode::NonEmptyGroup));
    // Whoever commits for the group without being a member is refused by the coordinator too.
    assert_eq!(cluster.commit(None, &[(0, 5)]), [(0, ErrorCode::UnknownMemberId.code())]);
    let coordinator = cluster.coordinator();
    assert_eq!(cluster.committed(coordinator, 9), Ok(vec![(0, 0), (1, 0)]), "nothing has changed");
    let remove = AdminRequest::RemoveMembers { group: name(GROUP), instances: Vec::new() };
    assert_eq!(cluster.admin(remove).0, None);
    assert_eq!(cluster.reset(None, ResetPoint::Offset(0)).0, None);
}

#[test]
fn offsets_of_a_topic_and_whole_groups_are_deleted() {
    let mut cluster = cluster_with_group(&[]);
    assert_eq!(cluster.reset(Some("orders"), ResetPoint::Earliest).0, None);
    let coordinator = cluster.coordinator();
    let delete = |topic: &str| AdminRequest::DeleteOffsets { group: name(GROUP), topic: name(topic) };
    assert_eq!(cluster.admin(delete("orders")).0, None);
    assert_eq!(cluster.committed(coordinator, 9), Ok(Vec::new()));
    cluster.reset(Some("orders"), ResetPoint::Earliest);
    let group = || AdminRequest::DeleteGroup { group: name(GROUP) };
    assert_eq!(cluster.admin(group()).0, None);
    assert_eq!(cluster.committed(coordinator, 9), Ok(Vec::new()));
    let (error, why) = cluster.admin(group());
    assert_eq!((error, why.as_str()), (Some(ErrorCode::GroupIdNotFound), "there is no group orders-app"));
}

#[test]
fn what_cannot_be_reset_is_said_by_name() {
    let mut cluster = cluster_with_group(&[]);
    let (error, why) = cluster.reset(Some("nowhere"), ResetPoint::Earliest);
    assert_eq!(
        (error, why.as_str()),
        (Some(ErrorCode::UnknownTopicOrPartition), "there is no topic nowhere")
    );
    let (error, why) = cluster.reset(None, ResetPoint::Earliest);
    assert_eq!(error, Some(ErrorCode::GroupIdNotFound), "{why}");
    let (error, why) = cluster.reset(Some("orders"), ResetPoint::ShiftBy(1));
    assert_eq!(error, Some(ErrorCode::InvalidRequest));
    assert!(why.contains("orders-0 has no committed offset"), "{why}");
    let nine = AdminRequest::ResetOffsets {
        group: name(GROUP),
        topic: Some(name("orders")),
        partitions: vec![9],
        to: ResetPoint::Earliest,
    };
    assert_eq!(cluster.admin(nine).0, Some(ErrorCode::UnknownTopicOrPartition));
}
