//! Forms about producers and consumers.

use super::command::topics;
use super::fields::Field;
use super::fields::Typed;
use super::fields::choice;
use super::fields::number;
use super::fields::text;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Pace;
use crate::kafka::client::producer::Keys;
use crate::kafka::client::producer::PRODUCER_CONFIGS;
use crate::kafka::client::producer::Values;
use crate::kafka::client::producer::Workload;
use crate::kafka::node::Node;
use crate::lab::Act;
use crate::lab::NewConsumer;
use crate::lab::SeekPoint;
use crate::lab::World;
use crate::lesson::Language;
use crate::ui::desk::FormKind;
use crate::ui::words as w;
use crate::view::ClusterView;

/// Fields of a form about a client.
pub(super) fn fields(
    kind: &FormKind,
    view: &ClusterView,
    world: &World,
    language: Language,
) -> (String, Vec<Field>) {
    if let Some(form) = super::groups::fields(kind, view, world, language) {
        return form;
    }
    let title = |text: crate::lesson::Text| text.of(language).trim_end_matches('…').to_string();
    match kind {
        FormKind::Consumer(id) => (
            format!("{} · {}", title(w::CONSUMER_SETTINGS), w::node_name(*id, language)),
            vec![
                choice("do", w::F_DO, ["seek", "assign", "pace", "config"].map(String::from).into()),
                text("partition", w::F_PARTITION_OR_TOPIC, first_partition(view)),
                text("to", w::F_SEEK_TO, "beginning"),
                number("per_poll", w::F_PER_POLL, 0),
                text("config", w::F_CONFIG, "max.poll.records"),
                text("value", w::F_VALUE, "500"),
            ],
        ),
        FormKind::AddProducer => (
            title(w::ADD_PRODUCER),
            [
                vec![choice("topic", w::TOPIC, topics(view))],
                workload_fields(None),
                vec![text("configs", w::F_CONFIGS, "acks=all,linger.ms=5")],
            ]
            .concat(),
        ),
        FormKind::Producer(id) => {
            let producer = world.node(NodeId(*id)).and_then(Node::as_producer);
            let workload = producer.map(|p| p.application().workload.clone());
            let mut list = vec![text("topic", w::TOPIC, workload.as_ref().map_or("orders", |l| &l.topic))];
            list.extend(workload_fields(workload.as_ref()));
            list.push(choice(
                "config",
                w::F_CONFIG_TOO,
                std::iter::once("–".to_string())
                    .chain(PRODUCER_CONFIGS.iter().map(|c| c.name.to_string()))
                    .collect(),
            ));
            list.push(text("value", w::F_VALUE, ""));
            (format!("{} · {}", title(w::PRODUCER_SETTINGS), w::node_name(*id, language)), list)
        }
        _ => (
            title(w::ADD_CONSUMER),
            vec![
                choice("topic", w::TOPIC, topics(view)),
                number("per_poll", w::F_PER_POLL, 0),
                text("configs", w::F_CONFIGS, "auto.offset.reset=earliest"),
            ],
        ),
    }
}

fn first_partition(view: &ClusterView) -> String {
    view.partitions.first().map_or_else(|| "orders-0".into(), |p| p.partition.to_string())
}

/// What an application writes: how often, with which keys, how large.
fn workload_fields(now: Option<&Workload>) -> Vec<Field> {
    let (rate, keys, size) = now.map_or((10, "none".to_string(), "message {n}".to_string()), |load| {
        let keys = match &load.keys {
            Keys::None => "none".to_string(),
            Keys::One(key) => key.clone(),
            Keys::Round(count) => format!("round {count}"),
            Keys::Skewed { keys, hot_percent } => format!("skewed {keys} {hot_percent}"),
        };
        let values = match &load.values {
            Values::Size { min, max } => format!("{min}-{max}"),
            Values::Text(text) => text.clone(),
            Values::Null => "null".to_string(),
        };
        (load.rate, keys, values)
    });
    vec![number("rate", w::RATE, rate), text("keys", w::F_KEYS, keys), text("values", w::F_VALUES, size)]
}

/// Reads what [`workload_fields`] shows.
fn workload(typed: &Typed<'_>) -> Result<Workload, String> {
    let mut load = Workload::new(&Name::from(typed.text("topic")), typed.number("rate")?);
    let keys = typed.text("keys");
    let words: Vec<&str> = keys.split_whitespace().collect();
    load.keys = match words[..] {
        [] | ["none"] => Keys::None,
        ["round", count] => Keys::Round(number_of(count, "keys", typed)?),
        ["skewed", count, percent] => Keys::Skewed {
            keys: number_of(count, "keys", typed)?,
            hot_percent: number_of(percent, "keys", typed)?,
        },
        _ => Keys::One(keys),
    };
    let values = typed.text("values");
    load.values = match values.split_once('-') {
        _ if values == "null" => Values::Null,
        Some((min, max)) if min.parse::<u32>().is_ok() && max.parse::<u32>().is_ok() => {
            Values::Size { min: number_of(min, "values", typed)?, max: number_of(max, "values", typed)? }
        }
        _ => match values.parse::<u32>() {
            Ok(size) => Values::Size { min: size, max: size },
            Err(_) => Values::Text(values),
        },
    };
    Ok(load)
}

fn number_of<T: std::str::FromStr>(text: &str, key: &str, typed: &Typed<'_>) -> Result<T, String> {
    text.parse().map_err(|_| w::NOT_A_NUMBER.with(typed.language, &[&key, &text]))
}

/// The acts of a form about a client.
///
/// # Errors
/// A sentence about the first field that cannot be read.
pub(super) fn acts(kind: &FormKind, typed: &Typed<'_>) -> Result<Vec<Act>, String> {
    if let Some(made) = super::groups::acts(kind, typed) {
        return made;
    }
    match kind {
        FormKind::Consumer(id) => consumer(NodeId(*id), typed).map(|act| vec![act]),
        FormKind::AddProducer => Ok(vec![Act::AddProducer {
            id: None,
            workload: workload(typed)?,
            configs: typed.configs("configs")?,
        }]),
        FormKind::Producer(id) => {
            let node = NodeId(*id);
            let mut acts = vec![Act::SetWorkload { node, workload: workload(typed)? }];
            if typed.text("config") != "–" {
                let value = Some(typed.text("value")).filter(|v| !v.is_empty());
                acts.push(Act::SetClientConfig { node, config: typed.text("config"), value });
            }
            Ok(acts)
        }
        _ => Ok(vec![Act::AddConsumer(NewConsumer {
            topics: vec![Name::from(typed.text("topic"))],
            pace: Pace { per_poll_us: typed.number("per_poll")?, per_record_us: 0 },
            configs: typed.configs("configs")?,
            ..NewConsumer::default()
        })]),
    }
}

/// `orders-0`
pub(super) fn partition_of(text: &str) -> Option<TopicPartition> {
    let (topic, number) = text.rsplit_once('-')?;
    Some(TopicPartition { topic: Name::from(topic), partition: number.parse().ok()? })
}

fn consumer(node: NodeId, typed: &Typed<'_>) -> Result<Act, String> {
    let named = typed.text("partition");
    let partition = partition_of(&named);
    Ok(match typed.text("do").as_str() {
        "assign" => match partition {
            Some(partition) => Act::Assign { node, topics: Vec::new(), partitions: vec![partition] },
            None => Act::Assign { node, topics: vec![Name::from(named)], partitions: Vec::new() },
        },
        "pace" => {
            Act::SetPace { node, pace: Pace { per_poll_us: typed.number("per_poll")?, per_record_us: 0 } }
        }
        "config" => Act::SetClientConfig {
            node,
            config: typed.text("config"),
            value: Some(typed.text("value")).filter(|v| !v.is_empty()),
        },
        _ => {
            let partition = partition.ok_or_else(|| w::NOT_A_PARTITION.with(typed.language, &[&named]))?;
            let to = match typed.text("to").as_str() {
                "beginning" => SeekPoint::Beginning,
                "end" => SeekPoint::End,
                at if at.starts_with('@') => SeekPoint::Timestamp(number_of(&at[1..], "to", typed)?),
                _ => SeekPoint::Offset(typed.number("to")?),
            };
            Act::Seek { node, topic: partition.topic, partition: partition.partition, to }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect()
    }

    #[test]
    fn a_consumer_is_sent_to_an_offset_of_a_partition() {
        let values = typed(&[("do", "seek"), ("partition", "my-orders-2"), ("to", "17")]);
        let typed = Typed { values: &values, language: Language::En };
        let made = acts(&FormKind::Consumer(20_001), &typed).expect("all fields are good");
        assert!(
            matches!(&made[0], Act::Seek { topic, partition: 2, to: SeekPoint::Offset(17), .. } if &**topic == "my-orders"),
            "{made:?}"
        );
    }

    #[test]
    fn keys_and_sizes_of_an_application_are_read_as_they_are_shown() {
        let values =
            typed(&[("topic", "orders"), ("rate", "50"), ("keys", "skewed 8 60"), ("values", "100-200")]);
        let made = workload(&Typed { values: &values, language: Language::En }).expect("all fields are good");
        assert_eq!(made.keys, Keys::Skewed { keys: 8, hot_percent: 60 });
        assert_eq!(made.values, Values::Size { min: 100, max: 200 });
        let shown = workload_fields(Some(&made));
        assert_eq!(
            shown.iter().map(|f| f.value.as_str()).collect::<Vec<_>>(),
            ["50", "skewed 8 60", "100-200"]
        );
    }
}
