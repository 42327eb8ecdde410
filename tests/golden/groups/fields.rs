//! Fields of messages in Kafka's JSON form.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use kafkascope::kafka::base::Uuid;
use kafkascope::kafka::protocol::ErrorCode;
use kafkascope::kafka::protocol::KafkaString;
use serde_json::Map;
use serde_json::Value;

/// An object whose fields are taken out one by one; what is left over in the end was not understood.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    read: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value) -> Result<Self, String> {
        let object = value.as_object().ok_or_else(|| format!("{value} is not an object"))?;
        Ok(Self { object, read: Vec::new() })
    }

    fn take(&mut self, field: &'static str) -> &'a Value {
        self.read.push(field);
        self.object.get(field).unwrap_or(&Value::Null)
    }

    pub(super) fn end(&self) -> Result<(), String> {
        match self.object.keys().find(|key| !self.read.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => Err(format!("unknown field \"{key}\" in a request")),
        }
    }

    pub(super) fn maybe_text(&mut self, field: &'static str) -> Option<KafkaString> {
        self.take(field).as_str().map(kafka)
    }

    pub(super) fn text(&mut self, field: &'static str) -> KafkaString {
        self.maybe_text(field).unwrap_or_default()
    }

    pub(super) fn number(&mut self, field: &'static str, default: i64) -> i64 {
        self.take(field).as_i64().unwrap_or(default)
    }

    pub(super) fn int(&mut self, field: &'static str, default: i32) -> i32 {
        self.number(field, i64::from(default)) as i32
    }

    pub(super) fn bytes(&mut self, field: &'static str) -> Result<Bytes, String> {
        unbase(self.take(field))
    }

    pub(super) fn uuid(&mut self, field: &'static str) -> Result<Uuid, String> {
        match self.take(field) {
            Value::Null => Ok(Uuid::ZERO),
            id => uuid(id),
        }
    }

    pub(super) fn maybe_list<T>(
        &mut self,
        field: &'static str,
        read: impl Fn(&Value) -> Result<T, String>,
    ) -> Result<Option<Vec<T>>, String> {
        match self.take(field) {
            Value::Null => Ok(None),
            Value::Array(list) => list.iter().map(read).collect::<Result<_, _>>().map(Some),
            other => Err(format!("field \"{field}\" is not a list: {other}")),
        }
    }

    pub(super) fn list<T>(
        &mut self,
        field: &'static str,
        read: impl Fn(&Value) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        Ok(self.maybe_list(field, read)?.unwrap_or_default())
    }
}

pub(super) fn kafka(text: &str) -> KafkaString {
    KafkaString::from(text.to_owned())
}

/// An element of a list of texts.
pub(super) fn word(value: &Value) -> Result<KafkaString, String> {
    value.as_str().map(kafka).ok_or_else(|| format!("not a text: {value}"))
}

/// An element of a list of numbers.
pub(super) fn index(value: &Value) -> Result<i32, String> {
    value.as_i64().map(|number| number as i32).ok_or_else(|| format!("not a number: {value}"))
}

pub(super) fn uuid(value: &Value) -> Result<Uuid, String> {
    let text = value.as_str().ok_or_else(|| format!("not an id: {value}"))?;
    Uuid::from_base64(text).map_err(|error| format!("{text}: {error}"))
}

pub(super) fn unbase(value: &Value) -> Result<Bytes, String> {
    let text = value.as_str().ok_or_else(|| format!("not base64: {value}"))?;
    STANDARD.decode(text).map(Bytes::from).map_err(|error| error.to_string())
}

pub(super) fn base(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// What the file says must be there; what it does not mention may be.
pub(super) fn agree(what: &str, got: &Value, expected: &Value) -> Result<(), String> {
    match (got, expected) {
        (Value::Object(got), Value::Object(expected)) => {
            for (key, value) in expected {
                let own = got.get(key).ok_or_else(|| format!("{what} has no field \"{key}\""))?;
                agree(&format!("{what}.{key}"), own, value)?;
            }
            Ok(())
        }
        (Value::Array(got), Value::Array(expected)) if got.len() == expected.len() => {
            for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
                agree(&format!("{what}[{at}]"), got, expected)?;
            }
            Ok(())
        }
        (got, expected) if got == expected => Ok(()),
        (got, expected) => Err(format!("{what}: expected {expected}, got {got}")),
    }
}

/// Kafka's name of an error.
pub(super) fn screaming(error: ErrorCode) -> String {
    let mut name = String::new();
    for c in format!("{error:?}").chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_uppercase());
    }
    name
}
