use std::rc::Rc;

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
    let drawn = value.clone();
    let reader = desk.clone();
    use_redraw(desk, Rc::new(move || reader.read(&pick) != drawn));
    value
}

/// Draws the component again when what it has read differs from what it has drawn.
#[hook]
fn use_redraw(desk: Desk, differs: Rc<dyn Fn() -> bool>) {
    desk.0.rendered.set(desk.0.rendered.get().wrapping_add(1));
    let latest = use_mut_ref(|| None);
    *latest.borrow_mut() = Some(differs);
    let update = use_force_update();
    use_effect_with((), move |()| {
        let call = Callback::from(move |()| {
            let differs = latest.borrow().clone();
            let differs = differs.is_some_and(|differs: Rc<dyn Fn() -> bool>| differs());
            if differs {
                update.force_update();
            }
            differs
        });
        let id = desk.listen(call);
        move || desk.unlisten(id)
    });
}

#[hook]
pub fn use_language() -> Language {
    use_pick(|page| page.taste.language)
}
