//! The partition behind the shard.

use std::cell::RefCell;
use std::rc::Rc;

use kafkascope::kafka::base::Offset;
use kafkascope::kafka::coordinator::Batch;
use kafkascope::kafka::coordinator::ShardLog;
use kafkascope::kafka::coordinator::shard::LoadedRecord;
use kafkascope::kafka::protocol::ErrorCode;

/// A log that tests can hold, break and read again.
#[derive(Clone, Default)]
pub(super) struct TestLog(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    batches: Vec<(Offset, Batch)>,
    end: Offset,
    high_watermark: Offset,
    held: bool,
    fails: bool,
    /// How many batches the step before has left.
    seen: usize,
}

impl ShardLog for TestLog {
    fn append(&mut self, batch: Batch) -> Result<Offset, ErrorCode> {
        let mut log = self.0.borrow_mut();
        if log.fails {
            return Err(ErrorCode::NotLeaderOrFollower);
        }
        let count = match &batch {
            Batch::Records { records, .. } => records.len() as Offset,
            Batch::EndTransaction { .. } => 1,
        };
        let base = log.end;
        log.end += count;
        log.batches.push((base, batch));
        if !log.held {
            log.high_watermark = log.end;
        }
        Ok(log.end)
    }

    fn high_watermark(&self) -> Offset {
        self.0.borrow().high_watermark
    }

    fn has_enough_replicas(&self) -> bool {
        true
    }

    fn max_batch_bytes(&self) -> usize {
        1_048_588
    }
}

impl TestLog {
    pub(super) fn hold(&self, on: bool) {
        let mut log = self.0.borrow_mut();
        log.held = on;
        if !on {
            log.high_watermark = log.end;
        }
    }

    pub(super) fn fail(&self, on: bool) {
        self.0.borrow_mut().fails = on;
    }

    /// What was appended since the last call.
    pub(super) fn appended(&self) -> Vec<Batch> {
        let mut log = self.0.borrow_mut();
        let all = log.batches.len();
        let from = std::mem::replace(&mut log.seen, all);
        log.batches[from..].iter().map(|(_, batch)| batch.clone()).collect()
    }

    /// Everything, as a loader reads it.
    pub(super) fn records(&self) -> Vec<LoadedRecord> {
        let mut loaded = Vec::new();
        for (base, batch) in &self.0.borrow().batches {
            match batch {
                Batch::EndTransaction { marker, .. } => {
                    loaded.push(LoadedRecord::EndTransaction { offset: *base, marker: *marker });
                }
                Batch::Records { producer, records, .. } => {
                    loaded.extend((*base..).zip(records).map(|(offset, (key, value))| LoadedRecord::Data {
                        offset,
                        producer: producer.map(|(id, _)| id),
                        key: key.clone(),
                        value: value.clone(),
                    }));
                }
            }
        }
        loaded
    }
}
