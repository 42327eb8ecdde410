//! Stories of a whole producer: real inputs and effects, with hand-fed answers to its produce requests.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;

use super::*;
use crate::kafka::base::Map;
use crate::kafka::base::RandomStreams;
use crate::kafka::base::name;
use crate::kafka::machine::Closed;
use crate::kafka::machine::ConnectionId;
use crate::kafka::machine::Effect;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::ResponseFrame;
use crate::kafka::protocol::messages::api_versions_response::ApiVersion;
use crate::kafka::protocol::messages::api_versions_response::ApiVersionsResponseData;
use crate::kafka::protocol::messages::init_producer_id_response::InitProducerIdResponseData;
use crate::kafka::protocol::messages::metadata_response::MetadataResponseBroker;
use crate::kafka::protocol::messages::metadata_response::MetadataResponseData;
use crate::kafka::protocol::messages::metadata_response::MetadataResponsePartition;
use crate::kafka::protocol::messages::metadata_response::MetadataResponseTopic;
use crate::kafka::protocol::messages::produce_response::PartitionProduceResponse;
use crate::kafka::protocol::messages::produce_response::ProduceResponseData;
use crate::kafka::protocol::messages::produce_response::TopicProduceResponse;
use crate::kafka::record::Batch;
use crate::kafka::storage::MemoryDisk;

/// A produce request that waits for its answer.
struct Waiting {
    connection: ConnectionId,
    peer: NodeId,
    frame: RequestFrame,
}

/// One producer, brokers that answer everything but Produce by themselves, and a clock.
struct Stage {
    producer: Producer,
    disk: MemoryDisk,
    random: RandomStreams,
    next_connection: u64,
    now: Instant,
    timers: BTreeMap<Timer, Instant>,
    produce: VecDeque<Waiting>,
    /// Leader and epoch of each partition of topic `t`; empty = there is no such topic.
    leaders: Vec<(i32, i32)>,
    produce_version: i16,
}

fn text(text: &str) -> KafkaString {
    KafkaString::from(text.to_owned())
}

impl Stage {
    fn new(config: &[(&str, &str)], leaders: &[(i32, i32)]) -> Self {
        Self::with_brokers_of_version(13, config, leaders)
    }

    fn with_brokers_of_version(
        produce_version: i16,
        config: &[(&str, &str)],
        leaders: &[(i32, i32)],
    ) -> Self {
        let spec = ProducerSpec {
            client_id: name("p"),
            profile: Profile::Modern,
            config: config.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
            bootstrap: vec![NodeId(1)],
            workload: Workload::new(&name("t"), 0),
        };
        let mut stage = Self {
            producer: Producer::new(spec).unwrap(),
            disk: MemoryDisk::default(),
            random: RandomStreams::new(1),
            next_connection: 0,
            now: Instant::ZERO,
            timers: BTreeMap::new(),
            produce: VecDeque::new(),
            leaders: leaders.to_vec(),
            produce_version,
        };
        stage.input(Input::Started);
        stage
    }

    fn input(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let node = NodeId(10_001);
            let mut cx =
                Context::new(node, self.now, &mut self.disk, &mut self.random, &mut self.next_connection);
            self.producer.handle(&mut cx, &input);
            for effect in cx.into_effects() {
                inputs.extend(self.effect(effect));
            }
        }
    }

    fn effect(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Connect { connection, peer } => Some(Input::Connected { connection, peer }),
            Effect::Send { connection, request } => self.request(connection, request),
            Effect::SetTimer { timer, at } => {
                self.timers.insert(timer, at);
                None
            }
            Effect::StopTimer { timer } => {
                self.timers.remove(&timer);
                None
            }
            _ => None,
        }
    }

    fn request(&mut self, connection: ConnectionId, frame: RequestFrame) -> Option<Input> {
        frame.to_wire().expect("every request has a wire form");
        let client = self.producer.client.peers();
        let peer =
            client.filter(|(_, peer)| peer.connection() == Some(connection)).map(|(id, _)| id).next()?;
        // A broker answers the requests of a connection one after the other.
        let behind = self.produce.iter().any(|waiting| waiting.connection == connection);
        if behind && frame.header.api != Api::Produce {
            return None;
        }
        let body = match &*frame.body {
            Request::ApiVersions(_) => Response::ApiVersions(self.api_versions()),
            Request::Metadata(asked) => {
                Response::Metadata(self.metadata(asked.topics.iter().flatten().count()))
            }
            Request::InitProducerId(_) => Response::InitProducerId(InitProducerIdResponseData {
                producer_id: 7,
                producer_epoch: 0,
                ..InitProducerIdResponseData::default()
            }),
            _ => {
                self.produce.push_back(Waiting { connection, peer, frame });
                return None;
            }
        };
        Some(answer(&Waiting { connection, peer, frame }, body))
    }

    fn api_versions(&self) -> ApiVersionsResponseData {
        let version = |api: &Api| ApiVersion {
            api_key: api.key(),
            min_version: api.versions().0,
            max_version: if *api == Api::Produce { self.produce_version } else { api.versions().1 },
            ..ApiVersion::default()
        };
        ApiVersionsResponseData {
            api_keys: Api::ALL.iter().map(version).collect(),
            ..ApiVersionsResponseData::default()
        }
    }

    fn metadata(&self, topics: usize) -> MetadataResponseData {
        let partition = |(index, &(leader, epoch)): (usize, &(i32, i32))| MetadataResponsePartition {
            partition_index: index as i32,
            leader_id: leader,
            leader_epoch: epoch,
            ..MetadataResponsePartition::default()
        };
        let topic = MetadataResponseTopic {
            name: Some(text("t")),
            topic_id: crate::kafka::base::Uuid::from_parts(1, 2),
            error_code: if self.leaders.is_empty() { 3 } else { 0 },
            partitions: self.leaders.iter().enumerate().map(partition).collect(),
            ..MetadataResponseTopic::default()
        };
        let broker = |id| MetadataResponseBroker { node_id: id, ..MetadataResponseBroker::default() };
        MetadataResponseData {
            brokers: vec![broker(1), broker(2)],
            topics: if topics == 0 { Vec::new() } else { vec![topic] },
            ..MetadataResponseData::default()
        }
    }

    fn command(&mut self, command: ProducerCommand) {
        self.input(Input::Command(Command::Producer(command)));
    }

    fn send(&mut self, partition: Option<i32>, value: &str) {
        let value = Some(Bytes::from(value.to_owned()));
        self.command(ProducerCommand::SendOnce { topic: None, partition, key: None, value });
    }

    /// Lets the clock run; every timer goes off at its moment.
    fn run_until(&mut self, ms: u64) {
        let end = Instant::from_millis(ms);
        while let Some((timer, at)) =
            self.timers.iter().map(|(timer, at)| (timer.clone(), *at)).min_by_key(|(_, at)| *at)
            && at <= end
        {
            self.timers.remove(&timer);
            self.now = self.now.max(at);
            self.input(Input::Timer(timer));
        }
        self.now = end;
    }

    /// What waits for an answer, one text a request: the node and its batches.
    fn waiting(&self) -> Vec<String> {
        self.produce.iter().map(|waiting| format!("{}: {}", waiting.peer, batches(&waiting.frame))).collect()
    }

    /// Answers the oldest produce request with the same error or offset for each of its batches.
    fn answer(&mut self, error: ErrorCode, base_offset: i64) {
        let waiting = self.produce.pop_front().expect("a request waits");
        self.answer_one(&waiting, error, base_offset, None);
    }

    fn answer_one(
        &mut self,
        waiting: &Waiting,
        error: ErrorCode,
        base_offset: i64,
        leader: Option<(i32, i32)>,
    ) {
        let Request::Produce(request) = &*waiting.frame.body else { panic!("not a produce request") };
        let mut response = ProduceResponseData::default();
        for topic in &request.topic_data {
            let mut answers = Vec::new();
            for data in &topic.partition_data {
                let mut answer = PartitionProduceResponse {
                    index: data.index,
                    error_code: error.code(),
                    base_offset,
                    ..PartitionProduceResponse::default()
                };
                if let Some((id, epoch)) = leader {
                    answer.current_leader.leader_id = id;
                    answer.current_leader.leader_epoch = epoch;
                }
                answers.push(answer);
            }
            let by_id = waiting.frame.header.version >= 13;
            response.responses.push(TopicProduceResponse {
                name: if by_id { KafkaString::default() } else { topic.name.clone() },
                topic_id: topic.topic_id,
                partition_responses: answers,
                ..TopicProduceResponse::default()
            });
        }
        self.input(answer(waiting, Response::Produce(response)));
    }

    fn disconnect(&mut self, waiting: &Waiting) {
        let (connection, peer) = (waiting.connection, waiting.peer);
        self.input(Input::Disconnected { connection, peer, why: Closed::Reset });
    }
}

fn answer(waiting: &Waiting, body: Response) -> Input {
    let RequestFrame { header, .. } = &waiting.frame;
    let response =
        ResponseFrame { correlation: header.correlation, version: header.version, body: Arc::new(body) };
    Input::Response { connection: waiting.connection, from: waiting.peer, response }
}

/// `t-0 seq 0 epoch 0 [a b]`
fn batches(frame: &RequestFrame) -> String {
    let Request::Produce(request) = &*frame.body else { return "not a produce request".into() };
    let mut shown = Vec::new();
    for topic in &request.topic_data {
        for data in &topic.partition_data {
            let batch = Batch::parse(data.records.as_ref().unwrap()).unwrap();
            assert!(batch.is_valid());
            let values = batch
                .records()
                .unwrap()
                .map(|record| String::from_utf8(record.unwrap().value.unwrap_or_default().to_vec()).unwrap());
            let values: Vec<String> = values.map(|value| value.chars().take(8).collect()).collect();
            let (sequence, epoch) = (batch.base_sequence(), batch.producer_epoch());
            shown.push(format!("t-{} seq {sequence} epoch {epoch} [{}]", data.index, values.join(" ")));
        }
    }
    shown.join(", ")
}

#[test]
fn a_record_lingers_joins_its_batch_and_is_acknowledged() {
    let mut stage = Stage::new(&[], &[(1, 0)]);
    stage.send(Some(0), "a");
    stage.run_until(3);
    stage.send(Some(0), "b");
    assert!(stage.waiting().is_empty(), "linger.ms is 5");
    stage.run_until(5);
    assert_eq!(stage.waiting(), ["1: t-0 seq 0 epoch 0 [a b]"]);
    assert_eq!(stage.producer.delivery().pending(), 2);
    stage.answer(ErrorCode::None, 40);
    let tp = TopicPartition::new(&name("t"), 0);
    assert_eq!((stage.producer.delivery().acked, stage.producer.delivery().last_acked(&tp)), (2, Some(41)));
    assert_eq!(stage.producer.accumulator().pool().available(), 33_554_432);
    assert!(!stage.producer.accumulator().has_incomplete() && stage.producer.in_flight().is_empty());
}

#[test]
fn one_request_a_node_carries_a_batch_for_each_partition() {
    let mut stage = Stage::new(&[("linger.ms", "10")], &[(1, 0), (2, 0), (1, 0)]);
    for (partition, value) in [(0, "a"), (1, "b"), (2, "c")] {
        stage.send(Some(partition), value);
    }
    stage.run_until(10);
    assert_eq!(
        stage.waiting(),
        ["1: t-0 seq 0 epoch 0 [a], t-2 seq 0 epoch 0 [c]", "2: t-1 seq 0 epoch 0 [b]"]
    );
}

#[test]
fn a_topic_goes_by_name_to_an_old_broker_and_by_id_to_a_new_one() {
    for version in [11, 13] {
        let mut stage = Stage::with_brokers_of_version(version, &[("linger.ms", "0")], &[(1, 0)]);
        stage.send(Some(0), "a");
        assert_eq!(stage.produce[0].frame.header.version, version);
        stage.answer(ErrorCode::None, 0);
        assert_eq!(stage.producer.delivery().acked, 1);
    }
}

#[test]
fn five_requests_are_in_flight_and_the_sixth_waits() {
    let mut stage = Stage::new(&[("linger.ms", "0")], &[(1, 0)]);
    for value in ["a", "b", "c", "d", "e", "f", "g"] {
        stage.send(Some(0), value);
    }
    assert_eq!(stage.waiting().len(), 5);
    assert_eq!(stage.waiting()[4], "1: t-0 seq 4 epoch 0 [e]");
    stage.answer(ErrorCode::None, 0);
    assert_eq!(stage.waiting()[4], "1: t-0 seq 5 epoch 0 [f g]", "what waited went together");
}

#[test]
fn a_retried_batch_keeps_its_sequence_and_goes_first() {
    let mut stage = Stage::new(&[("linger.ms", "0")], &[(1, 0)]);
    stage.send(Some(0), "a");
    stage.send(Some(0), "b");
    stage.answer(ErrorCode::NotEnoughReplicas, -1);
    stage.answer(ErrorCode::OutOfOrderSequenceNumber, -1);
    stage.send(Some(0), "c");
    assert!(stage.waiting().is_empty(), "the partition backs off");
    stage.run_until(150);
    assert_eq!(stage.waiting(), ["1: t-0 seq 0 epoch 0 [a]"], "a retry waits until it is first in line");
    stage.answer(ErrorCode::None, 0);
    stage.run_until(300);
    assert_eq!(stage.waiting(), ["1: t-0 seq 1 epoch 0 [b]", "1: t-0 seq 2 epoch 0 [c]"]);
    assert_eq!(stage.producer.delivery().retried, 2);
}

#[test]
fn a_duplicate_counts_as_success() {
    let mut stage = Stage::new(&[("linger.ms", "0")], &[(1, 0)]);
    stage.send(Some(0), "a");
    stage.answer(ErrorCode::DuplicateSequenceNumber, -1);
    assert_eq!((stage.producer.delivery().acked, stage.producer.delivery().failed_total()), (1, 0));
}

#[test]
fn a_gap_in_the_sequences_raises_the_epoch_without_asking_anybody() {
    let mut stage = Stage::new(&[("linger.ms", "0")], &[(1, 0)]);
    stage.send(Some(0), "a");
    stage.answer(ErrorCode::None, 0);
    for value in ["b", "c"] {
        stage.send(Some(0), value);
    }
    // The broker forgot the producer; `b` is next in line, so waiting will not help.
    stage.answer(ErrorCode::OutOfOrderSequenceNumber, -1);
    stage.answer(ErrorCode::OutOfOrderSequenceNumber, -1);
    stage.run_until(400);
    assert_eq!(stage.waiting(), ["1: t-0 seq 0 epoch 1 [b]"]);
    stage.answer(ErrorCode::None, 1);
    stage.run_until(800);
    assert_eq!(stage.waiting(), ["1: t-0 seq 1 epoch 1 [c]"]);
}

#[test]
fn a_leader_that_is_none_any_more_names_the_new_one_and_the_batch_follows_at_once() {
    let mut stage = Stage::new(&[("linger.ms", "0")], &[(1, 4)]);
    stage.send(Some(0), "a");
    let waiting = stage.produce.pop_front().unwrap();
    stage.leaders = vec![(2, 5)];
    stage.answer_one(&waiting, ErrorCode::NotLeaderOrFollower, -1, Some((2, 5)));
    assert_eq!(stage.waiting(), ["2: t-0 seq 0 epoch 0 [a]"], "no backoff when the leader changed");
}

#[test]
fn a_broken_connection_is_a_retry_and_the_answer_to_the_first_try_is_never_known() {
    let mut stage = Stage::new(&[("linger.ms", "0")], &[(1, 0)]);
    stage.send(Some(0), "a");
    let waiting = stage.produce.pop_front().unwrap();
    stage.disconnect(&waiting);
    assert!(stage.waiting().is_empty());
    stage.run_until(1000);
    assert_eq!(stage.waiting(), ["1: t-0 seq 0 epoch 0 [a]"]);
}

#[test]
fn delivery_timeout_fails_what_is_queued_and_what_is_in_flight() {
    let config =
        [("linger.ms", "0"), ("delivery.timeout.ms", "2000"), ("request.timeout.ms", "1500"), ("acks", "1")];
    let mut stage = Stage::new(&config, &[(1, 0), (-1, 0)]);
    stage.send(Some(0), "in flight");
    stage.send(Some(1), "queued");
    stage.run_until(1999);
    assert_eq!(stage.producer.delivery().failed_total(), 0);
    stage.run_until(2000);
    assert_eq!(stage.producer.delivery().failed, Map::from([("TimeoutException".to_owned(), 2)]));
    let (_, sentence) = &stage.producer.complaints()[0];
    assert!(sentence.starts_with("TimeoutException: Expiring 1 record(s) for t-"), "{sentence}");
    assert!(!stage.producer.accumulator().has_incomplete());
}

#[test]
fn a_batch_that_is_too_large_for_the_broker_is_cut_and_one_record_that_is_fails() {
    let mut stage = Stage::new(&[("linger.ms", "5"), ("batch.size", "300")], &[(1, 0)]);
    stage.send(Some(0), &"x".repeat(100));
    stage.send(Some(0), &"y".repeat(100));
    stage.run_until(10);
    stage.answer(ErrorCode::MessageTooLarge, -1);
    assert_eq!(stage.producer.delivery().splits, 1);
    stage.run_until(300);
    assert_eq!(stage.waiting().len(), 1, "the same batch again, as a split one");
    stage.answer(ErrorCode::MessageTooLarge, -1);
    stage.run_until(600);
    assert_eq!(stage.waiting(), ["1: t-0 seq 0 epoch 0 [xxxxxxxx]"]);
    stage.answer(ErrorCode::MessageTooLarge, -1);
    assert_eq!(stage.producer.delivery().failed, Map::from([("MESSAGE_TOO_LARGE".to_owned(), 1)]));
}

#[test]
fn a_record_above_max_request_size_is_refused_by_the_client() {
    let mut stage = Stage::new(&[("max.request.size", "100")], &[(1, 0)]);
    stage.send(Some(0), &"x".repeat(100));
    assert_eq!(stage.producer.delivery().failed, Map::from([("RECORD_TOO_LARGE".to_owned(), 1)]));
    assert!(stage.producer.complaints()[0].1.contains("max.request.size"));
}

#[test]
fn send_waits_for_an_unknown_topic_until_it_is_there_or_max_block_ms_is_over() {
    let mut stage = Stage::new(&[("max.block.ms", "1000"), ("linger.ms", "0")], &[]);
    stage.send(None, "a");
    assert!(matches!(stage.producer.application().blocked, Some(Blocked::Metadata { .. })));
    stage.run_until(1000);
    assert!(stage.producer.application().blocked.is_none());
    let sentence = &stage.producer.complaints()[0].1;
    assert!(sentence.contains("Topic t not present in metadata after 1000 ms."), "{sentence}");
    stage.send(None, "b");
    stage.run_until(1200);
    stage.leaders = vec![(1, 0)];
    stage.run_until(2000);
    assert_eq!(stage.waiting(), ["1: t-0 seq 0 epoch 0 [b]"]);
}

#[test]
fn send_waits_for_memory_and_goes_on_when_a_batch_was_answered() {
    let config =
        [("buffer.memory", "300"), ("batch.size", "300"), ("linger.ms", "0"), ("max.block.ms", "50")];
    let mut stage = Stage::new(&config, &[(1, 0), (1, 0)]);
    stage.send(Some(0), "a");
    stage.send(Some(1), "b");
    assert!(matches!(stage.producer.application().blocked, Some(Blocked::Memory { .. })));
    stage.answer(ErrorCode::None, 0);
    assert!(stage.producer.application().blocked.is_none());
    assert_eq!(stage.waiting(), ["1: t-1 seq 0 epoch 0 [b]"]);
    stage.send(Some(0), "c");
    stage.run_until(50);
    assert_eq!(stage.producer.delivery().failed, Map::from([("BufferExhaustedException".to_owned(), 1)]));
}

#[test]
fn nobody_answers_a_producer_that_wants_no_acks() {
    let mut stage = Stage::new(&[("acks", "0"), ("linger.ms", "0")], &[(1, 0)]);
    stage.send(Some(0), "a");
    stage.send(Some(0), "b");
    assert_eq!(stage.waiting(), ["1: t-0 seq -1 epoch -1 [a]", "1: t-0 seq -1 epoch -1 [b]"]);
    assert_eq!((stage.producer.delivery().acked, stage.producer.delivery().acked_offsets().len()), (2, 0));
}

#[test]
fn with_one_request_in_flight_a_partition_waits_for_its_answer() {
    let config = [("max.in.flight.requests.per.connection", "1"), ("linger.ms", "0"), ("acks", "1")];
    let mut stage = Stage::new(&config, &[(1, 0)]);
    stage.send(Some(0), "a");
    stage.send(Some(0), "b");
    assert_eq!(stage.waiting().len(), 1);
    assert_eq!(stage.producer.accumulator().muted().len(), 1);
    stage.answer(ErrorCode::None, 0);
    assert_eq!(stage.waiting(), ["1: t-0 seq -1 epoch -1 [b]"]);
}

#[test]
fn flush_sends_at_once_what_would_linger_and_waits_for_it() {
    let mut stage = Stage::new(&[("linger.ms", "1000")], &[(1, 0)]);
    stage.send(Some(0), "a");
    assert!(stage.waiting().is_empty());
    stage.command(ProducerCommand::Flush);
    assert_eq!(stage.waiting().len(), 1);
    assert!(matches!(stage.producer.application().blocked, Some(Blocked::Flush { .. })));
    stage.answer(ErrorCode::None, 0);
    assert!(stage.producer.application().blocked.is_none());
    assert!(!stage.producer.accumulator().flush_in_progress());
}

#[test]
fn another_config_closes_the_client_and_starts_it_anew() {
    let mut stage = Stage::new(&[("linger.ms", "1000")], &[(1, 0)]);
    stage.send(Some(0), "a");
    stage.command(ProducerCommand::SetConfig("acks".into(), Some("1".into())));
    assert!(stage.producer.is_restarting());
    assert_eq!(stage.waiting().len(), 1, "closing sends what waits");
    stage.send(Some(0), "b");
    assert_eq!(stage.waiting().len(), 1, "the application is inside close()");
    stage.answer(ErrorCode::None, 0);
    assert!(!stage.producer.is_restarting());
    assert_eq!((stage.producer.config().acks, stage.producer.idempotence()), (1, None));
    stage.run_until(1000);
    assert_eq!(stage.waiting(), ["1: t-0 seq -1 epoch -1 [b]"]);
    stage.command(ProducerCommand::SetConfig("acks".into(), Some("7".into())));
    assert!(!stage.producer.is_restarting());
    assert!(stage.producer.complaints()[0].1.contains("Invalid value 7 for configuration acks"));
}

#[test]
fn an_application_writes_at_its_rate_and_records_join_batches() {
    let mut stage = Stage::new(&[("linger.ms", "100")], &[(1, 0)]);
    stage.command(ProducerCommand::SetRate(100));
    stage.run_until(94);
    assert_eq!(stage.producer.delivery().sent, 10);
    stage.run_until(100);
    assert_eq!(stage.waiting().len(), 1);
    stage.command(ProducerCommand::Pause);
    stage.run_until(1000);
    assert_eq!(stage.producer.delivery().sent, 11);
}

#[test]
fn a_file_becomes_records_without_being_copied_and_tells_how_far_it_is() {
    let mut stage = Stage::new(&[("linger.ms", "0")], &[(1, 0)]);
    let bytes = Bytes::from_static(b"k:v\nl:w\nbroken\nm:x\n");
    let format = FeedFormat::KeyValue { separator: ':' };
    stage.command(ProducerCommand::Feed(Feed::new(name("t"), bytes, format, 0)));
    stage.run_until(10);
    let progress = stage.producer.application().feed.clone().unwrap();
    assert_eq!((progress.sent, progress.skipped, progress.acked, progress.read), (3, 1, 0, true));
    while !stage.produce.is_empty() {
        stage.answer(ErrorCode::None, 0);
    }
    let progress = stage.producer.application().feed.as_ref().unwrap();
    assert!(progress.is_over() && progress.acked == 3);
}

#[test]
fn a_feed_can_be_cancelled() {
    let mut stage = Stage::new(&[("linger.ms", "0")], &[(1, 0)]);
    let feed = Feed::new(name("t"), Bytes::from_static(b"a\nb\nc\n"), FeedFormat::Lines, 10);
    stage.command(ProducerCommand::Feed(feed));
    stage.run_until(150);
    stage.command(ProducerCommand::CancelFeed);
    stage.run_until(1000);
    let progress = stage.producer.application().feed.as_ref().unwrap();
    assert_eq!((progress.sent, progress.cancelled), (2, true));
}

#[test]
fn the_same_inputs_make_the_same_producer() {
    let run = || {
        let mut stage = Stage::new(&[("linger.ms", "1")], &[(1, 0), (1, 0)]);
        stage.command(ProducerCommand::SetRate(5000));
        stage.run_until(20);
        stage.producer
    };
    assert_eq!(run(), run());
}
