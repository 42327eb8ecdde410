//! kafkascope: Apache Kafka in a web page.
//!
//! The broker, the controller, the producer and the consumer are written once, here, without any input or output of
//! their own. The laboratory runs them on simulated machines and remembers everything; the page draws what they did.
//!
//! Five storeys; each imports only the storeys below it (`tests/tidy` holds the table and fails with file and line):
//!
//! | storey | what it is | start at |
//! |---|---|---|
//! | [`ui`] | what the learner sees: draws views, sends acts, decides nothing | `ui/app.rs` |
//! | [`lesson`] | what the teacher says, as data | `lesson/trial.rs` |
//! | [`view`] | read-only pictures of a world, and `why` | `view/cluster.rs`, then `view/why.rs` |
//! | [`lab`] | worlds, acts, agenda, network, machines, journal, timeline | `lab/world.rs` |
//! | [`kafka`] | the system being taught; pure | `kafka/machine/mod.rs`, then `kafka/storage/log.rs` |
//!
//! Data flows one way round: act → agenda → `node.handle` → effects → (disk, network, timers) → journal → view →
//! page → act.
//!
//! Deliberately absent: clocks, threads, sockets, files and random sources below the page (time, disk and randomness
//! come in through [`kafka::machine::Context`]); hash maps (their order differs from run to run); floating point in
//! any decision; effects that exist only for pictures.

pub mod kafka;
pub mod lab;
pub mod lesson;
#[cfg(feature = "ui")]
pub mod ui;
pub mod view;
