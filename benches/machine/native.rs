use std::time::Instant;

/// The time that this program has had on a core, so that what else runs on the machine counts little; where the system
/// does not tell it, the time of day.
pub(crate) struct Clock {
    began: Instant,
    had: Option<u64>,
}

impl Clock {
    pub(crate) fn now() -> Self {
        Self { began: Instant::now(), had: nanoseconds_on_a_core() }
    }

    pub(crate) fn seconds(&self) -> f64 {
        match (self.had, nanoseconds_on_a_core()) {
            (Some(before), Some(now)) => (now - before) as f64 / 1e9,
            _ => self.began.elapsed().as_secs_f64(),
        }
    }
}

/// Linux counts it for each thread; this program has one.
fn nanoseconds_on_a_core() -> Option<u64> {
    std::fs::read_to_string("/proc/self/schedstat").ok()?.split(' ').next()?.parse().ok()
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
