use std::rc::Rc;

use super::ask::Ask;
use super::ask::Course;
use super::ask::Run;
use super::ask::Source;
use super::practice::Interview;
use super::speed::Speed;
use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::lesson::CARDS;
use crate::lesson::Instead;
use crate::lesson::Language;
use crate::lesson::QUESTIONS;
use crate::lesson::Task;
use crate::lesson::progress::Day;
use crate::lesson::progress::Progress;
use crate::ui::engine::Room;
use crate::ui::stage::Look;
use crate::ui::stage::Thing;
use crate::view::About;
use crate::view::ClusterView;
use crate::view::FlowView;
use crate::view::Foreign;
use crate::view::MomentView;
use crate::view::TimelineView;
use crate::view::TwinView;

/// A picture that many components hold. Two are equal when they are the same one: comparing costs nothing.
#[derive(Debug, Default)]
pub struct Shared<T>(Rc<T>);

impl<T> Shared<T> {
    pub fn new(value: T) -> Self {
        Self(Rc::new(value))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> std::ops::Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What fills the middle of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Screen {
    #[default]
    Cluster,
    Log,
    Producer,
    Group,
    /// Practice: lessons, questions, the interview.
    Home,
}

/// What lies over the page and has the keyboard.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    Palette,
    Share,
    Help,
    Fidelity,
    Data,
    Faults,
    /// Opens files of a real broker.
    Files,
    Configs,
    /// Two worlds: what shall differ.
    WhatIf,
    /// What a teacher needs for the open lesson.
    Class,
    /// The open question for a class to vote on.
    Vote,
    /// What history takes, and what of it can go.
    Room,
    /// What the tool for groups has printed.
    Answers,
    /// A form for an act, by its name.
    Form(FormKind),
}

/// The forms that need more than a click.
#[derive(Clone, Debug, PartialEq)]
pub enum FormKind {
    CreateTopic,
    AddPartitions(String),
    DeleteTopic(String),
    AddProducer,
    AddConsumer,
    TopicConfig(String),
    BrokerConfig(i32),
    Producer(i32),
    Consumer(i32),
    /// Consumers for a group of this name.
    AddMembers(String),
    /// What a consumer's application does around `poll()`.
    Program(i32),
    /// A call with which a consumer's application asks for offsets.
    Call(i32),
    ListGroups,
    DescribeGroup(String),
    ResetOffsets(String),
    DeleteOffsets(String),
    Link(i32, i32),
    Disk(i32),
    DeleteRecords(TopicPartition),
    FlipBit(i32, String),
}

impl FormKind {
    /// Whether the cluster answers with something to read.
    pub const fn has_answer(&self) -> bool {
        matches!(self, Self::ListGroups | Self::DescribeGroup(_))
    }
}

/// A sentence for the reader.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub text: String,
    pub tone: Tone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Good,
    Bad,
}

/// What the Log view looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogFocus {
    pub broker: i32,
    pub partition: Option<TopicPartition>,
    pub segment: Option<Offset>,
    pub record: Option<Offset>,
    /// The search that is shown: what was asked, and whether it is a time.
    pub asked: Option<(i64, bool)>,
    /// The entry of an index that is open: the base offset of its segment, whether it is of the time index, its number.
    pub entry: Option<(Offset, bool, u32)>,
    /// Files from outside that are looked at instead of the world's, and which of their directories.
    pub foreign: Option<(Shared<Foreign>, usize)>,
}

/// What the Producer view looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProducerFocus {
    /// 0 = the first one.
    pub node: i32,
    /// What the panel beside it tells of.
    pub about: About,
}

/// What the Group view looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupFocus {
    /// `None` = the first one with members.
    pub name: Option<Name>,
    /// The message that is open: the journal entry of its departure.
    pub line: Option<u64>,
}

/// The why that is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    #[default]
    Nothing,
    /// The question of this number about what is selected.
    Thing(usize),
    /// Why this entry of the journal happened.
    Moment(u64),
}

/// What the reader chose about the page itself. None of it is an act.
#[derive(Clone, Debug, PartialEq)]
pub struct Taste {
    pub language: Language,
    pub light: bool,
    pub still: bool,
    pub letters: bool,
    pub left: bool,
    pub right: bool,
    pub present: Present,
    /// The page is a part of another one: only the stage, the lesson and the transport are shown.
    pub embed: bool,
    /// On a small screen: which panel is up as a sheet.
    pub sheet: Option<Sheet>,
}

/// Whether the page is shown to a class, and how large the text is then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Present {
    Off,
    Normal,
    /// 1.5 times as large.
    Large,
    /// Twice as large.
    Largest,
}

impl Present {
    /// What style sheets call it (`data-present`).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Off => "0",
            Self::Normal => "2",
            Self::Large => "3",
            Self::Largest => "4",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    Left,
    Right,
}

impl Taste {
    /// How much larger the texts of the stage are than usual, where there is room.
    pub const fn large(&self) -> f32 {
        match self.present {
            Present::Large => 1.5,
            Present::Largest => 2.0,
            _ => 1.0,
        }
    }

    /// Whether the page is shown to a class.
    pub const fn presents(&self) -> bool {
        !matches!(self.present, Present::Off)
    }

    /// Which colours the page has: whether light ones, and whether those for a projector, which are always light.
    pub const fn colours(&self) -> (bool, bool) {
        (self.light || self.presents(), self.presents())
    }
}

impl Default for Taste {
    fn default() -> Self {
        Self {
            language: Language::En,
            light: false,
            still: false,
            letters: true,
            left: true,
            right: true,
            present: Present::Off,
            embed: false,
            sheet: None,
        }
    }
}

/// What is seen now: pictures of the world at the playhead.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    pub cluster: Shared<ClusterView>,
    pub news: Shared<Vec<MomentView>>,
    pub timeline: Shared<TimelineView>,
    pub flows: Shared<Vec<FlowView>>,
    /// While there are two worlds: how they differ, and the one that the other pictures do not show.
    pub twin: Option<Shared<TwinView>>,
    pub other: Shared<ClusterView>,
    pub room: Room,
}

/// How time goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Clock {
    pub playing: bool,
    pub speed: Speed,
    /// The moment shown, in microseconds with fractions.
    pub at: f64,
    /// The share of the asked speed that the machine keeps up with, when it is below 1.
    pub lag: Option<f64>,
    pub bookmarks: Vec<Instant>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { playing: true, speed: Speed::SLOW, at: 0.0, lag: None, bookmarks: Vec::new() }
    }
}

/// Everything the page's components read, beside the engine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    pub taste: Taste,
    /// A presenter has darkened the screen.
    pub blank: bool,
    /// How the members of the group go in A, while there are worlds in which they go another way.
    pub way: Option<Instead>,
    /// A presenter has shown what was right.
    pub revealed: bool,
    pub clock: Clock,
    pub seen: Seen,
    pub screen: Screen,
    pub selected: Option<Thing>,
    pub hovered: Option<Thing>,
    /// The record that is followed: the rest dims.
    pub followed: Option<(TopicPartition, Offset)>,
    pub asked: Asked,
    pub log: LogFocus,
    pub producer: ProducerFocus,
    pub group: GroupFocus,
    pub dialog: Option<Dialog>,
    /// The lesson that the reader is in.
    pub course: Option<Course>,
    /// The question that is asked now.
    pub ask: Option<Ask>,
    /// What is known of the learner.
    pub progress: Shared<Progress>,
    /// The progress could not be kept.
    pub not_kept: bool,
    pub today: Day,
    pub interview: Option<Interview>,
    /// How many questions were made for the reader's world.
    pub turn: u64,
    /// The run that the page waits for.
    pub run: Option<Run>,
    pub notice: Option<Notice>,
    /// What is done next makes a second world at this moment, instead of changing this one.
    pub what_if: Option<Instant>,
    /// While there are two worlds: acts are done only in the one that is looked at.
    pub one_world: bool,
    /// Offsets in one cell of the stage.
    pub unit: i64,
    /// How many offsets the fastest log grows by in a frame, on average.
    pub pace: f64,
}

impl Page {
    /// Whether a class does not see yet what was right.
    pub const fn hides_answer(&self) -> bool {
        self.taste.presents() && !self.revealed
    }

    /// The questions and claims that are to be repeated today, the first one first.
    pub fn due(&self) -> Vec<&'static str> {
        let ids = QUESTIONS.iter().map(|q| q.id).chain(CARDS.iter().map(|card| card.id));
        self.progress.queue(ids, self.today)
    }

    pub fn look(&self) -> Look {
        Look {
            language: self.taste.language,
            selected: self.selected.clone(),
            hovered: self.hovered.clone(),
            followed: self.followed.clone(),
            unit: self.unit.max(1),
            zoom: 1.0,
            still: self.taste.still,
            large: self.taste.large(),
            marks: self.ask.as_ref().map_or_else(Vec::new, |ask| ask.draft.things.clone()),
        }
    }

    /// The picture is hidden: the answer comes from memory.
    pub fn is_veiled(&self) -> bool {
        let recalls = |course: &Course| matches!(course.play.task(), Task::Recall(_));
        let asked = |ask: &Ask| matches!(ask.source, Source::Step) && ask.is_open();
        self.screen != Screen::Home
            && self.course.as_ref().is_some_and(recalls)
            && self.ask.as_ref().is_some_and(asked)
    }
}
