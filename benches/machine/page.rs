use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use kafkascope::ui::browser::hash;
use kafkascope::ui::browser::now_ms;
use kafkascope::ui::browser::set_root;

static LINES: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Clock(f64);

impl Clock {
    pub(crate) fn now() -> Self {
        Self(now_ms())
    }

    pub(crate) fn seconds(&self) -> f64 {
        (now_ms() - self.0) / 1e3
    }
}

/// What the program's memory has grown to, in MB: it never shrinks.
pub(crate) fn memory_mb() -> u64 {
    (core::arch::wasm32::memory_size(0) as u64 * 65_536) >> 20
}

/// One more attribute `data-line-N` of the page; `tests/browser/bench.mjs` reads them.
pub(crate) fn say(line: &str) {
    set_root(&format!("data-line-{}", LINES.fetch_add(1, Ordering::Relaxed)), line);
}

/// Whether this part is asked for: the page's address names it after its `#`.
pub(crate) fn wanted(part: &str) -> bool {
    hash() == part
}

pub(crate) fn done() {
    set_root("data-done", "");
}
