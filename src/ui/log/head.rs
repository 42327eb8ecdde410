use std::rc::Rc;

use yew::prelude::*;

use super::lookup::Finder;
use super::picture::home;
use super::picture::metadata_log;
use super::words as w;
use crate::kafka::base::TopicPartition;
use crate::lesson::Language;
use crate::ui::app::opens;
use crate::ui::desk::Desk;
use crate::ui::desk::Dialog;
use crate::ui::desk::Shared;
use crate::ui::desk::use_desk;
use crate::ui::words as common;
use crate::view::ClusterView;
use crate::view::LogView;

#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    pub cluster: Shared<ClusterView>,
    pub broker: i32,
    pub partition: TopicPartition,
    pub log: Option<Rc<LogView>>,
    pub language: Language,
}

/// Whose copy of which partition is shown, its offsets, and the question box.
#[component]
pub(super) fn Head(Props { cluster, broker, partition, log, language }: &Props) -> Html {
    let desk = use_desk();
    let language = *language;
    let metadata = metadata_log();
    html! {
        <header class="log-head">
            <div class="log-name">
                <h2>
                    <label>
                        <span class="sr">{ w::PARTITION.of(language) }</span>
                        <select id="log-partition" class="name mono" onchange={choose(&desk, cluster)}>
                            for p in cluster.partitions.iter().chain(&*cluster.internal) {
                                <option value={p.partition.to_string()} selected={p.partition == *partition}>
                                    { p.partition.to_string() }
                                </option>
                            }
                            if cluster.controller.id != 0 {
                                <option value={metadata.to_string()} selected={metadata == *partition}>
                                    { metadata.to_string() }
                                </option>
                            }
                        </select>
                    </label>
                    <span class="quiet">{ "/ " }{ w::LOG_DIR.with(language, &[&common::node_name(*broker, language)]) }</span>
                </h2>
                { brokers(&desk, cluster, *broker, partition, language) }
                <button class="chip" id="open-own" onclick={opens(&desk, Dialog::Files)}>{ w::OPEN_OWN.of(language) }</button>
            </div>
            if let Some(log) = log {
                { offsets(log, language) }
                if log.live.is_none() {
                    <p class="warn">{ w::NOT_RUNNING.with(language, &[&log.broker]) }</p>
                }
                <Finder start={log.log_start} end={log.log_end} {language} />
            }
        </header>
    }
}

fn choose(desk: &Desk, cluster: &Shared<ClusterView>) -> Callback<Event> {
    let (desk, cluster) = (desk.clone(), cluster.clone());
    Callback::from(move |event: Event| {
        let Some(select) = event.target_dyn_into::<web_sys::HtmlSelectElement>() else { return };
        let wanted = select.value();
        let partitions = cluster.partitions.iter().chain(&*cluster.internal).map(|p| p.partition.clone());
        if let Some(found) = partitions.chain([metadata_log()]).find(|p| p.to_string() == wanted) {
            let broker = home(&cluster, &found).unwrap_or(0);
            desk.open_log(broker, &found, None);
        }
    })
}

/// One button a replica.
fn brokers(
    desk: &Desk,
    cluster: &ClusterView,
    broker: i32,
    partition: &TopicPartition,
    language: Language,
) -> Html {
    let Some((nodes, leader, isr)) = copies(cluster, partition) else { return Html::default() };
    html! {
        <div class="row" role="group" aria-label={w::BROKER.of(language)}>
            for id in nodes {
                <button
                    class="chip"
                    aria-pressed={(id == broker).to_string()}
                    onclick={{
                        let (desk, partition) = (desk.clone(), partition.clone());
                        Callback::from(move |_: MouseEvent| desk.change(|page| {
                            page.log.broker = id;
                            page.log.partition = Some(partition.clone());
                            page.log.entry = None;
                        }))
                    }}
                >
                    { common::node_name(id, language) }
                    { " · " }
                    if leader == Some(id) {
                        { common::LEADER.of(language) }
                    } else if isr.contains(&id) {
                        { common::FOLLOWER.of(language) }
                    } else {
                        { common::OUT_OF_SYNC.of(language) }
                    }
                </button>
            }
        </div>
    }
}

/// Who has a copy, who leads, and who is in sync. The controller leads the metadata log; brokers follow as observers.
fn copies(cluster: &ClusterView, partition: &TopicPartition) -> Option<(Vec<i32>, Option<i32>, Vec<i32>)> {
    if *partition != metadata_log() {
        let found = cluster.partition(partition)?;
        return Some((found.replicas.to_vec(), found.leader, found.isr.to_vec()));
    }
    let controller = cluster.controller.id;
    let nodes: Vec<i32> =
        [controller].into_iter().chain(cluster.brokers.iter().map(|broker| broker.id)).collect();
    Some((nodes.clone(), Some(controller), nodes))
}

fn offsets(log: &LogView, language: Language) -> Html {
    let mut rows = vec![(w::LOG_START, log.log_start, None)];
    if let Some(live) = &log.live {
        rows.push((w::HW, live.high_watermark, Some("ok")));
        rows.push((w::LSO, live.last_stable, Some("warn")));
    }
    rows.push((w::LEO, log.log_end, None));
    if let Some(live) = &log.live {
        rows.push((w::RECOVERY_POINT, live.recovery_point, None));
    }
    html! {
        <dl class="log-offsets">
            for (name, value, class) in rows {
                <div><dt>{ name.of(language) }</dt><dd class={classes!("mono", class)}>{ value }</dd></div>
            }
        </dl>
    }
}
