use yew::Callback;
use yew::hook;
use yew::use_context;
use yew::use_effect_with;
use yew::use_force_update;
use yew::use_mut_ref;

use super::Desk;
use super::Page;
use crate::lesson::Language;

/// The desk of this page.
#[hook]
pub fn use_desk() -> Desk {
    use_context::<Desk>().expect("every component of the page is drawn inside App")
}

/// Reads a part of the page, and draws the component again when that part has changed.
#[hook]
pub fn use_pick<T, F>(pick: F) -> T
where
    T: PartialEq + Clone + 'static,
    F: Fn(&Page) -> T + 'static,
{
    let desk = use_desk();
    let value = desk.read(&pick);
    desk.0.rendered.set(desk.0.rendered.get().wrapping_add(1));
    let drawn = use_mut_ref(|| None::<T>);
    *drawn.borrow_mut() = Some(value.clone());
    let update = use_force_update();
    use_effect_with((), move |()| {
        let reader = desk.clone();
        let call = Callback::from(move |()| {
            let now = reader.read(&pick);
            if drawn.borrow().as_ref() != Some(&now) {
                update.force_update();
            }
        });
        let id = desk.listen(call);
        move || desk.unlisten(id)
    });
    value
}

#[hook]
pub fn use_language() -> Language {
    use_pick(|page| page.taste.language)
}
