//! Storey 3: read-only pictures of a world, their printed form, and `why`.
//!
//! A picture is plain data that compares by value: the page draws it, a test prints it, and neither can change the
//! world. What is shared by many frames lies behind `Rc`.

mod answers;
mod archive;
mod batch;
mod cluster;
mod configs;
mod cuts;
mod detail;
mod flight;
mod follow;
mod foreign;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod foreign_tests;
mod group;
mod group_record;
mod lanes;
mod log;
mod lookup;
mod message;
mod moment;
mod of_log;
mod of_world;
mod outcome;
mod sending;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod text;
mod twin;
mod why;

pub use answers::ToolLine;
pub use archive::archive;
pub use batch::{BatchHead, BatchView, Field, RecordView, field_at, text};
pub use cluster::{
    AnswerView, BatchBox, BlockedOn, BrokerState, BrokerView, ClusterView, ConsumerView, ControllerView,
};
pub use cluster::{FeedView, HandoverView, MembershipView, RepeatedView};
pub use cluster::{
    LinkFault, LinkView, PartitionView, ProducerView, QueueView, ReplicaView, Role, SegmentView,
};
pub use cluster::{Reading, hue_of};
pub use configs::{ConfigLine, ConfigOwner, Effect, Tally, effect};
pub use cuts::{Cut, Cuts};
pub use detail::{
    Assigned, BrokerDetail, ConsumerDetail, ControllerDetail, Doing, Fetching, Follower, IsrPending,
};
pub use detail::{LinkDetail, ProducerDetail, ReplicaDetail, Standing, Wait, WaitKind, Way};
pub use flight::{FlightKind, FlightView, FlowView};
pub use follow::{Life, LifeStage, StageKind};
pub use foreign::{FOREIGN_MAX, Foreign, ForeignError};
pub use group::{
    Band, CallWait, Cause, Chart, ChartLine, Column, CoordinatorPlace, Doings, GroupLine, GroupProtocol,
    GroupState, GroupView, GroupWait, Groups, LagLine, MemberView, MoveRow, RebalanceCost, RebalanceView,
    Span, Strip,
};
pub use group_record::GroupRecordView;
pub use lanes::{Cell, Lanes, TimelineView};
pub use log::{
    Broken, BrokenKind, FileView, Found, IndexEntry, LiveLog, LogView, LookupCost, LookupView, Roll,
    SegmentContents, SegmentFiles, Stage, TimeEntry,
};
pub use message::{MessageView, Row};
pub use moment::{Happened, Lane, MomentView};
pub use of_log::{BATCHES_SHOWN, Directory, ENTRIES_SHOWN, SEGMENTS_SHOWN, directory_of};
pub use outcome::{DelayView, Outcome, OutcomeView, Outcomes};
pub use sending::{
    About, Blocking, Counts, DequeView, Limits, LinkState, PoolView, QueuedBatch, SendingView, SlotView,
    SlotsView, Stands, Waits,
};
pub use text::{Language, Text};
pub use twin::{Comparison, DifferenceView, GroupCosts, Place, TwinView, WayCost};
pub use why::{Guard, Owner, Past, Root, Said, Step, Told, Why};
