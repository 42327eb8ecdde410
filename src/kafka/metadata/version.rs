use super::record::BrokerRegistrationChangeRecord;
use super::record::MetadataRecord;

/// The level of the feature `metadata.version`: which records a cluster writes, and in which versions of their schemas
/// (`org.apache.kafka.server.common.MetadataVersion`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetadataVersion(pub i16);

impl MetadataVersion {
    /// `3.9-IV0`, of a new cluster of 3.9.1.
    pub const V3_9: Self = Self(21);
    /// Of a new cluster of 4.4.
    pub const V4_4: Self = Self(33);

    /// `4.0-IV1`: eligible leader replicas may be written (KIP-966).
    pub const fn is_elr_supported(self) -> bool {
        self.0 >= 23
    }

    /// `4.3`: log directories may be cordoned (KIP-1066), which gave two records new versions.
    const fn is_cordoning_supported(self) -> bool {
        self.0 >= 30
    }

    pub(super) fn record_version(self, record: &MetadataRecord) -> i16 {
        match record {
            MetadataRecord::RegisterBroker(_) if self.is_cordoning_supported() => 4,
            MetadataRecord::RegisterBroker(_) => 3,
            MetadataRecord::Partition(_) | MetadataRecord::PartitionChange(_) if self.is_elr_supported() => 2,
            MetadataRecord::Partition(_) | MetadataRecord::PartitionChange(_) => 1,
            MetadataRecord::BrokerRegistrationChange(change) => registration_change_version(change),
            _ => 0,
        }
    }
}

/// The lowest version that has all the fields which are set, as a real controller writes it.
fn registration_change_version(change: &BrokerRegistrationChangeRecord) -> i16 {
    if change.cordoned_log_dirs.is_some() {
        3
    } else if !change.log_dirs.is_empty() {
        2
    } else {
        i16::from(change.in_controlled_shutdown)
    }
}
