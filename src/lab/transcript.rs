//! The printed form of a journal and of a world: one line an entry, one line a machine, file or connection.

use std::fmt::Write;

use super::journal::Entry;
use super::journal::GroupId;
use super::journal::Kind;
use super::journal::Names;
use super::journal::Seq;
use super::machine::State;
use super::share::act_text;
use super::timeline::Recorded;
use super::world::World;
use crate::kafka::client::errors::error_name;
use crate::kafka::protocol::ErrorCode;

/// A line of the journal: number, moment, node, what happened, and the number of its cause.
pub fn entry_line(seq: Seq, entry: &Entry, names: &Names, acts: &[Recorded]) -> String {
    let cause = if entry.cause == 0 { String::new() } else { format!("  <- {}", entry.cause) };
    format!("{seq:>8} {:>12} {:>5}  {}{cause}", entry.at, entry.node, words(&entry.kind, names, acts))
}

#[expect(clippy::too_many_lines, reason = "one arm a kind of entry: the table of what is said of it")]
fn words(kind: &Kind, names: &Names, acts: &[Recorded]) -> String {
    let way = |response: bool| if response { "response" } else { "request" };
    match *kind {
        Kind::Act { number } => match acts.get(number as usize) {
            Some(recorded) => format!("act {}", act_text(&recorded.act)),
            None => format!("act {number}"),
        },
        Kind::Started { boot } => format!("started, process {boot}"),
        Kind::Crashed => "process died".into(),
        Kind::PoweredOff => "lost power".into(),
        Kind::Exited => "process ended".into(),
        Kind::Connecting { connection, peer } => format!("connects to {peer} #{connection}"),
        Kind::Connected { connection, peer } => format!("connected to {peer} #{connection}"),
        Kind::Disconnected { connection, peer, why } => format!("lost {peer} #{connection} ({why:?})"),
        Kind::Hung { connection, peer } => format!("closes #{connection} to {peer}"),
        Kind::Sent { connection, bytes, peer, api, response, error, .. } => {
            let text =
                format!("sends {} {} to {peer} #{connection} {bytes} bytes", api.name(), way(response));
            with_error(text, error)
        }
        Kind::Received { connection, bytes, peer, api, response, error, .. } => {
            let text =
                format!("takes {} {} from {peer} #{connection} {bytes} bytes", api.name(), way(response));
            with_error(text, error)
        }
        Kind::Silent { connection } => format!("answers nothing on #{connection}"),
        Kind::TimerFired { timer } => format!("timer {}", names.text(timer)),
        Kind::Commanded => "command".into(),
        Kind::WroteBack { bytes } => format!("{bytes} old bytes written back"),
        Kind::Appended { spot, base, last } => format!("{} appended {base}..={last}", names.spot(spot)),
        Kind::HighWatermark { spot, from, to } => {
            format!("{} high watermark {from} -> {to}", names.spot(spot))
        }
        Kind::LogStart { spot, from, to } => format!("{} log start {from} -> {to}", names.spot(spot)),
        Kind::Truncated { spot, from, to } => format!("{} truncated {from} -> {to}", names.spot(spot)),
        Kind::Rolled { spot, base } => format!("{} new segment {base}", names.spot(spot)),
        Kind::SegmentDeleted { spot, base } => format!("{} segment {base} deleted", names.spot(spot)),
        Kind::LeaderChanged { spot, leader, epoch } => {
            format!("{} leader {leader} epoch {epoch}", names.spot(spot))
        }
        Kind::IsrShrank { spot, gone } => format!("{} in-sync set without {gone}", names.spot(spot)),
        Kind::IsrGrew { spot, back } => format!("{} in-sync set with {back}", names.spot(spot)),
        Kind::Fenced { broker } => format!("broker {broker} fenced"),
        Kind::Unfenced { broker } => format!("broker {broker} unfenced"),
        Kind::TopicCreated { topic } => format!("topic {} created", names.text(topic)),
        Kind::TopicDeleted { topic } => format!("topic {} deleted", names.text(topic)),
        Kind::Consumed { spot, from, to } => format!("{} position {from} -> {to}", names.spot(spot)),
        Kind::Jumped { spot, from, to } => format!("{} position set {from} -> {to}", names.spot(spot)),
        Kind::Told { call, spot, offset: -1, .. } => {
            format!("{}() {} nothing", call.name(), names.spot(spot))
        }
        Kind::Told { call, spot, offset, timestamp: -1 } => {
            format!("{}() {} {offset}", call.name(), names.spot(spot))
        }
        Kind::Told { call, spot, offset, timestamp } => {
            format!("{}() {} {offset} of {timestamp}", call.name(), names.spot(spot))
        }
        Kind::Threw { method, exception } => {
            format!("{}() throws {}", names.text(method), names.text(exception))
        }
        Kind::Dropped { spot, from, to } => format!("{} {from}..{to} not worked on", names.spot(spot)),
        Kind::Took { spot } => format!("{} taken", names.spot(spot)),
        Kind::GaveUp { spot, lost } => {
            format!("{} {}", names.spot(spot), if lost { "lost" } else { "given up" })
        }
        Kind::GroupMoved { group, state, generation } => {
            format!("group {} {} generation {generation}", group_name(names, group), state.name())
        }
        Kind::MemberCame { group, member } => {
            format!("group {} with {}", group_name(names, group), names.text(member))
        }
        Kind::MemberWent { group, member } => {
            format!("group {} without {}", group_name(names, group), names.text(member))
        }
        Kind::Committed { group, spot, from, to } => {
            format!("group {} {} committed {from} -> {to}", group_name(names, group), names.spot(spot))
        }
        Kind::Acked { spot, base, records } => {
            format!("{} acknowledged {records} from {base}", names.spot(spot))
        }
        Kind::Failed { error, records } => format!("{records} records failed, {}", names.text(error)),
    }
}

fn group_name(names: &Names, group: GroupId) -> &str {
    names.group_of(group).map_or("?", |name| name)
}

/// The machines of a world with their files, and the messages on their way.
pub fn state_text(world: &World) -> String {
    let mut out = String::new();
    _ = writeln!(out, "{} seed {} at {}", world.profile(), world.genesis().seed, world.now());
    for (id, machine) in world.machines() {
        let state = match &machine.state {
            State::Running(_) => "running",
            State::Crashed => "crashed",
            State::Off => "off",
            State::Exited => "exited",
        };
        let why = machine.last_words.as_ref().map(|words| format!(" ({words})")).unwrap_or_default();
        _ = writeln!(
            out,
            "node {id} {state}{why}, process {}, {} bytes on disk",
            machine.boots,
            machine.disk.bytes()
        );
        for (path, file) in machine.disk.files() {
            _ = writeln!(out, "  {path} {} bytes, {} durable", file.len(), file.durable_len());
        }
    }
    for info in world.network().flights() {
        let api = info.flight.message.api().map_or("connection", |api| api.name());
        let due = info.due_at.map_or_else(|| "held".to_owned(), |due| format!("due {due}"));
        _ = writeln!(out, "{} -> {} {api} {} bytes {due}", info.from, info.to, info.flight.bytes);
    }
    out
}

/// What machines have done, counted where it happened: one line a machine.
pub fn metrics_text(world: &World) -> String {
    let mut out = String::new();
    for (id, machine) in world.machines() {
        let it = machine.disk.counters();
        _ = writeln!(
            out,
            "node {id} busy {} us, {} system calls, read {} written {} flushed {} bytes in {} flushes, pages hit {} \
             missed {}, seeks {}",
            machine.busy.as_micros(),
            it.syscalls,
            it.bytes_read,
            it.bytes_written,
            it.bytes_flushed,
            it.flushes,
            it.page_hits,
            it.page_misses,
            it.seeks,
        );
    }
    out
}

fn with_error(text: String, error: i16) -> String {
    if error == 0 { text } else { format!("{text}: {}", error_name(ErrorCode::from(error))) }
}
