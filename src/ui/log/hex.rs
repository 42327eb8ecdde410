use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;
use yew::prelude::*;

use super::words as w;
use crate::kafka::base::NodeId;
use crate::lab::Act;
use crate::lesson::Language;
use crate::ui::desk::use_desk;
use crate::ui::words as common;
use crate::view::Field;
use crate::view::field_at;

/// Rows that are drawn at once.
const ROWS: usize = 20;

#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub bytes: Bytes,
    /// Fields with their places in `bytes`, in the order of their bytes.
    pub fields: Rc<Vec<Field>>,
    /// The number of the first byte, as the rows show it.
    #[prop_or_default]
    pub base: u64,
    /// The byte that should be in sight.
    #[prop_or_default]
    pub focus: usize,
    /// Bytes in a row.
    #[prop_or(16)]
    pub width: usize,
    /// The first byte that is wrong, or the number behind the last one when bytes are missing.
    #[prop_or_default]
    pub bad: Option<usize>,
    /// The file on a machine's disk that holds these bytes, `base` being the place of the first: bits can be flipped.
    #[prop_or_default]
    pub place: Option<Place>,
    pub language: Language,
}

/// A file on the disk of a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub node: i32,
    pub path: AttrValue,
}

/// Bytes and the fields they are: pointing at one shows the other, with the mouse, by focus and by arrow keys.
#[component]
pub fn HexView(Props { bytes, fields, base, focus, width, bad, place, language }: &Props) -> Html {
    let width = *width;
    let byte = use_state(|| None::<usize>);
    let pinned = use_state(|| None::<usize>);
    let first = use_state(|| row_for(*focus, width));
    {
        let (byte, first) = (byte.clone(), first.clone());
        use_effect_with((bytes.clone(), *focus), move |(_, focus)| {
            byte.set(None);
            first.set(row_for(*focus, width));
        });
    }
    // What was clicked stays marked while nothing else is pointed at.
    let marked = (*byte).or((*pinned).filter(|_| place.is_some()));
    let lit = marked.and_then(|byte| field_at(fields, byte));
    let rows = bytes.len().div_ceil(width);
    let top = (*first).min(rows.saturating_sub(ROWS));
    let shown = top..rows.min(top + ROWS);
    let go = {
        let (byte, first, len) = (byte.clone(), first.clone(), bytes.len());
        Callback::from(move |to: usize| {
            let to = to.min(len.saturating_sub(1));
            let row = to / width;
            if row < *first || row >= *first + ROWS {
                first.set(row.saturating_sub(ROWS / 2));
            }
            byte.set(Some(to));
        })
    };
    let pin = {
        let (pinned, open) = (pinned.clone(), place.is_some());
        Callback::from(move |at: Option<usize>| {
            if open && at.is_some() {
                pinned.set(at);
            }
        })
    };
    let changed = (*pinned).filter(|_| place.is_some()).and_then(|at| Some((at, *bytes.get(at)?)));
    html! {
        <div class="hexbox">
            <div>
                <div
                    class="hex mono"
                    tabindex="0"
                    role="group"
                    aria-label={w::HEX_HELP.of(*language)}
                    onkeydown={walk(*byte, width, &go, &pin)}
                    onclick={pin.reform(|event: MouseEvent| byte_under(&event))}
                    onmouseover={point(&byte)}
                >
                    for row in shown.clone() {
                        <Row
                            key={row}
                            at={row * width}
                            bytes={bytes.slice(row * width..bytes.len().min((row + 1) * width))}
                            base={*base}
                            {width}
                            classes={classes_of(fields, row * width..bytes.len().min((row + 1) * width), lit, marked, *bad)}
                        />
                    }
                </div>
                { pages(&first, &shown, (bytes.len(), width), *language) }
                <p class="hex-says mono" aria-live="polite">{ says(fields, lit, *base, *language) }</p>
                if let Some((place, (at, byte))) = place.clone().zip(changed) {
                    <Bits {place} at={base + at as u64} {byte} language={*language} />
                } else if place.is_some() {
                    <p class="quiet">{ w::FLIP_HINT.of(*language) }</p>
                }
            </div>
            <FieldList fields={fields.clone()} {lit} onpick={go} language={*language} />
        </div>
    }
}

fn row_for(focus: usize, width: usize) -> usize {
    (focus / width).saturating_sub(1)
}

/// The field under the mouse.
fn point(byte: &UseStateHandle<Option<usize>>) -> Callback<MouseEvent> {
    let byte = byte.clone();
    Callback::from(move |event: MouseEvent| {
        let at = byte_under(&event);
        if at.is_some() && at != *byte {
            byte.set(at);
        }
    })
}

fn byte_under(event: &MouseEvent) -> Option<usize> {
    let element = event.target_dyn_into::<web_sys::Element>()?;
    element.get_attribute("data-at")?.parse().ok()
}

/// Arrow keys move by a byte and by a row; Enter holds on to the byte.
fn walk(
    byte: Option<usize>,
    width: usize,
    go: &Callback<usize>,
    pin: &Callback<Option<usize>>,
) -> Callback<KeyboardEvent> {
    let (go, pin) = (go.clone(), pin.clone());
    Callback::from(move |event: KeyboardEvent| {
        let at = byte.unwrap_or(0);
        let to = match event.key().as_str() {
            "ArrowRight" => byte.map_or(0, |at| at + 1),
            "ArrowLeft" => at.saturating_sub(1),
            "ArrowDown" => at + width,
            "ArrowUp" => at.checked_sub(width).unwrap_or(at),
            "Enter" => return pin.emit(byte),
            _ => return,
        };
        // These keys step through time elsewhere.
        event.prevent_default();
        go.emit(to);
    })
}

fn says(fields: &[Field], lit: Option<usize>, base: u64, language: Language) -> String {
    let Some(field) = lit.map(|lit| &fields[lit]) else { return w::HEX_HELP.of(language).to_owned() };
    let (from, to) = (base + field.range.start as u64, base + field.range.end as u64 - 1);
    w::HEX_AT.with(language, &[&from, &to, &field.name, &field.value])
}

fn pages(
    first: &UseStateHandle<usize>,
    shown: &Range<usize>,
    (len, width): (usize, usize),
    language: Language,
) -> Html {
    if len <= ROWS * width {
        return Html::default();
    }
    let to = |row: usize| {
        let first = first.clone();
        Callback::from(move |_: MouseEvent| first.set(row))
    };
    let (from, end) = (shown.start * width, (shown.end * width).min(len));
    html! {
        <div class="row pager">
            <button class="chip" disabled={shown.start == 0} onclick={to(shown.start.saturating_sub(ROWS))}>
                { w::BYTES_BEFORE.of(language) }
            </button>
            <span class="quiet mono">{ w::HEX_ROWS.with(language, &[&from, &(end - 1), &len]) }</span>
            <button class="chip" disabled={end == len} onclick={to(shown.end)}>{ w::BYTES_AFTER.of(language) }</button>
        </div>
    }
}

/// For each byte of a row: its field's colour, and whether it is pointed at.
fn classes_of(
    fields: &[Field],
    bytes: Range<usize>,
    lit: Option<usize>,
    byte: Option<usize>,
    bad: Option<usize>,
) -> Vec<(u8, u8)> {
    bytes
        .map(|at| {
            let field = field_at(fields, at);
            let colour = field.map_or(9, |field| (field % 6) as u8);
            let on = u8::from(field.is_some() && field == lit) + u8::from(byte == Some(at));
            (colour, if bad == Some(at) { 3 } else { on })
        })
        .collect()
}

#[derive(Clone, PartialEq, Properties)]
struct RowProps {
    at: usize,
    bytes: Bytes,
    base: u64,
    width: usize,
    classes: Vec<(u8, u8)>,
}

#[component]
fn Row(RowProps { at, bytes, base, width, classes }: &RowProps) -> Html {
    let cell = |(index, (colour, on)): (usize, &(u8, u8))| {
        let lit = ["", " lit", " lit at", " first-bad"][usize::from(*on).min(3)];
        html! { <span class={format!("hx{colour}{lit}")} data-at={(at + index).to_string()}>{ format!("{:02x}", bytes[index]) }</span> }
    };
    let text: String =
        bytes.iter().map(|byte| if byte.is_ascii_graphic() { *byte as char } else { '·' }).collect();
    html! {
        <div class="hexrow">
            <span class="hexat">{ format!("{:04x}", base + *at as u64) }</span>
            <span class={classes!("hexbytes", (*width > 8).then_some("wide"))}>{ for classes.iter().enumerate().map(cell) }</span>
            <span class="hextext">{ text }</span>
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct FieldListProps {
    fields: Rc<Vec<Field>>,
    lit: Option<usize>,
    onpick: Callback<usize>,
    language: Language,
}

#[component]
fn FieldList(FieldListProps { fields, lit, onpick, language }: &FieldListProps) -> Html {
    html! {
        <ul class="fields mono" aria-label={w::FIELDS.of(*language)}>
            for (index, field) in fields.iter().enumerate() {
                <li key={index}>
                    <button
                        class={classes!((*lit == Some(index)).then_some("lit"))}
                        onclick={pick(onpick, field)}
                        onfocus={pick(onpick, field)}
                        onmouseenter={pick(onpick, field)}
                    >
                        <span class={format!("hx{}", index % 6)}>{ field.name }</span>
                        <span class="value">{ &field.value }</span>
                    </button>
                </li>
            }
        </ul>
    }
}

fn pick<E>(onpick: &Callback<usize>, field: &Field) -> Callback<E> {
    let start = field.range.start;
    onpick.reform(move |_| start)
}

#[derive(Clone, PartialEq, Properties)]
struct BitsProps {
    place: Place,
    /// The byte's place in the file.
    at: u64,
    byte: u8,
    language: Language,
}

/// The bits of a byte, highest first: pressing one flips it on the disk, as a failing cell does.
#[component]
fn Bits(BitsProps { place, at, byte, language }: &BitsProps) -> Html {
    let desk = use_desk();
    let (language, value) = (*language, format!("{byte:02x}"));
    let flip = |bit: u8| {
        let (desk, path, at, node) = (desk.clone(), place.path.to_string(), *at, NodeId(place.node));
        Callback::from(move |_: MouseEvent| {
            desk.act(Act::FlipBit { node, path: path.clone(), byte: at, bit });
        })
    };
    html! {
        <div class="bits" id="bits">
            <p>{ w::FLIP_TITLE.with(language, &[at, &value, &common::node_name(place.node, language)]) }</p>
            <div class="row">
                for bit in (0..8).rev() {
                    <button
                        key={bit}
                        class="chip mono"
                        id={format!("bit-{bit}")}
                        aria-label={w::FLIP_BIT_N.with(language, &[&bit, &(byte >> bit & 1)])}
                        onclick={flip(bit)}
                    >
                        { byte >> bit & 1 }
                    </button>
                }
            </div>
            <p class="quiet">{ w::FLIP_NEXT.of(language) }</p>
        </div>
    }
}
