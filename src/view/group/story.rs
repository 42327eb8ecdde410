//! What a journal tells of groups: followed once, entry by entry, and asked as of any entry that was followed.

use super::reads::Owner;
use super::reads::Reads;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::Set;
use crate::kafka::node::NodeSpec;
use crate::kafka::protocol::Api;
use crate::lab::Entry;
use crate::lab::GroupId;
use crate::lab::GroupState;
use crate::lab::Journal;
use crate::lab::Kind;
use crate::lab::Names;
use crate::lab::Seq;
use crate::lab::World;
use crate::lab::journal::Spot;

/// As of when a story is asked.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub seq: Seq,
    pub now: Instant,
    pub names: &'a Names,
    pub clients: &'a Map<NodeId, Name>,
}

impl At<'_> {
    /// `client.id` of a member, `b2` of a broker.
    pub(super) fn client(&self, node: NodeId) -> Name {
        match self.clients.get(&node) {
            Some(name) => name.clone(),
            None if node.0 < 3_000 => Name::from(format!("b{}", node.0)),
            None => Name::from(node.to_string()),
        }
    }
}

/// A group came into another state or generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub seq: Seq,
    pub at: Instant,
    /// The coordinator.
    pub node: NodeId,
    pub state: GroupState,
    pub generation: i32,
}

/// A coordinator counts a member in, or not any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub seq: Seq,
    pub at: Instant,
    pub member: Name,
    /// The machine of the member, where a request of its own made it one.
    pub node: Option<NodeId>,
    pub came: bool,
}

/// A request or an answer between a member and the coordinator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub sent: Seq,
    /// 0 = not yet.
    pub arrived: Seq,
}

/// One group as the journal tells of it.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub name: Name,
    pub moves: Vec<Move>,
    pub turns: Vec<Turn>,
    pub lines: Vec<Line>,
    /// Lines that were forgotten, the oldest first.
    pub forgotten: u32,
    /// When heartbeats were sent whose answers had nothing to say.
    pub quiet: Vec<Instant>,
    pub reads: Map<Spot, Reads>,
    held: Map<NodeId, Set<Spot>>,
    /// Heartbeats without an answer: connection and the entry of their departure.
    beating: Map<u32, Seq>,
    /// KIP-848: the shortest request and answer of each member; what is longer has something to say.
    shortest: Map<(NodeId, bool), u32>,
}

/// Most lines of a group that are kept.
const LINES: usize = 8_192;

impl Story {
    fn new(name: Name) -> Self {
        Self {
            name,
            moves: Vec::new(),
            turns: Vec::new(),
            lines: Vec::new(),
            forgotten: 0,
            quiet: Vec::new(),
            reads: Map::new(),
            held: Map::new(),
            beating: Map::new(),
            shortest: Map::new(),
        }
    }

    /// The moves up to an entry.
    pub(super) fn moves_until(&self, seq: Seq) -> &[Move] {
        &self.moves[..self.moves.partition_point(|it| it.seq <= seq)]
    }

    /// The members' comings and goings after one entry, up to another.
    pub(super) fn turns_between(&self, after: Seq, until: Seq) -> &[Turn] {
        let first = self.turns.partition_point(|it| it.seq <= after);
        let behind = self.turns.partition_point(|it| it.seq <= until);
        &self.turns[first.min(behind)..behind]
    }

    /// The machines of the members just after an entry, in the order in which they came.
    pub(super) fn member_nodes(&self, seq: Seq) -> Vec<NodeId> {
        let mut ids: Vec<(&Name, NodeId)> = Vec::new();
        for turn in self.turns_between(0, seq) {
            match turn.node {
                Some(node) if turn.came => ids.push((&turn.member, node)),
                _ => ids.retain(|(id, _)| *id != &turn.member),
            }
        }
        let mut seen = Set::new();
        ids.into_iter().map(|(_, node)| node).filter(|node| seen.insert(*node)).collect()
    }

    /// The machine of a member that came once.
    pub(super) fn node_of(&self, member: &str) -> Option<NodeId> {
        self.turns.iter().rev().find(|turn| turn.came && &*turn.member == member)?.node
    }

    fn own(&mut self, spot: Spot, owner: Owner) {
        let reads = self.reads.entry(spot).or_default();
        let before = reads.owners.last().and_then(|last| last.node);
        reads.own(owner);
        if let Some(before) = before {
            self.held.entry(before).or_default().remove(&spot);
        }
        if let Some(node) = owner.node {
            self.held.entry(node).or_default().insert(spot);
        }
    }

    fn give_up(&mut self, spot: Spot, (seq, entry, lost): (Seq, &Entry, bool)) {
        // Who comes late to give up what another one has taken already changes nothing.
        let owns = self.reads.get(&spot).and_then(|reads| reads.owners.last()).and_then(|last| last.node);
        if owns == Some(entry.node) {
            self.own(spot, Owner { seq, at: entry.at, node: None, lost });
        }
    }

    fn process_ended(&mut self, seq: Seq, entry: &Entry) {
        for spot in self.held.remove(&entry.node).unwrap_or_default() {
            self.own(spot, Owner { seq, at: entry.at, node: None, lost: true });
        }
    }

    fn sent(&mut self, seq: Seq, entry: &Entry) {
        if self.lines.len() == LINES {
            self.forgotten += (LINES / 2) as u32;
            self.lines.drain(..LINES / 2);
        }
        self.lines.push(Line { sent: seq, arrived: 0 });
        let Kind::Sent { connection, api, response, error, bytes, peer, .. } = entry.kind else { return };
        if !matches!(api, Api::Heartbeat | Api::ConsumerGroupHeartbeat) {
            return;
        }
        let member = if response { peer } else { entry.node };
        let tells = api == Api::ConsumerGroupHeartbeat && self.tells((member, response), bytes);
        if !response {
            if !tells {
                self.beating.insert(connection, seq);
            }
        } else if let Some(asked) = self.beating.remove(&connection).filter(|_| error == 0 && !tells) {
            self.hush(asked, seq, entry.at);
        }
    }

    /// Whether a heartbeat of KIP-848 says more than "I live": it is longer than the shortest one.
    fn tells(&mut self, of: (NodeId, bool), bytes: u32) -> bool {
        let shortest = self.shortest.get(&of).copied();
        if shortest.is_none_or(|shortest| bytes < shortest) {
            self.shortest.insert(of, bytes);
        }
        shortest.is_none_or(|shortest| bytes != shortest)
    }

    /// A heartbeat and its answer leave the picture.
    fn hush(&mut self, asked: Seq, answered: Seq, at: Instant) {
        for seq in [answered, asked] {
            if let Ok(place) = self.lines.binary_search_by_key(&seq, |line| line.sent) {
                self.lines.remove(place);
            }
        }
        if self.quiet.len() == LINES {
            self.quiet.drain(..LINES / 2);
        }
        self.quiet.push(at);
    }

    fn arrived(&mut self, seq: Seq, sent: Seq) {
        if let Ok(place) = self.lines.binary_search_by_key(&sent, |line| line.sent) {
            self.lines[place].arrived = seq;
        }
    }
}

/// A partition's leader and how far its records can be read.
#[derive(Clone, Copy, Debug, Default)]
struct End {
    leader: Option<NodeId>,
    high_watermark: Offset,
}

/// Follows the journal of one branch and keeps what pictures of groups need of it.
///
/// It reads every entry once, so that a picture in every frame is cheap however long the journal is. A playhead that goes
/// back changes nothing: everything can be asked as of an entry.
#[derive(Clone, Debug, Default)]
pub(super) struct Stories {
    pub read: Seq,
    mark: Option<Entry>,
    acts: usize,
    stories: Vec<Story>,
    by_id: Map<GroupId, usize>,
    /// Which group a machine is a member of.
    homes: Map<NodeId, usize>,
    /// `client.id` of every consumer there has been.
    pub clients: Map<NodeId, Name>,
    ends: Map<Spot, End>,
}

/// The requests that the chart of a group shows.
pub(super) const fn is_of_group(api: Api) -> bool {
    matches!(
        api,
        Api::JoinGroup
            | Api::SyncGroup
            | Api::Heartbeat
            | Api::LeaveGroup
            | Api::OffsetCommit
            | Api::OffsetFetch
            | Api::ConsumerGroupHeartbeat
    )
}

impl Stories {
    /// Reads on up to the playhead. A journal that is another one is read from its beginning.
    pub(super) fn follow(&mut self, world: &World, journal: &Journal) {
        if journal.get(self.read).copied() != self.mark {
            *self = Self::default();
        }
        if self.read == 0 || self.acts != world.acts_done() {
            self.acts = world.acts_done();
            for (id, machine) in world.machines() {
                if let NodeSpec::Consumer(spec) = &machine.spec {
                    self.clients.insert(id, spec.client_id.clone());
                    if let Some(group) = spec.group() {
                        self.learn_home(id, &Name::from(group));
                    }
                }
            }
        }
        self.follow_to(world.seq(), journal, world.names());
    }

    /// The world's moment, to ask stories about.
    pub(super) fn at<'a>(&'a self, world: &'a World) -> At<'a> {
        At { seq: world.seq(), now: world.now(), names: world.names(), clients: &self.clients }
    }

    pub(super) fn learn_home(&mut self, node: NodeId, group: &Name) {
        let place = self.place_of(group);
        self.homes.insert(node, place);
    }

    pub(super) fn follow_to(&mut self, seq: Seq, journal: &Journal, names: &Names) {
        let last = seq.min(journal.len());
        for (seq, entry) in journal.iter_from(self.read + 1).take_while(|(seq, _)| *seq <= last) {
            self.take(seq, entry, journal, names);
            (self.read, self.mark) = (seq, Some(*entry));
        }
    }

    pub(super) fn story(&self, group: &str) -> Option<&Story> {
        self.stories.iter().find(|story| &*story.name == group)
    }

    pub(super) fn all(&self) -> &[Story] {
        &self.stories
    }

    /// The story of the group that a machine is a member of.
    pub(super) fn of_member(&self, node: NodeId) -> Option<&Story> {
        self.stories.get(*self.homes.get(&node)?)
    }

    fn place_of(&mut self, group: &Name) -> usize {
        if let Some(place) = self.stories.iter().position(|story| story.name == *group) {
            return place;
        }
        self.stories.push(Story::new(group.clone()));
        self.stories.len() - 1
    }

    fn by_id(&mut self, id: GroupId, names: &Names) -> Option<&mut Story> {
        let place = match self.by_id.get(&id) {
            Some(place) => *place,
            None => {
                let place = self.place_of(names.group_of(id)?);
                self.by_id.insert(id, place);
                place
            }
        };
        Some(&mut self.stories[place])
    }

    fn home(&mut self, node: NodeId) -> Option<&mut Story> {
        let place = *self.homes.get(&node)?;
        Some(&mut self.stories[place])
    }

    fn take(&mut self, seq: Seq, entry: &Entry, journal: &Journal, names: &Names) {
        let (at, node) = (entry.at, entry.node);
        match entry.kind {
            Kind::Sent { peer, api, response, .. } if is_of_group(api) => {
                if let Some(story) = self.home(if response { peer } else { node }) {
                    story.sent(seq, entry);
                }
            }
            Kind::Received { peer, api, response, .. } if is_of_group(api) => {
                if let Some(story) = self.home(if response { node } else { peer }) {
                    story.arrived(seq, entry.cause);
                }
            }
            Kind::HighWatermark { .. } | Kind::LeaderChanged { .. } => self.reach(seq, entry),
            Kind::Consumed { spot, from, to } => {
                if let Some(story) = self.home(node) {
                    story.reads.entry(spot).or_default().hand_over(seq, node, (from, to));
                }
            }
            Kind::Jumped { spot, to, .. } => {
                if let Some(story) = self.home(node) {
                    story.reads.entry(spot).or_default().jump(seq, at, node, to);
                }
            }
            Kind::Dropped { spot, from, to } => {
                if let Some(story) = self.home(node) {
                    story.reads.entry(spot).or_default().drop_unprocessed(seq, node, (from, to));
                }
            }
            Kind::Took { spot } => {
                if let Some(story) = self.home(node) {
                    story.own(spot, Owner { seq, at, node: Some(node), lost: false });
                }
            }
            Kind::GaveUp { spot, lost } => {
                if let Some(story) = self.home(node) {
                    story.give_up(spot, (seq, entry, lost));
                }
            }
            Kind::Crashed | Kind::PoweredOff | Kind::Exited => {
                if let Some(story) = self.home(node) {
                    story.process_ended(seq, entry);
                }
            }
            _ => self.take_of_coordinator(seq, entry, journal, names),
        }
    }

    fn take_of_coordinator(&mut self, seq: Seq, entry: &Entry, journal: &Journal, names: &Names) {
        let (at, node) = (entry.at, entry.node);
        match entry.kind {
            Kind::GroupMoved { group, state, generation } => {
                if let Some(story) = self.by_id(group, names) {
                    story.moves.push(Move { seq, at, node, state, generation });
                }
            }
            Kind::MemberCame { group, member } => {
                let asked = asker(journal, entry.cause);
                let Some(member) = names.text_of(member).cloned() else { return };
                if let Some(story) = self.by_id(group, names) {
                    story.turns.push(Turn { seq, at, member, node: asked, came: true });
                }
                if let (Some(asked), Some(place)) = (asked, self.by_id.get(&group)) {
                    self.homes.entry(asked).or_insert(*place);
                }
            }
            Kind::MemberWent { group, member } => {
                let Some(member) = names.text_of(member).cloned() else { return };
                if let Some(story) = self.by_id(group, names) {
                    let node = story.node_of(&member);
                    story.turns.push(Turn { seq, at, member, node, came: false });
                }
            }
            Kind::Committed { group, spot, to, .. } => {
                let end = self.ends.get(&spot).map_or(0, |end| end.high_watermark);
                if let Some(story) = self.by_id(group, names) {
                    let reads = story.reads.entry(spot).or_default();
                    reads.commit(seq, to);
                    if to >= 0 {
                        reads.lag.add(seq, at, (end - to).max(0));
                    }
                }
            }
            _ => {}
        }
    }

    /// A partition has another leader, or its leader lets more be read.
    fn reach(&mut self, seq: Seq, entry: &Entry) {
        match entry.kind {
            Kind::LeaderChanged { spot, leader, .. } => {
                self.ends.entry(spot).or_default().leader = Some(leader).filter(|leader| leader.0 >= 0);
            }
            Kind::HighWatermark { spot, to, .. } => {
                let end = self.ends.entry(spot).or_default();
                if end.leader != Some(entry.node) {
                    return;
                }
                end.high_watermark = to;
                for story in &mut self.stories {
                    if let Some(reads) = story.reads.get_mut(&spot)
                        && let Some(committed) = reads.committed
                    {
                        reads.lag.add(seq, entry.at, (to - committed).max(0));
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whose request an entry followed from.
pub(super) fn asker(journal: &Journal, cause: Seq) -> Option<NodeId> {
    match journal.get(cause)?.kind {
        Kind::Received { peer, response: false, .. } => Some(peer),
        _ => None,
    }
}
