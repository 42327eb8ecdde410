//! Every config of everything that has some: searchable, with what it is, what it did, and a way to set it.

mod edit;
mod words;

use yew::prelude::*;

use crate::kafka::base::config::ConfigSource;
use crate::kafka::base::config::Update;
use crate::kafka::base::config::Valid;
use crate::lab::Act;
use crate::lesson::Language;
use crate::lesson::Text;
use crate::lesson::client_config;
use crate::lesson::server_config;
use crate::ui::browser::focus_on;
use crate::ui::desk::Desk;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::dotted::dotted;
use crate::ui::stage::Thing;
use crate::ui::words as common;
use crate::view::ConfigLine;
use crate::view::ConfigOwner;
use crate::view::Effect;
use crate::view::Tally;
use crate::view::effect;

use edit::Edit;
use words as w;

/// The dialog: whose configs, which of them, and one that is open.
#[component]
pub fn Configs() -> Html {
    let desk = use_desk();
    let (language, _) = use_pick(|page| (page.taste.language, page.seen.cluster.clone()));
    let chosen = use_state(|| None::<ConfigOwner>);
    let typed = use_state(String::new);
    let changed = use_state(|| false);
    let open = use_state(|| None::<&'static str>);
    let tally = use_mut_ref(Tally::default);
    use_effect_with((), |()| focus_on("config-search"));
    let owners = desk.engine(|engine| ConfigOwner::all(engine.world()));
    let first = || desk.read(|page| page.selected.as_ref().and_then(owner_of));
    let owner = (*chosen)
        .clone()
        .or_else(first)
        .filter(|owner| owners.contains(owner))
        .or_else(|| owners.first().cloned());
    let Some(owner) = owner else { return Html::default() };
    let lines = desk.engine(|engine| owner.configs(engine.world()));
    let found: Vec<&ConfigLine> = lines
        .iter()
        .filter(|line| (!*changed || line.is_changed()) && matches(line, &typed, &owner, language))
        .collect();
    desk.engine(|engine| {
        tally.borrow_mut().follow(&owner, engine.branch(), engine.journal(), engine.world());
    });
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                typed.set(field.value());
            }
        })
    };
    let only = {
        let changed = changed.clone();
        Callback::from(move |_: Event| changed.set(!*changed))
    };
    let close = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.close())
    };
    html! {
        <section class="dialog wide configs" role="dialog" aria-modal="true" aria-label={w::TITLE.of(language)} id="configs">
            <h2>{ w::TITLE.of(language) }</h2>
            <div class="row config-tools">
                { owner_choice(&owners, &owner, &chosen, language) }
                <input id="config-search" type="text" class="input" autocomplete="off" {oninput}
                    placeholder={w::SEARCH.of(language)} aria-label={w::SEARCH.of(language)} />
                <label class="row">
                    <input type="checkbox" id="config-changed" checked={*changed} onchange={only} />
                    { w::ONLY_CHANGED.of(language) }
                </label>
                <span class="quiet" role="status">{ w::FOUND_N.with(language, &[&found.len(), &lines.len()]) }</span>
            </div>
            <div class="config-list" tabindex="0">
                <table class="records">
                    <thead>
                        <tr>
                            <th>{ w::NAME.of(language) }</th>
                            <th>{ w::NOW.of(language) }</th>
                            <th>{ w::DEFAULT.of(language) }</th>
                            <th>{ w::TYPE.of(language) }</th>
                        </tr>
                    </thead>
                    <tbody>
                        for line in found {
                            { row(line, *open == Some(line.name), &open, language) }
                            if *open == Some(line.name) {
                                <tr class="config-open"><td colspan="4">{ detail(&desk, &owner, line, &tally.borrow(), language) }</td></tr>
                            }
                        }
                    </tbody>
                </table>
            </div>
            <div class="row"><span class="grow" /><button class="button" onclick={close}>{ common::CLOSE.of(language) }</button></div>
        </section>
    }
}

/// Whose configs a selected thing stands for.
fn owner_of(thing: &Thing) -> Option<ConfigOwner> {
    Some(match thing {
        Thing::Broker(id) => ConfigOwner::Broker(*id),
        Thing::Producer(id) => ConfigOwner::Producer(*id),
        Thing::Consumer(id) => ConfigOwner::Consumer(*id),
        other => ConfigOwner::Topic(other.partition()?.topic.clone()),
    })
}

fn owner_name(owner: &ConfigOwner, language: Language) -> String {
    match owner {
        ConfigOwner::Topic(topic) => w::TOPIC_N.with(language, &[topic]),
        ConfigOwner::Broker(id) | ConfigOwner::Producer(id) | ConfigOwner::Consumer(id) => {
            common::node_name(*id, language)
        }
    }
}

fn owner_choice(
    owners: &[ConfigOwner],
    owner: &ConfigOwner,
    chosen: &UseStateHandle<Option<ConfigOwner>>,
    language: Language,
) -> Html {
    let onchange = {
        let (chosen, owners) = (chosen.clone(), owners.to_vec());
        Callback::from(move |event: Event| {
            let Some(select) = event.target_dyn_into::<web_sys::HtmlSelectElement>() else { return };
            chosen.set(select.value().parse::<usize>().ok().and_then(|at| owners.get(at).cloned()));
        })
    };
    html! {
        <label>
            <span class="sr">{ w::WHOSE.of(language) }</span>
            <select id="config-owner" {onchange}>
                for (at, one) in owners.iter().enumerate() {
                    <option value={at.to_string()} selected={one == owner}>{ owner_name(one, language) }</option>
                }
            </select>
        </label>
    }
}

/// What a config does.
fn doc(owner: &ConfigOwner, name: &str) -> Option<Text> {
    match owner {
        ConfigOwner::Topic(_) | ConfigOwner::Broker(_) => server_config(name),
        ConfigOwner::Producer(_) | ConfigOwner::Consumer(_) => client_config(name),
    }
}

/// Whether all words that were typed occur in its name, its value or what it does.
fn matches(line: &ConfigLine, typed: &str, owner: &ConfigOwner, language: Language) -> bool {
    let says = doc(owner, line.name).map_or("", |text| text.of(language));
    let text =
        format!("{} {} {says}", line.name, line.value.as_deref().unwrap_or("null")).to_ascii_lowercase();
    typed.to_ascii_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// A value as the table shows it.
fn shown(value: Option<&str>, language: Language) -> String {
    match value {
        None => w::NULL.of(language).to_owned(),
        Some("") => w::EMPTY.of(language).to_owned(),
        Some("9223372036854775807") => w::MAX_LONG.of(language).to_owned(),
        Some(value) => value.to_owned(),
    }
}

fn row(
    line: &ConfigLine,
    is_open: bool,
    open: &UseStateHandle<Option<&'static str>>,
    language: Language,
) -> Html {
    let onclick = {
        let (open, name) = (open.clone(), line.name);
        Callback::from(move |_: MouseEvent| open.set((!is_open).then_some(name)))
    };
    html! {
        <tr key={line.name} class={classes!(is_open.then_some("chosen"))}>
            <td>
                <button class="link mono" id={format!("config-{}", line.name)} aria-expanded={is_open.to_string()} {onclick}>
                    { dotted(line.name) }
                </button>
                if !line.honoured {
                    <span class="quiet">{ " " }{ w::STORED_ONLY.of(language) }</span>
                }
            </td>
            <td class={classes!("mono", line.is_changed().then_some("warn"))}>{ shown(line.value.as_deref(), language) }</td>
            <td class="mono quiet">{ shown(line.default, language) }</td>
            <td class="mono quiet">{ line.kind }</td>
        </tr>
    }
}

fn detail(desk: &Desk, owner: &ConfigOwner, line: &ConfigLine, tally: &Tally, language: Language) -> Html {
    let mut facts = vec![range(line.valid, language), source(line, language), update(line, language)];
    facts.extend(line.other_default.map(|(profile, value)| {
        w::OTHER_DEFAULT.with(language, &[&profile.name(), &shown(Some(value), language)])
    }));
    let (did, acts) = desk.engine(|engine| {
        let did = effect(engine.world(), owner, line, tally);
        let now = engine.world().now();
        let acts: Vec<String> = engine
            .acts()
            .filter(|recorded| recorded.at <= now)
            .filter_map(|recorded| Some((recorded.at, set_by(&recorded.act, owner, line.name)?)))
            .map(|(at, value)| w::SET_AT.with(language, &[&at, &shown(value.as_deref(), language)]))
            .collect();
        (did, acts)
    });
    html! {
        <div class="config-detail" id="config-detail">
            if let Some(text) = doc(owner, line.name) {
                <p>{ text.of(language) }</p>
            }
            <p class="quiet">{ facts.into_iter().filter(|fact| !fact.is_empty()).collect::<Vec<_>>().join(" · ") }</p>
            if let Some(did) = did {
                <p id="config-effect">{ w::IN_THIS_RUN.of(language) }{ " " }{ effect_line(did, language) }</p>
            }
            if !acts.is_empty() {
                <ul class="lines" id="config-acts">
                    for line in acts {
                        <li>{ line }</li>
                    }
                </ul>
            }
            <Edit key={format!("{owner:?}{}", line.name)} owner={owner.clone()} line={line.clone()} {language} />
        </div>
    }
}

/// The value that an act gives to a config of an owner: `Some(None)` = back to the default.
fn set_by(act: &Act, owner: &ConfigOwner, name: &str) -> Option<Option<String>> {
    match (act, owner) {
        (Act::SetTopicConfig { topic, config, value }, ConfigOwner::Topic(mine))
            if topic == mine && config == name =>
        {
            Some(value.clone())
        }
        (Act::CreateTopic { name: topic, configs, .. }, ConfigOwner::Topic(mine)) if topic == mine => {
            configs.get(name).cloned().map(Some)
        }
        (Act::SetBrokerConfig { broker, config, value }, ConfigOwner::Broker(mine))
            if broker.0 == *mine && config == name =>
        {
            Some(value.clone())
        }
        (
            Act::SetClientConfig { node, config, value },
            ConfigOwner::Producer(mine) | ConfigOwner::Consumer(mine),
        ) if node.0 == *mine && config == name => Some(value.clone()),
        _ => None,
    }
}

fn range(valid: Valid, language: Language) -> String {
    match valid {
        Valid::Any | Valid::AtLeast(i64::MIN) => String::new(),
        Valid::AtLeast(min) => w::AT_LEAST.with(language, &[&min]),
        Valid::Between(min, max) => w::BETWEEN.with(language, &[&min, &max]),
        Valid::BetweenOr(min, max, other) => format!("{}, {other}", w::BETWEEN.with(language, &[&min, &max])),
        Valid::OneOf(words) => w::ONE_OF.with(language, &[&words.join(", ")]),
    }
}

fn source(line: &ConfigLine, language: Language) -> String {
    let place = match line.source {
        ConfigSource::Topic => w::FROM_TOPIC,
        ConfigSource::DynamicBroker => w::FROM_BROKER,
        ConfigSource::DynamicDefaultBroker => w::FROM_ALL_BROKERS,
        ConfigSource::StaticBroker if line.update.is_none() => w::FROM_CLIENT,
        ConfigSource::StaticBroker => w::FROM_FILE,
        ConfigSource::Default => w::FROM_DEFAULT,
    };
    match line.from {
        Some(from) => format!("{}: {from}", place.of(language)),
        None => place.of(language).to_owned(),
    }
}

fn update(line: &ConfigLine, language: Language) -> String {
    match line.update {
        None => w::CLIENT_RESTARTS,
        Some(Update::ReadOnly) => w::READ_ONLY,
        Some(Update::PerBroker) => w::PER_BROKER,
        Some(Update::ClusterWide) => w::DYNAMIC,
    }
    .of(language)
    .to_owned()
}

fn effect_line(effect: Effect, language: Language) -> String {
    let count = |text: Text, n: u64| text.with(language, &[&common::count(n)]);
    match effect {
        Effect::Rolled(n) => count(w::DID_ROLL, n),
        Effect::Deleted(n) => count(w::DID_DELETE, n),
        Effect::Waiting(n) => count(w::DID_WAIT, n),
        Effect::Below(n) => count(w::DID_BELOW, n),
        Effect::Batches { batches, records } => {
            w::DID_BATCH.with(language, &[&common::count(batches), &common::count(records)])
        }
        Effect::Retried(n) => count(w::DID_RETRY, n),
        Effect::GivenUp(n) => count(w::DID_GIVE_UP, n),
        Effect::Shrunk(n) => count(w::DID_SHRINK, n),
        Effect::Fenced(n) => count(w::DID_FENCE, n),
    }
}
