//! The choice of a protocol, and what subscriptions tell about topics.

use bytes::Bytes;

use super::CONSUMER;
use super::ClassicGroup;
use super::member::Protocol;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Name;
use crate::kafka::base::Set;
use crate::kafka::base::java_hash;
use crate::kafka::coordinator::group::HashOrder;
use crate::kafka::coordinator::shard::Edition;
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

    /// The protocol that all support and most prefer. Of several with the most votes the first in the order of a hash map
    /// wins: of Java's, or of Scala's.
    pub(crate) fn select_protocol(&self, edition: Edition) -> Option<Name> {
        let mut votes: HashOrder<usize> = HashOrder::default();
        for member in self.members.values() {
            let vote = member.protocols.iter().find(|protocol| self.is_supported_by_all(&protocol.name))?;
            match votes.get_mut(&vote.name) {
                Some(count) => *count += 1,
                None => drop(votes.insert(vote.name.clone(), 1)),
            }
        }
        let most = *votes.values().max()?;
        let mut best = votes.iter().filter(|(_, count)| **count == most).map(|(name, _)| name);
        if edition.counts_votes_in_java() {
            return best.next().cloned();
        }
        first_in_scala(votes.keys().collect(), 0, &best.collect::<Vec<_>>()).cloned()
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

/// The first of some names in the order in which a `scala.collection.immutable.HashMap` of all of them is walked: a tree that
/// takes five bits of the hash at each level, and puts what is alone under its bits before what is not.
fn first_in_scala<'a>(all: Vec<&'a Name>, level: u32, best: &[&'a Name]) -> Option<&'a Name> {
    let place = |name: &Name| (scala_hash(name) >> (5 * level).min(31)) & 31;
    if all.len() <= 1 || level > 6 {
        return all.into_iter().find(|name| best.contains(name));
    }
    let mut places: Vec<u32> = all.iter().map(|name| place(name)).collect();
    places.arrange();
    places.dedup();
    let at =
        |bits: u32| -> Vec<&'a Name> { all.iter().copied().filter(|name| place(name) == bits).collect() };
    let (alone, together): (Vec<_>, Vec<_>) = places.into_iter().map(at).partition(|names| names.len() == 1);
    let alone = alone.into_iter().flatten().find(|name| best.contains(name));
    alone.or_else(|| together.into_iter().find_map(|names| first_in_scala(names, level + 1, best)))
}

/// `scala.collection.Hashing.improve`.
fn scala_hash(name: &str) -> u32 {
    let hash = java_hash(name).cast_unsigned();
    let hash = hash.wrapping_add(!(hash << 9));
    let hash = hash ^ (hash >> 14);
    let hash = hash.wrapping_add(hash << 4);
    hash ^ (hash >> 10)
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
