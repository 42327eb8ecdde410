use yew::prelude::*;

use super::pairs::Pairs;
use super::pairs::part;
use super::words as w;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Answered;
use crate::kafka::client::consumer::Call;
use crate::kafka::client::consumer::Found;
use crate::lesson::Language;
use crate::ui::stage::Thing;
use crate::ui::words as common;
use crate::view::Assigned;
use crate::view::ClusterView;
use crate::view::ConsumerDetail;
use crate::view::Doing;
use crate::view::ProducerDetail;
use crate::view::ProducerView;

/// A producer: counts, accumulator, what was acknowledged, what went wrong.
pub(super) fn producer(view: &ProducerView, detail: &ProducerDetail, language: Language) -> Html {
    let mut counts = Pairs::default();
    counts.put(language, w::SENT, common::count(view.sent_records));
    counts.toned(language, w::ACKED, common::count(view.acked_records), Some("ok"));
    counts.put(language, w::PENDING, common::count(detail.pending));
    if detail.retried > 0 {
        counts.toned(language, w::RETRIED, common::count(detail.retried), Some("warn"));
    }
    counts.put(
        language,
        w::REQUESTS,
        format!("{} · {}", common::count(detail.requests), common::count(detail.batches)),
    );
    counts.put(language, w::IN_FLIGHT, view.in_flight);
    let id = detail.producer.map_or_else(
        || w::NO_PRODUCER_ID.of(language).to_owned(),
        |(id, epoch)| format!("{id} · epoch {epoch}"),
    );
    if view.idempotent {
        counts.put(language, w::PRODUCER_ID, id);
    }
    html! {
        <>
            { counts.html() }
            { blocked(detail, language) }
            { lost(detail, language) }
            { part(w::ACCUMULATOR.of(language), queues(view, detail, language)) }
            if !detail.acked.is_empty() {
                { part(w::ACKED_RANGES.of(language), acked(detail, language)) }
            }
            { errors(detail, language) }
            { part(w::CONFIG.of(language), configs(&detail.configs)) }
        </>
    }
}

fn blocked(detail: &ProducerDetail, language: Language) -> Html {
    let Some((since, until)) = detail.blocked else { return Html::default() };
    let sentence = match until {
        Some(until) => w::BLOCKED_UNTIL.with(language, &[&since, &until]),
        None => w::BLOCKED_SINCE.with(language, &[&since]),
    };
    html! { <p class="why">{ sentence }</p> }
}

/// Promises that were not kept, by partition and offset.
fn lost(detail: &ProducerDetail, language: Language) -> Html {
    if detail.lost.is_empty() {
        return Html::default();
    }
    let lines = html! {
        <ul class="lines" id="lost">
            for (partition, ranges) in &detail.lost {
                <li class="bad">{ lost_line(partition, ranges, language) }</li>
            }
        </ul>
    };
    part(w::LOST_TITLE.of(language), lines)
}

fn lost_line(partition: &TopicPartition, ranges: &[(Offset, Offset)], language: Language) -> String {
    let records: Offset = ranges.iter().map(|(first, end)| end - first).sum();
    let named = |(first, end): &(Offset, Offset)| match end - first {
        1 => first.to_string(),
        _ => format!("{first}…{}", end - 1),
    };
    let offsets: Vec<String> = ranges.iter().map(named).collect();
    w::LOST_LINE.with(language, &[partition, &offsets.join(", "), &records])
}

fn queues(view: &ProducerView, detail: &ProducerDetail, language: Language) -> Html {
    let mut rows = Pairs::default();
    for queue in view.queues.iter().filter(|queue| !queue.batches.is_empty()) {
        let records: u32 = queue.batches.iter().map(|batch| batch.records).sum();
        let bytes: u64 = queue.batches.iter().map(|batch| u64::from(batch.bytes)).sum();
        let line = w::QUEUE_LINE.with(language, &[&queue.batches.len(), &records, &common::bytes(bytes)]);
        rows.named(queue.partition.to_string(), line);
    }
    rows.put(
        language,
        w::BUFFER,
        format!("{} / {}", common::bytes(detail.available), common::bytes(detail.total)),
    );
    html! {
        <>
            { rows.html() }
            for partition in &detail.muted {
                <p class="quiet">{ w::MUTED.with(language, &[partition]) }</p>
            }
        </>
    }
}

fn acked(detail: &ProducerDetail, language: Language) -> Html {
    let mut rows = Pairs::default();
    for (partition, ranges, all) in &detail.acked {
        let mut text: Vec<String> =
            ranges.iter().rev().map(|(first, end)| common::offsets(*first, end - 1)).collect();
        if ranges.len() < *all {
            text.insert(0, w::RANGES_MORE.with(language, &[all]));
        }
        rows.named(partition.to_string(), text.join(", "));
    }
    rows.html()
}

fn errors(detail: &ProducerDetail, language: Language) -> Html {
    if detail.failed.is_empty() && detail.complaints.is_empty() {
        return Html::default();
    }
    let body = html! {
        <ul class="lines">
            for (error, count) in &detail.failed {
                <li class="bad">{ w::ERROR_LINE.with(language, &[error, count]) }</li>
            }
            for (at, sentence) in &detail.complaints {
                <li><time class="mono quiet">{ at.to_string() }</time>{ " " }{ sentence }</li>
            }
        </ul>
    };
    part(w::ERRORS.of(language), body)
}

fn configs(configs: &[(&'static str, String)]) -> Html {
    let mut rows = Pairs::default();
    configs.iter().for_each(|(name, value)| rows.named(*name, value));
    rows.html()
}

/// The group of a consumer, and what it does there.
pub(super) fn membership(thing: &Thing, cluster: &ClusterView, language: Language) -> Html {
    let Thing::Consumer(id) = thing else { return Html::default() };
    let consumer = cluster.consumers.iter().find(|consumer| consumer.id == *id);
    let Some(member) = consumer.and_then(|consumer| consumer.group.as_ref()) else { return Html::default() };
    let mut rows = Pairs::default();
    rows.named("group.id", &member.group);
    rows.put(language, w::GROUP_STATE, member.state.map_or("–", common::group_state));
    if let Some(doing) = member.doing {
        let (text, tone) = common::doings(doing);
        rows.toned(language, w::MEMBER_DOES, text.of(language), tone);
    }
    if member.generation >= 0 {
        rows.put(language, w::GENERATION, member.generation);
    }
    part(common::GROUP.of(language), rows.html())
}

/// A consumer: where it reads, how far behind, what went wrong.
pub(super) fn consumer(detail: &ConsumerDetail, language: Language) -> Html {
    let mut rows = Pairs::default();
    for assigned in &detail.assigned {
        let number = |offset: Option<i64>| offset.map_or_else(|| "–".to_owned(), |offset| offset.to_string());
        let line = w::READING_LINE.with(
            language,
            &[
                &number(assigned.position),
                &number(assigned.end),
                &number(assigned.lag),
                &common::count(assigned.consumed),
            ],
        );
        rows.named(assigned.partition.to_string(), line);
    }
    rows.put(language, w::BUFFERED, detail.buffered);
    let notes: Vec<(&Assigned, String)> = detail.assigned.iter().flat_map(|a| notes(a, language)).collect();
    html! {
        <>
            { part(w::POSITIONS.of(language), rows.html()) }
            if !notes.is_empty() {
                <ul class="lines">
                    for (assigned, note) in notes {
                        <li class="warn">{ w::LAST_ERROR.with(language, &[&assigned.partition, &note]) }</li>
                    }
                </ul>
            }
            { answers(detail, language) }
            { part(w::CONFIG.of(language), configs(&detail.configs)) }
        </>
    }
}

/// What its application has asked for, and what it was told.
fn answers(detail: &ConsumerDetail, language: Language) -> Html {
    if detail.answers.is_empty() && detail.inside.is_none() {
        return Html::default();
    }
    let body = html! {
        <ul class="lines" id="answers">
            if let Some(call) = detail.inside {
                <li class="quiet">{ w::CALL_WAITS.with(language, &[&call.name()]) }</li>
            }
            for answer in &detail.answers {
                <li class={answer.exception.as_ref().map(|_| "bad")}>
                    <time class="mono quiet">{ answer.at.to_string() }</time>{ " " }{ answer_line(answer) }
                </li>
            }
        </ul>
    };
    part(w::CALLS.of(language), body)
}

/// `endOffsets() → orders-0 = 12, orders-1 = 0`
fn answer_line(answer: &Answered) -> String {
    let given = if answer.call == Call::OffsetsForTimes { answer.time.to_string() } else { String::new() };
    let told = match &answer.exception {
        Some(exception) => exception.to_string(),
        None => {
            let one = |(partition, found): &(TopicPartition, Option<Found>)| match found {
                None => format!("{partition} = null"),
                Some(Found { offset, timestamp: -1 }) => format!("{partition} = {offset}"),
                Some(Found { offset, timestamp }) => format!("{partition} = {offset} ({timestamp})"),
            };
            answer.found.iter().map(one).collect::<Vec<_>>().join(", ")
        }
    };
    format!("{}({given}) → {told}", answer.call.name())
}

/// What is unusual about a partition that is read.
fn notes(assigned: &Assigned, language: Language) -> Vec<(&Assigned, String)> {
    let doing = match &assigned.doing {
        Doing::Fetching => None,
        Doing::Resetting => Some(w::RESETTING.of(language).to_owned()),
        Doing::Validating => Some(w::VALIDATING.of(language).to_owned()),
        Doing::Failed(why) => Some(why.clone()),
    };
    let paused = assigned.paused.then(|| w::PAUSED.of(language).to_owned());
    let repeated = (assigned.repeated > 0).then(|| w::REPEATED.with(language, &[&assigned.repeated]));
    let error = assigned.last_error.as_ref().map(|(at, error)| w::LAST_ERROR.with(language, &[at, error]));
    [doing, paused, repeated, error].into_iter().flatten().map(|note| (assigned, note)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::name;

    #[test]
    fn what_a_call_returned_is_said_for_each_partition() {
        let partition = |number| TopicPartition::new(&name("orders"), number);
        let found = Some(Found { offset: 7, timestamp: 1_700_000_000_000 });
        let mut answer = Answered {
            call: Call::OffsetsForTimes,
            time: 1_699_999_999_000,
            called: crate::kafka::base::Instant::ZERO,
            at: crate::kafka::base::Instant::ZERO,
            found: vec![(partition(0), found), (partition(1), None)],
            exception: None,
        };
        assert_eq!(
            answer_line(&answer),
            "offsetsForTimes(1699999999000) → orders-0 = 7 (1700000000000), orders-1 = null"
        );
        (answer.call, answer.exception) = (Call::EndOffsets, Some(name("TimeoutException")));
        assert_eq!(answer_line(&answer), "endOffsets() → TimeoutException");
    }

    #[test]
    fn what_was_promised_and_is_gone_is_named_by_its_offsets() {
        let partition = TopicPartition::new(&name("orders"), 0);
        let line = lost_line(&partition, &[(12, 16), (20, 21)], Language::En);
        assert_eq!(line, "orders-0: 12…15, 20 (5 records)");
    }
}
