//! What a partition knows of its producers: epochs, sequences, the last five batches, open transactions
//! (`ProducerStateManager`, `ProducerAppendInfo`, `ProducerStateEntry`).

mod append_info;
mod entry;
mod manager;
mod snapshot;
mod updates;

pub use append_info::CompletedTxn;
pub use append_info::ProducerAppendInfo;
pub use entry::BatchMetadata;
pub use entry::ProducerStateEntry;
pub use manager::ProducerStateManager;
pub use manager::TxnMetadata;
pub use snapshot::decode_snapshot;
pub use snapshot::encode_snapshot;
pub use updates::ProducerUpdates;
