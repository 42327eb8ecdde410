use yew::prelude::*;

use super::words as w;
use crate::lesson::AskedForm;
use crate::lesson::Language;
use crate::ui::desk::Desk;
use crate::ui::desk::Page;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_language;
use crate::ui::desk::use_pick;
use crate::ui::words::CLOSE;

const LETTERS: [&str; 8] = ["A", "B", "C", "D", "E", "F", "G", "H"];

/// Raised hands, for each choice.
type Tally = Vec<u32>;

/// The open question over the whole screen: hands are counted by hand, twice, then it runs.
#[component]
pub fn Vote() -> Html {
    let desk = use_desk();
    let language = use_language();
    let asked = use_pick(move |page| question(page, language));
    let letters = use_pick(|page| page.taste.letters);
    let votes = use_state(|| [Tally::new(), Tally::new()]);
    let second = use_state(|| false);
    let close = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.close())
    };
    let Some((ask, choices)) = asked else {
        return html! {
            <section class="vote" role="dialog" aria-modal="true" aria-label={w::VOTE.of(language)} id="vote">
                <p class="vote-ask">{ w::NO_QUESTION.of(language) }</p>
                <button class="button" onclick={close}>{ CLOSE.of(language) }</button>
            </section>
        };
    };
    let round = usize::from(*second);
    let change = {
        let votes = votes.clone();
        let count = choices.len();
        move |choice: usize, by: i32| {
            let mut next = (*votes).clone();
            next[round].resize(count, 0);
            next[round][choice] = next[round][choice].saturating_add_signed(by);
            votes.set(next);
        }
    };
    // Hands are counted faster by key: a letter is one more, with Shift one less.
    let onkeydown = {
        let (change, count) = (change.clone(), choices.len());
        Callback::from(move |event: KeyboardEvent| {
            let key = event.key().to_ascii_uppercase();
            let plain = letters && !event.ctrl_key() && !event.meta_key() && !event.alt_key();
            let choice = LETTERS.iter().take(count).position(|letter| *letter == key);
            if let Some(choice) = choice.filter(|_| plain) {
                event.prevent_default();
                change(choice, if event.shift_key() { -1 } else { 1 });
            }
        })
    };
    let again = {
        let second = second.clone();
        Callback::from(move |_: MouseEvent| second.set(!*second))
    };
    let run = {
        let (desk, tally) = (desk.clone(), votes[round].clone());
        Callback::from(move |_: MouseEvent| run(&desk, &tally))
    };
    let title = if *second { w::SECOND_VOTE } else { w::FIRST_VOTE };
    html! {
        <section class="vote" role="dialog" aria-modal="true" aria-label={w::VOTE.of(language)} id="vote" {onkeydown}>
            <p class="vote-round">{ title.of(language) }</p>
            <p class="vote-ask">{ ask }</p>
            <ul class="vote-choices">
                for (number, text) in choices.iter().enumerate() {
                    { choice(number, text, &votes, round, &change, language) }
                }
            </ul>
            <div class="row">
                <button class="button" id="vote-again" onclick={again}>
                    { if *second { w::FIRST_VOTE.of(language) } else { w::TALK.of(language) } }
                </button>
                if letters {
                    <span class="quiet">{ w::VOTE_KEYS.of(language) }</span>
                }
                <span class="grow" />
                <button class="button primary" id="vote-run" onclick={run}>{ w::RUN.of(language) }</button>
                <button class="button" onclick={close}>{ CLOSE.of(language) }</button>
            </div>
        </section>
    }
}

/// The question and its choices, when it has some and is not answered yet.
fn question(page: &Page, language: Language) -> Option<(String, Vec<String>)> {
    let ask = page.ask.as_ref()?;
    let AskedForm::Choice(choices) = &ask.round.form else { return None };
    Some((ask.round.ask.of(language), choices.iter().map(|(text, _)| text.of(language)).collect()))
}

/// One choice: a letter, its text, its hands now and before.
fn choice(
    number: usize,
    text: &str,
    votes: &[Tally; 2],
    round: usize,
    change: &(impl Fn(usize, i32) + Clone + 'static),
    language: Language,
) -> Html {
    let letter = LETTERS.get(number).copied().unwrap_or("?");
    let count = |round: usize| votes[round].get(number).copied().unwrap_or(0);
    let most = votes.iter().flatten().copied().max().unwrap_or(0).max(1);
    let button = |by: i32, sign: &'static str, label: String| {
        let change = change.clone();
        let onclick = Callback::from(move |_: MouseEvent| change(number, by));
        html! { <button class="button" aria-label={label} {onclick}>{ sign }</button> }
    };
    html! {
        <li>
            <b class="vote-letter" aria-hidden="true">{ letter }</b>
            <span class="vote-text">{ text }</span>
            <meter min="0" max={most.to_string()} value={count(round).to_string()} aria-label={letter} />
            <output class="vote-count">{ count(round) }</output>
            if round == 1 {
                <span class="quiet vote-before">{ format!("({})", count(0)) }</span>
            }
            { button(-1, "−", w::LESS_N.with(language, &[&letter])) }
            { button(1, "+", w::MORE_N.with(language, &[&letter])) }
        </li>
    }
}

/// The class's answer is locked, and the engine decides.
fn run(desk: &Desk, tally: &[u32]) {
    let most = tally.iter().copied().max().unwrap_or(0);
    let chosen = tally.iter().position(|count| *count == most).unwrap_or(0);
    desk.close();
    desk.draft(|draft| draft.choice = draft.choice.filter(|_| most == 0).or(Some(chosen)));
    desk.lock();
    desk.begin_run();
}
