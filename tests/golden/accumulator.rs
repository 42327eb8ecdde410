//! Lives of Kafka's own `RecordAccumulator` and partitioner, step by step: operations in, answers and queues out.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use kafkascope::kafka::base::ExponentialBackoff;
use kafkascope::kafka::base::Name;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::Set;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::name;
use kafkascope::kafka::client::producer::Append;
use kafkascope::kafka::client::producer::AppendError;
use kafkascope::kafka::client::producer::Appended;
use kafkascope::kafka::client::producer::BatchId;
use kafkascope::kafka::client::producer::BuiltInPartitioner;
use kafkascope::kafka::client::producer::Choice;
use kafkascope::kafka::client::producer::ClusterSnapshot;
use kafkascope::kafka::client::producer::PartitionInfo;
use kafkascope::kafka::client::producer::ProducerConfig;
use kafkascope::kafka::client::producer::RecordAccumulator;
use kafkascope::kafka::client::producer::Resumed;
use kafkascope::kafka::client::producer::Scene;
use kafkascope::kafka::client::producer::TopicPartitions;
use kafkascope::kafka::record::Header;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::report::only;

const STEP_FIELDS: &[&str] = &[
    "op",
    "now",
    "expect",
    "state",
    "draws",
    "base_offset",
    "batch",
    "can_drain",
    "error",
    "headers",
    "key",
    "log_append_time",
    "max_block",
    "max_size",
    "node",
    "nodes",
    "order_available",
    "order_for_node",
    "partition",
    "partitions",
    "record",
    "timestamp",
    "topic",
    "value",
];

pub(crate) fn histories(file: &Value) -> Vec<Result<(), String>> {
    file["cases"].as_array().expect("cases").iter().map(history).collect()
}

fn history(case: &Value) -> Result<(), String> {
    let mut run = Run::new(&case["config"])?;
    for (number, step) in case["steps"].as_array().expect("steps").iter().enumerate() {
        run.step(step).map_err(|why| format!("{}: step {number} ({}): {why}", case["name"], step["op"]))?;
    }
    Ok(())
}

struct Run {
    accumulator: RecordAccumulator,
    cluster: ClusterSnapshot,
    retry_backoff: (i64, i64),
    /// The records of each batch, by number, with their timestamps.
    records: BTreeMap<BatchId, VecDeque<(u64, i64)>>,
    timestamps: BTreeMap<u64, i64>,
    /// The state so far: a step names only what changed.
    state: BTreeMap<String, Value>,
    draws: VecDeque<u32>,
}

impl Run {
    fn new(config: &Value) -> Result<Self, String> {
        let mut set = BTreeMap::from([
            ("enable.idempotence".to_owned(), "false".to_owned()),
            ("request.timeout.ms".to_owned(), "0".to_owned()),
        ]);
        for (name, value) in config.as_object().expect("config") {
            set.insert(name.clone(), value.to_string());
        }
        let config = ProducerConfig::new(Profile::Modern, &set).map_err(|error| error.to_string())?;
        Ok(Self {
            accumulator: RecordAccumulator::new(&config),
            cluster: ClusterSnapshot::default(),
            retry_backoff: (config.retry_backoff_ms, config.retry_backoff_max_ms),
            records: BTreeMap::new(),
            timestamps: BTreeMap::new(),
            state: BTreeMap::new(),
            draws: VecDeque::new(),
        })
    }

    fn step(&mut self, step: &Value) -> Result<(), String> {
        only(step, STEP_FIELDS)?;
        self.draws = step["draws"].as_array().into_iter().flatten().map(|d| number(d) as u32).collect();
        let mut answer = self.act(step)?;
        let unblocked = self.resume(number(&step["now"]))?;
        if !unblocked.is_empty() {
            answer["unblocked"] = json!(unblocked);
        }
        if answer != step["expect"] {
            return Err(format!("answered {answer}, Kafka answered {}", step["expect"]));
        }
        if !self.draws.is_empty() {
            return Err(format!("{} random numbers too few were drawn", self.draws.len()));
        }
        self.check_state(step)
    }

    fn act(&mut self, step: &Value) -> Result<Value, String> {
        let now = number(&step["now"]);
        let id = BatchId(step["batch"].as_u64().unwrap_or(0));
        Ok(match step["op"].as_str().unwrap_or_default() {
            "set_cluster" => {
                self.cluster = cluster(step);
                json!({})
            }
            "append" => self.append(step, now)?,
            "ready" => self.ready(now),
            "drain" => self.drain(step, now),
            "complete" => self.finish(id, None, step),
            "fail" => self.finish(id, step["error"].as_str(), step),
            "reenqueue" => {
                let attempts = self.accumulator.batch(id).map_or(0, |batch| batch.attempts);
                let backoff = ExponentialBackoff::from_millis(self.retry_backoff.0, self.retry_backoff.1);
                let backoff_ms = backoff.plain(attempts).as_millis() as i64;
                self.accumulator.reenqueue(id, now, backoff_ms, false);
                json!({"attempts": self.accumulator.batch(id).map(|batch| batch.attempts)})
            }
            "split" => self.split(id),
            "expire" => {
                self.accumulator.reset_next_expiry();
                // Kafka's order across partitions is that of a hash map; the recording lists them by number.
                let batches: BTreeSet<u64> = self.accumulator.expire(now).iter().map(|id| id.0).collect();
                json!({"batches": batches, "next_expiry_time": self.accumulator.next_expiry_ms()})
            }
            "mute" => {
                self.accumulator.mute(&topic_partition(step["partition"].as_str().unwrap_or_default()));
                json!({})
            }
            "unmute" => {
                self.accumulator.unmute(&topic_partition(step["partition"].as_str().unwrap_or_default()));
                json!({})
            }
            "begin_flush" => {
                self.accumulator.begin_flush();
                json!({})
            }
            "end_flush" => {
                self.accumulator.end_flush();
                json!({})
            }
            "node_latency" => {
                let node = NodeId(number(&step["node"]) as i32);
                self.accumulator.update_latency(node, now, step["can_drain"] == json!(true));
                json!({})
            }
            "abort_undrained" => self.abort(false),
            "abort_incomplete" => self.abort(true),
            "close" => {
                let refused = self.accumulator.close();
                self.answer_all("unblocked", &refused)
            }
            "check" => json!({
                "has_undrained": self.accumulator.has_undrained(),
                "has_incomplete": self.accumulator.has_incomplete(),
                "unallocated_memory": self.accumulator.pool().unallocated(),
            }),
            other => return Err(format!("there is no operation {other}")),
        })
    }

    fn append(&mut self, step: &Value, now: i64) -> Result<Value, String> {
        let tag = step["record"].as_u64().unwrap_or(0);
        let headers = step["headers"].as_array().into_iter().flatten();
        let header = |header: &Value| {
            let value = text(&header[1]);
            Header::new(header[0].as_str().unwrap_or_default(), value.as_deref())
        };
        let record = Append {
            tag,
            topic: name(step["topic"].as_str().unwrap_or_default()),
            partition: step["partition"].as_i64().map(|p| p as i32),
            timestamp: number(&step["timestamp"]),
            key: text(&step["key"]),
            value: text(&step["value"]),
            headers: headers.map(header).collect(),
            fed: false,
        };
        self.timestamps.insert(tag, record.timestamp);
        let mut outcome = None;
        self.with_scene(now, |accumulator, scene| outcome = Some(accumulator.append(record, scene)))?;
        Ok(match outcome.expect("the append answered") {
            Appended::Waits(waiter) if step["max_block"] == json!(0) => {
                self.accumulator.give_up(waiter);
                json!({"error": "BufferExhaustedException"})
            }
            Appended::Waits(_) => json!({"blocked": true}),
            outcome => self.answer(tag, outcome, Map::new()),
        })
    }

    fn with_scene(
        &mut self,
        now_ms: i64,
        act: impl FnOnce(&mut RecordAccumulator, &mut Scene<'_>),
    ) -> Result<(), String> {
        let (draws, mut missing) = (&mut self.draws, false);
        let mut draw = || {
            draws.pop_front().unwrap_or_else(|| {
                missing = true;
                0
            })
        };
        act(&mut self.accumulator, &mut Scene { cluster: &self.cluster, now_ms, draw: &mut draw });
        if missing { Err("more random numbers were drawn than Kafka drew".into()) } else { Ok(()) }
    }

    fn resume(&mut self, now: i64) -> Result<Vec<Value>, String> {
        let mut resumed = Vec::new();
        self.with_scene(now, |accumulator, scene| resumed = accumulator.resume(scene))?;
        Ok(resumed.iter().map(|one| self.answer_waiter(one)).collect())
    }

    fn answer_all(&mut self, key: &str, all: &[Resumed]) -> Value {
        let all: Vec<Value> = all.iter().map(|one| self.answer_waiter(one)).collect();
        if all.is_empty() { json!({}) } else { json!({key: all}) }
    }

    fn answer_waiter(&mut self, one: &Resumed) -> Value {
        let record = Map::from_iter([("record".to_owned(), json!(one.tag))]);
        self.answer(one.tag, one.outcome, record)
    }

    fn answer(&mut self, tag: u64, outcome: Appended, mut answer: Map<String, Value>) -> Value {
        match outcome {
            Appended::Done(result) => {
                self.records.entry(result.batch).or_default().push_back((tag, self.timestamps[&tag]));
                answer.insert("partition".into(), json!(result.partition));
                answer.insert("batch".into(), json!(result.batch.0));
                answer.insert("new_batch".into(), json!(result.new_batch));
                answer.insert("batch_is_full".into(), json!(result.batch_is_full));
                answer.insert("appended_bytes".into(), json!(result.appended_bytes));
            }
            Appended::Waits(_) => {
                answer.insert("blocked".into(), json!(true));
            }
            Appended::Refused(AppendError::Closed) => {
                answer.insert("error".into(), json!("KafkaException"));
            }
            Appended::Refused(AppendError::TooLarge | AppendError::Invalid) => {
                answer.insert("error".into(), json!("IllegalArgumentException"));
            }
        }
        Value::Object(answer)
    }

    fn ready(&mut self, now: i64) -> Value {
        let check = self.accumulator.ready(&self.cluster, now);
        let nodes: Vec<i32> = check.nodes.iter().map(|node| node.0).collect();
        let unknown: Vec<&str> = check.unknown_leader_topics.iter().map(AsRef::as_ref).collect();
        json!({"nodes": nodes, "next_check_delay": check.next_check_delay_ms, "unknown_leader_topics": unknown})
    }

    fn drain(&mut self, step: &Value, now: i64) -> Value {
        let nodes: Set<NodeId> =
            step["nodes"].as_array().into_iter().flatten().map(|node| NodeId(number(node) as i32)).collect();
        let max_size = number(&step["max_size"]) as usize;
        let drained = self.accumulator.drain(&self.cluster, &nodes, max_size, now, None);
        let mut batches = Map::new();
        for (node, ids) in drained {
            let list: Vec<Value> = ids.iter().map(|id| self.drained(*id)).collect();
            batches.insert(node.to_string(), json!(list));
        }
        json!({"batches": batches})
    }

    fn drained(&self, id: BatchId) -> Value {
        let batch = self.accumulator.batch(id).expect("a drained batch is incomplete");
        let bytes = batch.clone().close();
        json!({
            "batch": id.0,
            "partition": batch.partition.to_string(),
            "count": batch.record_count(),
            "bytes": STANDARD.encode(&bytes),
        })
    }

    /// Complete (`error` = none) or fail.
    fn finish(&mut self, id: BatchId, error: Option<&str>, step: &Value) -> Value {
        let Some(batch) = self.accumulator.remove(id) else {
            // Its memory cannot be given back twice: "Remove from the incomplete set failed".
            return json!({"first": false, "throws": "IllegalStateException"});
        };
        let base = step["base_offset"].as_i64().unwrap_or(-1);
        let append_time = step["log_append_time"].as_i64().filter(|time| *time >= 0);
        let mut callbacks = Vec::new();
        for (index, (record, timestamp)) in self.records[&id].iter().enumerate() {
            callbacks.push(match error {
                Some(error) => json!({"record": record, "error": class_of(error)}),
                None => json!({
                    "record": record,
                    "partition": batch.partition.partition,
                    "offset": base + index as i64,
                    "timestamp": append_time.unwrap_or(*timestamp),
                }),
            });
        }
        assert_eq!(callbacks.len(), batch.record_count() as usize, "records counted in batch {}", id.0);
        json!({"first": true, "callbacks": callbacks})
    }

    fn split(&mut self, id: BatchId) -> Value {
        let parts = self.accumulator.split(id, None);
        self.accumulator.remove(id);
        let mut list = Vec::new();
        for part in parts {
            let batch = self.accumulator.batch(part).expect("a part is incomplete");
            let count = batch.record_count();
            list.push(json!({"batch": part.0, "count": count, "estimated_size": batch.estimated_size()}));
            let whole = self.records.entry(id).or_default();
            let records: VecDeque<_> = whole.drain(..count as usize).collect();
            self.records.insert(part, records);
        }
        json!({"new_batches": list})
    }

    fn abort(&mut self, incomplete: bool) -> Value {
        let aborted = match incomplete {
            true => self.accumulator.abort_incomplete(),
            false => self.accumulator.abort_undrained(false),
        };
        let mut callbacks = Vec::new();
        for batch in aborted {
            let records = self.records[&batch.id].iter();
            callbacks.extend(records.map(|(record, _)| json!({"record": record, "error": "KafkaException"})));
        }
        if callbacks.is_empty() { json!({}) } else { json!({"callbacks": callbacks}) }
    }

    /// Compares everything that is known of the state, changed by this step or not.
    fn check_state(&mut self, step: &Value) -> Result<(), String> {
        for (key, value) in step["state"].as_object().into_iter().flatten() {
            self.state.insert(key.clone(), value.clone());
        }
        let now = self.state_now();
        for key in self.state.keys().chain(now.keys()) {
            let (ours, kafkas) = (now.get(key), self.state.get(key));
            let is_nothing = |value: Option<&Value>| value.is_none_or(|v| v.is_null() || v == &json!([]));
            if ours != kafkas && !(is_nothing(ours) && is_nothing(kafkas)) {
                let show = |value: Option<&Value>| value.map_or("nothing".into(), Value::to_string);
                return Err(format!("{key} is {}, Kafka has {}", show(ours), show(kafkas)));
            }
        }
        Ok(())
    }

    fn state_now(&self) -> BTreeMap<String, Value> {
        let pool = self.accumulator.pool();
        let order: Vec<&str> = self.accumulator.topics().keys().map(AsRef::as_ref).collect();
        let mut state = BTreeMap::from([
            ("available_memory".to_owned(), json!(pool.available())),
            ("waiting".to_owned(), json!(pool.waiters().len())),
            ("topic_order".to_owned(), json!(order)),
        ]);
        for (topic, queues) in self.accumulator.topics() {
            for (partition, queue) in &queues.partitions {
                let ids: Vec<u64> = queue.iter().map(|id| id.0).collect();
                state.insert(format!("{topic}-{partition}"), json!(ids));
            }
            if let Some(sticky) = queues.partitioner.sticky() {
                state.insert(format!("sticky {topic}"), json!([sticky.partition, sticky.produced_bytes]));
            }
            let load = queues.partitioner.load().map(|load| {
                let pairs = load.partitions.iter().zip(&load.cumulative);
                pairs.map(|(partition, sum)| json!([partition, sum])).collect::<Vec<_>>()
            });
            state.insert(format!("load {topic}"), json!(load));
        }
        state
    }
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

/// A text, nothing, or `[text, n]` = the text n times.
fn text(value: &Value) -> Option<Bytes> {
    match value {
        Value::String(text) => Some(Bytes::from(text.clone())),
        Value::Array(parts) => {
            let times = parts[1].as_u64().unwrap_or(0) as usize;
            Some(Bytes::from(parts[0].as_str().unwrap_or_default().repeat(times)))
        }
        _ => None,
    }
}

fn topic_partition(text: &str) -> TopicPartition {
    let (topic, partition) = text.rsplit_once('-').expect("topic-partition");
    TopicPartition::new(&name(topic), partition.parse().expect("a number"))
}

fn cluster(step: &Value) -> ClusterSnapshot {
    let mut cluster = ClusterSnapshot::default();
    for (key, value) in step["partitions"].as_object().into_iter().flatten() {
        let tp = topic_partition(key);
        let info = PartitionInfo {
            leader: value[0].as_i64().map(|id| NodeId(id as i32)),
            leader_epoch: value[1].as_i64().map(|epoch| epoch as i32),
        };
        cluster.topics.entry(tp.topic).or_default().partitions.insert(tp.partition, info);
    }
    for (topic, order) in step["order_available"].as_object().into_iter().flatten() {
        let topic: Name = name(topic);
        let order = order.as_array().into_iter().flatten().map(|p| number(p) as i32).collect();
        cluster.topics.entry(topic).or_default().available = order;
    }
    for (node, order) in step["order_for_node"].as_object().into_iter().flatten() {
        let order = order.as_array().into_iter().flatten();
        let parts = order.map(|tp| topic_partition(tp.as_str().unwrap_or_default())).collect();
        cluster.led_by.insert(NodeId(node.parse().expect("a node")), parts);
    }
    cluster
}

/// `NOT_LEADER_OR_FOLLOWER` is thrown as `NotLeaderOrFollowerException`.
fn class_of(error: &str) -> String {
    if error == "REQUEST_TIMED_OUT" {
        return "TimeoutException".into();
    }
    let words = error.split('_').filter(|word| *word != "EXCEPTION");
    let camel: String =
        words.map(|word| format!("{}{}", &word[..1], word[1..].to_ascii_lowercase())).collect();
    format!("{camel}Exception")
}

pub(crate) fn sticky_partitioner(file: &Value) -> Vec<Result<(), String>> {
    let case = |case: &Value| {
        let checked = match case.get("queue_sizes") {
            Some(_) => adaptive(case),
            None => sticky(case),
        };
        checked.map_err(|why| format!("{}: {why}", case["name"]))
    };
    file["cases"].as_array().expect("cases").iter().map(case).collect()
}

fn sticky(case: &Value) -> Result<(), String> {
    let without: Vec<i32> =
        case["no_leader"].as_array().into_iter().flatten().map(|p| number(p) as i32).collect();
    let mut partitions = TopicPartitions::default();
    for partition in 0..number(&case["partitions"]) as i32 {
        let leader = (!without.contains(&partition)).then_some(NodeId(1));
        partitions.partitions.insert(partition, PartitionInfo { leader, leader_epoch: None });
        partitions.available.extend(leader.map(|_| partition));
    }
    let mut partitioner = BuiltInPartitioner::new(number(&case["sticky_batch_size"]) as i32);
    let mut next = 0;
    let mut draw = || {
        next += 1;
        random(&case["randoms"], next - 1)
    };
    let mut choice = Choice { partitions: &partitions, draw: &mut draw };
    let check = |what: &str, ours: i32, kafkas: &Value| match number(kafkas) == i64::from(ours) {
        true => Ok(()),
        false => Err(format!("{what}: partition {ours}, Kafka has {kafkas}")),
    };
    for step in case["steps"].as_array().into_iter().flatten() {
        check("used", partitioner.peek(&mut choice).partition, &step["partition_used"])?;
        let enable = step["enable_switch"].as_bool().unwrap_or(true);
        partitioner.update(number(&step["appended_bytes"]) as i32, enable, &mut choice);
        check("after", partitioner.peek(&mut choice).partition, &step["partition_after"])?;
    }
    for kafkas in case["sequence"].as_array().into_iter().flatten() {
        check("sequence", partitioner.peek(&mut choice).partition, kafkas)?;
        partitioner.update(number(&case["sticky_batch_size"]) as i32, true, &mut choice);
    }
    Ok(())
}

/// The number that is drawn at this turn: of a list, or of `"0,1,2,..."`, which goes on by ones.
fn random(randoms: &Value, turn: usize) -> u32 {
    let listed: Vec<i64> = match randoms {
        Value::Array(list) => list.iter().map(number).collect(),
        Value::String(text) => text.split(',').filter_map(|number| number.trim().parse().ok()).collect(),
        _ => Vec::new(),
    };
    let after = |last: &i64| last + (turn + 1 - listed.len()) as i64;
    listed.get(turn).copied().or_else(|| listed.last().map(after)).unwrap_or(turn as i64) as u32
}

fn adaptive(case: &Value) -> Result<(), String> {
    let list = |key: &str| case[key].as_array().into_iter().flatten().map(|v| number(v) as i32);
    let queues: Vec<(i32, i32)> = list("partition_ids").zip(list("queue_sizes")).collect();
    let mut partitioner = BuiltInPartitioner::new(1);
    partitioner.update_load(Some(&queues), queues.len());
    let load = partitioner.load().cloned();
    if load.is_some() != (case["adaptive"] == json!(true)) {
        return Err(format!("the weights are {load:?}"));
    }
    let table: Vec<i32> = list("cumulative_frequency_table").collect();
    let ours = load.map_or(Vec::new(), |load| load.cumulative);
    if ours != table {
        return Err(format!("the weights are {ours:?}, Kafka has {table:?}"));
    }
    for (random, kafkas) in list("partition_for_random_0_to_end").enumerate() {
        let mut fresh = partitioner.clone();
        let mut draw = || random as u32;
        let mut choice = Choice { partitions: &TopicPartitions::default(), draw: &mut draw };
        let ours = fresh.peek(&mut choice).partition;
        if ours != kafkas {
            return Err(format!("random {random} gives partition {ours}, Kafka has {kafkas}"));
        }
    }
    Ok(())
}
