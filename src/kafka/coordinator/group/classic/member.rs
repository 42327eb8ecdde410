use bytes::Bytes;

use crate::kafka::base::Name;
use crate::kafka::coordinator::Ask;
use crate::kafka::coordinator::Ticket;
use crate::kafka::coordinator::shared;
use crate::kafka::coordinator::shared_option;
use crate::kafka::protocol::messages::join_group_request::JoinGroupRequestData;

/// A protocol that a member offers: the name of an assignor, and what the leader is to know for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Protocol {
    pub name: Name,
    /// `ConsumerProtocolSubscription`, for consumers.
    pub metadata: Bytes,
}

/// A member of a classic group (`ClassicGroupMember`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClassicMember {
    pub id: Name,
    /// `group.instance.id` of a static member.
    pub instance: Option<Name>,
    pub client_id: Name,
    pub client_host: Name,
    pub session_timeout_ms: i32,
    pub rebalance_timeout_ms: i32,
    pub protocol_type: Name,
    /// In the member's order of preference.
    pub protocols: Vec<Protocol>,
    /// What the leader gave it, as bytes of the protocol.
    pub assignment: Bytes,
    /// Its JoinGroup that waits.
    pub awaiting_join: Option<Ticket>,
    /// Its SyncGroup that waits.
    pub awaiting_sync: Option<Ticket>,
    /// It has not been in any generation yet.
    pub is_new: bool,
}

impl ClassicMember {
    pub(crate) fn joining(id: Name, ask: &Ask, request: &JoinGroupRequestData, ticket: Ticket) -> Self {
        Self {
            id,
            instance: shared_option(request.group_instance_id.as_ref()),
            client_id: ask.client_id.clone(),
            client_host: ask.client_host.clone(),
            session_timeout_ms: request.session_timeout_ms,
            rebalance_timeout_ms: request.rebalance_timeout_ms,
            protocol_type: shared(&request.protocol_type),
            protocols: offered(request),
            assignment: Bytes::new(),
            awaiting_join: Some(ticket),
            awaiting_sync: None,
            is_new: true,
        }
    }

    /// What it says for one protocol.
    pub fn metadata(&self, protocol: &str) -> Option<&Bytes> {
        self.protocols.iter().find(|offer| *offer.name == *protocol).map(|offer| &offer.metadata)
    }

    /// Whether a session that ends now says nothing: the member waits for us.
    pub(crate) const fn is_waiting_for_us(&self) -> bool {
        !self.is_new && (self.awaiting_join.is_some() || self.awaiting_sync.is_some())
    }
}

/// The protocols of a JoinGroup.
pub(crate) fn offered(request: &JoinGroupRequestData) -> Vec<Protocol> {
    let offer =
        |protocol: &crate::kafka::protocol::messages::join_group_request::JoinGroupRequestProtocol| {
            Protocol { name: shared(&protocol.name), metadata: protocol.metadata.clone() }
        };
    request.protocols.iter().map(offer).collect()
}
