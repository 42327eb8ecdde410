//! Which groups there are: every broker is asked for those that it coordinates (`KafkaAdminClient.listConsumerGroups`).
//! Kafka asks all at once, this client one after the other.

use super::AdminRequest;
use super::group::Progress;
use super::group::Step;
use super::messages;
use super::printed;
use crate::kafka::base::Arrange;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::client::MetadataCache;
use crate::kafka::client::errors::is_retriable;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::consumer_protocol::PROTOCOL_TYPE;

/// A group as its coordinator lists it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Listed {
    pub group: Name,
    pub kind: Name,
    pub state: Name,
}

/// The list as far as it is known.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct ListWork {
    states: Vec<Name>,
    types: Vec<Name>,
    /// What is known of the cluster must be younger than this.
    older: u64,
    /// Brokers that have answered.
    heard: Vec<NodeId>,
    /// The brokers of the cluster when the first was asked.
    brokers: Vec<NodeId>,
    listed: Vec<Listed>,
}

impl ListWork {
    pub(super) fn of(task: &AdminRequest, version: u64) -> Option<Self> {
        let AdminRequest::ListGroups { states, types } = task else { return None };
        let (states, types) = (states.clone(), types.clone());
        let (heard, brokers, listed) = (Vec::new(), Vec::new(), Vec::new());
        Some(Self { states, types, older: version, heard, brokers, listed })
    }

    fn next(&self, metadata: &MetadataCache) -> Option<NodeId> {
        let all = if self.brokers.is_empty() { metadata.brokers() } else { &self.brokers };
        all.iter().copied().find(|broker| !self.heard.contains(broker))
    }

    pub(super) fn step(&self, metadata: &MetadataCache) -> Step {
        match self.next(metadata).filter(|_| metadata.version() > self.older) {
            Some(broker) => Step::Ask(broker, messages::list_groups(&self.states, &self.types), i16::MAX),
            None => Step::Metadata(Vec::new()),
        }
    }

    pub(super) fn on_answer(&mut self, answer: &Response, metadata: &MetadataCache) -> Progress {
        let Response::ListGroups(answer) = answer else { return Progress::Next };
        let Some(broker) = self.next(metadata) else { return Progress::Next };
        match ErrorCode::from(answer.error_code) {
            ErrorCode::None => {}
            error if is_retriable(error) => return Progress::Again(error),
            error => return Progress::Done(Some(error), Some(format!("broker {broker}: {error}"))),
        }
        if self.brokers.is_empty() {
            self.brokers = metadata.brokers().to_vec();
        }
        self.heard.push(broker);
        let name = |text: &crate::kafka::protocol::KafkaString| Name::from(text.as_str());
        // Groups of other protocols, such as those of Kafka Connect, are no consumer groups.
        let groups = answer
            .groups
            .iter()
            .filter(|it| it.protocol_type.is_empty() || it.protocol_type.as_str() == PROTOCOL_TYPE);
        self.listed.extend(groups.map(|it| Listed {
            group: name(&it.group_id),
            kind: name(&it.group_type),
            state: name(&it.group_state),
        }));
        if self.heard.len() < self.brokers.len() {
            return Progress::Next;
        }
        self.listed.arrange_by(|one, other| one.group.cmp(&other.group));
        Progress::Done(None, Some(printed::list(&self.listed)))
    }
}
