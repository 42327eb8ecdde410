//! FindCoordinator: which broker looks after a group. `__consumer_offsets` is made when somebody asks for the first time.

use super::Broker;
use super::broker::Caller;
use crate::kafka::base::GROUP_METADATA_TOPIC;
use crate::kafka::base::NodeId;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::find_coordinator_request::FindCoordinatorRequestData;
use crate::kafka::protocol::messages::find_coordinator_response::Coordinator;
use crate::kafka::protocol::messages::find_coordinator_response::FindCoordinatorResponseData;

/// From this version on, one request asks for many.
const FIRST_VERSION_WITH_MANY: i16 = 4;

/// What kind of coordinator is asked for (`FindCoordinatorRequest.CoordinatorType`).
const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;

/// Where a coordinator is reached.
struct Place {
    node: NodeId,
    host: String,
    port: u16,
}

impl Broker {
    pub(super) fn handle_find_coordinator(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        body: &FindCoordinatorRequestData,
    ) {
        let mut response = FindCoordinatorResponseData::default();
        if caller.version < FIRST_VERSION_WITH_MANY {
            let found = self.find_coordinator(cx, body.key_type, body.key.as_str());
            response.error_message = found.as_ref().err().map(|e| KafkaString::from(e.to_string()));
            let found = coordinator(&KafkaString::default(), found);
            response.error_code = found.error_code;
            (response.node_id, response.host, response.port) = (found.node_id, found.host, found.port);
        } else {
            let keys = body.coordinator_keys.iter();
            response.coordinators = keys
                .map(|key| coordinator(key, self.find_coordinator(cx, body.key_type, key.as_str())))
                .collect();
        }
        caller.answer(cx, Response::FindCoordinator(response));
    }

    /// Kafka: `KafkaApis.getCoordinator`.
    fn find_coordinator(&mut self, cx: &mut Context<'_>, kind: i8, key: &str) -> Result<Place, ErrorCode> {
        match kind {
            GROUP => {}
            // There are no transaction coordinators here.
            TRANSACTION => return Err(ErrorCode::CoordinatorNotAvailable),
            _ => return Err(ErrorCode::InvalidRequest),
        }
        let Some(topic) = self.image().topic(GROUP_METADATA_TOPIC) else {
            self.auto_create(cx, GROUP_METADATA_TOPIC);
            return Err(ErrorCode::CoordinatorNotAvailable);
        };
        let leader = topic.partitions.get(&self.partition_of_group(key)).and_then(|p| p.leader);
        let broker = leader.and_then(|id| self.image().broker(id)).filter(|broker| !broker.fenced);
        broker
            .and_then(|broker| {
                let endpoint = broker.endpoints.first()?;
                Some(Place { node: broker.id, host: endpoint.host.to_string(), port: endpoint.port })
            })
            .ok_or(ErrorCode::CoordinatorNotAvailable)
    }
}

fn coordinator(key: &KafkaString, found: Result<Place, ErrorCode>) -> Coordinator {
    let answer = Coordinator::default().with_key(key.clone());
    match found {
        Ok(Place { node, host, port }) => {
            answer.with_node_id(node.0).with_host(KafkaString::from(host)).with_port(i32::from(port))
        }
        Err(error) => answer.with_error_code(error.code()).with_node_id(-1).with_port(-1),
    }
}
