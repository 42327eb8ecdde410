use super::group::Groups;
use super::group::RebalanceCost;
use super::moment::MomentView;
use super::outcome::OutcomeView;
use super::outcome::Outcomes;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::lab::Act;
use crate::lab::Difference;
use crate::lab::Side;
use crate::lab::Timeline;
use crate::lab::Twin;
use crate::lab::World;

/// Two worlds that differ in one thing: what the thing is, what it did first, and what became of the records.
#[derive(Clone, Debug, PartialEq)]
pub struct TwinView {
    /// The world that the other views show.
    pub focus: Side,
    /// When they parted.
    pub parted: Instant,
    pub change: Vec<Act>,
    pub difference: Option<DifferenceView>,
    /// Of A and of B, since they parted; `None` before.
    pub outcomes: Option<[OutcomeView; 2]>,
    /// When the change is about members of a group.
    pub group: Option<GroupCosts>,
}

/// What the rebalances of a group have cost in A, in B, and in the worlds that play along beside them.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupCosts {
    pub group: Name,
    /// Counted from here on: the first thing that was done to all, or where they parted.
    pub since: Instant,
    /// A first, then in the order in which they were tried.
    pub ways: Vec<WayCost>,
}

/// What the rebalances of a group have cost in one world.
#[derive(Clone, Debug, PartialEq)]
pub struct WayCost {
    pub place: Place,
    /// What was done in it and not in A.
    pub change: Vec<Act>,
    pub cost: RebalanceCost,
}

/// Which of the worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Drawn(Side),
    /// One that plays along, by its number: see [`Twin::exchange`].
    Beside(usize),
}

/// The first thing that happened in one world and not, or not then, in the other.
#[derive(Clone, Debug, PartialEq)]
pub struct DifferenceView {
    pub at: Instant,
    /// What A and what B did there, or next.
    pub sides: [Option<MomentView>; 2],
}

/// What was found of two worlds so far.
#[derive(Clone, Debug)]
pub struct Comparison {
    outcomes: Outcomes,
    /// By branch.
    groups: Map<usize, Groups>,
    /// The difference in words, and from which B, found when both worlds were there: at an earlier moment they do not know
    /// all its names.
    told: Option<(usize, Difference, DifferenceView)>,
}

impl Comparison {
    /// Begins where both worlds stand at the moment at which they parted.
    pub fn begin(twin: &Twin, timeline: &Timeline) -> Self {
        Self { outcomes: Outcomes::begin(twin, timeline), groups: Map::new(), told: None }
    }

    /// How the two worlds differ up to now.
    pub fn look(&mut self, twin: &mut Twin, timeline: &Timeline) -> TwinView {
        let b = twin.branch(timeline, Side::B);
        let found = twin.difference(timeline).map(|found| (b, found));
        if self.told.as_ref().map(|(b, known, _)| (*b, *known)) != found {
            self.told = found.map(|(b, found)| (b, found, DifferenceView::of(&found, twin, timeline)));
        }
        TwinView {
            focus: twin.focus(),
            parted: twin.from().1,
            change: twin.change(timeline).cloned().collect(),
            difference: self.told.as_ref().map(|(_, _, view)| view.clone()),
            outcomes: self.outcomes.count(twin, timeline),
            group: self.group_costs(twin, timeline),
        }
    }

    fn group_costs(&mut self, twin: &Twin, timeline: &Timeline) -> Option<GroupCosts> {
        let (_, parted) = twin.from();
        let group = twin.change(timeline).find_map(|act| group_of(twin.world(timeline, Side::A), act))?;
        let now = timeline.world().now();
        let acts = &timeline.branches()[twin.branch(timeline, Side::A)].acts;
        let since = acts.iter().map(|recorded| recorded.at).find(|at| *at > parted);
        let since = since.filter(|at| *at <= now).unwrap_or(parted);
        let mut worlds: Vec<_> = Side::BOTH
            .map(|side| {
                let change =
                    if side == Side::A { Vec::new() } else { twin.change(timeline).cloned().collect() };
                let (world, journal) = (twin.world(timeline, side), twin.journal(timeline, side));
                (twin.branch(timeline, side), Place::Drawn(side), change, world, journal)
            })
            .into();
        for number in 0..twin.beside() {
            let (branch, world, journal) = twin.world_beside(timeline, number);
            let change = twin.change_beside(timeline, number).cloned().collect();
            worlds.push((branch, Place::Beside(number), change, world, journal));
        }
        worlds[1..].arrange_by_key(|(branch, ..)| *branch);
        self.groups.retain(|branch, _| worlds.iter().any(|(it, ..)| it == branch));
        let ways = worlds.into_iter().map(|(branch, place, change, world, journal)| {
            // What the act itself set off is counted too.
            let before = journal.last_at(Instant(since.0.saturating_sub(1)));
            let cost = self.groups.entry(branch).or_default().cost_after(world, journal, &group, before)?;
            Some(WayCost { place, change, cost })
        });
        Some(GroupCosts { since, ways: ways.collect::<Option<_>>()?, group })
    }
}

impl DifferenceView {
    fn of(found: &Difference, twin: &Twin, timeline: &Timeline) -> Self {
        let told = |side: Side| {
            let (seq, entry) = found.sides[side as usize].as_ref()?;
            MomentView::of(*seq, entry, twin.world(timeline, side).names())
        };
        Self { at: found.at, sides: Side::BOTH.map(told) }
    }
}

/// The group of the member that an act is about.
fn group_of(world: &World, act: &Act) -> Option<Name> {
    world.node(act.node()?)?.as_consumer()?.group().id().cloned()
}
