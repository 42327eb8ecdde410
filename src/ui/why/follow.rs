use yew::prelude::*;

use super::words as w;
use crate::kafka::base::Duration;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::lesson::Language;
use crate::lesson::Text;
use crate::ui::desk::Desk;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::words as common;
use crate::view::LifeStage;
use crate::view::StageKind;
use crate::view::hue_of;

#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub partition: TopicPartition,
    pub offset: Offset,
    pub language: Language,
}

/// Follows a record, or stops.
#[component]
pub fn FollowButton(Props { partition, offset, language }: &Props) -> Html {
    let desk = use_desk();
    let followed = use_pick(|page| page.followed.clone());
    let this = Some((partition.clone(), *offset));
    let on = followed == this;
    let onclick = Callback::from(move |_: MouseEvent| desk.follow(if on { None } else { this.clone() }));
    html! {
        <button class="button" id="follow" aria-pressed={on.to_string()} {onclick}>
            { if on { w::UNFOLLOW } else { w::FOLLOW }.of(*language) }
        </button>
    }
}

/// The life of the record that is followed, stage by stage.
#[component]
pub fn LifeStrip() -> Html {
    let desk = use_desk();
    let (language, followed) = use_pick(|page| (page.taste.language, page.followed.clone()));
    // Looked at anew whenever the timeline is.
    let _ = use_pick(|page| (page.seen.timeline.clone(), page.seen.cluster.now));
    let Some((partition, offset)) = followed else { return Html::default() };
    let stages = desk.life();
    let now = desk.engine(|engine| engine.world().now());
    let stop = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.follow(None))
    };
    html! {
        <section class={classes!("life", format!("hue{}", hue_of(&partition)))} id="life" aria-label={w::LIFE_OF.with(language, &[&partition, &offset])}>
            <header>
                <span class="swatch" />
                <strong>{ w::LIFE_OF.with(language, &[&partition, &offset]) }</strong>
                <button class="chip" onclick={stop}>{ w::UNFOLLOW.of(language) }</button>
            </header>
            <ol tabindex="0">
                for stage in &stages {
                    { line(&desk, stage, stage.at > now, language) }
                }
            </ol>
            if stages.is_empty() {
                <p class="quiet">{ w::NOT_YET.of(language) }</p>
            }
        </section>
    }
}

fn line(desk: &Desk, stage: &LifeStage, later: bool, language: Language) -> Html {
    let (go, at, entry) = (desk.clone(), stage.at, stage.entry);
    let onclick = Callback::from(move |_: MouseEvent| match entry {
        Some(entry) => go.seek_entry(entry),
        None => go.seek(at),
    });
    let bad = matches!(stage.kind, StageKind::Cut | StageKind::Deleted);
    let key = format!("{:?}-{}-{}", stage.kind, stage.node, stage.at.0);
    html! {
        <li {key}>
            <button {onclick} class={classes!(later.then_some("later"), bad.then_some("bad"))} title={later.then(|| w::LATER.of(language))}>
                <span>{ name(stage.kind).of(language) }</span>
                <span class="quiet">{ common::node_name(stage.node, language) }</span>
                <span class="mono">{ stage.took.map_or_else(|| stage.at.to_string(), plus) }</span>
            </button>
        </li>
    }
}

const fn name(kind: StageKind) -> Text {
    match kind {
        StageKind::Sent => w::SENT,
        StageKind::Drained => w::DRAINED,
        StageKind::Appended => w::APPENDED,
        StageKind::Replicated => w::REPLICATED,
        StageKind::Committed => w::COMMITTED,
        StageKind::Acked => w::ACKED,
        StageKind::Delivered => w::DELIVERED,
        StageKind::Cut => w::CUT,
        StageKind::Deleted => w::DELETED,
    }
}

/// `+2.41 ms`.
fn plus(span: Duration) -> String {
    let micros = span.as_micros();
    format!("+{}.{:02} ms", micros / 1000, micros % 1000 / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_says_its_share_in_milliseconds() {
        assert_eq!(plus(Duration::from_micros(2_413)), "+2.41 ms");
        assert_eq!(plus(Duration::from_micros(59)), "+0.05 ms");
    }
}
