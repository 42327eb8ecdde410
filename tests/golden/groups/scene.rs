//! A shard with a few clients, to build one situation of a classic group.

use bytes::Bytes;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::Uuid;
use kafkascope::kafka::base::name;
use kafkascope::kafka::coordinator::Ask;
use kafkascope::kafka::coordinator::Body;
use kafkascope::kafka::coordinator::GroupConfig;
use kafkascope::kafka::coordinator::Io;
use kafkascope::kafka::coordinator::Reply;
use kafkascope::kafka::coordinator::Shard;
use kafkascope::kafka::coordinator::Ticket;
use kafkascope::kafka::coordinator::group::GroupView;
use kafkascope::kafka::coordinator::group::classic::ClassicGroup;
use kafkascope::kafka::coordinator::group::classic::ClassicState;
use kafkascope::kafka::protocol::ErrorCode;
use kafkascope::kafka::protocol::Request;
use kafkascope::kafka::protocol::Response;
use kafkascope::kafka::protocol::messages as m;
use m::heartbeat_request::HeartbeatRequestData;
use m::join_group_request::JoinGroupRequestData;
use m::join_group_request::JoinGroupRequestProtocol;
use m::join_group_response::JoinGroupResponseData;
use m::sync_group_request::SyncGroupRequestAssignment;
use m::sync_group_request::SyncGroupRequestData;
use m::sync_group_response::SyncGroupResponseData;

use super::fields::kafka;
use super::log::TestLog;
use super::topics::TestTopics;

pub(super) const GROUP: &str = "g";

/// A shard, its log, and everything that it has answered.
pub(super) struct Scene {
    pub(super) shard: Shard,
    pub(super) log: TestLog,
    pub(super) now_ms: i64,
    tickets: Ticket,
    ids: u64,
    pub(super) answers: Vec<(Ticket, Result<Reply, ErrorCode>)>,
}

impl Scene {
    /// An empty shard; configs beside Kafka's defaults. The initial delay is 0.
    pub(super) fn new(settings: &[(&str, &str)]) -> Self {
        Self::of(Profile::Modern, settings)
    }

    /// The same in a version of Kafka.
    pub(super) fn of(profile: Profile, settings: &[(&str, &str)]) -> Self {
        let mut config = GroupConfig::new(profile);
        for (name, value) in [("group.initial.rebalance.delay.ms", "0")].iter().chain(settings) {
            assert!(config.set(name, value), "config {name}");
        }
        let shard = Shard::new(0, 0, config);
        let mut scene =
            Self { shard, log: TestLog::default(), now_ms: 1_000, tickets: 0, ids: 0, answers: Vec::new() };
        scene.with(|shard, io| shard.load(io, &mut std::iter::empty())).expect("an empty log loads");
        scene
    }

    /// A group of this many dynamic members, in one of the states that a group with members can be in. Their ids; the
    /// first leads.
    pub(super) fn group(members: usize, state: ClassicState) -> Result<(Self, Vec<String>), String> {
        let mut scene = Self::new(&[]);
        let mut ids: Vec<String> = Vec::new();
        for number in 0..members {
            let id = scene.id_of(&format!("c{number}"));
            scene.ask_join(&join(&id));
            for other in &ids {
                scene.ask_join(&join(other));
            }
            scene.pass(0);
            ids.push(id);
            if number + 1 < members {
                scene.sync_all(&ids);
            }
        }
        match state {
            ClassicState::Stable => scene.sync_all(&ids),
            ClassicState::PreparingRebalance => {
                scene.sync_all(&ids);
                let id = scene.id_of("newcomer");
                scene.ask_join(&join(&id));
            }
            _ => {}
        }
        scene.is_in(state)?;
        Ok((scene, ids))
    }

    pub(super) fn with<T>(&mut self, call: impl FnOnce(&mut Shard, &mut Io<'_>) -> T) -> T {
        let topics = TestTopics::default();
        let ids = &mut self.ids;
        let mut fresh = || {
            *ids += 1;
            Uuid::from_parts(7, *ids)
        };
        let mut io = Io {
            now_ms: self.now_ms,
            topics: &topics,
            log: &mut self.log,
            fresh: &mut fresh,
            answers: Vec::new(),
        };
        let value = call(&mut self.shard, &mut io);
        self.answers.extend(io.answers);
        value
    }

    /// Sends a request, and gives its ticket.
    pub(super) fn ask(&mut self, body: Body, version: i16) -> Ticket {
        self.tickets += 1;
        let ticket = self.tickets;
        let ask = ask(body, version);
        self.with(|shard, io| shard.on_request(io, ticket, ask));
        ticket
    }

    /// Time goes on; what is due fires.
    pub(super) fn pass(&mut self, ms: i64) {
        self.now_ms += ms;
        self.with(Shard::on_timer);
    }

    /// The answer to a ticket; `None` while it waits.
    pub(super) fn answer(&self, ticket: Ticket) -> Option<&Reply> {
        self.answers.iter().find(|(to, _)| *to == ticket).and_then(|(_, answer)| answer.as_ref().ok())
    }

    pub(super) fn ask_join(&mut self, request: &JoinGroupRequestData) -> Ticket {
        self.ask(Body::Request(Request::JoinGroup(request.clone())), 9)
    }

    pub(super) fn joined(&self, ticket: Ticket) -> Result<&JoinGroupResponseData, String> {
        match self.answer(ticket) {
            Some(Reply::Response(Response::JoinGroup(response))) => Ok(response),
            other => Err(format!("the JoinGroup was answered {other:?}")),
        }
    }

    /// Joins and gives the error of the answer.
    pub(super) fn join_error(&mut self, request: &JoinGroupRequestData) -> Result<ErrorCode, String> {
        let ticket = self.ask_join(request);
        self.joined(ticket).map(|response| ErrorCode::from(response.error_code))
    }

    /// A member id for a dynamic member.
    pub(super) fn id_of(&mut self, client: &str) -> String {
        let ticket = self.ask_join(&join(""));
        self.joined(ticket).map(|response| response.member_id.as_str().to_owned()).unwrap_or_else(|why| {
            panic!("{client} gets no id: {why}");
        })
    }

    pub(super) fn ask_sync(&mut self, id: &str, generation: i32, assign_to: &[String]) -> Ticket {
        let part = |id: &String| {
            SyncGroupRequestAssignment::default()
                .with_member_id(kafka(id))
                .with_assignment(Bytes::from(format!("part of {id}")))
        };
        let request = SyncGroupRequestData::default()
            .with_group_id(kafka(GROUP))
            .with_member_id(kafka(id))
            .with_generation_id(generation)
            .with_assignments(assign_to.iter().map(part).collect());
        self.ask(Body::Request(Request::SyncGroup(request)), 5)
    }

    pub(super) fn synced(&self, ticket: Ticket) -> Result<&SyncGroupResponseData, String> {
        match self.answer(ticket) {
            Some(Reply::Response(Response::SyncGroup(response))) => Ok(response),
            other => Err(format!("the SyncGroup was answered {other:?}")),
        }
    }

    fn sync_all(&mut self, ids: &[String]) {
        let generation = self.classic().map_or(0, |group| group.generation);
        for id in ids.iter().rev() {
            self.ask_sync(id, generation, ids);
        }
    }

    pub(super) fn heartbeat(&mut self, id: &str, generation: i32) -> Result<ErrorCode, String> {
        let request = HeartbeatRequestData::default()
            .with_group_id(kafka(GROUP))
            .with_member_id(kafka(id))
            .with_generation_id(generation);
        let ticket = self.ask(Body::Request(Request::Heartbeat(request)), 4);
        match self.answer(ticket) {
            Some(Reply::Response(Response::Heartbeat(response))) => Ok(response.error_code.into()),
            other => Err(format!("the Heartbeat was answered {other:?}")),
        }
    }

    pub(super) fn classic(&self) -> Result<&ClassicGroup, String> {
        match self.shard.group(GROUP) {
            Some(GroupView::Classic(group)) => Ok(group),
            other => Err(format!("the group is {other:?}")),
        }
    }

    pub(super) fn is_in(&self, state: ClassicState) -> Result<(), String> {
        let now = self.classic()?.state;
        if now == state { Ok(()) } else { Err(format!("the group is {}, not {}", now.name(), state.name())) }
    }
}

/// A request as a client of this test sends it.
pub(super) fn ask(body: Body, version: i16) -> Ask {
    Ask { version, client_id: name("c"), client_host: name("/127.0.0.1"), body }
}

/// A JoinGroup of a consumer that offers `range`.
pub(super) fn join(id: &str) -> JoinGroupRequestData {
    JoinGroupRequestData::default()
        .with_group_id(kafka(GROUP))
        .with_member_id(kafka(id))
        .with_session_timeout_ms(10_000)
        .with_rebalance_timeout_ms(30_000)
        .with_protocol_type(kafka("consumer"))
        .with_protocols(vec![offer("range", "one")])
}

pub(super) fn offer(protocol: &str, metadata: &'static str) -> JoinGroupRequestProtocol {
    JoinGroupRequestProtocol::default()
        .with_name(kafka(protocol))
        .with_metadata(Bytes::from_static(metadata.as_bytes()))
}
