//! Probes as text, for whoever builds a demonstration around the page: `hw(1, orders-0)`, `committed(billing, orders-0)`.

use std::fmt::Write as _;

use super::Ran;
use super::Value;

/// One thing that can be read of a world.
struct Probe {
    name: &'static str,
    /// What stands in its brackets, in that order.
    takes: &'static [&'static str],
    read: fn(&Ran<'_>, &Read<'_>) -> Value,
}

/// What stands in the brackets of a probe that was read: as many as the probe takes, each what it has to be.
struct Read<'a>(Vec<&'a str>);

impl Read<'_> {
    fn text(&self, at: usize) -> &str {
        self.0[at]
    }

    fn number(&self, at: usize) -> i32 {
        self.0[at].parse().unwrap_or(-1)
    }
}

const PARTITION: &str = "partition";
/// What is written as a number.
const NUMBERS: [&str; 5] = ["broker", "producer", "consumer", "offset", "ms"];

const fn probe(
    name: &'static str,
    takes: &'static [&'static str],
    read: fn(&Ran<'_>, &Read<'_>) -> Value,
) -> Probe {
    Probe { name, takes, read }
}

const PROBES: &[Probe] = &[
    probe("ar", &[PARTITION], |ran, read| Value::Numbers(ran.ar(read.text(0)))),
    probe("isr", &[PARTITION], |ran, read| Value::Numbers(ran.isr(read.text(0)))),
    probe("leader", &[PARTITION], |ran, read| ran.leader(read.text(0)).into()),
    probe("epoch", &[PARTITION], |ran, read| ran.epoch(read.text(0)).into()),
    probe("leo", &["broker", PARTITION], |ran, read| ran.leo(read.number(0), read.text(1)).into()),
    probe("hw", &["broker", PARTITION], |ran, read| ran.hw(read.number(0), read.text(1)).into()),
    probe("start", &["broker", PARTITION], |ran, read| ran.start(read.number(0), read.text(1)).into()),
    probe("segs", &["broker", PARTITION], |ran, read| {
        Value::Numbers(ran.segments(read.number(0), read.text(1)))
    }),
    probe("batches", &["broker", PARTITION], |ran, read| ran.batches(read.number(0), read.text(1)).into()),
    probe("bytes", &["broker", PARTITION], |ran, read| ran.bytes(read.number(0), read.text(1)).into()),
    probe("lookup", &[PARTITION, "offset"], |ran, read| {
        ran.search(read.text(0), read.number(1).into())
            .map_or(Value::Nothing, |all| Value::Numbers(all.to_vec()))
    }),
    probe("offsetForTime", &[PARTITION, "ms"], |ran, read| {
        let found = ran.lookup_time(read.text(0), read.number(1).into()).and_then(|it| it.found);
        found.map(|place| place.offset).into()
    }),
    probe("runs", &["broker"], |ran, read| ran.runs(read.number(0)).into()),
    probe("acked", &["producer"], |ran, read| ran.acked(read.number(0)).into()),
    probe("failed", &["producer"], |ran, read| ran.failed(read.number(0)).into()),
    probe("waiting", &["producer"], |ran, read| ran.waiting(read.number(0)).into()),
    probe("blocked", &["producer"], |ran, read| ran.blocked(read.number(0)).into()),
    probe("delivered", &["consumer"], |ran, read| ran.delivered(read.number(0)).into()),
    probe("pos", &["consumer", PARTITION], |ran, read| ran.position(read.number(0), read.text(1)).into()),
    probe("members", &["group"], |ran, read| {
        Value::Numbers(ran.members(read.text(0)).into_iter().map(i64::from).collect())
    }),
    probe("assign", &["group", "topic"], |ran, read| (&*ran.owners(read.text(0), read.text(1))).into()),
    probe("gstate", &["group"], |ran, read| ran.group_state(read.text(0)).into()),
    probe("gen", &["group"], |ran, read| ran.generation(read.text(0)).into()),
    probe("committed", &["group", PARTITION], |ran, read| ran.committed(read.text(0), read.text(1)).into()),
    probe("lag", &["group", PARTITION], |ran, read| ran.lag(read.text(0), read.text(1)).into()),
];

/// What a probe reads of a world.
///
/// # Errors
/// A sentence that says which probes there are, or what one takes.
pub fn read(ran: &Ran<'_>, text: &str) -> Result<Value, String> {
    let (name, rest) = text.trim().split_once('(').ok_or_else(|| unknown(text))?;
    let inside = rest.strip_suffix(')').ok_or_else(|| format!("{text:?} has no closing bracket"))?;
    let probe = PROBES.iter().find(|probe| probe.name == name.trim()).ok_or_else(|| unknown(name))?;
    let given: Vec<&str> = inside.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    if given.len() != probe.takes.len() {
        return Err(format!("a probe is {}, and {text:?} has {} in its brackets", form(probe), given.len()));
    }
    for (what, part) in probe.takes.iter().zip(&given) {
        if NUMBERS.contains(what) && part.parse::<i32>().is_err() {
            return Err(format!("{part:?} in {text:?} is no number: a probe is {}", form(probe)));
        }
        if *what == PARTITION && !is_partition(part) {
            return Err(format!("{part:?} in {text:?} is no partition: one is written orders-0"));
        }
    }
    Ok((probe.read)(ran, &Read(given)))
}

fn is_partition(text: &str) -> bool {
    text.rsplit_once('-').is_some_and(|(topic, number)| !topic.is_empty() && number.parse::<i32>().is_ok())
}

fn form(probe: &Probe) -> String {
    format!("{}({})", probe.name, probe.takes.join(", "))
}

fn unknown(name: &str) -> String {
    let mut text = format!("there is no probe {name:?}; there are");
    for (number, probe) in PROBES.iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        _ = write!(text, "{comma} {}", form(probe));
    }
    text
}

impl Value {
    /// As JSON: a number, a list of numbers, a text, or `null` where there was nothing to read. Words that say yes or no
    /// are `true` and `false`.
    pub fn to_json(&self) -> String {
        match self {
            Self::Nothing => "null".to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Numbers(numbers) => serde_json::json!(numbers).to_string(),
            Self::Word(word) if word == "yes" => "true".to_owned(),
            Self::Word(word) if word == "no" => "false".to_owned(),
            Self::Word(word) => serde_json::json!(word).to_string(),
            Self::Things(things) => serde_json::json!(things).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::Instant;
    use crate::lesson::first;
    use crate::lesson::stage;

    fn ask(text: &str) -> Result<String, String> {
        let timeline = stage(&first());
        read(&Ran::since(&timeline, 0, Instant::ZERO), text).map(|value| value.to_json())
    }

    #[test]
    fn a_script_reads_what_the_engine_has() {
        assert_eq!(ask("isr(orders-0)").as_deref(), Ok("[1,2,3]"));
        assert_eq!(ask("leader(orders-1)").as_deref(), Ok("2"));
        assert_eq!(ask(" gstate( billing ) ").as_deref(), Ok("\"Stable\""));
        assert_eq!(ask("members(billing)").as_deref(), Ok("[20001,20002,20003]"));
        assert_eq!(ask("runs(3)").as_deref(), Ok("true"));
        assert_eq!(ask("hw(7, orders-0)").as_deref(), Ok("null"), "there is no broker 7");
    }

    #[test]
    fn a_wrong_probe_is_told_with_what_would_be_right() {
        let wrong = |text: &str| ask(text).expect_err(text);
        assert!(wrong("water(orders-0)").contains("hw(broker, partition)"));
        assert!(wrong("hw(orders-0)").contains("hw(broker, partition)"));
        assert!(wrong("hw(one, orders-0)").contains("\"one\""));
        assert!(wrong("leader(orders)").contains("orders-0"));
        assert!(wrong("leader(orders-0").contains("bracket"));
        assert!(wrong("leader").contains("there is no probe"));
    }

    #[test]
    fn every_probe_reads_a_world_in_which_nothing_is() {
        let timeline = crate::lab::Timeline::new(first().genesis);
        let ran = Ran::since(&timeline, 0, Instant::ZERO);
        for probe in PROBES {
            let each = |what: &&str| if *what == PARTITION { "t-0" } else { "9" };
            let inside: Vec<&str> = probe.takes.iter().map(each).collect();
            let text = format!("{}({})", probe.name, inside.join(", "));
            assert!(read(&ran, &text).is_ok(), "{text}");
        }
    }
}
