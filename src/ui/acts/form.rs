use std::collections::BTreeMap;

use yew::prelude::*;

use super::fields::Field;
use super::fields::Kind;
use super::fields::acts;
use super::fields::fields;
use crate::ui::desk::Dialog;
use crate::ui::desk::FormKind;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::twin::words as t;
use crate::ui::words as w;

#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub kind: FormKind,
}

/// A form for an act that needs more than a click. What is refused stays in the form, with the reason under it.
#[component]
pub fn Form(Props { kind }: &Props) -> Html {
    let desk = use_desk();
    let (language, cluster) = use_pick(|page| (page.taste.language, page.seen.cluster.clone()));
    let (title, list) = {
        let (kind, desk, cluster) = (kind.clone(), desk.clone(), cluster.clone());
        // The form keeps what it began with: the cluster goes on under it.
        (*use_memo(kind, move |kind| desk.engine(|engine| fields(kind, &cluster, engine.world(), language))))
            .clone()
    };
    let in_b = use_pick(|page| page.what_if.is_some());
    let values = use_state(|| {
        list.iter().map(|f| (f.key.to_string(), f.value.clone())).collect::<BTreeMap<String, String>>()
    });
    let problem = use_state(|| None::<String>);
    let submit = {
        let (desk, kind, values, problem) = (desk.clone(), kind.clone(), values.clone(), problem.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            match acts(&kind, &values, language) {
                Ok(acts) => match desk.carry_out(acts) {
                    // The cluster answers as time goes on.
                    Ok(()) if kind.has_answer() => {
                        desk.open(Dialog::Answers);
                        desk.play(true);
                    }
                    Ok(()) => desk.close(),
                    Err(error) => problem.set(Some(error.to_string())),
                },
                Err(sentence) => problem.set(Some(sentence)),
            }
        })
    };
    let cancel = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.close())
    };
    html! {
        <form class="dialog form" role="dialog" aria-modal="true" aria-label={title.clone()} onsubmit={submit} id="form">
            <h2>{ title.clone() }</h2>
            if in_b {
                <p class="warn" id="form-in-b">{ t::IN_B.of(language) }</p>
            }
            for field in &list {
                <label class="field">
                    <span>{ field.label.of(language) }</span>
                    { input(field, &values) }
                </label>
            }
            if let Some(sentence) = &*problem {
                <p class="bad" role="alert">{ sentence }</p>
            }
            <div class="row">
                <span class="grow" />
                <button type="button" class="button" onclick={cancel}>{ w::CLOSE.of(language) }</button>
                <button type="submit" class="button primary">{ w::DO_IT.of(language) }</button>
            </div>
        </form>
    }
}

fn input(field: &Field, values: &UseStateHandle<BTreeMap<String, String>>) -> Html {
    let key = field.key;
    let value = values.get(key).cloned().unwrap_or_default();
    let put = {
        let values = values.clone();
        move |text: String| {
            let mut next = (*values).clone();
            next.insert(key.to_string(), text);
            values.set(next);
        }
    };
    match &field.kind {
        Kind::Text | Kind::Number => {
            let oninput = Callback::from(move |event: InputEvent| {
                if let Some(field) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                    put(field.value());
                }
            });
            let mode = if field.kind == Kind::Number { "numeric" } else { "text" };
            html! { <input name={key} type="text" inputmode={mode} {value} {oninput} autocomplete="off" /> }
        }
        Kind::Choice(options) => {
            let onchange = Callback::from(move |event: Event| {
                if let Some(field) = event.target_dyn_into::<web_sys::HtmlSelectElement>() {
                    put(field.value());
                }
            });
            html! {
                <select name={key} {onchange}>
                    for option in options {
                        <option value={option.clone()} selected={*option == value}>{ option }</option>
                    }
                </select>
            }
        }
    }
}
