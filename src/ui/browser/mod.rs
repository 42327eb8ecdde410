//! The only code that touches the browser.

mod blobs;
mod canvas;
mod files;
mod frame;
mod listen;
mod page;
mod shell;
mod store;

pub use blobs::{keep_blob, kept_blob};
pub use canvas::{Canvas, Palette};
pub use files::{Picked, read_slice, save_blob, save_file};
pub use frame::{Frames, now_ms};
pub use listen::{Listener, Resizes};
pub use page::{
    Held, address, focus_dialog, focus_on, fonts_ready, on_button, pixel_ratio, reload, scroll_to, typing,
};
pub use page::{copy_text, hash, prefers_chinese, prefers_light, prefers_stillness, set_hash, set_root};
pub use page::{embedded, full_screen, pass_turn, token_values, turn};
pub use shell::Shell;
pub use store::Store;
