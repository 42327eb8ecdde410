use yew::prelude::*;

use super::words as w;
use crate::lesson::AskedForm;
use crate::lesson::Language;
use crate::lesson::Said;
use crate::lesson::Text;
use crate::ui::desk::Ask;
use crate::ui::desk::Desk;
use crate::ui::desk::Draft;
use crate::ui::desk::candidates;

/// What an answer is given with. Once it is locked everything stands still.
pub(super) fn answer(desk: &Desk, ask: &Ask, language: Language) -> Html {
    let open = ask.is_open();
    match &ask.round.form {
        AskedForm::Choice(choices) => choice(desk, ask, choices, language),
        AskedForm::Number(unit) => number(desk, ask, *unit, language),
        AskedForm::Order(items) => order(desk, ask, items, language),
        AskedForm::Match { labels, places } => pairs(desk, ask, labels, places, language),
        AskedForm::Click { ordered, .. } => clicks(desk, ask, *ordered && open, language),
    }
}

/// A callback that changes the answer.
fn change<E: 'static>(desk: &Desk, change: impl Fn(&mut Draft) + 'static) -> Callback<E> {
    let desk = desk.clone();
    Callback::from(move |_| desk.draft(&change))
}

fn choice(desk: &Desk, ask: &Ask, choices: &[(Said, crate::lesson::Value)], language: Language) -> Html {
    let open = ask.is_open();
    let truth = ask.graded().map(|graded| &graded.truth);
    // Arrows go from answer to answer here, not from event to event.
    let stay = Callback::from(|event: KeyboardEvent| {
        if event.key().starts_with("Arrow") {
            event.stop_propagation();
        }
    });
    html! {
        <div class="choices" role="radiogroup" aria-labelledby="asked" onkeydown={stay}>
            for (index, (text, claim)) in choices.iter().enumerate() {
                <label class={classes!(
                    "choice",
                    (ask.draft.choice == Some(index)).then_some("on"),
                    (truth == Some(claim)).then_some("true"),
                )}>
                    <input
                        type="radio"
                        name="answer"
                        id={format!("answer-{index}")}
                        checked={ask.draft.choice == Some(index)}
                        disabled={!open}
                        onchange={change::<Event>(desk, move |draft| draft.choice = Some(index))}
                    />
                    <kbd aria-hidden="true">{ letter(index) }</kbd>
                    <span>{ text.of(language) }</span>
                </label>
            }
        </div>
    }
}

fn letter(index: usize) -> char {
    char::from(b'A' + u8::try_from(index % 26).unwrap_or(0))
}

fn number(desk: &Desk, ask: &Ask, unit: Text, language: Language) -> Html {
    let typed = {
        let desk = desk.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                let text = field.value();
                desk.draft(|draft| draft.number = text);
            }
        })
    };
    html! {
        <label class="number">
            <input
                id="answer-0"
                type="text"
                inputmode="numeric"
                autocomplete="off"
                value={ask.draft.number.clone()}
                disabled={!ask.is_open()}
                oninput={typed}
            />
            <span>{ unit.of(language) }</span>
        </label>
    }
}

fn order(desk: &Desk, ask: &Ask, items: &[(String, Text)], language: Language) -> Html {
    let open = ask.is_open();
    let last = items.len().saturating_sub(1);
    let swap = |at: usize, with: usize| change::<MouseEvent>(desk, move |draft| draft.order.swap(at, with));
    html! {
        <ol class="order" aria-labelledby="asked">
            for (at, item) in ask.draft.order.iter().enumerate() {
                <li key={*item}>
                    <b class="mono">{ at + 1 }</b>
                    <span class="grow">{ items[*item].1.of(language) }</span>
                    <button
                        type="button"
                        class="chip"
                        id={format!("up-{at}")}
                        disabled={!open || at == 0}
                        aria-label={w::UP.with(language, &[&items[*item].1.of(language)])}
                        onclick={swap(at, at.saturating_sub(1))}
                    >
                        { "↑" }
                    </button>
                    <button
                        type="button"
                        class="chip"
                        id={format!("down-{at}")}
                        disabled={!open || at == last}
                        aria-label={w::DOWN.with(language, &[&items[*item].1.of(language)])}
                        onclick={swap(at, (at + 1).min(last))}
                    >
                        { "↓" }
                    </button>
                </li>
            }
        </ol>
    }
}

fn pairs(desk: &Desk, ask: &Ask, labels: &[Text], places: &[(String, Text)], language: Language) -> Html {
    let choose = |label: usize| {
        let desk = desk.clone();
        Callback::from(move |event: Event| {
            if let Some(field) = event.target_dyn_into::<web_sys::HtmlSelectElement>() {
                let chosen = usize::try_from(field.selected_index() - 1).ok();
                desk.draft(|draft| draft.places[label] = chosen);
            }
        })
    };
    html! {
        <div class="match">
            for (index, label) in labels.iter().enumerate() {
                <label>
                    <span>{ label.of(language) }</span>
                    <select
                        id={format!("answer-{index}")}
                        disabled={!ask.is_open()}
                        aria-label={w::PLACE_OF.with(language, &[&label.of(language)])}
                        onchange={choose(index)}
                    >
                        <option selected={ask.draft.places[index].is_none()}>{ w::CHOOSE.of(language) }</option>
                        for (number, (_, text)) in places.iter().enumerate() {
                            <option selected={ask.draft.places[index] == Some(number)}>{ text.of(language) }</option>
                        }
                    </select>
                </label>
            }
        </div>
    }
}

fn clicks(desk: &Desk, ask: &Ask, ordered: bool, language: Language) -> Html {
    let open = ask.is_open();
    let things = desk.read(|page| candidates(&page.seen.cluster, ask.kinds()));
    let add = {
        let (desk, things) = (desk.clone(), things.clone());
        Callback::from(move |event: Event| {
            if let Some(field) = event.target_dyn_into::<web_sys::HtmlSelectElement>() {
                let chosen = usize::try_from(field.selected_index() - 1).ok();
                if let Some(thing) = chosen.and_then(|index| things.get(index)) {
                    desk.points(thing);
                }
                field.set_selected_index(0);
            }
        })
    };
    html! {
        <div class="clicks">
            <ol aria-label={w::CHOSEN.of(language)}>
                for (at, name) in ask.draft.things.iter().enumerate() {
                    <li>
                        <b class="number-mark">{ at + 1 }</b>
                        <span class="grow">{ w::thing(name, language) }</span>
                        if open {
                            <button
                                type="button"
                                class="chip"
                                aria-label={w::TAKE_BACK.with(language, &[&w::thing(name, language)])}
                                onclick={change::<MouseEvent>(desk, move |draft| { if at < draft.things.len() { draft.things.remove(at); } })}
                            >
                                { "✕" }
                            </button>
                        }
                    </li>
                }
            </ol>
            if ask.draft.things.is_empty() {
                <p class="quiet">{ w::NOTHING_CHOSEN.of(language) }</p>
            }
            if open {
                <label>
                    { if ordered { w::CLICK_ORDER } else { w::CLICK_ONE }.of(language) }
                    <select id="answer-0" onchange={add} aria-label={w::ADD_THING.of(language)}>
                        <option selected={true}>{ w::CHOOSE.of(language) }</option>
                        for thing in &things {
                            <option>{ crate::ui::words::thing_name(thing, language) }{ machine(thing, language) }</option>
                        }
                    </select>
                </label>
            }
        </div>
    }
}

/// Where a segment or record lies: its name does not say it.
fn machine(thing: &crate::ui::stage::Thing, language: Language) -> String {
    use crate::ui::stage::Thing;
    match thing {
        Thing::Segment(node, ..) | Thing::Record(node, ..) => {
            format!(" · {}", crate::ui::words::node_name(*node, language))
        }
        _ => String::new(),
    }
}
