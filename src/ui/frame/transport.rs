use yew::prelude::*;

use super::lanes::LaneView;
use super::room::taken;
use crate::kafka::base::Instant;
use crate::lab::MEMORY_MAX;
use crate::lesson::Text;
use crate::ui::app::opens;
use crate::ui::desk::Desk;
use crate::ui::desk::Dialog;
use crate::ui::desk::Speed;
use crate::ui::desk::Wish;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::twin::words as t;
use crate::ui::words as w;

/// What history takes when it is told, in MB: an eighth of its bound.
const MUCH_MB: u64 = MEMORY_MAX >> 23;

/// Play, step, speed, and the timeline.
#[component]
pub fn Transport() -> Html {
    let desk = use_desk();
    let (language, playing, speed, lag) =
        use_pick(|page| (page.taste.language, page.clock.playing, page.clock.speed, page.clock.lag));
    let (timeline, room) = use_pick(|page| (page.seen.timeline.clone(), page.seen.room));
    let button = |wish: Wish, label: Text, path: &'static str, class: Option<&'static str>| {
        let desk = desk.clone();
        html! {
            <button {class} aria-label={label.of(language)} title={label.of(language)}
                onclick={Callback::from(move |_: MouseEvent| desk.grant(wish))}>
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d={path} /></svg>
            </button>
        }
    };
    let (play, path) =
        if playing { (w::PAUSE, "M4 2h3v12H4zM9 2h3v12H9z") } else { (w::PLAY, "M4 2l10 6-10 6z") };
    let said = match lag {
        Some(share) if share < 0.95 => w::KEEPS_UP.with(language, &[&percent(share)]),
        _ if room.taken_mb < MUCH_MB => w::EVENTS_SAID.with(language, &[&w::count(timeline.events)]),
        _ => w::EVENTS_AND_ROOM.with(
            language,
            &[&w::count(timeline.events), &w::count(room.taken_mb), &w::count(MEMORY_MAX >> 20)],
        ),
    };
    html! {
        <section class="bottom" aria-label={w::TIME.of(language)}>
            <div class="transport">
                <div class="buttons">
                    { button(Wish::Start, w::TO_START, "M2 2h2v12H2zM14 2v12L5 8z", Some("not-small")) }
                    { button(Wish::Step { forward: false }, w::STEP_BACK, "M12 2v12L3 8z", None) }
                    { button(Wish::PlayOrPause, play, path, Some("play")) }
                    { button(Wish::Step { forward: true }, w::STEP_ON, "M4 2v12l7-6zM12 2h2v12h-2z", None) }
                    { button(Wish::End, w::TO_END, "M12 2h2v12h-2zM2 2v12l9-6z", Some("not-small")) }
                </div>
                { speeds(&desk, speed, language) }
                <div class="forks">
                    <button class="chip" id="what-if" title={t::WHAT_IF_OPEN.of(language)} onclick={opens(&desk, Dialog::WhatIf)}>
                        { t::WHAT_IF.of(language) }
                    </button>
                    <button class="said not-small" id="open-room" title={taken(room, language)} onclick={opens(&desk, Dialog::Room)}>{ said }</button>
                </div>
            </div>
            <LaneView />
        </section>
    }
}

/// Of the asked speed, so many hundredths: `42`, `0.3`.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 1.0 { format!("{:.1}", percent.max(0.1)) } else { format!("{percent:.0}") }
}

/// The speeds around the chosen one.
fn speeds(desk: &Desk, speed: Speed, language: crate::lesson::Language) -> Html {
    let near = Speed::all().filter(|s| s.key().abs_diff(speed.key()) <= 1);
    let choose = |to: Speed| {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.grant(Wish::Speed(to)))
    };
    html! {
        <div class="speeds" id="speeds">
            <span class="not-small">{ w::SPEED.of(language) }</span>
            for s in near {
                <button
                    key={s.key()}
                    aria-pressed={(s == speed).to_string()}
                    title={w::SPEED_OF.with(language, &[&s.label()])}
                    onclick={choose(s)}
                >
                    { s.label() }
                </button>
            }
        </div>
    }
}

/// The moment of the playhead as the transport writes it.
pub(super) fn moment(at: Instant) -> String {
    at.to_string()
}
