use std::hash::Hash;
use std::hash::Hasher;

use crate::kafka::base::Map;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::hash_fetch_partition;
use crate::kafka::protocol::messages::fetch_request::FetchPartition;
use crate::kafka::protocol::messages::fetch_request::FetchRequestData;
use crate::kafka::protocol::messages::fetch_request::FetchTopic;
use crate::kafka::protocol::messages::fetch_request::ForgottenTopic;
use crate::kafka::protocol::messages::fetch_response::FetchResponseData;

/// From this version on, Fetch names topics by id.
const FIRST_VERSION_WITH_IDS: i16 = 13;

/// The client's half of a fetch session (KIP-227): after a first full request, only what changed is sent.
///
/// One for each broker that is fetched from, by consumers and by followers. Source: `FetchSessionHandler`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchSession {
    id: i32,
    /// The number of the next request of the session; 0 opens one.
    epoch: i32,
    /// What the broker knows from earlier requests of the session.
    partitions: Map<TopicPartition, (Uuid, FetchPartition)>,
}

impl Hash for FetchSession {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { id, epoch, partitions } = self;
        (id, epoch).hash(state);
        for (of, (topic, partition)) in partitions {
            (of, topic).hash(state);
            hash_fetch_partition(partition, state);
        }
    }
}

impl FetchSession {
    pub fn id(&self) -> i32 {
        self.id
    }

    /// The number of the next request; 0 = a full one.
    pub fn epoch(&self) -> i32 {
        self.epoch
    }

    /// Writes the session and the partitions into a request. `wanted` is everything to be fetched now.
    pub fn fill(
        &mut self,
        request: FetchRequestData,
        version: i16,
        wanted: Map<TopicPartition, (Uuid, FetchPartition)>,
    ) -> FetchRequestData {
        let full = self.epoch == 0;
        // Mostly both hold the same partitions.
        let changed = |(place, (tp, new)): &(usize, Wanted<'_>)| {
            full || self.partitions.get_near(*place, *tp) != Some(*new)
        };
        let send: Vec<_> = wanted.iter().enumerate().filter(changed).map(|(_, it)| it).collect();
        let gone = |(place, (tp, old)): &(usize, Wanted<'_>)| {
            !full && wanted.get_near(*place, *tp).is_none_or(|new| new.0 != old.0)
        };
        let forget: Vec<_> = self.partitions.iter().enumerate().filter(gone).map(|(_, it)| it).collect();
        let request = request
            .with_session_id(self.id)
            .with_session_epoch(self.epoch)
            .with_topics(topics(version, &send))
            .with_forgotten_topics_data(forgotten(version, &forget));
        self.partitions = wanted;
        request
    }

    /// Takes the answer's session. False when the broker refused the session: nothing in the answer counts then, and
    /// the next request will be a full one.
    pub fn on_response(&mut self, response: &FetchResponseData) -> bool {
        if response.error_code != 0 {
            // FETCH_SESSION_ID_NOT_FOUND (70): the broker has forgotten it; else close it by asking anew under its id.
            if response.error_code == 70 {
                self.id = 0;
            }
            self.epoch = 0;
            return false;
        }
        if response.session_id == 0 {
            self.id = 0;
            self.epoch = 0;
        } else {
            self.epoch =
                if self.id == response.session_id { self.epoch.checked_add(1).unwrap_or(1) } else { 1 };
            self.epoch = self.epoch.max(1);
            self.id = response.session_id;
        }
        true
    }

    /// The request got no answer: the broker may or may not have seen it, so the next one is full.
    pub fn on_disconnect(&mut self) {
        self.epoch = 0;
    }
}

type Wanted<'a> = (&'a TopicPartition, &'a (Uuid, FetchPartition));

fn topics(version: i16, send: &[Wanted<'_>]) -> Vec<FetchTopic> {
    let mut topics: Vec<FetchTopic> = Vec::new();
    let mut current = None;
    for (tp, (id, partition)) in send {
        if current != Some(&tp.topic) {
            current = Some(&tp.topic);
            topics.push(match version >= FIRST_VERSION_WITH_IDS {
                true => FetchTopic::default().with_topic_id(*id),
                false => FetchTopic::default().with_topic(KafkaString::from(tp.topic.to_string())),
            });
        }
        topics.last_mut().expect("a topic was just added").partitions.push(partition.clone());
    }
    topics
}

fn forgotten(version: i16, forget: &[Wanted<'_>]) -> Vec<ForgottenTopic> {
    let mut topics: Vec<ForgottenTopic> = Vec::new();
    let mut current = None;
    for (tp, (id, _)) in forget {
        if current != Some(&tp.topic) {
            current = Some(&tp.topic);
            topics.push(match version >= FIRST_VERSION_WITH_IDS {
                true => ForgottenTopic::default().with_topic_id(*id),
                false => ForgottenTopic::default().with_topic(KafkaString::from(tp.topic.to_string())),
            });
        }
        topics.last_mut().expect("a topic was just added").partitions.push(tp.partition);
    }
    topics
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::name;

    fn wanted(offsets: &[(i32, i64)]) -> Map<TopicPartition, (Uuid, FetchPartition)> {
        let entry = |(p, offset): &(i32, i64)| {
            let partition = FetchPartition::default().with_partition(*p).with_fetch_offset(*offset);
            (TopicPartition::new(&name("t"), *p), (Uuid::ONE, partition))
        };
        offsets.iter().map(entry).collect()
    }

    fn sent(request: &FetchRequestData) -> Vec<i32> {
        request.topics.iter().flat_map(|t| t.partitions.iter().map(|p| p.partition)).collect()
    }

    #[test]
    fn after_the_first_request_only_changes_are_sent() {
        let mut session = FetchSession::default();
        let first = session.fill(FetchRequestData::default(), 17, wanted(&[(0, 0), (1, 0)]));
        assert_eq!((first.session_id, first.session_epoch, sent(&first)), (0, 0, vec![0, 1]));
        assert!(session.on_response(&FetchResponseData::default().with_session_id(77)));
        let second = session.fill(FetchRequestData::default(), 17, wanted(&[(0, 5), (1, 0)]));
        assert_eq!((second.session_id, second.session_epoch, sent(&second)), (77, 1, vec![0]));
        session.on_response(&FetchResponseData::default().with_session_id(77));
        let third = session.fill(FetchRequestData::default(), 17, wanted(&[(1, 0)]));
        assert_eq!((third.session_epoch, sent(&third)), (2, vec![]));
        assert_eq!(third.forgotten_topics_data[0].partitions, [0]);
    }

    #[test]
    fn a_forgotten_session_starts_again_in_full() {
        let mut session = FetchSession::default();
        session.fill(FetchRequestData::default(), 17, wanted(&[(0, 0)]));
        session.on_response(&FetchResponseData::default().with_session_id(77));
        assert!(!session.on_response(&FetchResponseData::default().with_error_code(70)));
        let again = session.fill(FetchRequestData::default(), 17, wanted(&[(0, 0)]));
        assert_eq!((again.session_id, again.session_epoch, sent(&again)), (0, 0, vec![0]));
    }
}
