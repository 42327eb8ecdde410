use yew::prelude::*;

use super::fidelity::FidelityPage;
use super::help::Help;
use super::palette::Palette;
use super::room::HistoryRoom;
use super::share::Share;
use crate::ui::acts::Answers;
use crate::ui::acts::DataDrop;
use crate::ui::acts::FaultMenu;
use crate::ui::acts::Form;
use crate::ui::class::ClassCard;
use crate::ui::class::Vote;
use crate::ui::configs::Configs;
use crate::ui::desk::Dialog;
use crate::ui::log::OpenFiles;
use crate::ui::twin::WhatIfDialog;

#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub dialog: Dialog,
}

/// The dialog that is open.
#[component]
pub fn Dialogs(Props { dialog }: &Props) -> Html {
    match dialog {
        Dialog::Palette => html! { <Palette /> },
        Dialog::Share => html! { <Share /> },
        Dialog::Help => html! { <Help /> },
        Dialog::Fidelity => html! { <FidelityPage /> },
        Dialog::Data => html! { <DataDrop /> },
        Dialog::Configs => html! { <Configs /> },
        Dialog::Files => html! { <OpenFiles /> },
        Dialog::Faults => html! { <FaultMenu /> },
        Dialog::WhatIf => html! { <WhatIfDialog /> },
        Dialog::Class => html! { <ClassCard /> },
        Dialog::Vote => html! { <Vote /> },
        Dialog::Room => html! { <HistoryRoom /> },
        Dialog::Answers => html! { <Answers /> },
        Dialog::Form(kind) => html! { <Form kind={kind.clone()} /> },
    }
}
