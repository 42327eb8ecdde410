//! What else `window.kafkascope` has, for the tests of the page and its benchmark: what is drawn, where, and at what cost.
//! Scripts use the doors of [`script`](super::script), which stay.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

use super::desk::Ask;
use super::desk::Desk;
use super::desk::Page;
use super::script;
use super::stage::Chip;
use super::stage::StageScreen;
use crate::lesson::Stand;

/// Lets the world outside look: `kafkascope.place("record/1/orders-0/7")` is its rectangle on the page.
pub(super) fn watch(desk: &Desk, screen: &Rc<RefCell<Option<StageScreen>>>) {
    let object = script::object();
    let put = |name: &str, function: &JsValue| {
        let _ = Reflect::set(&object, &JsValue::from_str(name), function);
    };
    let shown = screen.clone();
    put(
        "place",
        &Closure::<dyn Fn(String) -> JsValue>::new(move |name: String| {
            let screen = shown.borrow();
            let Some(screen) = screen.as_ref() else { return JsValue::NULL };
            let Some(rect) = screen.place_of(&name) else { return JsValue::NULL };
            let numbers = [rect.x, rect.y, rect.w, rect.h].map(|n| JsValue::from_f64(n.into()));
            numbers.into_iter().collect::<js_sys::Array>().into()
        })
        .into_js_value(),
    );
    let shown = screen.clone();
    put(
        "travels",
        &Closure::<dyn Fn() -> String>::new(move || {
            let screen = shown.borrow();
            let chips = screen.as_ref().map_or(&[][..], StageScreen::chips);
            format!("[{}]", chips.iter().map(Chip::to_string).collect::<Vec<_>>().join(","))
        })
        .into_js_value(),
    );
    let (shown, reader) = (screen.clone(), desk.clone());
    put(
        "work",
        &Closure::<dyn Fn() -> JsValue>::new(move || {
            let work = shown.borrow().as_ref().map(|s| s.work).unwrap_or_default();
            JsValue::from_str(&format!(
                "{{\"tiles\":{},\"dots\":{},\"strings\":{},\"ms\":{},\"rendered\":{}}}",
                work.tiles,
                work.dots,
                work.strings,
                work.ms,
                reader.rendered()
            ))
        })
        .into_js_value(),
    );
    let reader = desk.clone();
    put("now", &Closure::<dyn Fn() -> f64>::new(move || reader.read(|page| page.clock.at)).into_js_value());
    let reader = desk.clone();
    put(
        "cluster",
        &Closure::<dyn Fn() -> String>::new(move || reader.read(|page| page.seen.cluster.to_string()))
            .into_js_value(),
    );
    let reader = desk.clone();
    put("lesson", &Closure::<dyn Fn() -> String>::new(move || reader.read(lesson)).into_js_value());
}

/// The lesson or question that is open, as JSON: its number, the step, how it stands, and whether it came true.
fn lesson(page: &Page) -> String {
    let course = page.course.as_ref();
    let stand = match page.ask.as_ref().map(|ask| &ask.stand).or(course.map(|c| &c.play.stand)) {
        None => "none",
        Some(_) if course.is_some_and(|c| c.tail.over) => "over",
        Some(Stand::Open) if page.ask.as_ref().is_some_and(|ask| !ask.is_open()) => "locked",
        Some(Stand::Open) => "open",
        Some(Stand::Runs { .. }) => "runs",
        Some(Stand::Done(_)) => "done",
    };
    let (id, step) = course.map_or(("", 0), |c| (c.play.lesson.id, c.play.at + 1));
    let right = page.ask.as_ref().and_then(Ask::graded).map_or("null".to_owned(), |g| g.right.to_string());
    format!("{{\"id\":\"{id}\",\"step\":{step},\"stand\":\"{stand}\",\"right\":{right}}}")
}
