//! Counting cases, and telling which one failed where.

use std::fmt::Display;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use serde_json::Value;

/// How long the reason of a failure may be on the screen.
const REASON_CHARS: usize = 600;

/// What became of the cases of one file.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) later: usize,
    file: String,
}

impl Report {
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), ..Self::default() }
    }

    /// Counts a failure and says where it was.
    pub(crate) fn fail(&mut self, case: &str, why: &str) {
        self.failed += 1;
        let short: String = why.chars().take(REASON_CHARS).collect();
        let rest = if short.len() < why.len() { " …" } else { "" };
        eprintln!("FAILED {}, case {case}: {short}{rest}", self.file);
    }

    /// Runs every case of a section; a file may lack it. A field that is not among `fields` fails the case.
    pub(crate) fn cases(
        &mut self,
        data: &Value,
        section: &str,
        fields: &[&str],
        check: impl Fn(&Value) -> Result<(), String>,
    ) {
        self.cases_but_later(data, section, fields, |_| false, check);
    }

    /// Like [`cases`](Self::cases), with cases that wait for a part of Kafka that is not there yet.
    pub(crate) fn cases_but_later(
        &mut self,
        data: &Value,
        section: &str,
        fields: &[&str],
        later: impl Fn(&Value) -> bool,
        check: impl Fn(&Value) -> Result<(), String>,
    ) {
        match data.get(section) {
            None => {}
            Some(Value::Array(cases)) => {
                for (number, case) in cases.iter().enumerate() {
                    if later(case) {
                        self.later += 1;
                    } else {
                        self.one(&case_name(section, number, case), || {
                            only(case, fields)?;
                            check(case)
                        });
                    }
                }
            }
            Some(_) => self.fail(section, "the section is not a list"),
        }
    }

    /// Runs one case; a panic in it is a failure of it.
    pub(crate) fn one(&mut self, name: &str, check: impl FnOnce() -> Result<(), String>) {
        let outcome = catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(format!("panicked: {}", text.unwrap_or("no reason given")))
        });
        match outcome {
            Ok(()) => self.passed += 1,
            Err(why) => self.fail(name, &why),
        }
    }
}

fn case_name(section: &str, number: usize, case: &Value) -> String {
    let name = ["name", "seed", "id"].iter().find_map(|field| case.get(field));
    match name {
        Some(Value::String(name)) => format!("\"{name}\" ({section}[{number}])"),
        Some(name) => format!("{name} ({section}[{number}])"),
        None => format!("{section}[{number}]"),
    }
}

/// Refuses fields that the runner does not know: it would not check what they say.
pub(crate) fn only(value: &Value, fields: &[&str]) -> Result<(), String> {
    let Value::Object(object) = value else { return Ok(()) };
    match object.keys().find(|key| !fields.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(format!("unknown field \"{key}\"")),
    }
}

/// Compares, and says what was compared.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(
    what: impl Display,
    got: T,
    expected: T,
) -> Result<(), String> {
    if got == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, got {got:?}")) }
}

/// A number, also one written as text because JavaScript would round it.
pub(crate) fn int(value: &Value, field: &str) -> Result<i64, String> {
    let found = match &value[field] {
        Value::String(text) => text.parse().ok(),
        number => number.as_i64(),
    };
    found.ok_or_else(|| format!("field \"{field}\" is not a number: {}", value[field]))
}

pub(crate) fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str, String> {
    value[field].as_str().ok_or_else(|| format!("field \"{field}\" is not a text: {}", value[field]))
}

pub(crate) fn flag(value: &Value, field: &str) -> Result<bool, String> {
    match value.get(field) {
        None => Ok(false),
        Some(flag) => {
            flag.as_bool().ok_or_else(|| format!("field \"{field}\" is neither true nor false: {flag}"))
        }
    }
}

pub(crate) fn list<'a>(value: &'a Value, field: &str) -> Result<&'a [Value], String> {
    let list = value[field].as_array().map(Vec::as_slice);
    list.ok_or_else(|| format!("field \"{field}\" is not a list: {}", value[field]))
}

/// Bytes written in hex.
pub(crate) fn hex(value: &Value, field: &str) -> Result<Vec<u8>, String> {
    let digits = text(value, field)?;
    let pairs = (0..digits.len()).step_by(2).map(|at| digits.get(at..at + 2));
    pairs
        .map(|pair| pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect::<Option<_>>()
        .ok_or_else(|| format!("field \"{field}\" is not hex: {digits}"))
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
