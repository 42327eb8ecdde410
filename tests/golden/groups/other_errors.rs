//! The rows of `classic_group_errors.json` beyond JoinGroup of dynamic members.

use bytes::Bytes;
use kafkascope::kafka::coordinator::Body;
use kafkascope::kafka::coordinator::Reply;
use kafkascope::kafka::coordinator::Shard;
use kafkascope::kafka::coordinator::group::classic::ClassicState;
use kafkascope::kafka::protocol::ErrorCode;
use kafkascope::kafka::protocol::Request;
use kafkascope::kafka::protocol::Response;
use kafkascope::kafka::protocol::messages as m;
use m::delete_groups_request::DeleteGroupsRequestData;
use m::offset_commit_request as commit;
use m::txn_offset_commit_request as txn;

use super::super::report::same;
use super::errors::Happened;
use super::errors::confirmed;
use super::errors::told;
use super::fields::kafka;
use super::scene::GROUP;
use super::scene::Scene;
use super::scene::ask;
use super::scene::join;

/// A static member that leads, stable or on its way, and its id.
fn static_leader(state: ClassicState) -> Result<(Scene, String), String> {
    let mut scene = Scene::new(&[]);
    let ticket = scene.ask_join(&join("").with_group_instance_id(Some(kafka("i"))));
    scene.pass(0);
    let id = scene.joined(ticket)?.member_id.as_str().to_owned();
    if state == ClassicState::Stable {
        scene.ask_sync(&id, 1, std::slice::from_ref(&id));
    }
    scene.is_in(state)?;
    Ok((scene, id))
}

pub(super) fn joins_static(situation: &str, expect: &str) -> Happened {
    let again = join("").with_group_instance_id(Some(kafka("i")));
    match situation {
        "Stable, selected protocol unchanged" => {
            let (mut scene, old) = static_leader(ClassicState::Stable)?;
            let ticket = scene.ask_join(&again);
            let joined = scene.joined(ticket)?;
            let facts = [
                joined.error_code == 0 && joined.member_id.as_str() != old,
                joined.skip_assignment,
                joined.generation_id == 1,
                scene.is_in(ClassicState::Stable).is_ok(),
                fenced(&mut scene, &old)? == ErrorCode::FencedInstanceId,
            ];
            confirmed(expect, &facts)
        }
        "CompletingRebalance" => {
            let (mut scene, _) = static_leader(ClassicState::CompletingRebalance)?;
            let ticket = scene.ask_join(&again);
            // The only member is there again at once: the next generation.
            confirmed(expect, &[scene.joined(ticket)?.generation_id == 2])
        }
        _ => Err("no check builds this situation".into()),
    }
}

/// The error when an old id comes with the instance that has another one now.
fn fenced(scene: &mut Scene, id: &str) -> Result<ErrorCode, String> {
    scene.join_error(&join(id).with_group_instance_id(Some(kafka("i"))))
}

pub(super) fn syncs(situation: &str, expect: &str) -> Happened {
    let error = |scene: &mut Scene, id: &str, generation| -> Happened {
        let ticket = scene.ask_sync(id, generation, &[]);
        told(scene.synced(ticket)?.error_code.into())
    };
    let waiting = || Scene::group(2, ClassicState::CompletingRebalance);
    match situation {
        "PreparingRebalance" => {
            let (mut scene, ids) = Scene::group(2, ClassicState::PreparingRebalance)?;
            let generation = scene.classic()?.generation;
            error(&mut scene, &ids[0], generation)
        }
        "CompletingRebalance, follower" => {
            let (mut scene, ids) = waiting()?;
            let generation = scene.classic()?.generation;
            let ticket = scene.ask_sync(&ids[1], generation, &[]);
            let parked = scene.answer(ticket).is_none();
            scene.ask_sync(&ids[0], generation, &ids);
            let part = Bytes::from(format!("part of {}", ids[1]));
            confirmed(expect, &[parked, scene.synced(ticket)?.assignment == part])
        }
        "CompletingRebalance, leader" => {
            let (mut scene, ids) = waiting()?;
            let generation = scene.classic()?.generation;
            let before = scene.shard.written();
            let follower = scene.ask_sync(&ids[1], generation, &[]);
            let leader = scene.ask_sync(&ids[0], generation, &ids);
            let facts = [
                scene.shard.written() == before + 1,
                scene.is_in(ClassicState::Stable).is_ok(),
                scene.synced(follower).is_ok() && scene.synced(leader).is_ok(),
            ];
            confirmed(expect, &facts)
        }
        "Stable" => {
            let (mut scene, ids) = Scene::group(2, ClassicState::Stable)?;
            let generation = scene.classic()?.generation;
            let ticket = scene.ask_sync(&ids[1], generation, &[]);
            confirmed(expect, &[scene.synced(ticket)?.assignment == format!("part of {}", ids[1]).as_bytes()])
        }
        "wrong generation" => {
            let (mut scene, ids) = waiting()?;
            error(&mut scene, &ids[0], 99)
        }
        "unknown member / Empty" => {
            let (mut scene, ids) = Scene::group(1, ClassicState::Stable)?;
            let unknown = error(&mut scene, "somebody", 1)?;
            scene.pass(10_000);
            scene.is_in(ClassicState::Empty)?;
            let empty = error(&mut scene, &ids[0], 2)?;
            same("both errors", &unknown, &empty)?;
            Ok(empty)
        }
        _ => Err("no check builds this situation".into()),
    }
}

pub(super) fn heartbeats(situation: &str) -> Happened {
    let state = match situation {
        "Empty" => {
            let (mut scene, ids) = Scene::group(1, ClassicState::Stable)?;
            scene.pass(10_000);
            scene.is_in(ClassicState::Empty)?;
            return told(scene.heartbeat(&ids[0], 2)?);
        }
        "Dead" => {
            let (mut scene, ids) = Scene::group(1, ClassicState::Stable)?;
            scene.with(Shard::unload);
            return told(scene.heartbeat(&ids[0], 1)?);
        }
        "PreparingRebalance" => ClassicState::PreparingRebalance,
        "CompletingRebalance" => ClassicState::CompletingRebalance,
        "Stable" | "wrong generation" => ClassicState::Stable,
        _ => return Err("no check builds this situation".into()),
    };
    let (mut scene, ids) = Scene::group(2, state)?;
    let generation = scene.classic()?.generation;
    scene.now_ms += 1_000;
    let asked = if situation == "wrong generation" { 99 } else { generation };
    let error = scene.heartbeat(&ids[0], asked)?;
    let key = format!("heartbeat-g-{}", ids[0]);
    let due = scene.shard.timers().iter().find(|(timer, _)| timer.to_string() == key).map(|(_, due)| due);
    same("the session was restarted", due == Some(scene.now_ms + 10_000), asked == generation)?;
    told(error)
}

pub(super) fn commits(api: &str, situation: &str) -> Happened {
    let commit = |scene: &mut Scene, id: &str, generation, metadata: &str| -> Result<ErrorCode, String> {
        if api == "TxnOffsetCommit" {
            commit_txn(scene, id, generation)
        } else {
            commit(scene, id, generation, metadata)
        }
    };
    let in_state = |state, changed: i32| -> Result<ErrorCode, String> {
        let (mut scene, ids) = Scene::group(2, state)?;
        let generation = scene.classic()?.generation + changed;
        commit(&mut scene, &ids[0], generation, "")
    };
    match situation {
        "Empty, generation -1 (simple consumer/admin)" => {
            let mut scene = Scene::new(&[]);
            commit(&mut scene, "", -1, "")?;
            scene.is_in(ClassicState::Empty)?;
            told(commit(&mut scene, "", -1, "")?)
        }
        "Stable or PreparingRebalance, right member+generation" => {
            let stable = in_state(ClassicState::Stable, 0)?;
            same("both errors", stable, in_state(ClassicState::PreparingRebalance, 0)?)?;
            told(stable)
        }
        "CompletingRebalance" => told(in_state(ClassicState::CompletingRebalance, 0)?),
        "generation -1 while members exist" => {
            let (mut scene, _) = Scene::group(1, ClassicState::Stable)?;
            told(commit(&mut scene, "", -1, "")?)
        }
        "wrong generation" => told(in_state(ClassicState::Stable, 1)?),
        "metadata > 4096 bytes" => {
            let mut scene = Scene::new(&[]);
            same("4096 characters", commit(&mut scene, "", -1, &"x".repeat(4096))?, ErrorCode::None)?;
            told(commit(&mut scene, "", -1, &"x".repeat(4097))?)
        }
        _ => Err("no check builds this situation".into()),
    }
}

fn commit(scene: &mut Scene, id: &str, generation: i32, metadata: &str) -> Result<ErrorCode, String> {
    let partition =
        commit::OffsetCommitRequestPartition::default().with_committed_metadata(Some(kafka(metadata)));
    let topic =
        commit::OffsetCommitRequestTopic::default().with_name(kafka("t")).with_partitions(vec![partition]);
    let request = commit::OffsetCommitRequestData::default()
        .with_group_id(kafka(GROUP))
        .with_member_id(kafka(id))
        .with_generation_id_or_member_epoch(generation)
        .with_topics(vec![topic]);
    let ticket = scene.ask(Body::Request(Request::OffsetCommit(request)), 9);
    match scene.answer(ticket) {
        Some(Reply::Response(Response::OffsetCommit(response))) => {
            Ok(response.topics[0].partitions[0].error_code.into())
        }
        other => Err(format!("the OffsetCommit was answered {other:?}")),
    }
}

fn commit_txn(scene: &mut Scene, id: &str, generation: i32) -> Result<ErrorCode, String> {
    let partition = txn::TxnOffsetCommitRequestPartition::default();
    let topic =
        txn::TxnOffsetCommitRequestTopic::default().with_name(kafka("t")).with_partitions(vec![partition]);
    let request = txn::TxnOffsetCommitRequestData::default()
        .with_group_id(kafka(GROUP))
        .with_member_id(kafka(id))
        .with_generation_id(generation)
        .with_producer_id(1)
        .with_topics(vec![topic]);
    let ticket = scene.ask(Body::TxnOffsetCommit(request), 3);
    match scene.answer(ticket) {
        Some(Reply::TxnOffsetCommit(response)) => Ok(response.topics[0].partitions[0].error_code.into()),
        other => Err(format!("the TxnOffsetCommit was answered {other:?}")),
    }
}

pub(super) fn deletes(situation: &str) -> Happened {
    if situation != "not Empty/Dead" {
        return Err("no check builds this situation".into());
    }
    let mut told_in = Vec::new();
    for state in [ClassicState::PreparingRebalance, ClassicState::CompletingRebalance, ClassicState::Stable] {
        let (mut scene, _) = Scene::group(2, state)?;
        let request = DeleteGroupsRequestData::default().with_groups_names(vec![kafka(GROUP)]);
        let ticket = scene.ask(Body::Request(Request::DeleteGroups(request)), 2);
        match scene.answer(ticket) {
            Some(Reply::Response(Response::DeleteGroups(response))) => {
                told_in.push(ErrorCode::from(response.results[0].error_code));
            }
            other => return Err(format!("the DeleteGroups was answered {other:?}")),
        }
    }
    same("all errors", told_in[0] == told_in[1] && told_in[1] == told_in[2], true)?;
    told(told_in[0])
}

pub(super) fn any(situation: &str) -> Happened {
    let code = match situation {
        "static instance id mapped to another member id" => {
            let (mut scene, _) = static_leader(ClassicState::Stable)?;
            return told(fenced(&mut scene, "another")?);
        }
        "partition of __consumer_offsets still loading" => ErrorCode::CoordinatorLoadInProgress,
        "not the coordinator" => ErrorCode::NotCoordinator,
        _ => return Err("no check builds this situation".into()),
    };
    let scene = Scene::new(&[]);
    match Shard::refuse(scene.shard.config(), &ask(Body::Request(Request::JoinGroup(join(""))), 9), code) {
        Ok(Reply::Response(Response::JoinGroup(response))) => told(response.error_code.into()),
        other => Err(format!("the JoinGroup was answered {other:?}")),
    }
}

pub(super) fn timers(name: &str, value: &str) -> Happened {
    let due = |scene: &Scene, key: &str| {
        let timer = scene.shard.timers().iter().find(|(timer, _)| timer.to_string().starts_with(key));
        timer.map(|(_, due)| due - scene.now_ms)
    };
    match name {
        "initial rebalance delay" => {
            let mut scene = Scene::new(&[("group.initial.rebalance.delay.ms", "3000")]);
            let mut facts = Vec::new();
            for (after, left) in [(0, 3_000), (1_000, 2_000)] {
                scene.pass(after);
                let id = scene.id_of("c");
                // 7 s to rebalance: the delay is extended to 6 s, and then to the last one.
                scene.ask_join(&join(&id).with_rebalance_timeout_ms(7_000));
                facts.push(due(&scene, "join-g") == Some(left));
            }
            scene.pass(2_000);
            facts.push(due(&scene, "join-g") == Some(3_000));
            let id = scene.id_of("c");
            scene.ask_join(&join(&id).with_rebalance_timeout_ms(7_000));
            scene.pass(3_000);
            facts.push(due(&scene, "join-g") == Some(1_000));
            scene.pass(1_000);
            facts.push(scene.is_in(ClassicState::CompletingRebalance).is_ok());
            confirmed(value, &facts)
        }
        "join phase" => {
            let (scene, _) = Scene::group(2, ClassicState::PreparingRebalance)?;
            confirmed(value, &[due(&scene, "join-g") == Some(30_000)])
        }
        "sync phase" => {
            let (mut scene, _) = Scene::group(2, ClassicState::CompletingRebalance)?;
            let waits = due(&scene, "sync-g") == Some(30_000);
            let ids: Vec<String> = scene.classic()?.members.keys().map(ToString::to_string).collect();
            for _ in 0..6 {
                scene.pass(5_000);
                for id in &ids {
                    scene.heartbeat(id, 2)?;
                }
            }
            confirmed(value, &[waits, scene.classic()?.members.is_empty()])
        }
        "session" => {
            let mut scene = Scene::new(&[]);
            scene.ask_join(&join("").with_session_timeout_ms(45_000));
            confirmed(value, &[due(&scene, "heartbeat-g") == Some(45_000)])
        }
        "new member join timeout" => {
            let (scene, _) = Scene::group(2, ClassicState::PreparingRebalance)?;
            let latest =
                scene.shard.timers().iter().filter(|(key, _)| key.to_string().starts_with("heartbeat-g"));
            confirmed(value, &[latest.map(|(_, due)| due - scene.now_ms).max() == Some(300_000)])
        }
        _ => Err("no check builds this situation".into()),
    }
}
