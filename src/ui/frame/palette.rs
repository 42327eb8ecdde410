use std::rc::Rc;

use yew::prelude::*;

use crate::ui::acts::Command;
use crate::ui::acts::asking;
use crate::ui::acts::bookmarks;
use crate::ui::acts::commands;
use crate::ui::browser::focus_on;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::words as w;

/// How many lines it shows.
const LINES: usize = 12;

/// One field that finds everything: acts, things, places.
#[component]
pub fn Palette() -> Html {
    let desk = use_desk();
    let (language, cluster) = use_pick(|page| (page.taste.language, page.seen.cluster.clone()));
    let (selected, followed) = use_pick(|page| (page.selected.clone(), page.followed.clone()));
    let typed = use_state(String::new);
    let chosen = use_state(|| 0_usize);
    use_effect_with((), |()| focus_on("palette-input"));
    let moments = use_pick(|page| page.clock.bookmarks.clone());
    let all: Rc<[Command]> = bookmarks(&moments, language)
        .into_iter()
        .chain(commands(&cluster, language))
        .chain(asking(selected.as_ref(), followed.as_ref(), language))
        .collect();
    let found: Vec<&Command> = search(&all, &typed).collect();
    let run = {
        let desk = desk.clone();
        move |command: &Command| {
            desk.close();
            command.run(&desk);
        }
    };
    let oninput = {
        let (typed, chosen) = (typed.clone(), chosen.clone());
        Callback::from(move |event: InputEvent| {
            typed.set(text_of(&event));
            chosen.set(0);
        })
    };
    let onkeydown = {
        let (typed, chosen, all, run) = (typed.clone(), chosen.clone(), all.clone(), run.clone());
        let count = found.len();
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "ArrowDown" => {
                event.prevent_default();
                chosen.set((*chosen + 1).min(count.saturating_sub(1)));
            }
            "ArrowUp" => {
                event.prevent_default();
                chosen.set(chosen.saturating_sub(1));
            }
            "Enter" => {
                // What the command opens must not take the key for its own.
                event.prevent_default();
                // Who types quickly means what is in the field now, though its lines are not drawn yet.
                let now = text_of(&event);
                let line = if now == *typed { *chosen } else { 0 };
                if let Some(command) = search(&all, &now).nth(line) {
                    run(command);
                }
            }
            _ => {}
        })
    };
    html! {
        <section class="dialog palette" role="dialog" aria-modal="true" aria-label={w::SEARCH.of(language)}>
            <input
                id="palette-input"
                type="text"
                role="combobox"
                aria-expanded="true"
                aria-controls="palette-list"
                aria-label={w::PALETTE_HINT.of(language)}
                placeholder={w::PALETTE_HINT.of(language)}
                autocomplete="off"
                {oninput}
                {onkeydown}
            />
            <ul id="palette-list" role="listbox" aria-label={w::SEARCH.of(language)}>
                for (index, &command) in found.iter().enumerate() {
                    <li
                        role="option"
                        aria-selected={(index == *chosen).to_string()}
                        onclick={{
                            let (run, command) = (run.clone(), command.clone());
                            Callback::from(move |_: MouseEvent| run(&command))
                        }}
                    >
                        <span>{ &command.label }</span>
                        <span class="quiet">{ &command.hint }</span>
                    </li>
                }
            </ul>
            if found.is_empty() {
                <p class="quiet">{ w::PALETTE_NOTHING.of(language) }</p>
            }
        </section>
    }
}

/// The first commands that have all words that were typed.
fn search<'a>(all: &'a [Command], typed: &'a str) -> impl Iterator<Item = &'a Command> {
    all.iter().filter(|command| matches(&command.label, &command.hint, typed)).take(LINES)
}

/// What is in the field in which something happened.
fn text_of(event: &Event) -> String {
    event.target_dyn_into::<web_sys::HtmlInputElement>().map_or_else(String::new, |field| field.value())
}

/// Whether all words that were typed occur, in any order, on the button or in the hint beside it.
fn matches(label: &str, hint: &str, typed: &str) -> bool {
    let (label, hint) = (label.to_ascii_lowercase(), hint.to_ascii_lowercase());
    typed.to_ascii_lowercase().split_whitespace().all(|word| label.contains(word) || hint.contains(word))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn words_are_found_in_any_order() {
        assert!(matches("Crash broker 2", "F", "2 cra"));
        assert!(!matches("Crash broker 2", "", "3"));
        assert!(matches("anything", "", ""));
        assert!(matches("Add consumers to a group…", "members", "add member"));
    }
}
