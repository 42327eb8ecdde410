use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;

use bytes::Bytes;
use serde::Deserialize;
use serde::Serialize;

use crate::kafka::base::Name;

/// The largest value an application makes up, in bytes: above every limit one may want to meet.
pub const MAX_VALUE_BYTES: u32 = 4 * 1024 * 1024;

/// What is written when nobody says what.
const MESSAGE: &str = "message {n}";

/// What an application writes by itself, until somebody says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    pub topic: Name,
    /// Records a second; 0 = none.
    pub rate: u64,
    #[serde(default, skip_serializing_if = "Keys::is_none")]
    pub keys: Keys,
    #[serde(default, skip_serializing_if = "Values::is_default")]
    pub values: Values,
    /// The partition that the application names; `None` = the partitioner's business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
}

/// The keys of an application's records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Keys {
    /// No key.
    #[default]
    None,
    /// The same key always.
    One(String),
    /// `key-0` to `key-(n-1)`, one after the other.
    Round(u32),
    /// `key-0` to `key-(n-1)` at random; `key-0` gets this percentage of all records by itself.
    Skewed { keys: u32, hot_percent: u8 },
}

/// The values of an application's records.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Values {
    /// So many bytes, at random between two bounds, both allowed.
    Size { min: u32, max: u32 },
    /// A text; `{n}` becomes the number of the record, counted from 1, and `{key}` its key.
    Text(String),
    /// null: a tombstone.
    Null,
}

impl Keys {
    const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

impl Values {
    fn is_default(&self) -> bool {
        matches!(self, Self::Text(text) if text == MESSAGE)
    }

    /// The most bytes that a value can have; of a text that is not known here.
    pub(super) const fn largest(&self) -> Option<usize> {
        match self {
            Self::Size { max, .. } => Some(*max as usize),
            Self::Text(_) => None,
            Self::Null => Some(0),
        }
    }
}

impl Default for Values {
    fn default() -> Self {
        Self::Text(MESSAGE.into())
    }
}

impl Workload {
    pub fn new(topic: &Name, rate: u64) -> Self {
        Self { topic: topic.clone(), rate, keys: Keys::None, values: Values::default(), partition: None }
    }

    /// What is wrong with it, in a sentence.
    ///
    /// # Errors
    /// No topic, a value above [`MAX_VALUE_BYTES`], bounds in the wrong order, no keys, more than 100 %.
    pub fn check(&self) -> Result<(), String> {
        if self.topic.is_empty() {
            return Err("InvalidTopicException: the producer needs a topic to write to".into());
        }
        match self.values {
            Values::Size { min, max } if min > max => {
                return Err(format!(
                    "the smallest value ({min} bytes) is larger than the largest ({max} bytes)"
                ));
            }
            Values::Size { max, .. } if max > MAX_VALUE_BYTES => {
                return Err(format!(
                    "a value of {max} bytes is too large here; choose at most {MAX_VALUE_BYTES}"
                ));
            }
            _ => {}
        }
        match self.keys {
            Keys::Round(0) | Keys::Skewed { keys: 0, .. } => Err("there must be at least one key".into()),
            Keys::Skewed { hot_percent, .. } if hot_percent > 100 => {
                Err(format!("{hot_percent} % of the records cannot have the hot key"))
            }
            _ => Ok(()),
        }
    }

    /// Key and value of the record with this number. `below` draws a number below its argument.
    pub(super) fn record(
        &self,
        number: u64,
        filler: &Filler,
        below: &mut dyn FnMut(u32) -> u32,
    ) -> (Option<Bytes>, Option<Bytes>) {
        let key = match &self.keys {
            Keys::None => None,
            Keys::One(key) => Some(Bytes::copy_from_slice(key.as_bytes())),
            Keys::Round(keys) => Some(numbered_key((number - 1) % u64::from((*keys).max(1)))),
            Keys::Skewed { keys, hot_percent } => {
                let hot = below(100) < u32::from(*hot_percent);
                Some(numbered_key(if hot { 0 } else { u64::from(below(*keys)) }))
            }
        };
        let value = match &self.values {
            Values::Null => None,
            Values::Size { min, max } => {
                let more = if max > min { below(max - min + 1) } else { 0 };
                let start = (number % ALPHABET.len() as u64) as usize;
                let end = (start + (min + more) as usize).min(filler.0.len());
                Some(filler.0.slice(start.min(end)..end))
            }
            Values::Text(text) => Some(fill_in(text, number, key.as_deref())),
        };
        (key, value)
    }

    /// The letters that values of a given size are cut from, shared by all of them.
    pub(super) fn filler(&self) -> Filler {
        let len = match self.values {
            Values::Size { max, .. } => max.min(MAX_VALUE_BYTES) as usize + ALPHABET.len(),
            _ => 0,
        };
        Filler(ALPHABET.iter().copied().cycle().take(len).collect())
    }
}

/// Letters, as many as the largest value needs.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Filler(Bytes);

/// Without the letters: they follow from the workload.
impl fmt::Debug for Filler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} letters", self.0.len())
    }
}

impl Hash for Filler {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.len().hash(state);
    }
}

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

fn numbered_key(number: u64) -> Bytes {
    Bytes::from(format!("key-{number}"))
}

fn fill_in(text: &str, number: u64, key: Option<&[u8]>) -> Bytes {
    if !text.contains('{') {
        return Bytes::copy_from_slice(text.as_bytes());
    }
    let key = String::from_utf8_lossy(key.unwrap_or_default());
    Bytes::from(text.replace("{n}", &number.to_string()).replace("{key}", &key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::name;

    fn records(keys: Keys, values: Values) -> Vec<String> {
        let workload = Workload { keys, values, ..Workload::new(&name("t"), 1) };
        let (filler, mut below) = (workload.filler(), |bound: u32| bound / 2);
        let text =
            |field: Option<Bytes>| field.map_or("null".into(), |f| String::from_utf8(f.to_vec()).unwrap());
        let show = |(key, value)| format!("{}={}", text(key), text(value));
        (1..=3).map(|number| show(workload.record(number, &filler, &mut below))).collect()
    }

    #[test]
    fn keys_go_round_and_texts_count() {
        let shown = records(Keys::Round(2), Values::Text("{key} has order {n}".into()));
        assert_eq!(shown, ["key-0=key-0 has order 1", "key-1=key-1 has order 2", "key-0=key-0 has order 3"]);
    }

    #[test]
    fn values_have_the_size_they_should_and_share_their_letters() {
        assert_eq!(
            records(Keys::None, Values::Size { min: 3, max: 3 }),
            ["null=bcd", "null=cde", "null=def"]
        );
        assert_eq!(records(Keys::One("k".into()), Values::Null), ["k=null", "k=null", "k=null"]);
    }

    #[test]
    fn nonsense_is_refused_with_a_sentence() {
        let workload = |values| Workload { values, ..Workload::new(&name("t"), 1) };
        assert!(workload(Values::Size { min: 2, max: 1 }).check().is_err());
        assert!(workload(Values::Size { min: 0, max: u32::MAX }).check().is_err());
        assert!(Workload::new(&name(""), 1).check().is_err());
        assert!(Workload::new(&name("t"), 1).check().is_ok());
    }
}
