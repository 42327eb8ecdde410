/// Small texts that the browser keeps for this page. Where the browser forbids it, everything is forgotten and nothing
/// breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Store;

const PREFIX: &str = "kafkascope.";

impl Store {
    fn open() -> Option<web_sys::Storage> {
        web_sys::window()?.local_storage().ok().flatten()
    }

    pub fn get(key: &str) -> Option<String> {
        Self::open()?.get_item(&format!("{PREFIX}{key}")).ok().flatten()
    }

    /// Keeps a text; false when the browser has no room or forbids it.
    pub fn put(key: &str, text: &str) -> bool {
        Self::open().is_some_and(|s| s.set_item(&format!("{PREFIX}{key}"), text).is_ok())
    }

    pub fn remove(key: &str) {
        if let Some(store) = Self::open() {
            let _ = store.remove_item(&format!("{PREFIX}{key}"));
        }
    }
}
