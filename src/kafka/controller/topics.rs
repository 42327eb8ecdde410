//! CreateTopics, DeleteTopics, CreatePartitions.

use super::decider::Decider;
use super::decision::ApiError;
use super::decision::Decision;
use super::decision::outcome;
use super::placement::JavaRandom;
use super::placement::UsableBroker;
use super::placement::place;
use super::topic_name;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Profile;
use crate::kafka::base::Random;
use crate::kafka::base::Uuid;
use crate::kafka::metadata::LeaderRecoveryState;
use crate::kafka::metadata::METADATA_TOPIC;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::metadata::PartitionRegistration;
use crate::kafka::metadata::TopicImage;
use crate::kafka::metadata::record::RemoveTopicRecord;
use crate::kafka::metadata::record::TopicRecord;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::messages::create_partitions_request as more;
use crate::kafka::protocol::messages::create_partitions_response::CreatePartitionsResponseData;
use crate::kafka::protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use crate::kafka::protocol::messages::create_topics_request::CreatableTopic;
use crate::kafka::protocol::messages::create_topics_request::CreateTopicsRequestData;
use crate::kafka::protocol::messages::create_topics_response::CreatableTopicResult;
use crate::kafka::protocol::messages::create_topics_response::CreateTopicsResponseData;
use crate::kafka::protocol::messages::delete_topics_request::DeleteTopicsRequestData;
use crate::kafka::protocol::messages::delete_topics_response::DeletableTopicResult;
use crate::kafka::protocol::messages::delete_topics_response::DeleteTopicsResponseData;

type Result<T> = std::result::Result<T, ApiError>;

/// The replicas of new partitions, and which of them are in sync from the start.
type Placed = Vec<(Vec<NodeId>, Vec<NodeId>)>;

impl Decider<'_> {
    pub(super) fn create_topics(
        &self,
        request: &CreateTopicsRequestData,
        random: &mut Random,
    ) -> Decision<CreateTopicsResponseData> {
        let mut records = Vec::new();
        let mut response = CreateTopicsResponseData::default();
        let mut times: Map<&str, usize> = Map::new();
        for topic in &request.topics {
            *times.entry(topic.name.as_str()).or_default() += 1;
        }
        for topic in &request.topics {
            if times.get(topic.name.as_str()) > Some(&1) {
                continue;
            }
            let result = self.create_topic(topic, random, &mut records);
            response.topics.push(result.unwrap_or_else(|error| refused(topic.name.as_str(), &error)));
        }
        for (name, _) in times.into_iter().filter(|(_, times)| *times > 1) {
            let error = ApiError::new(ErrorCode::InvalidRequest, "Duplicate topic name.");
            response.topics.push(refused(name, &error));
        }
        if request.validate_only {
            records.clear();
        }
        Decision::of(records, response)
    }

    fn create_topic(
        &self,
        topic: &CreatableTopic,
        random: &mut Random,
        records: &mut Vec<MetadataRecord>,
    ) -> Result<CreatableTopicResult> {
        let name = topic.name.as_str();
        self.check_new_name(name)?;
        let configs = self.creation_configs(topic)?;
        let placed =
            if topic.assignments.is_empty() { self.place_new(topic, random)? } else { self.manual(topic)? };
        let topic_id = random_topic_id(random);
        records.push(MetadataRecord::Topic(TopicRecord { name: Name::from(name), topic_id }));
        records.extend(self.config_records_of_new_topic(name, &configs));
        let result = CreatableTopicResult::default()
            .with_name(topic.name.clone())
            .with_topic_id(topic_id)
            .with_error_code(ErrorCode::None.code())
            .with_num_partitions(placed.len() as i32)
            .with_replication_factor(placed.first().map_or(0, |(replicas, _)| replicas.len() as i16))
            .with_configs(Some(self.described_configs(&configs)));
        for (number, (replicas, isr)) in placed.into_iter().enumerate() {
            records.push(self.new_partition(topic_id, number as i32, replicas, isr));
        }
        Ok(result)
    }

    fn check_new_name(&self, name: &str) -> Result<()> {
        if name == METADATA_TOPIC {
            let message = format!("Creation of internal topic {METADATA_TOPIC} is prohibited.");
            return Err(ApiError::new(ErrorCode::InvalidRequest, message));
        }
        topic_name::validate(name).map_err(|why| ApiError::new(ErrorCode::InvalidTopicException, why))?;
        if self.image.topic(name).is_some() {
            let message = format!("Topic '{name}' already exists.");
            return Err(ApiError::new(ErrorCode::TopicAlreadyExists, message));
        }
        match self.image.topics().keys().find(|other| topic_name::collide(name, other)) {
            Some(other) => {
                let message = format!("Topic '{name}' collides with existing topic: {other}");
                Err(ApiError::new(ErrorCode::InvalidTopicException, message))
            }
            None => Ok(()),
        }
    }

    fn place_new(&self, topic: &CreatableTopic, random: &mut Random) -> Result<Placed> {
        if topic.replication_factor < -1 || topic.replication_factor == 0 {
            let message = "Replication factor must be larger than 0, or -1 to use the default value.";
            return Err(ApiError::new(ErrorCode::InvalidReplicationFactor, message));
        }
        if topic.num_partitions < -1 || topic.num_partitions == 0 {
            let message = "Number of partitions was set to an invalid non-positive value.";
            return Err(ApiError::new(ErrorCode::InvalidPartitions, message));
        }
        let partitions =
            if topic.num_partitions == -1 { self.config.num_partitions } else { topic.num_partitions };
        let factor = match topic.replication_factor {
            -1 => self.config.default_replication_factor,
            factor => factor,
        };
        self.check_partition_count(partitions, "partitions")?;
        self.place(partitions, factor, random).map_err(|why| {
            let message = format!("Unable to replicate the partition {factor} time(s): {why}");
            ApiError::new(ErrorCode::InvalidReplicationFactor, message)
        })
    }

    /// One request may write at most so many records (`QuorumController.MAX_RECORDS_PER_USER_OP`).
    fn check_partition_count(&self, partitions: i32, what: &str) -> Result<()> {
        const MAX_RECORDS_PER_USER_OP: i32 = 10_000;
        if partitions < MAX_RECORDS_PER_USER_OP {
            return Ok(());
        }
        let message = match self.config.profile {
            Profile::Classic => "Unable to perform excessively large batch operation.".to_owned(),
            Profile::Modern => format!("Excessively large number of {what} per request."),
        };
        Err(ApiError::new(ErrorCode::PolicyViolation, message))
    }

    /// Lets the placer choose; the error is its sentence.
    fn place(
        &self,
        partitions: i32,
        factor: i16,
        random: &mut Random,
    ) -> std::result::Result<Placed, String> {
        let brokers: Vec<UsableBroker> = self
            .image
            .brokers()
            .values()
            .map(|broker| UsableBroker { id: broker.id, rack: broker.rack.clone(), fenced: broker.fenced })
            .collect();
        let mut random = JavaRandom::new(|bits| (random.next_u32() >> (32 - bits)) as i32);
        let placed = place(&brokers, partitions, factor, &mut random)?;
        placed.into_iter().map(|replicas| self.in_sync_at_start(replicas)).collect()
    }

    fn in_sync_at_start(
        &self,
        replicas: Vec<NodeId>,
    ) -> std::result::Result<(Vec<NodeId>, Vec<NodeId>), String> {
        let isr: Vec<NodeId> =
            replicas.iter().copied().filter(|broker| self.image.is_active(*broker)).collect();
        if isr.is_empty() {
            return Err("All brokers are currently fenced or in controlled shutdown.".into());
        }
        Ok((replicas, isr))
    }

    /// The maker of the topic has said which replicas go where.
    fn manual(&self, topic: &CreatableTopic) -> Result<Placed> {
        let not_both = |what: &str| {
            let message =
                format!("A manual partition assignment was specified, but {what} was not set to -1.");
            Err(ApiError::new(ErrorCode::InvalidRequest, message))
        };
        if topic.replication_factor != -1 {
            return not_both("replication factor");
        }
        if topic.num_partitions != -1 {
            return not_both("numPartitions");
        }
        let invalid = |message: String| ApiError::new(ErrorCode::InvalidReplicaAssignment, message);
        let mut placed = Map::new();
        let mut factor = None;
        for assignment in &topic.assignments {
            let number = assignment.partition_index;
            let replicas: Vec<NodeId> = assignment.broker_ids.iter().map(|id| NodeId(*id)).collect();
            if placed.contains_key(&number) {
                return Err(invalid(format!(
                    "Found multiple manual partition assignments for partition {number}"
                )));
            }
            self.check_manual(&replicas, factor)?;
            factor = Some(replicas.len());
            placed.insert(number, self.manual_isr(number, replicas)?);
        }
        if placed.keys().zip(0..).any(|(number, expected)| *number != expected) {
            return Err(invalid("partitions should be a consecutive 0-based integer sequence".into()));
        }
        Ok(placed.into_values().collect())
    }

    fn manual_isr(&self, number: i32, replicas: Vec<NodeId>) -> Result<(Vec<NodeId>, Vec<NodeId>)> {
        self.in_sync_at_start(replicas).map_err(|_| {
            let message = format!(
                "All brokers specified in the manual partition assignment for partition {number} are fenced or in \
                 controlled shutdown."
            );
            ApiError::new(ErrorCode::InvalidReplicaAssignment, message)
        })
    }

    /// `validateManualPartitionAssignment`.
    fn check_manual(&self, replicas: &[NodeId], factor: Option<usize>) -> Result<()> {
        let invalid = |message: String| Err(ApiError::new(ErrorCode::InvalidReplicaAssignment, message));
        if replicas.is_empty() {
            return invalid("The manual partition assignment includes an empty replica list.".into());
        }
        let mut sorted = replicas.to_vec();
        sorted.arrange();
        for (at, broker) in sorted.iter().enumerate() {
            if self.image.broker(*broker).is_none() {
                return invalid(format!(
                    "The manual partition assignment includes broker {broker}, but no such broker is registered."
                ));
            }
            if at > 0 && sorted[at - 1] == *broker {
                return invalid(format!(
                    "The manual partition assignment includes the broker {broker} more than once."
                ));
            }
        }
        match factor {
            Some(factor) if factor != replicas.len() => invalid(format!(
                "The manual partition assignment includes a partition with {} replica(s), but this is not consistent \
                 with previous partitions, which have {factor} replica(s).",
                replicas.len()
            )),
            _ => Ok(()),
        }
    }

    fn new_partition(
        &self,
        topic_id: Uuid,
        number: i32,
        replicas: Vec<NodeId>,
        isr: Vec<NodeId>,
    ) -> MetadataRecord {
        let registration = PartitionRegistration {
            directories: replicas.iter().map(|broker| self.default_directory(*broker)).collect(),
            replicas,
            leader: isr.first().copied(),
            isr,
            removing_replicas: Vec::new(),
            adding_replicas: Vec::new(),
            elr: Vec::new(),
            last_known_elr: Vec::new(),
            leader_recovery_state: LeaderRecoveryState::Recovered,
            leader_epoch: 0,
            partition_epoch: 0,
        };
        MetadataRecord::Partition(registration.to_record(topic_id, number))
    }

    pub(super) fn create_partitions(
        &self,
        request: &more::CreatePartitionsRequestData,
        random: &mut Random,
    ) -> Decision<CreatePartitionsResponseData> {
        let mut records = Vec::new();
        let mut results = Vec::new();
        for (at, topic) in request.topics.iter().enumerate() {
            let is_same = |other: &more::CreatePartitionsTopic| other.name == topic.name;
            if request.topics[..at].iter().any(is_same) {
                continue;
            }
            let result = if request.topics[at + 1..].iter().any(is_same) {
                Err(ApiError::new(ErrorCode::InvalidRequest, "Duplicate topic name."))
            } else {
                self.add_partitions(topic, random).map(|new| records.extend(new))
            };
            let (code, message) = outcome(&result);
            let result = CreatePartitionsTopicResult::default().with_name(topic.name.clone());
            results.push(result.with_error_code(code).with_error_message(message));
        }
        if request.validate_only {
            records.clear();
        }
        Decision::of(records, CreatePartitionsResponseData::default().with_results(results))
    }

    fn add_partitions(
        &self,
        request: &more::CreatePartitionsTopic,
        random: &mut Random,
    ) -> Result<Vec<MetadataRecord>> {
        let Some(topic) = self.image.topic(request.name.as_str()) else { return Err(unknown_topic()) };
        let now = topic.partitions.len() as i32;
        if request.count == now {
            let message = format!("Topic already has {now} partition(s).");
            return Err(ApiError::new(ErrorCode::InvalidPartitions, message));
        }
        if request.count < now {
            let message = format!(
                "The topic {} currently has {now} partition(s); {} would not be an increase.",
                topic.name, request.count
            );
            return Err(ApiError::new(ErrorCode::InvalidPartitions, message));
        }
        self.check_partition_count(request.count, "additional partitions")?;
        let additional = request.count - now;
        let factor = topic.partitions.values().next().map_or(1, |partition| partition.replicas.len());
        let placed = match &request.assignments {
            Some(assignments) => self.manual_additional(assignments, additional, now, factor)?,
            None => self.place(additional, factor as i16, random).map_err(|why| {
                let message = format!("Unable to replicate the partition {factor} time(s): {why}");
                ApiError::new(ErrorCode::InvalidReplicationFactor, message)
            })?,
        };
        let records = placed.into_iter().zip(now..);
        Ok(records
            .map(|((replicas, isr), number)| self.new_partition(topic.id, number, replicas, isr))
            .collect())
    }

    fn manual_additional(
        &self,
        assignments: &[more::CreatePartitionsAssignment],
        additional: i32,
        first: i32,
        factor: usize,
    ) -> Result<Placed> {
        if assignments.len() as i32 != additional {
            let message = format!(
                "Attempted to add {additional} additional partition(s), but only {} assignment(s) were specified.",
                assignments.len()
            );
            return Err(ApiError::new(ErrorCode::InvalidReplicaAssignment, message));
        }
        let mut placed = Vec::new();
        for (assignment, number) in assignments.iter().zip(first..) {
            let replicas: Vec<NodeId> = assignment.broker_ids.iter().map(|id| NodeId(*id)).collect();
            self.check_manual(&replicas, Some(factor))?;
            placed.push(self.manual_isr(number, replicas)?);
        }
        Ok(placed)
    }

    pub(super) fn delete_topics(
        &self,
        request: &DeleteTopicsRequestData,
    ) -> Decision<DeleteTopicsResponseData> {
        let mut records: Vec<MetadataRecord> = Vec::new();
        let mut responses = Vec::new();
        let by_name = request.topic_names.iter().map(|name| (Some(name), Uuid::ZERO));
        let by_either = request.topics.iter().map(|topic| (topic.name.as_ref(), topic.topic_id));
        for (name, id) in by_name.chain(by_either) {
            let found = self.find_topic(name, id).and_then(|topic| {
                let record = MetadataRecord::RemoveTopic(RemoveTopicRecord { topic_id: topic.id });
                if records.contains(&record) {
                    let message =
                        if name.is_some() { "Duplicate topic name." } else { "Duplicate topic id." };
                    return Err(ApiError::new(ErrorCode::InvalidRequest, message));
                }
                records.push(record);
                Ok(topic)
            });
            let (code, message) = outcome(&found);
            let shown = found.as_ref().ok().map(|topic| KafkaString::from(topic.name.to_string()));
            responses.push(
                DeletableTopicResult::default()
                    .with_name(shown.or_else(|| name.cloned()))
                    .with_topic_id(found.map_or(id, |topic| topic.id))
                    .with_error_code(code)
                    .with_error_message(message),
            );
        }
        Decision::of(records, DeleteTopicsResponseData::default().with_responses(responses))
    }

    fn find_topic(&self, name: Option<&KafkaString>, id: Uuid) -> Result<&TopicImage> {
        match name {
            Some(_) if id != Uuid::ZERO => {
                let message = "You may not specify both topic name and topic id.";
                Err(ApiError::new(ErrorCode::InvalidRequest, message))
            }
            Some(name) => self.image.topic(name.as_str()).ok_or_else(unknown_topic),
            None if id == Uuid::ZERO => {
                Err(ApiError::new(ErrorCode::InvalidRequest, "Neither topic name nor id were specified."))
            }
            None => self.image.topic_by_id(id).ok_or_else(|| {
                ApiError::new(ErrorCode::UnknownTopicId, "This server does not host this topic ID.")
            }),
        }
    }
}

fn refused(name: &str, error: &ApiError) -> CreatableTopicResult {
    CreatableTopicResult::default()
        .with_name(KafkaString::from(name.to_owned()))
        .with_error_code(error.code())
        .with_error_message(error.text())
}

pub(super) fn unknown_topic() -> ApiError {
    let message = "This server does not host this topic-partition.";
    ApiError::new(ErrorCode::UnknownTopicOrPartition, message)
}

/// `Uuid.randomUuid`: version 4, never one whose text begins with a dash.
fn random_topic_id(random: &mut Random) -> Uuid {
    loop {
        let high = random.next_u64() & !0xf000 | 0x4000;
        let low = random.next_u64() & !(3 << 62) | (1 << 63);
        let begins_with_dash = high >> 58 == 62;
        if !begins_with_dash {
            return Uuid::from_parts(high, low);
        }
    }
}
