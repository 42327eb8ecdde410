//! The forms as data: which fields they have, and which acts they make. No browser is needed to test them.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::config::BROKER_CONFIGS;
use crate::kafka::base::config::TOPIC_CONFIGS;
use crate::lab::Act;
use crate::lab::World;
use crate::lesson::Language;
use crate::lesson::Text;
use crate::ui::desk::FormKind;
use crate::ui::words as w;
use crate::view::ClusterView;

/// One field of a form.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub key: &'static str,
    pub label: Text,
    pub value: String,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    Number,
    Choice(Vec<String>),
}

pub(super) fn text(key: &'static str, label: Text, value: impl Display) -> Field {
    Field { key, label, value: value.to_string(), kind: Kind::Text }
}

pub(super) fn number(key: &'static str, label: Text, value: impl Display) -> Field {
    Field { key, label, value: value.to_string(), kind: Kind::Number }
}

pub(super) fn choice(key: &'static str, label: Text, options: Vec<String>) -> Field {
    let value = options.first().cloned().unwrap_or_default();
    Field { key, label, value, kind: Kind::Choice(options) }
}

/// The title and the fields of a form, with what they begin with.
pub(super) fn fields(
    kind: &FormKind,
    view: &ClusterView,
    world: &World,
    language: Language,
) -> (String, Vec<Field>) {
    let title = |text: Text, of: &dyn Display| format!("{} · {of}", text.of(language).trim_end_matches('…'));
    match kind {
        FormKind::CreateTopic => (
            w::CREATE_TOPIC.of(language).trim_end_matches('…').to_string(),
            vec![
                text("name", w::F_NAME, "payments"),
                number("partitions", w::F_PARTITIONS, 3),
                number("replication", w::F_REPLICATION, view.brokers.len().clamp(1, 3)),
                text("configs", w::F_CONFIGS, "segment.bytes=1048576"),
            ],
        ),
        FormKind::AddPartitions(topic) => {
            let now = view.partitions.iter().filter(|p| *p.partition.topic == **topic).count();
            (title(w::MORE_PARTITIONS, topic), vec![number("total", w::F_TOTAL, now + 1)])
        }
        FormKind::DeleteTopic(topic) => {
            (title(w::DELETE_TOPIC, topic), vec![text("confirm", w::F_CONFIRM, "")])
        }
        FormKind::TopicConfig(topic) => {
            let names = TOPIC_CONFIGS.iter().map(|def| def.name.to_string()).collect();
            (
                title(w::TOPIC_CONFIGS, topic),
                vec![choice("config", w::F_CONFIG, names), text("value", w::F_VALUE, "")],
            )
        }
        FormKind::BrokerConfig(id) => {
            let names = BROKER_CONFIGS.iter().map(|def| def.name.to_string()).collect();
            let name = w::node_name(*id, language);
            (
                title(w::BROKER_CONFIGS, &name),
                vec![choice("config", w::F_CONFIG, names), text("value", w::F_VALUE, "")],
            )
        }
        FormKind::Link(a, b) => {
            let link = world.network().link(NodeId(*a), NodeId(*b));
            (
                title(
                    w::LINK_SETTINGS,
                    &format!("{} → {}", w::node_name(*a, language), w::node_name(*b, language)),
                ),
                vec![
                    number("latency", w::F_LATENCY, link.latency.as_micros()),
                    number("bandwidth", w::F_BANDWIDTH, link.bandwidth),
                    number("loss", w::F_LOSS, link.loss_ppm),
                    number("jitter", w::F_JITTER, link.jitter.as_micros()),
                ],
            )
        }
        FormKind::Disk(id) => (
            title(w::DISK_FAULTS, &w::node_name(*id, language)),
            vec![
                number("slow", w::F_SLOW, 1),
                choice("state", w::F_DISK, ["works", "full", "broken"].map(String::from).into()),
            ],
        ),
        FormKind::DeleteRecords(partition) => {
            let end = view.leader_replica(partition).map_or(0, |r| r.high_watermark);
            (title(w::DELETE_RECORDS, partition), vec![number("before", w::F_BEFORE, end)])
        }
        FormKind::FlipBit(id, path) => (
            title(w::FLIP_BIT, &format!("{path} · {}", w::node_name(*id, language))),
            vec![number("byte", w::F_BYTE, 70), number("bit", w::F_BIT, 0)],
        ),
        other => super::clients::fields(other, view, world, language),
    }
}

/// What was typed, by the fields' keys.
pub(super) struct Typed<'a> {
    pub values: &'a BTreeMap<String, String>,
    pub language: Language,
}

impl Typed<'_> {
    pub(super) fn text(&self, key: &str) -> String {
        self.values.get(key).map(|v| v.trim().to_string()).unwrap_or_default()
    }

    /// A whole number.
    ///
    /// # Errors
    /// A sentence that names the field and what was typed.
    pub(super) fn number<T: FromStr>(&self, key: &str) -> Result<T, String> {
        let text = self.text(key);
        text.replace([' ', '_', '\u{202f}'], "")
            .parse()
            .map_err(|_| w::NOT_A_NUMBER.with(self.language, &[&key, &text]))
    }

    /// `name=value` pairs, separated by commas or spaces.
    pub(super) fn configs(&self, key: &str) -> Result<BTreeMap<String, String>, String> {
        let text = self.text(key);
        text.split([',', ' ', '\n'])
            .filter(|part| !part.is_empty())
            .map(|part| {
                let (name, value) =
                    part.split_once('=').ok_or_else(|| w::NOT_A_CONFIG.with(self.language, &[&part]))?;
                Ok((name.trim().to_string(), value.trim().to_string()))
            })
            .collect()
    }
}

/// The acts that a form makes.
///
/// # Errors
/// A sentence about the first field that cannot be read.
pub(super) fn acts(
    kind: &FormKind,
    values: &BTreeMap<String, String>,
    language: Language,
) -> Result<Vec<Act>, String> {
    let typed = Typed { values, language };
    let name = |text: &str| Name::from(text);
    Ok(vec![match kind {
        FormKind::CreateTopic => Act::CreateTopic {
            name: name(&typed.text("name")),
            partitions: typed.number("partitions")?,
            replication: typed.number("replication")?,
            configs: typed.configs("configs")?,
        },
        FormKind::AddPartitions(topic) => {
            Act::AddPartitions { topic: name(topic), total: typed.number("total")? }
        }
        FormKind::DeleteTopic(topic) => {
            if typed.text("confirm") != *topic {
                return Err(w::TYPE_THE_NAME.with(language, &[topic]));
            }
            Act::DeleteTopic { name: name(topic) }
        }
        FormKind::TopicConfig(topic) => Act::SetTopicConfig {
            topic: name(topic),
            config: typed.text("config"),
            value: Some(typed.text("value")).filter(|v| !v.is_empty()),
        },
        FormKind::BrokerConfig(id) => Act::SetBrokerConfig {
            broker: NodeId(*id),
            config: typed.text("config"),
            value: Some(typed.text("value")).filter(|v| !v.is_empty()),
        },
        FormKind::Link(a, b) => {
            let (latency, bandwidth) = (typed.number("latency")?, typed.number("bandwidth")?);
            let (loss, jitter) = (typed.number("loss")?, typed.number("jitter")?);
            let set = |from: i32, to: i32| Act::SetLink {
                from: NodeId(from),
                to: NodeId(to),
                latency_us: Some(latency),
                bandwidth: Some(bandwidth),
                loss_ppm: Some(loss),
                jitter_us: Some(jitter),
            };
            return Ok(vec![set(*a, *b), set(*b, *a)]);
        }
        FormKind::Disk(id) => Act::SetDisk {
            node: NodeId(*id),
            slow: typed.number("slow")?,
            full: typed.text("state") == "full",
            broken: typed.text("state") == "broken",
        },
        FormKind::DeleteRecords(partition) => Act::DeleteRecords {
            topic: partition.topic.clone(),
            partition: partition.partition,
            before: typed.number("before")?,
        },
        FormKind::FlipBit(id, path) => Act::FlipBit {
            node: NodeId(*id),
            path: path.clone(),
            byte: typed.number("byte")?,
            bit: typed.number("bit")?,
        },
        other => return super::clients::acts(other, &typed),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect()
    }

    #[test]
    fn a_form_makes_the_act_that_was_typed() {
        let values = typed(&[
            ("name", "payments"),
            ("partitions", "6"),
            ("replication", "3"),
            ("configs", "segment.bytes=400, retention.ms=1000"),
        ]);
        let made = acts(&FormKind::CreateTopic, &values, Language::En).expect("all fields are good");
        let Act::CreateTopic { partitions: 6, configs, .. } = &made[0] else { panic!("{made:?}") };
        assert_eq!(configs.get("retention.ms").map(String::as_str), Some("1000"));
    }

    #[test]
    fn a_field_that_is_no_number_is_named() {
        let values = typed(&[("total", "many")]);
        let sentence = acts(&FormKind::AddPartitions("orders".into()), &values, Language::En);
        assert_eq!(sentence, Err("total: “many” is not a whole number in range".to_string()));
    }

    #[test]
    fn a_topic_is_deleted_only_by_its_name() {
        let kind = FormKind::DeleteTopic("orders".into());
        assert!(acts(&kind, &typed(&[("confirm", "order")]), Language::En).is_err());
        assert!(acts(&kind, &typed(&[("confirm", "orders")]), Language::En).is_ok());
    }
}
