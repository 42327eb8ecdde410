use yew::prelude::*;

use crate::lesson::Text;
use crate::ui::desk::Screen;
use crate::ui::desk::Sheet;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::taste;
use crate::ui::twin::words as t;
use crate::ui::words as w;

/// On a small screen: which panel is up as a sheet. A second touch puts it down.
#[component]
pub fn SheetTabs() -> Html {
    let desk = use_desk();
    let (language, screen, up) = use_pick(|page| (page.taste.language, page.screen, page.taste.sheet));
    let (learns, twin) =
        use_pick(|page| (page.course.is_some() || page.ask.is_some(), page.seen.twin.is_some()));
    let twin = twin && !learns;
    let left = match (learns, twin) {
        (true, _) => w::LESSON_PANEL,
        (_, true) => t::TWO_WORLDS,
        _ => w::LEFT_PANEL,
    };
    let right = match screen {
        Screen::Cluster if !twin => Some(w::RIGHT_PANEL),
        Screen::Producer => Some(w::WHY_PANEL),
        Screen::Group => Some(w::GROUP_PANEL),
        _ => None,
    };
    let tab = |sheet: Sheet, label: Text| {
        let desk = desk.clone();
        let id = if sheet == Sheet::Left { "sheet-left" } else { "sheet-right" };
        let pressed = up == Some(sheet);
        let choose = Callback::from(move |_: MouseEvent| {
            taste::change(&desk, |taste| taste.sheet = (!pressed).then_some(sheet));
        });
        html! {
            <button {id} aria-pressed={pressed.to_string()} onclick={choose}>{ label.of(language) }</button>
        }
    };
    html! {
        <nav class="sheets only-small" aria-label={w::SHEETS.of(language)}>
            { tab(Sheet::Left, left) }
            if let Some(right) = right {
                { tab(Sheet::Right, right) }
            }
        </nav>
    }
}
