//! A node as a client of others: connections, versions, requests in flight, timeouts, reconnects.
//!
//! Brokers use it for their fetchers and for the controller; producers, consumers and the admin client for everything.
//! It is the part of `org.apache.kafka.clients.NetworkClient` that is a rule, without its sockets.

mod fetch_session;
mod network_client;
mod peer;

pub use fetch_session::FetchSession;
pub use network_client::{ChannelConfig, NetworkClient, Outcome};
pub use peer::{InFlight, Peer, PeerState};
