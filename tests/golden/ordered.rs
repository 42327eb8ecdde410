//! Objects whose order counts.
//!
//! A `Value` sorts the keys of an object; in `members_in_order` the order of the file is that in which Kafka's assignor
//! met the members.

use serde::Deserialize;
use serde::Deserializer;
use serde::de::MapAccess;
use serde::de::Visitor;
use serde_json::Value;

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    members_in_order: Option<Pairs>,
}

struct Pairs(Vec<Value>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Pairs;

    fn expecting(&self, told: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        told.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut object: M) -> Result<Pairs, M::Error> {
        let mut pairs = Vec::new();
        while let Some((key, value)) = object.next_entry::<String, Value>()? {
            pairs.push(Value::Array(vec![Value::String(key), value]));
        }
        Ok(Pairs(pairs))
    }
}

/// Makes each `members_in_order` of a file a list of pairs of key and value, in the order of the text.
pub(crate) fn keep_order(data: &mut Value, text: &str) {
    // Files of other shapes have no such member.
    let Ok(file) = serde_json::from_str::<File>(text) else { return };
    for (number, case) in file.cases.into_iter().enumerate() {
        if let Some(Pairs(pairs)) = case.members_in_order {
            data["cases"][number]["members_in_order"] = Value::Array(pairs);
        }
    }
}
