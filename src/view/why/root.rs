use super::Past;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::config;
use crate::lab::Act;
use crate::lab::Kind;
use crate::lab::Seq;

/// Something without which it would be otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// A person's act, by its number, and its entry in the journal.
    Act { number: u32, entry: Seq },
    /// A config in force, and the default it would have.
    Config { owner: Owner, name: &'static str, value: String, default: String },
}

/// Whose config it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    Topic(Name),
    Broker(i32),
    Client(i32),
}

impl Past<'_> {
    /// The latest act before the playhead that fits.
    pub fn act(&self, fits: impl Fn(&Act) -> bool) -> Option<Root> {
        let done = self.world.acts_done().min(self.acts.len());
        let at = self.acts[..done].iter().rposition(|recorded| fits(&recorded.act))?;
        let number = at as u32;
        let last = self.journal.last_at(self.acts[at].at).min(self.world.seq());
        let entry = (1..=last)
            .rev()
            .find(|seq| self.journal.get(*seq).is_some_and(|entry| entry.kind == Kind::Act { number }))?;
        Some(Root::Act { number, entry })
    }

    /// The act that took a machine's process away, while there is none.
    pub fn down(&self, node: NodeId) -> Option<Root> {
        self.world.machine(node).filter(|machine| machine.is_running()).is_none().then_some(())?;
        self.act(|act| match act {
            Act::Crash { node: it } | Act::PowerOff { node: it } | Act::RemoveBroker { node: it } => {
                *it == node
            }
            _ => false,
        })
    }

    /// The act that cut, held or slowed the way between two nodes, while it does.
    pub fn link(&self, a: NodeId, b: NodeId) -> Option<Root> {
        let network = self.world.network();
        let there = |from, to| {
            let link = network.link(from, to);
            link.cut || !link.held.is_empty()
        };
        if !there(a, b) && !there(b, a) {
            return None;
        }
        let between = |from: NodeId, to: NodeId| (from, to) == (a, b) || (from, to) == (b, a);
        self.act(|act| match act {
            Act::Cut { from, to, .. } | Act::Hold { from, to, .. } => between(*from, *to),
            _ => false,
        })
    }

    /// A topic's config as it is in force.
    pub fn topic_config(&self, topic: &str, name: &'static str, value: impl ToString) -> Root {
        let default = config::topic_config(name).and_then(|def| def.default(self.world.profile()));
        Root::Config {
            owner: Owner::Topic(Name::from(topic)),
            name,
            value: value.to_string(),
            default: default.unwrap_or_default().to_owned(),
        }
    }

    /// The text of a broker's config that is in force.
    pub(super) fn broker_value(&self, node: NodeId, name: &str) -> String {
        let broker = self.world.node(node).and_then(crate::kafka::node::Node::as_broker);
        let found = config::broker_config(name)
            .zip(broker)
            .and_then(|(def, broker)| broker.broker_config(def).into_iter().next()?.value);
        found.map(|value| value.to_string()).unwrap_or_default()
    }

    /// A broker's config as it is in force.
    pub fn broker_config(&self, broker: i32, name: &'static str, value: impl ToString) -> Root {
        let default = config::broker_config(name).and_then(|def| def.default(self.world.profile()));
        Root::Config {
            owner: Owner::Broker(broker),
            name,
            value: value.to_string(),
            default: default.unwrap_or_default().to_owned(),
        }
    }
}
