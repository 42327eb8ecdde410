use yew::prelude::*;

use crate::ui::app::opens;
use crate::ui::desk::Desk;
use crate::ui::desk::Dialog;
use crate::ui::desk::Screen;
use crate::ui::desk::Sheet;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::taste;
use crate::ui::words as w;

/// Name, views, facts, and the page's own switches.
#[component]
pub fn TopBar() -> Html {
    let desk = use_desk();
    let (taste, screen) = use_pick(|page| (page.taste.clone(), page.screen));
    let (brokers, profile, controller) = use_pick(|page| {
        let cluster = &page.seen.cluster;
        (
            cluster.brokers.len(),
            cluster.profile,
            cluster.controller.id == 0 || cluster.controller.state.runs(),
        )
    });
    let seed = desk.engine(|engine| engine.world().genesis().seed);
    let language = taste.language;
    let change = |change: fn(&mut crate::ui::desk::Taste)| {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| taste::change(&desk, change))
    };
    html! {
        <header class="top">
            <h1 class="name">{ "kafka" }<b>{ "scope" }</b></h1>
            <nav class="tabs" role="tablist" aria-label={w::VIEWS.of(language)}>
                { tab(&desk, Screen::Home, screen, crate::ui::home::words::PRACTICE.of(language)) }
                { tab(&desk, Screen::Cluster, screen, w::CLUSTER.of(language)) }
                { tab(&desk, Screen::Log, screen, w::LOG.of(language)) }
                { tab(&desk, Screen::Producer, screen, w::PRODUCER.of(language)) }
                { tab(&desk, Screen::Group, screen, w::GROUP.of(language)) }
            </nav>
            <span class="grow" />
            if !controller {
                <span class="chip bad not-small">{ w::NO_CONTROLLER.of(language) }</span>
            }
            <span class="chip fact not-small" title={profile}>{ if brokers == 1 { w::BROKER_FACT.of(language).to_owned() } else { w::BROKERS_FACT.with(language, &[&brokers]) } }</span>
            <button
                class="chip fact not-small"
                id="profile"
                title={w::FIDELITY_TITLE.of(language)}
                onclick={opens(&desk, Dialog::Fidelity)}
            >
                { profile }
            </button>
            <span class="chip fact lesser not-small">{ w::SEED_FACT.with(language, &[&seed]) }</span>
            <button class="chip not-small" onclick={opens(&desk, Dialog::Palette)} aria-label={w::SEARCH.of(language)}>{ "⌘K" }</button>
            <button class="chip not-small" id="open-configs" onclick={opens(&desk, Dialog::Configs)}>{ w::CONFIGS.of(language) }</button>
            <button class="chip not-small" id="share" onclick={opens(&desk, Dialog::Share)}>{ w::SHARE.of(language) }</button>
            <button
                class="chip"
                id="language"
                lang={language.other().tag()}
                onclick={change(|taste| taste.language = taste.language.other())}
            >
                { w::OTHER_LANGUAGE.of(language) }
            </button>
            <button
                class="chip not-small"
                id="theme"
                aria-label={w::THEME.of(language)}
                aria-pressed={taste.light.to_string()}
                onclick={change(|taste| taste.light = !taste.light)}
            >
                { if taste.light { "☀" } else { "☾" } }
            </button>
            <button
                class="chip not-small"
                aria-label={w::FOLD_LEFT.of(language)}
                aria-pressed={(!taste.left).to_string()}
                onclick={change(|taste| taste.left = !taste.left)}
            >
                { "◧" }
            </button>
            <button
                class="chip not-small"
                aria-label={w::FOLD_RIGHT.of(language)}
                aria-pressed={(!taste.right).to_string()}
                onclick={change(|taste| taste.right = !taste.right)}
            >
                { "◨" }
            </button>
            <button
                class="chip only-small"
                aria-label={w::MENU.of(language)}
                onclick={change(|taste| {
                    taste.sheet = if taste.sheet.is_some() { None } else { Some(Sheet::Left) };
                })}
            >
                { "☰" }
            </button>
        </header>
    }
}

fn tab(desk: &Desk, screen: Screen, current: Screen, label: &'static str) -> Html {
    let desk = desk.clone();
    let choose = Callback::from(move |_| desk.show(screen));
    html! {
        <button role="tab" aria-selected={(screen == current).to_string()} onclick={choose}>{ label }</button>
    }
}
