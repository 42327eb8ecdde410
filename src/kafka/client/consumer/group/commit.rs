//! Committing: by the application, by `poll()` itself, before a rebalance and in `close()`
//! (`ConsumerCoordinator.commitOffsetsSync`, `commitOffsetsAsync`, `OffsetCommitResponseHandler`).

use super::Committed;
use super::classic::PrepareCommit;
use super::coordinator::kafka_text;
use super::heartbeat::ms;
use crate::kafka::base::Duration;
use crate::kafka::base::Epoch;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Commit;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::FetchState;
use crate::kafka::client::consumer::GroupProtocol;
use crate::kafka::client::consumer::group::Generation;
use crate::kafka::client::consumer::group::GroupTag;
use crate::kafka::client::consumer::group::MemberState;
use crate::kafka::machine::Context;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::messages::offset_commit_request::OffsetCommitRequestData;
use crate::kafka::protocol::messages::offset_commit_request::OffsetCommitRequestPartition;
use crate::kafka::protocol::messages::offset_commit_request::OffsetCommitRequestTopic;

/// Who commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommitCall {
    /// `commitSync()`: tried again until it is done or `default.api.timeout.ms` is over.
    Sync,
    /// `commitAsync()`: tried once.
    Async,
    /// `enable.auto.commit`, in `poll()`.
    Auto,
    /// `enable.auto.commit`, before partitions are given up.
    Revoke,
    /// `enable.auto.commit`, in `close()`.
    Close,
}

/// The positions that are committed: the next offset, and the leader epoch of the record before.
pub(super) type Offsets = Map<TopicPartition, (Offset, Option<Epoch>)>;

/// A commit that is not answered yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PendingCommit {
    pub id: u64,
    pub call: CommitCall,
    pub offsets: Map<TopicPartition, (Offset, Option<Epoch>)>,
    /// Whether it is on its way; else it waits for the coordinator or a backoff.
    pub sent: bool,
    pub attempts: u32,
    pub not_before: Instant,
    /// Without an end until then the call throws.
    pub deadline: Option<Instant>,
}

/// How a commit has ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CommitOutcome {
    pub at: Instant,
    pub call: CommitCall,
    pub offsets: Map<TopicPartition, (Offset, Option<Epoch>)>,
    /// The exception, by its Kafka name; nothing when it is done.
    pub exception: Option<Name>,
}

impl Commit {
    /// Whether the program calls the consumer's commit methods.
    pub(in crate::kafka::client::consumer) const fn calls(self) -> bool {
        matches!(self, Self::Before | Self::After | Self::AfterAsync)
    }
}

impl Consumer {
    /// Whether the client commits by itself: `enable.auto.commit`, which is off when the program commits.
    pub(in crate::kafka::client::consumer) fn auto_commits(&self) -> bool {
        let values = &self.config.values;
        let wanted = if values.is_set("enable.auto.commit") {
            values.boolean("enable.auto.commit")
        } else {
            self.spec.program.commit == Commit::Auto
        };
        wanted && self.group.id.is_some()
    }

    /// Whether a commit would not meet a rebalance now.
    pub(in crate::kafka::client::consumer) fn is_settled(&self) -> bool {
        let member = match self.group.protocol {
            GroupProtocol::Classic => {
                self.group.classic.state == MemberState::Stable && !self.group.classic.rejoin_needed
            }
            GroupProtocol::Consumer => self.group.modern.is_member(),
        };
        self.group.coordinator.is_some() && (member || !self.spec.subscription.by_group())
    }

    /// The positions of all partitions that have one (`SubscriptionState.allConsumed`).
    pub(in crate::kafka::client::consumer) fn all_consumed(&self) -> Offsets {
        let position =
            |(tp, assigned): (&TopicPartition, &crate::kafka::client::consumer::AssignedPartition)| {
                match assigned.state {
                    FetchState::Fetching { position } => {
                        Some((tp.clone(), (position.offset, position.epoch)))
                    }
                    _ => None,
                }
            };
        self.assigned.iter().filter_map(position).collect()
    }

    pub(super) fn auto_commit_after(&mut self, now: Instant, wait: Duration) {
        self.group.auto_commit_at = self.auto_commits().then_some(now + wait);
    }

    /// `poll()` commits when the interval is over.
    pub(super) fn maybe_auto_commit(&mut self, cx: &mut Context<'_>) {
        let interval = ms(self.config.auto_commit_interval_ms);
        match self.group.auto_commit_at {
            Some(at) if at <= cx.now && self.auto_commits() => {
                self.auto_commit_after(cx.now, interval.max(Duration::from_millis(1)));
                let offsets = self.all_consumed();
                self.commit(cx, CommitCall::Auto, offsets);
            }
            Some(_) => {}
            None => self.auto_commit_after(cx.now, interval),
        }
    }

    /// Begins a commit. One of nothing is done at once.
    pub(in crate::kafka::client::consumer) fn commit(
        &mut self,
        cx: &mut Context<'_>,
        call: CommitCall,
        offsets: Offsets,
    ) {
        let id = self.group.next_commit;
        self.group.next_commit += 1;
        let timeout = match call {
            CommitCall::Sync => Some(ms(self.config.default_api_timeout_ms)),
            CommitCall::Close => Some(super::close::TIMEOUT),
            _ => None,
        };
        let (attempts, not_before) = (0, Instant::ZERO);
        let deadline = timeout.map(|timeout| cx.now + timeout);
        let nothing = offsets.is_empty();
        let commit = PendingCommit { id, call, offsets, sent: false, attempts, not_before, deadline };
        self.group.commits.push(commit);
        if nothing {
            return self.end_commit(cx, id, None);
        }
        self.run_commits(cx);
    }

    /// Sends what waits, and gives up what has waited too long.
    pub(super) fn run_commits(&mut self, cx: &mut Context<'_>) {
        let late = |c: &&PendingCommit| c.deadline.is_some_and(|at| at <= cx.now);
        let late: Vec<u64> = self.group.commits.iter().filter(late).map(|c| c.id).collect();
        for id in late {
            self.end_commit(cx, id, Some("TimeoutException"));
        }
        let waits = |c: &&PendingCommit| !c.sent && c.not_before <= cx.now;
        let waiting: Vec<u64> = self.group.commits.iter().filter(waits).map(|c| c.id).collect();
        for id in waiting {
            if self.find_coordinator(cx) {
                self.send_commit(cx, id);
            }
        }
    }

    fn send_commit(&mut self, cx: &mut Context<'_>, id: u64) {
        let mut generation = Generation::none();
        let by_group = self.spec.subscription.by_group();
        if by_group && self.group.protocol == GroupProtocol::Consumer {
            if !self.group.modern.is_member() {
                return self.on_commit_failed(cx, id, "CommitFailedException", false);
            }
            let member = self.group.modern.member().clone();
            generation = Generation { id: self.group.modern.epoch(), member, protocol: None };
        } else if by_group {
            if self.group.classic.state != MemberState::Stable {
                let rebalancing = self.group.classic.rebalancing();
                let exception =
                    if rebalancing { "RebalanceInProgressException" } else { "CommitFailedException" };
                return self.on_commit_failed(cx, id, exception, false);
            }
            generation = self.group.classic.generation.clone();
        }
        let Some(commit) = self.group.commits.iter().find(|c| c.id == id) else { return };
        let request = OffsetCommitRequestData::default()
            .with_group_id(self.group_name())
            .with_generation_id_or_member_epoch(generation.id)
            .with_member_id(kafka_text(&generation.member))
            .with_group_instance_id(self.instance_name().filter(|_| by_group))
            .with_topics(self.commit_topics(&commit.offsets));
        self.group.commits.iter_mut().filter(|c| c.id == id).for_each(|c| c.sent = true);
        self.tell_coordinator(cx, Request::OffsetCommit(request), GroupTag::Commit(id, generation));
    }

    fn commit_topics(&self, offsets: &Offsets) -> Vec<OffsetCommitRequestTopic> {
        let mut topics: Vec<OffsetCommitRequestTopic> = Vec::new();
        for (tp, (offset, epoch)) in offsets {
            let partition = OffsetCommitRequestPartition::default()
                .with_partition_index(tp.partition)
                .with_committed_offset(*offset)
                .with_committed_leader_epoch(epoch.unwrap_or(-1))
                .with_committed_metadata(Some(kafka_text("")));
            match topics.last_mut().filter(|topic| topic.name.as_str() == &*tp.topic) {
                Some(topic) => topic.partitions.push(partition),
                None => topics.push(
                    OffsetCommitRequestTopic::default()
                        .with_name(kafka_text(&tp.topic))
                        .with_topic_id(self.metadata.topic_id(&tp.topic).unwrap_or_default())
                        .with_partitions(vec![partition]),
                ),
            }
        }
        topics
    }

    pub(super) fn end_commit(&mut self, cx: &mut Context<'_>, id: u64, exception: Option<&str>) {
        let Some(at) = self.group.commits.iter().position(|c| c.id == id) else { return };
        let commit = self.group.commits.remove(at);
        if exception.is_none() {
            for (tp, (offset, _)) in &commit.offsets {
                let committed = Committed { offset: *offset, at: cx.now, own: true };
                self.group.committed.insert(tp.clone(), committed);
            }
        }
        match commit.call {
            CommitCall::Revoke => {
                self.group.modern.commit_is_over();
                let prepare = self.group.classic.prepare.as_mut();
                if let Some(prepare) = prepare.filter(|p| p.commit == PrepareCommit::Flying) {
                    prepare.commit = PrepareCommit::Over;
                }
            }
            CommitCall::Sync => self.on_commit_returned(cx, exception),
            CommitCall::Async => self.note_exception(cx.now, exception),
            CommitCall::Auto | CommitCall::Close => {}
        }
        if !commit.offsets.is_empty() {
            let (at, exception) = (cx.now, exception.map(Name::from));
            let outcome = CommitOutcome { at, call: commit.call, offsets: commit.offsets, exception };
            self.group.last_commit = Some(outcome);
        }
    }

    /// A wakeup has ended `commitSync()`: whatever becomes of it, nobody waits any more.
    pub(in crate::kafka::client::consumer) fn forget_sync_commit(&mut self) {
        self.group.commits.retain(|commit| commit.call != CommitCall::Sync);
    }
}
