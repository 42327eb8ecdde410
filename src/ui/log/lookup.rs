use std::rc::Rc;

use yew::prelude::*;

use super::words as w;
use crate::kafka::base::Offset;
use crate::kafka::storage::LookupStep;
use crate::lesson::Language;
use crate::ui::desk::use_desk;
use crate::ui::words as common;
use crate::view::LogView;
use crate::view::LookupView;
use crate::view::Stage;

/// How long a step of the search is shown while it plays, in ms.
const STEP_MS: u32 = 650;
/// The latest steps that are shown in words.
const LINES: usize = 6;

/// A search and how much of it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shown {
    pub lookup: Rc<LookupView>,
    /// Steps that have been taken; all of them and one more = the answer.
    pub at: usize,
}

impl Shown {
    /// The steps that have been taken.
    pub(super) fn steps(&self) -> &[LookupStep] {
        &self.lookup.steps[..self.at.min(self.lookup.steps.len())]
    }

    pub(super) fn is_done(&self) -> bool {
        self.at > self.lookup.steps.len()
    }

    /// The segment is known.
    pub(super) fn is_past_segments(&self) -> bool {
        self.is_done() || self.steps().iter().any(|step| Stage::of(step) != Stage::FindSegment)
    }

    /// The stage of the last step; none before the first.
    pub(super) fn stage(&self) -> Option<Stage> {
        if self.is_done() { Some(Stage::Return) } else { self.steps().last().map(Stage::of) }
    }
}

/// The playhead of a search.
#[derive(Clone, PartialEq)]
pub(super) struct Player {
    pub at: usize,
    pub playing: bool,
    pub steps: usize,
    set: UseStateHandle<(usize, bool)>,
}

impl Player {
    fn go(&self, at: usize, playing: bool) -> Callback<MouseEvent> {
        let (set, most) = (self.set.clone(), self.steps + 1);
        Callback::from(move |_| set.set((at.min(most), playing)))
    }
}

/// Plays the steps of a search one after another; a new question starts it anew.
#[hook]
pub(super) fn use_player(asked: Option<(i64, bool)>, steps: usize) -> Player {
    let set = use_state(|| (0, true));
    {
        let set = set.clone();
        use_effect_with(asked, move |_| set.set((0, true)));
    }
    let (at, playing) = *set;
    {
        let set = set.clone();
        use_effect_with((asked.is_some(), at, playing, steps), move |(on, at, playing, steps)| {
            let (at, steps) = (*at, *steps);
            let timer = (*on && *playing && at <= steps).then(|| {
                gloo::timers::callback::Timeout::new(STEP_MS, move || set.set((at + 1, at < steps)))
            });
            move || drop(timer)
        });
    }
    Player { at: at.min(steps + 1), playing: playing && at <= steps, steps, set }
}

#[derive(Clone, PartialEq, Properties)]
pub(super) struct FinderProps {
    pub start: Offset,
    pub end: Offset,
    pub language: Language,
}

/// The box that asks for an offset or a time.
#[component]
pub(super) fn Finder(FinderProps { start, end, language }: &FinderProps) -> Html {
    let desk = use_desk();
    let language = *language;
    let by_time = use_state(|| false);
    let text = use_state(String::new);
    let wrong = use_state(|| false);
    let input = {
        let text = text.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                text.set(field.value());
            }
        })
    };
    let ask = {
        let (text, by_time, wrong) = (text.clone(), by_time.clone(), wrong.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let asked = text.trim().parse::<i64>().ok();
            wrong.set(asked.is_none());
            if let Some(asked) = asked {
                desk.change(|page| {
                    page.log.asked = Some((asked, *by_time));
                    page.log.record = None;
                });
            }
        })
    };
    let kind = |wanted: bool| {
        let by_time = by_time.clone();
        Callback::from(move |_: MouseEvent| by_time.set(wanted))
    };
    html! {
        <form class="finder" onsubmit={ask}>
            <span class="quiet">{ w::FIND_LABEL.of(language) }</span>
            <button type="button" class="chip" aria-pressed={(!*by_time).to_string()} onclick={kind(false)}>{ w::BY_OFFSET.of(language) }</button>
            <button type="button" class="chip" aria-pressed={(*by_time).to_string()} onclick={kind(true)}>{ w::BY_TIME.of(language) }</button>
            <input
                id="log-find"
                class="input mono"
                inputmode="numeric"
                value={(*text).clone()}
                oninput={input}
                aria-label={w::ASK_WHAT.of(language)}
                aria-invalid={wrong.to_string()}
                placeholder={if *by_time { "1700000000000".to_owned() } else { ((start + end) / 2).to_string() }}
            />
            <button class="button primary" id="log-find-go">{ w::FIND.of(language) }</button>
            if *wrong {
                <p class="bad" role="alert">{ w::NOT_A_NUMBER.with(language, &[start, end]) }</p>
            }
        </form>
    }
}

#[derive(Clone, PartialEq, Properties)]
pub(super) struct TrailProps {
    pub shown: Shown,
    pub language: Language,
}

/// What the broker did so far, in words, and what comes next.
#[component]
pub(super) fn Trail(TrailProps { shown, language }: &TrailProps) -> Html {
    let language = *language;
    let steps = shown.steps();
    let skip = steps.len().saturating_sub(LINES);
    let next = shown.lookup.steps.get(shown.at).map_or(Stage::Return, Stage::of);
    html! {
        <div class="trail" role="log" aria-label={w::LOOKUP_STEPS.of(language)}>
            <ol start={(skip + 1).to_string()}>
                for (number, step) in steps.iter().enumerate().skip(skip) {
                    <li key={number} class={classes!((number + 1 == steps.len()).then_some("now"))}>
                        { did(step, &shown.lookup, language) }
                    </li>
                }
            </ol>
            if !shown.is_done() {
                <p class="next">{ w::YOUR_MOVE.with(language, &[&w::stage(next, language)]) }</p>
            }
        </div>
    }
}

/// One step in words.
pub(super) fn did(step: &LookupStep, lookup: &LookupView, language: Language) -> String {
    let asked = lookup.asked;
    match step {
        LookupStep::Segment { base_offset, compared_with, chosen } => match (lookup.by_time, chosen) {
            (false, true) => w::DID_SEGMENT_YES.with(language, &[base_offset, &asked]),
            (false, false) => w::DID_SEGMENT_NO.with(language, &[base_offset, &asked]),
            (true, true) => w::DID_SEGMENT_TIME_YES.with(language, &[base_offset, compared_with]),
            (true, false) => w::DID_SEGMENT_TIME_NO.with(language, &[base_offset, compared_with]),
        },
        LookupStep::TimeIndexEntry { slot, entry, .. } => {
            w::DID_TIME_ENTRY.with(language, &[slot, &entry.timestamp, &entry.offset])
        }
        LookupStep::TimeIndexFound { entry, .. } => w::DID_TIME_FOUND.with(language, &[&entry.offset]),
        LookupStep::OffsetIndexEntry { slot, entry, .. } => {
            w::DID_INDEX_ENTRY.with(language, &[slot, &entry.offset, &entry.position])
        }
        LookupStep::OffsetIndexFound { entry, .. } => w::DID_SEEK.with(language, &[&entry.position]),
        LookupStep::Batch { base_offset, last_offset, size, found, .. } => match (found, lookup.by_time) {
            (true, false) => w::DID_BATCH_YES.with(language, &[&w::offsets(*base_offset, *last_offset)]),
            (true, true) => w::DID_BATCH_YES_TIME.with(language, &[&w::offsets(*base_offset, *last_offset)]),
            (false, _) => w::DID_BATCH_NO.with(language, &[&w::offsets(*base_offset, *last_offset), size]),
        },
        LookupStep::Record { offset, found: true, .. } => w::DID_RECORD_YES.with(language, &[offset]),
        LookupStep::Record { offset, .. } => w::DID_RECORD_NO.with(language, &[offset]),
    }
}

#[derive(Clone, PartialEq, Properties)]
pub(super) struct CostProps {
    pub shown: Shown,
    pub log: Rc<LogView>,
    pub language: Language,
}

/// What the search cost, and what it would have cost without an index.
#[component]
pub(super) fn Cost(CostProps { shown, log, language }: &CostProps) -> Html {
    let place = use_node_ref();
    {
        let place = place.clone();
        use_effect_with(shown.is_done(), move |done| {
            // The answer should be in sight, also on a small screen.
            if let Some(element) = place.cast::<web_sys::Element>().filter(|_| *done) {
                element.scroll_into_view_with_bool(false);
            }
        });
    }
    let (lookup, language) = (&shown.lookup, *language);
    if shown.is_done() && lookup.found.is_none() {
        let sentence = if lookup.by_time {
            w::NOT_FOUND_TIME.of(language).to_owned()
        } else {
            w::NOT_FOUND_OFFSET.with(language, &[&log.log_start, &(log.log_end - 1)])
        };
        return html! { <p class="card warn" role="alert" ref={place}>{ sentence }</p> };
    }
    let (cost, without) = (lookup.cost, lookup.without_index);
    let more = if lookup.without_index_is_more { "+" } else { "" };
    let bytes = |count: u64| common::count(count);
    html! {
        <dl class="card cost" ref={place}>
            <dt>{ w::COST.of(language) }</dt>
            <dd>{ w::COST_LINE.with(language, &[&cost.segments, &cost.index_entries, &cost.batches, &bytes(cost.bytes)]) }</dd>
            <dt>{ w::COST_WITHOUT.of(language) }</dt>
            <dd class="quiet">
                { w::COST_WITHOUT_LINE.with(language, &[&without.batches, &more, &bytes(without.bytes), &more]) }
            </dd>
        </dl>
    }
}

#[derive(Clone, PartialEq, Properties)]
pub(super) struct TransportProps {
    pub shown: Shown,
    pub player: Player,
    pub language: Language,
}

/// The transport of a search: its stages on a line, and steps both ways.
#[component]
pub(super) fn Transport(TransportProps { shown, player, language }: &TransportProps) -> Html {
    let desk = use_desk();
    let language = *language;
    let last = player.steps + 1;
    let reached = shown.stage();
    let close = Callback::from(move |_: MouseEvent| desk.change(|page| page.log.asked = None));
    let button = |text: &'static str, path: &'static str, to: usize, off: bool| {
        html! {
            <button aria-label={text} title={text} disabled={off} onclick={player.go(to, false)}>
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d={path} /></svg>
            </button>
        }
    };
    let path = if player.playing { "M4 2h3v12H4zM9 2h3v12H9z" } else { "M4 2l10 6-10 6z" };
    let play = if player.playing { w::PAUSE } else { w::PLAY }.of(language);
    let from = if player.at >= last { 0 } else { player.at };
    html! {
        <div class="log-transport" role="group" aria-label={w::LOOKUP_STEPS.of(language)}>
            <div class="buttons">
                { button(w::TO_START.of(language), "M2 2h2v12H2zM14 2v12L5 8z", 0, player.at == 0) }
                { button(w::STEP_BACK.of(language), "M12 2v12L3 8z", player.at.saturating_sub(1), player.at == 0) }
                <button class="play" id="log-play" aria-label={play} title={play} onclick={player.go(from, !player.playing)}>
                    <svg viewBox="0 0 16 16" aria-hidden="true"><path d={path} /></svg>
                </button>
                { button(w::STEP_ON.of(language), "M4 2v12l7-6zM12 2h2v12h-2z", player.at + 1, player.at >= last) }
                { button(w::TO_END.of(language), "M12 2h2v12h-2zM2 2v12l9-6z", last, player.at >= last) }
            </div>
            <ol class="stages">
                for stage in Stage::ALL {
                    <li class={classes!(
                        reached.is_some_and(|reached| stage < reached).then_some("done"),
                        (reached == Some(stage)).then_some("now"),
                    )}>
                        <button onclick={player.go(first_of(&shown.lookup, stage), false)}>{ w::stage(stage, language) }</button>
                    </li>
                }
            </ol>
            <button class="button" onclick={close}>{ w::CLOSE.of(language) }</button>
        </div>
    }
}

/// How many steps are taken when a stage is reached.
fn first_of(lookup: &LookupView, stage: Stage) -> usize {
    lookup
        .steps
        .iter()
        .rposition(|step| Stage::of(step) <= stage)
        .filter(|_| stage != Stage::Return)
        .map_or(if stage == Stage::Return { lookup.steps.len() + 1 } else { 0 }, |at| at + 1)
}
