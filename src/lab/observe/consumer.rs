//! What a consumer was last seen to own and to read.

use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::AssignedPartition;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::group::ListenerKind;
use crate::lab::journal::Kind;
use crate::lab::journal::Names;

/// The partitions of a consumer, and its positions, as they were last seen.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub(super) struct Readings {
    process: u32,
    partitions: Map<TopicPartition, Reading>,
    /// The last `poll()` that gave something: how many there had been, and how many records had been worked on before.
    polls: u64,
    worked: u64,
    /// Calls that had ended, and exceptions that were caught.
    calls: u64,
    throws: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Hash)]
struct Reading {
    /// A group has dealt it out to this consumer.
    owned: bool,
    /// The last position that it had; -1 before the first.
    last: Offset,
    /// It has that position, and is not looking for one.
    stands: bool,
    /// Records that were handed over.
    handed: u64,
}

const UNREAD: Reading = Reading { owned: false, last: -1, stands: false, handed: 0 };

impl Readings {
    pub(super) fn look(&mut self, process: u32, consumer: &Consumer, names: &mut Names, out: &mut Vec<Kind>) {
        if process != self.process {
            *self = Self { process, ..Self::default() };
        }
        let application = consumer.application();
        if application.polls != self.polls {
            self.polls = application.polls;
            self.worked = application.processed + application.skipped;
        }
        self.look_at_calls(consumer, names, out);
        let by_group = consumer.spec().subscription.by_group();
        let mut there = 0;
        for (place, (id, assigned)) in consumer.assigned().enumerate() {
            let at = match self.partitions.get_mut_near(place, id) {
                Some(seen) => seen,
                None => self.partitions.entry(id.clone()).or_insert(UNREAD),
            };
            there += usize::from(at.owned);
            if by_group && !at.owned {
                at.owned = true;
                there += 1;
                out.push(Kind::Took { spot: names.spot_id(id) });
            }
            at.compare(id, assigned, consumer, names, out);
        }
        if self.partitions.values().filter(|seen| seen.owned).count() > there {
            self.give_up(consumer, names, out);
        }
    }

    /// What its application's calls have returned.
    fn look_at_calls(&mut self, consumer: &Consumer, names: &mut Names, out: &mut Vec<Kind>) {
        let calls = &consumer.application().calls;
        let fresh = usize::try_from(calls.ended() - self.calls).unwrap_or(usize::MAX);
        self.calls = calls.ended();
        let all = calls.answers().count();
        for answer in calls.answers().skip(all.saturating_sub(fresh)) {
            let call = answer.call;
            for (partition, found) in &answer.found {
                let (offset, timestamp) = found.map_or((-1, -1), |found| (found.offset, found.timestamp));
                out.push(Kind::Told { call, spot: names.spot_id(partition), offset, timestamp });
            }
        }
        let fresh = usize::try_from(calls.throws() - self.throws).unwrap_or(usize::MAX);
        self.throws = calls.throws();
        let all = calls.thrown().count();
        for thrown in calls.thrown().skip(all.saturating_sub(fresh)) {
            let (method, exception) = (names.text_id(&thrown.method), names.text_id(&thrown.exception));
            out.push(Kind::Threw { method, exception });
        }
    }

    /// The process of a member ends: what it was handed and had not worked on.
    pub(super) fn end(&self, consumer: &Consumer, now: Instant, names: &mut Names, out: &mut Vec<Kind>) {
        let application = consumer.application();
        let Some((_, polled)) = application.last_poll.as_ref().filter(|_| consumer.group().id().is_some())
        else {
            return;
        };
        let worked = application.processed + application.skipped - self.worked.min(application.processed);
        let mut left = (polled.records as u64).saturating_sub(worked);
        // What is done while it works is counted when the spell is over.
        if let Some(until) = application.working_until().filter(|_| consumer.exit_reason().is_none()) {
            let work = |count| application.program().work(application.processed, count);
            let began = until - work(left);
            let done = (0..=left).take_while(|count| *count == 0 || began + work(*count) <= now).last();
            left -= done.unwrap_or(0);
        }
        for (partition, first, last) in polled.ranges.iter().rev() {
            let count = left.min((last + 1 - first).unsigned_abs());
            if count > 0 {
                let to = last + 1;
                out.push(Kind::Dropped {
                    spot: names.spot_id(partition),
                    from: to - count.cast_signed(),
                    to,
                });
                left -= count;
            }
        }
    }

    /// Some that it owned are not among its partitions any more.
    fn give_up(&mut self, consumer: &Consumer, names: &mut Names, out: &mut Vec<Kind>) {
        let assigned: Vec<&TopicPartition> = consumer.assigned().map(|(id, _)| id).collect();
        for (id, seen) in &mut self.partitions {
            if seen.owned && assigned.binary_search(&id).is_err() {
                (seen.owned, seen.stands) = (false, false);
                let mut calls = consumer.group().listener_calls().rev();
                let told = calls.find(|call| {
                    call.kind != ListenerKind::Assigned && call.partitions.binary_search(id).is_ok()
                });
                let lost = told.is_some_and(|call| call.kind == ListenerKind::Lost);
                out.push(Kind::GaveUp { spot: names.spot_id(id), lost });
            }
        }
    }
}

impl Reading {
    fn compare(
        &mut self,
        id: &TopicPartition,
        assigned: &AssignedPartition,
        consumer: &Consumer,
        names: &mut Names,
        out: &mut Vec<Kind>,
    ) {
        let handed = assigned.consumed_records != self.handed && assigned.consumed_records > 0;
        self.handed = assigned.consumed_records;
        let Some(position) = assigned.position() else {
            self.stands = false;
            return;
        };
        let (from, to) = (self.last, position.offset);
        if !handed && self.stands && from == to {
            return;
        }
        let spot = names.spot_id(id);
        if handed {
            // Where it stood when `poll()` took the records, if a jump came before.
            let first = consumer.application().last_poll.as_ref().and_then(|(_, polled)| {
                let of = polled.ranges.iter().find(|(partition, ..)| partition == id);
                of.map(|(_, first, _)| *first)
            });
            let begin = first.filter(|first| !self.stands || *first < from).unwrap_or(from);
            if begin != from || !self.stands {
                out.push(Kind::Jumped { spot, from, to: begin });
            }
            out.push(Kind::Consumed { spot, from: begin, to });
        } else if self.stands && to > from && position.epoch.is_some() {
            // Nothing but control records, or what compaction has left.
            out.push(Kind::Consumed { spot, from, to });
        } else {
            out.push(Kind::Jumped { spot, from, to });
        }
        (self.last, self.stands) = (to, true);
    }
}
