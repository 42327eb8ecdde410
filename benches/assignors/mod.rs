//! How fast groups are dealt out: each assignor on a large group, how the sticky ones grow with the number of
//! partitions, and the same groups in Apache Kafka's own classes if an Apache Kafka is there.

mod group;
#[cfg(not(target_arch = "wasm32"))]
mod kafka;

use std::hint::black_box;

use super::machine::Clock;
use super::machine::say;
use group::Group;
use group::Which;

/// The large group: its members, topics, and partitions of each topic.
const LARGE: (usize, usize, usize) = (1_000, 100, 100);
/// Members and topics of the groups of the curve; the partitions of each topic grow by a hundred.
const CURVE: (usize, usize) = (100, 10);
const CURVE_PARTITIONS: [usize; 5] = [100, 316, 1_000, 3_162, 10_000];

pub(crate) fn measure() {
    let (members, topics, partitions) = LARGE;
    let large = Group::new(members, topics, partitions, false);
    let floor = large.floor();
    let all = topics * partitions;
    say(&format!(
        "assignors, {members} members x {all} partitions; floor: {:.2} ms to name and list them",
        floor * 1e3
    ));
    let mut cases = Vec::new();
    for which in Which::ALL {
        let fresh = large.clone();
        let leaves = large.with_result_of(which).without_member(members / 2);
        for (what, group) in [("first", fresh), ("one leaves", leaves)] {
            let seconds = each(
                || which.prepare(&group),
                |prepared| {
                    black_box(prepared.assign());
                },
            );
            let ratio = seconds / floor;
            say(&format!("{:18} {what:10}  {:6.2} ms, ratio {ratio:.1}", which.name(), seconds * 1e3));
            cases.push((which, what, group, seconds));
        }
    }
    for (mixed, text) in [(false, "the same topics"), (true, "different topics")] {
        curve(mixed, text);
    }
    #[cfg(not(target_arch = "wasm32"))]
    kafka::compare(&cases);
}

/// How long the sticky assignor takes over a hundredfold range of partitions, and the exponent that fits.
fn curve(mixed: bool, text: &str) {
    let (members, topics) = CURVE;
    let which = Which::STICKY;
    for what in ["first", "one leaves"] {
        let points = CURVE_PARTITIONS.map(|partitions| {
            let group = Group::new(members, topics, partitions, mixed);
            let group = match what {
                "first" => group,
                _ => group.with_result_of(which).without_member(members / 2),
            };
            let seconds = each(
                || which.prepare(&group),
                |prepared| {
                    black_box(prepared.assign());
                },
            );
            ((topics * partitions) as f64, seconds, seconds / group.floor())
        });
        let times: Vec<String> = points
            .iter()
            .map(|(count, seconds, ratio)| format!("{count}: {:.2} ms ({ratio:.1})", seconds * 1e3))
            .collect();
        say(&format!(
            "sticky, {members} members of {text}, {what}: {}; exponent {:.2} (n log n: {:.2})",
            times.join(", "),
            exponent(points.map(|(count, seconds, _)| (count, seconds))),
            exponent(points.map(|(count, _, _)| (count, count * count.ln()))),
        ));
    }
}

/// The slope of the straight line through the logarithms, by least squares.
fn exponent<const N: usize>(points: [(f64, f64); N]) -> f64 {
    let logs = points.map(|(x, y)| (x.ln(), y.ln()));
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / N as f64;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let (above, below) = logs.iter().fold((0.0, 0.0), |(above, below), point| {
        (above + (point.0 - x) * (point.1 - y), below + (point.0 - x).powi(2))
    });
    above / below
}

/// The mean time of a run, in seconds; it is run until that says something.
pub(crate) fn each<T>(prepare: impl Fn() -> T, run: impl Fn(&T)) -> f64 {
    let prepared = prepare();
    run(&prepared);
    let mut rounds = 1;
    loop {
        let begin = Clock::now();
        for _ in 0..rounds {
            run(&prepared);
        }
        let seconds = begin.seconds();
        if seconds > 0.2 {
            return seconds / f64::from(rounds);
        }
        rounds *= 2;
    }
}
