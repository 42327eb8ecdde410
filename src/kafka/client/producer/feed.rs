use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;

use bytes::Bytes;
use csv_core::ReadRecordResult;
use serde::Deserialize;
use serde::Serialize;

use crate::kafka::base::Name;

/// How a text that somebody pasted or dropped becomes records.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FeedFormat {
    /// Each line is a value.
    Lines,
    /// Each line is a key, the separator, a value.
    KeyValue { separator: char },
    /// Each record of the CSV is a value as it stands; one of its columns may be the key, counted from 0.
    Csv { header: bool, key_column: Option<u32> },
    /// Each line is a JSON object and a value; one of its fields may be the key.
    JsonLines { key: Option<String> },
}

/// Bytes that an application sends as records. Keys and values are slices of them: they are stored once.
#[derive(Clone, PartialEq, Eq)]
pub struct Feed {
    pub topic: Name,
    pub bytes: Bytes,
    pub format: FeedFormat,
    /// Records a second; 0 = as fast as the producer takes them.
    pub rate: u64,
    cursor: usize,
    records: u64,
}

/// One record of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FeedRecord {
    pub key: Option<Bytes>,
    pub value: Bytes,
}

/// What a file holds, once it was found to be good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FeedSummary {
    pub records: u64,
    /// The largest record, key and value together, in bytes.
    pub largest: usize,
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FeedError {
    /// Counted from 1.
    pub line: u64,
    pub what: Flaw,
}

/// What can be wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// From this byte on.
    NotUtf8(usize),
    NoRecord,
    OpenQuotation,
    Fields {
        here: usize,
        first: usize,
    },
    /// The column of the key, counted from 1, and how many there are.
    NoColumn(usize, usize),
    NoSeparator(char),
    /// From this character of the line on.
    NotJson(usize),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8(at) => write!(f, "the file is not UTF-8 (byte {at}); save it as UTF-8"),
            Self::NoRecord => f.write_str("there is no record in it; drop a file with some text"),
            Self::OpenQuotation => f.write_str("a quotation mark is not closed; close it or double it"),
            Self::Fields { here, first } => {
                write!(f, "{here} fields where the first line has {first}; quote fields with commas")
            }
            Self::NoColumn(column, count) => {
                write!(f, "there is no column {column} to take the key from, only {count}")
            }
            Self::NoSeparator(separator) => write!(f, "no '{separator}' between a key and a value"),
            Self::NotJson(at) => write!(f, "not JSON from character {at} on; each line is one whole object"),
        }
    }
}

impl fmt::Display for FeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for FeedError {}

/// Without the bytes: there may be 50 MB of them.
impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, bytes, format, rate, cursor, records } = self;
        write!(
            f,
            "Feed {{ {topic}, {} bytes, {format:?}, {rate}/s, at {cursor}, {records} read }}",
            bytes.len()
        )
    }
}

/// Without the bytes too: who gave them to the producer is known, and how many they are.
impl Hash for Feed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { topic, bytes, format, rate, cursor, records } = self;
        (topic, bytes.len(), format, rate, cursor, records).hash(state);
    }
}

impl Feed {
    pub const fn new(topic: Name, bytes: Bytes, format: FeedFormat, rate: u64) -> Self {
        Self { topic, bytes, format, rate, cursor: 0, records: 0 }
    }

    /// Bytes read so far.
    pub const fn done(&self) -> usize {
        self.cursor
    }

    /// Records read so far.
    pub const fn records(&self) -> u64 {
        self.records
    }

    pub fn is_finished(&self) -> bool {
        self.cursor >= self.bytes.len()
    }

    /// Reads a whole file without sending anything.
    ///
    /// # Errors
    /// The first line that is not UTF-8, has no separator, is not JSON, or has another number of fields than the first.
    pub fn check(bytes: &Bytes, format: &FeedFormat) -> Result<FeedSummary, FeedError> {
        if let Err(error) = std::str::from_utf8(bytes) {
            let at = error.valid_up_to();
            return Err(FeedError { line: line_of(bytes, at), what: Flaw::NotUtf8(at) });
        }
        let mut feed = Self::new(Name::from(""), bytes.clone(), format.clone(), 0);
        let mut reader = FeedReader::new(true);
        let mut summary = FeedSummary::default();
        while let Some(record) = reader.next(&mut feed) {
            let record = record.map_err(|what| FeedError { line: line_of(bytes, reader.blamed), what })?;
            summary.records += 1;
            summary.largest = summary.largest.max(record.value.len() + record.key.map_or(0, |key| key.len()));
        }
        if summary.records == 0 {
            return Err(FeedError { line: 1, what: Flaw::NoRecord });
        }
        Ok(summary)
    }
}

/// Reads records of a feed; it holds what need not be kept between two bursts.
pub(super) struct FeedReader {
    csv: Box<csv_core::Reader>,
    strict: bool,
    columns: Option<usize>,
    fields: Vec<u8>,
    ends: Vec<usize>,
    /// Where an error lies: the start of the record, or the quotation mark that is not closed.
    blamed: usize,
}

impl FeedReader {
    /// `strict`: rows of different lengths are errors.
    pub(super) fn new(strict: bool) -> Self {
        let csv = Box::new(csv_core::Reader::new());
        Self { csv, strict, columns: None, fields: vec![0; 1024], ends: vec![0; 64], blamed: 0 }
    }

    /// The next record; `None` at the end. An error names what is wrong with it; the cursor is behind it then.
    pub(super) fn next(&mut self, feed: &mut Feed) -> Option<Result<FeedRecord, Flaw>> {
        if feed.cursor == 0
            && matches!(feed.format, FeedFormat::Csv { header: true, .. })
            && let Err(what) = self.next_csv(feed, None)?
        {
            return Some(Err(what));
        }
        skip_line_ends(feed);
        self.blamed = feed.cursor;
        let record = match &feed.format {
            FeedFormat::Csv { key_column, .. } => {
                let key_column = *key_column;
                self.next_csv(feed, key_column)?
            }
            FeedFormat::Lines => Ok(FeedRecord { key: None, value: next_line(feed)? }),
            FeedFormat::KeyValue { separator } => {
                let separator = *separator;
                split_line(&next_line(feed)?, separator)
            }
            FeedFormat::JsonLines { key } => {
                let key = key.clone();
                json_line(next_line(feed)?, key.as_deref(), self.strict)
            }
        };
        feed.records += 1;
        Some(record)
    }

    fn next_csv(&mut self, feed: &mut Feed, key_column: Option<u32>) -> Option<Result<FeedRecord, Flaw>> {
        skip_line_ends(feed);
        let start = feed.cursor;
        self.blamed = start;
        let (mut out, mut end) = (0, 0);
        loop {
            let input = &feed.bytes[feed.cursor..];
            let (result, read, written, ended) =
                self.csv.read_record(input, &mut self.fields[out..], &mut self.ends[end..]);
            feed.cursor += read;
            out += written;
            end += ended;
            match result {
                ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return None,
            }
        }
        let value = trim_line_end(feed.bytes.slice(start..feed.cursor));
        Some(self.csv_record(value, end, key_column))
    }

    fn csv_record(&mut self, value: Bytes, count: usize, column: Option<u32>) -> Result<FeedRecord, Flaw> {
        if self.strict
            && let Some(quote) = unclosed_quote(&value)
        {
            self.blamed += quote;
            return Err(Flaw::OpenQuotation);
        }
        let columns = *self.columns.get_or_insert(count);
        if self.strict && columns != count {
            return Err(Flaw::Fields { here: count, first: columns });
        }
        let Some(column) = column else { return Ok(FeedRecord { key: None, value }) };
        let column = column as usize;
        if column >= count {
            return Err(Flaw::NoColumn(column + 1, count));
        }
        let from = if column == 0 { 0 } else { self.ends[column - 1] };
        let key = Bytes::copy_from_slice(&self.fields[from..self.ends[column]]);
        Ok(FeedRecord { key: Some(key), value })
    }
}

/// The line, counted from 1, that a byte is in.
fn line_of(bytes: &[u8], at: usize) -> u64 {
    1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Where a quotation begins that does not end; two marks in a quotation stand for one.
fn unclosed_quote(record: &[u8]) -> Option<usize> {
    let mut open = None;
    let mut marks = record.iter().enumerate().filter(|(_, byte)| **byte == b'"').map(|(at, _)| at).peekable();
    while let Some(at) = marks.next() {
        open = match open {
            Some(_) if marks.next_if_eq(&(at + 1)).is_some() => open,
            Some(_) => None,
            None => Some(at),
        };
    }
    open
}

fn skip_line_ends(feed: &mut Feed) {
    while matches!(feed.bytes.get(feed.cursor), Some(b'\n' | b'\r')) {
        feed.cursor += 1;
    }
}

/// The next line that is not empty, without its end.
fn next_line(feed: &mut Feed) -> Option<Bytes> {
    skip_line_ends(feed);
    let rest = feed.bytes.get(feed.cursor..).filter(|rest| !rest.is_empty())?;
    let len = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let line = trim_line_end(feed.bytes.slice(feed.cursor..feed.cursor + len));
    feed.cursor = (feed.cursor + len + 1).min(feed.bytes.len());
    // Line ends behind the last line belong to it: nothing is left to read.
    if feed.bytes[feed.cursor..].iter().all(|byte| matches!(byte, b'\n' | b'\r')) {
        feed.cursor = feed.bytes.len();
    }
    Some(line)
}

fn trim_line_end(line: Bytes) -> Bytes {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
    line.slice(..end)
}

fn split_line(line: &Bytes, separator: char) -> Result<FeedRecord, Flaw> {
    let text = std::str::from_utf8(line).map_err(|error| Flaw::NotUtf8(error.valid_up_to()))?;
    let Some(at) = text.find(separator) else {
        return Err(Flaw::NoSeparator(separator));
    };
    Ok(FeedRecord { key: Some(line.slice(..at)), value: line.slice(at + separator.len_utf8()..) })
}

fn json_line(line: Bytes, key: Option<&str>, strict: bool) -> Result<FeedRecord, Flaw> {
    let Some(key) = key else {
        if strict && let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(&line) {
            return Err(Flaw::NotJson(error.column()));
        }
        return Ok(FeedRecord { key: None, value: line });
    };
    let object: serde_json::Value =
        serde_json::from_slice(&line).map_err(|error| Flaw::NotJson(error.column()))?;
    let key = match object.get(key) {
        None | Some(serde_json::Value::Null) => None,
        Some(serde_json::Value::String(text)) => Some(Bytes::copy_from_slice(text.as_bytes())),
        Some(other) => Some(Bytes::from(other.to_string())),
    };
    Ok(FeedRecord { key, value: line })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, format: FeedFormat) -> Vec<String> {
        let mut feed = Feed::new(Name::from("t"), Bytes::from(text.to_owned()), format.clone(), 0);
        let mut reader = FeedReader::new(false);
        let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
        let mut shown = Vec::new();
        while let Some(record) = reader.next(&mut feed) {
            let record = record.unwrap();
            shown.push(format!(
                "{}={}",
                record.key.as_ref().map_or("null".into(), text),
                text(&record.value)
            ));
        }
        assert!(feed.is_finished());
        shown
    }

    #[test]
    fn lines_with_either_end_and_none_at_the_last() {
        assert_eq!(read("a\r\nb\n\nc", FeedFormat::Lines), ["null=a", "null=b", "null=c"]);
        assert_eq!(read("a\n\n", FeedFormat::Lines), ["null=a"]);
    }

    #[test]
    fn a_key_ends_at_the_first_separator() {
        assert_eq!(read("k:v:w\n:x", FeedFormat::KeyValue { separator: ':' }), ["k=v:w", "=x"]);
    }

    #[test]
    fn csv_keeps_its_quotes_in_the_value_and_loses_them_in_the_key() {
        let csv = "id,name\n1,\"Smith, \"\"J\"\"\"\n\"2\",\"two\nlines\"\n";
        let format = |key_column| FeedFormat::Csv { header: true, key_column };
        assert_eq!(
            read(csv, format(Some(1))),
            ["Smith, \"J\"=1,\"Smith, \"\"J\"\"\"", "two\nlines=\"2\",\"two\nlines\""]
        );
        assert_eq!(read("a,b\nc,d", format(None)), ["null=c,d"]);
    }

    #[test]
    fn a_field_of_json_is_the_key() {
        let json = "{\"id\":\"a\",\"n\":1}\n{\"n\":2}\n{\"id\":7}";
        let shown = read(json, FeedFormat::JsonLines { key: Some("id".into()) });
        assert_eq!(shown, ["a={\"id\":\"a\",\"n\":1}", "null={\"n\":2}", "7={\"id\":7}"]);
    }

    #[test]
    fn a_broken_file_is_refused_with_line_and_reason() {
        let check = |bytes: &[u8], format| Feed::check(&Bytes::copy_from_slice(bytes), &format).unwrap_err();
        let csv = FeedFormat::Csv { header: true, key_column: None };
        assert_eq!(check(b"a,b\n1,2\n3", csv.clone()).line, 3);
        assert_eq!(check(b"a,b\n1,2,3", csv.clone()).line, 2, "the first record behind the header");
        let unclosed = check(b"id,name\n1,\"Ann\n2,Bob\n", csv.clone());
        assert!(unclosed.to_string().starts_with("line 2: a quotation mark is not closed"), "{unclosed}");
        let second = check(b"a,b\n\n\"x\ny\"\"\",\"2\n3,4\n", csv);
        assert_eq!(second.line, 4, "the line in which the quotation begins, not its record");
        assert_eq!(
            check(b"a\n\xff", FeedFormat::Lines).to_string(),
            "line 2: the file is not UTF-8 (byte 2); save it as UTF-8"
        );
        assert_eq!(check(b"k:v\nw", FeedFormat::KeyValue { separator: ':' }).line, 2);
        assert!(
            check(b"{}\nx", FeedFormat::JsonLines { key: None }).to_string().starts_with("line 2: not JSON")
        );
        assert_eq!(check(b"\n\n", FeedFormat::Lines).what, Flaw::NoRecord);
        let good = Feed::check(&Bytes::from_static(b"a\nbb\n"), &FeedFormat::Lines).unwrap();
        assert_eq!(good, FeedSummary { records: 2, largest: 2 });
    }
}
