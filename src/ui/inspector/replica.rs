use yew::prelude::*;

use super::pairs::Pairs;
use super::pairs::ago;
use super::pairs::part;
use super::words as w;
use crate::kafka::base::Instant;
use crate::lesson::Language;
use crate::ui::words as common;
use crate::view::Follower;
use crate::view::IsrPending;
use crate::view::ReplicaDetail;
use crate::view::Role;
use crate::view::Wait;
use crate::view::WaitKind;

/// What a replica is and has.
pub(super) fn state(detail: &ReplicaDetail, language: Language) -> Html {
    let mut rows = Pairs::default();
    let leader = detail
        .leader
        .map_or_else(|| w::NOBODY.of(language).to_owned(), |id| common::BROKER_N.with(language, &[&id]));
    rows.put(language, common::LEADER, leader);
    rows.put(language, common::LOG_START, detail.log_start);
    rows.toned(language, common::HIGH_WATERMARK, detail.high_watermark, Some("ok"));
    rows.put(language, w::LAST_STABLE, detail.last_stable);
    rows.put(language, common::LOG_END, detail.log_end);
    rows.put(language, common::LEADER_EPOCH, detail.epoch);
    rows.toned(
        language,
        common::ISR,
        isr(detail, language),
        (detail.isr.len() < detail.replicas.len()).then_some("warn"),
    );
    rows.put(language, w::RECOVERY_POINT, detail.recovery_point);
    rows.put(language, w::PARTITION_EPOCH, detail.partition_epoch);
    let size = w::SEGMENTS_N.with(language, &[&common::bytes(detail.bytes), &detail.segments]);
    rows.put(language, common::ON_DISK, size);
    html! {
        <>
            { rows.html() }
            if let Some(why) = &detail.offline {
                <p class="why bad-why">{ w::OFFLINE_BECAUSE.with(language, &[why]) }</p>
            }
        </>
    }
}

/// `1, 3 (−2 asked for)`.
fn isr(detail: &ReplicaDetail, language: Language) -> String {
    let list = |ids: &[i32]| ids.iter().map(i32::to_string).collect::<Vec<_>>().join(", ");
    let members = list(&detail.isr);
    match &detail.pending {
        Some(IsrPending::Joins(id)) => w::JOINS.with(language, &[&members, id]),
        Some(IsrPending::Leaves(ids)) => w::LEAVES.with(language, &[&members, &list(ids)]),
        None => members,
    }
}

/// Why something waits for this replica, and who copies from whom.
pub(super) fn why(detail: &ReplicaDetail, now: Instant, language: Language) -> Html {
    html! {
        <>
            for wait in &detail.waits {
                { card(wait, detail, language) }
            }
            if !detail.followers.is_empty() {
                { part(w::FOLLOWERS.of(language), followers(detail, now, language)) }
            }
            if detail.role == Role::Follower {
                { copying(detail, now, language) }
            }
            { long_polls(detail, language) }
        </>
    }
}

/// What holds the requests of a producer up, partition by partition.
pub(super) fn why_waiting(details: &[ReplicaDetail], language: Language) -> Html {
    html! { { for details.iter().flat_map(|detail| detail.waits.iter().map(move |wait| card(wait, detail, language))) } }
}

/// The guard that holds a request up, with its numbers.
fn card(wait: &Wait, detail: &ReplicaDetail, language: Language) -> Html {
    let (title, guard, behind) = match &wait.kind {
        WaitKind::Produce { required, high_watermark, behind } => (
            w::WHY_PRODUCER,
            w::NEEDS_HW.with(language, &[&wait.correlation, &wait.client, required, high_watermark]),
            behind,
        ),
        WaitKind::DeleteRecords { required, behind } => {
            (w::WHY_DELETE, w::NEEDS_CUT.with(language, &[required]), behind)
        }
        WaitKind::Fetch { .. } => return Html::default(),
    };
    let place = |at: Option<i64>| at.map_or_else(|| w::UNKNOWN.of(language).to_owned(), |at| at.to_string());
    let between = language.between_sentences();
    let leaves = |id: i32| detail.followers.iter().find(|f| f.broker == id).and_then(|f| f.leaves_at);
    html! {
        <div class="why" key={format!("{}-{}-{}", detail.broker, detail.partition, wait.correlation)}>
            <h2 class="caption">{ title.of(language) }</h2>
            <p>
                { guard }
                for (id, at) in behind {
                    <>
                        { between }<strong>{ w::IS_BEHIND.with(language, &[id, &place(*at)]) }</strong>
                        if let Some(at) = leaves(*id) {
                            { between }{ w::IT_LEAVES_AT.with(language, &[&at, &detail.lag_max_ms]) }
                        }
                    </>
                }
                { between }<span class="quiet">{ w::TIMES_OUT.with(language, &[&wait.until]) }</span>
            </p>
        </div>
    }
}

fn followers(detail: &ReplicaDetail, now: Instant, language: Language) -> Html {
    html! {
        <dl class="pairs">
            for follower in &detail.followers {
                <dt>{ common::BROKER_N.with(language, &[&follower.broker]) }</dt>
                <dd class={classes!((!follower.in_sync).then_some("warn"))}>{ progress(follower, detail, now, language) }</dd>
            }
        </dl>
    }
}

fn progress(follower: &Follower, detail: &ReplicaDetail, now: Instant, language: Language) -> String {
    let end = follower.log_end.map_or_else(|| w::UNKNOWN.of(language).to_owned(), |end| end.to_string());
    let caught_up = match follower.caught_up {
        _ if follower.has_all => w::HAS_ALL.of(language).to_owned(),
        Some(at) => w::CAUGHT_UP_AGO.with(language, &[&ago(now, at)]),
        None => w::NEVER_CAUGHT_UP.of(language).to_owned(),
    };
    let mut text = w::FOLLOWER_LINE.with(language, &[&end, &caught_up]);
    let more = match follower.leaves_at {
        _ if !follower.in_sync => w::OUT_OF_ISR.of(language).to_owned(),
        Some(at) if at > now => w::LEAVES_AT.with(language, &[&at, &detail.lag_max_ms]),
        Some(_) => w::LATE.with(language, &[&detail.lag_max_ms]),
        None => return text,
    };
    text.push_str(" · ");
    text.push_str(&more);
    text
}

fn copying(detail: &ReplicaDetail, now: Instant, language: Language) -> Html {
    let Some(fetching) = &detail.fetching else { return Html::default() };
    let lines = [
        Some(w::COPIES_FROM.with(language, &[&fetching.next, &fetching.from])),
        fetching.lag.map(|lag| w::COPY_LAG.with(language, &[&lag])),
        fetching
            .delayed_until
            .filter(|until| *until > now)
            .map(|until| w::COPY_WAITS.with(language, &[&until])),
    ];
    let lines = html! {
        <ul class="lines">
            for line in lines.into_iter().flatten() {
                <li>{ line }</li>
            }
        </ul>
    };
    part(w::COPYING.of(language), lines)
}

/// Fetches that wait for something to give.
fn long_polls(detail: &ReplicaDetail, language: Language) -> Html {
    let line = |wait: &Wait| match &wait.kind {
        WaitKind::Fetch { follower, min_bytes, from, end } => {
            let from = from.unwrap_or(*end);
            Some(match follower {
                Some(id) => w::FETCH_OF_BROKER.with(language, &[id, &from, min_bytes, &wait.until]),
                None => w::FETCH_OF_CLIENT.with(language, &[&wait.client, &from, min_bytes, &wait.until]),
            })
        }
        _ => None,
    };
    let lines: Vec<String> = detail.waits.iter().filter_map(line).collect();
    if lines.is_empty() {
        return Html::default();
    }
    let lines = html! {
        <ul class="lines">
            for line in lines {
                <li>{ line }</li>
            }
        </ul>
    };
    part(w::LONG_POLLS.of(language), lines)
}
