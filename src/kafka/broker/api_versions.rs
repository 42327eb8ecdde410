//! ApiVersions: what this broker speaks.

use super::Broker;
use super::broker::Caller;
use crate::kafka::machine::Context;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::api_versions_response::ApiVersion;
use crate::kafka::protocol::messages::api_versions_response::ApiVersionsResponseData;
use crate::kafka::protocol::messages::api_versions_response::FinalizedFeatureKey;

/// The APIs that a broker serves, by key.
const SERVED: [Api; 26] = [
    Api::Produce,
    Api::Fetch,
    Api::ListOffsets,
    Api::Metadata,
    Api::OffsetCommit,
    Api::OffsetFetch,
    Api::FindCoordinator,
    Api::JoinGroup,
    Api::Heartbeat,
    Api::LeaveGroup,
    Api::SyncGroup,
    Api::DescribeGroups,
    Api::ListGroups,
    Api::ApiVersions,
    Api::CreateTopics,
    Api::DeleteTopics,
    Api::DeleteRecords,
    Api::InitProducerId,
    Api::OffsetForLeaderEpoch,
    Api::DescribeConfigs,
    Api::CreatePartitions,
    Api::DeleteGroups,
    Api::IncrementalAlterConfigs,
    Api::OffsetDelete,
    Api::ConsumerGroupHeartbeat,
    Api::ConsumerGroupDescribe,
];

impl Broker {
    pub(super) fn handle_api_versions(&self, cx: &mut Context<'_>, caller: &Caller) {
        let (min, max) = Api::ApiVersions.versions();
        let api = |api: Api| {
            let (min, max) = api.versions();
            ApiVersion::default().with_api_key(api.key()).with_min_version(min).with_max_version(max)
        };
        let mut response = ApiVersionsResponseData::default();
        if caller.version < min || caller.version > max {
            // KIP-511: the client learns which version to ask in.
            response.error_code = ErrorCode::UnsupportedVersion.code();
            response.api_keys = vec![api(Api::ApiVersions)];
        } else {
            response.api_keys = SERVED.into_iter().map(api).collect();
            let feature = |(name, level): (&crate::kafka::base::Name, &i16)| {
                FinalizedFeatureKey::default()
                    .with_name(KafkaString::from(name.to_string()))
                    .with_max_version_level(*level)
                    .with_min_version_level(*level)
            };
            response.finalized_features = self.image().features().iter().map(feature).collect();
            response.finalized_features_epoch = self.metadata.last_applied_offset();
        }
        caller.answer(cx, Response::ApiVersions(response));
    }
}
