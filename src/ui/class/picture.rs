use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::Blob;
use web_sys::CanvasRenderingContext2d;
use web_sys::HtmlCanvasElement;

use super::words as w;
use crate::ui::browser::save_blob;
use crate::ui::browser::save_file;
use crate::ui::browser::token_values;
use crate::ui::desk::Desk;
use crate::ui::desk::Tone;
use crate::ui::stage::Layout;
use crate::ui::stage::Look;
use crate::ui::stage::Scene;
use crate::ui::stage::Tween;
use crate::ui::stage::dots;
use crate::ui::stage::draw_svg;

/// The cluster at the playhead as SVG, with the colours of the theme inside it.
pub(super) fn svg(desk: &Desk) -> String {
    let drawn = desk.read(|page| {
        let view = &page.seen.cluster;
        let layout = Layout::of(view);
        let look = Look { still: true, large: 1.0, ..page.look() };
        let scene = Scene::of(view, &layout, &Tween::default(), &look);
        draw_svg(&scene, &dots(&layout, &view.flights, page.clock.at, true))
    });
    let style = format!("<style>svg{{{};font-family:sans-serif}}</style>", token_values());
    match drawn.find('>') {
        Some(at) => format!("{}{style}{}", &drawn[..=at], &drawn[at + 1..]),
        None => drawn,
    }
}

/// Lets the reader save the picture as SVG.
pub(in crate::ui) fn save_svg(desk: &Desk) {
    save_file("kafkascope.svg", svg(desk).as_bytes(), "image/svg+xml");
}

/// Lets the reader save what the stage shows as PNG: its canvases, one over the other.
pub(in crate::ui) fn save_png(desk: &Desk) {
    if png().is_none() {
        let language = desk.read(|page| page.taste.language);
        desk.say(Tone::Bad, w::NO_PICTURE.of(language));
    }
}

fn png() -> Option<()> {
    let document = web_sys::window()?.document()?;
    let layers = document.query_selector_all("#stage canvas").ok()?;
    let canvas = |at: u32| layers.get(at).and_then(|node| node.dyn_into::<HtmlCanvasElement>().ok());
    let first = canvas(0)?;
    let paper: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
    paper.set_width(first.width());
    paper.set_height(first.height());
    let pen: CanvasRenderingContext2d = paper.get_context("2d").ok()??.dyn_into().ok()?;
    for at in 0..layers.length() {
        pen.draw_image_with_html_canvas_element(&canvas(at)?, 0.0, 0.0).ok()?;
    }
    let save = Closure::once_into_js(|blob: Option<Blob>| {
        if let Some(blob) = blob {
            save_blob("kafkascope.png", &blob);
        }
    });
    paper.to_blob(save.unchecked_ref()).ok()
}
