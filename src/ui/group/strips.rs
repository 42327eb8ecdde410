//! Who was consuming when: a strip for each partition, with the name of its owner, and the holes in which nobody was.

use yew::prelude::*;

use super::Draw;
use super::words as w;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::view::Chart;
use crate::view::Span;
use crate::view::Strip;
use crate::view::hue_of;

/// Strips that are drawn one by one; of more, those that are alike are drawn once.
const MOST_STRIPS: usize = 12;
/// Pieces of one strip: the latest.
const MOST_SPANS: usize = 32;
/// The share of the width, in percent, above which a piece has room for a name.
const NAMED: f64 = 6.0;
/// How far two moments are apart, in percent, that both have words.
const APART: f64 = 30.0;

/// The strips, and the moments of the rebalance across them.
pub(super) fn card(draw: &Draw<'_>) -> Html {
    let (language, view) = (draw.language, draw.view);
    let longest = view.consuming.iter().flat_map(|strip| &strip.spans).filter(|span| span.node.is_none());
    let longest = longest.map(|span| ms(span.from, span.to)).max();
    let (rows, left_out) = rows(&view.consuming);
    html! {
        <section class="g-consuming" aria-label={w::CONSUMING.of(language)}>
            <h3>
                { w::CONSUMING.of(language) }
                if let Some(longest) = longest {
                    <span class="bad">{ w::DASHED.with(language, &[&w::span(longest)]) }</span>
                } else if !rows.is_empty() {
                    <span class="quiet">{ w::NEVER_NOBODY.of(language) }</span>
                }
            </h3>
            if rows.is_empty() {
                <p class="quiet">{ w::NO_STRIPS.of(language) }</p>
            } else {
                <div class="g-strips">
                    <ol>
                        for (strip, alike) in &rows {
                            { self::row(draw, strip, *alike) }
                        }
                    </ol>
                    { moments(draw) }
                </div>
            }
            if left_out > 0 {
                <p class="quiet">{ w::MORE_PARTITIONS.with(language, &[&left_out]) }</p>
            }
        </section>
    }
}

fn ms(from: Instant, to: Instant) -> i64 {
    i64::try_from(to.0.saturating_sub(from.0) / 1000).unwrap_or(i64::MAX)
}

/// The strips to draw, each with how many it stands for, and how many are left out.
fn rows(all: &[Strip]) -> (Vec<(&Strip, usize)>, usize) {
    if all.len() <= MOST_STRIPS {
        return (all.iter().map(|strip| (strip, 1)).collect(), 0);
    }
    let mut alike: Vec<(&Strip, usize)> = Vec::new();
    for strip in all {
        match alike.iter().position(|(known, _)| known.spans == strip.spans) {
            Some(known) => alike[known].1 += 1,
            None if alike.len() < 4 * MOST_STRIPS => alike.push((strip, 1)),
            None => {}
        }
    }
    // Those that somebody missed first; then those that stand for the most.
    let holes = |strip: &Strip| strip.spans.iter().any(|span| span.node.is_none());
    alike.arrange_by_key(|(strip, count)| (!holes(strip), std::cmp::Reverse(*count)));
    alike.truncate(MOST_STRIPS);
    let drawn: usize = alike.iter().map(|(_, count)| count).sum();
    (alike, all.len() - drawn)
}

/// Where a moment lies, in percent of the width.
fn place(chart: &Chart, at: Instant) -> f64 {
    let whole = chart.to.0.saturating_sub(chart.from.0).max(1);
    let since = at.0.saturating_sub(chart.from.0).min(whole);
    since as f64 * 100.0 / whole as f64
}

fn row(draw: &Draw<'_>, strip: &Strip, alike: usize) -> Html {
    let language = draw.language;
    let name = match alike {
        1 => strip.partition.to_string(),
        n => w::MANY_ALIKE.with(language, &[&n]),
    };
    let hue = format!("hue{}", hue_of(&strip.partition));
    let skipped = strip.spans.len().saturating_sub(MOST_SPANS);
    html! {
        <li key={strip.partition.to_string()} class={classes!("g-strip", hue)}>
            <b>{ name }</b>
            <span class="g-track">
                for span in &strip.spans[skipped..] {
                    { piece(draw, span) }
                }
            </span>
        </li>
    }
}

fn piece(draw: &Draw<'_>, span: &Span) -> Html {
    let (language, chart) = (draw.language, &draw.view.chart);
    let (left, right) = (place(chart, span.from), place(chart, span.to));
    let name = span.node.map_or_else(|| w::NOBODY.of(language).to_owned(), |node| draw.name(node));
    let title = w::SPAN_SAYS.with(language, &[&name, &span.from, &span.to]);
    let style = format!("left: {left:.2}%; width: {:.2}%", right - left);
    html! {
        <span class={classes!("g-span", span.node.is_none().then_some("nobody"))} {style} title={title.clone()}>
            if span.node.is_some() && right - left >= NAMED {
                <span aria-hidden="true">{ span.node.map(|node| draw.short(node)).unwrap_or_default() }</span>
            }
            <span class="sr">{ title }</span>
        </span>
    }
}

/// When the rebalance began and ended, as lines through all strips, and the playhead.
fn moments(draw: &Draw<'_>) -> Html {
    let (language, view) = (draw.language, draw.view);
    let chart = &view.chart;
    let rebalance = view.rebalance.as_ref();
    let began = rebalance.map(|it| (it.from, draw.cause(&it.cause, w::REBALANCE_BEGINS)));
    let began = began.map(|(at, says)| (at, says.trim_end_matches(['.', '。']).to_owned()));
    let ended = rebalance.and_then(|it| it.to).map(|at| (at, w::REBALANCE_ENDS.of(language).to_owned()));
    let marks = began.into_iter().chain(ended).filter(|(at, _)| *at >= chart.from && *at <= chart.to);
    let mut last = -APART;
    let marks = marks.map(|(at, says)| {
        let near = place(chart, at) - last < APART;
        last = place(chart, at);
        (at, if near { String::new() } else { says })
    });
    let mark = |(at, says): (Instant, String)| {
        let x = place(chart, at);
        let side = if x > 70.0 { "before" } else { "after" };
        html! { <span class={classes!("g-moment", side)} style={format!("left: {x:.2}%")}><em>{ says }</em></span> }
    };
    html! {
        <div class="g-moments" aria-hidden="true">
            for it in marks {
                { mark(it) }
            }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::TopicPartition;
    use crate::kafka::base::name;

    fn strip(partition: i32, owner: Option<i32>) -> Strip {
        let span = Span { node: owner, from: Instant(0), to: Instant(10) };
        Strip { partition: TopicPartition::new(&name("orders"), partition), spans: vec![span] }
    }

    #[test]
    fn a_thousand_partitions_are_drawn_once_an_owner_and_those_without_one_first() {
        let mut all: Vec<Strip> = (0..1000).map(|p| strip(p, Some(20_001 + p % 4))).collect();
        all.push(strip(1000, None));
        let (rows, left_out) = rows(&all);
        let counts: Vec<usize> = rows.iter().map(|(_, count)| *count).collect();
        assert_eq!((counts, left_out), (vec![1, 250, 250, 250, 250], 0));
        assert_eq!(rows[0].0.partition.partition, 1000);
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let all: Vec<Strip> = (0..100).map(|p| strip(p, Some(20_001 + p))).collect();
        assert_eq!(rows(&all).1, 88);
    }
}
