//! OffsetCommit, in a transaction and without.

use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;
use crate::kafka::base::Profile;
use crate::kafka::base::Uuid;
use crate::kafka::coordinator::Ask;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Reply;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::group::Group;
use crate::kafka::coordinator::group::classic::ClassicGroup;
use crate::kafka::coordinator::group::classic::ClassicState;
use crate::kafka::coordinator::group::consumer;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::record::OffsetCommit;
use crate::kafka::coordinator::record::OffsetCommitValue;
use crate::kafka::coordinator::shard::Decision;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shard::Refusal;
use crate::kafka::coordinator::shared;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages as m;
use m::offset_commit_request::OffsetCommitRequestData;
use m::offset_commit_response::OffsetCommitResponseData;
use m::offset_commit_response::OffsetCommitResponsePartition;
use m::offset_commit_response::OffsetCommitResponseTopic;
use m::txn_offset_commit_request::TxnOffsetCommitRequestData;
use m::txn_offset_commit_response::TxnOffsetCommitResponseData;
use m::txn_offset_commit_response::TxnOffsetCommitResponsePartition;
use m::txn_offset_commit_response::TxnOffsetCommitResponseTopic;

/// From this version on an unknown group is told by its own error.
const KNOWS_GROUP_ID_NOT_FOUND: i16 = 9;

/// Who commits.
struct Committer<'a> {
    group: &'a KafkaString,
    member: &'a str,
    instance: Option<&'a str>,
    /// The generation or the member epoch; -1 of who is no member.
    epoch: i32,
    transactional: bool,
    version: i16,
    /// Topic ids, as far as the request knows them, and partitions, without those whose metadata is too large: these are
    /// refused for that and not looked at further.
    partitions: Vec<(Uuid, i32)>,
}

/// What is committed for one partition.
struct Commit<'a> {
    topic: &'a KafkaString,
    topic_id: Uuid,
    partition: i32,
    offset: Offset,
    leader_epoch: i32,
    metadata: Option<&'a KafkaString>,
}

impl Shard {
    /// `commitOffset`.
    pub(crate) fn commit_offsets(
        &mut self,
        io: &mut Io<'_>,
        ask: &Ask,
        request: &OffsetCommitRequestData,
    ) -> Decision {
        self.validate_commit(
            io,
            &Committer {
                group: &request.group_id,
                member: request.member_id.as_str(),
                instance: request.group_instance_id.as_ref().map(KafkaString::as_str),
                epoch: request.generation_id_or_member_epoch,
                transactional: false,
                version: ask.version,
                partitions: (request.topics.iter())
                    .flat_map(|topic| topic.partitions.iter().map(move |part| (topic.topic_id, part)))
                    .filter(|(_, part)| self.fits(part.committed_metadata.as_ref()))
                    .map(|(topic, part)| (topic, part.partition_index))
                    .collect(),
            },
        )?;
        self.commit_keeps_session(io, request);
        let expires = (request.retention_time_ms != -1).then(|| io.now_ms + request.retention_time_ms);
        let mut records = Vec::new();
        let mut topics = Vec::new();
        for topic in &request.topics {
            let mut partitions = Vec::new();
            for partition in &topic.partitions {
                let commit = Commit {
                    topic: &topic.name,
                    topic_id: topic.topic_id,
                    partition: partition.partition_index,
                    offset: partition.committed_offset,
                    leader_epoch: partition.committed_leader_epoch,
                    metadata: partition.committed_metadata.as_ref(),
                };
                let error = self.commit_one(&request.group_id, &commit, io.now_ms, expires, &mut records);
                partitions.push(
                    OffsetCommitResponsePartition::default()
                        .with_partition_index(commit.partition)
                        .with_error_code(error.code()),
                );
            }
            topics.push(
                OffsetCommitResponseTopic::default()
                    .with_name(topic.name.clone())
                    .with_topic_id(topic.topic_id)
                    .with_partitions(partitions),
            );
        }
        let response = OffsetCommitResponseData::default().with_topics(topics);
        Ok(Outcome::write(records, Some(Reply::Response(Response::OffsetCommit(response)))))
    }

    /// `commitTransactionalOffset`.
    pub(crate) fn commit_transactional_offsets(
        &mut self,
        io: &mut Io<'_>,
        ask: &Ask,
        request: &TxnOffsetCommitRequestData,
    ) -> Decision {
        self.validate_commit(
            io,
            &Committer {
                group: &request.group_id,
                member: request.member_id.as_str(),
                instance: request.group_instance_id.as_ref().map(KafkaString::as_str),
                epoch: request.generation_id,
                transactional: true,
                version: ask.version,
                partitions: (request.topics.iter())
                    .flat_map(|topic| &topic.partitions)
                    .filter(|part| self.fits(part.committed_metadata.as_ref()))
                    .map(|part| (Uuid::ZERO, part.partition_index))
                    .collect(),
            },
        )
        .map_err(|refusal| match refusal.code {
            ErrorCode::StaleMemberEpoch => Refusal::from(ErrorCode::IllegalGeneration),
            _ => refusal,
        })?;
        let mut records = Vec::new();
        let mut topics = Vec::new();
        for topic in &request.topics {
            let mut partitions = Vec::new();
            for partition in &topic.partitions {
                let commit = Commit {
                    topic: &topic.name,
                    topic_id: Uuid::ZERO,
                    partition: partition.partition_index,
                    offset: partition.committed_offset,
                    leader_epoch: partition.committed_leader_epoch,
                    metadata: partition.committed_metadata.as_ref(),
                };
                let error = self.commit_one(&request.group_id, &commit, io.now_ms, None, &mut records);
                partitions.push(
                    TxnOffsetCommitResponsePartition::default()
                        .with_partition_index(commit.partition)
                        .with_error_code(error.code()),
                );
            }
            topics.push(
                TxnOffsetCommitResponseTopic::default()
                    .with_name(topic.name.clone())
                    .with_partitions(partitions),
            );
        }
        let response = TxnOffsetCommitResponseData::default().with_topics(topics);
        let producer = Some((request.producer_id, request.producer_epoch));
        Ok(Outcome { producer, ..Outcome::write(records, Some(Reply::TxnOffsetCommit(response))) })
    }

    /// Refuses who may not commit for the group. A group that is not there comes into being when somebody commits who is
    /// no member of any: a group that only has offsets.
    fn validate_commit(&mut self, io: &Io<'_>, committer: &Committer<'_>) -> Result<(), Refusal> {
        match self.timeline.groups.get(committer.group.as_str()) {
            Some(Group::Classic(id)) => {
                let group = self.classics.get(id).ok_or(ErrorCode::GroupIdNotFound)?;
                Ok(group.validate_commit(committer)?)
            }
            Some(Group::Consumer(group)) => {
                let commit = consumer::Commit {
                    member: committer.member,
                    instance: committer.instance,
                    epoch: committer.epoch,
                    transactional: committer.transactional,
                    version: committer.version,
                    partitions: &committer.partitions,
                };
                let by_partition = self.config.profile == Profile::Modern;
                Ok(group.validate_offset_commit(&commit, by_partition)?)
            }
            None if committer.epoch < 0 => {
                self.put_classic(ClassicGroup::new(shared(committer.group), io.now_ms));
                Ok(())
            }
            None if committer.transactional && !self.edition().knows_group_id_not_found() => {
                // The group is there from now on, and has nobody.
                self.put_classic(ClassicGroup::new(shared(committer.group), io.now_ms));
                Err(ErrorCode::UnknownMemberId.into())
            }
            None if !committer.transactional
                && committer.version >= KNOWS_GROUP_ID_NOT_FOUND
                && self.edition().knows_group_id_not_found() =>
            {
                let message = format!("Group {} not found.", committer.group.as_str());
                Err(Refusal::because(ErrorCode::GroupIdNotFound, message))
            }
            None => Err(ErrorCode::IllegalGeneration.into()),
        }
    }

    /// A commit of a classic member shows that it lives.
    fn commit_keeps_session(&mut self, io: &mut Io<'_>, request: &OffsetCommitRequestData) {
        let Some(Group::Classic(id)) = self.timeline.groups.get(request.group_id.as_str()) else { return };
        self.with_classic(io, *id, |group, hands| {
            if matches!(group.state, ClassicState::Stable | ClassicState::PreparingRebalance) {
                group.restart_session(hands, request.member_id.as_str());
            }
        });
    }

    /// Whether metadata is small enough. Kafka compares characters, whatever the config is called.
    pub(crate) fn fits(&self, metadata: Option<&KafkaString>) -> bool {
        let max = usize::try_from(self.config.offset_metadata_max_bytes).unwrap_or(0);
        metadata.is_none_or(|metadata| metadata.as_str().encode_utf16().count() <= max)
    }

    fn commit_one(
        &self,
        group: &KafkaString,
        commit: &Commit<'_>,
        now_ms: i64,
        expires: Option<i64>,
        records: &mut Vec<GroupRecord>,
    ) -> ErrorCode {
        if !self.fits(commit.metadata) {
            return ErrorCode::OffsetMetadataTooLarge;
        }
        let metadata = commit.metadata.map_or("", KafkaString::as_str);
        let version = match (expires, self.config.profile) {
            (Some(_), _) => 1,
            (None, Profile::Classic) => 3,
            (None, Profile::Modern) => 4,
        };
        let value = OffsetCommitValue {
            version,
            offset: commit.offset,
            leader_epoch: commit.leader_epoch,
            metadata: Name::from(metadata),
            commit_timestamp: now_ms,
            expire_timestamp: expires.unwrap_or(-1),
            topic_id: commit.topic_id,
        };
        records.push(GroupRecord::OffsetCommit(OffsetCommit {
            group: shared(group),
            topic: shared(commit.topic),
            partition: commit.partition,
            value: Some(value),
        }));
        ErrorCode::None
    }

    /// `replay` of `OffsetCommit`: an offset of a group that is not there makes one that only has offsets.
    pub(crate) fn replay_offset_commit(
        &mut self,
        now_ms: i64,
        at: Offset,
        producer: Option<ProducerId>,
        record: &OffsetCommit,
    ) {
        if record.value.is_some() && !self.timeline.groups.contains_key(&record.group) {
            self.put_classic(ClassicGroup::new(record.group.clone(), now_ms));
        }
        self.timeline.offsets.replay(at, producer, record);
    }
}

impl ClassicGroup {
    /// `validateOffsetCommit`. Members may commit while they rejoin, and not between join and sync.
    fn validate_commit(&self, committer: &Committer<'_>) -> Result<(), ErrorCode> {
        if self.state == ClassicState::Dead {
            return Err(ErrorCode::CoordinatorNotAvailable);
        }
        if committer.epoch < 0 && self.is_empty() {
            return Ok(());
        }
        if committer.epoch >= 0 || !committer.member.is_empty() || committer.instance.is_some() {
            self.validate_member(committer.member, committer.instance)?;
            if committer.epoch != self.generation {
                return Err(ErrorCode::IllegalGeneration);
            }
        } else if !committer.transactional && !self.is_empty() {
            return Err(ErrorCode::UnknownMemberId);
        }
        if !committer.transactional && self.state == ClassicState::CompletingRebalance {
            return Err(ErrorCode::RebalanceInProgress);
        }
        Ok(())
    }
}
