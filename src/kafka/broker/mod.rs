//! A broker: storage, replication and metadata put behind the APIs.
