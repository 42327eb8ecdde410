//! Forms about producers and consumers.

use std::collections::BTreeMap;

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
use crate::lab::Act;
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
        _ => {
            let _ = world;
            (
                title(w::ADD_CONSUMER),
                vec![
                    choice("topic", w::TOPIC, topics(view)),
                    number("per_poll", w::F_PER_POLL, 0),
                    text("configs", w::F_CONFIGS, "auto.offset.reset=earliest"),
                ],
            )
        }
    }
}

fn first_partition(view: &ClusterView) -> String {
    view.partitions.first().map_or_else(|| "orders-0".into(), |p| p.partition.to_string())
}

/// The acts of a form about a client.
///
/// # Errors
/// A sentence about the first field that cannot be read.
pub(super) fn acts(kind: &FormKind, typed: &Typed<'_>) -> Result<Vec<Act>, String> {
    match kind {
        FormKind::Consumer(id) => consumer(NodeId(*id), typed).map(|act| vec![act]),
        _ => Ok(vec![Act::AddConsumer {
            id: None,
            topics: vec![Name::from(typed.text("topic"))],
            partitions: Vec::new(),
            pace: Pace { per_poll_us: typed.number("per_poll")?, per_record_us: 0 },
            configs: typed.configs("configs")?,
        }]),
    }
}

fn consumer(node: NodeId, typed: &Typed<'_>) -> Result<Act, String> {
    let named = typed.text("partition");
    let partition = named.rsplit_once('-').and_then(|(topic, number)| {
        Some(TopicPartition { topic: Name::from(topic), partition: number.parse().ok()? })
    });
    Ok(match typed.text("do").as_str() {
        "assign" => match partition {
            Some(partition) => Act::Assign { node, topics: Vec::new(), partitions: vec![partition] },
            None => Act::Assign { node, topics: vec![Name::from(named)], partitions: Vec::new() },
        },
        "pace" => Act::SetPace { node, pace: Pace { per_poll_us: typed.number("per_poll")?, per_record_us: 0 } },
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
                _ => SeekPoint::Offset(typed.number("to")?),
            };
            Act::Seek { node, topic: partition.topic, partition: partition.partition, to }
        }
    })
}

#[cfg(test)]
mod tests {
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
}
