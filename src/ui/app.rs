use yew::prelude::*;

use super::browser::Held;
use super::browser::focus_dialog;
use super::class::Messages;
use super::class::words::BLANK;
use super::desk::Desk;
use super::desk::Dialog;
use super::desk::Screen;
use super::desk::Sheet;
use super::desk::use_desk;
use super::desk::use_pick;
use super::frame::Dialogs;
use super::frame::LeftPanel;
use super::frame::NoticeLine;
use super::frame::SheetTabs;
use super::frame::TopBar;
use super::frame::Transport;
use super::group::GroupPanel;
use super::group::GroupScreen;
use super::home::HomeScreen;
use super::inspector::Inspector;
use super::lesson::Hidden;
use super::log::LogScreen;
use super::producer::ProducerPanel;
use super::producer::ProducerScreen;
use super::stage_view::StageView;
use super::twin::TwinPanel;
use super::twin::TwinStages;
use super::why::LifeStrip;
use super::words as w;

#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub desk: Desk,
}

/// The whole page.
#[component]
pub fn App(Props { desk }: &Props) -> Html {
    html! {
        <ContextProvider<Desk> context={desk.clone()}>
            <Frame />
        </ContextProvider<Desk>>
    }
}

/// Bars, panels and the middle.
#[component]
fn Frame() -> Html {
    let (taste, screen, dialog, veiled) =
        use_pick(|page| (page.taste.clone(), page.screen, page.dialog.clone(), page.is_veiled()));
    // The producer's and the group's picture need the width; a lesson's text stays beside it.
    let learns = use_pick(|page| page.course.is_some() || page.ask.is_some());
    let language = taste.language;
    let blank = use_pick(|page| page.blank);
    let desk = use_desk();
    let light_again = Callback::from(move |_: MouseEvent| desk.change(|page| page.blank = false));
    let twin = use_pick(|page| page.seen.twin.is_some() && page.course.is_none() && page.ask.is_none());
    let home = screen == Screen::Home;
    let classes = classes!(
        "page",
        taste.embed.then_some("embed"),
        taste.presents().then_some("present"),
        home.then_some("at-home"),
        (!taste.left || matches!(screen, Screen::Producer | Screen::Group) && !learns && !twin)
            .then_some("no-left"),
        (!taste.right || screen == Screen::Log || screen == Screen::Cluster && twin).then_some("no-right"),
        match taste.sheet {
            Some(Sheet::Left) => Some("sheet-left"),
            Some(Sheet::Right) => Some("sheet-right"),
            None => None,
        }
    );
    html! {
        <div class={classes} lang={language.tag()}>
            <TopBar />
            if !home {
                <aside class="left" aria-label={w::LEFT_PANEL.of(language)}>
                    if twin { <TwinPanel /> } else { <LeftPanel /> }
                </aside>
            }
            <main class={classes!("middle", veiled.then_some("veiled"))}>
                { match screen {
                    Screen::Cluster if twin => html! { <TwinStages /> },
                    Screen::Cluster => html! { <StageView /> },
                    Screen::Log => html! { <LogScreen /> },
                    Screen::Home => html! { <HomeScreen /> },
                    Screen::Producer => html! { <ProducerScreen /> },
                    Screen::Group => html! { <GroupScreen /> },
                } }
                if veiled {
                    <Hidden />
                }
                <LifeStrip />
                <NoticeLine />
            </main>
            if screen == Screen::Cluster && !twin {
                <aside class={classes!("right", veiled.then_some("veiled"))} aria-label={w::RIGHT_PANEL.of(language)}><Inspector /></aside>
            }
            if screen == Screen::Producer {
                <aside class={classes!("right", veiled.then_some("veiled"))} aria-label={w::WHY_PANEL.of(language)}><ProducerPanel /></aside>
            }
            if screen == Screen::Group {
                <aside class={classes!("right", veiled.then_some("veiled"))} aria-label={w::GROUP_PANEL.of(language)}><GroupPanel /></aside>
            }
            if !home {
                <SheetTabs />
                <Transport />
            }
            if let Some(dialog) = dialog {
                <Veil dialog={dialog.clone()}><Dialogs {dialog} /></Veil>
            }
            if taste.embed {
                <Messages />
            }
            if blank {
                <button class="blank" onclick={light_again}><span class="sr">{ BLANK.of(language) }</span></button>
            }
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct VeilProps {
    dialog: Dialog,
    children: Children,
}

/// What keeps the rest of the page out of reach while a dialog is open, and has the focus until it is closed.
#[component]
fn Veil(VeilProps { dialog, children }: &VeilProps) -> Html {
    let desk = use_desk();
    let veil = use_node_ref();
    {
        let veil = veil.clone();
        use_effect_with((), move |()| {
            let held = veil.cast::<web_sys::Element>().map(Held::new);
            move || drop(held)
        });
    }
    {
        let veil = veil.clone();
        use_effect_with(dialog.clone(), move |_| {
            if let Some(veil) = veil.cast::<web_sys::Element>() {
                focus_dialog(&veil);
            }
        });
    }
    let close = Callback::from(move |event: MouseEvent| {
        // Only a click on the veil itself, not on the dialog.
        if event.target() == event.current_target() {
            desk.close();
        }
    });
    html! { <div class="veil" ref={veil} onclick={close}>{ children.clone() }</div> }
}

/// Opens a dialog when clicked.
pub(super) fn opens(desk: &Desk, dialog: Dialog) -> Callback<MouseEvent> {
    let desk = desk.clone();
    Callback::from(move |_| desk.open(dialog.clone()))
}
