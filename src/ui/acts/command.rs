use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::metadata::METADATA_TOPIC;
use crate::lab::Act;
use crate::lesson::LESSONS;
use crate::lesson::Language;
use crate::lesson::Text;
use crate::lesson::lesson;
use crate::ui::class::save_png;
use crate::ui::class::save_svg;
use crate::ui::class::words as c;
use crate::ui::desk::Asked;
use crate::ui::desk::Desk;
use crate::ui::desk::Dialog;
use crate::ui::desk::FormKind;
use crate::ui::desk::Present;
use crate::ui::desk::Screen;
use crate::ui::home::words as hw;
use crate::ui::lesson::words as lw;
use crate::ui::log::save_archive;
use crate::ui::stage::Thing;
use crate::ui::twin::words as t;
use crate::ui::words as w;
use crate::view::BrokerState;
use crate::view::ClusterView;
use crate::view::LinkFault;

/// Something that can be done, by the words on its button.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    pub label: String,
    /// A key or a place, in a few quiet characters.
    pub hint: String,
    pub what: What,
    /// Whether it breaks something.
    pub breaks: bool,
}

/// What a command does.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// One act, or several in order.
    Acts(Vec<Act>),
    /// Acts that are done when their time has come, in ms from now.
    Plan(Vec<(u64, Act)>),
    Dialog(Dialog),
    Select(Thing),
    /// The first why of what is selected.
    Ask,
    /// Follows a record, or stops.
    Follow(Option<(TopicPartition, Offset)>),
    Log(Thing),
    Lesson(&'static str),
    Screen(Screen),
    /// Go to a moment.
    Seek(Instant),
    /// Shows the page to a class, or to the reader alone again.
    Present(Present),
    /// The stage as a file.
    SaveSvg,
    SavePng,
    /// Save a machine's whole log directory.
    TakeOut(i32),
    /// A question about the world on the stage.
    Quiz,
}

impl Command {
    pub(super) fn new(label: String, what: What) -> Self {
        Self { label, hint: String::new(), what, breaks: false }
    }

    pub(super) fn breaks(label: String, act: Act) -> Self {
        Self { label, hint: String::new(), what: What::Acts(vec![act]), breaks: true }
    }

    pub(super) fn act(label: String, act: Act) -> Self {
        Self::new(label, What::Acts(vec![act]))
    }

    fn form(text: Text, language: Language, kind: FormKind) -> Self {
        Self::new(text.of(language).to_string(), What::Dialog(Dialog::Form(kind)))
    }

    pub fn run(&self, desk: &Desk) {
        match &self.what {
            What::Acts(acts) => {
                for act in acts {
                    if !desk.act(act.clone()) {
                        break;
                    }
                }
            }
            What::Plan(acts) => desk.plan(acts.clone()),
            What::Dialog(dialog) => desk.open(dialog.clone()),
            What::Ask => desk.ask_why(Asked::Thing(0)),
            What::Follow(record) => desk.follow(record.clone()),
            What::Select(thing) => desk.select(Some(thing.clone())),
            What::Screen(screen) => desk.show(*screen),
            What::Quiz => desk.quiz(),
            What::Lesson(id) => {
                if let Some(lesson) = lesson(id) {
                    desk.open_lesson(lesson, 0);
                }
            }
            What::Seek(at) => desk.seek(*at),
            What::Present(size) => crate::ui::taste::change(desk, |taste| taste.present = *size),
            What::SaveSvg => save_svg(desk),
            What::SavePng => save_png(desk),
            What::TakeOut(node) => save_archive(desk, *node, None),
            What::Log(thing) => {
                if let (Some(node), Some(partition)) = (thing.node(), thing.partition()) {
                    let record = match thing {
                        Thing::Record(_, _, offset) => Some(*offset),
                        _ => None,
                    };
                    desk.open_log(node, partition, record);
                }
            }
        }
    }
}

/// What can be asked and followed at the moment.
pub fn asking(
    selected: Option<&Thing>,
    followed: Option<&(TopicPartition, Offset)>,
    language: Language,
) -> Vec<Command> {
    let mut out = vec![Command { hint: "Y".into(), ..Command::new(w::WHY.of(language).into(), What::Ask) }];
    if let Some(Thing::Record(_, partition, offset)) = selected {
        let name = format!("{partition} · {offset}");
        let record = Some((partition.clone(), *offset));
        out.push(Command::new(w::FOLLOW_N.with(language, &[&name]), What::Follow(record)));
    }
    if followed.is_some() {
        out.push(Command::new(w::UNFOLLOW.of(language).into(), What::Follow(None)));
    }
    out
}

/// What is asked for by name and opens over the page, with its key.
const DIALOGS: [(Text, &str, Dialog); 9] = [
    (w::YOUR_DATA, "", Dialog::Data),
    (t::WHAT_IF_OPEN, "", Dialog::WhatIf),
    (w::SHARE, "", Dialog::Share),
    (w::HELP_TITLE, "?", Dialog::Help),
    (w::ROOM_TITLE, "", Dialog::Room),
    (w::ALL_CONFIGS, "", Dialog::Configs),
    (w::OPEN_FILES, "", Dialog::Files),
    (w::FIDELITY_TITLE, "", Dialog::Fidelity),
    (w::FAULT, "F", Dialog::Faults),
];

/// Everything the palette finds.
pub fn commands(view: &ClusterView, language: Language) -> Vec<Command> {
    let mut out = vec![
        Command::form(w::CREATE_TOPIC, language, FormKind::CreateTopic),
        Command::form(w::ADD_PRODUCER, language, FormKind::AddProducer),
        Command::form(w::ADD_CONSUMER, language, FormKind::AddConsumer),
        Command {
            hint: w::MEMBERS_HINT.of(language).into(),
            ..Command::form(w::ADD_MEMBERS, language, FormKind::AddMembers("billing".into()))
        },
        Command::form(w::LIST_GROUPS, language, FormKind::ListGroups),
        Command::new(w::ANSWERS.of(language).into(), What::Dialog(Dialog::Answers)),
        Command::act(
            w::ADD_BROKER.of(language).into(),
            Act::AddBroker { id: None, rack: None, configs: Default::default() },
        ),
    ];
    out.extend(DIALOGS.map(|(text, hint, dialog)| Command {
        hint: hint.into(),
        ..Command::new(text.of(language).into(), What::Dialog(dialog))
    }));
    out.extend(for_a_class(language));
    let screens = [
        (Screen::Home, hw::PRACTICE),
        (Screen::Cluster, w::CLUSTER),
        (Screen::Log, w::LOG),
        (Screen::Producer, w::PRODUCER),
        (Screen::Group, w::GROUP),
    ];
    out.extend(screens.map(|(screen, name)| {
        Command::new(w::GO_TO_N.with(language, &[&name.of(language)]), What::Screen(screen))
    }));
    out.push(Command::new(lw::QUIZ_ME.of(language).into(), What::Quiz));
    out.extend(LESSONS.iter().map(|lesson| {
        let label = lw::LESSON_N.with(language, &[&lesson.id, &lesson.title.of(language)]);
        Command::new(label, What::Lesson(lesson.id))
    }));
    let mut things: Vec<Thing> = view.brokers.iter().map(|b| Thing::Broker(b.id)).collect();
    if view.controller.id != 0 {
        things.push(Thing::Controller);
    }
    things.extend(view.producers.iter().map(|p| Thing::Producer(p.id)));
    things.extend(view.consumers.iter().map(|c| Thing::Consumer(c.id)));
    for thing in &things {
        out.extend(commands_for(thing, view, language));
    }
    for partition in view.partitions.iter() {
        let leader = partition.leader.or_else(|| partition.replicas.first().copied()).unwrap_or(0);
        things.push(Thing::Replica(leader, partition.partition.clone()));
    }
    for name in topics(view) {
        out.push(Command::form(w::TOPIC_CONFIGS, language, FormKind::TopicConfig(name.clone())).named(&name));
        out.push(
            Command::form(w::MORE_PARTITIONS, language, FormKind::AddPartitions(name.clone())).named(&name),
        );
        out.push(Command::form(w::DELETE_TOPIC, language, FormKind::DeleteTopic(name.clone())).named(&name));
    }
    for thing in things {
        let name = w::thing_name(&thing, language);
        out.push(Command::new(w::GO_TO_N.with(language, &[&name]), What::Select(thing)));
    }
    out
}

/// What a teacher does with the page.
fn for_a_class(language: Language) -> Vec<Command> {
    let larger = |(size, times): (Present, &str)| {
        Command::new(c::PRESENT_N.with(language, &[&times]), What::Present(size))
    };
    let mut out = vec![
        Command::new(c::CLASS_TITLE.of(language).into(), What::Dialog(Dialog::Class)),
        Command::new(c::VOTE.of(language).into(), What::Dialog(Dialog::Vote)),
        Command::new(c::SAVE_SVG.of(language).into(), What::SaveSvg),
        Command::new(c::SAVE_PNG.of(language).into(), What::SavePng),
    ];
    out.extend([(Present::Large, "1.5"), (Present::Largest, "2.0"), (Present::Normal, "1.0")].map(larger));
    out.push(Command::new(c::PRESENT.of(language).into(), What::Present(Present::Off)));
    out
}

/// The way back to the moments that the reader marked.
pub fn bookmarks(moments: &[Instant], language: Language) -> Vec<Command> {
    let one = |at: &Instant| Command {
        hint: "B".into(),
        ..Command::new(w::BOOKMARK_N.with(language, &[at]), What::Seek(*at))
    };
    moments.iter().map(one).collect()
}

/// What may be the one thing that differs between two worlds: for each thing, its settings and what can be broken.
pub fn changes(view: &ClusterView, language: Language) -> Vec<(String, Vec<Command>)> {
    let acts = |command: &Command| matches!(command.what, What::Acts(_) | What::Dialog(Dialog::Form(_)));
    let of = |thing: Thing| {
        let commands = commands_for(&thing, view, language);
        (w::thing_name(&thing, language), commands.into_iter().filter(acts).collect::<Vec<_>>())
    };
    let producers = view.producers.iter().map(|it| of(Thing::Producer(it.id)));
    let topics = topics(view).into_iter().map(|name| {
        let partition = view.partitions.iter().find(|it| *it.partition.topic == *name);
        let hold = partition.and_then(|it| Some(Thing::Replica(it.leader?, it.partition.clone()))).map(of);
        let holds = hold.into_iter().flat_map(|(_, commands)| commands);
        let holds = holds
            .filter(|it| matches!(&it.what, What::Acts(acts) if matches!(acts[..], [Act::Hold { .. }, ..])));
        let form = Command::form(w::TOPIC_CONFIGS, language, FormKind::TopicConfig(name.clone()));
        (name, std::iter::once(form).chain(holds).collect())
    });
    let mut others: Vec<Thing> = view.brokers.iter().map(|it| Thing::Broker(it.id)).collect();
    others.extend((view.controller.id != 0).then_some(Thing::Controller));
    others.extend(view.consumers.iter().map(|it| Thing::Consumer(it.id)));
    producers.chain(topics).chain(others.into_iter().map(of)).collect()
}

impl Command {
    fn named(mut self, name: &str) -> Self {
        self.label = format!("{} · {name}", self.label);
        self
    }
}

/// The names of the topics, once each.
pub(super) fn topics(view: &ClusterView) -> Vec<String> {
    let mut names: Vec<String> = view.partitions.iter().map(|p| p.partition.topic.to_string()).collect();
    names.dedup();
    names
}

/// What can be done to one thing.
#[expect(clippy::too_many_lines, reason = "one arm a kind of thing: the table of what can be done to it")]
pub fn commands_for(thing: &Thing, view: &ClusterView, language: Language) -> Vec<Command> {
    match thing {
        Thing::Broker(id) => {
            let Some(broker) = view.broker(NodeId(*id)) else { return Vec::new() };
            let mut out = machine(*id, broker.state, language);
            if broker.state.runs() {
                let label = w::REMOVE_BROKER.with(language, &[&w::node_name(*id, language)]);
                out.push(Command::breaks(label, Act::RemoveBroker { node: NodeId(*id) }));
            }
            out.push(
                Command::form(w::BROKER_CONFIGS, language, FormKind::BrokerConfig(*id))
                    .named(&id.to_string()),
            );
            out.push(Command::form(w::DISK_FAULTS, language, FormKind::Disk(*id)).named(&id.to_string()));
            out.push(
                Command::new(w::TAKE_OUT.of(language).into(), What::TakeOut(*id)).named(&id.to_string()),
            );
            for other in view.brokers.iter().filter(|b| b.id != *id) {
                out.extend(link(*id, other.id, view, language));
            }
            out.extend(link(*id, 3000, view, language));
            out
        }
        Thing::Controller => {
            let mut out = machine(3000, view.controller.state, language);
            let log = Thing::Replica(3000, TopicPartition::new(&name(METADATA_TOPIC), 0));
            out.push(Command::new(w::OPEN_LOG.of(language).into(), What::Log(log)));
            out
        }
        Thing::Producer(id) => {
            let up = view.producers.iter().any(|p| p.id == *id && p.running);
            let mut out = vec![Command::form(w::PRODUCER_SETTINGS, language, FormKind::Producer(*id))];
            out.extend(client(*id, up, language));
            out
        }
        Thing::Consumer(id) => {
            let up = view.consumers.iter().any(|c| c.id == *id && c.running);
            let mut out = vec![
                Command::form(w::CONSUMER_SETTINGS, language, FormKind::Consumer(*id)),
                Command::form(w::PROGRAM, language, FormKind::Program(*id)),
            ];
            if up {
                out.push(Command::form(w::CALL, language, FormKind::Call(*id)));
            }
            out.extend(client(*id, up, language));
            out
        }
        Thing::Link(a, b) => {
            let mut out = link(*a, *b, view, language);
            out.push(Command::form(w::LINK_SETTINGS, language, FormKind::Link(*a, *b)));
            out
        }
        Thing::Replica(id, partition)
        | Thing::Segment(id, partition, _)
        | Thing::Record(id, partition, _) => {
            let mut out = vec![Command::new(w::OPEN_LOG.of(language).into(), What::Log(thing.clone()))];
            if let Some(found) = view.partition(partition) {
                let others =
                    found.replicas.iter().filter(|r| Some(**r) != found.leader).copied().collect::<Vec<_>>();
                if let Some(leader) = found.leader {
                    out.push(Command {
                        breaks: true,
                        ..Command::new(
                            w::HOLD_FOLLOWERS.with(language, &[partition]),
                            What::Acts(others.iter().map(|f| hold(*f, leader)).collect()),
                        )
                    });
                    out.push(Command::breaks(
                        w::CRASH.with(language, &[&w::node_name(leader, language)]),
                        Act::Crash { node: NodeId(leader) },
                    ));
                }
                let topic = partition.topic.to_string();
                out.push(Command::form(w::TOPIC_CONFIGS, language, FormKind::TopicConfig(topic.clone())));
                out.push(Command::form(w::MORE_PARTITIONS, language, FormKind::AddPartitions(topic)));
                out.push(Command::form(
                    w::DELETE_RECORDS,
                    language,
                    FormKind::DeleteRecords(partition.clone()),
                ));
            }
            let _ = id;
            out
        }
        Thing::Message(_) => Vec::new(),
    }
}

fn hold(follower: i32, leader: i32) -> Act {
    Act::Hold { from: NodeId(follower), to: NodeId(leader), api: Some("Fetch".into()) }
}

/// Crash, switch off, restart.
fn machine(id: i32, state: BrokerState, language: Language) -> Vec<Command> {
    let (node, name) = (NodeId(id), w::node_name(id, language));
    if state.runs() {
        return vec![
            Command::breaks(w::CRASH.with(language, &[&name]), Act::Crash { node }),
            Command::breaks(w::POWER_OFF.with(language, &[&name]), Act::PowerOff { node }),
        ];
    }
    vec![Command::act(w::RESTART.with(language, &[&name]), Act::Restart { node })]
}

fn client(id: i32, up: bool, language: Language) -> Vec<Command> {
    let state = if up { BrokerState::Up } else { BrokerState::Crashed };
    let name = w::node_name(id, language);
    let mut out = machine(id, state, language);
    out.retain(|c| !matches!(&c.what, What::Acts(acts) if matches!(acts[..], [Act::PowerOff { .. }])));
    out.push(Command::breaks(
        w::REMOVE_CLIENT.with(language, &[&name]),
        Act::RemoveClient { node: NodeId(id) },
    ));

    out
}

/// What can be done to a link between two nodes, both ways.
fn link(a: i32, b: i32, view: &ClusterView, language: Language) -> Vec<Command> {
    let (from, to) = (NodeId(a), NodeId(b));
    let names: [String; 2] = [w::node_name(a, language), w::node_name(b, language)];
    let said = |text: Text| text.with(language, &[&names[0], &names[1]]);
    let between = |l: &&crate::view::LinkView| (l.from, l.to) == (a, b) || (l.from, l.to) == (b, a);
    let faults: Vec<LinkFault> = view.links.iter().filter(between).map(|l| l.fault).collect();
    let mut out = Vec::new();
    if faults.contains(&LinkFault::Cut) {
        out.push(Command::act(said(w::HEAL), Act::Heal { from, to, both: true }));
    } else {
        out.push(Command::breaks(said(w::CUT), Act::Cut { from, to, both: true }));
    }
    if faults.contains(&LinkFault::Held) {
        let both = vec![Act::Release { from, to }, Act::Release { from: to, to: from }];
        out.push(Command::new(said(w::RELEASE), What::Acts(both)));
    } else {
        out.push(Command::breaks(said(w::HOLD), Act::Hold { from, to, api: None }));
    }
    out
}
