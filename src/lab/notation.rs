//! JSON in a form that can stand in a link and be read there: `CreateTopic(name:orders,partitions:3)`.
//!
//! `(key:value,…)` is an object, `!(a,b)` a list. A word stands as it is; any other text in `'…'` with `%XX` for what is
//! neither letter, digit nor `_ . -`. An object with one entry whose value is an object is `Key(…)`.

use std::fmt::Write;

use serde_json::Map;
use serde_json::Number;
use serde_json::Value;

const DEPTH_MAX: u32 = 16;

/// Writes a value.
pub(super) fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => _ = write!(out, "{number}"),
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push_str("!(");
            separated(items.iter(), out, write);
            out.push(')');
        }
        Value::Object(entries) => {
            if let Some((key, inner @ Value::Object(_))) = entries.iter().next()
                && entries.len() == 1
                && is_word(key)
            {
                out.push_str(key);
                return write_entries(inner, out);
            }
            write_entries(value, out);
        }
    }
}

fn write_entries(value: &Value, out: &mut String) {
    let Value::Object(entries) = value else { return };
    out.push('(');
    separated(entries.iter(), out, |(key, value), out| {
        write_text(key, out);
        out.push(':');
        write(value, out);
    });
    out.push(')');
}

fn separated<T>(items: impl Iterator<Item = T>, out: &mut String, mut each: impl FnMut(T, &mut String)) {
    for (number, item) in items.enumerate() {
        if number > 0 {
            out.push(',');
        }
        each(item, out);
    }
}

fn write_text(text: &str, out: &mut String) {
    if is_word(text) {
        return out.push_str(text);
    }
    out.push('\'');
    for byte in text.bytes() {
        if is_plain(byte) { out.push(char::from(byte)) } else { _ = write!(out, "%{byte:02X}") }
    }
    out.push('\'');
}

fn is_word(text: &str) -> bool {
    text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
        && text.bytes().all(is_plain)
        && !matches!(text, "true" | "false" | "null")
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

/// Reads a value that fills the whole text.
///
/// # Errors
/// What was expected, and at which character.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let value = parser.value()?;
    if parser.at < text.len() {
        return Err(parser.expected("the end"));
    }
    Ok(value)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expected(&self, what: &str) -> String {
        format!("{what} is expected at character {}", self.at + 1)
    }

    fn take(&mut self, byte: u8) -> Result<(), String> {
        if self.peek() != Some(byte) {
            return Err(self.expected(&format!("{:?}", char::from(byte))));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("too many brackets within brackets at character {}", self.at + 1));
        }
        let value = match self.peek() {
            Some(b'(') => self.entries().map(Value::Object),
            Some(b'!') => {
                self.at += 1;
                self.list()
            }
            Some(b'\'') => self.quoted().map(Value::String),
            _ => self.bare(),
        };
        self.depth -= 1;
        value
    }

    fn list(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        self.take(b'(')?;
        while self.peek() != Some(b')') {
            if !items.is_empty() {
                self.take(b',')?;
            }
            items.push(self.value()?);
        }
        self.take(b')')?;
        Ok(Value::Array(items))
    }

    fn entries(&mut self) -> Result<Map<String, Value>, String> {
        let mut entries = Map::new();
        self.take(b'(')?;
        while self.peek() != Some(b')') {
            if !entries.is_empty() {
                self.take(b',')?;
            }
            let key = if self.peek() == Some(b'\'') { self.quoted()? } else { self.word()?.to_owned() };
            self.take(b':')?;
            let value = self.value()?;
            if entries.insert(key.clone(), value).is_some() {
                return Err(format!("{key:?} is given twice before character {}", self.at + 1));
            }
        }
        self.take(b')')?;
        Ok(entries)
    }

    fn word(&mut self) -> Result<&str, String> {
        let start = self.at;
        while self.peek().is_some_and(is_plain) {
            self.at += 1;
        }
        if start == self.at { Err(self.expected("a value")) } else { Ok(&self.text[start..self.at]) }
    }

    fn bare(&mut self) -> Result<Value, String> {
        let at = self.at + 1;
        let word = self.word()?.to_owned();
        Ok(match word.as_str() {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            number if number.starts_with(|first: char| first.is_ascii_digit() || first == '-') => {
                let parsed = number.parse::<i64>().map(Number::from);
                let parsed = parsed.or_else(|_| number.parse::<u64>().map(Number::from));
                Value::Number(parsed.map_err(|_| format!("{number} is not a number at character {at}"))?)
            }
            _ if self.peek() == Some(b'(') => {
                self.depth += 1;
                let inner = self.entries()?;
                self.depth -= 1;
                Value::Object(Map::from_iter([(word, Value::Object(inner))]))
            }
            _ => Value::String(word),
        })
    }

    fn quoted(&mut self) -> Result<String, String> {
        let start = self.at + 1;
        self.take(b'\'')?;
        let mut bytes = Vec::new();
        loop {
            match self.peek() {
                Some(b'\'') => break,
                Some(b'%') => {
                    let code = self.text.get(self.at + 1..self.at + 3);
                    let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
                    bytes.push(byte.ok_or_else(|| self.expected("%XX"))?);
                    self.at += 3;
                }
                Some(byte) if is_plain(byte) => {
                    bytes.push(byte);
                    self.at += 1;
                }
                _ => return Err(self.expected("the closing '")),
            }
        }
        self.at += 1;
        String::from_utf8(bytes).map_err(|_| format!("the text at character {start} is not UTF-8"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &Value) -> String {
        let mut out = String::new();
        write(value, &mut out);
        out
    }

    #[test]
    fn what_is_written_is_read_back() {
        let value = serde_json::json!({
            "CreateTopic": {
                "name": "orders", "partitions": 3, "negative": -1, "large": u64::MAX, "flag": true, "nothing": null,
                "text": "a b,'ü' true", "word": "true", "empty": "", "number": "12", "list": [1, "x", [], {}],
                "configs": {"min.insync.replicas": "2", "a b": "c"}, "inner": {"Offset": {"at": 1}},
            }
        });
        let text = written(&value);
        assert_eq!(parse(&text).as_ref(), Ok(&value), "{text}");
        assert!(
            text.starts_with("CreateTopic(configs:('a%20b':c,min.insync.replicas:'2'),empty:'',flag:true"),
            "{text}"
        );
    }

    #[test]
    fn damage_is_named_with_its_place() {
        for (text, complaint) in [
            ("", "a value is expected at character 1"),
            ("Crash(node:1", "',' is expected at character 13"),
            ("Crash(node:1))", "the end is expected at character 14"),
            ("(a:1,a:2)", "\"a\" is given twice before character 9"),
            ("'a%2", "%XX is expected at character 3"),
            ("'a", "the closing ' is expected at character 3"),
            ("12x", "12x is not a number at character 1"),
            (&"!(".repeat(40), "too many brackets within brackets at character 33"),
        ] {
            assert_eq!(parse(text), Err(complaint.to_owned()), "{text}");
        }
    }
}
