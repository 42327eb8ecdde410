//! The teacher's tools: a card a lesson, the vote, the speaker's window, pictures and worksheets on paper, and messages
//! to the page around an embedded one.

mod card;
mod messages;
mod picture;
mod qr;
mod speaker;
mod vote;
pub(super) mod words;
mod worksheet;

pub(super) use card::ClassCard;
pub(super) use messages::Messages;
pub(super) use picture::{save_png, save_svg};
pub use qr::{Props as QrProps, Qr};
pub(super) use vote::Vote;
pub use worksheet::worksheet;
