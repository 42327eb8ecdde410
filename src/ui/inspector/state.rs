use yew::prelude::*;

use super::words::SEGMENTS_N;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::lesson::Language;
use crate::lesson::Text;
use crate::ui::stage::Thing;
use crate::ui::words as w;
use crate::view::ClusterView;

/// A row of the state: what, and how much.
type Rows = Vec<(Text, String, Option<&'static str>)>;

/// What there is to know about a thing in numbers.
pub(super) fn rows(thing: &Thing, cluster: &ClusterView, language: Language) -> Html {
    let rows = match thing {
        Thing::Controller => controller(cluster, language),
        Thing::Broker(id) => broker(*id, cluster, language),
        Thing::Producer(id) => producer(*id, cluster),
        Thing::Consumer(id) => consumer(*id, cluster),
        Thing::Replica(id, partition)
        | Thing::Segment(id, partition, _)
        | Thing::Record(id, partition, _) => replica(*id, partition, cluster, language),
        Thing::Message(id) => message(*id, cluster, language),
        Thing::Link(..) => Rows::new(),
    };
    html! {
        <>
            <h2 class="caption">{ w::STATE.of(language) }</h2>
            <dl class="pairs">
                for (name, value, class) in rows {
                    <dt>{ name.of(language) }</dt>
                    <dd class={classes!("mono", class)}>{ value }</dd>
                }
            </dl>
        </>
    }
}

fn controller(cluster: &ClusterView, language: Language) -> Rows {
    let c = &cluster.controller;
    let fenced: Vec<String> = c.fenced.iter().map(i32::to_string).collect();
    vec![
        (w::STATE, w::node_state(c.state, language).to_string(), None),
        (w::METADATA_END, c.log_end.to_string(), None),
        (w::HIGH_WATERMARK, c.high_watermark.to_string(), Some("ok")),
        (w::FENCED_BROKERS, if fenced.is_empty() { "–".into() } else { fenced.join(", ") }, None),
    ]
}

fn broker(id: i32, cluster: &ClusterView, language: Language) -> Rows {
    let Some(b) = cluster.broker(NodeId(id)) else { return Rows::new() };
    let leads = b.replicas.iter().filter(|r| r.role == crate::view::Role::Leader).count();
    let mut rows: Rows = vec![
        (w::STATE, w::node_state(b.state, language).to_string(), (!b.state.runs()).then_some("bad")),
        (w::REPLICAS, b.replicas.len().to_string(), None),
        (w::LEADS, leads.to_string(), None),
        (w::ON_DISK, w::bytes(b.disk_bytes), None),
    ];
    if let Some(percent) = b.cache_hit_percent {
        rows.push((w::CACHE, format!("{percent} %"), None));
    }
    if let Some(rack) = &b.rack {
        rows.push((w::RACK, rack.to_string(), None));
    }
    rows
}

fn replica(id: i32, partition: &TopicPartition, cluster: &ClusterView, language: Language) -> Rows {
    let Some(r) = cluster.replica(NodeId(id), partition) else { return Rows::new() };
    let of = cluster.partition(partition);
    let list = |ids: &[i32]| ids.iter().map(i32::to_string).collect::<Vec<_>>().join(", ");
    let isr = of.map_or_else(String::new, |p| {
        let out: Vec<i32> = p.replicas.iter().filter(|r| !p.isr.contains(r)).copied().collect();
        if out.is_empty() { list(&p.isr) } else { format!("{} (– {})", list(&p.isr), list(&out)) }
    });
    let thin = of.is_some_and(|p| p.isr.len() < p.replicas.len());
    vec![
        (
            w::LEADER,
            of.and_then(|p| p.leader).map_or_else(|| "–".to_string(), |l| format!("broker {l}")),
            None,
        ),
        (w::LOG_START, r.log_start.to_string(), None),
        (w::HIGH_WATERMARK, r.high_watermark.to_string(), Some("ok")),
        (w::LOG_END, r.log_end.to_string(), None),
        (w::LEADER_EPOCH, r.epoch.to_string(), None),
        (w::ISR, isr, thin.then_some("warn")),
        (w::ON_DISK, SEGMENTS_N.with(language, &[&w::bytes(r.bytes), &r.segment_count]), None),
    ]
}

fn producer(id: i32, cluster: &ClusterView) -> Rows {
    let Some(p) = cluster.producers.iter().find(|p| p.id == id) else { return Rows::new() };
    let mut rows: Rows = vec![
        (w::TOPIC, p.topic.to_string(), None),
        (w::ACKS, p.acks.to_string(), None),
        (w::RATE, p.rate.to_string(), None),
        (w::SENT, w::count(p.sent_records), None),
        (w::ACKED, w::count(p.acked_records), Some("ok")),
        (w::GIVEN_UP, w::count(p.failed_records), (p.failed_records > 0).then_some("bad")),
        (w::BUFFER, format!("{} / {}", w::bytes(p.buffered_bytes), w::bytes(p.buffer_bytes)), None),
        (w::IN_FLIGHT, p.in_flight.to_string(), None),
    ];
    if let Some((id, epoch)) = p.producer_id {
        rows.push((w::PRODUCER_ID, format!("{id} · epoch {epoch}"), None));
    }
    if let Some(blocked) = &p.blocked {
        rows.push((w::BLOCKED, format!("{blocked:?}"), Some("warn")));
    }
    rows
}

fn consumer(id: i32, cluster: &ClusterView) -> Rows {
    let Some(c) = cluster.consumers.iter().find(|c| c.id == id) else { return Rows::new() };
    let lag: i64 = c.readings.iter().filter_map(crate::view::Reading::lag).sum();
    let mut rows: Rows = vec![
        (w::RECEIVED, w::count(c.records), None),
        (w::LAG, lag.to_string(), (lag > 0).then_some("warn")),
    ];
    for reading in &c.readings {
        let position = reading.position.map_or_else(|| "–".into(), |p| p.to_string());
        let end = reading.end.map_or_else(|| "–".into(), |p| p.to_string());
        rows.push((w::POSITION, format!("{} · {position} / {end}", reading.partition), None));
    }
    rows
}

fn message(id: u64, cluster: &ClusterView, language: Language) -> Rows {
    let Some(f) = cluster.flights.iter().find(|f| f.id == id) else {
        return vec![(w::STATE, w::ARRIVED.of(language).to_string(), None)];
    };
    vec![
        (w::API, f.api.map_or("TCP", crate::kafka::protocol::Api::name).to_string(), None),
        (w::FROM, w::node_name(f.from, language), None),
        (w::TO, w::node_name(f.to, language), None),
        (w::SENT_AT, f.sent_at.to_string(), None),
        (w::DUE_AT, f.due_at.map_or_else(|| w::IS_HELD.of(language).to_string(), |at| at.to_string()), None),
        (w::SIZE, w::bytes(f.bytes), None),
    ]
}
