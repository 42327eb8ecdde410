//! `kraft_replica_placement.json` and `kraft_elections.json`: where replicas go, and who leads.

use kafkascope::kafka::base::Name;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Uuid;
use kafkascope::kafka::controller::partition_change::Election;
use kafkascope::kafka::controller::partition_change::PartitionChange;
use kafkascope::kafka::controller::placement::JavaRandom;
use kafkascope::kafka::controller::placement::UsableBroker;
use kafkascope::kafka::controller::placement::place;
use kafkascope::kafka::metadata::LeaderRecoveryState;
use kafkascope::kafka::metadata::PartitionRegistration;
use serde_json::Value;
use serde_json::json;

pub(crate) fn kraft_replica_placement(file: &Value) -> Vec<Result<(), String>> {
    cases(file).iter().map(placement).collect()
}

pub(crate) fn kraft_elections(file: &Value) -> Vec<Result<(), String>> {
    cases(file).iter().map(election).collect()
}

fn cases(file: &Value) -> &Vec<Value> {
    file["cases"].as_array().expect("cases")
}

fn placement(case: &Value) -> Result<(), String> {
    let brokers: Vec<UsableBroker> =
        case["brokers"].as_array().expect("brokers").iter().map(broker).collect();
    let mut state = seed(&case["random"])?;
    let mut random = JavaRandom::new(move |bits| {
        state = state.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(3_037_000_493);
        (state >> (64 - bits)) as i32
    });
    let partitions = case["partitions"].as_i64().expect("partitions") as i32;
    let factor = case["replication_factor"].as_i64().expect("a replication factor") as i16;
    match place(&brokers, partitions, factor, &mut random) {
        Ok(placed) => same(case, "expect", &json!(placed), &case["expect"]),
        Err(message) => same(case, "message", &json!(message), &case["message"]),
    }
}

/// The seed of `MockRandom(17)`.
fn seed(random: &Value) -> Result<u64, String> {
    let Some(text) = random.as_str() else { return Ok(17) };
    let number = text.strip_prefix("MockRandom(").and_then(|rest| rest.strip_suffix(')'));
    number
        .and_then(|number| number.parse::<i64>().ok())
        .map(i64::cast_unsigned)
        .ok_or_else(|| format!("no runner knows the random numbers of \"{text}\""))
}

fn broker(broker: &Value) -> UsableBroker {
    UsableBroker {
        id: node(&broker["id"]),
        rack: broker["rack"].as_str().map(Name::from),
        fenced: broker["fenced"] == true,
    }
}

fn election(case: &Value) -> Result<(), String> {
    let before = partition(&case["before"]);
    let acceptable = nodes(&case["acceptable_leaders"]);
    let mut change = PartitionChange::new(&before, Uuid::from_parts(1, 1), 0);
    change.election = match case["election"].as_str() {
        Some("PREFERRED") => Election::Preferred,
        Some("UNCLEAN") => Election::Unclean,
        _ => Election::Online,
    };
    if !case["target_isr"].is_null() {
        change.target_isr = nodes(&case["target_isr"]);
    }
    change.min_isr = case["min_isr"].as_u64().expect("min_isr") as usize;
    change.elr_enabled = case["elr_enabled"] == true;
    let Some(record) = change.build(&|replica| acceptable.contains(&replica)) else {
        return same(case, "record", &Value::Null, &case["record"]);
    };
    let after = before.merge(&record);
    let after = json!({
        "isr": after.isr,
        "leader": after.leader.map_or(-1, |leader| leader.0),
        "leader_epoch": after.leader_epoch,
        "partition_epoch": after.partition_epoch,
        "elr": after.elr,
        "replicas": after.replicas,
        "recovery": match after.leader_recovery_state {
            LeaderRecoveryState::Recovered => "RECOVERED",
            LeaderRecoveryState::Recovering => "RECOVERING",
        },
    });
    same(case, "after", &after, &case["after"])?;
    let written =
        case["record"].as_object().ok_or_else(|| format!("{}: a record was written", case["name"]))?;
    same(case, "isr is written", &json!(record.isr.is_some()), &json!(written.contains_key("isr")))?;
    same(case, "leader is written", &json!(record.leader.is_some()), &json!(written.contains_key("leader")))
}

fn partition(value: &Value) -> PartitionRegistration {
    let replicas = nodes(&value["replicas"]);
    PartitionRegistration {
        directories: vec![Uuid::from_parts(5, 5); replicas.len()],
        replicas,
        isr: nodes(&value["isr"]),
        removing_replicas: nodes(&value["removing"]),
        adding_replicas: nodes(&value["adding"]),
        elr: nodes(&value["elr"]),
        last_known_elr: Vec::new(),
        leader: Some(node(&value["leader"])).filter(|leader| leader.0 >= 0),
        leader_recovery_state: LeaderRecoveryState::Recovered,
        leader_epoch: value["leader_epoch"].as_i64().expect("a leader epoch") as i32,
        partition_epoch: value["partition_epoch"].as_i64().expect("a partition epoch") as i32,
    }
}

fn nodes(value: &Value) -> Vec<NodeId> {
    value.as_array().expect("a list of broker ids").iter().map(node).collect()
}

fn node(value: &Value) -> NodeId {
    NodeId(value.as_i64().expect("a broker id") as i32)
}

fn same(case: &Value, what: &str, ours: &Value, expected: &Value) -> Result<(), String> {
    if ours == expected {
        return Ok(());
    }
    Err(format!("{}: {what} is {ours}, expected {expected}", case["name"]))
}
