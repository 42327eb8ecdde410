//! `hw_isr.json` and `produce_acks.json`: the in-sync set, the high watermark and what `acks` waits for.

use kafkascope::kafka::base::Duration;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Offset;
use kafkascope::kafka::machine::Command;
use kafkascope::kafka::machine::Input;
use kafkascope::kafka::protocol::ErrorCode;
use kafkascope::kafka::replication::AckCheck;
use kafkascope::kafka::replication::FollowerFetch;
use kafkascope::kafka::replication::IsrChange;
use kafkascope::kafka::replication::Leader;
use kafkascope::kafka::replication::LeaderMoment;
use kafkascope::kafka::replication::LiveBrokers;
use serde_json::Value;
use serde_json::json;

use super::cluster::Cluster;
use super::report::Report;
use super::report::only;
use super::report::same;
use super::report::text;

/// All brokers are registered and stay.
struct AllAlive;

impl LiveBrokers for AllAlive {
    fn alive_epoch(&self, _: NodeId) -> Option<i64> {
        Some(1)
    }

    fn is_shutting_down(&self, _: NodeId) -> bool {
        false
    }
}

fn nodes(value: &Value) -> Vec<NodeId> {
    let list = value.as_array().expect("a list of broker ids");
    list.iter().map(|id| NodeId(id.as_i64().expect("a broker id") as i32)).collect()
}

fn number(value: &Value, field: &str) -> i64 {
    value[field].as_i64().unwrap_or_else(|| panic!("{field} is a number in {value}"))
}

/// A leader and the numbers that its log would hold.
struct Scene {
    leader: Leader,
    now_ms: i64,
    high_watermark: Offset,
    log_end: Offset,
    min_isr: i32,
    lag_ms: i64,
}

impl Scene {
    fn new(case: &Value) -> Self {
        let state = &case["steps"][0]["state"];
        let (now_ms, log_end) = (number(state, "now"), number(state, "leo"));
        let local = NodeId(number(case, "leader") as i32);
        let leader = Leader::new(local, &nodes(&case["replicas"]), nodes(&state["isr"]), log_end, now_ms)
            .with_epoch_start(number(case, "leader_epoch_start_offset"));
        Self {
            leader,
            now_ms,
            high_watermark: number(state, "hw"),
            log_end,
            min_isr: number(case, "min_insync_replicas") as i32,
            lag_ms: number(case, "replica_lag_time_max_ms"),
        }
    }

    fn moment(&self) -> LeaderMoment<'static> {
        LeaderMoment {
            now_ms: self.now_ms,
            high_watermark: self.high_watermark,
            log_end: self.log_end,
            min_insync_replicas: self.min_isr,
            lag_time_max_ms: self.lag_ms,
            brokers: &AllAlive,
        }
    }

    fn raise(&mut self) {
        self.high_watermark = self.leader.next_high_watermark(&self.moment()).unwrap_or(self.high_watermark);
    }

    fn apply(&mut self, step: &Value) {
        match step["op"].as_str().expect("an op") {
            "init" => {}
            "sleep" => self.now_ms += number(step, "ms"),
            "append" => {
                self.log_end += number(step, "records");
                self.raise();
            }
            "fetch" => self.fetch(NodeId(number(step, "follower") as i32), number(step, "fetch_offset")),
            "shrink" => {
                let moment = self.moment();
                self.leader.maybe_shrink(&moment);
            }
            "commit" => {
                self.leader.commit_isr(self.leader.isr().proposed());
                self.raise();
            }
            other => panic!("unknown op {other}"),
        }
    }

    fn fetch(&mut self, follower: NodeId, fetch_offset: Offset) {
        let fetch = FollowerFetch {
            follower,
            fetch_offset,
            log_start_offset: 0,
            broker_epoch: -1,
            leader_end: self.log_end,
            now_ms: self.now_ms,
        };
        let moved = self.leader.record_fetch(&fetch, &AllAlive).expect("an assigned replica");
        let moment = self.moment();
        self.leader.maybe_expand(follower, &moment);
        if moved {
            self.raise();
        }
    }

    fn state(&self) -> Value {
        let ids = |list: &[NodeId]| list.iter().map(|id| id.0).collect::<Vec<_>>();
        let in_flight = match self.leader.isr().pending() {
            None => Value::Null,
            Some(IsrChange::Expand(id)) => json!(["expand", id.0]),
            Some(IsrChange::Shrink(out)) => json!(["shrink", ids(out)]),
        };
        let follower = |f: &kafkascope::kafka::replication::Replica| {
            (f.broker.0.to_string(), json!({"leo": f.log_end_offset, "last_caught_up": f.last_caught_up_ms}))
        };
        json!({
            "now": self.now_ms,
            "hw": self.high_watermark,
            "leo": self.log_end,
            "isr": ids(self.leader.isr().isr()),
            "maximal_isr": ids(&self.leader.isr().maximal()),
            "in_flight": in_flight,
            "followers": self.leader.followers().map(follower).collect::<serde_json::Map<_, _>>(),
        })
    }
}

const HW_FIELDS: &[&str] = &[
    "name",
    "replicas",
    "leader",
    "leader_epoch_start_offset",
    "min_insync_replicas",
    "replica_lag_time_max_ms",
    "steps",
    "upstream_test",
];

/// A failure names the step and both states.
pub(crate) fn hw_isr(data: &Value, report: &mut Report) {
    report.cases(data, "cases", HW_FIELDS, |case| {
        let mut scene = Scene::new(case);
        for (number, step) in case["steps"].as_array().expect("steps").iter().enumerate() {
            only(step, &["op", "ms", "records", "follower", "fetch_offset", "state", "note"])?;
            scene.apply(step);
            same(format!("step {number} ({})", step["op"]), scene.state(), step["state"].clone())?;
        }
        Ok(())
    });
}

/// What a broker does with a Produce request, in the words of the file.
fn outcome(leader: &Leader, acks: i16, min_isr: i32) -> &'static str {
    match (acks, leader.check_append(acks, min_isr)) {
        (_, Err(ErrorCode::NotEnoughReplicas)) => "NOT_ENOUGH_REPLICAS, nothing appended",
        (0, Ok(())) => "append; no response at all",
        (1, Ok(())) => "append; answer after the local append",
        (-1, Ok(())) => match (leader.check_reached(5, 4, min_isr), leader.check_reached(5, 5, min_isr)) {
            (AckCheck::Waiting, AckCheck::Done) => "append; answer when HW >= last offset + 1",
            _ => "append; answered too early or never",
        },
        (-1..=1, Err(_)) => "refused",
        _ => "INVALID_REQUIRED_ACKS, nothing appended",
    }
}

fn produce_case(case: &Value) -> Result<(), String> {
    let replicas: Vec<NodeId> = (1..=number(case, "replication_factor") as i32).map(NodeId).collect();
    let isr: Vec<NodeId> = (1..=number(case, "isr_size") as i32).map(NodeId).collect();
    let min_isr = number(case, "min_insync_replicas") as i32;
    let mut leader = Leader::new(NodeId(1), &replicas, isr.clone(), 0, 1_000_000);
    // Every follower of the set has the five records that were just appended.
    for &follower in &isr[1..] {
        let fetch = FollowerFetch {
            follower,
            fetch_offset: 5,
            log_start_offset: 0,
            broker_epoch: -1,
            leader_end: 5,
            now_ms: 1_000_000,
        };
        leader.record_fetch(&fetch, &AllAlive).expect("an assigned replica");
    }
    let moment = LeaderMoment {
        now_ms: 1_000_000 + 60_000,
        high_watermark: 0,
        log_end: 5,
        min_insync_replicas: min_isr,
        lag_time_max_ms: 30_000,
        brokers: &AllAlive,
    };
    let got = json!({
        "expect": outcome(&leader, number(case, "acks") as i16, min_isr),
        "effective_min_isr": leader.effective_min_isr(min_isr),
        "hw_can_advance": leader.next_high_watermark(&moment).is_some(),
    });
    let same = got.as_object().expect("an object").iter().all(|(field, value)| case[field] == *value);
    if same { Ok(()) } else { Err(format!("got {got}, expected {case}")) }
}

const ACKS_FIELDS: &[&str] = &[
    "acks",
    "replication_factor",
    "isr_size",
    "min_insync_replicas",
    "expect",
    "effective_min_isr",
    "hw_can_advance",
];

pub(crate) fn produce_acks(data: &Value, report: &mut Report) {
    report.cases(data, "cases", ACKS_FIELDS, produce_case);
    report.cases(data, "after_append", &["case", "expect"], after_append);
}

/// The records are in the leader's log and wait for the followers, whose fetches do not arrive.
fn after_append(case: &Value) -> Result<(), String> {
    let expected = text(case, "expect")?;
    match text(case, "case")? {
        "acks=-1 waits, ISR shrinks below min, then HW passes" => {
            let replicas = [NodeId(1), NodeId(2), NodeId(3)];
            let leader = Leader::new(NodeId(1), &replicas, vec![NodeId(1)], 0, 0);
            same("while it waits", leader.check_reached(5, 4, 2), AckCheck::Waiting)?;
            let told = match leader.check_reached(5, 5, 2) {
                AckCheck::NotEnoughReplicasAfterAppend => "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
                AckCheck::Waiting | AckCheck::Done => "something else",
            };
            same("expect", told, expected)
        }
        "acks=-1 waits longer than request timeout" => {
            let (answer, end) = waiting_produce(false)?;
            same("answer", answer, ErrorCode::RequestTimedOut.code())?;
            same("the log end", end, 1)?;
            same("expect", "REQUEST_TIMED_OUT (the data stays in the log)", expected)
        }
        "leadership lost while waiting" => {
            let (answer, _) = waiting_produce(true)?;
            same("answer", answer, ErrorCode::NotLeaderOrFollower.code())?;
            same("expect", "NOT_LEADER_OR_FOLLOWER", expected)
        }
        other => Err(format!("no runner knows the case \"{other}\"")),
    }
}

/// A produce with acks=all to a leader that nobody fetches from and that, when asked so, hands over meanwhile: the
/// answer, and the leader's log end.
fn waiting_produce(hand_over: bool) -> Result<(i16, Offset), String> {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    same("create topic", cluster.create("orders", 1, 3, &[]), 0)?;
    cluster.run(500);
    let leader = cluster.leader("orders", 0).ok_or("nobody leads")?;
    for id in 1..=3 {
        cluster.held.insert((NodeId(id), leader));
    }
    if hand_over {
        cluster.post(Duration::from_millis(200), leader, Input::Command(Command::ShutDown));
    }
    let (answer, _) = cluster.produce(leader, "orders", -1, 1).ok_or("no answer")?;
    let end = cluster.nodes.contains_key(&leader).then(|| cluster.replica(leader.0, "orders").3);
    Ok((answer, end.unwrap_or_default()))
}
