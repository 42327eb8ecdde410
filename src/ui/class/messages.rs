use js_sys::Object;
use js_sys::Reflect;
use wasm_bindgen::JsValue;
use yew::prelude::*;

use crate::lesson::Stand;
use crate::ui::desk::Page;
use crate::ui::desk::use_pick;

/// What the page around an embedded one is told of.
#[derive(Clone, Debug, Default, PartialEq)]
struct Told {
    lesson: &'static str,
    step: usize,
    /// Whether the question of this step was answered right, once it is decided.
    answered: Option<bool>,
    /// Right answers and all answers, once the lesson is over.
    score: Option<(usize, usize)>,
}

/// Tells the page around this one, by `postMessage`, of `ready`, `step`, `answered` and `score`. Draws nothing.
#[component]
pub fn Messages() -> Html {
    let told = use_pick(told);
    let before = use_mut_ref(Told::default);
    use_effect_with((), |()| post("ready", &[]));
    use_effect_with(told, move |told| {
        let before = before.replace(told.clone());
        let place = [("lesson", JsValue::from_str(told.lesson)), ("step", number(told.step + 1))];
        if told.lesson.is_empty() {
            return;
        }
        if (before.lesson, before.step) != (told.lesson, told.step) {
            post("step", &place);
        }
        if let Some(right) = told.answered.filter(|_| before.answered != told.answered) {
            post("answered", &[place[0].clone(), place[1].clone(), ("right", JsValue::from_bool(right))]);
        }
        if let Some((right, of)) = told.score.filter(|_| before.score != told.score) {
            post("score", &[place[0].clone(), ("right", number(right)), ("of", number(of))]);
        }
    });
    Html::default()
}

fn told(page: &Page) -> Told {
    let Some(course) = &page.course else { return Told::default() };
    let play = &course.play;
    let answered = match &play.stand {
        Stand::Done(Some(graded)) => Some(graded.right),
        _ => None,
    };
    let all = || {
        let marks = play.marks.iter().map(|(_, right)| *right).chain(course.tail.marks.iter().copied());
        marks.fold((0, 0), |(right, of), mark| (right + usize::from(mark), of + 1))
    };
    Told { lesson: play.lesson.id, step: play.at, answered, score: course.tail.over.then(all) }
}

fn number(value: usize) -> JsValue {
    JsValue::from_f64(value as f64)
}

/// Sends a message to the window around this one, if there is one.
fn post(event: &str, fields: &[(&str, JsValue)]) {
    let Some(window) = web_sys::window() else { return };
    let Some(parent) = window.parent().ok().flatten().filter(|parent| *parent != window) else { return };
    let message = Object::new();
    let put = |name: &str, value: &JsValue| Reflect::set(&message, &JsValue::from_str(name), value);
    let _ = put("source", &JsValue::from_str("kafkascope"));
    let _ = put("event", &JsValue::from_str(event));
    for (name, value) in fields {
        let _ = put(name, value);
    }
    // Anybody may embed the page; nothing that is told is secret.
    let _ = parent.post_message(&message, "*");
}
