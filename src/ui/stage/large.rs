//! Texts for the last row of a class: as large as asked where there is room beside and between them.

use super::mark::Align;
use super::mark::Mark;
use super::scene::Tile;

/// Texts smaller than this are left out: nobody reads them from there.
const SMALLEST: f32 = 8.0;
/// How wide a letter is, for its size.
const LETTER: f32 = 0.58;
/// What stays free at the edges of a tile, and between two texts.
const EDGE: f32 = 8.0;
const BETWEEN: f32 = 4.0;

/// A text on its line: where it is held, how far it goes to the left and right of there, and its size.
#[derive(Clone, Copy)]
struct Line {
    x: f32,
    y: f32,
    left: f32,
    right: f32,
    size: f32,
}

fn line(mark: &Mark) -> Option<Line> {
    let Mark::Text { at, text, size, align, .. } = mark else { return None };
    let letters: f32 = text.chars().map(|c| if c.is_ascii() { LETTER } else { 1.0 }).sum();
    let width = letters * size;
    let (left, right) = match align {
        Align::Start => (0.0, width),
        Align::Middle => (width / 2.0, width / 2.0),
        Align::End => (width, 0.0),
    };
    Some(Line { x: at.x, y: at.y, left, right, size: *size })
}

/// Enlarges the texts of a tile.
pub(super) fn enlarge(tile: &mut Tile, times: f32) {
    tile.marks.retain(
        |mark| !matches!(mark, Mark::Text { size, align, .. } if *size < SMALLEST && *align != Align::Middle),
    );
    let lines: Vec<Option<Line>> = tile.marks.iter().map(line).collect();
    for (index, mark) in tile.marks.iter_mut().enumerate() {
        let (Some(own), Mark::Text { at, size, .. }) = (lines[index], mark) else { continue };
        let mut most = times;
        let mut room = |grows: f32, room: f32| {
            if grows > 0.0 {
                most = most.min(room / grows);
            }
        };
        room(own.right, tile.rect.right() - EDGE - own.x);
        room(own.left, own.x - tile.rect.x - EDGE);
        for other in lines.iter().flatten().filter(|it| (it.x, it.y) != (own.x, own.y)) {
            let apart = (other.y - own.y).abs();
            if apart < 0.7 * own.size.max(other.size) {
                if other.x > own.x {
                    room(own.right + other.left, other.x - own.x - BETWEEN);
                } else {
                    room(own.left + other.right, own.x - other.x - BETWEEN);
                }
            } else if own.x - own.left < other.x + other.right && other.x - other.left < own.x + own.right {
                room(own.size.max(other.size), apart);
            }
        }
        let most = most.max(1.0);
        // It grows around its middle.
        at.y += *size * (most - 1.0) * 0.35;
        *size *= most;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::stage::Face;
    use crate::ui::stage::Point;
    use crate::ui::stage::Rect;
    use crate::ui::stage::Token;

    fn sizes(texts: &[(f32, f32, &str, f32, Align)]) -> Vec<f32> {
        let mut tile = Tile::new(Rect::new(0.0, 0.0, 200.0, 100.0));
        for (x, y, text, size, align) in texts {
            tile.text_at(Point { x: *x, y: *y }, text, *size, Face::Words, *align, Token::Ink.full());
        }
        enlarge(&mut tile, 2.0);
        let size = |mark: &Mark| line(mark).map(|line| line.size);
        tile.marks.iter().filter_map(size).collect()
    }

    #[test]
    fn a_text_alone_becomes_as_large_as_asked_and_no_larger_than_its_tile() {
        assert_eq!(sizes(&[(10.0, 20.0, "c-1", 10.0, Align::Start)]), [20.0]);
        let long = sizes(&[(10.0, 20.0, "a-name-as-long-as-this-one", 10.0, Align::Start)])[0];
        assert!((10.0..20.0).contains(&long), "{long}");
    }

    #[test]
    fn two_texts_on_a_line_and_two_lines_share_the_room() {
        let [left, right] = sizes(&[
            (10.0, 20.0, "orders-0", 10.0, Align::Start),
            (190.0, 20.0, "lag 12345", 10.0, Align::End),
        ])[..] else {
            panic!("two texts")
        };
        assert!(10.0 + 8.0 * LETTER * left <= 190.0 - 9.0 * LETTER * right, "{left} {right}");
        let below =
            sizes(&[(10.0, 20.0, "name", 10.0, Align::Start), (10.0, 34.0, "state", 9.0, Align::Start)]);
        assert!(below.iter().all(|size| *size <= 14.0), "{below:?}");
    }

    #[test]
    fn the_small_print_is_left_out() {
        assert!(sizes(&[(10.0, 20.0, "00000.log", 7.5, Align::Start)]).is_empty());
    }
}
