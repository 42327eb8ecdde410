//! Runs worlds in a terminal: everything that a link can show can be checked here.

use std::process::ExitCode;

use kafkascope::kafka::base::Duration;
use kafkascope::kafka::base::Instant;
use kafkascope::lab::MEMORY_MAX;
use kafkascope::lab::Recording;
use kafkascope::lab::Timeline;
use kafkascope::lab::transcript;

const USAGE: &str = "\
kafkascope run WORLD [--for 10s] [--print journal|state|digest|metrics]

WORLD is a share link or a world file. It runs to the recorded moment, and with --for so much simulated time after it
(10s, 250ms). Without --print it prints whether the digest agrees with the recorded one.
";

/// What is printed about the world.
#[derive(Clone, Copy, PartialEq)]
enum Print {
    Verdict,
    Journal,
    State,
    Digest,
    Metrics,
}

struct Order {
    world: String,
    more: Duration,
    print: Print,
}

fn main() -> ExitCode {
    let result = parse(std::env::args().skip(1)).and_then(|order| run(&order));
    match result {
        Ok(text) => {
            emit(&text);
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            eprintln!("error: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Prints, and does not mind when nobody reads to the end (`| head`).
fn emit(text: &str) {
    use std::io::Write;
    _ = std::io::stdout().write_all(text.as_bytes());
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Order, String> {
    match args.next().as_deref() {
        Some("run") => {}
        Some(other) => return Err(format!("there is no command {other:?}\n\n{USAGE}")),
        None => return Err(format!("a command is missing\n\n{USAGE}")),
    }
    let mut order = Order { world: String::new(), more: Duration::ZERO, print: Print::Verdict };
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value\n\n{USAGE}"));
        match arg.as_str() {
            "--for" => order.more = parse_span(&value()?)?,
            "--print" => {
                order.print = match value()?.as_str() {
                    "journal" => Print::Journal,
                    "state" => Print::State,
                    "digest" => Print::Digest,
                    "metrics" => Print::Metrics,
                    other => {
                        return Err(format!(
                            "{other:?} cannot be printed: journal, state, digest or metrics"
                        ));
                    }
                }
            }
            flag if flag.starts_with("--") => return Err(format!("there is no option {flag}\n\n{USAGE}")),
            _ if order.world.is_empty() => order.world = arg,
            _ => return Err(format!("one world at a time: {arg:?} is too much\n\n{USAGE}")),
        }
    }
    if order.world.is_empty() {
        return Err(format!("a link or the name of a world file is missing\n\n{USAGE}"));
    }
    Ok(order)
}

/// `10s`, `250ms`, `3m`.
fn parse_span(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        _ => 0,
    };
    match number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)) {
        Some(micros) if factor > 0 => Ok(Duration::from_micros(micros)),
        _ => Err(format!("{text:?} is not a span of time: write 10s, 250ms or 3m")),
    }
}

fn run(order: &Order) -> Result<String, String> {
    let recording = read(&order.world)?;
    let mut timeline = Timeline::open(&recording);
    // Only a whole journal needs the whole past.
    timeline.let_history_go(!matches!(order.print, Print::Journal));
    go_to(&mut timeline, recording.moment)?;
    let agrees = recording.agrees(|| timeline.digest());
    if !recording.is_of_this_engine() {
        let verdict = if agrees { "its digest still agrees" } else { "its digest does not agree" };
        eprintln!("notice: this world was recorded by engine {}: {verdict}", recording.engine);
    } else if !agrees {
        let recorded = recording.digest.unwrap_or_default();
        eprintln!("notice: the digest does not agree with the recorded {recorded:016x}");
    }
    go_to(&mut timeline, recording.moment + order.more)?;
    let world = timeline.world();
    Ok(match order.print {
        Print::Verdict => {
            let verdict = if agrees { "agrees" } else { "DOES NOT agree" };
            format!(
                "{} seed {}, {} acts, {} journal entries, at {}: digest {:016x}, which {verdict} at {}\n",
                world.profile(),
                world.genesis().seed,
                world.acts_done(),
                world.seq(),
                world.now(),
                timeline.digest(),
                recording.moment
            )
        }
        Print::Digest => format!("{:016x}\n", timeline.digest()),
        Print::State => transcript::state_text(world),
        Print::Metrics => transcript::metrics_text(world),
        Print::Journal => {
            let acts = &timeline.branch().acts;
            let line = |(seq, entry)| transcript::entry_line(seq, entry, world.names(), acts) + "\n";
            timeline.journal().iter_from(1).map(line).collect()
        }
    })
}

/// Goes to a moment, or says that memory did not suffice.
fn go_to(timeline: &mut Timeline, moment: Instant) -> Result<(), String> {
    timeline.seek(moment);
    if timeline.now() >= moment {
        return Ok(());
    }
    Err(format!(
        "this world has met its bound of {} MB of memory at {}, before {moment}: ask for an earlier moment, or print something else than the journal",
        MEMORY_MAX >> 20,
        timeline.now()
    ))
}

/// Opens a link or a file.
fn read(world: &str) -> Result<Recording, String> {
    if world.contains('#') || world.starts_with("w=") || world.starts_with("z=") {
        return Recording::from_link(world).map_err(|error| error.to_string());
    }
    let text = std::fs::read_to_string(world)
        .map_err(|error| format!("{world} cannot be read: {error}. Give a share link or a world file."))?;
    Recording::from_file(&text).map_err(|error| format!("{world}: {error}"))
}
