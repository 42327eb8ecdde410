//! Storey 3: read-only pictures of a world, their printed form, and `why`.
//!
//! A picture is plain data that compares by value: the page draws it, a test prints it, and neither can change the
//! world. What is shared by many frames lies behind `Rc`.

mod cluster;
mod flight;
mod lanes;
mod log;
mod message;
mod moment;
mod of_world;

pub use cluster::{BatchBox, BlockedOn, BrokerState, BrokerView, ClusterView, ConsumerView, ControllerView};
pub use cluster::{
    LinkFault, LinkView, PartitionView, ProducerView, QueueView, ReplicaView, Role, SegmentView,
};
pub use cluster::{Reading, hue_of};
pub use flight::{FlightKind, FlightView, FlowView};
pub use lanes::{Cell, Lanes, TimelineView};
pub use log::{BatchView, Field, FileView, IndexEntry, LogView, LookupView, RecordView, SegmentFiles, Touch};
pub use message::{MessageView, Row};
pub use moment::{Happened, Lane, MomentView};
