use std::rc::Rc;

use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::lab::Seq;
use crate::lesson::AskedForm;
use crate::lesson::Card;
use crate::lesson::Graded;
use crate::lesson::Play;
use crate::lesson::Question;
use crate::lesson::Round;
use crate::lesson::Stand;
use crate::lesson::Value;
use crate::ui::stage::Thing;
use crate::view::ClusterView;

/// Why a question is asked.
#[derive(Clone, Copy)]
pub enum Source {
    /// A step of the lesson.
    Step,
    /// One of an earlier lesson, at the end of this one: its place among them.
    Earlier(usize, &'static Question),
    /// One of the bank, chosen by the reader.
    Question(&'static Question),
    /// A claim that is checked.
    Claim(&'static Card),
    /// It was made for the world on the stage.
    Quiz,
}

/// A question on the page: what is chosen so far, what was locked, what came of it.
#[derive(Clone)]
pub struct Ask {
    pub source: Source,
    pub round: Rc<Round>,
    pub draft: Draft,
    pub locked: Option<Value>,
    pub stand: Stand,
}

impl PartialEq for Ask {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.round, &other.round)
            && (&self.draft, &self.locked, &self.stand) == (&other.draft, &other.locked, &other.stand)
    }
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ask({:?}, {:?}, {:?})", self.draft, self.locked, self.stand)
    }
}

impl Ask {
    pub fn new(source: Source, round: Round) -> Self {
        let draft = Draft::of(&round.form);
        Self { source, round: Rc::new(round), draft, locked: None, stand: Stand::Open }
    }

    /// What the reader would lock now; nothing while a part is missing.
    pub fn value(&self) -> Option<Value> {
        self.draft.value(&self.round.form)
    }

    /// An answer may still be given.
    pub const fn is_open(&self) -> bool {
        self.locked.is_none()
    }

    pub const fn graded(&self) -> Option<&Graded> {
        match &self.stand {
            Stand::Done(Some(graded)) => Some(graded),
            _ => None,
        }
    }

    /// How many answers a key may choose from.
    pub fn choices(&self) -> usize {
        match &self.round.form {
            AskedForm::Choice(choices) if self.is_open() => choices.len(),
            _ => 0,
        }
    }

    /// The names of things that may be clicked, as they begin; nothing when no click is asked for.
    pub fn kinds(&self) -> &[String] {
        match &self.round.form {
            AskedForm::Click { kinds, .. } if self.is_open() => kinds,
            _ => &[],
        }
    }

    /// Chooses a thing, or takes it back. False when no such thing is asked for.
    pub fn point(&mut self, thing: &Thing, cluster: &ClusterView) -> bool {
        let Some(name) = fitting(thing, cluster, self.kinds()) else { return false };
        let things = &mut self.draft.things;
        match things.iter().position(|known| *known == name) {
            Some(at) => drop(things.remove(at)),
            None => things.push(name),
        }
        true
    }
}

/// A thing, or the nearest one around it, whose name begins with one of these.
fn fitting(thing: &Thing, cluster: &ClusterView, kinds: &[String]) -> Option<String> {
    let mut around = vec![thing.clone()];
    if let (Some(node), Some(partition)) = (thing.node(), thing.partition()) {
        if let Thing::Record(_, _, offset) = thing {
            let replica = cluster.replica(crate::kafka::base::NodeId(node), partition);
            let segments = replica.map(|replica| replica.segments.clone());
            let base =
                segments.iter().flat_map(|s| s.iter()).map(|s| s.base).filter(|base| base <= offset).max();
            around.extend(base.map(|base| Thing::Segment(node, partition.clone(), base)));
        }
        around.push(Thing::Replica(node, partition.clone()));
        around.push(Thing::Broker(node));
    }
    let names = around.iter().map(ToString::to_string);
    names.into_iter().find(|name| kinds.iter().any(|kind| name.starts_with(kind.as_str())))
}

/// Everything of a cluster whose name begins with one of these, for those who do not click.
pub fn candidates(cluster: &ClusterView, kinds: &[String]) -> Vec<Thing> {
    let mut all = Vec::new();
    for broker in &cluster.brokers {
        all.push(Thing::Broker(broker.id));
        for replica in &broker.replicas {
            let spot = || replica.partition.clone();
            all.push(Thing::Replica(broker.id, spot()));
            all.extend(replica.segments.iter().map(|s| Thing::Segment(broker.id, spot(), s.base)));
            let first = replica.log_start.max(replica.log_end - MOST_RECORDS);
            all.extend((first..replica.log_end).map(|offset| Thing::Record(broker.id, spot(), offset)));
        }
    }
    all.extend(cluster.producers.iter().map(|p| Thing::Producer(p.id)));
    all.extend(cluster.consumers.iter().map(|c| Thing::Consumer(c.id)));
    all.retain(|thing| {
        let name = thing.to_string();
        kinds.iter().any(|kind| name.starts_with(kind.as_str()))
    });
    all
}

/// So many of the newest records of a replica are offered by name.
const MOST_RECORDS: i64 = 40;

/// An answer that is being given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    pub choice: Option<usize>,
    pub number: String,
    /// For boxes in order: the number of the box at each place.
    pub order: Vec<usize>,
    /// For each label the number of its place.
    pub places: Vec<Option<usize>>,
    /// The things clicked, in order.
    pub things: Vec<String>,
}

impl Draft {
    fn of(form: &AskedForm) -> Self {
        let mut draft = Self::default();
        match form {
            AskedForm::Order(items) => {
                // Mixed by their names: the order in which they are written must not be the answer.
                draft.order = (0..items.len()).collect();
                draft.order.arrange_by_key(|i| mixed(&items[*i].0));
                if draft.order.is_sorted() {
                    draft.order.rotate_left(1);
                }
            }
            AskedForm::Match { labels, .. } => draft.places = vec![None; labels.len()],
            AskedForm::Choice(_) | AskedForm::Number(_) | AskedForm::Click { .. } => {}
        }
        draft
    }

    fn value(&self, form: &AskedForm) -> Option<Value> {
        match form {
            AskedForm::Choice(choices) => choices.get(self.choice?).map(|(_, value)| value.clone()),
            AskedForm::Number(_) => self.number.trim().parse().ok().map(Value::Number),
            AskedForm::Click { .. } => (!self.things.is_empty()).then(|| Value::Things(self.things.clone())),
            AskedForm::Order(items) => {
                Some(Value::Things(self.order.iter().map(|i| items[*i].0.clone()).collect()))
            }
            AskedForm::Match { places, .. } => {
                let named = |place: &Option<usize>| Some(places.get((*place)?)?.0.clone());
                self.places.iter().map(named).collect::<Option<Vec<_>>>().map(Value::Things)
            }
        }
    }
}

/// A number that has nothing to do with where a name stands.
fn mixed(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// A run that the page waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub since: Seq,
    pub began: Instant,
    pub until: Instant,
}

/// What follows the last step of a lesson: questions of earlier ones, then the score.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tail {
    pub marks: Vec<bool>,
    pub over: bool,
}

/// A lesson on the page.
#[derive(Clone, PartialEq)]
pub struct Course {
    pub play: Play,
    pub tail: Tail,
    /// The hint of this step was asked for.
    pub hinted: bool,
}

impl std::fmt::Debug for Course {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {:?} {:?}", self.play.lesson.id, self.play.at, self.play.stand, self.tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::Text;

    const T: Text = Text::new("t", "t");

    #[test]
    fn an_order_begins_as_another_than_the_written_one() {
        let boxes: Vec<(String, Text)> = ["a", "b", "c", "d"].map(|n| (n.to_owned(), T)).to_vec();
        let draft = Draft::of(&AskedForm::Order(boxes.clone()));
        assert_ne!(draft.order, [0, 1, 2, 3]);
        let Some(Value::Things(names)) = draft.value(&AskedForm::Order(boxes)) else { panic!("a value") };
        assert_eq!(names.len(), 4);
    }

    #[test]
    fn an_answer_with_a_missing_part_is_none() {
        let form = AskedForm::Match { labels: vec![T, T], places: vec![("x".into(), T), ("y".into(), T)] };
        let mut draft = Draft::of(&form);
        draft.places[0] = Some(1);
        assert_eq!(draft.value(&form), None);
        draft.places[1] = Some(0);
        assert_eq!(draft.value(&form), Some(Value::Things(vec!["y".into(), "x".into()])));
        assert_eq!(
            Draft { number: " 12 ".into(), ..Draft::default() }.value(&AskedForm::Number(T)),
            Some(12.into())
        );
        assert_eq!(Draft { number: "many".into(), ..Draft::default() }.value(&AskedForm::Number(T)), None);
    }
}
