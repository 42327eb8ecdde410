use std::cell::RefMut;
use std::rc::Rc;

use super::Desk;
use super::speed::Speed;
use super::state::Shared;
use crate::kafka::base::Name;
use crate::kafka::base::name;
use crate::lab::Act;
use crate::lab::NewConsumer;
use crate::view::ClusterView;
use crate::view::GroupLine;
use crate::view::GroupView;

/// What was read of the groups, with the picture of the cluster for which it was: many ask in one frame.
#[derive(Default)]
pub(super) struct Kept {
    of: Option<Shared<ClusterView>>,
    lines: Option<Rc<[GroupLine]>>,
    /// The group that is looked at, by the name that was wanted.
    view: Option<(Option<Name>, Option<Shared<GroupView>>)>,
}

/// The group that a click makes.
const FIRST_GROUP: &str = "billing";
/// Its members.
const FIRST_MEMBERS: usize = 3;

impl Desk {
    /// The group that is looked at: the chosen one while it is there, else the first with members. It is read once for
    /// each picture of the cluster, however many ask.
    pub fn group(&self) -> Option<Shared<GroupView>> {
        let wanted = self.read(|page| page.group.name.clone());
        if let Some((of, view)) = &self.kept_groups().view
            && *of == wanted
        {
            return view.clone();
        }
        let lines = self.groups();
        let chosen = lines.iter().find(|line| Some(&line.name) == wanted.as_ref());
        let chosen = chosen.or_else(|| lines.iter().find(|line| line.members > 0)).or_else(|| lines.first());
        let view = chosen.and_then(|line| self.0.engine.borrow_mut().group(&line.name)).map(Shared::new);
        self.kept_groups().view = Some((wanted, view.clone()));
        view
    }

    /// The groups of the world, by name.
    pub fn groups(&self) -> Rc<[GroupLine]> {
        if let Some(lines) = &self.kept_groups().lines {
            return lines.clone();
        }
        let lines: Rc<[GroupLine]> = self.engine(|engine| GroupLine::all(engine.world())).into();
        self.kept_groups().lines = Some(lines.clone());
        lines
    }

    /// What was read of the groups for the picture of the cluster that is shown.
    fn kept_groups(&self) -> RefMut<'_, Kept> {
        let cluster = self.read(|page| page.seen.cluster.clone());
        let mut kept = self.0.group.borrow_mut();
        if kept.of.as_ref() != Some(&cluster) {
            *kept = Kept { of: Some(cluster), ..Kept::default() };
        }
        kept
    }

    /// One more member, made like the latest one of the group.
    pub fn add_member(&self, group: &Name) -> bool {
        let known = self.engine(|engine| {
            let now = engine.world().now();
            let acts = engine.acts().filter(|it| it.at <= now).map(|it| &it.act);
            let made = acts.filter_map(|act| match act {
                Act::AddConsumer(new) if new.group.as_ref() == Some(group) => Some(new),
                _ => None,
            });
            made.last().cloned()
        });
        let new = match known {
            Some(like) => NewConsumer { id: None, instance: None, ..like },
            None => member_of(group, self.topics_of(group)),
        };
        self.at_least_as_in_life();
        self.act(Act::AddConsumer(new))
    }

    /// Three consumers that share the largest topic.
    pub fn add_group(&self) -> bool {
        let group = name(FIRST_GROUP);
        let topics = self.topics_of(&group);
        self.at_least_as_in_life();
        (0..FIRST_MEMBERS).all(|_| self.act(Act::AddConsumer(member_of(&group, topics.clone()))))
    }

    /// At the speed of single messages a group would take minutes to form.
    fn at_least_as_in_life(&self) {
        self.change(|page| page.clock.speed = page.clock.speed.max(Speed::LIFE));
    }

    /// What a group reads, or the topic with the most partitions.
    fn topics_of(&self, group: &Name) -> Vec<Name> {
        let read = self.group().filter(|view| view.name == *group);
        let mut topics: Vec<Name> =
            read.iter().flat_map(|view| &view.lag).map(|line| line.partition.topic.clone()).collect();
        topics.dedup();
        if topics.is_empty() {
            let largest = self.read(|page| {
                let all = page.seen.cluster.partitions.iter().map(|it| &it.partition);
                all.max_by_key(|it| (it.partition, std::cmp::Reverse(it.topic.clone())))
                    .map(|it| it.topic.clone())
            });
            topics.extend(largest);
        }
        topics
    }
}

fn member_of(group: &Name, topics: Vec<Name>) -> NewConsumer {
    NewConsumer { topics, group: Some(group.clone()), ..NewConsumer::default() }
}
