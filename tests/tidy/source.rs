//! The files of the repository, and what is found in them.

use std::fmt;
use std::fs;
use std::path::Path;

/// Where people write; build output, installed packages and recorded data are somebody else's.
const PLACES: [&str; 8] = ["src", "tests", "benches", "tools", "www", ".ci", "index.html", "README.md"];
const NOT_OURS: [&str; 4] = ["node_modules", "shots", "target", "data"];
const TEXT: [&str; 9] = ["rs", "mjs", "js", "css", "html", "md", "toml", "sh", "run"];

/// One file.
pub(crate) struct Source {
    /// From the repository's root, with `/` on every system.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_string(), text: text.to_string() }
    }

    /// Lines without their `//` comments, with numbers from 1.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().map(|(number, line)| (number, line.split("//").next().unwrap_or_default()))
    }

    /// Lines with numbers from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    pub(crate) fn finding(&self, line: usize, what: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, what: what.into() }
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// What is wrong, and where.
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Every Rust file under a folder.
pub(crate) fn rust(folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    collect(folder, &mut sources);
    sources.retain(Source::is_rust);
    sources
}

/// Every text that people write here.
pub(crate) fn all() -> Vec<Source> {
    let mut sources = Vec::new();
    PLACES.iter().for_each(|place| collect(place, &mut sources));
    sources
}

fn collect(path: &str, sources: &mut Vec<Source>) {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if full.is_dir() {
        let mut names: Vec<String> = fs::read_dir(&full)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !NOT_OURS.contains(&name.as_str()))
            .collect();
        names.sort();
        names.iter().for_each(|name| collect(&format!("{path}/{name}"), sources));
    } else if is_text(path)
        && let Ok(text) = fs::read_to_string(&full)
    {
        sources.push(Source { path: path.to_string(), text });
    }
}

fn is_text(path: &str) -> bool {
    TEXT.iter().any(|kind| path.ends_with(&format!(".{kind}")) || path.ends_with(&format!("/{kind}")))
}
