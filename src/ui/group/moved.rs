//! The assignment before and after: what each member kept, gave up, and got.

use yew::prelude::*;

use super::Draw;
use super::short;
use super::words as w;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::TopicPartition;
use crate::lesson::Language;
use crate::view::MoveRow;
use crate::view::hue_of;

/// Members that have a row: those for whom something changed come first.
const MOST_ROWS: usize = 10;
/// Partitions of a row on each side.
const MOST_CHIPS: usize = 8;

/// How a partition stands in a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    Revoked,
    New,
}

/// The rows of the latest rebalance; before the first, what each member has.
pub(super) fn card(draw: &Draw<'_>) -> Html {
    let language = draw.language;
    let rebalance = draw.view.rebalance.as_ref();
    let rows: Vec<MoveRow> = match rebalance {
        Some(rebalance) => rebalance.rows.clone(),
        None => draw.view.members.iter().map(|member| still(member.node.unwrap_or(0), member)).collect(),
    };
    let says = match rebalance {
        Some(rebalance) if rebalance.to.is_some() => w::BEFORE_AFTER.of(language).to_owned(),
        Some(_) => format!("{} · {}", w::BEFORE_AFTER.of(language), w::RUNS.of(language)),
        None => w::NOW_OWNED.of(language).to_owned(),
    };
    let bare = one_topic(&rows);
    let mut shown: Vec<&MoveRow> = rows.iter().collect();
    if shown.len() > MOST_ROWS {
        shown.arrange_by_key(|row| row.before == row.after);
    }
    let rest = shown.split_off(shown.len().min(MOST_ROWS));
    let partitions: usize = rest.iter().map(|row| row.after.len()).sum();
    html! {
        <section class="g-moved" aria-label={w::ASSIGNMENT.of(language)}>
            <h3>{ w::ASSIGNMENT.of(language) }<span class="quiet">{ says }</span></h3>
            if rows.is_empty() {
                <p class="quiet">{ w::NO_MEMBERS.of(language) }</p>
            }
            <ul>
                for row in shown {
                    { self::row(draw, row, bare, rebalance.is_some()) }
                }
            </ul>
            if !rest.is_empty() {
                <p class="quiet">{ w::MORE_MEMBERS.with(language, &[&rest.len(), &partitions]) }</p>
            }
        </section>
    }
}

/// A member for whom nothing has moved.
fn still(node: i32, member: &crate::view::MemberView) -> MoveRow {
    MoveRow {
        node,
        client: member.client.clone(),
        new: false,
        gone: false,
        before: member.owned.clone(),
        after: member.owned.clone(),
    }
}

/// Whether a number is enough to name a partition.
fn one_topic(rows: &[MoveRow]) -> bool {
    let mut topics = rows.iter().flat_map(|row| row.before.iter().chain(&row.after)).map(|p| &p.topic);
    let first = topics.next();
    topics.all(|topic| Some(topic) == first)
}

fn row(draw: &Draw<'_>, row: &MoveRow, bare: bool, moved: bool) -> Html {
    let language = draw.language;
    let fresh = |p: &TopicPartition| if row.before.contains(p) { Fate::Kept } else { Fate::New };
    let given = |p: &TopicPartition| if row.after.contains(p) { Fate::Kept } else { Fate::Revoked };
    let before = if row.new {
        html! { <span class="quiet">{ w::NEW_MEMBER.of(language) }</span> }
    } else {
        chips(&row.before, bare, given, language)
    };
    let after = if row.gone {
        html! { <span class="bad">{ w::HAS_LEFT.of(language) }</span> }
    } else {
        chips(&row.after, bare, fresh, language)
    };
    let (word, tone) = verdict(row, language);
    html! {
        <li
            class={classes!(row.new.then_some("new"), row.gone.then_some("gone"))}
        >
            <b title={row.client.to_string()}>{ short(&row.client) }</b>
            if moved {
                <span class="g-chips">{ before }</span>
                <i aria-hidden="true">{ "→" }</i>
            }
            <span class="g-chips">{ after }</span>
            if moved {
                <span class={classes!("g-word", tone)}>{ word }</span>
            }
        </li>
    }
}

/// What happened to the member's partitions, in a word.
fn verdict(row: &MoveRow, language: Language) -> (String, &'static str) {
    let revoked = row.before.iter().filter(|p| !row.after.contains(p)).count();
    let new = row.after.iter().filter(|p| !row.before.contains(p)).count();
    match (revoked, new) {
        (0, 0) if row.new => (String::new(), "quiet"),
        (0, 0) => (w::KEPT.of(language).into(), "quiet"),
        (0, 2) if row.after.len() == 2 => (w::BOTH_NEW.of(language).into(), "ok"),
        (0, new) if row.after.len() == new && new > 2 => (w::ALL_NEW.of(language).into(), "ok"),
        (0, new) => (w::N_NEW.with(language, &[&new]), "ok"),
        (revoked, 0) => (w::N_REVOKED.with(language, &[&revoked]), "quiet"),
        (revoked, new) => {
            let parts = [w::N_REVOKED.with(language, &[&revoked]), w::N_NEW.with(language, &[&new])];
            (parts.join(", "), "quiet")
        }
    }
}

/// Partitions in their hue, each with its number; what was given up is dashed, what is new has a rim.
fn chips(
    partitions: &[TopicPartition],
    bare: bool,
    fate: impl Fn(&TopicPartition) -> Fate,
    language: Language,
) -> Html {
    if partitions.is_empty() {
        return html! { <span class="quiet">{ w::NOTHING_OWNED.of(language) }</span> };
    }
    let mut shown: Vec<&TopicPartition> = partitions.iter().collect();
    if shown.len() > MOST_CHIPS {
        // What has moved must not be among those that are left out.
        shown.arrange_by_key(|p| fate(p) == Fate::Kept);
    }
    let rest = shown.split_off(shown.len().min(MOST_CHIPS)).len();
    let chip = |partition: &TopicPartition| {
        let (class, says) = match fate(partition) {
            Fate::Kept => ("kept", None),
            Fate::Revoked => ("revoked", Some(w::REVOKED_P)),
            Fate::New => ("fresh", Some(w::NEW_P)),
        };
        let name = if bare { partition.partition.to_string() } else { partition.to_string() };
        let title = says.map_or_else(|| partition.to_string(), |text| text.with(language, &[partition]));
        html! {
            <span class={classes!("g-chip", class, format!("hue{}", hue_of(partition)))} title={title.clone()}>
                <span aria-hidden="true">{ name }</span>
                <span class="sr">{ title }</span>
            </span>
        }
    };
    html! {
        <>
            for partition in shown {
                { chip(partition) }
            }
            if rest > 0 {
                <span class="quiet">{ format!("+{rest}") }</span>
            }
        </>
    }
}
