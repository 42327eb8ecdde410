//! Which runner reads which file, and which files wait for what.

use serde_json::Value;
use serde_json::json;

use super::accumulator;
use super::assignors;
use super::checkpoints;
use super::configs;
use super::epochs;
use super::groups;
use super::history;
use super::index;
use super::placement;
use super::producers;
use super::reconciliation;
use super::record;
use super::replication;
use super::report::Report;
use super::segment;
use super::vectors;

/// How a file is checked.
pub(crate) struct File {
    name: &'static str,
    sections: &'static [&'static str],
    check: Check,
}

enum Check {
    /// Counts its cases itself.
    Sections(fn(&Value, &mut Report)),
    /// Takes a file with `cases` of these fields, and gives one outcome a case.
    Cases(&'static [&'static str], fn(&Value) -> Vec<Result<(), String>>),
}

impl File {
    pub(crate) fn run(&self, data: &Value, report: &mut Report) {
        unknown_sections(data, self.sections, report);
        match self.check {
            Check::Sections(run) => run(data, report),
            Check::Cases(fields, run) => {
                report.cases(data, "cases", fields, |case| {
                    run(&json!({ "cases": [case] })).into_iter().collect()
                });
            }
        }
    }
}

/// Texts at the top of a file explain it; anything else there is a section, which must be known.
fn unknown_sections(data: &Value, known: &[&str], report: &mut Report) {
    let Value::Object(object) = data else {
        report.fail("(whole file)", "is not an object of sections");
        return;
    };
    for (section, value) in object {
        if !value.is_string() && section != "about" && !known.contains(&section.as_str()) {
            report.fail(section, "no runner knows a section of this name");
        }
    }
}

const fn file_of(
    name: &'static str,
    sections: &'static [&'static str],
    run: fn(&Value, &mut Report),
) -> File {
    File { name, sections, check: Check::Sections(run) }
}

/// The life of a log; a step that compacts waits for compaction.
const fn log_history(name: &'static str) -> File {
    file_of(name, &["cases", "config"], history::history)
}

/// The life of a partition of `__consumer_offsets`.
const fn group_history(name: &'static str) -> File {
    file_of(name, &["cases"], groups::histories)
}

/// Steps of one member of a consumer group towards its target.
const fn reconciliation(name: &'static str) -> File {
    let fields: &[&str] = &[
        "name",
        "before",
        "target_epoch",
        "target",
        "owned_reported",
        "t1_partitions_still_held_by_others",
        "after",
    ];
    cases_of(name, &["cases", "states"], fields, reconciliation::reconciliation)
}

/// The bytes of batches, and what they say.
const fn record_batches(name: &'static str) -> File {
    let sections: &[&str] =
        &["header_overhead", "crc_starts_at", "cases", "increment_sequence", "decrement_sequence"];
    file_of(name, sections, record::record_batch)
}

const fn cases_of(
    name: &'static str,
    sections: &'static [&'static str],
    fields: &'static [&'static str],
    run: fn(&Value) -> Vec<Result<(), String>>,
) -> File {
    File { name, sections, check: Check::Cases(fields, run) }
}

const FILES: &[File] = &[
    file_of(
        "checkpoint_files",
        &["offset_checkpoint", "partition_metadata", "segment_file_names"],
        checkpoints::checkpoint_files,
    ),
    file_of("classic_group_errors", &["rows", "timers"], groups::classic_group_errors),
    file_of("config_defaults", &["configs", "changed_in_4_0_GA"], configs::config_defaults),
    file_of("cooperative_sticky", &["cases"], assignors::cooperative_sticky),
    file_of("coordinators_3_and_4", &["stories", "ties"], groups::coordinators),
    file_of("crc32c", &["cases"], vectors::crc32c),
    file_of("group_hash", &["cases"], vectors::group_hash),
    file_of("group_transitions", &["matrix"], groups::group_transitions),
    log_history("history_append"),
    log_history("history_compaction"),
    log_history("history_compressed"),
    log_history("history_epochs_truncate"),
    log_history("history_follower"),
    group_history("history_group_classic_cooperative"),
    group_history("history_group_classic_join"),
    group_history("history_group_classic_rebalance"),
    group_history("history_group_classic_static"),
    group_history("history_group_consumer"),
    group_history("history_group_failover"),
    group_history("history_group_found"),
    group_history("history_group_migration"),
    group_history("history_group_offsets"),
    group_history("history_group_random"),
    log_history("history_idempotent"),
    log_history("history_log_append_time"),
    log_history("history_lookup"),
    log_history("history_mixed"),
    cases_of(
        "history_producer_accumulator",
        &["cases"],
        &["name", "notes", "config", "steps"],
        accumulator::histories,
    ),
    log_history("history_recovery"),
    log_history("history_retention"),
    log_history("history_suffixes"),
    log_history("history_time_roll"),
    log_history("history_transactions"),
    file_of("hw_isr", &["cases"], replication::hw_isr),
    cases_of(
        "kraft_elections",
        &["cases", "rules"],
        &[
            "name",
            "before",
            "acceptable_leaders",
            "election",
            "elr_enabled",
            "min_isr",
            "target_isr",
            "after",
            "record",
        ],
        placement::kraft_elections,
    ),
    cases_of(
        "kraft_replica_placement",
        &["cases"],
        &["name", "brokers", "partitions", "replication_factor", "random", "expect", "throws", "message"],
        placement::kraft_replica_placement,
    ),
    file_of("internal_topic_records", &["cases"], assignors::internal_topic_records),
    reconciliation("kip848_reconciliation"),
    reconciliation("kip848_reconciliation_found"),
    file_of("leader_epoch_cache", &["cases"], epochs::leader_epoch_cache),
    file_of("log_segment", &["cases"], segment::log_segment),
    file_of("log_truncation", &["cases"], epochs::log_truncation),
    file_of("log_validator", &["cases", "upstream_methods"], record::log_validator),
    file_of("murmur2", &["cases"], vectors::murmur2),
    file_of("offset_index", &["cases"], index::offset_index),
    file_of("produce_acks", &["cases", "after_append"], replication::produce_acks),
    file_of("producer_state", &["cases"], producers::producer_state),
    file_of("range_assignor", &["cases"], assignors::range),
    file_of("range_assignor_kip848", &["cases"], assignors::server_range),
    file_of("read_committed", &["cases"], record::read_committed),
    record_batches("record_batch"),
    record_batches("record_batch_found"),
    file_of("record_batch_validity", &["cases"], record::record_batch_validity),
    file_of("retention", &["cases"], segment::retention),
    file_of("roundrobin_assignor", &["cases"], assignors::round_robin),
    file_of("seed_describe_configs", &["entries", "not_in_seed"], configs::describe_configs),
    file_of("sticky_assignor", &["cases"], assignors::sticky),
    file_of("sticky_assignor_found", &["cases"], assignors::sticky),
    cases_of(
        "sticky_partitioner",
        &["cases"],
        &[
            "name",
            "adaptive",
            "cumulative_frequency_table",
            "no_leader",
            "partition_for_random_0_to_end",
            "partition_ids",
            "partitions",
            "queue_sizes",
            "randoms",
            "sequence",
            "steps",
            "sticky_batch_size",
        ],
        accumulator::sticky_partitioner,
    ),
    file_of("time_index", &["cases"], index::time_index),
    file_of("txn_index", &["cases"], index::txn_index),
    file_of("uniform_assignor_kip848", &["cases"], assignors::server_uniform),
    file_of("uniform_assignor_kip848_found", &["cases"], assignors::server_uniform),
    file_of("uuid", &["cases"], vectors::uuid),
    file_of("varint", &["varint_cases", "varlong_cases", "invalid"], vectors::varint),
];

/// Files of parts that are not built yet: how their names begin, and what they wait for.
const LATER: &[(&str, &str)] = &[
    ("history_producer_txn_", "transactions"),
    ("history_txn_", "transactions"),
    ("log_cleaner", "compaction"),
    ("raft_hw", "a quorum of controllers"),
    ("txn_client_transitions", "transactions"),
    ("txn_transitions", "transactions"),
    ("zk_", "ZooKeeper"),
];

/// The runner of a file.
pub(crate) fn file(name: &str) -> Option<&'static File> {
    let stem = name.strip_suffix(".json")?;
    FILES.iter().find(|file| file.name == stem)
}

/// What a file without a runner waits for.
pub(crate) fn later(name: &str) -> Option<&'static str> {
    LATER.iter().find(|(start, _)| name.starts_with(start)).map(|(_, what)| *what)
}

/// How many cases a file has that nobody reads yet: the elements of `cases`, or of all its lists.
pub(crate) fn count(data: &Value) -> usize {
    let elements = |value: &Value| value.as_array().map_or(0, Vec::len);
    match (data.get("cases"), data) {
        (Some(cases), _) => elements(cases),
        (None, Value::Object(sections)) => sections.values().map(elements).sum::<usize>().max(1),
        _ => 1,
    }
}
