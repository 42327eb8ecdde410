//! What a pasted text looks like, before anything is sent. Pure: a test can ask it.

use crate::kafka::client::producer::FeedFormat;

/// The largest text that is taken in, in bytes.
pub(super) const DATA_MAX: u64 = 50_000_000;
/// How many lines are shown.
const LINES: usize = 6;
/// How much of the text is looked at.
const LOOK: usize = 64 * 1024;

/// Which form the reader's text seems to have.
pub(super) fn guess(name: &str, bytes: &[u8]) -> FeedFormat {
    let head = head(bytes);
    let first = head.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    if lower.ends_with(".csv") || lower.ends_with(".tsv") {
        return FeedFormat::Csv { header: true, key_column: None };
    }
    if first.trim_start().starts_with('{') && serde_json::from_str::<serde_json::Value>(first).is_ok() {
        return FeedFormat::JsonLines { key: None };
    }
    let columns = first.matches(',').count();
    if columns > 0
        && head.lines().take(20).filter(|l| !l.is_empty()).all(|l| l.matches(',').count() == columns)
    {
        return FeedFormat::Csv { header: true, key_column: None };
    }
    if head.lines().take(20).filter(|l| !l.is_empty()).all(|l| l.contains(':')) && !first.is_empty() {
        return FeedFormat::KeyValue { separator: ':' };
    }
    FeedFormat::Lines
}

/// The first lines, as text.
pub(super) fn lines(bytes: &[u8]) -> Vec<String> {
    head(bytes).lines().take(LINES).map(|line| line.chars().take(120).collect()).collect()
}

/// The names from which a key can be chosen: columns of a CSV, fields of JSON objects.
pub(super) fn keys(bytes: &[u8], format: &FeedFormat) -> Vec<String> {
    let head = head(bytes);
    let first = head.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    match format {
        FeedFormat::Csv { header, .. } => first
            .split(',')
            .enumerate()
            .map(
                |(n, name)| {
                    if *header { name.trim().trim_matches('"').to_string() } else { format!("{}", n + 1) }
                },
            )
            .collect(),
        FeedFormat::JsonLines { .. } => serde_json::from_str::<serde_json::Value>(first)
            .ok()
            .and_then(|value| Some(value.as_object()?.keys().cloned().collect()))
            .unwrap_or_default(),
        FeedFormat::Lines | FeedFormat::KeyValue { .. } => Vec::new(),
    }
}

/// The format with the key that was chosen by its name; none for an empty name.
pub(super) fn keyed(bytes: &[u8], format: &FeedFormat, key: &str) -> FeedFormat {
    let names = keys(bytes, format);
    match format {
        FeedFormat::Csv { header, .. } => FeedFormat::Csv {
            header: *header,
            key_column: names.iter().position(|n| n == key).and_then(|n| u32::try_from(n).ok()),
        },
        FeedFormat::JsonLines { .. } => {
            FeedFormat::JsonLines { key: Some(key.to_string()).filter(|k| !k.is_empty()) }
        }
        other => other.clone(),
    }
}

fn head(bytes: &[u8]) -> String {
    let part = &bytes[..bytes.len().min(LOOK)];
    String::from_utf8_lossy(part).trim_start_matches('\u{feff}').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_text_is_guessed_from_its_first_lines() {
        let csv = b"id,name\n1,Ann\n2,Bob\n";
        assert_eq!(guess("pasted", csv), FeedFormat::Csv { header: true, key_column: None });
        assert_eq!(guess("pasted", b"user-1: hello\nuser-2: bye\n"), FeedFormat::KeyValue { separator: ':' });
        assert_eq!(guess("pasted", b"{\"id\":1}\n"), FeedFormat::JsonLines { key: None });
        assert_eq!(guess("pasted", b"one\ntwo\n"), FeedFormat::Lines);
        assert_eq!(guess("x.csv", b"one\ntwo\n"), FeedFormat::Csv { header: true, key_column: None });
    }

    #[test]
    fn a_key_is_chosen_by_the_name_of_its_column() {
        let csv = b"id,name\n1,Ann\n";
        let format = guess("x.csv", csv);
        assert_eq!(keys(csv, &format), ["id", "name"]);
        assert_eq!(keyed(csv, &format, "name"), FeedFormat::Csv { header: true, key_column: Some(1) });
    }
}
