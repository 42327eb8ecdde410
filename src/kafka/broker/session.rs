//! The broker's half of fetch sessions (KIP-227, Kafka: `FetchSession.scala`): what a client fetches is remembered, so
//! that requests and answers need only say what changed.

use std::hash::Hash;
use std::hash::Hasher;

use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::hash_fetch_partition;
use crate::kafka::protocol::messages::fetch_request::FetchPartition;
use crate::kafka::protocol::messages::fetch_response::PartitionData;

/// The epoch of a request that opens a session (and lists everything).
const INITIAL_EPOCH: i32 = 0;
/// The epoch of a request that wants none.
const FINAL_EPOCH: i32 = -1;
/// A session may be evicted when it was not used for this long.
const EVICTION_MS: u64 = 120_000;

/// A partition as a Fetch names it: by id from version 13 on, where the name may not be known here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FetchKey {
    pub topic: Option<Name>,
    pub topic_id: Uuid,
    pub partition: i32,
}

impl FetchKey {
    pub fn topic_partition(&self) -> Option<TopicPartition> {
        self.topic.as_ref().map(|topic| TopicPartition::new(topic, self.partition))
    }
}

/// The partitions of an answer.
pub(super) type Parts<'a> = Vec<(&'a FetchKey, PartitionData)>;

/// What a session remembers of one partition.
#[derive(Clone, Debug, PartialEq)]
struct Cached {
    key: FetchKey,
    request: FetchPartition,
    /// What the client was told last; -1 after an error, so that the next answer tells it again.
    high_watermark: Offset,
    log_start: Offset,
}

impl Hash for Cached {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { key, request, high_watermark, log_start } = self;
        (key, high_watermark, log_start).hash(state);
        hash_fetch_partition(request, state);
    }
}

impl Cached {
    fn new(key: FetchKey, request: FetchPartition) -> Self {
        Self { key, request, high_watermark: -1, log_start: -1 }
    }

    /// Whether the client must hear of this, and notes that it does.
    fn note(&mut self, data: &PartitionData) -> bool {
        let mut tell = has_records(data);
        tell |= self.high_watermark != data.high_watermark || self.log_start != data.log_start_offset;
        tell |= data.preferred_read_replica >= 0 || data.diverging_epoch.epoch >= 0;
        self.high_watermark = data.high_watermark;
        self.log_start = data.log_start_offset;
        if data.error_code != 0 {
            self.high_watermark = -1;
            tell = true;
        }
        tell
    }
}

fn has_records(data: &PartitionData) -> bool {
    data.records.as_ref().is_some_and(|records| !records.is_empty())
}

/// One session.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Session {
    pub id: i32,
    /// The epoch that the next request must have.
    pub epoch: i32,
    pub is_follower: bool,
    pub created: Instant,
    pub last_used: Instant,
    /// In the order in which they are read: almost every fetch walks over them all, and names one or two.
    partitions: Vec<Cached>,
}

impl Session {
    pub fn len(&self) -> usize {
        self.partitions.len()
    }

    pub fn is_empty(&self) -> bool {
        self.partitions.is_empty()
    }

    fn put(&mut self, key: FetchKey, request: FetchPartition) {
        match self.partitions.iter_mut().find(|cached| cached.key == key) {
            Some(cached) => cached.request = request,
            None => self.partitions.push(Cached::new(key, request)),
        }
    }

    /// Notes what all partitions have, in the order of the queue; which the client must hear of. Those that had data go
    /// to the end of the queue, so that none starves.
    fn tell<'a>(&mut self, data: Parts<'a>) -> Parts<'a> {
        let mut told = Vec::new();
        let mut at = 0;
        for (key, data) in data {
            let Some(cached) = self.partitions.get_mut(at).filter(|cached| cached.key == *key) else {
                continue;
            };
            let tell = cached.note(&data);
            if has_records(&data) {
                let cached = self.partitions.remove(at);
                self.partitions.push(cached);
            } else {
                at += 1;
            }
            if tell {
                told.push((key, data));
            }
        }
        told
    }

    fn wanted(&self) -> Vec<(FetchKey, FetchPartition)> {
        self.partitions.iter().map(|cached| (cached.key.clone(), cached.request.clone())).collect()
    }
}

/// How the answer to one Fetch is put together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FetchContext {
    /// All partitions, and no session.
    Sessionless,
    /// All partitions; a session is opened when there is room.
    Full { is_follower: bool },
    /// Only what changed since the last answer.
    Incremental { session: i32, next_epoch: i32 },
}

/// All sessions of a broker (Kafka: `FetchSessionCache`).
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct FetchSessions {
    sessions: Map<i32, Session>,
    by_use: Set<(Instant, i32)>,
}

impl FetchSessions {
    pub fn iter(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values()
    }

    /// What a request wants, once its session is looked up.
    ///
    /// # Errors
    /// `FETCH_SESSION_ID_NOT_FOUND` when the broker does not have the session (any more), `INVALID_FETCH_SESSION_EPOCH`
    /// when a request of it got lost or came twice.
    pub fn begin(
        &mut self,
        now: Instant,
        (id, epoch): (i32, i32),
        is_follower: bool,
        named: Vec<(FetchKey, FetchPartition)>,
        forgotten: &[FetchKey],
    ) -> Result<(FetchContext, Vec<(FetchKey, FetchPartition)>), ErrorCode> {
        if epoch == INITIAL_EPOCH || epoch == FINAL_EPOCH {
            if id != 0 {
                self.remove(id);
            }
            let context = match epoch {
                FINAL_EPOCH => FetchContext::Sessionless,
                _ => FetchContext::Full { is_follower },
            };
            return Ok((context, named));
        }
        let Some(session) = self.sessions.get_mut(&id) else { return Err(ErrorCode::FetchSessionIdNotFound) };
        if session.epoch != epoch {
            return Err(ErrorCode::InvalidFetchSessionEpoch);
        }
        for (key, request) in named {
            session.put(key, request);
        }
        for key in forgotten {
            session.partitions.retain(|cached| cached.key != *key);
        }
        let wanted = session.wanted();
        if session.is_empty() {
            self.remove(id);
            return Ok((FetchContext::Sessionless, wanted));
        }
        let next_epoch = next_epoch(epoch);
        session.epoch = next_epoch;
        self.by_use.remove(&(session.last_used, id));
        session.last_used = now;
        self.by_use.insert((now, id));
        Ok((FetchContext::Incremental { session: id, next_epoch }, wanted))
    }

    /// Puts the answer's session id in and leaves out what the client knows. `draw` is a random number for a new id.
    ///
    /// # Errors
    /// `INVALID_FETCH_SESSION_EPOCH` or `FETCH_SESSION_ID_NOT_FOUND` when the session moved on or went while the
    /// request waited.
    pub fn finish<'a>(
        &mut self,
        now: Instant,
        context: &FetchContext,
        slots: usize,
        draw: u32,
        requests: &'a [(FetchKey, FetchPartition)],
        data: Vec<PartitionData>,
    ) -> Result<(i32, Parts<'a>), ErrorCode> {
        let data = requests.iter().map(|(key, _)| key).zip(data).collect();
        match context {
            FetchContext::Sessionless => Ok((0, data)),
            FetchContext::Full { is_follower } => {
                let id = self.open(now, *is_follower, slots, draw, requests, &data);
                Ok((id, data))
            }
            FetchContext::Incremental { session: id, next_epoch } => {
                let session = self.sessions.get_mut(id).ok_or(ErrorCode::FetchSessionIdNotFound)?;
                if session.epoch != *next_epoch {
                    return Err(ErrorCode::InvalidFetchSessionEpoch);
                }
                Ok((*id, session.tell(data)))
            }
        }
    }

    fn open(
        &mut self,
        now: Instant,
        is_follower: bool,
        slots: usize,
        draw: u32,
        requests: &[(FetchKey, FetchPartition)],
        data: &[(&FetchKey, PartitionData)],
    ) -> i32 {
        if self.sessions.len() >= slots && !self.evict(now, is_follower) {
            return 0;
        }
        let mut id = (draw & 0x7fff_ffff).max(1).cast_signed();
        while self.sessions.contains_key(&id) {
            id = id.checked_add(1).unwrap_or(1);
        }
        let mut session = Session {
            id,
            epoch: next_epoch(INITIAL_EPOCH),
            is_follower,
            created: now,
            last_used: now,
            partitions: Vec::with_capacity(requests.len()),
        };
        let mut known = Map::new();
        for ((key, request), (_, data)) in requests.iter().zip(data) {
            let at = *known.entry(key).or_insert(session.partitions.len());
            match session.partitions.get_mut(at) {
                Some(cached) => cached.request = request.clone(),
                None => session.partitions.push(Cached::new(key.clone(), request.clone())),
            }
            session.partitions[at].note(data);
        }
        self.sessions.insert(id, session);
        self.by_use.insert((now, id));
        id
    }

    /// Makes room: the session that was idle longest goes when it was idle for two minutes, or, for a follower, the
    /// longest idle consumer's.
    fn evict(&mut self, now: Instant, for_follower: bool) -> bool {
        let idle =
            self.by_use.first().filter(|(used, _)| now.since(*used).as_millis() > u128::from(EVICTION_MS));
        let consumer = || self.by_use.iter().find(|(_, id)| !self.sessions[id].is_follower);
        let victim = idle.or_else(|| if for_follower { consumer() } else { None }).map(|&(_, id)| id);
        victim.map(|id| self.remove(id)).is_some()
    }

    fn remove(&mut self, id: i32) {
        if let Some(session) = self.sessions.remove(&id) {
            self.by_use.remove(&(session.last_used, id));
        }
    }
}

fn next_epoch(epoch: i32) -> i32 {
    epoch.checked_add(1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::name;

    fn key(partition: i32) -> FetchKey {
        FetchKey { topic: Some(name("t")), topic_id: Uuid::ONE, partition }
    }

    fn ask(partitions: &[i32]) -> Vec<(FetchKey, FetchPartition)> {
        partitions.iter().map(|&p| (key(p), FetchPartition::default().with_partition(p))).collect()
    }

    fn tell(data: &[(i32, Offset)]) -> Vec<PartitionData> {
        let one = |&(p, hw): &(i32, Offset)| {
            PartitionData::default().with_partition_index(p).with_high_watermark(hw)
        };
        data.iter().map(one).collect()
    }

    #[test]
    fn an_answer_of_a_session_names_only_what_changed() {
        let mut sessions = FetchSessions::default();
        let now = Instant::ZERO;
        let (full, wanted) = sessions.begin(now, (0, 0), false, ask(&[0, 1]), &[]).expect("a full fetch");
        let (id, told) =
            sessions.finish(now, &full, 10, 77, &wanted, tell(&[(0, 5), (1, 5)])).expect("a session");
        assert_eq!((id, told.len()), (77, 2));
        let (next, wanted) = sessions.begin(now, (77, 1), false, ask(&[]), &[]).expect("the next fetch");
        assert_eq!(wanted.len(), 2, "the session remembers both partitions");
        let (_, told) =
            sessions.finish(now, &next, 10, 0, &wanted, tell(&[(0, 6), (1, 5)])).expect("in order");
        assert_eq!(told.iter().map(|(k, _)| k.partition).collect::<Vec<_>>(), [0], "only 0 has moved");
        let again = sessions.begin(now, (77, 1), false, ask(&[]), &[]);
        assert_eq!(again, Err(ErrorCode::InvalidFetchSessionEpoch));
        assert_eq!(sessions.begin(now, (5, 1), false, ask(&[]), &[]), Err(ErrorCode::FetchSessionIdNotFound));
    }

    #[test]
    fn without_room_a_consumer_gets_no_session_and_a_follower_takes_a_consumers() {
        let mut sessions = FetchSessions::default();
        let open = |sessions: &mut FetchSessions, is_follower, draw| {
            let (context, wanted) =
                sessions.begin(Instant::ZERO, (0, 0), is_follower, ask(&[0]), &[]).expect("a full fetch");
            sessions.finish(Instant::ZERO, &context, 1, draw, &wanted, tell(&[(0, 1)])).expect("an answer").0
        };
        assert_eq!(open(&mut sessions, false, 7), 7);
        assert_eq!(open(&mut sessions, false, 8), 0);
        assert_eq!(open(&mut sessions, true, 9), 9);
        assert_eq!(sessions.iter().map(|s| s.id).collect::<Vec<_>>(), [9]);
    }
}
