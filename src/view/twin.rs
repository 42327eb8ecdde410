use super::group::Groups;
use super::group::RebalanceCost;
use super::moment::MomentView;
use super::outcome::OutcomeView;
use super::outcome::Outcomes;
use crate::kafka::base::Instant;
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

/// What the rebalances of a group have cost in A and in B.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupCosts {
    pub group: Name,
    /// Counted from here on: the first thing that was done to both, or where they parted.
    pub since: Instant,
    pub sides: [RebalanceCost; 2],
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
    groups: [Groups; 2],
    /// The difference in words, found when both worlds were there: at an earlier moment they do not know all its names.
    told: Option<(Difference, DifferenceView)>,
}

impl Comparison {
    /// Begins where both worlds stand at the moment at which they parted.
    pub fn begin(twin: &Twin, timeline: &Timeline) -> Self {
        Self { outcomes: Outcomes::begin(twin, timeline), groups: Default::default(), told: None }
    }

    /// How the two worlds differ up to now.
    pub fn look(&mut self, twin: &mut Twin, timeline: &Timeline) -> TwinView {
        let found = twin.difference(timeline);
        if self.told.as_ref().map(|(known, _)| *known) != found {
            self.told = found.map(|found| (found, DifferenceView::of(&found, twin, timeline)));
        }
        TwinView {
            focus: twin.focus(),
            parted: twin.from().1,
            change: twin.change(timeline).cloned().collect(),
            difference: self.told.as_ref().map(|(_, view)| view.clone()),
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
        let mut cost = |side: Side| {
            let (world, journal) = (twin.world(timeline, side), twin.journal(timeline, side));
            // What the act itself set off is counted too.
            let before = journal.last_at(Instant(since.0.saturating_sub(1)));
            self.groups[side as usize].cost_after(world, journal, &group, before)
        };
        Some(GroupCosts { since, sides: [cost(Side::A)?, cost(Side::B)?], group })
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
