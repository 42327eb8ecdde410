use yew::prelude::*;

use super::share::save_world;
use crate::kafka::base::Instant;
use crate::lab::MEMORY_MAX;
use crate::lesson::Language;
use crate::ui::desk::Desk;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::engine::Engine;
use crate::ui::engine::Room;
use crate::ui::words as w;

/// What history takes of memory, and what of it can go.
#[component]
pub fn HistoryRoom() -> Html {
    let desk = use_desk();
    let (language, room) = use_pick(|page| (page.taste.language, page.seen.room));
    let full = desk.engine(Engine::is_full);
    let does = |act: fn(&Desk)| {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| act(&desk))
    };
    let begin = match room.begin {
        Instant::ZERO => w::ROOM_WHOLE.of(language).to_owned(),
        begin => w::ROOM_BEGIN.with(language, &[&begin]),
    };
    html! {
        <section class="dialog" role="dialog" aria-modal="true" aria-label={w::ROOM_TITLE.of(language)} id="room">
            <h2>{ w::ROOM_TITLE.of(language) }</h2>
            <p>{ taken(room, language) }</p>
            <meter min="0" max={(MEMORY_MAX >> 20).to_string()} value={room.taken_mb.to_string()} />
            if full {
                <p class="bad">{ w::ROOM_FULL.of(language) }</p>
            }
            <p>{ begin }</p>
            if room.branches > 1 {
                <p>{ w::ROOM_BRANCHES.with(language, &[&room.branches]) }</p>
            } else if room.goes && full {
                <p>{ w::ROOM_LITTLE.of(language) }</p>
            } else if room.goes {
                <p>{ w::ROOM_GOES.of(language) }</p>
            } else {
                <p class="quiet">{ w::ROOM_HALF_SAYS.of(language) }</p>
            }
            <div class="row">
                if room.branches > 1 {
                    <button class="button primary" id="drop-branches" onclick={does(Desk::drop_other_branches)}>
                        { w::ROOM_DROP.of(language) }
                    </button>
                } else if !room.goes {
                    <button class="button primary" id="let-go" onclick={does(Desk::let_history_go)}>
                        { w::ROOM_HALF.of(language) }
                    </button>
                }
                <button class="button" onclick={does(save_world)}>{ w::SAVE_WORLD.of(language) }</button>
                <span class="grow" />
                <button class="button" onclick={does(Desk::close)}>{ w::CLOSE.of(language) }</button>
            </div>
        </section>
    }
}

/// What history takes, as a sentence.
pub(super) fn taken(room: Room, language: Language) -> String {
    w::ROOM_SAYS.with(language, &[&w::count(room.taken_mb), &w::count(MEMORY_MAX >> 20)])
}
