//! The configs of the things in a world: what each is now, where its value comes from, and what is known of its effect.

use crate::kafka::base::Arrange as _;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Profile;
use crate::kafka::base::config::BROKER_CONFIGS;
use crate::kafka::base::config::ConfigDef;
use crate::kafka::base::config::ConfigSource;
use crate::kafka::base::config::Resolved;
use crate::kafka::base::config::TOPIC_CONFIGS;
use crate::kafka::base::config::Update;
use crate::kafka::base::config::Valid;
use crate::kafka::base::is_internal_topic;
use crate::kafka::broker::Broker;
use crate::kafka::client::admin::AdminRequest;
use crate::kafka::client::config::ConfigKey;
use crate::kafka::client::config::ConfigType;
use crate::kafka::client::config::ConfigValues;
use crate::kafka::client::consumer::CONSUMER_CONFIGS;
use crate::kafka::client::errors::error_name;
use crate::kafka::client::producer::PRODUCER_CONFIGS;
use crate::kafka::controller::Controller;
use crate::kafka::metadata::ClusterImage;
use crate::kafka::node::Node;
use crate::kafka::node::NodeSpec;
use crate::kafka::storage::names;
use crate::lab::ADMIN;
use crate::lab::Entry;
use crate::lab::Journal;
use crate::lab::Kind;
use crate::lab::Names;
use crate::lab::Seq;
use crate::lab::World;

/// Whose configs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigOwner {
    Topic(Name),
    Broker(i32),
    Producer(i32),
    Consumer(i32),
}

/// One config as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigLine {
    pub name: &'static str,
    /// Kafka's name of its type: `int`, `list`.
    pub kind: &'static str,
    /// `None` where Kafka has null.
    pub value: Option<String>,
    /// The default of the world's profile.
    pub default: Option<&'static str>,
    /// The default of the other profile, when it is another.
    pub other_default: Option<(Profile, &'static str)>,
    pub source: ConfigSource,
    /// The broker's config that the value of a topic comes from.
    pub from: Option<&'static str>,
    pub valid: Valid,
    /// How it can change while its owner runs; `None` for a client, which starts anew.
    pub update: Option<Update>,
    /// Whether the engine does something with it; the others are accepted and kept.
    pub honoured: bool,
}

impl ConfigLine {
    /// Somebody gave it another value than the profile's default.
    pub fn is_changed(&self) -> bool {
        self.value.as_deref() != self.default
    }
}

/// What a config has to do with what happened so far. Counted, never guessed: most configs have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Segments that the replicas of the topic opened behind the first.
    Rolled(u64),
    /// Segments that retention took from the replicas of the topic.
    Deleted(u64),
    /// Files of the topic that are renamed and wait for their deletion now.
    Waiting(u64),
    /// Partitions of the topic with fewer in-sync replicas than that, now.
    Below(u64),
    /// Batches that the producer sent, and records in them.
    Batches { batches: u64, records: u64 },
    /// Records that the producer sent again.
    Retried(u64),
    /// Records that the producer gave up.
    GivenUp(u64),
    /// Times that a follower left an in-sync set.
    Shrunk(u64),
    /// Times that the controller fenced a broker.
    Fenced(u64),
}

impl ConfigOwner {
    /// Everything that has configs: topics, internal ones behind the others, brokers, producers, consumers.
    pub fn all(world: &World) -> Vec<Self> {
        let mut all: Vec<Self> = world
            .machines()
            .filter_map(|(id, machine)| match &machine.spec {
                NodeSpec::Broker(_) => Some(Self::Broker(id.0)),
                NodeSpec::Producer(_) => Some(Self::Producer(id.0)),
                NodeSpec::Consumer(_) => Some(Self::Consumer(id.0)),
                _ => None,
            })
            .collect();
        if let Some(image) = image(world) {
            all.extend(image.topics().keys().cloned().map(Self::Topic));
        }
        all.arrange();
        all.arrange_by_key(|owner| match owner {
            Self::Topic(topic) => u8::from(is_internal_topic(topic)),
            _ => 2,
        });
        all
    }

    /// Its configs, by name.
    pub fn configs(&self, world: &World) -> Vec<ConfigLine> {
        let profile = world.profile();
        match self {
            Self::Topic(topic) => {
                let broker = world.machines().find_map(|(_, machine)| {
                    machine.node()?.as_broker().filter(|broker| broker.cluster().topic(topic).is_some())
                });
                let value = |def: &ConfigDef| {
                    broker.map(|broker| broker.topic_config(topic, def)).unwrap_or_default()
                };
                TOPIC_CONFIGS.iter().map(|def| of_server(def, profile, value(def))).collect()
            }
            Self::Broker(id) => {
                let machine = world.machine(NodeId(*id));
                let running = machine.and_then(|machine| machine.node()?.as_broker());
                let file = match machine.map(|machine| &machine.spec) {
                    Some(NodeSpec::Broker(spec)) => Some(&spec.configs),
                    _ => None,
                };
                let value = |def: &ConfigDef| match running {
                    Some(broker) => broker.broker_config(def),
                    // A broker that is down has its file and nothing else.
                    None => file
                        .and_then(|file| file.get(def.name))
                        .map(|value| Resolved {
                            name: def.name,
                            value: Some(value.clone()),
                            source: ConfigSource::StaticBroker,
                        })
                        .into_iter()
                        .collect(),
                };
                BROKER_CONFIGS.iter().map(|def| of_server(def, profile, value(def))).collect()
            }
            Self::Producer(id) => {
                let values = match world.node(NodeId(*id)) {
                    Some(Node::Producer(producer)) => Some(&producer.config().values),
                    _ => None,
                };
                PRODUCER_CONFIGS.iter().map(|key| of_client(key, profile, values)).collect()
            }
            Self::Consumer(id) => {
                let values = match world.node(NodeId(*id)) {
                    Some(Node::Consumer(consumer)) => Some(&consumer.config().values),
                    _ => None,
                };
                CONSUMER_CONFIGS.iter().map(|key| of_client(key, profile, values)).collect()
            }
        }
    }

    /// What the cluster answered last when somebody set this config: nothing, or Kafka's error with its sentence.
    pub fn last_answer(&self, world: &World, config: &str) -> Option<Result<(), String>> {
        let Some(Node::Admin(admin)) = world.node(ADMIN) else { return None };
        let mine = |request: &AdminRequest| match (self, request) {
            (Self::Topic(topic), AdminRequest::SetTopicConfig { topic: asked, config: name, .. }) => {
                topic == asked && name == config
            }
            (Self::Broker(id), AdminRequest::SetBrokerConfig { broker, config: name, .. }) => {
                *id == broker.0 && name == config
            }
            _ => false,
        };
        if admin.pending().any(mine) {
            return None;
        }
        let last = admin.results().filter(|result| mine(&result.request)).last()?;
        Some(match last.error {
            None => Ok(()),
            Some(error) => {
                let sentence = last.message.clone().unwrap_or_default();
                Err(format!("{}: {sentence}", error_name(error)))
            }
        })
    }
}

/// The cluster as the controller knows it, or a broker while the controller is down.
fn image(world: &World) -> Option<&ClusterImage> {
    let nodes = || world.machines().filter_map(|(_, machine)| machine.node());
    let controller = nodes().find_map(Node::as_controller).map(Controller::image);
    controller.or_else(|| nodes().find_map(Node::as_broker).map(Broker::cluster))
}

fn of_server(def: &'static ConfigDef, profile: Profile, found: Vec<Resolved>) -> ConfigLine {
    let default = def.default(profile);
    let other = other(profile);
    let (value, source, from) = match found.into_iter().next() {
        Some(first) => (first.value.map(|value| value.to_string()), first.source, Some(first.name)),
        None => (default.map(str::to_owned), ConfigSource::Default, None),
    };
    ConfigLine {
        name: def.name,
        kind: def.kind.java_name(),
        value,
        default,
        other_default: def.default(other).filter(|value| Some(*value) != default).map(|value| (other, value)),
        source,
        from: from.filter(|from| *from != def.name),
        valid: def.valid,
        update: Some(def.update),
        honoured: def.honoured,
    }
}

fn of_client(key: &'static ConfigKey, profile: Profile, values: Option<&ConfigValues>) -> ConfigLine {
    let (default, other) = (key.default_in(profile), other(profile));
    let set = values.is_some_and(|values| values.is_set(key.name));
    let (kind, valid) = match key.kind {
        ConfigType::Number { min, max: i64::MAX } => ("long", Valid::AtLeast(min)),
        ConfigType::Number { min, max } => ("int", Valid::Between(min, max)),
        ConfigType::Boolean => ("boolean", Valid::Any),
        ConfigType::OneOf(words) | ConfigType::OneOfOr(words, _) => ("string", Valid::OneOf(words)),
        ConfigType::Text => ("string", Valid::Any),
    };
    ConfigLine {
        name: key.name,
        kind,
        value: Some(values.map_or(default, |values| values.text(key.name)).to_owned()),
        default: Some(default),
        other_default: Some((other, key.default_in(other))).filter(|(_, value)| *value != default),
        source: if set { ConfigSource::StaticBroker } else { ConfigSource::Default },
        from: None,
        valid,
        update: None,
        honoured: true,
    }
}

const fn other(profile: Profile) -> Profile {
    match profile {
        Profile::Classic => Profile::Modern,
        Profile::Modern => Profile::Classic,
    }
}

/// Counts of the journal that configs have to do with, of segments for one topic; followed as the journal grows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    topic: Option<Name>,
    branch: usize,
    seen: Seq,
    rolled: u64,
    deleted: u64,
    shrunk: u64,
    fenced: u64,
}

impl Tally {
    /// Counts on in the journal of a branch up to the world's moment; anew for another topic, another branch, or when
    /// time went back.
    pub fn follow(&mut self, owner: &ConfigOwner, branch: usize, journal: &Journal, world: &World) {
        let topic = match owner {
            ConfigOwner::Topic(topic) => Some(topic.clone()),
            _ => None,
        };
        if (&self.topic, self.branch) != (&topic, branch) || world.seq() < self.seen {
            *self = Self { topic, branch, ..Self::default() };
        }
        let new = journal.iter_from(self.seen + 1).take_while(|(seq, _)| *seq <= world.seq());
        new.for_each(|(_, entry)| self.count(entry, world.names()));
        self.seen = world.seq();
    }

    fn count(&mut self, entry: &Entry, names: &Names) {
        let mine = |spot| Some(&names.spot(spot).topic) == self.topic.as_ref();
        match entry.kind {
            Kind::Rolled { spot, .. } if mine(spot) => self.rolled += 1,
            Kind::SegmentDeleted { spot, .. } if mine(spot) => self.deleted += 1,
            Kind::IsrShrank { .. } => self.shrunk += 1,
            Kind::Fenced { .. } => self.fenced += 1,
            _ => {}
        }
    }
}

/// What is known of the effect of a config so far; `None` for most.
pub fn effect(world: &World, owner: &ConfigOwner, line: &ConfigLine, tally: &Tally) -> Option<Effect> {
    match owner {
        ConfigOwner::Topic(topic) => match line.name {
            "segment.bytes" | "segment.ms" | "segment.jitter.ms" | "segment.index.bytes" => {
                Some(Effect::Rolled(tally.rolled))
            }
            "retention.bytes" | "retention.ms" | "cleanup.policy" => Some(Effect::Deleted(tally.deleted)),
            "file.delete.delay.ms" => Some(Effect::Waiting(waiting(world, topic))),
            "min.insync.replicas" => {
                Some(Effect::Below(below(world, topic, line.value.as_deref()?.parse().ok()?)))
            }
            _ => None,
        },
        ConfigOwner::Broker(_) => match line.name {
            "replica.lag.time.max.ms" => Some(Effect::Shrunk(tally.shrunk)),
            "broker.session.timeout.ms" => Some(Effect::Fenced(tally.fenced)),
            _ => None,
        },
        ConfigOwner::Producer(id) => {
            let Some(Node::Producer(producer)) = world.node(NodeId(*id)) else { return None };
            let delivery = producer.delivery();
            match line.name {
                "linger.ms" | "batch.size" => {
                    Some(Effect::Batches { batches: delivery.batches_sent, records: delivery.acked })
                }
                "retries" | "retry.backoff.ms" => Some(Effect::Retried(delivery.retried)),
                "delivery.timeout.ms" | "max.block.ms" => Some(Effect::GivenUp(delivery.failed_total())),
                _ => None,
            }
        }
        ConfigOwner::Consumer(_) => None,
    }
}

/// Files of a topic that are renamed and wait.
fn waiting(world: &World, topic: &Name) -> u64 {
    let prefix = format!("{topic}-");
    let of_topic = |path: &Name| path.starts_with(&prefix) && path.ends_with(names::DELETED_SUFFIX);
    world
        .machines()
        .map(|(_, machine)| machine.disk.files().filter(|(path, _)| of_topic(path)).count() as u64)
        .sum()
}

fn below(world: &World, topic: &Name, least: usize) -> u64 {
    let Some(topic) = image(world).and_then(|image| image.topic(topic)) else { return 0 };
    topic.partitions.values().filter(|partition| partition.isr.len() < least).count() as u64
}
