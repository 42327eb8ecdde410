//! `classic_group_errors.json`: for every row the situation is built, and what Kafka answers is asked for.

use kafkascope::kafka::coordinator::group::classic::ClassicState;
use kafkascope::kafka::protocol::ErrorCode;
use serde_json::Value;

use super::super::report::Report;
use super::super::report::same;
use super::super::report::text;
use super::fields::kafka;
use super::fields::screaming;
use super::other_errors;
use super::scene::Scene;
use super::scene::join;
use super::scene::offer;

/// What happened, in the words of the file.
pub(super) type Happened = Result<String, String>;

pub(crate) fn classic_group_errors(data: &Value, report: &mut Report) {
    report.cases(data, "rows", &["api", "case", "state", "expect"], |row| {
        let situation = row["case"].as_str().or_else(|| row["state"].as_str()).unwrap_or_default();
        let (api, expect) = (text(row, "api")?, text(row, "expect")?);
        let happened = match api {
            "JoinGroup" | "JoinGroup v4+" => joins(situation, expect),
            "JoinGroup existing" => joins_again(situation, expect),
            "JoinGroup static known instance, empty member id" | "JoinGroup static known instance" => {
                other_errors::joins_static(situation, expect)
            }
            "SyncGroup" => other_errors::syncs(situation, expect),
            "Heartbeat" => other_errors::heartbeats(situation),
            "OffsetCommit" | "TxnOffsetCommit" => other_errors::commits(api, situation),
            "DeleteGroups" => other_errors::deletes(situation),
            "any" => other_errors::any(situation),
            _ => Err("no check knows this API".into()),
        };
        // "NONE (why that is surprising)" is compared without its explanation.
        let said = expect.split(" (").next().filter(|word| *word == word.to_uppercase()).unwrap_or(expect);
        same("outcome", happened?, said.to_owned())
    });
    report.cases(data, "timers", &["name", "value"], |row| {
        let value = text(row, "value")?;
        same("outcome", other_errors::timers(text(row, "name")?, value)?, value.to_owned())
    });
}

/// The error's name.
pub(super) fn told(error: ErrorCode) -> Happened {
    Ok(screaming(error))
}

/// What the file says has happened, if all of it has.
pub(super) fn confirmed(expect: &str, facts: &[bool]) -> Happened {
    match facts.iter().position(|fact| !fact) {
        None => Ok(expect.to_owned()),
        Some(at) => Err(format!("fact {at} of \"{expect}\" is not so")),
    }
}

fn joins(situation: &str, expect: &str) -> Happened {
    let mut scene = Scene::new(&[("group.max.size", "1")]);
    match situation {
        "unknown group, member id given" => told(scene.join_error(&join("somebody"))?),
        "unknown group, empty member id" => {
            scene.ask_join(&join(""));
            confirmed(expect, &[scene.classic().is_ok()])
        }
        "dynamic member, empty member id" => {
            let ticket = scene.ask_join(&join(""));
            let joined = scene.joined(ticket)?;
            let id = joined.member_id.as_str().to_owned();
            let timer =
                scene.shard.timers().iter().find(|(key, _)| key.to_string() == format!("heartbeat-g-{id}"));
            confirmed(
                expect,
                &[
                    joined.error_code == ErrorCode::MemberIdRequired.code(),
                    !id.is_empty(),
                    scene.classic()?.pending_join.contains(id.as_str()),
                    timer.is_some_and(|(_, due)| due == scene.now_ms + 10_000),
                ],
            )
        }
        "new static member (group.instance.id), empty member id" => {
            scene.ask_join(&join("").with_group_instance_id(Some(kafka("i"))));
            let group = scene.classic()?;
            confirmed(expect, &[group.members.len() == 1, group.pending_join.is_empty()])
        }
        "protocol type or no common protocol" => {
            let (mut scene, _) = Scene::group(1, ClassicState::Stable)?;
            let kind = scene.join_error(&join("").with_protocol_type(kafka("connect")))?;
            let protocol = scene.join_error(&join("").with_protocols(vec![offer("sticky", "one")]))?;
            same("both errors", kind, protocol)?;
            told(kind)
        }
        "group.max.size reached (and not an existing awaiting member)" => {
            let id = scene.id_of("first");
            scene.ask_join(&join(&id));
            let again = scene.ask_join(&join(&id));
            if scene.answers.iter().any(|(ticket, _)| *ticket == again) {
                return Err("the member that waits is not let in again".into());
            }
            told(scene.join_error(&join(""))?)
        }
        "session timeout < 6000 or > 1800000" => {
            let short = scene.join_error(&join("").with_session_timeout_ms(5_999))?;
            let long = scene.join_error(&join("").with_session_timeout_ms(1_800_001))?;
            same("both errors", short, long)?;
            told(short)
        }
        "Dead group" => {
            let (mut scene, ids) = Scene::group(1, ClassicState::Stable)?;
            scene.with(kafkascope::kafka::coordinator::Shard::unload);
            told(scene.join_error(&join(&ids[0]))?)
        }
        _ => Err("no check builds this situation".into()),
    }
}

fn joins_again(situation: &str, expect: &str) -> Happened {
    let rejoin = |state, member: usize, metadata| -> Result<(Scene, bool, i32), String> {
        let (mut scene, ids) = Scene::group(2, state)?;
        let generation = scene.classic()?.generation;
        let ticket = scene.ask_join(&join(&ids[member]).with_protocols(vec![offer("range", metadata)]));
        let current = scene.joined(ticket).is_ok_and(|joined| {
            joined.error_code == 0
                && joined.generation_id == generation
                && joined.members.len() == usize::from(member == 0) * 2
        });
        Ok((scene, current, generation))
    };
    let rebalances = |(scene, current, _): &(Scene, bool, i32)| {
        [scene.is_in(ClassicState::PreparingRebalance).is_ok(), !current]
    };
    let stays = |(scene, current, generation): &(Scene, bool, i32), state| {
        [
            *current,
            scene.is_in(state).is_ok(),
            scene.classic().is_ok_and(|group| group.generation == *generation),
        ]
    };
    match situation {
        "PreparingRebalance" => {
            let (mut scene, ids) = Scene::group(2, ClassicState::PreparingRebalance)?;
            let ticket = scene.ask_join(&join(&ids[0]));
            confirmed(
                expect,
                &[scene.answer(ticket).is_none(), scene.is_in(ClassicState::PreparingRebalance).is_ok()],
            )
        }
        "CompletingRebalance, same metadata" => {
            let state = ClassicState::CompletingRebalance;
            confirmed(expect, &stays(&rejoin(state, 1, "one")?, state))
        }
        "CompletingRebalance, changed metadata" => {
            confirmed(expect, &rebalances(&rejoin(ClassicState::CompletingRebalance, 1, "two")?))
        }
        "Stable, leader" => confirmed(expect, &rebalances(&rejoin(ClassicState::Stable, 0, "one")?)),
        "Stable, follower, changed metadata" => {
            confirmed(expect, &rebalances(&rejoin(ClassicState::Stable, 1, "two")?))
        }
        "Stable, follower, same metadata" => {
            confirmed(expect, &stays(&rejoin(ClassicState::Stable, 1, "one")?, ClassicState::Stable))
        }
        "Empty" => {
            let (mut scene, ids) = Scene::group(1, ClassicState::Stable)?;
            scene.pass(10_000);
            // With nobody left the rebalance ends at once.
            scene.is_in(ClassicState::Empty)?;
            told(scene.join_error(&join(&ids[0]))?)
        }
        _ => Err("no check builds this situation".into()),
    }
}
