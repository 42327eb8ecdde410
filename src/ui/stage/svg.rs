//! The stage as an SVG file: for export, and for tests that read a picture as text.

use std::fmt::Write;

use super::mark::Align;
use super::mark::Face;
use super::mark::Mark;
use super::mark::Paint;
use super::mark::Stroke;
use super::route::Dot;
use super::route::Shape;
use super::scene::Scene;

/// Draws a scene and what moves over it. Colours stay names of tokens.
pub fn draw(scene: &Scene, dots: &[Dot]) -> String {
    let b = scene.bounds.grown(16.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{:.1} {:.1} {:.1} {:.1}\">\n",
        b.x, b.y, b.w, b.h
    );
    for mark in scene.tiles.iter().flat_map(|tile| &tile.marks) {
        one(&mut out, mark);
    }
    for dot in dots {
        let paint = dot.hue.map_or("--ink3".to_string(), |hue| format!("--p{hue}"));
        let shape = match dot.shape {
            Shape::Square => "square",
            Shape::Circle => "circle",
            Shape::Diamond => "diamond",
            Shape::Ring => "ring",
        };
        let _ = writeln!(
            out,
            "<circle class=\"{shape}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"5\" fill=\"var({paint})\"/>",
            dot.at.x, dot.at.y
        );
    }
    out.push_str("</svg>\n");
    out
}

fn one(out: &mut String, mark: &Mark) {
    let _ = match mark {
        Mark::Box { rect, radius, fill, stroke } => writeln!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{radius:.1}\"{}{}/>",
            rect.x,
            rect.y,
            rect.w,
            rect.h,
            fill_of(*fill),
            stroke_of(*stroke)
        ),
        Mark::Line { from, to, stroke } => writeln!(
            out,
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"{}/>",
            from.x,
            from.y,
            to.x,
            to.y,
            stroke_of(Some(*stroke))
        ),
        Mark::Curve { points: [a, b, c, d], stroke } => writeln!(
            out,
            "<path d=\"M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}\" fill=\"none\"{}/>",
            a.x,
            a.y,
            b.x,
            b.y,
            c.x,
            c.y,
            d.x,
            d.y,
            stroke_of(Some(*stroke))
        ),
        Mark::Text { at, text, size, align, face, paint } => writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{size}\" text-anchor=\"{}\" font-family=\"var({})\"{}{}>{}</text>",
            at.x,
            at.y,
            match align {
                Align::Start => "start",
                Align::Middle => "middle",
                Align::End => "end",
            },
            if matches!(face, Face::Mono | Face::MonoBold) { "--mono" } else { "--words" },
            if matches!(face, Face::Bold | Face::MonoBold) { " font-weight=\"600\"" } else { "" },
            fill_of(Some(*paint)),
            escape(text)
        ),
    };
}

fn fill_of(paint: Option<Paint>) -> String {
    paint.map_or_else(
        || " fill=\"none\"".to_string(),
        |p| format!(" fill=\"var({})\" fill-opacity=\"{:.2}\"", p.token.property(), p.alpha),
    )
}

fn stroke_of(stroke: Option<Stroke>) -> String {
    stroke.map_or_else(String::new, |s| {
        let dashes = if s.dashed { " stroke-dasharray=\"3 2\"" } else { "" };
        format!(
            " stroke=\"var({})\" stroke-opacity=\"{:.2}\" stroke-width=\"{:.1}\"{dashes}",
            s.paint.token.property(),
            s.paint.alpha,
            s.width
        )
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
