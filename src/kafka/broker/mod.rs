//! A broker: storage, replication and metadata put behind the APIs. [`Broker::handle`] is the one door; each API family
//! has a file, and so has each thing that a broker does by itself.

mod alter_partition;
mod api_versions;
#[expect(clippy::module_inception, reason = "the broker itself, beside what it is made of")]
mod broker;
mod configs;
mod coordinators;
mod delayed;
mod fetch;
mod fetcher;
mod find_coordinator;
mod forwarding;
mod gathering;
mod groups;
mod lifecycle;
mod log_manager;
mod metadata;
mod metadata_log;
mod offsets;
mod preferred_replica;
mod produce;
mod producer_ids;
mod publisher;
mod session;
mod shard_log;
mod spec;
#[cfg(test)]
mod tests;
mod view;

pub use alter_partition::AlterPartitions;
pub use broker::{Broker, Caller, ReplicaTag};
pub use coordinators::{Coordinator, Coordinators, Stage};
pub use delayed::{Delayed, DelayedDeleteRecords, DelayedFetch, DelayedProduce, Needed};
pub use fetch::FetchJob;
pub use fetcher::{FetchState, ReplicaFetcher};
pub use forwarding::{Forwarded, Forwarding};
pub use lifecycle::{BrokerState, LISTENER_PORT, Lifecycle};
pub use metadata_log::MetadataLog;
pub use session::{FetchContext, FetchKey, FetchSessions, Session};
pub use spec::{BrokerConfig, BrokerSpec, log_config};
