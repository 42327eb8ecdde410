use yew::prelude::*;

use super::shown;
use super::words as w;
use crate::kafka::base::NodeId;
use crate::kafka::base::config::Valid;
use crate::lab::Act;
use crate::lesson::Language;
use crate::ui::desk::use_desk;
use crate::view::ConfigLine;
use crate::view::ConfigOwner;

#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    pub owner: ConfigOwner,
    pub line: ConfigLine,
    pub language: Language,
}

/// Sets a config, or takes it back to its default. What is refused stays in the field, with Kafka's error under it.
#[component]
pub(super) fn Edit(Props { owner, line, language }: &Props) -> Html {
    let desk = use_desk();
    let language = *language;
    let value = use_state(|| line.value.clone().unwrap_or_default());
    let said = use_state(|| None::<Result<(), String>>);
    let send = {
        let (desk, owner, name, said) = (desk.clone(), owner.clone(), line.name, said.clone());
        move |value: Option<String>| {
            let result = desk.try_act(act(&owner, name, value)).map_err(|error| error.to_string());
            said.set(Some(result));
        }
    };
    let submit = {
        let (send, value) = (send.clone(), value.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            send(Some((*value).clone()));
        })
    };
    let back = Callback::from(move |_: MouseEvent| send(None));
    let answer = desk.engine(|engine| owner.last_answer(engine.world(), line.name));
    html! {
        <form class="row config-edit" id="config-edit" onsubmit={submit}>
            { field(line, &value, language) }
            <button type="submit" class="button primary">{ w::SET.of(language) }</button>
            <button type="button" class="button" id="config-default" onclick={back}>
                { w::BACK_TO.with(language, &[&shown(line.default, language)]) }
            </button>
            if let Some(Err(sentence)) = &*said {
                <p class="bad" role="alert">{ sentence }</p>
            } else if let Some(Err(sentence)) = &answer {
                <p class="bad" role="alert">{ w::ANSWERED.of(language) }{ " " }{ sentence }</p>
            } else if said.is_some() && answer.is_none() && line.update.is_some() {
                <p class="quiet" role="status">{ w::ASKED.of(language) }</p>
            } else if said.is_some() {
                <p class="ok" role="status">{ w::TAKEN.of(language) }</p>
            }
        </form>
    }
}

fn act(owner: &ConfigOwner, name: &str, value: Option<String>) -> Act {
    let config = name.to_owned();
    match owner {
        ConfigOwner::Topic(topic) => Act::SetTopicConfig { topic: topic.clone(), config, value },
        ConfigOwner::Broker(id) => Act::SetBrokerConfig { broker: NodeId(*id), config, value },
        ConfigOwner::Producer(id) | ConfigOwner::Consumer(id) => {
            Act::SetClientConfig { node: NodeId(*id), config, value }
        }
    }
}

fn field(line: &ConfigLine, value: &UseStateHandle<String>, language: Language) -> Html {
    let label = w::NEW_VALUE.with(language, &[&line.name]);
    let words: Option<Vec<&str>> = match line.valid {
        Valid::OneOf(words) if line.kind != "list" => Some(words.to_vec()),
        _ if line.kind == "boolean" => Some(vec!["true", "false"]),
        _ => None,
    };
    if let Some(words) = words {
        let onchange = {
            let value = value.clone();
            Callback::from(move |event: Event| {
                if let Some(select) = event.target_dyn_into::<web_sys::HtmlSelectElement>() {
                    value.set(select.value());
                }
            })
        };
        return html! {
            <select name="value" aria-label={label} {onchange}>
                for word in words {
                    <option value={word} selected={word == **value}>{ word }</option>
                }
            </select>
        };
    }
    let oninput = {
        let value = value.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                value.set(input.value());
            }
        })
    };
    html! { <input name="value" type="text" class="input" autocomplete="off" aria-label={label} value={(**value).clone()} {oninput} /> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::name;

    #[test]
    fn each_owner_has_its_own_act() {
        let topic = act(&ConfigOwner::Topic(name("orders")), "retention.ms", None);
        assert!(matches!(topic, Act::SetTopicConfig { value: None, .. }), "{topic:?}");
        let client = act(&ConfigOwner::Producer(10_001), "linger.ms", Some("5".into()));
        assert!(matches!(client, Act::SetClientConfig { node: NodeId(10_001), .. }), "{client:?}");
    }
}
