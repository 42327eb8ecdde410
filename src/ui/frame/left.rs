use yew::prelude::*;

use crate::kafka::base::NodeId;
use crate::lab::Act;
use crate::ui::app::opens;
use crate::ui::desk::Asked;
use crate::ui::desk::Desk;
use crate::ui::desk::Dialog;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_language;
use crate::ui::desk::use_pick;
use crate::ui::lesson::AskPanel;
use crate::ui::lesson::CoursePanel;
use crate::ui::lesson::words as lw;
use crate::ui::telling;
use crate::ui::twin::PairOffer;
use crate::ui::words as w;
use crate::view::MomentView;

/// How many lines "What just happened" shows.
const LINES: usize = 9;

/// One sentence on what to try, what just happened, and what can be done.
#[component]
pub fn LeftPanel() -> Html {
    let desk = use_desk();
    let language = use_language();
    let (course, ask, veiled) =
        use_pick(|page| (page.course.is_some(), page.ask.is_some(), page.is_veiled()));
    if course || ask {
        return html! {
            <>
                if course {
                    <CoursePanel />
                } else {
                    <AskPanel />
                }
                if !veiled {
                    <h2 class="caption">{ w::JUST_HAPPENED.of(language) }</h2>
                    <News />
                }
            </>
        };
    }
    html! {
        <>
            <p class="caption">{ w::FIRST_CAPTION.of(language) }</p>
            <h2 class="lead">{ w::FIRST_LEAD.of(language) }</h2>
            <p>{ w::FIRST_TRY.of(language) }</p>
            <h2 class="caption">{ w::DO_CAPTION.of(language) }</h2>
            <div class="row">
                <button class="button primary" id="open-data" onclick={opens(&desk, Dialog::Data)}>{ w::YOUR_DATA.of(language) }</button>
                <button class="button" id="open-faults" onclick={opens(&desk, Dialog::Faults)}>{ w::FAULT.of(language) }</button>
                <button class="button" id="open-palette" onclick={opens(&desk, Dialog::Palette)}>{ w::ADD.of(language) }</button>
                <button class="button" id="quiz" onclick={{
                    let desk = desk.clone();
                    Callback::from(move |_: MouseEvent| desk.quiz())
                }}>{ lw::QUIZ_ME.of(language) }</button>
                // Elsewhere these stand in the top bar.
                <button class="button only-small" onclick={opens(&desk, Dialog::Share)}>{ w::SHARE.of(language) }</button>
                <button class="button only-small" onclick={opens(&desk, Dialog::Configs)}>{ w::CONFIGS.of(language) }</button>
            </div>
            <Feeds />
            <PairOffer />
            <h2 class="caption">{ w::JUST_HAPPENED.of(language) }</h2>
            <News />
            <Bookmarks />
            <Branches />
            <h2 class="caption">{ w::CONTROLS.of(language) }</h2>
            <p class="keys">{ w::KEYS_SHORT.of(language) }</p>
        </>
    }
}

/// The reader's own data on their way, with a way to stop them.
#[component]
fn Feeds() -> Html {
    let desk = use_desk();
    let language = use_language();
    let feeds = use_pick(|page| {
        let producers = page.seen.cluster.producers.iter();
        producers.filter_map(|p| Some((p.id, p.feed.clone()?))).collect::<Vec<_>>()
    });
    let cancel = |id: i32| {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| {
            desk.act(Act::CancelFeed { node: NodeId(id) });
        })
    };
    html! {
        for (id, feed) in feeds {
            <div class="feed" id="feed" role="status">
                <span>{ w::FEEDING.with(language, &[&feed.topic, &w::count(feed.sent), &w::count(feed.acked)]) }</span>
                if feed.failed > 0 {
                    <span class="bad">{ w::FEED_FAILED.with(language, &[&w::count(feed.failed)]) }</span>
                }
                <progress max={feed.bytes.to_string()} value={feed.done.to_string()} aria-label={feed.topic.to_string()} />
                if !feed.over && !feed.cancelled {
                    <button class="chip" onclick={cancel(id)}>{ w::CANCEL.of(language) }</button>
                } else {
                    <span class="ok">{ if feed.cancelled { w::FEED_STOPPED } else { w::FEED_DONE }.of(language) }</span>
                }
            </div>
        }
    }
}

/// What just happened, newest first.
#[component]
fn News() -> Html {
    let desk = use_desk();
    let language = use_language();
    let news = use_pick(|page| page.seen.news.clone());
    if news.is_empty() {
        return html! { <p class="quiet">{ w::NOTHING_YET.of(language) }</p> };
    }
    html! {
        <ol class="events" id="news">
            for moment in news.iter().take(LINES) {
                { line(&desk, moment) }
            }
        </ol>
    }
}

fn line(desk: &Desk, moment: &MomentView) -> Html {
    let language = desk.read(|page| page.taste.language);
    let text = desk.engine(|engine| telling::tell(engine, &moment.happened, language));
    let class = classes!(telling::is_bad(&moment.happened).then_some("bad"));
    let (go, at) = (desk.clone(), moment.at);
    let seek = Callback::from(move |_: MouseEvent| go.seek(at));
    let (asks, entry) = (desk.clone(), moment.entry);
    let ask = Callback::from(move |_: MouseEvent| asks.ask_why(Asked::Moment(entry)));
    let name = w::WHY_OF.with(language, &[&text]);
    html! {
        <li key={moment.entry}>
            <time>{ moment.at.to_string() }</time>
            <button {class} onclick={seek}>{ text }</button>
            if moment.happened.has_why() {
                <button class="why-mark" onclick={ask} aria-label={name} title={w::WHY.of(language)}>{ "?" }</button>
            }
        </li>
    }
}

/// The moments that the reader marked.
#[component]
fn Bookmarks() -> Html {
    let desk = use_desk();
    let language = use_language();
    let moments = use_pick(|page| page.clock.bookmarks.clone());
    if moments.is_empty() {
        return Html::default();
    }
    html! {
        <>
            <h2 class="caption">{ w::BOOKMARKS.of(language) }</h2>
            <ul class="row" id="bookmarks">
                for at in moments {
                    <li key={at.0} class="row">
                        <button class="chip mono" aria-label={w::BOOKMARK_N.with(language, &[&at])} onclick={{
                            let desk = desk.clone();
                            Callback::from(move |_: MouseEvent| desk.seek(at))
                        }}>{ at.to_string() }</button>
                        <button class="chip" aria-label={w::BOOKMARK_DROP.with(language, &[&at])} onclick={{
                            let desk = desk.clone();
                            Callback::from(move |_: MouseEvent| {
                                desk.change(|page| page.clock.bookmarks.retain(|kept| *kept != at));
                            })
                        }}>{ "✕" }</button>
                    </li>
                }
            </ul>
        </>
    }
}

/// The futures of this world, when there are several.
#[component]
fn Branches() -> Html {
    let desk = use_desk();
    let language = use_language();
    // Looked at anew whenever the timeline is.
    let _ = use_pick(|page| page.seen.timeline.clone());
    let (branches, current) = desk.engine(|engine| (engine.branches(), engine.branch()));
    if branches.len() < 2 {
        return Html::default();
    }
    html! {
        <>
            <h2 class="caption">{ w::BRANCHES.of(language) }</h2>
            <div class="row" id="branches">
                for (index, from) in branches.into_iter().enumerate() {
                    <button
                        class="chip"
                        aria-pressed={(index == current).to_string()}
                        title={from.map(|at| w::BRANCH_FROM.with(language, &[&at]))}
                        onclick={{
                            let desk = desk.clone();
                            Callback::from(move |_: MouseEvent| desk.switch(index))
                        }}
                    >
                        { w::BRANCH_N.with(language, &[&(index + 1)]) }
                    </button>
                }
            </div>
        </>
    }
}
