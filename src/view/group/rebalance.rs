//! The latest rebalance of a group, and what it cost: counted from the journal.

use super::Cause;
use super::MoveRow;
use super::RebalanceCost;
use super::RebalanceView;
use super::reads::Owner;
use super::reads::Reads;
use super::story::At;
use super::story::Move;
use super::story::Story;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::protocol::Api;
use crate::lab::GroupState;
use crate::lab::Journal;
use crate::lab::Kind;
use crate::lab::Seq;

/// A round that begins so soon after the last one, with the same members, belongs to it: members give up in the first
/// what others get in the second.
const SAME_US: u64 = 5_000_000;

/// From the first entry in which the group was not stable to the one in which it was again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    pub first: Move,
    /// What it was before.
    pub before: Option<Move>,
    pub end: Option<Move>,
    /// The last move of it.
    pub last: Move,
    pub rounds: u32,
    /// The entry up to which owners are looked at: members learn their partitions after the group is stable.
    pub settled: Seq,
}

impl Story {
    /// The latest stretch up to an entry.
    pub(super) fn stretch(&self, seq: Seq) -> Option<Stretch> {
        let moves = self.moves_until(seq);
        let latest = moves.iter().rposition(|it| it.state.is_rebalance())?;
        let mut from = latest;
        let mut rounds = 0;
        loop {
            while from > 0 && moves[from - 1].state.is_rebalance() {
                from -= 1;
            }
            rounds += 1;
            if from < 2 || !self.goes_on(&moves[from - 2], &moves[from - 1], &moves[from]) {
                break;
            }
            from -= 2;
        }
        let end = moves.get(latest + 1).copied();
        Some(Stretch {
            first: moves[from],
            before: from.checked_sub(1).map(|it| moves[it]),
            end,
            last: end.unwrap_or(moves[latest]),
            rounds,
            settled: end.map_or(seq, |end| self.settled(end.seq, seq)),
        })
    }

    /// Whether the round that begins here follows from the one that has just ended.
    fn goes_on(&self, round: &Move, end: &Move, next: &Move) -> bool {
        round.state.is_rebalance()
            && end.state == GroupState::Stable
            && next.at.0 - end.at.0 <= SAME_US
            && self.turns_between(end.seq, next.seq).is_empty()
    }

    /// The last entry after the group was stable with which a member took a partition before anybody lost one.
    fn settled(&self, stable: Seq, now: Seq) -> Seq {
        let after = |reads: &Reads| {
            let first = reads.owners.partition_point(|owner| owner.seq <= stable);
            reads.owners.get(first).copied()
        };
        let next: Vec<Owner> = self.reads.values().filter_map(after).filter(|it| it.seq <= now).collect();
        let lost = next.iter().filter(|owner| owner.node.is_none()).map(|owner| owner.seq).min();
        let until = lost.unwrap_or(Seq::MAX);
        next.iter().map(|owner| owner.seq).filter(|seq| *seq < until).max().unwrap_or(stable)
    }
}

impl RebalanceView {
    pub(super) fn of(story: &Story, at: &At<'_>, journal: &Journal) -> Option<Self> {
        let seq = at.seq;
        let stretch = story.stretch(seq)?;
        // Members come and go in the same event, and are told first.
        let turns = story.turns_between(stretch.before.map_or(0, |it| it.seq), stretch.first.seq);
        let beside = turns.iter().find(|turn| turn.at == stretch.first.at).map(|turn| turn.seq);
        let before = beside.unwrap_or(stretch.first.seq) - 1;
        let generation = stretch.before.map_or(0, |it| it.generation);
        let cost = story.cost(at, (before, stretch.settled), stretch.end.is_some());
        Some(Self {
            from: stretch.first.at,
            to: stretch.end.map(|end| end.at),
            generations: (generation, stretch.last.generation),
            cause: cause(story, &stretch, journal),
            entry: Some(stretch.first.seq),
            rows: rows(story, at, before, stretch.settled),
            cost: RebalanceCost { rounds: stretch.rounds, ..cost },
        })
    }
}

/// What made the group share its partitions out anew.
fn cause(story: &Story, stretch: &Stretch, journal: &Journal) -> Cause {
    let before = stretch.before.map_or(0, |it| it.seq);
    let entry = journal.get(stretch.first.seq);
    let began = entry.and_then(|entry| journal.get(entry.cause)).map(|cause| cause.kind);
    if let Some(turn) = story.turns_between(before, stretch.first.seq).last() {
        let member = turn.member.clone();
        let asked = matches!(began, Some(Kind::Received { response: false, .. }));
        return match (turn.came, asked) {
            (true, _) => Cause::Joined { member },
            (false, true) => Cause::Left { member },
            (false, false) => Cause::Removed { member },
        };
    }
    match began {
        Some(Kind::Received { api: Api::JoinGroup | Api::ConsumerGroupHeartbeat, .. }) => Cause::Subscription,
        _ if stretch.before.is_some_and(|it| it.node != stretch.first.node) => Cause::FailOver,
        _ => Cause::Unknown,
    }
}

/// What every member had just after one entry, and has just after another.
fn rows(story: &Story, at: &At<'_>, before: Seq, after: Seq) -> Vec<MoveRow> {
    let names = at.names;
    let (old, new) = (story.member_nodes(before), story.member_nodes(after));
    let mut rows: Map<NodeId, [Vec<TopicPartition>; 2]> =
        old.iter().chain(&new).map(|node| (*node, Default::default())).collect();
    for (spot, reads) in &story.reads {
        let Some(partition) = names.spot_of(*spot) else { continue };
        for (place, seq) in [before, after].into_iter().enumerate() {
            // Whose process ended without a word had it until the rebalance took it.
            let owner = if place == 0 { reads.last_owner(seq) } else { reads.owner(seq) };
            if let Some(owner) = owner {
                rows.entry(owner).or_default()[place].push(partition.clone());
            }
        }
    }
    let row = |(node, [mut before, mut after]): (NodeId, [Vec<TopicPartition>; 2])| {
        before.arrange();
        after.arrange();
        MoveRow {
            node: node.0,
            client: at.client(node),
            new: !old.contains(&node) && before.is_empty(),
            gone: !new.contains(&node) && after.is_empty(),
            before,
            after,
        }
    };
    rows.into_iter().map(row).collect()
}

impl Story {
    /// What everything that happened to the owners after an entry has cost together.
    pub(super) fn cost_after(&self, at: &At<'_>, before: Seq) -> RebalanceCost {
        let moves = self.moves_until(at.seq);
        let first = moves.partition_point(|it| it.seq <= before);
        let was = |place: usize| place.checked_sub(1).map_or(0, |it| moves[it].generation);
        let rounds = was(moves.len()).saturating_sub(was(first)).max(0).unsigned_abs();
        RebalanceCost { rounds, ..self.cost(at, (before, at.seq), false) }
    }

    /// What happened to the owners between two entries, without the rounds. Records are read twice up to now: who takes
    /// a partition reads again only after the rebalance. `over` is whether nothing waits for an owner any more.
    fn cost(&self, at: &At<'_>, between: (Seq, Seq), over: bool) -> RebalanceCost {
        let mut cost = RebalanceCost::default();
        for reads in self.reads.values() {
            cost.add(reads, between, at.now, over);
            cost.delivered_twice += reads.twice(at.seq) - reads.twice(between.0);
        }
        cost
    }
}

impl RebalanceCost {
    /// One partition, between two entries.
    fn add(&mut self, reads: &Reads, (before, after): (Seq, Seq), now: Instant, over: bool) {
        let known = reads.owners.partition_point(|owner| owner.seq <= before);
        let behind = reads.owners.partition_point(|owner| owner.seq <= after);
        let within = &reads.owners[known..behind];
        let had = reads.owners[..known].iter().rev().find_map(|owner| owner.node);
        let owned = reads.owners[..known].last().and_then(|owner| owner.node);
        let has = reads.owners[..behind].last().and_then(|owner| owner.node);
        self.revoked += within.iter().filter(|owner| owner.node.is_none()).count() as u32;
        if owned.is_some() && within.is_empty() {
            self.kept += 1;
        }
        if has.is_some() && had.is_some() && has != had {
            self.moved += 1;
        }
        // A time without an owner may have begun before: with the end of a process.
        let open = reads.owners[..known].last().filter(|owner| owner.node.is_none());
        let mut since = open.map(|owner| owner.at);
        let mut pause = |from: Instant, to: Instant| {
            let ms = i64::try_from(to.since(from).as_millis()).unwrap_or(i64::MAX);
            self.longest_pause_ms = self.longest_pause_ms.max(ms);
            self.paused_ms += ms;
        };
        for owner in within {
            match (owner.node, since) {
                (None, None) => since = Some(owner.at),
                (Some(_), Some(from)) => {
                    pause(from, owner.at);
                    since = None;
                }
                _ => {}
            }
        }
        if let Some(from) = since.filter(|_| !over) {
            pause(from, now);
        }
    }
}
