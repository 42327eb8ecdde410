use yew::prelude::*;

use super::Draw;
use super::words as w;
use crate::kafka::base::Arrange as _;
use crate::ui::words as common;
use crate::view::LagLine;
use crate::view::hue_of;

/// Partitions that have a row: those that are furthest behind.
const MOST: usize = 16;
/// Points of a curve.
const POINTS: usize = 48;
/// The size of a curve.
const SIZE: (f64, f64) = (56.0, 16.0);

/// How far behind the group is in each partition, in records and in time.
pub(super) fn table(draw: &Draw<'_>) -> Html {
    let (language, lag) = (draw.language, &draw.view.lag);
    if lag.is_empty() {
        return Html::default();
    }
    let mut shown: Vec<&LagLine> = lag.iter().collect();
    if shown.len() > MOST {
        shown.arrange_by_key(|line| std::cmp::Reverse(line.lag));
    }
    let rest = shown.split_off(shown.len().min(MOST));
    let behind: i64 = rest.iter().filter_map(|line| line.lag).sum();
    // A column that says nothing takes no room.
    let (twice, skipped) = (lag.iter().any(|l| l.delivered_twice > 0), lag.iter().any(|l| l.skipped > 0));
    html! {
        <>
            <h3 class="caption">{ w::LAG.of(language) }</h3>
            <table class="g-lag" id="group-lag">
                <thead>
                    <tr>
                        <th scope="col">{ w::LAG_PARTITION.of(language) }</th>
                        <th scope="col">{ w::LAG_RECORDS.of(language) }</th>
                        <th scope="col">{ w::LAG_TIME.of(language) }</th>
                        if twice {
                            <th scope="col">{ w::LAG_TWICE.of(language) }</th>
                        }
                        if skipped {
                            <th scope="col">{ w::LAG_SKIPPED.of(language) }</th>
                        }
                        <th scope="col">{ w::LAG_OVER_TIME.of(language) }</th>
                    </tr>
                </thead>
                <tbody>
                    for line in shown {
                        { row(draw, line, twice, skipped) }
                    }
                </tbody>
            </table>
            if !rest.is_empty() {
                <p class="quiet">{ w::LAG_OF_MORE.with(language, &[&rest.len(), &behind]) }</p>
            }
        </>
    }
}

fn row(draw: &Draw<'_>, line: &LagLine, twice: bool, skipped: bool) -> Html {
    let language = draw.language;
    let dash = || w::NO_LAG.of(language).to_owned();
    let lag = line.lag.map_or_else(dash, |lag| common::count(lag.max(0).unsigned_abs()));
    let time = line.lag_ms.map_or_else(dash, w::span);
    let committed = line.committed.map_or_else(dash, |offset| offset.to_string());
    let title = w::LAG_TITLE.with(language, &[&committed, &line.end]);
    let tone = |count: u64| classes!("mono", (count > 0).then_some("bad"));
    html! {
        <tr key={line.partition.to_string()} {title}>
            <th scope="row" class={format!("hue{}", hue_of(&line.partition))}>{ line.partition.to_string() }</th>
            <td class="mono">{ lag }</td>
            <td class="mono">{ time }</td>
            if twice {
                <td class={tone(line.delivered_twice)}>{ line.delivered_twice }</td>
            }
            if skipped {
                <td class={tone(line.skipped)}>{ line.skipped }</td>
            }
            <td>{ curve(draw, line) }</td>
        </tr>
    }
}

/// Lag over time, from zero to its highest.
fn curve(draw: &Draw<'_>, line: &LagLine) -> Html {
    let points = &line.history[line.history.len().saturating_sub(POINTS)..];
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Html::default() };
    let most = points.iter().map(|point| point.1).max().unwrap_or(0).max(1);
    let whole = last.0.0.saturating_sub(first.0.0).max(1) as f64;
    let place = |(at, lag): &(crate::kafka::base::Instant, i64)| {
        let x = at.0.saturating_sub(first.0.0) as f64 / whole * SIZE.0;
        let y = (1.0 - (*lag).max(0) as f64 / most as f64).mul_add(SIZE.1 - 2.0, 1.0);
        format!("{x:.1},{y:.1}")
    };
    let line_points: Vec<String> = points.iter().map(place).collect();
    let says = w::LAG_HISTORY.with(draw.language, &[&line.partition, &most, &last.1]);
    html! {
        <svg class="g-curve" viewBox={format!("0 0 {} {}", SIZE.0, SIZE.1)} role="img" aria-label={says}>
            <polyline points={line_points.join(" ")} />
        </svg>
    }
}
