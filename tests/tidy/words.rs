//! Words and spellings that do not belong in the house.

use super::source::Finding;
use super::source::Source;

/// What only the page and the programs may touch: below them, time, disk and randomness come in as arguments.
const OUTSIDE: [&str; 11] = [
    "Instant::now",
    "SystemTime",
    "std::thread",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "web_sys",
    "js_sys",
    "gloo",
    "yew",
];

/// Spelled apart, or this file would find itself.
const LATER: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!(")];

fn hits(source: &Source, words: &[&str], what: impl Fn(&str) -> String) -> Vec<Finding> {
    let lines = source.code().flat_map(|(line, code)| words.iter().map(move |word| (line, code, *word)));
    lines
        .filter(|(_, code, word)| has_word(code, word))
        .map(|(line, _, word)| source.finding(line, what(word)))
        .collect()
}

/// Whether the word stands alone: not inside a longer name.
fn has_word(text: &str, word: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !(before.ends_with(inner) || word.ends_with(inner) && after.starts_with(inner))
    })
}

/// Work that was put off: finish it, or leave it out.
pub(crate) fn left_for_later(source: &Source) -> Vec<Finding> {
    let lines = source.lines().filter(|(_, line)| LATER.iter().any(|word| has_word(line, word)));
    lines.map(|(line, _)| source.finding(line, "work put off: finish it, or leave it out")).collect()
}

/// Maps whose order differs from run to run.
pub(crate) fn maps(source: &Source) -> Vec<Finding> {
    hits(source, &["HashMap", "HashSet"], |word| {
        format!("`{word}` has another order in every run: use a BTree, or imbl's ordered kind")
    })
}

/// Doors to the machine below the page.
pub(crate) fn outside_world(source: &Source) -> Vec<Finding> {
    if source.path.starts_with("src/ui/") || source.path.starts_with("src/bin/") {
        return Vec::new();
    }
    hits(source, &OUTSIDE, |word| {
        format!("`{word}` below the page: time, disk and randomness come in as arguments")
    })
}

/// Preludes that everybody who uses the library brings in whole.
const PRELUDES: [&str; 2] = ["use yew::prelude::*;", "use proptest::prelude::*;"];

/// Imports that hide what they bring, or climb. A unit test may take all of the module it tests.
pub(crate) fn imports(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut in_tests = source.path.ends_with("/tests.rs");
    for (line, code) in source.code() {
        in_tests |= code.contains("#[cfg(test)]") || code.contains("#[cfg(all(test,");
        let code = code.trim();
        let is_use = code.starts_with("use ") || code.starts_with("pub use ");
        if is_use
            && code.ends_with("::*;")
            && !PRELUDES.contains(&code)
            && !(in_tests && code == "use super::*;")
        {
            findings.push(source.finding(line, "a glob import hides what it brings: name it"));
        }
        if code.contains("super::super") {
            findings.push(source.finding(line, "`super::super` climbs: start at `crate::`"));
        }
        if is_use && ["crate::{", "crate::kafka::{"].iter().any(|group| code.contains(group)) {
            findings
                .push(source.finding(line, "one `use` a module, so that the table of imports can be read"));
        }
    }
    findings
}

/// A folder, a program or a crate that does not say what it is.
pub(crate) fn module_header(source: &Source) -> Vec<Finding> {
    let heads = ["mod.rs", "lib.rs", "main.rs"].iter().any(|name| source.path.ends_with(&format!("/{name}")));
    let wanted = heads || source.path.starts_with("src/bin/");
    let says = source.text.trim_start().starts_with("//!");
    if wanted && !says {
        vec![source.finding(1, "begin with `//!`: what this is, and where to start")]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::told;

    #[test]
    fn what_was_put_off_is_caught() {
        for word in LATER {
            assert_eq!(told("src/a.rs", &format!("// {word} later"), left_for_later).len(), 1, "{word}");
        }
        assert!(told("src/a.rs", "// mastodons", left_for_later).is_empty());
    }

    #[test]
    fn unordered_maps_and_doors_to_the_machine_are_caught() {
        assert_eq!(told("src/a.rs", "let m: HashMap<u8, u8>;", maps).len(), 1);
        assert!(told("src/a.rs", "struct MyHashMapLike; // no HashMap", maps).is_empty());
        assert_eq!(told("src/lab/a.rs", "let t = std::time::Instant::now();", outside_world).len(), 1);
        assert!(told("src/ui/a.rs", "use web_sys::Window;", outside_world).is_empty());
    }

    #[test]
    fn imports_that_hide_or_climb_are_caught() {
        assert_eq!(told("src/a.rs", "use crate::kafka::base::*;", imports).len(), 1);
        assert_eq!(told("src/a.rs", "use super::super::b::B;", imports).len(), 1);
        assert_eq!(told("src/a.rs", "use crate::kafka::{base::Offset, machine::Disk};", imports).len(), 1);
        assert_eq!(told("src/a.rs", "use super::*;", imports).len(), 1);
        assert!(told("src/a.rs", "#[cfg(test)]\nmod tests {\n    use super::*;\n", imports).is_empty());
    }

    #[test]
    fn a_folder_that_does_not_say_what_it_is_is_caught() {
        assert_eq!(told("src/a/mod.rs", "mod b;", module_header).len(), 1);
        assert!(told("src/a/mod.rs", "//! A.\nmod b;", module_header).is_empty());
        assert!(told("src/a/b.rs", "struct B;", module_header).is_empty());
    }
}
