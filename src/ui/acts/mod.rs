//! Everything a person can do to the world, from the page.

mod answers;
mod clients;
mod command;
mod data;
mod faults;
mod fields;
mod form;
mod groups;
mod preview;

pub use answers::Answers;
pub use command::{Command, What, asking, bookmarks, changes, commands, commands_for};
pub use data::DataDrop;
pub use faults::FaultMenu;
pub(super) use faults::buttons;
pub use form::Form;
pub use groups::{group_commands, rolling_restart};
