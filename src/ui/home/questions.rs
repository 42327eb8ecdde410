use yew::prelude::*;

use super::words as w;
use crate::lesson::Level;
use crate::lesson::QUESTIONS;
use crate::lesson::Question;
use crate::lesson::Tag;
use crate::lesson::Topic;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;

/// What the list is narrowed to.
#[derive(Clone, Debug, Default, PartialEq)]
struct Wanted {
    typed: String,
    level: Option<Level>,
    topic: Option<Topic>,
    trap: bool,
}

impl Wanted {
    /// Whether a question fits: all typed words occur, in either language.
    fn fits(&self, question: &Question) -> bool {
        let texts = [question.ask, question.answer, w::topic(question.topic)];
        let all = texts.map(|text| format!("{} {}", text.en, text.zh)).join(" ");
        let hay = format!("{} {} {all}", question.id, question.lesson).to_ascii_lowercase();
        self.typed.to_ascii_lowercase().split_whitespace().all(|word| hay.contains(word))
            && self.level.is_none_or(|level| question.level == level)
            && self.topic.is_none_or(|topic| question.topic == topic)
            && (!self.trap || question.tags.contains(&Tag::Trap))
    }
}

/// The bank of questions, searched in both languages.
#[component]
pub(super) fn Questions() -> Html {
    let desk = use_desk();
    let (language, progress) = use_pick(|page| (page.taste.language, page.progress.clone()));
    let wanted = use_state(Wanted::default);
    if QUESTIONS.is_empty() {
        return Html::default();
    }
    let found: Vec<&Question> = QUESTIONS.iter().copied().filter(|q| wanted.fits(q)).collect();
    let typed = {
        let wanted = wanted.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                wanted.set(Wanted { typed: field.value(), ..(*wanted).clone() });
            }
        })
    };
    let chosen = |change: fn(&mut Wanted, usize)| {
        let wanted = wanted.clone();
        Callback::from(move |event: Event| {
            if let Some(field) = event.target_dyn_into::<web_sys::HtmlSelectElement>() {
                let mut next = (*wanted).clone();
                change(&mut next, usize::try_from(field.selected_index()).unwrap_or(0));
                wanted.set(next);
            }
        })
    };
    let trap = {
        let wanted = wanted.clone();
        Callback::from(move |_: Event| wanted.set(Wanted { trap: !wanted.trap, ..(*wanted).clone() }))
    };
    let open = |id: &'static str| {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.open_question(id))
    };
    html! {
        <section>
            <div class="home-head">
                <h2>{ w::QUESTIONS_TITLE.of(language) }</h2>
                <p class="quiet" role="status">{ w::FOUND_N.with(language, &[&found.len(), &QUESTIONS.len()]) }</p>
            </div>
            <div class="row filters">
                <input id="question-search" type="search" aria-label={w::FIND.of(language)} placeholder={w::FIND.of(language)} oninput={typed} />
                <select id="question-level" aria-label={w::LEVEL.of(language)} onchange={chosen(|wanted, at| wanted.level = at.checked_sub(1).map(|at| w::LEVELS[at].0))}>
                    <option selected={wanted.level.is_none()}>{ w::ANY_LEVEL.of(language) }</option>
                    for (level, text) in w::LEVELS {
                        <option selected={wanted.level == Some(level)}>{ text.of(language) }</option>
                    }
                </select>
                <select id="question-topic" aria-label={w::TOPIC.of(language)} onchange={chosen(|wanted, at| wanted.topic = at.checked_sub(1).map(|at| w::TOPICS[at].0))}>
                    <option selected={wanted.topic.is_none()}>{ w::ANY_TOPIC.of(language) }</option>
                    for (topic, text) in w::TOPICS {
                        <option selected={wanted.topic == Some(topic)}>{ text.of(language) }</option>
                    }
                </select>
                <label class="row"><input type="checkbox" id="only-traps" checked={wanted.trap} onchange={trap} />{ w::ONLY_TRAPS.of(language) }</label>
            </div>
            <ul class="questions card" id="questions">
                for question in &found {
                    <li key={question.id}>
                        <span class="mono quiet">{ question.id }</span>
                        <button onclick={open(question.id)}>{ question.ask.of(language) }</button>
                        <span class="quiet">{ w::level(question.level).of(language) }{ " · " }{ w::topic(question.topic).of(language) }</span>
                        if question.tags.contains(&Tag::Trap) {
                            <span class="chip warn">{ w::TRAP.of(language) }</span>
                        }
                        if let Some(item) = progress.items.get(question.id) {
                            <span class={if item.is_weak() { "bad" } else { "ok" }}>
                                { w::RIGHT_WRONG.with(language, &[&item.right, &item.wrong]) }
                            </span>
                        }
                    </li>
                }
            </ul>
        </section>
    }
}
