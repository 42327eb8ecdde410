//! The sequence chart: a column for the coordinator and for each member, a slanted line for each request and answer,
//! and the states of the group beside them.

use yew::prelude::*;

use super::Draw;
use super::axis::Axis;
use super::short;
use super::words as w;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::TopicPartition;
use crate::kafka::protocol::Api;
use crate::ui::browser::focus_on;
use crate::view::Band;
use crate::view::Chart;
use crate::view::ChartLine;
use crate::view::Column;
use crate::view::GroupProtocol;

/// Lines that are drawn: the latest.
const MOST_LINES: usize = 44;
/// Members that have a column of their own.
const MOST_MEMBERS: usize = 8;
/// Partitions that a line names.
const MOST_NAMED: usize = 4;
/// How much wider a coordinator's column is.
const EXTRA: f64 = 0.5;
/// How much of what texts grow by, for a class, the room between two lines grows by.
const ROOMIER: f64 = 0.8;
/// How a line looks: the colours of its classes.
const LOOKS: [&str; 6] = ["warn", "bad", "sync", "fresh", "join", "beat"];

/// The part of a chart that is drawn, and where.
struct Drawing {
    chart: Chart,
    /// Members that share the last column.
    others: usize,
    axis: Axis,
}

impl Drawing {
    /// `large` is how much larger texts are than usual.
    fn of(whole: &Chart, large: f32) -> Self {
        let skipped = whole.lines.len().saturating_sub(MOST_LINES);
        let lines: Vec<ChartLine> = whole.lines[skipped..].to_vec();
        let (columns, others) = columns(&whole.columns, &lines);
        let from = if skipped > 0 { lines.first().map_or(whole.from, |line| line.sent) } else { whole.from };
        let mut bands: Vec<Band> =
            whole.bands.iter().filter(|band| band.to.is_none_or(|to| to > from)).cloned().collect();
        bands.iter_mut().for_each(|band| band.from = band.from.max(from));
        let earlier = whole.earlier.saturating_add(u32::try_from(skipped).unwrap_or(u32::MAX));
        let chart = Chart { from, columns, lines, bands, earlier, ..whole.clone() };
        let mut drawing = Self { chart, others, axis: Axis::default() };
        drawing.axis = Axis::of(&drawing.chart, |line| {
            let line = &drawing.chart.lines[line];
            drawing.column(line.from).abs_diff(drawing.column(line.to))
        });
        drawing.axis.stretch(ROOMIER.mul_add(f64::from(large) - 1.0, 1.0));
        drawing
    }

    fn count(&self) -> usize {
        self.chart.columns.len() + usize::from(self.others > 0)
    }

    /// The column of a machine; members without one share the last.
    fn column(&self, node: i32) -> usize {
        let own = self.chart.columns.iter().position(|column| column.node == node);
        own.unwrap_or_else(|| self.count().saturating_sub(1))
    }

    /// The middle of a column, in percent of the width. A coordinator's name is longer than a member's.
    fn x(&self, column: usize) -> f64 {
        let coordinators = self.chart.columns.iter().filter(|it| it.coordinator).count();
        let wide = |columns: usize| columns as f64 + EXTRA * columns.min(coordinators) as f64;
        let own = if column < coordinators { 1.0 + EXTRA } else { 1.0 };
        (wide(column) + own * 0.5) * 100.0 / wide(self.count()).max(1.0)
    }
}

/// The columns that are drawn: all, or the ones that have the most to say, in their order.
fn columns(all: &[Column], lines: &[ChartLine]) -> (Vec<Column>, usize) {
    let members = all.iter().filter(|column| !column.coordinator).count();
    if members <= MOST_MEMBERS {
        return (all.to_vec(), 0);
    }
    let talk =
        |column: &Column| lines.iter().filter(|l| l.from == column.node || l.to == column.node).count();
    let mut ranked: Vec<(usize, i32)> =
        all.iter().filter(|column| !column.coordinator).map(|column| (talk(column), column.node)).collect();
    ranked.arrange_by_key(|(talk, node)| (std::cmp::Reverse(*talk), *node));
    ranked.truncate(MOST_MEMBERS - 1);
    let shown = |column: &&Column| column.coordinator || ranked.iter().any(|(_, node)| *node == column.node);
    (all.iter().filter(shown).cloned().collect(), members - ranked.len())
}

/// The whole chart with its heading.
pub(super) fn card(draw: &Draw<'_>) -> Html {
    let (language, whole) = (draw.language, &draw.view.chart);
    html! {
        <section class="g-protocol" aria-label={w::PROTOCOL.of(language)}>
            <h3>{ w::PROTOCOL.of(language) }<span class="quiet">{ w::PROTOCOL_SAYS.of(language) }</span></h3>
            if whole.lines.is_empty() && whole.bands.is_empty() {
                <p class="quiet">{ w::NO_LINES.of(language) }</p>
            } else {
                { body(draw, &Drawing::of(whole, draw.large)) }
            }
        </section>
    }
}

fn body(draw: &Draw<'_>, drawing: &Drawing) -> Html {
    let (language, chart) = (draw.language, &drawing.chart);
    let scale = w::SCALE.of(language).to_owned();
    let earlier = (chart.earlier > 0).then(|| w::EARLIER.with(language, &[&chart.earlier]));
    let quiet = (chart.quiet > 0).then(|| w::QUIET.with(language, &[&chart.quiet]));
    let facts: Vec<String> = std::iter::once(scale).chain(earlier).chain(quiet).collect();
    html! {
        <>
            <div class="g-chart" tabindex="0" style={format!("--columns: {}", drawing.count())}>
                <div class="g-columns">
                    <span class="quiet">{ w::GROUP_STATE.of(language) }</span>
                    <ol>
                        for column in &chart.columns {
                            { head(draw, drawing, column) }
                        }
                        if drawing.others > 0 {
                            <li style={format!("left: {:.2}%", drawing.x(chart.columns.len()))}>
                                <span class="g-head quiet">{ w::OTHERS.with(language, &[&drawing.others]) }</span>
                            </li>
                        }
                    </ol>
                </div>
                <div class="g-plot" style={format!("height: {:.0}px", drawing.axis.height)}>
                    <ol class="g-bands">
                        for (number, band) in chart.bands.iter().enumerate() {
                            { self::band(draw, band, drawing.axis.bands[number]) }
                        }
                    </ol>
                    { picture(draw, drawing) }
                </div>
            </div>
            <p class="quiet g-scale">{ facts.join(" · ") }</p>
            { list(draw, chart) }
        </>
    }
}

fn head(draw: &Draw<'_>, drawing: &Drawing, column: &Column) -> Html {
    let language = draw.language;
    let name = if column.coordinator { format!("b{}", column.node) } else { short(&column.name) };
    let note = match (column.gone, column.new, column.leads) {
        (true, ..) => Some(w::GONE),
        (_, true, _) => Some(w::NEW),
        (.., true) => Some(w::LEADS),
        _ => None,
    };
    let class = classes!(
        "g-head",
        column.coordinator.then_some("coordinator"),
        column.new.then_some("new"),
        column.gone.then_some("gone")
    );
    let x = drawing.x(drawing.column(column.node));
    html! {
        <li style={format!("left: {x:.2}%")}>
            <span {class} title={column.name.to_string()}>
                <b>
                    if column.coordinator {
                        <span class="not-small">{ w::COORDINATOR_OF.of(language) }</span>
                    }
                    { name }
                </b>
                if let Some(note) = note.filter(|_| !column.coordinator) {
                    <em>{ note.of(language) }</em>
                }
            </span>
        </li>
    }
}

/// A state of the group, with its colour and its name.
fn band(draw: &Draw<'_>, band: &Band, (from, to): (f64, f64)) -> Html {
    let language = draw.language;
    let classic = draw.view.protocol == GroupProtocol::Classic;
    // How much of it there is room for, the style sheet knows.
    let more = w::state_says(band.state).map(|text| text.of(language));
    html! {
        <li
            class={classes!("g-band", w::state_class(band.state))}
            title={w::state(band.state)}
            style={format!("top: {from:.1}px; height: {:.1}px", to - from - 3.0)}
        >
            <div>
                <b>{ broken(w::state(band.state)) }</b>
                <span>{ w::generation(classic, band.generation, language) }</span>
                if let Some(more) = more {
                    <span class="more">{ more }</span>
                }
            </div>
        </li>
    }
}

/// A long name with the place at which it may be broken.
fn broken(name: &'static str) -> Html {
    match name.strip_suffix("Rebalance") {
        Some(first) => html! { <>{ first }<wbr />{ "Rebalance" }</> },
        None => html! { name },
    }
}

/// The lines, clickable; arrows go from line to line, Enter opens one.
fn picture(draw: &Draw<'_>, drawing: &Drawing) -> Html {
    let chart = &drawing.chart;
    let coordinator = chart.columns.iter().rposition(|column| column.coordinator).unwrap_or(0);
    let x = drawing.x(coordinator);
    let entries: Vec<u64> = chart.lines.iter().map(|line| line.entry).collect();
    let onkeydown = {
        let desk = draw.desk.clone();
        Callback::from(move |event: KeyboardEvent| {
            let at = focused(&event).and_then(|entry| entries.iter().position(|it| *it == entry));
            let Some(at) = at else { return };
            let next = match event.key().as_str() {
                "ArrowDown" => at + 1,
                "ArrowUp" => at.saturating_sub(1),
                "Enter" | " " => {
                    event.prevent_default();
                    return super::message::open(&desk, entries[at]);
                }
                _ => return,
            };
            event.prevent_default();
            if let Some(entry) = entries.get(next) {
                focus_on(&format!("line-{entry}"));
            }
        })
    };
    let (open, last) = (draw.open, chart.lines.last().map(|line| line.entry));
    // One of them is in the order of tabs: the one that is open, else the latest.
    let stop = open.filter(|open| chart.lines.iter().any(|line| line.entry == *open)).or(last);
    html! {
        <svg class="g-lines" role="group" aria-label={w::PROTOCOL.of(draw.language)} {onkeydown}>
            <defs>
                <pattern id="g-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <rect width="3" height="6" class="hatch" />
                </pattern>
                for look in LOOKS {
                    <marker id={format!("g-tip-{look}")} markerUnits="userSpaceOnUse" markerWidth="8" markerHeight="8"
                        refX="15" refY="4" orient="auto" class={classes!("g-line", look)}>
                        <path d="M0,0 L8,4 L0,8 Z" />
                    </marker>
                }
            </defs>
            for column in 0..drawing.count() {
                <line class="g-life" x1={percent(drawing.x(column))} x2={percent(drawing.x(column))} y1="0" y2="100%" />
            }
            for (number, line) in chart.lines.iter().enumerate() {
                { arrow(draw, drawing, number, line, stop == Some(line.entry)) }
            }
            for (number, line) in chart.lines.iter().enumerate() {
                { label(draw, drawing, number, line) }
            }
            for (number, band) in chart.bands.iter().enumerate() {
                { bar(band, drawing.axis.bands[number], x) }
            }
        </svg>
    }
}

/// The entry of the line that has the focus.
fn focused(event: &KeyboardEvent) -> Option<u64> {
    let id = event.target_dyn_into::<web_sys::Element>()?.id();
    id.strip_prefix("line-")?.parse().ok()
}

fn percent(x: f64) -> String {
    format!("{x:.2}%")
}

/// The state on the coordinator's own line: hatched where the colour alone would have to say it.
fn bar(band: &Band, (from, to): (f64, f64), x: f64) -> Html {
    let class = w::state_class(band.state);
    let (y, height) = (format!("{from:.1}"), format!("{:.1}", to - from - 3.0));
    html! {
        <g class={classes!("g-bar", class)} transform="translate(-6 0)">
            <rect x={percent(x)} y={y.clone()} width="12" height={height.clone()} rx="4" />
            if class == "preparing" {
                <rect class="over" x={percent(x)} y={y} width="12" height={height} rx="4" fill="url(#g-hatch)" />
            }
        </g>
    }
}

/// How a line looks.
fn look(chart: &Chart, line: &ChartLine) -> &'static str {
    let new = [line.from, line.to].iter().any(|node| chart.columns.iter().any(|c| c.node == *node && c.new));
    match (line.error.as_deref(), line.api) {
        (Some("REBALANCE_IN_PROGRESS"), _) => "warn",
        (Some(_), _) => "bad",
        (None, Api::SyncGroup) => "sync",
        (None, Api::JoinGroup | Api::LeaveGroup | Api::ConsumerGroupHeartbeat) if new => "fresh",
        (None, Api::JoinGroup | Api::LeaveGroup | Api::ConsumerGroupHeartbeat) => "join",
        _ => "beat",
    }
}

fn arrow(draw: &Draw<'_>, drawing: &Drawing, number: usize, line: &ChartLine, stop: bool) -> Html {
    let chart = &drawing.chart;
    let (from, to) = (drawing.column(line.from), drawing.column(line.to));
    let (y1, arrived) = drawing.axis.lines[number];
    // What is still on its way has gone half of it.
    let (x1, whole) = (drawing.x(from), drawing.x(to));
    let x2 = if arrived.is_some() { whole } else { f64::midpoint(x1, whole) };
    let y2 = arrived.unwrap_or(drawing.axis.height - 4.0).max(y1);
    let look = look(chart, line);
    let tip = arrived.map(|_| format!("url(#g-tip-{look})"));
    let class = classes!(
        "g-line",
        look,
        arrived.is_none().then_some("flies"),
        (draw.open == Some(line.entry)).then_some("open")
    );
    let onclick = {
        let (desk, entry) = (draw.desk.clone(), line.entry);
        Callback::from(move |_: MouseEvent| super::message::open(&desk, entry))
    };
    html! {
        <g
            key={line.entry}
            id={format!("line-{}", line.entry)}
            {class}
            role="button"
            tabindex={if stop { "0" } else { "-1" }}
            aria-pressed={(draw.open == Some(line.entry)).to_string()}
            aria-label={says(draw, line)}
            {onclick}
        >
            <line class="hit" x1={percent(x1)} y1={format!("{y1:.1}")} x2={percent(x2)} y2={format!("{y2:.1}")} />
            <line x1={percent(x1)} y1={format!("{y1:.1}")} x2={percent(x2)} y2={format!("{y2:.1}")} marker-end={tip} />
        </g>
    }
}

/// What a line carries. All of them lie above all lines, so that none is crossed out.
fn label(draw: &Draw<'_>, drawing: &Drawing, number: usize, line: &ChartLine) -> Html {
    let x = drawing.x(drawing.column(line.from));
    let right = drawing.x(drawing.column(line.to)) > x;
    let (dx, anchor) = if right { ("11", "start") } else { ("-9", "end") };
    let y = format!("{:.1}", drawing.axis.lines[number].0 - 4.0);
    let says = line.error.as_deref().unwrap_or_else(|| line.api.name());
    html! {
        <text
            key={format!("label-{}", line.entry)}
            class={classes!("g-label", "g-line", look(&drawing.chart, line))}
            aria-hidden="true"
            x={percent(x)}
            {y}
            {dx}
            text-anchor={anchor}
        >
            { says }
            if let Some(note) = note(draw, line) {
                <tspan class="note" dx="6">{ note }</tspan>
            }
        </text>
    }
}

/// Which partitions were given up or taken because of a line.
fn note(draw: &Draw<'_>, line: &ChartLine) -> Option<String> {
    let language = draw.language;
    let names = |partitions: &[TopicPartition]| {
        let shown = partitions.iter().take(MOST_NAMED).map(|it| it.partition.to_string());
        let mut names: Vec<String> = shown.collect();
        names.extend((partitions.len() > MOST_NAMED).then(|| format!("+{}", partitions.len() - MOST_NAMED)));
        names.join(" ")
    };
    let parts = [(w::GAVE_UP, &line.gave_up), (w::TOOK, &line.took)];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(_, partitions)| !partitions.is_empty())
        .map(|(text, partitions)| text.with(language, &[&names(partitions)]))
        .collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// A line as a sentence.
fn says(draw: &Draw<'_>, line: &ChartLine) -> String {
    let language = draw.language;
    let (from, to) = (draw.name(line.from), draw.name(line.to));
    let text = if line.response { w::RESPONSE_SAYS } else { w::REQUEST_SAYS };
    let mut out = text.with(language, &[&line.api.name(), &from, &to, &line.sent]);
    out += &match line.arrived {
        Some(at) => w::ARRIVED_SAYS.with(language, &[&at]),
        None => w::ON_WAY.of(language).to_owned(),
    };
    if let Some(error) = &line.error {
        out += &w::ERROR_SAYS.with(language, &[error]);
    }
    if let Some(note) = note(draw, line) {
        out += ", ";
        out += &note;
    }
    out
}

/// The same lines one below the other, in words.
fn list(draw: &Draw<'_>, chart: &Chart) -> Html {
    let row = |line: &ChartLine| {
        let (desk, entry) = (draw.desk.clone(), line.entry);
        let onclick = Callback::from(move |_: MouseEvent| super::message::open(&desk, entry));
        html! { <li key={entry}><button class="step" {onclick}>{ says(draw, line) }</button></li> }
    };
    html! {
        <details class="g-list">
            <summary>{ w::AS_LIST.of(draw.language) }</summary>
            <ol>
                for line in &chart.lines {
                    { row(line) }
                }
            </ol>
        </details>
    }
}
