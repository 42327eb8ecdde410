//! Brokers, the controller, and the links between machines.

use yew::prelude::*;

use super::pairs::Pairs;
use super::pairs::part;
use super::words as w;
use crate::kafka::protocol::Api;
use crate::lesson::Language;
use crate::ui::words as common;
use crate::view::BrokerDetail;
use crate::view::ControllerDetail;
use crate::view::LinkDetail;
use crate::view::Standing;
use crate::view::Way;

/// A broker's process, and the machine below it.
pub(super) fn broker(detail: &BrokerDetail, language: Language) -> Html {
    let mut rows = Pairs::default();
    if let Some(state) = detail.state {
        rows.put(language, w::PROCESS, state);
        rows.toned(
            language,
            w::FENCED,
            if detail.fenced { w::YES } else { w::NO }.of(language),
            detail.fenced.then_some("warn"),
        );
    }
    if let Some(epoch) = detail.epoch {
        rows.put(language, w::BROKER_EPOCH, epoch);
    }
    if let Some(at) = detail.last_heartbeat {
        rows.put(
            language,
            w::HEARTBEAT,
            w::HEARTBEAT_LINE.with(language, &[&at, &detail.session_timeout_ms]),
        );
    }
    if let Some(offset) = detail.metadata_offset {
        rows.put(language, w::METADATA_APPLIED, offset);
        rows.put(language, w::PURGATORY, detail.purgatory);
        rows.put(language, w::SESSIONS, detail.fetch_sessions);
        rows.put(language, w::INBOX, detail.inbox);
    }
    rows.put(language, w::STARTS, detail.boots);
    html! {
        <>
            { rows.html() }
            if let Some(why) = &detail.disk_failure {
                <p class="why bad-why">{ w::DISK_FAILED.with(language, &[why]) }</p>
            }
            { part(w::MACHINE.of(language), machine(detail, language)) }
            if !detail.configs.is_empty() {
                { part(w::CONFIG.of(language), configs(detail)) }
            }
        </>
    }
}

fn machine(detail: &BrokerDetail, language: Language) -> Html {
    let (disk, count) = (&detail.disk, common::count);
    let mut rows = Pairs::default();
    rows.put(language, w::SYSCALLS, count(disk.syscalls));
    let moved = format!("{} · {}", common::bytes(disk.bytes_read), common::bytes(disk.bytes_written));
    rows.put(language, w::READ_WRITTEN, moved);
    let pages = [count(detail.cached_pages), count(disk.page_hits), count(disk.page_misses)];
    rows.put(language, w::PAGES, w::PAGES_LINE.with(language, &[&pages[0], &pages[1], &pages[2]]));
    rows.put(language, w::SEEKS_FLUSHES, format!("{} · {}", count(disk.seeks), count(disk.flushes)));
    rows.put(
        language,
        w::BUSY,
        format!("{} ms", count(u64::try_from(detail.busy.as_millis()).unwrap_or(u64::MAX))),
    );
    rows.html()
}

fn configs(detail: &BrokerDetail) -> Html {
    let mut rows = Pairs::default();
    detail.configs.iter().for_each(|(name, value)| rows.named(name.clone(), value));
    rows.html()
}

/// The controller's log, and how each broker stands with it.
pub(super) fn controller(detail: Option<&ControllerDetail>, language: Language) -> Html {
    let Some(detail) = detail else {
        return html! { <p class="why">{ w::CONTROLLER_DOWN.of(language) }</p> };
    };
    let mut rows = Pairs::default();
    rows.put(language, w::CONTROLLER_EPOCH, detail.epoch);
    let log = [detail.log_start.to_string(), detail.log_end.to_string(), common::bytes(detail.log_bytes)];
    rows.put(language, w::METADATA_LOG, w::LOG_RANGE.with(language, &[&log[0], &log[1], &log[2]]));
    rows.toned(language, common::HIGH_WATERMARK, detail.high_watermark, Some("ok"));
    rows.put(language, w::TOPICS_PARTITIONS, format!("{} · {}", detail.topics, detail.partitions));
    let thin = detail.under_replicated;
    rows.toned(language, w::UNDER_REPLICATED, thin, (thin > 0).then_some("warn"));
    if !detail.leaderless.is_empty() {
        rows.toned(language, w::LEADERLESS, detail.leaderless.join(", "), Some("bad"));
    }
    html! {
        <>
            { rows.html() }
            { part(w::BROKERS.of(language), html! {
                <dl class="pairs">
                    for standing in &detail.brokers {
                        <dt>{ common::BROKER_N.with(language, &[&standing.broker]) }</dt>
                        <dd>{ stands(standing, language) }</dd>
                    }
                </dl>
            }) }
        </>
    }
}

fn stands(standing: &Standing, language: Language) -> String {
    let line =
        w::STANDING_LINE.with(language, &[&standing.state, &standing.epoch, &standing.metadata_offset]);
    let heard = match standing.session_ends {
        Some(ends) => w::SESSION_ENDS.with(language, &[&standing.last_contact, &ends]),
        None => w::LAST_HEARD.with(language, &[&standing.last_contact]),
    };
    format!("{line} · {heard}")
}

/// A link, way by way.
pub(super) fn link(detail: &LinkDetail, language: Language) -> Html {
    let mut rows = Pairs::default();
    rows.put(language, w::CONNECTIONS, detail.connections);
    html! {
        <>
            { rows.html() }
            for one in &detail.ways {
                { way(one, language) }
            }
        </>
    }
}

fn way(way: &Way, language: Language) -> Html {
    let mut rows = Pairs::default();
    let (latency, jitter) = (way.latency.as_micros(), way.jitter.as_micros());
    rows.put(
        language,
        w::LATENCY,
        if jitter == 0 {
            w::LATENCY_LINE.with(language, &[&latency])
        } else {
            w::LATENCY_JITTER.with(language, &[&latency, &jitter])
        },
    );
    rows.put(language, w::BANDWIDTH, w::BANDWIDTH_LINE.with(language, &[&common::bytes(way.bandwidth)]));
    let loss = if way.loss_ppm == 0 {
        w::NO_LOSS.of(language).to_owned()
    } else {
        w::LOSS_LINE.with(language, &[&way.loss_ppm])
    };
    rows.toned(language, w::LOSS, loss, (way.loss_ppm > 0).then_some("warn"));
    let (says, tone) = lets_through(way, language);
    rows.toned(language, w::FLOWS, says, tone);
    rows.put(language, w::FLIGHTS, w::FLIGHTS_LINE.with(language, &[&way.flights, &way.waiting]));
    let (from, to) = (common::node_name(way.from, language), common::node_name(way.to, language));
    part(w::LINK_WAY.with(language, &[&from, &to]), rows.html())
}

fn lets_through(way: &Way, language: Language) -> (String, Option<&'static str>) {
    let names = |apis: &[Option<Api>]| {
        let name = |api: &Option<Api>| api.map_or_else(|| w::EVERYTHING.of(language), Api::name);
        apis.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    if way.cut {
        (w::LINK_CUT.of(language).to_owned(), Some("bad"))
    } else if !way.held.is_empty() {
        (w::LINK_HELD.with(language, &[&names(&way.held)]), Some("warn"))
    } else if !way.drop_next.is_empty() {
        (w::LINK_DROPS.with(language, &[&names(&way.drop_next)]), Some("warn"))
    } else {
        (w::LINK_OPEN.of(language).to_owned(), Some("ok"))
    }
}
