use qrcode::EcLevel;
use qrcode::QrCode;
use qrcode::types::Color;
use yew::prelude::*;

use super::words as w;
use crate::ui::desk::use_language;

/// The longest text that is shown as a QR code: cameras read no more than that from a screen.
const LONGEST: usize = 2_000;
/// Quiet modules around the code, as the standard asks.
const QUIET: usize = 4;
/// With more modules a side, quiet ones with them, a code is read from near only.
const DENSE: usize = 100;

#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub text: String,
}

/// A link as a QR code, black on white in every theme; nothing when it is too long for one.
#[component]
pub fn Qr(Props { text }: &Props) -> Html {
    let language = use_language();
    let drawn = use_memo(text.clone(), |text| outline(text));
    let Some((side, path)) = &*drawn else { return Html::default() };
    html! {
        <>
            <svg class="qr" role="img" aria-label={w::QR.of(language)} viewBox={format!("0 0 {side} {side}")}>
                <rect width="100%" height="100%" class="qr-ground" />
                <path d={path.clone()} class="qr-ink" />
            </svg>
            if *side > DENSE {
                <p class="quiet" id="qr-dense">{ w::QR_DENSE.of(language) }</p>
            }
        </>
    }
}

/// The side in modules, and one square a dark module.
fn outline(text: &str) -> Option<(usize, String)> {
    if text.len() > LONGEST {
        return None;
    }
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET));
        }
    }
    Some((width + 2 * QUIET, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_of_two_thousand_characters_fits_and_a_longer_one_is_left_out() {
        let (side, path) = outline(&"x".repeat(LONGEST)).expect("it fits");
        assert!(side > 100 && path.starts_with("M4 4h1v1h-1z"), "the corner of the finder is dark");
        assert_eq!(outline(&"x".repeat(LONGEST + 1)), None);
    }
}
