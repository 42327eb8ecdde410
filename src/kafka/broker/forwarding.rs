//! Requests that only the controller can answer travel to it in an Envelope (Kafka: `ForwardingManager`, KIP-590).

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::Broker;
use super::broker::Caller;
use super::broker::response_of;
use crate::kafka::base::Duration;
use crate::kafka::base::GROUP_METADATA_TOPIC;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::channel::Outcome;
use crate::kafka::machine::Context;
use crate::kafka::machine::Timer;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::RequestHeader;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::ResponseFrame;
use crate::kafka::protocol::messages::allocate_producer_ids_request::AllocateProducerIdsRequestData;
use crate::kafka::protocol::messages::create_partitions_response::CreatePartitionsResponseData;
use crate::kafka::protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use crate::kafka::protocol::messages::create_topics_request::CreatableTopic;
use crate::kafka::protocol::messages::create_topics_request::CreateTopicsRequestData;
use crate::kafka::protocol::messages::create_topics_response::CreatableTopicResult;
use crate::kafka::protocol::messages::create_topics_response::CreateTopicsResponseData;
use crate::kafka::protocol::messages::delete_topics_response::DeletableTopicResult;
use crate::kafka::protocol::messages::delete_topics_response::DeleteTopicsResponseData;
use crate::kafka::protocol::messages::envelope_request::EnvelopeRequestData;
use crate::kafka::protocol::messages::envelope_response::EnvelopeResponseData;
use crate::kafka::protocol::messages::incremental_alter_configs_response::AlterConfigsResourceResponse;
use crate::kafka::protocol::messages::incremental_alter_configs_response::IncrementalAlterConfigsResponseData;

/// How long a request may wait for a controller that does not answer.
const PATIENCE: Duration = Duration::from_millis(60_000);

/// What a request on the forwarding channel was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ForwardTag {
    Envelope(u64),
    ProducerIds,
}

/// A client's request that is with the controller, or on its way there.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Forwarded {
    /// `None`: the broker asked by itself (a topic that is created when somebody asks for it).
    pub caller: Option<Caller>,
    pub request: RequestFrame,
    pub deadline: Instant,
}

/// All forwarded requests.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Forwarding {
    next_id: u64,
    pending: Map<u64, Forwarded>,
    unsent: VecDeque<u64>,
}

impl Forwarding {
    pub fn pending(&self) -> impl Iterator<Item = &Forwarded> {
        self.pending.values()
    }

    fn push(&mut self, forwarded: Forwarded) {
        self.next_id += 1;
        self.pending.insert(self.next_id, forwarded);
        self.unsent.push_back(self.next_id);
    }
}

impl Broker {
    pub(super) fn forward(&mut self, cx: &mut Context<'_>, caller: Caller, request: &RequestFrame) {
        let deadline = cx.now + PATIENCE;
        self.forwarding.push(Forwarded { caller: Some(caller), request: request.clone(), deadline });
        self.arm_forwarding(cx);
    }

    /// Asks for a topic that a client wants to use and nobody has made: by `auto.create.topics.enable`, or because a
    /// coordinator keeps its records there. When the controller refuses, the next who wants it asks again.
    pub(super) fn auto_create(&mut self, cx: &mut Context<'_>, topic: &str) {
        let named = |f: &Forwarded| match &*f.request.body {
            Request::CreateTopics(body) => body.topics.iter().any(|t| t.name.as_str() == topic),
            _ => false,
        };
        if self.forwarding.pending.values().any(|f| f.caller.is_none() && named(f)) {
            return;
        }
        let wanted = if topic == GROUP_METADATA_TOPIC {
            self.config.offsets_topic.wanted()
        } else {
            CreatableTopic::default()
                .with_name(KafkaString::from(topic.to_owned()))
                .with_num_partitions(self.config.num_partitions)
                .with_replication_factor(self.config.default_replication_factor)
        };
        let body = CreateTopicsRequestData::default().with_topics(vec![wanted]).with_timeout_ms(30_000);
        let header = RequestHeader {
            api: Api::CreateTopics,
            version: Api::CreateTopics.versions().1,
            correlation: 0,
            client_id: crate::kafka::base::name(&format!("broker-{}", self.spec.id)),
        };
        let request = RequestFrame { header, body: Arc::new(Request::CreateTopics(body)) };
        self.forwarding.push(Forwarded { caller: None, request, deadline: cx.now + PATIENCE });
        self.arm_forwarding(cx);
    }

    pub(super) fn drive_forwarding(&mut self, cx: &mut Context<'_>) {
        if self.forwarding.unsent.is_empty() && !self.producer_ids.wants_block() {
            return;
        }
        if !self.forward_client.ready(cx, self.spec.controller) {
            return;
        }
        if self.producer_ids.wants_block() {
            return self.ask_for_producer_ids(cx);
        }
        let Some(id) = self.forwarding.unsent.pop_front() else { return };
        let Some(forwarded) = self.forwarding.pending.get(&id) else { return };
        let Ok(wire) = forwarded.request.to_wire() else {
            return self.fail_forwarded(cx, id, ErrorCode::UnknownServerError);
        };
        let from = forwarded.caller.as_ref().map_or(self.spec.id, |caller| caller.from);
        let request = EnvelopeRequestData::default()
            .with_request_data(wire.slice(4..))
            .with_request_principal(Some(Bytes::from_static(PRINCIPAL)))
            .with_client_host_address(host_address(from));
        if !self.forward_client.send(
            cx,
            self.spec.controller,
            Request::Envelope(request),
            ForwardTag::Envelope(id),
        ) {
            self.forwarding.unsent.push_front(id);
        }
    }

    fn ask_for_producer_ids(&mut self, cx: &mut Context<'_>) {
        let Some(epoch) = self.lifecycle.broker_epoch else { return };
        let request =
            AllocateProducerIdsRequestData::default().with_broker_id(self.spec.id.0).with_broker_epoch(epoch);
        let request = Request::AllocateProducerIds(request);
        if self.forward_client.send(cx, self.spec.controller, request, ForwardTag::ProducerIds) {
            self.producer_ids.asked();
        }
    }

    pub(super) fn on_forward_outcome(&mut self, cx: &mut Context<'_>, outcome: Outcome<ForwardTag>) {
        let tag = match &outcome {
            Outcome::Response { tag, .. } | Outcome::Disconnected { tag, .. } => *tag,
            _ => return,
        };
        match (tag, response_of(&outcome)) {
            (ForwardTag::Envelope(id), Some(Response::Envelope(answer))) => self.on_envelope(cx, id, answer),
            (ForwardTag::Envelope(id), _) => self.forwarding.unsent.push_back(id),
            (ForwardTag::ProducerIds, Some(Response::AllocateProducerIds(answer))) => {
                self.producer_ids.on_block(answer);
            }
            (ForwardTag::ProducerIds, _) => self.producer_ids.failed(),
        }
    }

    fn on_envelope(&mut self, cx: &mut Context<'_>, id: u64, answer: &EnvelopeResponseData) {
        if answer.error_code == ErrorCode::NotController.code() {
            return self.forwarding.unsent.push_back(id);
        }
        if answer.error_code != 0 {
            return self.fail_forwarded(cx, id, ErrorCode::UnknownServerError);
        }
        let Some(forwarded) = self.forwarding.pending.remove(&id) else { return };
        let Some(caller) = forwarded.caller else { return };
        let header = &forwarded.request.header;
        let bytes = with_size(answer.response_data.as_ref());
        match ResponseFrame::forwarded_from_wire(header.api, header.version, bytes) {
            Ok(response) => {
                let body = Arc::try_unwrap(response.body).unwrap_or_else(|shared| (*shared).clone());
                caller.answer(cx, body);
            }
            Err(_) => caller.answer(cx, refusal(&forwarded.request.body, ErrorCode::UnknownServerError)),
        }
        self.arm_forwarding(cx);
    }

    fn fail_forwarded(&mut self, cx: &mut Context<'_>, id: u64, error: ErrorCode) {
        if let Some(Forwarded { caller: Some(caller), request, .. }) = self.forwarding.pending.remove(&id) {
            caller.answer(cx, refusal(&request.body, error));
        }
        self.forwarding.unsent.retain(|other| *other != id);
        self.arm_forwarding(cx);
    }

    /// Answers REQUEST_TIMED_OUT to those that have waited too long for the controller.
    pub(super) fn expire_forwarded(&mut self, cx: &mut Context<'_>) {
        let late = |(_, f): &(&u64, &Forwarded)| f.deadline <= cx.now;
        let late: Vec<u64> = self.forwarding.pending.iter().filter(late).map(|(id, _)| *id).collect();
        for id in late {
            self.fail_forwarded(cx, id, ErrorCode::RequestTimedOut);
        }
        self.arm_forwarding(cx);
    }

    fn arm_forwarding(&self, cx: &mut Context<'_>) {
        match self.forwarding.pending.values().map(|f| f.deadline).min() {
            Some(at) => cx.set_timer(Timer::Forwarding, at),
            None => cx.stop_timer(Timer::Forwarding),
        }
    }
}

/// `User:ANONYMOUS` as `DefaultKafkaPrincipalBuilder.serialize` writes it.
const PRINCIPAL: &[u8] = b"\x00\x00\x05User\x0aANONYMOUS\x00\x00";

/// An IPv4 address for each node of the laboratory: 10.0.x.y.
fn host_address(node: NodeId) -> Bytes {
    let [_, _, high, low] = node.0.to_be_bytes();
    Bytes::copy_from_slice(&[10, 0, high, low])
}

fn with_size(body: Option<&Bytes>) -> Bytes {
    let body = body.cloned().unwrap_or_default();
    let mut frame = Vec::with_capacity(body.len() + 4);
    frame.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    frame.extend_from_slice(&body);
    Bytes::from(frame)
}

/// The answer to a forwarded request that came to nothing (`AbstractRequest.getErrorResponse`).
fn refusal(request: &Request, error: ErrorCode) -> Response {
    let (code, message) = (error.code(), Some(KafkaString::from(error.to_string())));
    match request {
        Request::CreateTopics(body) => {
            let topic = |t: &CreatableTopic| {
                CreatableTopicResult::default()
                    .with_name(t.name.clone())
                    .with_error_code(code)
                    .with_error_message(message.clone())
            };
            Response::CreateTopics(
                CreateTopicsResponseData::default().with_topics(body.topics.iter().map(topic).collect()),
            )
        }
        Request::DeleteTopics(body) => {
            let result = |name, id| {
                DeletableTopicResult::default().with_name(name).with_topic_id(id).with_error_code(code)
            };
            let by_name =
                body.topic_names.iter().map(|n| result(Some(n.clone()), crate::kafka::base::Uuid::ZERO));
            let responses =
                body.topics.iter().map(|t| result(t.name.clone(), t.topic_id)).chain(by_name).collect();
            Response::DeleteTopics(DeleteTopicsResponseData::default().with_responses(responses))
        }
        Request::CreatePartitions(body) => {
            let results = body.topics.iter().map(|t| {
                CreatePartitionsTopicResult::default()
                    .with_name(t.name.clone())
                    .with_error_code(code)
                    .with_error_message(message.clone())
            });
            Response::CreatePartitions(
                CreatePartitionsResponseData::default().with_results(results.collect()),
            )
        }
        Request::IncrementalAlterConfigs(body) => {
            let responses = body.resources.iter().map(|r| {
                AlterConfigsResourceResponse::default()
                    .with_resource_type(r.resource_type)
                    .with_resource_name(r.resource_name.clone())
                    .with_error_code(code)
                    .with_error_message(message.clone())
            });
            let data = IncrementalAlterConfigsResponseData::default().with_responses(responses.collect());
            Response::IncrementalAlterConfigs(data)
        }
        // Nothing else is forwarded.
        _ => Response::Envelope(EnvelopeResponseData::default().with_error_code(code)),
    }
}
