//! The table of allowed imports: storeys of the house, and rooms of its ground floor.

use super::source::Finding;
use super::source::Source;

/// Storeys from the ground up. Each imports itself and what is below it.
const STOREYS: [&str; 5] = ["kafka", "lab", "view", "lesson", "ui"];

/// Rooms of `kafka` from the ground up. Rooms on one line stand side by side and do not see each other.
const ROOMS: [&[&str]; 10] = [
    &["base"],
    &["record"],
    &["storage"],
    &["protocol"],
    &["machine"],
    &["channel"],
    &["metadata"],
    &["controller", "coordinator", "replication"],
    &["broker", "client"],
    &["node"],
];

/// A file that may name a room above it, and why.
const EXCEPTIONS: [(&str, &str, &str); 1] = [(
    "src/kafka/machine/command.rs",
    "client",
    "the door lists what a person may ask of each kind of process",
)];

/// Imports that go up, or sideways between rooms.
pub(crate) fn imports(source: &Source) -> Vec<Finding> {
    let Some(here) = module_path(&source.path) else { return Vec::new() };
    let mut findings = Vec::new();
    for (line, code) in source.code() {
        for there in named_modules(code, &here) {
            let excused = EXCEPTIONS
                .iter()
                .any(|(file, room, _)| *file == source.path && there.get(1).is_some_and(|to| to == room));
            if let Some(what) = refuse(&here, &there).filter(|_| !excused) {
                findings.push(source.finding(line, what));
            }
        }
    }
    findings
}

/// `src/kafka/base/mod.rs` → `["kafka", "base"]`; none for files that hold no storey, nor for a room's own stories, which
/// may bring in whoever they need.
fn module_path(path: &str) -> Option<Vec<&str>> {
    if path.contains("/tests/") || path.ends_with("/tests.rs") {
        return None;
    }
    let inner = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let mut parts: Vec<&str> = inner.split('/').collect();
    if parts.last() == Some(&"mod") {
        parts.pop();
    }
    STOREYS.contains(parts.first()?).then_some(parts)
}

/// The modules that a line names by `crate::` or `super::`, from the crate's root.
fn named_modules(code: &str, here: &[&str]) -> Vec<Vec<String>> {
    let root = code.match_indices("crate::").map(|(at, word)| (Vec::new(), &code[at + word.len()..]));
    let parent = code.match_indices("super::").map(|(at, word)| {
        let above = here[..here.len() - 1].iter().map(ToString::to_string).collect();
        (above, &code[at + word.len()..])
    });
    root.chain(parent).map(|(base, rest)| base.into_iter().chain(segments(rest)).collect()).collect()
}

/// `a::b::{C, D};` → `["a", "b"]`.
fn segments(path: &str) -> impl Iterator<Item = String> {
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(path.len());
    path[..end]
        .split("::")
        .filter(|part| !part.is_empty())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .into_iter()
}

fn refuse(here: &[&str], there: &[String]) -> Option<String> {
    let storey = |name: &str| STOREYS.iter().position(|storey| *storey == name);
    let (mine, other) = (storey(here.first()?)?, storey(there.first()?)?);
    if other > mine {
        return Some(format!(
            "`{}` imports `{}`, which is above it: imports go down only",
            here[0], there[0]
        ));
    }
    if here[0] != "kafka" {
        return None;
    }
    let room = |name: &str| ROOMS.iter().position(|row| row.contains(&name));
    let (from, to) = (here.get(1)?, there.get(1)?);
    let (mine, other) = (room(from)?, room(to)?);
    if other > mine {
        return Some(format!(
            "room `kafka::{from}` imports `kafka::{to}`, which is above it: imports go down only"
        ));
    }
    (other == mine && from != to).then(|| {
        format!("room `kafka::{from}` imports `kafka::{to}` beside it: what both need lives below them")
    })
}

#[cfg(test)]
mod tests {
    use super::imports;
    use crate::told;

    #[test]
    fn an_import_upwards_is_caught() {
        let up = told("src/kafka/base/ids.rs", "use crate::lab::World;", imports);
        assert_eq!(up, ["`kafka` imports `lab`, which is above it: imports go down only"]);
        let room = told("src/kafka/storage/log.rs", "fn f(x: crate::kafka::broker::Broker) {}", imports);
        assert_eq!(
            room,
            ["room `kafka::storage` imports `kafka::broker`, which is above it: imports go down only"]
        );
        assert_eq!(told("src/kafka/storage/mod.rs", "use super::broker::Broker;", imports).len(), 1);
        assert_eq!(told("src/lab/mod.rs", "use super::ui::App;", imports).len(), 1);
    }

    #[test]
    fn rooms_side_by_side_do_not_see_each_other() {
        let aside = told("src/kafka/client/admin.rs", "use crate::kafka::broker::Broker;", imports);
        assert!(aside[0].contains("what both need lives below them"), "{aside:?}");
    }

    #[test]
    fn imports_downwards_and_comments_pass() {
        let down = "use crate::kafka::base::Offset; // see crate::ui\nuse super::batch::Batch;\n";
        assert!(told("src/kafka/broker/fetch.rs", down, imports).is_empty());
        assert!(told("src/ui/app.rs", "use crate::view::cluster::Cluster;", imports).is_empty());
        assert!(told("src/lib.rs", "pub mod ui;", imports).is_empty());
    }
}
