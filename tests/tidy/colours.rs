//! A colour has one home, the token file: there it has a light and a dark value, and its contrast is checked.

use super::source::Finding;
use super::source::Source;

const HOME: &str = "www/style/tokens.css";
const FUNCTIONS: [&str; 6] = ["rgb(", "rgba(", "hsl(", "hsla(", "oklch(", "lab("];

/// Colours written out outside the token file.
pub(crate) fn literals(source: &Source) -> Vec<Finding> {
    let drawn =
        source.path.starts_with("www/") || source.path.starts_with("src/") || source.path == "index.html";
    if source.path == HOME || !drawn {
        return Vec::new();
    }
    let coloured = source.lines().filter(|(_, line)| has_colour(line, source.is_rust()));
    coloured
        .map(|(line, _)| source.finding(line, format!("a colour outside {HOME}: give it a name there")))
        .collect()
}

/// In Rust a colour is text: only what stands after a quote counts.
fn has_colour(line: &str, rust: bool) -> bool {
    let quoted = |at: usize| !rust || line[..at].ends_with('"') || line[..at].ends_with(": ");
    let hex = line.match_indices('#').any(|(at, _)| quoted(at) && is_hex_colour(&line[at + 1..]));
    let function = |name: &str| {
        line.match_indices(name)
            .any(|(at, _)| quoted(at) && !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    hex || FUNCTIONS.iter().any(|name| function(name))
}

fn is_hex_colour(rest: &str) -> bool {
    let digits = rest.chars().take_while(char::is_ascii_hexdigit).count();
    let ends = !rest[digits..].starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_');
    matches!(digits, 3 | 4 | 6 | 8) && ends
}

#[cfg(test)]
mod tests {
    use super::literals;
    use crate::told;

    #[test]
    fn a_colour_outside_its_home_is_caught() {
        assert_eq!(told("www/style/stage.css", "a { color: #fff; }", literals).len(), 1);
        assert_eq!(told("www/style/stage.css", "a { color: rgb(1 2 3); }", literals).len(), 1);
        assert_eq!(told("src/ui/stage.rs", "let ink = \"#e6edf5\";", literals).len(), 1);
        assert_eq!(told("src/ui/stage.rs", "style=\"color: #e6edf5\"", literals).len(), 1);
    }

    #[test]
    fn what_only_looks_like_one_passes() {
        assert!(told("www/style/stage.css", "#face-up { color: var(--ink); }", literals).is_empty());
        assert!(told("www/style/tokens.css", "--ink: #e6edf5;", literals).is_empty());
        assert!(told("src/ui/stage.rs", "#[cfg(test)] // as in #123", literals).is_empty());
        assert!(told("tests/lab/a.rs", "\"#fff\"", literals).is_empty());
    }
}
