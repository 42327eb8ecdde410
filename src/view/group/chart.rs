//! The sequence chart of a group, and who read what over the same time.

use super::Band;
use super::Chart;
use super::ChartLine;
use super::Column;
use super::Span;
use super::Strip;
use super::story::At;
use super::story::Story;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::errors::error_name;
use crate::kafka::protocol::ErrorCode;
use crate::lab::Journal;
use crate::lab::Kind;
use crate::lab::Seq;

/// Lines that one chart shows; the oldest ones make room.
const LINES: usize = 240;
/// What is shown before the latest rebalance, and behind it.
const BEFORE_US: u64 = 2_000_000;
const BEHIND_US: u64 = 5_000_000;
/// What is shown where there was no rebalance.
const WITHOUT_US: u64 = 10_000_000;

impl Story {
    /// The time that the pictures show when nobody says which: the latest rebalance with what is around it.
    pub(super) fn window(&self, at: &At<'_>) -> (Instant, Instant) {
        let now = at.now;
        let Some(stretch) = self.stretch(at.seq) else {
            return (Instant(now.0.saturating_sub(WITHOUT_US)), now);
        };
        let until = stretch.end.map_or(now, |end| Instant(end.at.0 + BEHIND_US).min(now));
        // Who was removed was silent before: what happened since its process ended belongs to it.
        let silent = self.reads.values().filter_map(|reads| {
            let known = reads.owners.partition_point(|owner| owner.seq < stretch.first.seq);
            reads.owners[..known].last().filter(|owner| owner.node.is_none() && owner.lost)
        });
        let began = silent.map(|owner| owner.at).min().unwrap_or(stretch.first.at);
        (Instant(began.min(stretch.first.at).0.saturating_sub(BEFORE_US)), until)
    }
}

impl Chart {
    pub(super) fn of(story: &Story, at: &At<'_>, journal: &Journal, (from, to): (Instant, Instant)) -> Self {
        let seq = at.seq;
        let time =
            |entry: Seq| journal.get(entry).filter(|_| entry > 0 && entry <= seq).map(|entry| entry.at);
        let known = story.lines.partition_point(|line| line.sent <= seq);
        let mut lines = Vec::new();
        let mut earlier = 0;
        for line in story.lines[..known].iter().rev() {
            let (Some(sent), arrived) = (time(line.sent), time(line.arrived)) else { continue };
            if sent < from && arrived.is_some_and(|at| at < from) {
                break;
            }
            if sent > to || arrived.unwrap_or(to) < from {
                continue;
            }
            // What has no room is counted, not read.
            match lines.len() < LINES {
                true => lines.extend(chart_line(line.sent, line.arrived, at, journal)),
                false => earlier += 1,
            }
        }
        lines.reverse();
        let quiet =
            story.quiet.partition_point(|at| *at <= to) - story.quiet.partition_point(|at| *at < from);
        let mut chart = Self { from, to, lines, quiet: quiet as u32, earlier, ..Self::default() };
        chart.bands = bands(story, at, (from, to));
        chart.columns = columns(story, at, &chart);
        chart
    }
}

fn chart_line(sent: u64, arrived: u64, at: &At<'_>, journal: &Journal) -> Option<ChartLine> {
    let entry = journal.get(sent)?;
    let Kind::Sent { peer, api, response, error, .. } = entry.kind else { return None };
    let there = (arrived > 0 && arrived <= at.seq).then(|| journal.get(arrived)).flatten();
    let (node, cause) = if response { (peer, arrived) } else { (entry.node, entry.cause) };
    let (took, gave_up) =
        if there.is_some() || !response { changes(node, cause, at, journal) } else { Default::default() };
    Some(ChartLine {
        entry: sent,
        sent: entry.at,
        arrived: there.map(|entry| entry.at),
        from: entry.node.0,
        to: peer.0,
        api,
        response,
        error: (error != 0).then(|| error_name(ErrorCode::from(error))),
        took: if response { took } else { Vec::new() },
        gave_up,
    })
}

/// How far behind an input what it changed is looked for.
const CHANGES: u64 = 512;

/// What a member took and gave up when it handled an input.
fn changes(
    node: NodeId,
    cause: Seq,
    at: &At<'_>,
    journal: &Journal,
) -> (Vec<TopicPartition>, Vec<TopicPartition>) {
    let (mut took, mut gave_up) = (Vec::new(), Vec::new());
    let Some(began) = journal.get(cause).filter(|_| cause > 0) else { return (took, gave_up) };
    let last = at.seq.min(cause + CHANGES);
    let event = journal.iter_from(cause + 1).take_while(|(seq, it)| *seq <= last && it.at == began.at);
    for (_, entry) in event.filter(|(_, it)| it.node == node && it.cause == cause) {
        match entry.kind {
            Kind::Took { spot } => took.extend(at.names.spot_of(spot).cloned()),
            Kind::GaveUp { spot, .. } => gave_up.extend(at.names.spot_of(spot).cloned()),
            _ => {}
        }
    }
    (took, gave_up)
}

/// The states of the group that lie in this time; what follows unchanged is one.
fn bands(story: &Story, at: &At<'_>, (from, to): (Instant, Instant)) -> Vec<Band> {
    let moves = story.moves_until(at.seq);
    let mut bands: Vec<Band> = Vec::new();
    for it in moves {
        if let Some(last) = bands.last_mut() {
            if (last.state, last.generation) == (it.state, it.generation) {
                continue;
            }
            last.to = Some(it.at);
        }
        bands.push(Band { from: it.at, to: None, state: it.state, generation: it.generation });
    }
    bands.retain(|band| band.from <= to && band.to.is_none_or(|end| end >= from));
    bands
}

/// Coordinators first, then members in the order in which they came, then whoever else spoke.
fn columns(story: &Story, at: &At<'_>, chart: &Chart) -> Vec<Column> {
    let seq = at.seq;
    let moves = story.moves_until(seq);
    let mut nodes: Vec<(NodeId, bool)> = Vec::new();
    let mut put = |node: NodeId, coordinator: bool| {
        if !nodes.iter().any(|(it, _)| *it == node) {
            nodes.push((node, coordinator));
        }
    };
    for (place, it) in moves.iter().enumerate() {
        let ends = moves.get(place + 1).map_or(Instant::MAX, |next| next.at);
        if it.at <= chart.to && ends >= chart.from {
            put(it.node, true);
        }
    }
    let speaks = |node: NodeId| chart.lines.iter().any(|line| line.from == node.0 || line.to == node.0);
    let broker = |id: i32| id < 3_000;
    chart.lines.iter().flat_map(|line| [line.from, line.to]).filter(|id| broker(*id)).for_each(|id| {
        put(NodeId(id), true);
    });
    let members = story.member_nodes(seq);
    let came = |turn: &&super::story::Turn| turn.came && turn.seq <= seq;
    for node in story.turns.iter().filter(came).filter_map(|turn| turn.node) {
        if members.contains(&node) || speaks(node) {
            put(node, false);
        }
    }
    chart.lines.iter().flat_map(|line| [line.from, line.to]).filter(|id| !broker(*id)).for_each(|id| {
        put(NodeId(id), false);
    });
    let first = |node: NodeId| story.turns.iter().find(|turn| turn.came && turn.node == Some(node));
    let column = |(node, coordinator): (NodeId, bool)| Column {
        node: node.0,
        name: at.client(node),
        coordinator,
        leads: false,
        new: !coordinator && first(node).is_none_or(|turn| turn.at >= chart.from && turn.at <= chart.to),
        gone: !coordinator && !members.contains(&node),
    };
    nodes.into_iter().map(column).collect()
}

impl Strip {
    /// Who read what in this time, in the order of the partitions.
    pub(super) fn all(story: &Story, at: &At<'_>, (from, to): (Instant, Instant)) -> Vec<Self> {
        let seq = at.seq;
        let names = at.names;
        let one = |(spot, reads): (&crate::lab::journal::Spot, &super::reads::Reads)| {
            let known = reads.owners.partition_point(|owner| owner.seq <= seq);
            let owners = &reads.owners[..known];
            if owners.is_empty() {
                return None;
            }
            let first = owners.partition_point(|owner| owner.at <= from);
            let mut spans = Vec::new();
            let mut open = (first.checked_sub(1).and_then(|it| owners[it].node), from);
            for owner in owners[first..].iter().take_while(|owner| owner.at < to) {
                if owner.at > open.1 {
                    spans.push(Span { node: open.0.map(|node| node.0), from: open.1, to: owner.at });
                }
                open = (owner.node, owner.at);
            }
            spans.push(Span { node: open.0.map(|node| node.0), from: open.1, to });
            Some(Self { partition: names.spot_of(*spot)?.clone(), spans })
        };
        let mut strips: Vec<Self> = story.reads.iter().filter_map(one).collect();
        strips.arrange_by(|a, b| a.partition.cmp(&b.partition));
        strips
    }
}
