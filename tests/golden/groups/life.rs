//! One coordinator partition through all steps of a case.

use std::collections::BTreeMap;

use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::Uuid;
use kafkascope::kafka::base::WALL_START_MS;
use kafkascope::kafka::coordinator::GroupConfig;
use kafkascope::kafka::coordinator::Io;
use kafkascope::kafka::coordinator::Reply;
use kafkascope::kafka::coordinator::Shard;
use kafkascope::kafka::coordinator::ShardLog;
use kafkascope::kafka::coordinator::Ticket;
use kafkascope::kafka::protocol::ErrorCode;
use serde_json::Value;
use serde_json::json;

use super::super::report::flag;
use super::super::report::int;
use super::super::report::list;
use super::super::report::only;
use super::fields::agree;
use super::fields::screaming;
use super::log::TestLog;
use super::records;
use super::requests;
use super::responses;
use super::state;
use super::topics::TestTopics;

const STEP_FIELDS: &[&str] = &[
    "op",
    "now",
    "version",
    "client_id",
    "client_host",
    "request",
    "groups",
    "require_stable",
    "topics",
    "assigned_member_id",
    "expect",
    "records",
    "completed",
    "fired",
    "timers",
    "state",
    "producer_id",
    "producer_epoch",
    "coordinator_epoch",
    "commit",
    "transaction_version",
    "on",
];

type Answer = (Ticket, Result<Reply, ErrorCode>);

/// A shard, what is around it, and what the file has said so far.
pub(super) struct Life {
    shard: Option<Shard>,
    config: GroupConfig,
    epoch: i32,
    log: TestLog,
    topics: TestTopics,
    expected_groups: BTreeMap<String, Value>,
    expected_timers: Value,
}

impl Life {
    pub(super) fn new(settings: &Value) -> Result<Self, String> {
        let mut config = GroupConfig::new(Profile::Modern);
        for (name, value) in settings.as_object().into_iter().flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            if !config.set(name, &text) {
                return Err(format!("config {name}={text} is not known"));
            }
        }
        let check_ms = config.offsets_retention_check_interval_ms;
        let mut life = Self {
            shard: None,
            config,
            epoch: -1,
            log: TestLog::default(),
            topics: TestTopics::default(),
            expected_groups: BTreeMap::new(),
            expected_timers: json!([["expire-group-metadata", WALL_START_MS + check_ms]]),
        };
        life.elect(WALL_START_MS)?;
        Ok(life)
    }

    /// Calls the shard with everything around it, and gives the answers.
    fn with<T>(
        &mut self,
        now_ms: i64,
        assigned: &Value,
        call: impl FnOnce(&mut Shard, &mut Io<'_>) -> T,
    ) -> Option<(T, Vec<Answer>)> {
        let shard = self.shard.as_mut()?;
        let assigned = assigned.as_str().and_then(assigned_id);
        let mut fresh = || assigned.expect("the file prescribes no id for this step");
        let mut log = self.log.clone();
        let mut io =
            Io { now_ms, topics: &self.topics, log: &mut log, fresh: &mut fresh, answers: Vec::new() };
        let value = call(shard, &mut io);
        Some((value, io.answers))
    }

    fn elect(&mut self, now_ms: i64) -> Result<Vec<Answer>, String> {
        self.epoch += 1;
        self.shard = Some(Shard::new(0, self.epoch, self.config.clone()));
        let records = self.log.records();
        let loaded = self.with(now_ms, &Value::Null, |shard, io| shard.load(io, &mut records.into_iter()));
        loaded.map_or(Ok(Vec::new()), |(loaded, answers)| loaded.map(|()| answers))
    }

    /// Runs a step and compares everything that it left.
    pub(super) fn step(&mut self, number: usize, step: &Value) -> Result<(), String> {
        only(step, STEP_FIELDS)?;
        let now_ms = int(step, "now")?;
        if step["op"] != "advance" {
            let answers = self.operation(number, step, now_ms)?;
            self.compare_answers(number, step, answers)?;
            records::compare(self.log.appended(), &step["records"])?;
        }
        self.fire(step, now_ms)?;
        self.compare_state(step)
    }

    fn operation(&mut self, number: usize, step: &Value, now_ms: i64) -> Result<Vec<Answer>, String> {
        let ticket = number as Ticket;
        if let Some(ask) = requests::ask(step)? {
            if self.shard.is_none() {
                return Ok(vec![(ticket, Shard::refuse(&self.config, &ask, ErrorCode::NotCoordinator))]);
            }
            let assigned = &step["assigned_member_id"];
            let called = self.with(now_ms, assigned, |shard, io| shard.on_request(io, ticket, ask));
            return Ok(called.map(|((), answers)| answers).unwrap_or_default());
        }
        match step["op"].as_str().unwrap_or_default() {
            "metadata" => {
                let topics = self.topics.next(&step["topics"])?;
                let (changed, deleted) = self.topics.changes(&topics);
                self.topics = topics;
                let called =
                    self.with(now_ms, &Value::Null, |shard, io| shard.on_metadata(io, &changed, &deleted));
                Ok(called.map(|((), answers)| answers).unwrap_or_default())
            }
            "resign" => {
                let called = self.with(now_ms, &Value::Null, |shard, io| shard.unload(io));
                self.shard = None;
                self.epoch += 1;
                Ok(called.map(|((), answers)| answers).unwrap_or_default())
            }
            "elect" => self.elect(now_ms),
            "hold_high_watermark" => {
                self.log.hold(flag(step, "on")?);
                let high_watermark = self.log.high_watermark();
                let called =
                    self.with(now_ms, &Value::Null, |shard, io| shard.on_high_watermark(io, high_watermark));
                Ok(called.map(|((), answers)| answers).unwrap_or_default())
            }
            "fail_appends" => {
                self.log.fail(flag(step, "on")?);
                Ok(Vec::new())
            }
            other => Err(format!("no runner knows a step \"{other}\"")),
        }
    }

    /// The step's own answer, and those of earlier steps that came with it.
    fn compare_answers(&self, number: usize, step: &Value, mut answers: Vec<Answer>) -> Result<(), String> {
        let own = answers.iter().position(|(ticket, _)| *ticket == number as Ticket);
        let own = own.map(|at| answers.remove(at).1);
        if !step["expect"].is_null() {
            self.compare_own(&step["expect"], own)?;
        } else if let Some(own) = own {
            return Err(format!("an answer that the file does not expect: {own:?}"));
        }
        self.compare_completed(answers, &step["completed"])
    }

    fn compare_own(&self, expect: &Value, own: Option<Result<Reply, ErrorCode>>) -> Result<(), String> {
        only(expect, &["response", "error", "pending"])?;
        match own {
            None if expect["pending"] == true => Ok(()),
            None => Err(format!("expected {expect}, but no answer came")),
            Some(Err(error)) => agree("error", &json!(screaming(error)), &expect["error"]),
            Some(Ok(reply)) => {
                let expected =
                    expect.get("response").ok_or_else(|| format!("expected {expect}, got {reply:?}"))?;
                agree("response", &responses::response(&reply)?, expected)
            }
        }
    }

    fn compare_completed(&self, answers: Vec<Answer>, expected: &Value) -> Result<(), String> {
        let mut got = Vec::new();
        for (ticket, answer) in answers {
            let reply = answer.map_err(|error| format!("step {ticket} was answered {error:?}"))?;
            got.push(json!({ "step": ticket, "response": responses::response(&reply)? }));
        }
        let mut expected = expected.as_array().cloned().unwrap_or_default();
        expected.iter().try_for_each(|one| only(one, &["step", "response"]))?;
        got.sort_by_key(|one| one["step"].as_u64());
        expected.sort_by_key(|one| one["step"].as_u64());
        agree("completed", &json!(got), &json!(expected))
    }

    /// Fires what is due, one timer after the other, each at its own time.
    fn fire(&mut self, step: &Value, now_ms: i64) -> Result<(), String> {
        let expected = if step["fired"].is_null() { &[][..] } else { list(step, "fired")? };
        let mut expected = expected.iter();
        while let Some(due_ms) = self.shard.as_ref().and_then(Shard::next_timer).filter(|due| *due <= now_ms)
        {
            let fired = self.with(due_ms, &Value::Null, |shard, io| shard.fire_next(io));
            let Some((Some(key), answers)) = fired else {
                return Err("a timer that is due does not fire".into());
            };
            let Some(one) = expected.next() else {
                return Err(format!("timer {key} fired unexpectedly at {due_ms}"));
            };
            only(one, &["at", "timer", "completed", "records"])?;
            agree(
                "timer",
                &json!({ "at": due_ms, "timer": key.to_string() }),
                &json!({ "at": one["at"], "timer": one["timer"] }),
            )?;
            let of_timer = |why: String| format!("timer {key}: {why}");
            self.compare_completed(answers, &one["completed"]).map_err(of_timer)?;
            records::compare(self.log.appended(), &one["records"]).map_err(of_timer)?;
        }
        expected.next().map_or(Ok(()), |one| Err(format!("timer {} did not fire", one["timer"])))
    }

    /// State and timers as they are now; what a step does not mention is as it was.
    fn compare_state(&mut self, step: &Value) -> Result<(), String> {
        for (name, group) in step["state"].as_object().into_iter().flatten() {
            if group.is_null() {
                self.expected_groups.remove(name);
            } else {
                self.expected_groups.insert(name.clone(), group.clone());
            }
        }
        if !step["timers"].is_null() {
            self.expected_timers = step["timers"].clone();
        }
        let (groups, timers) = match &self.shard {
            Some(shard) => (state::groups(shard), state::timers(shard)),
            None => (BTreeMap::new(), json!([])),
        };
        for (name, expected) in &self.expected_groups {
            let got = groups.get(name).ok_or_else(|| format!("group \"{name}\" is not there"))?;
            agree(&format!("group \"{name}\""), got, expected)?;
            for field in ["offsets", "pending_offsets"] {
                if expected.get(field).is_none() && got.get(field).is_some() {
                    return Err(format!(
                        "group \"{name}\" has {field} that the file does not know: {}",
                        got[field]
                    ));
                }
            }
            for field in ["offsets", "pending_offsets", "members"] {
                let count = |value: &Value| value[field].as_object().map_or(0, serde_json::Map::len);
                if count(got) != count(expected) {
                    return Err(format!(
                        "group \"{name}\": expected {field} {}, got {}",
                        expected[field], got[field]
                    ));
                }
            }
        }
        if let Some(extra) = groups.keys().find(|name| !self.expected_groups.contains_key(*name)) {
            return Err(format!("group \"{extra}\" should not be there"));
        }
        agree("timers", &timers, &self.expected_timers)
            .map_err(|why| format!("{why}; all: expected {}, got {timers}", self.expected_timers))
    }
}

/// The random id in a member id that the file prescribes: a Java UUID at its end, or all of it in Kafka's form.
fn assigned_id(id: &str) -> Option<Uuid> {
    let digits: String = id.get(id.len().saturating_sub(36)..)?.chars().filter(|c| *c != '-').collect();
    match u128::from_str_radix(&digits, 16) {
        Ok(number) if id.len() >= 36 => Some(Uuid::from_parts((number >> 64) as u64, number as u64)),
        _ => Uuid::from_base64(id).ok(),
    }
}
