use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;

/// A thing on the stage that can be pointed at, selected, and read aloud.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    Controller,
    Broker(i32),
    Producer(i32),
    Consumer(i32),
    /// A link, both ways.
    Link(i32, i32),
    Replica(i32, TopicPartition),
    Segment(i32, TopicPartition, Offset),
    Record(i32, TopicPartition, Offset),
    /// A message on its way, by its number.
    Message(u64),
}

impl Thing {
    /// The partition it belongs to.
    pub fn partition(&self) -> Option<&TopicPartition> {
        match self {
            Self::Replica(_, p) | Self::Segment(_, p, _) | Self::Record(_, p, _) => Some(p),
            _ => None,
        }
    }

    /// The machine it is on.
    pub fn node(&self) -> Option<i32> {
        match self {
            Self::Controller => Some(3000),
            Self::Broker(n) | Self::Producer(n) | Self::Consumer(n) => Some(*n),
            Self::Replica(n, _) | Self::Segment(n, _, _) | Self::Record(n, _, _) => Some(*n),
            Self::Link(..) | Self::Message(_) => None,
        }
    }
}

/// The thing of a name that [`Display`](std::fmt::Display) gave; none when there is no such kind of thing.
impl std::str::FromStr for Thing {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('/');
        let (kind, rest): (_, Vec<&str>) = (parts.next(), parts.collect());
        let number = |at: usize| rest.get(at).and_then(|text| text.parse::<i64>().ok()).ok_or(());
        let node = || number(0).and_then(|n| i32::try_from(n).map_err(|_| ()));
        let spot = || {
            let (topic, partition) = rest.get(1).and_then(|text| text.rsplit_once('-')).ok_or(())?;
            Ok(TopicPartition::new(&name(topic), partition.parse().map_err(|_| ())?))
        };
        Ok(match (kind, rest.len()) {
            (Some("controller"), 0) => Self::Controller,
            (Some("broker"), 1) => Self::Broker(node()?),
            (Some("producer"), 1) => Self::Producer(node()?),
            (Some("consumer"), 1) => Self::Consumer(node()?),
            (Some("link"), 2) => Self::Link(node()?, i32::try_from(number(1)?).map_err(|_| ())?),
            (Some("replica"), 2) => Self::Replica(node()?, spot()?),
            (Some("segment"), 3) => Self::Segment(node()?, spot()?, number(2)?),
            (Some("record"), 3) => Self::Record(node()?, spot()?, number(2)?),
            (Some("message"), 1) => Self::Message(rest[0].parse().map_err(|_| ())?),
            _ => return Err(()),
        })
    }
}

/// A name that tests and the browser's console can use: `record/1/orders-0/7`.
impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Controller => f.write_str("controller"),
            Self::Broker(n) => write!(f, "broker/{n}"),
            Self::Producer(n) => write!(f, "producer/{n}"),
            Self::Consumer(n) => write!(f, "consumer/{n}"),
            Self::Link(a, b) => write!(f, "link/{a}/{b}"),
            Self::Replica(n, p) => write!(f, "replica/{n}/{p}"),
            Self::Segment(n, p, base) => write!(f, "segment/{n}/{p}/{base}"),
            Self::Record(n, p, offset) => write!(f, "record/{n}/{p}/{offset}"),
            Self::Message(id) => write!(f, "message/{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_found_again_by_its_name() {
        for text in [
            "controller",
            "broker/2",
            "link/1/3000",
            "replica/1/a-b-0",
            "segment/1/a-0/600",
            "record/1/a-0/7",
        ] {
            assert_eq!(text.parse::<Thing>().map(|thing| thing.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "broker", "broker/x", "record/1/a/7", "moon/1"] {
            assert_eq!(text.parse::<Thing>(), Err(()), "{text}");
        }
    }
}
