//! What the controller answers: `kafka.server.ControllerApis`.

use std::sync::Arc;

use bytes::BufMut;
use bytes::BytesMut;

use super::fetch::fetch_snapshot;
use super::node::Controller;
use crate::kafka::base::NodeId;
use crate::kafka::base::Purpose;
use crate::kafka::machine::ConnectionId;
use crate::kafka::machine::Context;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::ResponseFrame;
use crate::kafka::protocol::messages::api_versions_response as versions;
use crate::kafka::protocol::messages::broker_heartbeat_request::BrokerHeartbeatRequestData;
use crate::kafka::protocol::messages::broker_heartbeat_response::BrokerHeartbeatResponseData;
use crate::kafka::protocol::messages::broker_registration_request::BrokerRegistrationRequestData;
use crate::kafka::protocol::messages::broker_registration_response::BrokerRegistrationResponseData;
use crate::kafka::protocol::messages::envelope_request::EnvelopeRequestData;
use crate::kafka::protocol::messages::envelope_response::EnvelopeResponseData;

/// The APIs that a controller serves.
const SERVED: &[Api] = &[
    Api::Fetch,
    Api::ApiVersions,
    Api::CreateTopics,
    Api::DeleteTopics,
    Api::CreatePartitions,
    Api::IncrementalAlterConfigs,
    Api::AlterPartition,
    Api::Envelope,
    Api::FetchSnapshot,
    Api::BrokerRegistration,
    Api::BrokerHeartbeat,
    Api::AllocateProducerIds,
];

impl Controller {
    pub(super) fn request(&mut self, cx: &mut Context<'_>, connection: ConnectionId, frame: &RequestFrame) {
        let correlation = frame.header.correlation;
        match &*frame.body {
            Request::Fetch(request) => self.fetch(cx, connection, frame, request),
            Request::Envelope(request) => {
                if let Some(response) = self.envelope(cx, request) {
                    cx.respond(connection, correlation, Response::Envelope(response));
                }
            }
            _ if !SERVED.contains(&frame.header.api) => cx.close(connection),
            _ => {
                if let Some(response) = self.serve(cx, frame) {
                    cx.respond(connection, correlation, response);
                }
            }
        }
    }

    /// Decides, writes, replays; `None` when the disk refused.
    fn serve(&mut self, cx: &mut Context<'_>, frame: &RequestFrame) -> Option<Response> {
        let version = frame.header.version;
        match &*frame.body {
            Request::ApiVersions(_) => Some(Response::ApiVersions(self.api_versions())),
            Request::BrokerRegistration(request) => self.broker_registration(cx, request),
            Request::BrokerHeartbeat(request) => self.broker_heartbeat(cx, request),
            Request::AlterPartition(request) => {
                let decision = self.decider().alter_partition(request, version);
                self.commit(cx, decision.map(Response::AlterPartition))
            }
            Request::AllocateProducerIds(request) => {
                let decision = self.decider().allocate_producer_ids(request);
                self.commit(cx, decision.map(Response::AllocateProducerIds))
            }
            Request::FetchSnapshot(request) => {
                let response = fetch_snapshot(request, self.spec().id, &self.log, cx.disk);
                Some(Response::FetchSnapshot(response))
            }
            _ => self.serve_admin(cx, &frame.body),
        }
    }

    /// What an administrator asks, directly or through a broker.
    fn serve_admin(&mut self, cx: &mut Context<'_>, request: &Request) -> Option<Response> {
        match request {
            Request::CreateTopics(request) => {
                let decision = self.decider().create_topics(request, cx.random(Purpose::Placement));
                self.commit(cx, decision.map(Response::CreateTopics))
            }
            Request::DeleteTopics(request) => {
                let decision = self.decider().delete_topics(request);
                self.commit(cx, decision.map(Response::DeleteTopics))
            }
            Request::CreatePartitions(request) => {
                let decision = self.decider().create_partitions(request, cx.random(Purpose::Placement));
                self.commit(cx, decision.map(Response::CreatePartitions))
            }
            Request::IncrementalAlterConfigs(request) => {
                let decision = self.decider().incremental_alter_configs(request);
                self.commit(cx, decision.map(Response::IncrementalAlterConfigs))
            }
            _ => None,
        }
    }

    /// A request that a broker passes on for a client; its answer travels back in an envelope too.
    fn envelope(
        &mut self,
        cx: &mut Context<'_>,
        request: &EnvelopeRequestData,
    ) -> Option<EnvelopeResponseData> {
        let refuse = |error: ErrorCode| Some(EnvelopeResponseData::default().with_error_code(error.code()));
        let api = request.request_data.first_chunk().and_then(|key| Api::from_key(i16::from_be_bytes(*key)));
        if api.is_some_and(|api| !Api::FORWARDED.contains(&api)) {
            return refuse(ErrorCode::InvalidRequest);
        }
        let mut framed = BytesMut::with_capacity(4 + request.request_data.len());
        framed.put_u32(u32::try_from(request.request_data.len()).unwrap_or(u32::MAX));
        framed.extend_from_slice(&request.request_data);
        let Ok(frame) = RequestFrame::forwarded_from_wire(framed.freeze()) else {
            return refuse(ErrorCode::UnsupportedVersion);
        };
        let body = Arc::new(self.serve_admin(cx, &frame.body)?);
        let answer =
            ResponseFrame { correlation: frame.header.correlation, version: frame.header.version, body };
        match answer.to_wire() {
            Ok(bytes) => {
                let response = EnvelopeResponseData::default().with_error_code(ErrorCode::None.code());
                Some(response.with_response_data(Some(bytes.slice(4..))))
            }
            Err(_) => refuse(ErrorCode::UnknownServerError),
        }
    }

    fn broker_registration(
        &mut self,
        cx: &mut Context<'_>,
        request: &BrokerRegistrationRequestData,
    ) -> Option<Response> {
        let cluster_id = self.spec().cluster_id.clone();
        let next = self.log.end_offset();
        let broker = NodeId(request.broker_id);
        let before = self.image.broker(broker).map(|registration| registration.incarnation);
        let response = BrokerRegistrationResponseData::default();
        let decision = self.decider().register_broker(request, &cluster_id, &self.heartbeats, cx.now, next);
        let response = match decision {
            Ok(decision) => {
                let epoch = self.commit(cx, decision)?;
                let fenced = self.image.broker(broker).is_none_or(|registration| registration.fenced);
                if before == Some(request.incarnation_id) {
                    let offset =
                        self.heartbeats.get(broker).map_or(-1, |heartbeat| heartbeat.metadata_offset);
                    self.heartbeats.touch(broker, fenced, offset, cx.now);
                } else {
                    self.heartbeats.register(broker, fenced, cx.now);
                }
                response.with_error_code(ErrorCode::None.code()).with_broker_epoch(epoch)
            }
            Err(error) => response.with_error_code(error.code()).with_broker_epoch(-1),
        };
        Some(Response::BrokerRegistration(response))
    }

    /// `ReplicationControlManager.processBrokerHeartbeat`.
    fn broker_heartbeat(
        &mut self,
        cx: &mut Context<'_>,
        request: &BrokerHeartbeatRequestData,
    ) -> Option<Response> {
        let broker = NodeId(request.broker_id);
        let refused = self.decider().check_broker_epoch(request.broker_id, request.broker_epoch);
        if let Err(error) = refused {
            let response = BrokerHeartbeatResponseData::default().with_error_code(error.code());
            return Some(Response::BrokerHeartbeat(response));
        }
        let registered_at = self.registered_at.get(&broker).copied().unwrap_or(request.broker_epoch);
        let now_state = self.heartbeats.state(broker);
        let next = self.decider().next_state(request, &self.heartbeats, registered_at);
        let mut records = Vec::new();
        if next != now_state {
            self.decider().change_state(broker, next, &mut records);
        }
        self.decider().directories_offline(request, &mut records);
        if !self.write(cx, &records) {
            return None;
        }
        self.heartbeats.touch(broker, next.is_fenced(), request.current_metadata_offset, cx.now);
        if next == super::BrokerState::ControlledShutdown {
            self.heartbeats.begin_controlled_shutdown(broker, self.log.end_offset() - 1);
        }
        let response = BrokerHeartbeatResponseData::default()
            .with_error_code(ErrorCode::None.code())
            .with_is_caught_up(request.current_metadata_offset >= registered_at)
            .with_is_fenced(next.is_fenced())
            .with_should_shut_down(next == super::BrokerState::ShutdownNow);
        Some(Response::BrokerHeartbeat(response))
    }

    fn api_versions(&self) -> versions::ApiVersionsResponseData {
        let api = |api: &Api| {
            let (min, max) = api.versions();
            versions::ApiVersion::default()
                .with_api_key(api.key())
                .with_min_version(min)
                .with_max_version(max)
        };
        let supported = |(name, max): &(&'static str, i16)| {
            let min = if *name == "metadata.version" { self.oldest_metadata_version() } else { 0 };
            let key = versions::SupportedFeatureKey::default().with_name(KafkaString::from_static(name));
            key.with_min_version(min).with_max_version(*max)
        };
        let finalized = |(name, level): (&crate::kafka::base::Name, &i16)| {
            let key = versions::FinalizedFeatureKey::default().with_name(KafkaString::from(name.to_string()));
            key.with_max_version_level(*level).with_min_version_level(*level)
        };
        versions::ApiVersionsResponseData::default()
            .with_api_keys(SERVED.iter().map(api).collect())
            .with_supported_features(self.spec().bootstrap_features().iter().map(supported).collect())
            .with_finalized_features(self.image.features().iter().map(finalized).collect())
            .with_finalized_features_epoch(self.log.end_offset() - 1)
    }
}
