use yew::prelude::*;

use crate::ui::desk::Dialog;
use crate::ui::desk::FormKind;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::words as w;
use crate::view::ToolLine;

/// Runs of the tool that are shown.
const MOST: usize = 6;

/// What the admin asked about groups, and what `kafka-consumer-groups.sh` prints for it.
#[component]
pub fn Answers() -> Html {
    let desk = use_desk();
    let (language, playing, _) =
        use_pick(|page| (page.taste.language, page.clock.playing, page.seen.cluster.clone()));
    let lines = desk.engine(|engine| ToolLine::latest(engine.world(), MOST));
    let waits = lines.iter().any(|line| line.at.is_none());
    let open = |dialog: Dialog| {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.open(dialog.clone()))
    };
    let group = desk.groups().first().map(|line| line.name.to_string());
    let play = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.play(true))
    };
    let close = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.close())
    };
    html! {
        <section class="dialog answers" role="dialog" aria-modal="true" aria-label={w::ANSWERS.of(language)} id="answers-dialog">
            <h2>{ w::ANSWERS.of(language) }</h2>
            if lines.is_empty() {
                <p class="quiet">{ w::NO_ANSWERS.of(language) }</p>
            }
            if waits && !playing {
                <p class="row">
                    { w::ANSWER_WAITS.of(language) }
                    <button class="button primary" onclick={play}>{ w::PLAY.of(language) }</button>
                </p>
            }
            <ol class="tool" aria-live="polite">
                for line in &lines {
                    <li>
                        <p class="mono">
                            { format!("$ kafka-consumer-groups.sh {}", line.command) }
                            if let Some(at) = line.at {
                                <time class="quiet">{ at.to_string() }</time>
                            } else {
                                <span class="quiet">{ "…" }</span>
                            }
                        </p>
                        if !line.said.is_empty() {
                            <pre class={line.failed.then_some("bad")} tabindex="0">{ line.said.trim_matches('\n') }</pre>
                        }
                    </li>
                }
            </ol>
            <div class="row">
                <button class="button" onclick={open(Dialog::Form(FormKind::ListGroups))}>{ w::LIST_GROUPS.of(language) }</button>
                if let Some(group) = group {
                    <button class="button" onclick={open(Dialog::Form(FormKind::DescribeGroup(group)))}>{ w::DESCRIBE_GROUP.of(language) }</button>
                }
                <span class="grow" />
                <button class="button" onclick={close}>{ w::CLOSE.of(language) }</button>
            </div>
        </section>
    }
}
