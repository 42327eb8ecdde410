//! Forms about consumer groups and what their members' applications do.

use std::collections::BTreeMap;

use super::clients::partition_of;
use super::command::Command;
use super::command::What;
use super::fields::Field;
use super::fields::Typed;
use super::fields::choice;
use super::fields::number;
use super::fields::text;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::client::admin::Describe;
use crate::kafka::client::admin::ResetPoint;
use crate::kafka::client::consumer::Assignor;
use crate::kafka::client::consumer::Call;
use crate::kafka::client::consumer::Commit;
use crate::kafka::client::consumer::OnPoison;
use crate::kafka::client::consumer::Program;
use crate::kafka::node::Node;
use crate::lab::Act;
use crate::lab::NewConsumer;
use crate::lab::World;
use crate::lesson::Language;
use crate::lesson::Text;
use crate::ui::desk::Dialog;
use crate::ui::desk::FormKind;
use crate::ui::words as w;
use crate::view::ClusterView;

/// The most members that one form adds.
const MOST_MEMBERS: u32 = 100;
/// In a rolling restart each member is away for so long, in ms…
const AWAY: u64 = 2_000;
/// …and the next one follows when so much time has passed since the one before it.
const NEXT_MEMBER: u64 = 8_000;

/// How long ago the time is that the form begins with, in ms.
const AGO: i64 = 10_000;

const CALLS: [Call; 4] = [Call::BeginningOffsets, Call::EndOffsets, Call::OffsetsForTimes, Call::Committed];
/// No filter.
const ANY: &str = "*";
const TYPES: [&str; 2] = ["classic", "consumer"];
const STATES: [&str; 6] =
    ["Stable", "PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling", "Empty"];
const SHOWN: [(&str, Describe); 3] =
    [("--offsets", Describe::Offsets), ("--members", Describe::Members), ("--state", Describe::State)];
const COMMITS: [(&str, Commit); 5] = [
    ("auto", Commit::Auto),
    ("before the work", Commit::Before),
    ("after the work", Commit::After),
    ("after, async", Commit::AfterAsync),
    ("never", Commit::Never),
];
const POISONS: [(&str, OnPoison); 3] =
    [("crash", OnPoison::Crash), ("skip it", OnPoison::Skip), ("retry", OnPoison::Retry)];

/// Kafka's default, or one of the assignors by the name that it has on the wire.
fn assignors() -> Vec<String> {
    let known = Assignor::ALL.map(Assignor::name);
    std::iter::once("default").chain(known).map(String::from).collect()
}

/// Everything, or one of these.
fn any(names: &[&str]) -> Vec<String> {
    std::iter::once(ANY).chain(names.iter().copied()).map(String::from).collect()
}

fn names<T>(table: &[(&'static str, T)]) -> Vec<String> {
    table.iter().map(|(name, _)| (*name).to_owned()).collect()
}

/// What a name of one of the tables stands for; its first line when the name is not in it.
fn named<T: Copy>(table: &[(&str, T)], name: &str) -> T {
    table.iter().find(|(known, _)| *known == name).unwrap_or(&table[0]).1
}

/// The same as [`choice`], with this one of the options chosen.
fn chosen(key: &'static str, label: Text, options: Vec<String>, value: &str) -> Field {
    Field { value: value.to_owned(), ..choice(key, label, options) }
}

/// Fields of a form about a group; `None` when the form is about something else.
pub(super) fn fields(
    kind: &FormKind,
    view: &ClusterView,
    world: &World,
    language: Language,
) -> Option<(String, Vec<Field>)> {
    let title = |text: Text, of: &str| format!("{} · {of}", text.of(language).trim_end_matches('…'));
    let topics = super::command::topics(view);
    Some(match kind {
        FormKind::AddMembers(group) => (
            title(w::ADD_MEMBERS, group),
            [
                vec![
                    text("group", w::F_GROUP, group),
                    choice("topic", w::TOPIC, topics),
                    text("pattern", w::F_PATTERN, ""),
                    number("count", w::F_MEMBERS, 3),
                    choice("protocol", w::F_PROTOCOL, vec!["classic".into(), "consumer".into()]),
                    choice("assignor", w::F_ASSIGNOR, assignors()),
                    choice("static", w::F_STATIC, vec!["no".into(), "yes".into()]),
                ],
                program_fields(&Program { per_record_us: 20_000, ..Program::default() }),
                vec![text("configs", w::F_CONFIGS, "auto.offset.reset=earliest")],
            ]
            .concat(),
        ),
        FormKind::Program(id) => {
            let consumer = world.node(NodeId(*id)).and_then(Node::as_consumer);
            let program = consumer.map(|it| it.spec().program.clone()).unwrap_or_default();
            (title(w::PROGRAM, &w::node_name(*id, language)), program_fields(&program))
        }
        FormKind::Call(id) => (
            title(w::CALL, &w::node_name(*id, language)),
            vec![
                choice("call", w::F_CALL, CALLS.iter().map(|call| call.name().to_owned()).collect()),
                text("partitions", w::F_CALL_PARTITIONS, ""),
                number("time", w::F_CALL_TIME, world.now().wall_ms() - AGO),
            ],
        ),
        FormKind::ListGroups => (
            w::LIST_GROUPS.of(language).trim_end_matches('…').to_owned(),
            vec![
                choice("type", w::F_GROUP_TYPE, any(&TYPES)),
                choice("state", w::F_GROUP_STATE, any(&STATES)),
            ],
        ),
        FormKind::DescribeGroup(group) => {
            (title(w::DESCRIBE_GROUP, group), vec![choice("show", w::F_SHOW, names(&SHOWN))])
        }
        FormKind::ResetOffsets(group) => (
            title(w::RESET_OFFSETS, group),
            vec![
                choice("topic", w::F_TOPIC_OR_ALL, std::iter::once("*".to_owned()).chain(topics).collect()),
                text("partitions", w::F_PARTITIONS_ONLY, ""),
                choice(
                    "to",
                    w::F_RESET_TO,
                    ["earliest", "latest", "offset", "shift by", "time", "by duration"]
                        .map(String::from)
                        .into(),
                ),
                number("value", w::F_RESET_VALUE, 0),
            ],
        ),
        FormKind::DeleteOffsets(group) => {
            (title(w::DELETE_OFFSETS, group), vec![choice("topic", w::TOPIC, topics)])
        }
        _ => return None,
    })
}

fn program_fields(program: &Program) -> Vec<Field> {
    let commit = COMMITS.iter().find(|(_, it)| *it == program.commit).map_or("auto", |(name, _)| name);
    let poison = POISONS.iter().find(|(_, it)| *it == program.on_poison).map_or("crash", |(name, _)| name);
    let (every, slow) = program.slow_every.unwrap_or_default();
    vec![
        number("per_record", w::F_PER_RECORD, program.per_record_us / 1000),
        chosen("commit", w::F_COMMIT, names(&COMMITS), commit),
        number("slow_every", w::F_SLOW_EVERY, every),
        number("slow", w::F_SLOW_MS, slow / 1000),
        text("poison", w::F_POISON, program.poison.as_deref().unwrap_or_default()),
        chosen("on_poison", w::F_ON_POISON, names(&POISONS), poison),
        number("crash_after", w::F_CRASH_AFTER, program.crash_after.unwrap_or(0)),
    ]
}

/// Reads what [`program_fields`] shows.
fn program(typed: &Typed<'_>) -> Result<Program, String> {
    let every: u64 = typed.number("slow_every")?;
    let slow: u64 = typed.number("slow")?;
    let crash_after: u64 = typed.number("crash_after")?;
    let ms = |key: &str| typed.number::<u64>(key).map(|ms| ms.saturating_mul(1000));
    Ok(Program {
        per_poll_us: 0,
        per_record_us: ms("per_record")?,
        commit: named(&COMMITS, &typed.text("commit")),
        slow_every: (every > 0 && slow > 0).then(|| (every, slow.saturating_mul(1000))),
        poison: Some(typed.text("poison")).filter(|value| !value.is_empty()),
        on_poison: named(&POISONS, &typed.text("on_poison")),
        crash_after: (crash_after > 0).then_some(crash_after),
    })
}

/// The acts of a form about a group; `None` when the form is about something else.
pub(super) fn acts(kind: &FormKind, typed: &Typed<'_>) -> Option<Result<Vec<Act>, String>> {
    Some(match kind {
        FormKind::AddMembers(_) => members(typed),
        FormKind::Program(id) => {
            program(typed).map(|program| vec![Act::SetProgram { node: NodeId(*id), program }])
        }
        FormKind::Call(id) => call(NodeId(*id), typed).map(|act| vec![act]),
        FormKind::ListGroups => {
            let filter = |key: &str| {
                let chosen = typed.text(key);
                if chosen == ANY { Vec::new() } else { vec![Name::from(chosen)] }
            };
            Ok(vec![Act::ListGroups { states: filter("state"), types: filter("type") }])
        }
        FormKind::DescribeGroup(group) => {
            let (group, show) = (Name::from(group.as_str()), named(&SHOWN, &typed.text("show")));
            Ok(vec![Act::DescribeGroup { group, show }])
        }
        FormKind::ResetOffsets(group) => reset(group, typed).map(|act| vec![act]),
        FormKind::DeleteOffsets(group) => {
            let (group, topic) = (Name::from(group.as_str()), Name::from(typed.text("topic")));
            Ok(vec![Act::DeleteOffsets { group, topic }])
        }
        _ => return None,
    })
}

fn members(typed: &Typed<'_>) -> Result<Vec<Act>, String> {
    let group = Name::from(typed.text("group"));
    let pattern = Some(typed.text("pattern")).filter(|pattern| !pattern.is_empty());
    let mut configs: BTreeMap<String, String> = typed.configs("configs")?;
    if typed.text("protocol") == "consumer" {
        configs.insert("group.protocol".into(), "consumer".into());
    }
    if let Some(assignor) = Assignor::from_name(&typed.text("assignor")) {
        configs.insert("partition.assignment.strategy".into(), assignor.class_name().into());
    }
    let fixed = typed.text("static") == "yes";
    let program = program(typed)?;
    let count = typed.number::<u32>("count")?.clamp(1, MOST_MEMBERS);
    let one = |n: u32| {
        Act::AddConsumer(NewConsumer {
            topics: if pattern.is_some() { Vec::new() } else { vec![Name::from(typed.text("topic"))] },
            group: Some(group.clone()),
            instance: fixed.then(|| Name::from(format!("{group}-{n}"))),
            pattern: pattern.clone(),
            program: Some(program.clone()),
            pace: program.pace(),
            configs: configs.clone(),
            ..NewConsumer::default()
        })
    };
    Ok((1..=count).map(one).collect())
}

fn call(node: NodeId, typed: &Typed<'_>) -> Result<Act, String> {
    let name = typed.text("call");
    let call = CALLS.into_iter().find(|call| call.name() == name).unwrap_or(CALLS[0]);
    let names = typed.text("partitions");
    let named = names.split([',', ' ']).filter(|text| !text.is_empty());
    let one =
        |text: &str| partition_of(text).ok_or_else(|| w::NOT_A_PARTITION.with(typed.language, &[&text]));
    let time = if call == Call::OffsetsForTimes { Some(typed.number("time")?) } else { None };
    Ok(Act::Call { node, call, time, partitions: named.map(one).collect::<Result<_, _>>()? })
}

fn reset(group: &str, typed: &Typed<'_>) -> Result<Act, String> {
    let to = match typed.text("to").as_str() {
        "latest" => ResetPoint::Latest,
        "offset" => ResetPoint::Offset(typed.number("value")?),
        "shift by" => ResetPoint::ShiftBy(typed.number("value")?),
        "time" => ResetPoint::Time(typed.number("value")?),
        "by duration" => ResetPoint::Duration(typed.number("value")?),
        _ => ResetPoint::Earliest,
    };
    let numbers = typed.text("partitions");
    let one = |text: &str| {
        text.parse::<i32>().map_err(|_| w::NOT_A_NUMBER.with(typed.language, &[&"partitions", &text]))
    };
    let partitions = numbers.split([',', ' ']).filter(|text| !text.is_empty()).map(one);
    let topic = Some(typed.text("topic")).filter(|topic| topic != "*").map(Name::from);
    Ok(Act::ResetOffsets {
        group: Name::from(group),
        topic,
        partitions: partitions.collect::<Result<_, _>>()?,
        to,
    })
}

/// What can be done to a group; `members` are the machines of those that run, in the order in which they came.
pub fn group_commands(group: &str, members: &[i32], language: Language) -> Vec<Command> {
    let form = |text: Text, kind: FormKind| {
        Command::new(format!("{} · {group}", text.of(language)), What::Dialog(Dialog::Form(kind)))
    };
    let mut out = vec![form(w::ADD_MEMBERS, FormKind::AddMembers(group.to_owned()))];
    if let Some(last) = members.last() {
        let label = w::SCALE_IN.with(language, &[&w::node_name(*last, language), &group]);
        out.push(Command::act(label, Act::CloseConsumer { node: NodeId(*last) }));
        let label = w::ROLLING_RESTART.with(language, &[&group]);
        out.push(Command::new(label, What::Plan(rolling_restart(members))));
    }
    out.push(form(w::DESCRIBE_GROUP, FormKind::DescribeGroup(group.to_owned())));
    out.push(form(w::RESET_OFFSETS, FormKind::ResetOffsets(group.to_owned())));
    out.push(form(w::DELETE_OFFSETS, FormKind::DeleteOffsets(group.to_owned())));
    let delete = Act::DeleteGroup { group: Name::from(group) };
    out.push(Command::breaks(w::DELETE_GROUP.with(language, &[&group]), delete));
    out
}

/// Each member closes and starts again, one after the other, as a deployment does it.
pub fn rolling_restart(members: &[i32]) -> Vec<(u64, Act)> {
    let one = |(at, node): (u64, &i32)| {
        let node = NodeId(*node);
        [(at * NEXT_MEMBER, Act::CloseConsumer { node }), (at * NEXT_MEMBER + AWAY, Act::Restart { node })]
    };
    (0..).zip(members).flat_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn defaults(kind: &FormKind) -> BTreeMap<String, String> {
        let program = program_fields(&Program::default());
        let known = match kind {
            FormKind::AddMembers(_) => program,
            _ => Vec::new(),
        };
        known.into_iter().map(|field| (field.key.to_owned(), field.value)).collect()
    }

    #[test]
    fn a_form_adds_static_members_with_an_assignor_and_a_program() {
        let kind = FormKind::AddMembers("billing".into());
        let mut values = defaults(&kind);
        values.extend(typed(&[
            ("group", "billing"),
            ("topic", "orders"),
            ("pattern", ""),
            ("count", "2"),
            ("protocol", "classic"),
            ("assignor", "cooperative-sticky"),
            ("static", "yes"),
            ("commit", "before the work"),
            ("configs", ""),
        ]));
        let made = acts(&kind, &Typed { values: &values, language: Language::En }).unwrap().unwrap();
        assert_eq!(made.len(), 2);
        let Act::AddConsumer(NewConsumer { instance, program: Some(program), configs, .. }) = &made[1] else {
            panic!("{made:?}")
        };
        assert_eq!(instance.as_deref(), Some("billing-2"));
        assert_eq!(program.commit, Commit::Before);
        assert!(configs["partition.assignment.strategy"].ends_with("CooperativeStickyAssignor"));
    }

    #[test]
    fn offsets_are_reset_for_some_partitions_or_all() {
        let kind = FormKind::ResetOffsets("billing".into());
        let values =
            typed(&[("topic", "orders"), ("partitions", "0, 2"), ("to", "shift by"), ("value", "-5")]);
        let made = acts(&kind, &Typed { values: &values, language: Language::En }).unwrap().unwrap();
        let Act::ResetOffsets { topic, partitions, to, .. } = &made[0] else { panic!("{made:?}") };
        assert_eq!(
            (topic.as_deref(), &partitions[..], to),
            (Some("orders"), &[0, 2][..], &ResetPoint::ShiftBy(-5))
        );
        let values = typed(&[("topic", "*"), ("partitions", "one"), ("to", "latest"), ("value", "")]);
        let refused = acts(&kind, &Typed { values: &values, language: Language::En }).unwrap();
        assert!(refused.unwrap_err().contains("“one”"));
    }

    #[test]
    fn a_rolling_restart_takes_one_member_after_the_other() {
        let plan = rolling_restart(&[20_001, 20_002]);
        let times: Vec<u64> = plan.iter().map(|(at, _)| *at).collect();
        assert_eq!(times, [0, AWAY, NEXT_MEMBER, NEXT_MEMBER + AWAY]);
    }
}
