//! `coordinators_3_and_4.json`: the same requests to the coordinator of each version.

use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::Uuid;
use kafkascope::kafka::base::name;
use kafkascope::kafka::coordinator::Body;
use kafkascope::kafka::coordinator::Reply;
use kafkascope::kafka::protocol::ErrorCode;
use kafkascope::kafka::protocol::Request;
use kafkascope::kafka::protocol::Response;
use kafkascope::kafka::protocol::messages as m;
use m::delete_groups_request::DeleteGroupsRequestData;
use m::describe_groups_request::DescribeGroupsRequestData;
use m::leave_group_request::LeaveGroupRequestData;
use m::leave_group_request::MemberIdentity;
use m::offset_commit_request::OffsetCommitRequestData;
use m::offset_commit_request::OffsetCommitRequestPartition;
use m::offset_commit_request::OffsetCommitRequestTopic;
use m::offset_delete_request::OffsetDeleteRequestData;
use m::offset_delete_request::OffsetDeleteRequestPartition;
use m::offset_delete_request::OffsetDeleteRequestTopic;
use serde_json::Value;

use super::super::report::Report;
use super::super::report::list;
use super::super::report::same;
use super::super::report::text;
use super::fields::kafka;
use super::fields::screaming;
use super::scene::GROUP;
use super::scene::Scene;
use super::scene::join;
use super::scene::offer;

const VERSIONS: [(&str, Profile); 2] = [("3.9.1", Profile::Classic), ("4.4.0", Profile::Modern)];
const TOPIC: &str = "t";
const INSTANCE: &str = "i1";

pub(crate) fn coordinators(data: &Value, report: &mut Report) {
    report.cases(data, "stories", &["name", "steps"], |case| {
        for (at, (version, profile)) in VERSIONS.into_iter().enumerate() {
            let mut story =
                Story { scene: Scene::of(profile, &[]), id: String::new(), pending: String::new() };
            for (number, step) in list(case, "steps")?.iter().enumerate() {
                let word = |at: usize| step[at].as_str().unwrap_or_default();
                let answer = story.act(word(0)).map_err(|why| format!("{version}, step {number}: {why}"))?;
                let told = format!("{answer} | {} | {}", story.state()?, story.scene.shard.written());
                let what = format!("{version}, step {number}, {}", word(0));
                same(&what, &told, &word(at + 1).to_owned())?;
            }
        }
        Ok(())
    });
    report.cases(data, "ties", &["offers", "3.9.1", "4.4.0"], |case| {
        let offers = list(case, "offers")?;
        let [Some(first), Some(second)] = [0, 1].map(|at| offers.get(at).and_then(Value::as_str)) else {
            return Err("two offers are compared".into());
        };
        for (version, profile) in VERSIONS {
            same(version, &winner(profile, first, second)?, &text(case, version)?.to_owned())?;
        }
        Ok(())
    });
}

/// The protocol of two members who prefer different ones.
fn winner(profile: Profile, first: &str, second: &str) -> Result<String, String> {
    let mut scene = Scene::of(profile, &[("group.initial.rebalance.delay.ms", "10")]);
    let ids = [scene.id_of("a"), scene.id_of("b")];
    let offers = [offer(first, "one"), offer(second, "one")];
    scene.ask_join(&join(&ids[0]).with_protocols(offers.to_vec()));
    let [one, other] = offers;
    scene.ask_join(&join(&ids[1]).with_protocols(vec![other, one]));
    scene.pass(10);
    scene.pass(10);
    Ok(scene.classic()?.protocol.as_deref().unwrap_or("none").to_owned())
}

/// A group, its member, and an id that was given out last.
struct Story {
    scene: Scene,
    id: String,
    pending: String,
}

impl Story {
    fn act(&mut self, what: &str) -> Result<String, String> {
        match what {
            "nothing" => return Ok("-".into()),
            "look for what has expired" => self.scene.pass(600_000),
            "delete another topic" => {
                let gone = name("another");
                let ids = [(gone.clone(), Uuid::from_parts(1, 1))];
                self.scene.with(|shard, io| shard.on_metadata(io, std::slice::from_ref(&gone), &ids));
            }
            "sync" => return self.sync(),
            "ask for an id" | "join with it" | "join as instance" | "join without protocols" => {
                return self.join(what);
            }
            _ => return self.other(what),
        }
        Ok("-".into())
    }

    fn join(&mut self, what: &str) -> Result<String, String> {
        let request = match what {
            "join with it" => join(&self.pending),
            "join as instance" => join("").with_group_instance_id(Some(kafka(INSTANCE))),
            "join without protocols" => join("").with_protocols(Vec::new()),
            _ => join(""),
        };
        let ticket = self.scene.ask_join(&request);
        self.scene.pass(0);
        let joined = self.scene.joined(ticket)?;
        let (id, error) = (joined.member_id.as_str().to_owned(), joined.error_code);
        if error == 0 {
            self.id = id
        } else {
            self.pending = id
        }
        screamed(error)
    }

    fn sync(&mut self) -> Result<String, String> {
        let ids = [self.id.clone()];
        let generation = self.scene.classic()?.generation;
        let ticket = self.scene.ask_sync(&self.id, generation, &ids);
        screamed(self.scene.synced(ticket)?.error_code)
    }

    fn other(&mut self, what: &str) -> Result<String, String> {
        let generation = self.scene.classic().map_or(-1, |group| group.generation);
        let (request, version) = match what {
            "commit" => (commit(&self.id, generation), 8),
            "commit of generation 1, version 8" => (commit("m", 1), 8),
            "commit of generation 1, version 9" => (commit("m", 1), 9),
            "commit of nobody" => (commit("", -1), 9),
            "commit of the member without generation" => (commit(&self.id, -1), 9),
            "leave" => (leave(&self.id, None), 5),
            "leave with it" => (leave(&self.pending, None), 5),
            "remove the instance" => (leave("", Some(INSTANCE)), 5),
            "delete the offset" => {
                let partition = OffsetDeleteRequestPartition::default().with_partition_index(0);
                let topic = OffsetDeleteRequestTopic::default()
                    .with_name(kafka(TOPIC))
                    .with_partitions(vec![partition]);
                let request = OffsetDeleteRequestData::default().with_group_id(kafka(GROUP));
                (Request::OffsetDelete(request.with_topics(vec![topic])), 0)
            }
            "delete the group" => {
                let request = DeleteGroupsRequestData::default().with_groups_names(vec![kafka(GROUP)]);
                (Request::DeleteGroups(request), 2)
            }
            _ => return Err(format!("nobody knows how to {what:?}")),
        };
        let ticket = self.scene.ask(Body::Request(request), version);
        let Some(Reply::Response(response)) = self.scene.answer(ticket) else {
            return Err(format!("{what:?} was not answered"));
        };
        screamed(match response {
            Response::OffsetCommit(answer) => answer.topics[0].partitions[0].error_code,
            Response::LeaveGroup(answer) => answer.members[0].error_code,
            Response::OffsetDelete(answer) => answer.error_code,
            Response::DeleteGroups(answer) => answer.results[0].error_code,
            other => return Err(format!("{what:?} was answered {other:?}")),
        })
    }

    fn state(&mut self) -> Result<String, String> {
        let request = DescribeGroupsRequestData::default().with_groups(vec![kafka(GROUP)]);
        let ticket = self.scene.ask(Body::Request(Request::DescribeGroups(request)), 5);
        match self.scene.answer(ticket) {
            Some(Reply::Response(Response::DescribeGroups(answer))) => {
                Ok(answer.groups[0].group_state.as_str().to_owned())
            }
            other => Err(format!("DescribeGroups was answered {other:?}")),
        }
    }
}

fn screamed(error: i16) -> Result<String, String> {
    Ok(screaming(ErrorCode::from(error)))
}

fn leave(id: &str, instance: Option<&str>) -> Request {
    let member =
        MemberIdentity::default().with_member_id(kafka(id)).with_group_instance_id(instance.map(kafka));
    Request::LeaveGroup(
        LeaveGroupRequestData::default().with_group_id(kafka(GROUP)).with_members(vec![member]),
    )
}

fn commit(member: &str, generation: i32) -> Request {
    let partition = OffsetCommitRequestPartition::default().with_partition_index(0).with_committed_offset(5);
    let topic = OffsetCommitRequestTopic::default().with_name(kafka(TOPIC)).with_partitions(vec![partition]);
    Request::OffsetCommit(
        OffsetCommitRequestData::default()
            .with_group_id(kafka(GROUP))
            .with_member_id(kafka(member))
            .with_generation_id_or_member_epoch(generation)
            .with_topics(vec![topic]),
    )
}
