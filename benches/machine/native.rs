use std::time::Instant;

pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn now() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// What the process holds, in MB.
pub(crate) fn memory_mb() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    (pages * 4096) >> 20
}

pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// Whether this part is asked for: all are, unless an argument names one.
pub(crate) fn wanted(part: &str) -> bool {
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    named.is_empty() || named.iter().any(|name| name == part)
}

pub(crate) fn done() {}
