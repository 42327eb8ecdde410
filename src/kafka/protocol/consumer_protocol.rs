//! What members of a classic group tell each other through their coordinator: the bytes inside JoinGroup's `metadata`
//! and SyncGroup's `assignment` when the protocol type is `consumer` (`ConsumerProtocol`, schemas
//! `ConsumerProtocolSubscription` and `ConsumerProtocolAssignment`, versions 0 to 3).
//!
//! Nothing in them is compact or tagged: a version, then fields. A newer version than 3 is read as 3, because newer
//! versions only append.

use std::fmt;

use bytes::Buf;
use bytes::BufMut;
use bytes::Bytes;
use bytes::TryGetError;

use crate::kafka::base::Arrange as _;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::TopicPartition;

/// The protocol type of consumers.
pub const PROTOCOL_TYPE: &str = "consumer";
/// The newest version of both messages, which consumers write.
pub const HIGHEST_VERSION: i16 = 3;
/// Generation of a member that owns nothing yet (`AbstractStickyAssignor.DEFAULT_GENERATION`).
pub const NO_GENERATION: i32 = -1;

/// Why bytes are not a subscription or an assignment (Kafka's `SchemaException`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerProtocolError(String);

impl fmt::Display for ConsumerProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConsumerProtocolError {}

impl From<TryGetError> for ConsumerProtocolError {
    fn from(error: TryGetError) -> Self {
        Self(format!("the bytes end inside a field: {} wanted, {} left", error.requested, error.available))
    }
}

type Result<T> = std::result::Result<T, ConsumerProtocolError>;

/// What a member wants to read, and what it owns while it asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerProtocolSubscription {
    pub topics: Vec<Name>,
    /// Bytes of the assignor, which alone understands them.
    pub user_data: Option<Bytes>,
    /// From version 1.
    pub owned: Vec<TopicPartition>,
    /// The generation in which `owned` was assigned; [`NO_GENERATION`] when unknown. From version 2.
    pub generation: i32,
    /// `client.rack`. From version 3.
    pub rack: Option<Name>,
}

impl Default for ConsumerProtocolSubscription {
    fn default() -> Self {
        Self { topics: Vec::new(), user_data: None, owned: Vec::new(), generation: NO_GENERATION, rack: None }
    }
}

/// What the leader gives a member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConsumerProtocolAssignment {
    pub partitions: Vec<TopicPartition>,
    pub user_data: Option<Bytes>,
}

impl ConsumerProtocolSubscription {
    /// The bytes in a version; versions above the highest are written as the highest. Topics and owned partitions are
    /// written sorted, as Kafka's consumer does.
    ///
    /// # Errors
    /// A version below 0.
    pub fn encode(&self, version: i16) -> Result<Bytes> {
        let version = checked_version("subscription", version)?;
        let mut out = Vec::with_capacity(64);
        out.put_i16(version);
        let mut topics: Vec<&Name> = self.topics.iter().collect();
        topics.arrange();
        out.put_i32(topics.len() as i32);
        for topic in topics {
            put_string(&mut out, topic);
        }
        put_bytes(&mut out, self.user_data.as_ref());
        if version >= 1 {
            let mut owned: Vec<&TopicPartition> = self.owned.iter().collect();
            owned.arrange();
            put_partitions(&mut out, owned);
        }
        if version >= 2 {
            out.put_i32(self.generation);
        }
        if version >= 3 {
            match &self.rack {
                Some(rack) => put_string(&mut out, rack),
                None => out.put_i16(-1),
            }
        }
        Ok(out.into())
    }

    /// Reads the bytes of any version; what a version lacks gets its default, an empty rack counts as none, and what
    /// follows the last field is not looked at.
    ///
    /// # Errors
    /// A version below 0, bytes that end too early, a null where none may be, text that is not UTF-8.
    pub fn decode(bytes: &Bytes) -> Result<Self> {
        let mut from = bytes.clone();
        let version = checked_version("subscription", from.try_get_i16()?)?;
        Ok(Self {
            topics: get_list(&mut from, 2, get_string)?,
            user_data: get_bytes(&mut from)?,
            owned: if version >= 1 { get_partitions(&mut from)? } else { Vec::new() },
            generation: if version >= 2 { from.try_get_i32()? } else { NO_GENERATION },
            rack: if version >= 3 { get_nullable_string(&mut from)? } else { None }
                .filter(|rack| !rack.is_empty()),
        })
    }
}

impl ConsumerProtocolAssignment {
    /// The bytes in a version; versions above the highest are written as the highest. Partitions stand under their
    /// topic, topics and partitions in the order in which the list first names them.
    ///
    /// # Errors
    /// A version below 0.
    pub fn encode(&self, version: i16) -> Result<Bytes> {
        let version = checked_version("assignment", version)?;
        let mut out = Vec::with_capacity(64);
        out.put_i16(version);
        put_partitions(&mut out, &self.partitions);
        put_bytes(&mut out, self.user_data.as_ref());
        Ok(out.into())
    }

    /// Reads the bytes of any version. What follows the last field is not looked at.
    ///
    /// # Errors
    /// A version below 0, bytes that end too early, a null where none may be, text that is not UTF-8.
    pub fn decode(bytes: &Bytes) -> Result<Self> {
        let mut from = bytes.clone();
        checked_version("assignment", from.try_get_i16()?)?;
        Ok(Self { partitions: get_partitions(&mut from)?, user_data: get_bytes(&mut from)? })
    }
}

fn checked_version(what: &str, version: i16) -> Result<i16> {
    if version < 0 {
        return Err(ConsumerProtocolError(format!("unsupported {what} version: {version}")));
    }
    Ok(version.min(HIGHEST_VERSION))
}

fn put_string(out: &mut Vec<u8>, text: &str) {
    out.put_i16(text.len() as i16);
    out.put_slice(text.as_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: Option<&Bytes>) {
    match bytes {
        Some(bytes) => {
            out.put_i32(bytes.len() as i32);
            out.put_slice(bytes);
        }
        None => out.put_i32(-1),
    }
}

fn put_partitions<'a>(out: &mut Vec<u8>, partitions: impl IntoIterator<Item = &'a TopicPartition>) {
    put_topics(out, &by_topic(partitions));
}

/// Writes topics with their partitions, as both messages and the sticky assignor's own bytes have them.
pub fn put_topics(out: &mut Vec<u8>, topics: &[(&Name, Vec<i32>)]) {
    out.put_i32(topics.len() as i32);
    for (topic, partitions) in topics {
        put_string(out, topic);
        out.put_i32(partitions.len() as i32);
        for partition in partitions {
            out.put_i32(*partition);
        }
    }
}

/// Puts each partition under its topic; topics and partitions stay in the order in which they come.
pub fn by_topic<'a>(partitions: impl IntoIterator<Item = &'a TopicPartition>) -> Vec<(&'a Name, Vec<i32>)> {
    let mut topics: Vec<(&Name, Vec<i32>)> = Vec::new();
    let mut place = Map::new();
    for TopicPartition { topic, partition } in partitions {
        let at = match topics.last() {
            Some((last, _)) if *last == topic => topics.len() - 1,
            _ => *place.entry(topic).or_insert(topics.len()),
        };
        match topics.get_mut(at) {
            Some((_, partitions)) => partitions.push(*partition),
            None => topics.push((topic, vec![*partition])),
        }
    }
    topics
}

fn get_string(from: &mut Bytes) -> Result<Name> {
    get_nullable_string(from)?
        .ok_or_else(|| ConsumerProtocolError("a string that may not be null is null".into()))
}

fn get_nullable_string(from: &mut Bytes) -> Result<Option<Name>> {
    let Ok(len) = usize::try_from(from.try_get_i16()?) else { return Ok(None) };
    let bytes = take(from, len)?;
    let text =
        std::str::from_utf8(&bytes).map_err(|_| ConsumerProtocolError("a string is not UTF-8".into()))?;
    Ok(Some(Name::from(text)))
}

fn get_bytes(from: &mut Bytes) -> Result<Option<Bytes>> {
    match usize::try_from(from.try_get_i32()?) {
        Ok(len) => take(from, len).map(Some),
        Err(_) => Ok(None),
    }
}

fn take(from: &mut Bytes, len: usize) -> Result<Bytes> {
    if len > from.len() {
        return Err(TryGetError { requested: len, available: from.len() }.into());
    }
    Ok(from.split_to(len))
}

/// Reads a list whose elements have at least `least` bytes each.
fn get_list<T>(from: &mut Bytes, least: usize, read: impl Fn(&mut Bytes) -> Result<T>) -> Result<Vec<T>> {
    let len = usize::try_from(from.try_get_i32()?)
        .map_err(|_| ConsumerProtocolError("an array that may not be null is null".into()))?;
    if len.saturating_mul(least) > from.len() {
        return Err(TryGetError { requested: len.saturating_mul(least), available: from.len() }.into());
    }
    (0..len).map(|_| read(from)).collect()
}

/// Reads what [`put_topics`] writes, and takes it off the bytes.
///
/// # Errors
/// Bytes that end too early, a null where none may be, text that is not UTF-8.
pub fn get_partitions(from: &mut Bytes) -> Result<Vec<TopicPartition>> {
    let topics = get_list(from, 6, |from| {
        let topic = get_string(from)?;
        let partitions = get_list(from, 4, |from| Ok(from.try_get_i32()?))?;
        Ok(partitions.into_iter().map(move |partition| TopicPartition::new(&topic, partition)))
    })?;
    Ok(topics.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::name;

    fn subscription() -> ConsumerProtocolSubscription {
        ConsumerProtocolSubscription {
            topics: vec![name("bar"), name("foo")],
            user_data: Some(Bytes::from_static(&[1, 2])),
            owned: vec![TopicPartition::new(&name("bar"), 1), TopicPartition::new(&name("foo"), 0)],
            generation: 7,
            rack: Some(name("a")),
        }
    }

    #[test]
    fn each_version_brings_back_what_it_can_say() {
        let full = subscription();
        for version in 0..=4 {
            let bytes = full.encode(version).expect("a version");
            let mut expected = full.clone();
            if version < 3 {
                expected.rack = None;
            }
            if version < 2 {
                expected.generation = NO_GENERATION;
            }
            if version < 1 {
                expected.owned.clear();
            }
            assert_eq!(ConsumerProtocolSubscription::decode(&bytes), Ok(expected), "version {version}");
        }
    }

    #[test]
    fn a_newer_version_is_read_as_the_highest_known() {
        let mut bytes = subscription().encode(3).expect("a version").to_vec();
        bytes[1] = 9;
        bytes.extend([0xde, 0xad]);
        assert_eq!(ConsumerProtocolSubscription::decode(&bytes.into()), Ok(subscription()));
    }

    #[test]
    fn an_assignment_names_each_topic_once_in_the_order_it_was_given() {
        let partitions: Vec<TopicPartition> = [("foo", 2), ("bar", 1), ("foo", 0)]
            .map(|(topic, partition)| TopicPartition::new(&name(topic), partition))
            .into();
        let assignment = ConsumerProtocolAssignment { partitions, user_data: None };
        let read = ConsumerProtocolAssignment::decode(&assignment.encode(3).expect("a version"));
        let texts: Vec<String> =
            read.expect("an assignment").partitions.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["foo-2", "foo-0", "bar-1"]);
    }

    /// Whatever is cut off or broken, the reader says so and does not panic or reserve what the bytes cannot hold.
    #[test]
    fn broken_bytes_are_refused() {
        let whole = subscription().encode(3).expect("a version");
        for len in 0..whole.len() {
            assert!(ConsumerProtocolSubscription::decode(&whole.slice(..len)).is_err(), "{len} bytes");
        }
        let huge = Bytes::from_static(&[0, 3, 0x7f, 0xff, 0xff, 0xff]);
        assert!(ConsumerProtocolSubscription::decode(&huge).is_err());
        assert!(ConsumerProtocolAssignment::decode(&huge).is_err());
        let negative = Bytes::from_static(&[0xff, 0xff, 0, 0, 0, 0]);
        let error = ConsumerProtocolSubscription::decode(&negative).expect_err("version -1");
        assert_eq!(error.to_string(), "unsupported subscription version: -1");
        assert!(subscription().encode(-1).is_err());
    }
}
