//! Storey 2: the laboratory. It runs nodes on simulated machines and remembers everything.
//!
//! | file | what it is |
//! |---|---|
//! | [`world`] | the value: machines, network, agenda; `act` and `step` are the only ways it changes |
//! | [`act`] | everything a person can do to a world |
//! | [`agenda`] | what is due, in one total order |
//! | [`network`] | links, connections, messages on their way |
//! | [`machine`] | one server: a process, a disk, what work costs |
//! | [`disk`], [`image`], [`page_cache`], [`contents`] | files: written, durable and in memory; equal chunks held once |
//! | [`journal`], [`observe`] | what happened, and because of what; what nodes' states show |
//! | [`timeline`] | acts and what followed: play, step, seek, fork |
//! | [`twin`] | two branches on one clock, and where they first differ |
//! | [`recording`], [`share`] | a world as a file and as a link |

pub mod act;
pub mod agenda;
mod apply;
mod check;
pub mod contents;
pub mod disk;
pub mod hash;
pub mod image;
pub mod invariant;
pub mod journal;
pub mod machine;
pub mod network;
mod notation;
pub mod observe;
pub mod page_cache;
pub mod recording;
pub mod share;
pub mod timeline;
pub mod transcript;
pub mod twin;
pub mod world;

pub use act::{Act, ActError, BlobId, Configs, NewConsumer, SeekPoint};
pub use apply::{ADMIN, CONTROLLER, FIRST_CONSUMER, FIRST_PRODUCER, client_name, free_id};
pub use journal::{Entry, GroupId, GroupState, Journal, Kind, Names, Nowhere, Seq, Sink};
pub use recording::{Recording, RecordingError};
pub use timeline::{MEMORY_MAX, Memory, Playhead, Progress, Recorded, Timeline};
pub use twin::{Difference, Side, Twin};
pub use world::{Genesis, World};
