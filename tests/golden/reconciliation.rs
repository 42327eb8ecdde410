//! `kip848_reconciliation.json`: one member's next step towards its target, by Kafka 3.9.1's own class.

use kafkascope::kafka::base::Name;
use kafkascope::kafka::base::Set;
use kafkascope::kafka::base::Uuid;
use kafkascope::kafka::coordinator::group::consumer::current::Reconciliation;
use kafkascope::kafka::coordinator::group::consumer::current::reconcile;
use kafkascope::kafka::coordinator::group::consumer::member::Member;
use kafkascope::kafka::coordinator::group::consumer::member::MemberState;
use kafkascope::kafka::coordinator::group::consumer::member::Owned;
use kafkascope::kafka::coordinator::group::consumer::member::Target;
use serde_json::Value;
use serde_json::json;

const TOPIC: Uuid = Uuid::from_parts(1, 1);

pub(crate) fn reconciliation(file: &Value) -> Vec<Result<(), String>> {
    file["cases"].as_array().expect("cases").iter().map(step).collect()
}

fn step(case: &Value) -> Result<(), String> {
    let mut member = Member::new(&Name::from("m"));
    let before = &case["before"];
    member.epoch = number(&before["member_epoch"]);
    member.previous_epoch = number(&before["previous_member_epoch"]);
    member.state = match before["state"].as_str().expect("a state") {
        "STABLE" => MemberState::Stable,
        "UNREVOKED_PARTITIONS" => MemberState::UnrevokedPartitions,
        "UNRELEASED_PARTITIONS" => MemberState::UnreleasedPartitions,
        other => return Err(format!("no state is called {other}")),
    };
    member.assigned = owned(&before["assigned"]);
    member.revoking = owned(&before["pending_revocation"]);
    let held = numbers(&case["t1_partitions_still_held_by_others"]);
    let reported = Some(&case["owned_reported"]).filter(|reported| !reported.is_null()).map(target);
    let next = reconcile(
        &member,
        &Reconciliation {
            target_epoch: number(&case["target_epoch"]),
            target: &target(&case["target"]),
            subscribed: &Set::from([TOPIC]),
            reads_nothing: false,
            subscription_changed: false,
            is_held: &|_, partition| held.contains(&partition),
            reported: reported.as_ref(),
            epoch_per_revocation: true,
        },
    )
    .ok_or("the member is fenced")?;
    let state = match next.state {
        MemberState::Stable => "STABLE",
        MemberState::UnrevokedPartitions => "UNREVOKED_PARTITIONS",
        MemberState::UnreleasedPartitions => "UNRELEASED_PARTITIONS",
        MemberState::Unknown => "UNKNOWN",
    };
    let after = json!({
        "state": state,
        "member_epoch": next.epoch,
        "previous_member_epoch": next.previous_epoch,
        "assigned": plain(&next.assigned),
        "pending_revocation": plain(&next.revoking),
    });
    if after == case["after"] { Ok(()) } else { Err(format!("expected {}, got {after}", case["after"])) }
}

fn number(value: &Value) -> i32 {
    value.as_i64().and_then(|number| i32::try_from(number).ok()).expect("an int")
}

fn numbers(value: &Value) -> Vec<i32> {
    value.as_array().into_iter().flatten().map(number).collect()
}

fn owned(value: &Value) -> Owned {
    let partitions = numbers(&value["t1"]);
    if partitions.is_empty() {
        return Owned::new();
    }
    Owned::from([(TOPIC, partitions.into_iter().map(|partition| (partition, 0)).collect())])
}

fn target(value: &Value) -> Target {
    let partitions = numbers(&value["t1"]);
    if partitions.is_empty() {
        Target::new()
    } else {
        Target::from([(TOPIC, partitions.into_iter().collect())])
    }
}

fn plain(owned: &Owned) -> Value {
    match owned.get(&TOPIC) {
        None => json!({}),
        Some(partitions) => json!({ "t1": partitions.keys().collect::<Vec<_>>() }),
    }
}
