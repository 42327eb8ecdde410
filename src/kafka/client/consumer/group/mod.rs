//! The consumer's half of a group: finding the coordinator, being a member, committing, and learning what is committed.
//!
//! Three threads share it, as in Kafka: `poll()` joins and calls the listener, so a rebalance waits for an application
//! that works; the heartbeat thread goes on meanwhile, and leaves the group when `max.poll.interval.ms` is over; answers
//! are taken by whoever is there.
//!
//! Source: `AbstractCoordinator`, `ConsumerCoordinator`, `Heartbeat`; for KIP-848 `ConsumerMembershipManager`,
//! `ConsumerHeartbeatRequestManager`, `CommitRequestManager`.

mod classic;
mod close;
mod commit;
mod commit_answers;
mod committed;
mod coordinator;
mod heartbeat;
mod join;
mod lead;
mod listener;
mod metadata;
mod modern;
mod rebalance;
mod shown;

use std::collections::VecDeque;

pub use classic::{Classic, Generation, MemberState};
pub use commit::{CommitCall, CommitOutcome, PendingCommit};
pub use heartbeat::Heartbeat;
pub use listener::{ListenerCall, ListenerKind};
pub use modern::{Modern, ModernState};

use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::Profile;
use crate::kafka::base::TopicPartition;
use crate::kafka::channel::NetworkClient;
use crate::kafka::client::config::ConfigError;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::ConsumerConfig;
use crate::kafka::client::consumer::ConsumerSpec;
use crate::kafka::client::consumer::GroupProtocol;
use crate::kafka::client::consumer::Tag;
use crate::kafka::machine::Context;
use crate::kafka::machine::Timer;

use self::close::Closing;
use self::coordinator::Finding;
use self::coordinator::Unsent;

/// What a request about the group was.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) enum GroupTag {
    FindCoordinator,
    Join(Generation),
    Sync(Generation),
    Heartbeat(Generation),
    Leave,
    /// The number of the commit.
    Commit(u64, Generation),
    Committed,
    /// The number of the application's call.
    Call(u64),
    /// A heartbeat of KIP-848, perhaps the last one.
    Modern {
        leaves: bool,
    },
}

/// A committed offset as this consumer knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Committed {
    pub offset: Offset,
    /// When it learned it, by a commit of its own or from the coordinator.
    pub at: Instant,
    /// Whether it has committed it itself.
    pub own: bool,
}

/// What a consumer knows and does about its group.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Group {
    id: Option<Name>,
    instance: Option<Name>,
    /// The connection to the coordinator stands beside the one that fetches from the same broker.
    pub(super) client: NetworkClient<Tag>,
    coordinator: Option<NodeId>,
    finding: Finding,
    unsent: VecDeque<Unsent>,
    pub(super) classic: Classic,
    modern: Modern,
    protocol: GroupProtocol,
    calls: VecDeque<ListenerCall>,
    commits: Vec<PendingCommit>,
    next_commit: u64,
    /// When `poll()` commits by itself next.
    auto_commit_at: Option<Instant>,
    committed: Map<TopicPartition, Committed>,
    fetching_committed: bool,
    committed_not_before: Instant,
    committed_attempts: u32,
    last_commit: Option<CommitOutcome>,
    closing: Option<Closing>,
    /// Rebalances that this member has completed.
    rebalances: u64,
    /// When it last had no group work to wait for: begin of the rebalance under way, and how long the last one took.
    rebalancing_since: Option<Instant>,
    last_rebalance: Option<(Instant, Instant)>,
}

impl Group {
    pub(super) fn new(config: &ConsumerConfig, client: NetworkClient<Tag>) -> Self {
        Self {
            id: config.group_id.clone(),
            instance: config.group_instance_id.clone(),
            client,
            coordinator: None,
            finding: Finding::default(),
            unsent: VecDeque::new(),
            classic: Classic::new(&config.assignors),
            modern: Modern::new(),
            protocol: config.group_protocol,
            calls: VecDeque::new(),
            commits: Vec::new(),
            next_commit: 0,
            auto_commit_at: None,
            committed: Map::new(),
            fetching_committed: false,
            committed_not_before: Instant::ZERO,
            committed_attempts: 0,
            last_commit: None,
            closing: None,
            rebalances: 0,
            rebalancing_since: None,
            last_rebalance: None,
        }
    }

    /// A restarted client of the same process goes on counting, and remembers what it has seen.
    pub(super) fn keep_history(&mut self, before: &mut Self) {
        self.client.keep_correlation(&before.client);
        self.calls = std::mem::take(&mut before.calls);
        if self.id == before.id {
            self.committed = std::mem::take(&mut before.committed);
        }
        self.last_commit = before.last_commit.take();
        self.rebalances = before.rebalances;
        self.last_rebalance = before.last_rebalance;
    }

    /// Closes all connections to coordinators.
    pub(super) fn hang_up(&mut self, cx: &mut Context<'_>) {
        let peers: Vec<NodeId> = self.client.peers().map(|(id, _)| id).collect();
        for peer in peers {
            self.client.close(cx, peer);
        }
    }
}

/// What the constructor, `subscribe()` and a program's `commitSync()` refuse.
pub(super) fn check(spec: &ConsumerSpec, config: &ConsumerConfig) -> Result<(), ConfigError> {
    let invalid = |why: &str| ConfigError::Refused { exception: "InvalidGroupIdException", why: why.into() };
    let needed = "To use the group management or offset commit APIs, you must provide a valid group.id in the \
                  consumer configuration.";
    // 3.9 still takes an empty name for no group.
    let refuses_empty = spec.profile == Profile::Modern && config.names_a_group();
    let uses_group = spec.subscription.by_group() || spec.program.commit.calls();
    if config.group_id.is_some() || !(uses_group || refuses_empty) {
        return Ok(());
    }
    if config.names_a_group() {
        return Err(invalid("The configured group.id should not be an empty string or whitespace."));
    }
    Err(invalid(needed))
}

impl Consumer {
    /// What the group needs now: inside `poll()` that of `ConsumerCoordinator.poll`, at any time the heartbeat thread's.
    pub(super) fn run_group(&mut self, cx: &mut Context<'_>) {
        if self.group.id.is_none() {
            return;
        }
        self.send_unsent(cx);
        self.lead(cx);
        if self.application.is_polling() && !self.application.close_wanted {
            self.poll_group(cx);
            self.fetch_committed(cx);
        }
        if self.ended.is_none() {
            match self.group.protocol {
                GroupProtocol::Classic => self.run_heartbeat_thread(cx),
                GroupProtocol::Consumer => self.run_modern(cx),
            }
            self.run_commits(cx);
            self.run_closing(cx);
            self.arm_group(cx);
        }
    }

    fn poll_group(&mut self, cx: &mut Context<'_>) {
        self.update_subscription_metadata();
        if self.spec.subscription.by_group() {
            if self.group.protocol == GroupProtocol::Consumer {
                self.poll_modern(cx);
            } else if !self.poll_membership(cx) {
                return;
            }
        }
        self.maybe_auto_commit(cx);
    }

    fn poll_membership(&mut self, cx: &mut Context<'_>) -> bool {
        if let Some(error) = self.group.classic.heartbeat.failed {
            self.throw(cx, error);
            return false;
        }
        if !self.find_coordinator(cx) {
            return false;
        }
        !self.rejoin_needed() || self.join_if_needed(cx)
    }

    /// The next moments at which the group's threads have something to do.
    fn arm_group(&self, cx: &mut Context<'_>) {
        let set = |cx: &mut Context<'_>, timer, at: Option<Instant>| match at {
            Some(at) if at < Instant::MAX => cx.set_timer(timer, at.max(cx.now)),
            _ => cx.stop_timer(timer),
        };
        let next = match self.group.protocol {
            GroupProtocol::Classic => self.next_heartbeat(cx.now),
            GroupProtocol::Consumer => self.next_modern_heartbeat(cx.now),
        };
        set(cx, Timer::GroupHeartbeat, next);
        set(cx, Timer::MaxPoll, self.poll_deadline());
        let waits = [
            Some(self.group.finding.not_before),
            Some(self.group.classic.not_before),
            Some(self.group.committed_not_before),
            self.group.auto_commit_at.filter(|_| self.application.is_polling() && self.auto_commits()),
            self.group.closing.as_ref().map(|closing| closing.deadline),
            self.prepare_deadline(),
            self.group.modern.commit_deadline(),
        ];
        let commits = self.group.commits.iter().flat_map(|c| [Some(c.not_before), c.deadline]);
        let next = waits.into_iter().chain(commits).flatten().filter(|at| *at > cx.now).min();
        set(cx, Timer::Commit, next);
    }
}
