//! Groups of consumers under seeded faults: claims after every event that concerns a group, then peace.
//!
//! `CHAOS_SEEDS=10000` runs so many seeds, `CHAOS_SEED=17` one of them. A seed is at least three minutes of a world with
//! three brokers: members join, crash, are paused and cut off; requests and answers come late or are lost with their
//! connection; a coordinator dies and another takes over. Then everything heals, and all must converge.
#![allow(clippy::print_stdout)] // its lines are read by people and counted by `cargo xtask test`

mod claims;
mod run;

use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// Seeds of the test command.
const SEEDS: u64 = 500;

/// What all runs did together.
#[derive(Default)]
struct Sums {
    events: u64,
    faults: u64,
    world_ms: u64,
    fail_overs: u64,
    delivered_twice: u64,
    /// Seeds in which the group that commits first has skipped records.
    caught_skipping: u64,
}

fn main() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let seeds: Vec<u64> = match number("CHAOS_SEED") {
        Some(seed) => vec![seed],
        None => (1..=number("CHAOS_SEEDS").unwrap_or(SEEDS)).collect(),
    };
    let (next, sums, broken) = (AtomicU64::new(0), Mutex::new(Sums::default()), Mutex::new(Vec::new()));
    #[expect(clippy::disallowed_methods, reason = "how fast the runner is belongs to its last line")]
    let began = std::time::Instant::now();
    let work = || {
        while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
            let outcome = std::panic::catch_unwind(|| run::seed(*seed)).unwrap_or_else(|panic| {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                Err(text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panicked").to_owned())
            });
            match outcome {
                Ok(done) => sums.lock().expect("nobody panics with it").add(&done),
                Err(why) => broken.lock().expect("nobody panics with it").push((*seed, why)),
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let (sums, mut broken) =
        (sums.into_inner().expect("all are done"), broken.into_inner().expect("all are done"));
    broken.sort();
    for (seed, why) in broken.iter().take(5) {
        println!(
            "FAILED seed {seed}: {why}\n  again: CHAOS_SEED={seed} cargo test --profile sim --test chaos"
        );
    }
    let seconds = began.elapsed().as_secs_f64();
    let minutes = sums.world_ms as f64 / 60_000.0;
    println!(
        "chaos of groups: {} seeds, {} events, {} faults, {} fail-overs, {} records delivered twice, {} seeds in which \
         committing first skipped records; {minutes:.0} world-minutes, {:.1} of them a second",
        seeds.len(),
        sums.events,
        sums.faults,
        sums.fail_overs,
        sums.delivered_twice,
        sums.caught_skipping,
        minutes / seconds,
    );
    let mut failed = broken.len();
    if seeds.len() >= 100 && sums.caught_skipping == 0 {
        println!("FAILED: the group that commits before the work was never caught skipping");
        failed += 1;
    }
    println!(
        "test result: {}. {} passed; {failed} failed; 0 ignored",
        if failed == 0 { "ok" } else { "FAILED" },
        seeds.len() - broken.len()
    );
    std::process::exit(i32::from(failed > 0));
}

impl Sums {
    fn add(&mut self, done: &Self) {
        self.events += done.events;
        self.faults += done.faults;
        self.world_ms += done.world_ms;
        self.fail_overs += done.fail_overs;
        self.delivered_twice += done.delivered_twice;
        self.caught_skipping += done.caught_skipping;
    }
}
