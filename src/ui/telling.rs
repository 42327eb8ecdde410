//! What happened, as sentences in the reader's language.

mod acts;

pub use acts::{Deed, phrase};

use crate::lesson::Language;
use crate::ui::engine::Engine;
use crate::ui::words as w;
use crate::view::Happened;

/// One line for "What just happened" and for the spoken log, from the world in which it happened.
pub fn tell(engine: &Engine, happened: &Happened, language: Language) -> String {
    let deed = match happened {
        Happened::Act { number } => engine.deed(*number),
        _ => None,
    };
    sentence(happened, deed.as_ref(), language)
}

/// The same of what may have happened in another world; there an act is told when it is known.
#[expect(clippy::too_many_lines, reason = "one arm a kind of event: the table of what is said of it")]
pub fn sentence(happened: &Happened, deed: Option<&Deed>, language: Language) -> String {
    let node = |id: i32| w::node_name(id, language);
    let say = |text: crate::lesson::Text, parts: &[&dyn std::fmt::Display]| text.with(language, parts);
    match happened {
        Happened::Asked { from, to, api } => say(w::SAID_ASKED, &[&node(*from), &node(*to), &api.name()]),
        Happened::Appended { broker, partition, base, last } => {
            let range = if base == last {
                format!("{partition} {base}")
            } else {
                format!("{partition} {base}…{last}")
            };
            say(w::SAID_APPENDED, &[broker, &range])
        }
        Happened::Committed { broker, partition, from, to } => {
            say(w::SAID_COMMITTED, &[partition, broker, from, to])
        }
        Happened::Consumed { consumer, partition, position } => {
            say(w::SAID_CONSUMED, &[&node(*consumer), partition, position])
        }
        Happened::Jumped { consumer, partition, from: -1, to } => {
            say(w::SAID_BEGINS, &[&node(*consumer), partition, to])
        }
        Happened::Jumped { consumer, partition, from, to } => {
            say(w::SAID_JUMPED, &[&node(*consumer), partition, to, from])
        }
        Happened::Told { consumer, call, partition, offset } => {
            let offset = if *offset < 0 { "null".to_owned() } else { offset.to_string() };
            say(w::SAID_TOLD, &[&call.name(), &node(*consumer), partition, &offset])
        }
        Happened::Threw { consumer, method, exception } => {
            say(w::SAID_THREW, &[method, &node(*consumer), exception])
        }
        Happened::Dropped { consumer, partition, from, to } => {
            say(w::SAID_DROPPED, &[&node(*consumer), partition, from, &(to - 1)])
        }
        Happened::Took { consumer, partition } => say(w::SAID_TOOK, &[&node(*consumer), partition]),
        Happened::GaveUp { consumer, partition, lost } => {
            say(if *lost { w::SAID_LOST_IT } else { w::SAID_GAVE_UP }, &[&node(*consumer), partition])
        }
        Happened::GroupMoved { group, state, generation, .. } => {
            say(w::SAID_GROUP, &[group, &state.name(), generation])
        }
        Happened::MemberCame { group, member } => say(w::SAID_MEMBER, &[&w::client_of(member), group]),
        Happened::MemberWent { group, member } => say(w::SAID_NO_MEMBER, &[&w::client_of(member), group]),
        Happened::OffsetCommitted { group, partition, to: -1, .. } => {
            say(w::SAID_NO_OFFSET, &[group, partition])
        }
        Happened::OffsetCommitted { group, partition, to, .. } => {
            say(w::SAID_OFFSET, &[group, to, partition])
        }
        Happened::Acked { producer, partition, base, records } => {
            say(w::SAID_ACKED, &[&node(*producer), records, partition, base])
        }
        Happened::Lost { producer, records, error } => say(w::SAID_LOST, &[&node(*producer), records, error]),
        Happened::Rolled { broker, partition, base } => {
            say(w::SAID_ROLLED, &[broker, partition, &format!("{base:05}.log")])
        }
        Happened::SegmentDeleted { broker, partition, base } => {
            say(w::SAID_SEGMENT_DELETED, &[broker, &format!("{base:05}.log"), partition])
        }
        Happened::StartMoved { broker, partition, to } => say(w::SAID_START, &[broker, partition, to]),
        Happened::Truncated { broker, partition, from, to } => {
            say(w::SAID_TRUNCATED, &[broker, partition, from.min(to), &(from.max(to) - 1)])
        }
        Happened::LeaderChanged { partition, leader: Some(leader), epoch } => {
            say(w::SAID_LEADER, &[partition, leader, epoch])
        }
        Happened::LeaderChanged { partition, leader: None, epoch } => {
            say(w::SAID_NO_LEADER, &[partition, epoch])
        }
        Happened::IsrShrank { partition, gone } => say(w::SAID_SHRANK, &[partition, gone]),
        Happened::IsrGrew { partition, back } => say(w::SAID_GREW, &[partition, back]),
        Happened::Fenced { broker } => say(w::SAID_FENCED, &[broker]),
        Happened::Unfenced { broker } => say(w::SAID_UNFENCED, &[broker]),
        Happened::NodeDown { node: id, power: true } => say(w::SAID_DOWN, &[&node(*id)]),
        Happened::NodeDown { node: id, power: false } => say(w::SAID_NO_POWER, &[&node(*id)]),
        Happened::NodeEnded { node: id } => say(w::SAID_ENDED, &[&node(*id)]),
        Happened::NodeUp { node: id } => say(w::SAID_UP, &[&node(*id)]),
        Happened::TopicCreated { topic } => say(w::SAID_TOPIC, &[topic]),
        Happened::TopicDeleted { topic } => say(w::SAID_NO_TOPIC, &[topic]),
        Happened::ConnectionLost { from, to } => say(w::SAID_CONNECTION, &[&node(*from), &node(*to)]),
        Happened::Act { number } => match deed {
            Some(deed) => deed.of_whom(language),
            None => say(w::SAID_ACT, &[&(number + 1)]),
        },
    }
}

/// Whether a line is bad news.
pub fn is_bad(happened: &Happened) -> bool {
    matches!(
        happened,
        Happened::NodeDown { .. }
            | Happened::Fenced { .. }
            | Happened::Truncated { .. }
            | Happened::Lost { .. }
            | Happened::Dropped { .. }
            | Happened::Threw { .. }
            | Happened::GaveUp { lost: true, .. }
            | Happened::IsrShrank { .. }
            | Happened::LeaderChanged { leader: None, .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::TopicPartition;
    use crate::kafka::base::name;

    #[test]
    fn a_cut_tail_is_told_with_the_offsets_that_are_gone() {
        let partition = TopicPartition::new(&name("orders"), 0);
        let happened = Happened::Truncated { broker: 1, partition, from: 16, to: 12 };
        assert_eq!(sentence(&happened, None, Language::En), "b1 cuts orders-0: 12…15 are gone");
        assert_eq!(sentence(&happened, None, Language::Zh), "b1 截断 orders-0：12…15 已丢弃");
    }

    #[test]
    fn a_member_is_told_by_the_name_of_its_client() {
        let member = name("consumer-4-07aefa21-b70f-0378-ca89-b5abc2a96a7b");
        let came = Happened::MemberCame { group: name("shop"), member };
        assert_eq!(sentence(&came, None, Language::En), "consumer-4 is a member of shop");
    }
}
