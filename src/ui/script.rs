//! `window.kafkascope`, for the browser's console, for a page around the frame, and for the tests: a teacher builds a
//! demonstration with it. Each door answers with a promise; one that cannot do what it was asked for says why.
//!
//! | door | what it does | what it answers |
//! |---|---|---|
//! | `act(json)` | does it now: `{Crash: {node: 1}}`, as a world file has it, or a text of the same | nothing |
//! | `run(ms)` | lets so much time of the world pass | the moment, in ms |
//! | `seek(ms)` | goes to a moment, back or forth | the moment, in ms |
//! | `probe(text)` | reads one thing of the world: `hw(1, orders-0)` | a number, a list, a text, or `null` |
//! | `digest()` | | the digest of the world at this moment, in 16 hexadecimal digits |
//! | `link()` | | the address of this world at this moment |

use js_sys::JSON;
use js_sys::Object;
use js_sys::Promise;
use js_sys::Reflect;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

use super::browser::address;
use super::desk::Desk;
use crate::kafka::base::Instant;
use crate::lab::share::act_of_script;

/// What a door gives back, or the sentence that says why not.
type Answer = Result<JsValue, String>;
type Door = fn(&Desk, &JsValue) -> Answer;

const NAME: &str = "kafkascope";
const DOORS: [(&str, Door); 6] =
    [("act", act), ("run", run), ("seek", seek), ("probe", probe), ("digest", digest), ("link", link)];

/// Opens the doors.
pub fn open(desk: &Desk) {
    let object = object();
    for (name, door) in DOORS {
        let desk = desk.clone();
        let call = move |asked: JsValue| match door(&desk, &asked) {
            Ok(answer) => Promise::resolve(&answer),
            Err(sentence) => Promise::reject(&js_sys::Error::new(&sentence)),
        };
        let call = Closure::<dyn Fn(JsValue) -> Promise>::new(call).into_js_value();
        let _ = Reflect::set(&object, &name.into(), &call);
    }
}

/// `window.kafkascope`, made when it is first wanted.
pub(super) fn object() -> Object {
    let window = JsValue::from(web_sys::window());
    if let Ok(known) = Reflect::get(&window, &NAME.into())
        && let Ok(known) = known.dyn_into()
    {
        return known;
    }
    let object = Object::new();
    let _ = Reflect::set(&window, &NAME.into(), &object);
    object
}

fn act(desk: &Desk, asked: &JsValue) -> Answer {
    let text = match asked.as_string() {
        Some(text) => text,
        None => JSON::stringify(asked).map_or_else(|_| String::new(), String::from),
    };
    let act = act_of_script(&text).map_err(|error| error.to_string())?;
    desk.try_act(act).map_err(|error| error.to_string())?;
    Ok(JsValue::UNDEFINED)
}

fn run(desk: &Desk, asked: &JsValue) -> Answer {
    let now = desk.engine(|engine| engine.world().now());
    go(desk, Instant(now.0 + micros(asked)?))
}

fn seek(desk: &Desk, asked: &JsValue) -> Answer {
    go(desk, Instant(micros(asked)?))
}

fn go(desk: &Desk, to: Instant) -> Answer {
    desk.seek(to);
    let now = desk.engine(|engine| engine.world().now());
    Ok(JsValue::from_f64(now.0 as f64 / 1000.0))
}

/// What was asked for in ms.
fn micros(asked: &JsValue) -> Result<u64, String> {
    let ms = asked.as_f64().filter(|ms| ms.is_finite() && *ms >= 0.0);
    let ms = ms.ok_or("a time is a number of milliseconds, and not below 0")?;
    Ok((ms * 1000.0).round() as u64)
}

fn probe(desk: &Desk, asked: &JsValue) -> Answer {
    let text = asked.as_string().unwrap_or_default();
    let value = desk.engine(|engine| engine.probe(&text))?;
    Ok(JSON::parse(&value.to_json()).unwrap_or(JsValue::NULL))
}

fn digest(desk: &Desk, _: &JsValue) -> Answer {
    Ok(desk.engine(|engine| format!("{:016x}", engine.digest())).into())
}

fn link(desk: &Desk, _: &JsValue) -> Answer {
    let link = desk.engine(|engine| engine.recording().to_link());
    let link = link.map_err(|long| {
        format!("a link to this world would have {} characters and more: save it as a file", long.len)
    })?;
    Ok(format!("{}#{link}", address()).into())
}
