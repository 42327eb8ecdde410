//! The choice of a protocol, and what subscriptions tell about topics.

use bytes::Bytes;

use super::CONSUMER;
use super::ClassicGroup;
use super::member::Protocol;
use crate::kafka::base::Name;
use crate::kafka::base::Set;
use crate::kafka::coordinator::group::HashOrder;
use crate::kafka::protocol::fields::Reader;

impl ClassicGroup {
    fn is_supported_by_all(&self, protocol: &str) -> bool {
        self.members.values().all(|member| member.metadata(protocol).is_some())
    }

    /// Whether somebody who speaks this may join: everybody shares at least one protocol then.
    pub(crate) fn supports(&self, protocol_type: &str, protocols: &[Protocol]) -> bool {
        if self.is_empty() {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        self.protocol_type.as_deref() == Some(protocol_type)
            && protocols.iter().any(|protocol| self.is_supported_by_all(&protocol.name))
    }

    /// The protocol that all support and most prefer. Of several with the most votes the first in the order of a Java
    /// hash map wins.
    pub(crate) fn select_protocol(&self) -> Option<Name> {
        let mut votes: HashOrder<usize> = HashOrder::default();
        for member in self.members.values() {
            let vote = member.protocols.iter().find(|protocol| self.is_supported_by_all(&protocol.name))?;
            match votes.get_mut(&vote.name) {
                Some(count) => *count += 1,
                None => drop(votes.insert(vote.name.clone(), 1)),
            }
        }
        let most = *votes.values().max()?;
        votes.iter().find(|(_, count)| **count == most).map(|(name, _)| name.clone())
    }

    /// Whether the topic is read, as far as is known: of consumers whose subscriptions cannot be read, every topic.
    pub fn is_subscribed_to(&self, topic: &str) -> bool {
        self.subscribed_topics
            .as_ref()
            .map_or_else(|| self.is_of_consumers(), |topics| topics.iter().any(|known| **known == *topic))
    }

    /// The topics that the members read (`computeSubscribedTopics`).
    pub(crate) fn compute_subscribed_topics(&self) -> Option<Set<Name>> {
        if self.protocol_type.as_deref()? != CONSUMER {
            return None;
        }
        let mut topics = Set::new();
        if self.members.is_empty() {
            return Some(topics);
        }
        let protocol = self.protocol.as_deref()?;
        for member in self.members.values() {
            topics.extend(subscribed(member.metadata(protocol)?)?);
        }
        Some(topics)
    }
}

/// The topics of a `ConsumerProtocolSubscription`: the first field in every version.
fn subscribed(subscription: &Bytes) -> Option<Vec<Name>> {
    let mut bytes = Reader::new(subscription);
    if bytes.i16().ok()? < 0 {
        return None;
    }
    let count = bytes.count().ok()?;
    let mut topics = Vec::new();
    for _ in 0..count {
        topics.push(bytes.string().ok()?);
    }
    // What follows is the user data, in every version.
    bytes.nullable_bytes().ok()?;
    Some(topics)
}
