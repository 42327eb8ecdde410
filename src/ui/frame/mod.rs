//! The frame around the stage: bars, panels, dialogs.

mod dialogs;
mod fidelity;
mod help;
mod lanes;
mod left;
mod notice;
mod palette;
mod room;
mod share;
mod sheets;
mod top;
mod transport;

pub use dialogs::Dialogs;
pub use left::LeftPanel;
pub use notice::NoticeLine;
pub use sheets::SheetTabs;
pub use top::TopBar;
pub use transport::Transport;
