use std::cell::Cell as Flag;
use std::cell::RefCell;
use std::rc::Rc;

use web_sys::HtmlCanvasElement;
use yew::prelude::*;

use super::transport::moment;
use crate::kafka::base::Instant;
use crate::lesson::Language;
use crate::ui::browser::Canvas;
use crate::ui::browser::Resizes;
use crate::ui::browser::pixel_ratio;
use crate::ui::desk::Desk;
use crate::ui::desk::Page;
use crate::ui::desk::Screen;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::stage::Align;
use crate::ui::stage::Face;
use crate::ui::stage::Mark;
use crate::ui::stage::Point;
use crate::ui::stage::Rect;
use crate::ui::stage::Stroke;
use crate::ui::stage::Token;
use crate::ui::words as w;
use crate::view::Cell;
use crate::view::Lane;
use crate::view::TimelineView;

/// Room for the lanes' names.
const NAMES: f32 = 74.0;
/// How large they are written.
const SIZE: f32 = 10.5;
/// The part of the width that what has been played takes, so that there is room to run on into.
const PLAYED: f64 = 0.82;

/// One lane per kind of event, and the playhead over them.
#[component]
pub fn LaneView() -> Html {
    let desk = use_desk();
    let (language, colours) = use_pick(|page| (page.taste.language, page.taste.colours()));
    let at = use_pick(|page| page.clock.at as u64 / 1000);
    let end = use_pick(|page| page.seen.timeline.end);
    let (canvas, frame) = (use_node_ref(), use_node_ref());
    let head = use_node_ref();
    use_paint(&desk, &canvas, &frame, &head, colours);
    let dragging = use_mut_ref(|| false);
    let to_moment = {
        let (desk, frame) = (desk.clone(), frame.clone());
        move |event: &PointerEvent| {
            let Some(rect) = frame.cast::<web_sys::Element>().map(|e| e.get_bounding_client_rect()) else {
                return;
            };
            let names = names(rect.width() as f32, desk.read(|page| page.taste.large()));
            let x = (f64::from(event.client_x()) - rect.left() - f64::from(names)).max(0.0);
            let share = x / (rect.width() - f64::from(names)).max(1.0);
            let end = desk.read(|page| page.seen.timeline.end);
            desk.seek(Instant((share / PLAYED * end.0 as f64) as u64));
        }
    };
    let down = {
        let (dragging, to_moment) = (dragging.clone(), to_moment.clone());
        Callback::from(move |event: PointerEvent| {
            *dragging.borrow_mut() = true;
            if let Some(target) = event.target_dyn_into::<web_sys::Element>() {
                let _ = target.set_pointer_capture(event.pointer_id());
            }
            to_moment(&event);
        })
    };
    let drag = {
        let dragging = dragging.clone();
        Callback::from(move |event: PointerEvent| {
            if *dragging.borrow() {
                to_moment(&event);
            }
        })
    };
    let up = Callback::from(move |_: PointerEvent| *dragging.borrow_mut() = false);
    let now = moment(Instant(at * 1000));
    html! {
        <div class="lanes" ref={frame} id="timeline" role="slider" tabindex="0" aria-label={w::TIMELINE.of(language)}
            aria-valuemin="0" aria-valuemax={end.as_millis().max(at).to_string()} aria-valuenow={at.to_string()}
            aria-valuetext={format!("{now} s")} onpointerdown={down} onpointermove={drag}
            onpointerup={up.clone()} onpointercancel={up}>
            <canvas ref={canvas} aria-hidden="true" />
            <div class="head" ref={head} aria-hidden="true"><span>{ now }</span></div>
        </div>
    }
}

/// `large` is how much larger texts are than usual.
fn names(width: f32, large: f32) -> f32 {
    if width < 420.0 { 0.0 } else { NAMES * large }
}

/// Draws the lanes with each frame in which they changed, and moves the playhead without any component.
#[hook]
fn use_paint(desk: &Desk, canvas: &NodeRef, frame: &NodeRef, head: &NodeRef, colours: (bool, bool)) {
    let (canvas, frame, head) = (canvas.clone(), frame.clone(), head.clone());
    use_effect_with((desk.clone(), colours), move |(desk, _)| {
        let painted = canvas.cast::<HtmlCanvasElement>().and_then(Canvas::new);
        let element = frame.cast::<web_sys::HtmlElement>();
        let (Some(painted), Some(element)) = (painted, element) else {
            return Box::new(|| ()) as Box<dyn FnOnce()>;
        };
        let painted = Rc::new(RefCell::new(painted));
        let stale = Rc::new(Flag::new(true));
        let drawn = RefCell::new(None);
        let resizes = {
            let (stale, desk) = (stale.clone(), desk.clone());
            Resizes::new(&element.clone(), move || {
                stale.set(true);
                desk.wake();
            })
        };
        let size = Flag::new((0.0, 0.0));
        let painter = desk.paint_with(Rc::new(move |page: &Page, _| {
            if stale.replace(false) {
                let rect = element.get_bounding_client_rect();
                size.set((rect.width() as f32, rect.height() as f32));
                let (width, height) = size.get();
                painted.borrow_mut().resize(width, height, pixel_ratio());
                drawn.replace(None);
            }
            let (width, height) = size.get();
            let marks = marks(page);
            let group_view = page.screen == Screen::Group;
            let begin = page.seen.room.begin;
            let now = (page.seen.timeline.clone(), marks.clone(), (group_view, begin), page.taste.large());
            if drawn.borrow().as_ref() != Some(&now) {
                draw(
                    &mut painted.borrow_mut(),
                    &page.seen.timeline,
                    (&marks, group_view, begin),
                    (page.taste.language, page.taste.large()),
                    width,
                    height,
                );
                drawn.replace(Some(now));
            }
            let left = names(width, page.taste.large());
            let share = page.clock.at / (page.seen.timeline.end.0.max(1) as f64) * PLAYED;
            let x = f64::from(width - left).mul_add(share.min(1.0), f64::from(left));
            if let Some(head) = head.cast::<web_sys::HtmlElement>() {
                let _ = head.style().set_property("transform", &format!("translateX({x:.1}px)"));
            }
            false
        }));
        let desk = desk.clone();
        Box::new(move || {
            desk.leave(painter);
            drop(resizes);
        }) as Box<dyn FnOnce()>
    });
}

/// Moments that stand out: where two worlds part, and where they first differ.
fn marks(page: &Page) -> Vec<(Instant, Token)> {
    let Some(twin) = &page.seen.twin else { return Vec::new() };
    let differs = twin.difference.as_ref().map(|found| (found.at, Token::Warn));
    std::iter::once((twin.parted, Token::Accent)).chain(differs).collect()
}

fn draw(
    canvas: &mut Canvas,
    timeline: &TimelineView,
    (marks, group_view, begin): (&[(Instant, Token)], bool, Instant),
    (language, large): (Language, f32),
    width: f32,
    height: f32,
) {
    canvas.look_plain();
    canvas.clear(None);
    canvas.look_plain();
    let left = names(width, large);
    let shown = Lane::shown(timeline.groups, group_view);
    let row = (height - 14.0) / shown.len() as f32;
    let end = timeline.end.0.max(1) as f64;
    for (index, lane) in shown.iter().copied().enumerate() {
        let y = (index as f32 + 0.5).mul_add(row, 4.0);
        if left > 0.0 {
            let size = (SIZE * large).min(row);
            canvas.mark(&Mark::Text {
                at: Point { x: left - 12.0, y: size.mul_add(0.34, y) },
                text: w::lane(lane, language).into(),
                size,
                align: Align::End,
                face: Face::Words,
                paint: Token::Ink3.full(),
            });
        }
        canvas.mark(&Mark::Line {
            from: Point { x: left, y },
            to: Point { x: width, y },
            stroke: Stroke::solid(Token::Line.full(), 1.0),
        });
        let cells = &timeline.lanes[lane as usize];
        let place = |cell: usize| {
            let share = cell as f64 * timeline.cell_us as f64 / end * PLAYED;
            (share as f32).mul_add(width - left, left)
        };
        let mut cell = 0;
        while cell < cells.len() {
            let from = cell;
            while cell < cells.len() && cells[cell] == cells[from] {
                cell += 1;
            }
            run(canvas, lane, cells[from], (place(from), place(cell)), y, row);
        }
    }
    let place = |at: Instant| ((at.0 as f64 / end * PLAYED) as f32).mul_add(width - left, left);
    if begin > Instant::ZERO {
        // What was let go is out of reach.
        let rect = Rect::new(left, 2.0, place(begin) - left, height - 12.0);
        canvas.mark(&Mark::Box { rect, radius: 2.0, fill: Some(Token::Panel2.at(0.8)), stroke: None });
    }
    for (at, token) in marks {
        let x = place(*at);
        let (from, to) = (Point { x, y: 2.0 }, Point { x, y: height - 10.0 });
        canvas.mark(&Mark::Line { from, to, stroke: Stroke::dashed(token.full(), 1.4) });
        canvas.diamond(Point { x, y: 4.0 }, 4.0, token.full());
    }
}

/// One run of equal cells.
fn run(canvas: &mut Canvas, lane: Lane, cell: Cell, (x, right): (f32, f32), y: f32, row: f32) {
    let token = match cell {
        Cell::Nothing => return,
        Cell::Hue(hue) => Token::Hue(hue),
        Cell::Plain if lane == Lane::Control => Token::Warn,
        Cell::Plain => Token::Ink3,
        Cell::Rebalance => Token::Hue(3),
        Cell::Fault => Token::Bad,
    };
    if lane == Lane::Control {
        canvas.diamond(Point { x, y }, (row * 0.34).min(5.0), token.full());
        return;
    }
    let tall = (row * 0.42).min(6.0);
    let rect = Rect::new(x, y - tall * 0.5, (right - x).max(2.0), tall);
    let radius = if cell == Cell::Fault { tall * 0.5 } else { 1.0 };
    canvas.mark(&Mark::Box { rect, radius, fill: Some(token.full()), stroke: None });
}
