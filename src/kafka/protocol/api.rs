use std::hash::Hash;
use std::hash::Hasher;

use bytes::Bytes;
use bytes::BytesMut;
use kacrab_protocol::generated as m;
use kacrab_protocol::version::UnsupportedVersion;
use m::fetch_request::FetchPartition;

/// One line an API: its key on the wire, the versions that we speak, its messages.
///
/// The first number of a range is the oldest version of `kacrab-protocol`'s schema, the last what a node of ours sends
/// and serves.
macro_rules! apis {
    ($($api:ident = $key:literal, $min:literal..=$max:literal, $request:path, $response:path;)*) => {
        /// A Kafka API that nodes of the laboratory speak.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Api { $($api),* }

        impl Api {
            /// All APIs, in the order of their keys.
            pub const ALL: &'static [Self] = &[$(Self::$api),*];

            pub const fn key(self) -> i16 {
                match self { $(Self::$api => $key),* }
            }

            /// The oldest and the newest version spoken here.
            pub const fn versions(self) -> (i16, i16) {
                match self { $(Self::$api => ($min, $max)),* }
            }

            /// Kafka's name: `Produce`, `ListOffsets`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$api => stringify!($api)),* }
            }

            pub fn from_key(key: i16) -> Option<Self> {
                match key { $($key => Some(Self::$api),)* _ => None }
            }
        }

        /// A request, as Kafka's own message.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Request { $($api($request)),* }

        impl Hash for Request {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.api().hash(state);
                let (oldest, newest) = self.api().versions();
                for version in [oldest, newest] {
                    hash_wire(state, |out| self.write(out, version));
                }
            }
        }

        impl Request {
            pub const fn api(&self) -> Api {
                match self { $(Self::$api(_) => Api::$api),* }
            }

            pub fn write(&self, out: &mut BytesMut, version: i16) -> kacrab_protocol::Result<()> {
                match self { $(Self::$api(body) => body.write(out, version)),* }
            }

            pub fn read(api: Api, bytes: &mut Bytes, version: i16) -> kacrab_protocol::Result<Self> {
                match api { $(Api::$api => <$request>::read(bytes, version).map(Self::$api)),* }
            }
        }

        /// A response, as Kafka's own message.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Response { $($api($response)),* }

        impl Hash for Response {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.api().hash(state);
                let (oldest, newest) = self.api().versions();
                for version in [oldest, newest] {
                    hash_wire(state, |out| self.write(out, version));
                }
            }
        }

        impl Response {
            pub const fn api(&self) -> Api {
                match self { $(Self::$api(_) => Api::$api),* }
            }

            pub fn write(&self, out: &mut BytesMut, version: i16) -> kacrab_protocol::Result<()> {
                match self { $(Self::$api(body) => body.write(out, version)),* }
            }

            pub fn read(api: Api, bytes: &mut Bytes, version: i16) -> kacrab_protocol::Result<Self> {
                match api { $(Api::$api => <$response>::read(bytes, version).map(Self::$api)),* }
            }
        }
    };
}

/// Hashes the wire form of a message. Fields that its version does not know are left out, and what cannot be written ends
/// there: who wants all of it asks for the oldest and for the newest version.
pub fn hash_wire<H: Hasher>(state: &mut H, write: impl FnOnce(&mut BytesMut) -> kacrab_protocol::Result<()>) {
    let mut out = BytesMut::new();
    write(&mut out).is_ok().hash(state);
    out.hash(state);
}

fn written_len(
    write: impl FnOnce(&mut BytesMut) -> kacrab_protocol::Result<()>,
) -> kacrab_protocol::Result<usize> {
    let mut out = BytesMut::with_capacity(256);
    write(&mut out).map(|()| out.len())
}

/// Hashes what is asked of one partition.
pub fn hash_fetch_partition<H: Hasher>(partition: &FetchPartition, state: &mut H) {
    for number in [
        partition.partition,
        partition.current_leader_epoch,
        partition.last_fetched_epoch,
        partition.partition_max_bytes,
    ] {
        number.hash(state);
    }
    for number in [partition.fetch_offset, partition.log_start_offset, partition.high_watermark] {
        number.hash(state);
    }
}

apis! {
    Produce = 0, 3..=13, m::produce_request::ProduceRequestData, m::produce_response::ProduceResponseData;
    Fetch = 1, 4..=17, m::fetch_request::FetchRequestData, m::fetch_response::FetchResponseData;
    ListOffsets = 2, 1..=10, m::list_offsets_request::ListOffsetsRequestData, m::list_offsets_response::ListOffsetsResponseData;
    Metadata = 3, 0..=13, m::metadata_request::MetadataRequestData, m::metadata_response::MetadataResponseData;
    OffsetCommit = 8, 2..=10, m::offset_commit_request::OffsetCommitRequestData, m::offset_commit_response::OffsetCommitResponseData;
    OffsetFetch = 9, 1..=10, m::offset_fetch_request::OffsetFetchRequestData, m::offset_fetch_response::OffsetFetchResponseData;
    FindCoordinator = 10, 0..=6, m::find_coordinator_request::FindCoordinatorRequestData, m::find_coordinator_response::FindCoordinatorResponseData;
    JoinGroup = 11, 0..=9, m::join_group_request::JoinGroupRequestData, m::join_group_response::JoinGroupResponseData;
    Heartbeat = 12, 0..=4, m::heartbeat_request::HeartbeatRequestData, m::heartbeat_response::HeartbeatResponseData;
    LeaveGroup = 13, 0..=5, m::leave_group_request::LeaveGroupRequestData, m::leave_group_response::LeaveGroupResponseData;
    SyncGroup = 14, 0..=5, m::sync_group_request::SyncGroupRequestData, m::sync_group_response::SyncGroupResponseData;
    DescribeGroups = 15, 0..=6, m::describe_groups_request::DescribeGroupsRequestData, m::describe_groups_response::DescribeGroupsResponseData;
    ListGroups = 16, 0..=5, m::list_groups_request::ListGroupsRequestData, m::list_groups_response::ListGroupsResponseData;
    ApiVersions = 18, 0..=4, m::api_versions_request::ApiVersionsRequestData, m::api_versions_response::ApiVersionsResponseData;
    CreateTopics = 19, 2..=7, m::create_topics_request::CreateTopicsRequestData, m::create_topics_response::CreateTopicsResponseData;
    DeleteTopics = 20, 1..=6, m::delete_topics_request::DeleteTopicsRequestData, m::delete_topics_response::DeleteTopicsResponseData;
    DeleteRecords = 21, 0..=2, m::delete_records_request::DeleteRecordsRequestData, m::delete_records_response::DeleteRecordsResponseData;
    InitProducerId = 22, 0..=5, m::init_producer_id_request::InitProducerIdRequestData, m::init_producer_id_response::InitProducerIdResponseData;
    OffsetForLeaderEpoch = 23, 2..=4, m::offset_for_leader_epoch_request::OffsetForLeaderEpochRequestData, m::offset_for_leader_epoch_response::OffsetForLeaderEpochResponseData;
    DescribeConfigs = 32, 1..=4, m::describe_configs_request::DescribeConfigsRequestData, m::describe_configs_response::DescribeConfigsResponseData;
    CreatePartitions = 37, 0..=3, m::create_partitions_request::CreatePartitionsRequestData, m::create_partitions_response::CreatePartitionsResponseData;
    DeleteGroups = 42, 0..=2, m::delete_groups_request::DeleteGroupsRequestData, m::delete_groups_response::DeleteGroupsResponseData;
    IncrementalAlterConfigs = 44, 0..=1, m::incremental_alter_configs_request::IncrementalAlterConfigsRequestData, m::incremental_alter_configs_response::IncrementalAlterConfigsResponseData;
    OffsetDelete = 47, 0..=0, m::offset_delete_request::OffsetDeleteRequestData, m::offset_delete_response::OffsetDeleteResponseData;
    AlterPartition = 56, 2..=3, m::alter_partition_request::AlterPartitionRequestData, m::alter_partition_response::AlterPartitionResponseData;
    Envelope = 58, 0..=0, m::envelope_request::EnvelopeRequestData, m::envelope_response::EnvelopeResponseData;
    FetchSnapshot = 59, 0..=1, m::fetch_snapshot_request::FetchSnapshotRequestData, m::fetch_snapshot_response::FetchSnapshotResponseData;
    BrokerRegistration = 62, 0..=4, m::broker_registration_request::BrokerRegistrationRequestData, m::broker_registration_response::BrokerRegistrationResponseData;
    BrokerHeartbeat = 63, 0..=1, m::broker_heartbeat_request::BrokerHeartbeatRequestData, m::broker_heartbeat_response::BrokerHeartbeatResponseData;
    AllocateProducerIds = 67, 0..=0, m::allocate_producer_ids_request::AllocateProducerIdsRequestData, m::allocate_producer_ids_response::AllocateProducerIdsResponseData;
    ConsumerGroupHeartbeat = 68, 0..=1, m::consumer_group_heartbeat_request::ConsumerGroupHeartbeatRequestData, m::consumer_group_heartbeat_response::ConsumerGroupHeartbeatResponseData;
    ConsumerGroupDescribe = 69, 0..=1, m::consumer_group_describe_request::ConsumerGroupDescribeRequestData, m::consumer_group_describe_response::ConsumerGroupDescribeResponseData;
}

impl Api {
    /// What a broker passes on to the controller for a client, in an envelope (KIP-590).
    pub const FORWARDED: [Self; 4] =
        [Self::CreateTopics, Self::DeleteTopics, Self::CreatePartitions, Self::IncrementalAlterConfigs];
}

impl Request {
    /// The number of bytes that [`write`](Self::write) makes. Only what carries records is measured without writing it:
    /// the others are small, and another program for each of them is not.
    pub fn encoded_len(&self, version: i16) -> kacrab_protocol::Result<usize> {
        match self {
            Self::Produce(body) => body.encoded_len(version),
            _ => written_len(|out| self.write(out, version)),
        }
    }

    pub(super) fn read_forwarded(api: Api, bytes: &mut Bytes, version: i16) -> kacrab_protocol::Result<Self> {
        match api {
            Api::CreateTopics => m::create_topics_request::CreateTopicsRequestData::read(bytes, version)
                .map(Self::CreateTopics),
            Api::DeleteTopics => m::delete_topics_request::DeleteTopicsRequestData::read(bytes, version)
                .map(Self::DeleteTopics),
            Api::CreatePartitions => {
                m::create_partitions_request::CreatePartitionsRequestData::read(bytes, version)
                    .map(Self::CreatePartitions)
            }
            Api::IncrementalAlterConfigs => {
                m::incremental_alter_configs_request::IncrementalAlterConfigsRequestData::read(bytes, version)
                    .map(Self::IncrementalAlterConfigs)
            }
            _ => Err(UnsupportedVersion::new(api.key(), version).into()),
        }
    }
}

impl Response {
    /// As [`Request::encoded_len`].
    pub fn encoded_len(&self, version: i16) -> kacrab_protocol::Result<usize> {
        match self {
            Self::Fetch(body) => body.encoded_len(version),
            _ => written_len(|out| self.write(out, version)),
        }
    }

    pub(super) fn read_forwarded(api: Api, bytes: &mut Bytes, version: i16) -> kacrab_protocol::Result<Self> {
        match api {
            Api::CreateTopics => m::create_topics_response::CreateTopicsResponseData::read(bytes, version)
                .map(Self::CreateTopics),
            Api::DeleteTopics => m::delete_topics_response::DeleteTopicsResponseData::read(bytes, version)
                .map(Self::DeleteTopics),
            Api::CreatePartitions => {
                m::create_partitions_response::CreatePartitionsResponseData::read(bytes, version)
                    .map(Self::CreatePartitions)
            }
            Api::IncrementalAlterConfigs => {
                m::incremental_alter_configs_response::IncrementalAlterConfigsResponseData::read(
                    bytes, version,
                )
                .map(Self::IncrementalAlterConfigs)
            }
            _ => Err(UnsupportedVersion::new(api.key(), version).into()),
        }
    }
}
