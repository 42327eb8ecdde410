//! The stage as a component: it mounts the two canvases, hands over pointers and wheel, and shows names.

use std::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::HtmlCanvasElement;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::browser::Listener;
use super::browser::Resizes;
use super::browser::pixel_ratio;
use super::desk::Desk;
use super::desk::Page;
use super::desk::Present;
use super::desk::use_desk;
use super::desk::use_pick;
use super::mirror::Mirror;
use super::stage::Point;
use super::stage::Shot;
use super::stage::StageScreen;
use super::stage::Thing;
use super::words as w;
use crate::lab::Side;

/// How many machines are drawn at the largest text of a presenter.
const FROM_AFAR: usize = 7;
/// Pointers this near to a message mean it, in CSS pixels.
const REACH: f32 = 9.0;
const REACH_BY_FINGER: f32 = 16.0;
/// A pointer that moved less than this was a click.
const CLICK: f32 = 5.0;
/// Zooming in further than this on a record opens it in its log.
const INTO_THE_LOG: f32 = 6.0;

type Screen = Rc<RefCell<Option<StageScreen>>>;

#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// One of two worlds; `None` = there is one.
    #[prop_or_default]
    pub side: Option<Side>,
}

/// Whether the stage shows the world that the rest of the page shows.
fn has_focus(page: &Page, side: Option<Side>) -> bool {
    match (side, &page.seen.twin) {
        (Some(side), Some(twin)) => twin.focus == side,
        _ => true,
    }
}

/// The middle of the Cluster view.
#[component]
pub fn StageView(Props { side }: &Props) -> Html {
    let desk = use_desk();
    let side = *side;
    let focus = use_pick(move |page| has_focus(page, side));
    let (language, colours) = use_pick(|page| (page.taste.language, page.taste.colours()));
    let (frame, base, over) = (use_node_ref(), use_node_ref(), use_node_ref());
    let screen: Screen = (*use_memo((), |()| Screen::default())).clone();
    use_mount(&desk, side, &screen, &frame, &base, &over);
    {
        let (screen, desk) = (screen.clone(), desk.clone());
        use_effect_with((colours, language), move |_| {
            if let Some(screen) = screen.borrow_mut().as_mut() {
                screen.recolour();
            }
            desk.wake();
        });
    }
    let fit = {
        let (screen, desk) = (screen.clone(), desk.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(screen) = screen.borrow_mut().as_mut() {
                screen.fit();
            }
            desk.wake();
        })
    };
    html! {
        <div class="stage" ref={frame} id={match side { Some(Side::A) => "stage-a", Some(Side::B) => "stage-b", None => "stage" }} aria-label={w::STAGE.of(language)}>
            <canvas ref={base} aria-hidden="true" />
            <canvas ref={over} aria-hidden="true" />
            <button class="chip fit" onclick={fit} aria-label={w::KEY_FIT.of(language)} title={w::KEY_FIT.of(language)}>{ "⤢" }</button>
            if focus {
                <Tip />
                <Mirror />
            }
        </div>
    }
}

/// The name of what the pointer is over.
#[component]
fn Tip() -> Html {
    let (language, hovered, cluster) =
        use_pick(|page| (page.taste.language, page.hovered.clone(), page.seen.cluster.clone()));
    let Some(thing) = hovered else { return Html::default() };
    html! { <p class="tip" aria-hidden="true">{ super::mirror::describe(&thing, &cluster, language) }</p> }
}

#[hook]
fn use_mount(
    desk: &Desk,
    side: Option<Side>,
    screen: &Screen,
    frame: &NodeRef,
    base: &NodeRef,
    over: &NodeRef,
) {
    let (screen, frame, base, over) = (screen.clone(), frame.clone(), base.clone(), over.clone());
    use_effect_with(desk.clone(), move |desk| {
        let made =
            (base.cast::<HtmlCanvasElement>(), over.cast::<HtmlCanvasElement>(), frame.cast::<HtmlElement>());
        let (Some(base), Some(over), Some(element)) = made else {
            return Box::new(|| ()) as Box<dyn FnOnce()>;
        };
        *screen.borrow_mut() = StageScreen::new(base.clone(), over);
        let stale = Rc::new(Cell::new(true));
        let resizes = {
            let (stale, desk) = (stale.clone(), desk.clone());
            Resizes::new(&element, move || {
                stale.set(true);
                desk.wake();
            })
        };
        let painter = {
            let (screen, element) = (screen.clone(), element.clone());
            desk.paint_with(Rc::new(move |page: &Page, ms| {
                let mut screen = screen.borrow_mut();
                let Some(screen) = screen.as_mut() else { return false };
                if stale.replace(false) {
                    screen.resize(
                        element.client_width() as f32,
                        element.client_height() as f32,
                        pixel_ratio(),
                    );
                }
                let focus = has_focus(page, side);
                // What went along the links is counted for the world that is looked at.
                let flows = (focus && page.clock.playing && page.clock.speed.shows_flows())
                    .then(|| &page.seen.flows[..]);
                let whole = if focus { &page.seen.cluster } else { &page.seen.other };
                let few = (page.taste.present == Present::Largest).then(|| whole.few(FROM_AFAR));
                screen.draw(&Shot {
                    view: few.as_ref().unwrap_or(whole),
                    now: page.clock.at,
                    look: &page.look(),
                    flows,
                    still: page.taste.still,
                    ms,
                })
            }))
        };
        let mut listeners = pointers(desk, side, &screen, &element);
        // A context that the browser took away comes back empty.
        let (again, woken) = (screen.clone(), desk.clone());
        listeners.push(Listener::new(&base, "contextrestored", move |_| {
            if let Some(screen) = again.borrow_mut().as_mut() {
                screen.recolour();
            }
            woken.wake();
        }));
        // Texts that were drawn before the fonts came are drawn again.
        let (again, woken) = (screen.clone(), desk.clone());
        wasm_bindgen_futures::spawn_local(async move {
            super::browser::fonts_ready().await;
            if let Some(screen) = again.borrow_mut().as_mut() {
                screen.recolour();
            }
            woken.wake();
        });
        if side != Some(Side::A) {
            super::probe::watch(desk, &screen);
        }
        let desk = desk.clone();
        Box::new(move || {
            desk.leave(painter);
            drop((listeners, resizes));
            screen.borrow_mut().take();
        }) as Box<dyn FnOnce()>
    });
}

/// Where fingers and mouse are, and where they began.
#[derive(Default)]
struct Hands {
    down: Vec<(i32, Point)>,
    began: Point,
    moved: bool,
}

#[expect(clippy::too_many_lines, reason = "one listener after the other, each a few lines")]
fn pointers(desk: &Desk, side: Option<Side>, screen: &Screen, element: &HtmlElement) -> Vec<Listener> {
    let hands = Rc::new(RefCell::new(Hands::default()));
    let place = {
        let element = element.clone();
        move |event: &web_sys::MouseEvent| {
            let rect = element.get_bounding_client_rect();
            Point {
                x: event.client_x() as f32 - rect.left() as f32,
                y: event.client_y() as f32 - rect.top() as f32,
            }
        }
    };
    let mut out = Vec::new();
    let mut on =
        |kind: &'static str, call: Box<dyn Fn(web_sys::Event)>| out.push(Listener::new(element, kind, call));
    {
        let (hands, place) = (hands.clone(), place.clone());
        on(
            "pointerdown",
            Box::new(move |event| {
                let Ok(event) = event.dyn_into::<web_sys::PointerEvent>() else { return };
                let mut hands = hands.borrow_mut();
                let at = place(&event);
                hands.down.retain(|(id, _)| *id != event.pointer_id());
                hands.down.push((event.pointer_id(), at));
                (hands.began, hands.moved) = (at, hands.down.len() > 1);
            }),
        );
    }
    {
        let (hands, place, desk, screen) = (hands.clone(), place.clone(), desk.clone(), screen.clone());
        on(
            "pointermove",
            Box::new(move |event| {
                if let Ok(event) = event.dyn_into::<web_sys::PointerEvent>() {
                    let named = desk.read(|page| has_focus(page, side));
                    glide(&desk, &screen, &mut hands.borrow_mut(), event.pointer_id(), place(&event), named);
                }
            }),
        );
    }
    for kind in ["pointerup", "pointercancel", "pointerleave"] {
        let (hands, place, desk, screen) = (hands.clone(), place.clone(), desk.clone(), screen.clone());
        on(
            kind,
            Box::new(move |event| {
                let Ok(event) = event.dyn_into::<web_sys::PointerEvent>() else { return };
                let mut held = hands.borrow_mut();
                let was_down = held.down.iter().any(|(id, _)| *id == event.pointer_id());
                held.down.retain(|(id, _)| *id != event.pointer_id());
                let click = kind == "pointerup" && was_down && !held.moved;
                drop(held);
                if click {
                    let reach = if event.pointer_type() == "touch" { REACH_BY_FINGER } else { REACH };
                    let hit = screen.borrow().as_ref().and_then(|s| s.hit(place(&event), reach));
                    look_at(&desk, side);
                    desk.point(hit.map(|spot| spot.thing));
                }
                if kind == "pointerleave" {
                    hover(&desk, None);
                }
            }),
        );
    }
    {
        let (place, desk, screen) = (place.clone(), desk.clone(), screen.clone());
        on(
            "wheel",
            Box::new(move |event| {
                event.prevent_default();
                let Ok(event) = event.dyn_into::<web_sys::WheelEvent>() else { return };
                let times = (-event.delta_y() * 0.0016).exp() as f32;
                let mut under = None;
                if let Some(screen) = screen.borrow_mut().as_mut() {
                    screen.zoom_at(place(&event), times.clamp(0.5, 2.0));
                    if times > 1.0 && screen.camera.zoom > INTO_THE_LOG {
                        under = screen.hit(place(&event), 0.0).map(|spot| spot.thing);
                    }
                }
                // Nearer than a record there are only its bytes.
                if let Some(Thing::Record(node, partition, offset)) = under {
                    look_at(&desk, side);
                    desk.open_log(node, &partition, Some(offset));
                }
                desk.wake();
            }),
        );
    }
    let (desk, screen) = (desk.clone(), screen.clone());
    on(
        "dblclick",
        Box::new(move |event| {
            let Ok(event) = event.dyn_into::<web_sys::MouseEvent>() else { return };
            let hit = screen.borrow().as_ref().and_then(|s| s.hit(place(&event), REACH));
            look_at(&desk, side);
            match hit.map(|spot| spot.thing) {
                Some(Thing::Record(node, partition, offset)) => desk.open_log(node, &partition, Some(offset)),
                Some(Thing::Replica(node, partition) | Thing::Segment(node, partition, _)) => {
                    desk.open_log(node, &partition, None);
                }
                _ => {}
            }
        }),
    );
    out
}

/// A pointer moved: the stage follows a drag, a pinch zooms, and an idle pointer names what it is over.
fn glide(desk: &Desk, screen: &Screen, hands: &mut Hands, id: i32, at: Point, named: bool) {
    let Some(index) = hands.down.iter().position(|(known, _)| *known == id) else {
        let hit = screen.borrow().as_ref().filter(|_| named).and_then(|s| s.hit(at, REACH));
        hover(desk, hit.map(|spot| spot.thing));
        return;
    };
    let before = hands.down[index].1;
    hands.down[index].1 = at;
    if !hands.moved && (at.x - hands.began.x).hypot(at.y - hands.began.y) < CLICK {
        return;
    }
    hands.moved = true;
    if let Some(screen) = screen.borrow_mut().as_mut() {
        if let [(_, a), (_, b)] = hands.down[..] {
            let other = if index == 0 { b } else { a };
            let (was, is) =
                ((before.x - other.x).hypot(before.y - other.y), (at.x - other.x).hypot(at.y - other.y));
            let middle = Point { x: (at.x + other.x) * 0.5, y: (at.y + other.y) * 0.5 };
            screen.zoom_at(middle, is / was.max(1.0));
            screen.pan((at.x - before.x) * 0.5, (at.y - before.y) * 0.5);
        } else {
            screen.pan(at.x - before.x, at.y - before.y);
        }
    }
    desk.wake();
}

/// Of two worlds, the page shows the one that was touched.
fn look_at(desk: &Desk, side: Option<Side>) {
    if let Some(side) = side
        && !desk.read(|page| has_focus(page, Some(side)))
    {
        desk.choose(side);
    }
}

fn hover(desk: &Desk, thing: Option<Thing>) {
    if desk.read(|page| page.hovered != thing) {
        desk.change(|page| page.hovered = thing);
    }
}
