//! How a controller begins: snapshot, log, a new epoch, and on an empty disk the first records of a cluster.

use bytes::Bytes;

use super::metadata_log::MetadataLog;
use super::node::Controller;
use super::snapshot;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::Profile;
use crate::kafka::base::Purpose;
use crate::kafka::base::Uuid;
use crate::kafka::machine::Context;
use crate::kafka::metadata::ConfigResource;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::metadata::record::BeginTransactionRecord;
use crate::kafka::metadata::record::ConfigRecord;
use crate::kafka::metadata::record::Endpoint;
use crate::kafka::metadata::record::FeatureLevelRecord;
use crate::kafka::metadata::record::FeatureRange;
use crate::kafka::metadata::record::RegisterControllerRecord;
use crate::kafka::record::batches;
use crate::kafka::storage::LogError;

/// Where a controller listens (`CONTROLLER` in the files of Kafka's own examples).
const CONTROLLER_PORT: u16 = 9093;

impl Controller {
    /// Reads what the last process left and takes the lead. A disk that refuses ends the process.
    pub(super) fn start(&mut self, cx: &mut Context<'_>) {
        if self.recover(cx).is_err() {
            return cx.exit();
        }
        let is_new = self.log.end_offset() == 0;
        let (id, now_ms) = (self.spec().id, cx.wall_ms());
        if self.log.begin_epoch(cx.disk, id, &[id], now_ms).is_err() {
            return cx.exit();
        }
        self.lead(cx);
        if is_new {
            let records = self.bootstrap_records();
            // The first record says how the others are written.
            self.write(cx, &records);
        }
        let random = cx.random(Purpose::Identity);
        let incarnation = Uuid::from_parts(random.next_u64(), random.next_u64());
        let registration = self.registration(incarnation);
        self.write(cx, &[registration]);
    }

    fn recover(&mut self, cx: &mut Context<'_>) -> Result<(), LogError> {
        let (profile, now_ms) = (self.spec().profile, cx.wall_ms());
        self.log = MetadataLog::open(cx.disk, profile, &self.config.log_segment_bytes, now_ms)?;
        let id = snapshot::latest(cx.disk).filter(|id| id.end_offset <= self.log.end_offset());
        let mut from = 0;
        if let Some(id) = id
            && let Some(bytes) = snapshot::read(cx.disk, id)?
        {
            self.replay_batches(&bytes, Some(id.end_offset));
            from = id.end_offset;
        }
        self.found_snapshot(id);
        let everything = i32::MAX;
        let bytes = self.log.read(cx.disk, from, everything)?;
        self.replay_batches(&bytes, None);
        Ok(())
    }

    /// Replays batches of the log, or of a snapshot, whose records count as standing just before its end offset. Bytes
    /// that make no sense end the reading: the log was cut before them, and a snapshot was durable before it got its
    /// name.
    fn replay_batches(&mut self, bytes: &Bytes, snapshot_end: Option<Offset>) {
        for batch in batches(bytes).map_while(Result::ok).filter(|batch| !batch.is_control()) {
            let Ok(records) = batch.records() else { return };
            for record in records.map_while(Result::ok) {
                let value = record.value.unwrap_or_default();
                let Ok(decoded) = MetadataRecord::decode(&value) else { return };
                let offset = snapshot_end.map_or(record.offset, |end| end - 1);
                if !self.replay(&decoded, offset) {
                    return;
                }
            }
        }
    }

    /// What `kafka-storage format` and the first leader write into a new cluster's log.
    fn bootstrap_records(&self) -> Vec<MetadataRecord> {
        let name = Some(Name::from("Bootstrap records"));
        let mut records = vec![MetadataRecord::BeginTransaction(BeginTransactionRecord { name })];
        for (name, feature_level) in self.spec().bootstrap_features() {
            let record = FeatureLevelRecord { name: Name::from(*name), feature_level: *feature_level };
            records.push(MetadataRecord::FeatureLevel(record));
        }
        records.push(match self.spec().profile {
            Profile::Classic => MetadataRecord::ZkMigrationState(0),
            // With eligible leader replicas all brokers must agree on this one, so it is written down.
            Profile::Modern => MetadataRecord::Config(ConfigRecord {
                resource_type: ConfigResource::BROKER,
                resource_name: Name::from(""),
                name: Name::from("min.insync.replicas"),
                value: Some(Name::from(self.config.min_insync_replicas.to_string())),
            }),
        });
        records.push(MetadataRecord::EndTransaction);
        records
    }

    fn registration(&self, incarnation: Uuid) -> MetadataRecord {
        let endpoint = Endpoint {
            name: Name::from("CONTROLLER"),
            host: Name::from(format!("controller-{}", self.spec().id)),
            port: CONTROLLER_PORT,
            security_protocol: 0,
        };
        let feature = |(name, level): &(&str, i16)| FeatureRange {
            name: Name::from(*name),
            min: if *name == "metadata.version" { self.oldest_metadata_version() } else { 0 },
            max: *level,
        };
        MetadataRecord::RegisterController(RegisterControllerRecord {
            controller: self.spec().id,
            incarnation,
            zk_migration_ready: false,
            endpoints: vec![endpoint],
            features: self.spec().bootstrap_features().iter().map(feature).collect(),
        })
    }

    pub(super) fn oldest_metadata_version(&self) -> i16 {
        match self.spec().profile {
            Profile::Classic => 1,
            Profile::Modern => 7,
        }
    }
}
