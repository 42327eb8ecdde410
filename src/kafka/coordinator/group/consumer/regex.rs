//! Subscriptions by regular expression (Kafka 4.0: `maybeUpdateRegularExpressions`, `refreshRegularExpressions`,
//! `handleRegularExpressionsResult`). They are resolved behind the request, at most every ten seconds.

use std::sync::Arc;

use crate::kafka::base::Name;
use crate::kafka::base::Pattern;
use crate::kafka::base::Set;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::record::ConsumerRecord;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::record::consumer::GroupEpoch;
use crate::kafka::coordinator::record::consumer::ResolvedRegex;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shard::Refusal;
use crate::kafka::protocol::ErrorCode;

use super::change::Change;
use super::group::ConsumerGroup;
use super::soft::Resolving;
use super::topics::metadata_hash;

/// Expressions of a group are not resolved again sooner than this (`REGEX_BATCH_REFRESH_MIN_INTERVAL_MS`).
const LEAST_INTERVAL_MS: i64 = 10_000;
/// And not later (`group.consumer.regex.refresh.interval.ms`).
const MOST_INTERVAL_MS: i64 = 600_000;

/// What a heartbeat did to the member's regular expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RegexChange {
    Same,
    /// It is another one, whose topics are not known yet.
    Other,
    /// It is another one, whose topics are known.
    OtherResolved,
}

impl RegexChange {
    pub(super) fn changed(self) -> bool {
        self != Self::Same
    }

    pub(super) fn resolved(self) -> bool {
        self == Self::OtherResolved
    }
}

impl Shard {
    /// Notices another expression, and lets the group's expressions be resolved when it is time.
    pub(super) fn update_regexes(
        &mut self,
        io: &Io<'_>,
        change: &mut Change,
    ) -> Result<RegexChange, Refusal> {
        let (old, new) = (change.old.regex().cloned(), change.new.regex().cloned());
        let group = change.group.clone();
        let mut refresh = false;
        let mut result = RegexChange::Same;
        if old != new {
            result = RegexChange::Other;
            if let Some(old) = old.as_ref().filter(|old| group.subscribers(old) == 1) {
                change.add(ConsumerRecord::Regex {
                    group: group.id.clone(),
                    regex: old.clone(),
                    value: None,
                });
            }
            match &new {
                Some(new) if group.subscribers(new) == 0 => {
                    compile(new)?;
                    refresh = true;
                }
                Some(new) if !group.regexes.contains_key(new) => {}
                Some(_) | None => result = RegexChange::OtherResolved,
            }
        }
        let in_use = group.members.values().any(|member| member.regex().is_some());
        if !refresh && !in_use || self.consumers.resolving.iter().any(|task| task.group == group.id) {
            return Ok(result);
        }
        let last = group.regexes.values().next();
        if last.is_some_and(|last| io.now_ms <= last.timestamp_ms + LEAST_INTERVAL_MS) {
            return Ok(result);
        }
        let others =
            group.members.values().filter(|member| member.id != change.old.id && !change.replaces(member));
        let mut regexes: Set<Name> = others.filter_map(|member| member.regex().cloned()).collect();
        regexes.extend(new);
        refresh |= regexes.len() != group.regexes.len()
            || last.map_or(0, |last| last.version) < self.consumers.new_topics_version
            || last.is_none_or(|last| io.now_ms > last.timestamp_ms + MOST_INTERVAL_MS);
        if refresh && !regexes.is_empty() {
            self.consumers.resolving.push(Resolving { group: group.id.clone(), regexes });
        }
        Ok(result)
    }

    /// Resolves what the requests left behind. `true` when something was written.
    pub(super) fn resolve_regexes(&mut self, io: &mut Io<'_>) -> bool {
        let tasks = std::mem::take(&mut self.consumers.resolving);
        let mut wrote = false;
        for task in tasks {
            let Some(group) = self.consumer_group(&task.group) else { continue };
            let outcome = Outcome::write(self.resolved(io, &group, &task.regexes), None);
            wrote = true;
            self.complete_operation(io, None, Ok(outcome));
        }
        wrote
    }

    /// The records of a resolution: what each expression found, and a new epoch if that is new.
    fn resolved(&mut self, io: &Io<'_>, group: &Arc<ConsumerGroup>, regexes: &Set<Name>) -> Vec<GroupRecord> {
        let all = io.topics.names();
        let mut next = ConsumerGroup::clone(group);
        let mut records = Vec::new();
        let mut bump = false;
        for regex in regexes.iter().filter(|regex| group.subscribers(regex) > 0) {
            let pattern = Pattern::new(regex).ok();
            let found =
                all.iter().filter(|name| pattern.as_ref().is_some_and(|pattern| pattern.matches(name)));
            let topics: Set<Name> = found.cloned().collect();
            let known = group.regexes.get(regex).map(|known| &known.topics);
            bump |= known.map_or(!topics.is_empty(), |known| *known != topics);
            let version = io.topics.version();
            let value = ResolvedRegex { topics, version, timestamp_ms: io.now_ms };
            next.regexes.insert(regex.clone(), value.clone());
            let record =
                ConsumerRecord::Regex { group: group.id.clone(), regex: regex.clone(), value: Some(value) };
            records.push(GroupRecord::Consumer(record));
        }
        let hash = metadata_hash(io.topics, next.subscribed_names(|_| true));
        if bump || hash != group.metadata_hash {
            let epoch = group.epoch + 1;
            let value = Some(GroupEpoch { epoch, metadata_hash: hash });
            records.push(GroupRecord::Consumer(ConsumerRecord::Group { group: group.id.clone(), value }));
            self.consumers.refreshed(&group.id, epoch, io.now_ms);
        }
        records
    }
}

fn compile(regex: &str) -> Result<(), Refusal> {
    Pattern::new(regex).map(|_| ()).map_err(|error| {
        let message = format!("SubscribedTopicRegex `{regex}` is not a valid regular expression: {error}.");
        Refusal::because(ErrorCode::InvalidRegularExpression, message)
    })
}
