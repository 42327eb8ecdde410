//! What a person asks of a running consumer.

use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Call;
use crate::kafka::client::consumer::Calling;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::ConsumerCommand;
use crate::kafka::client::consumer::FetchState;
use crate::kafka::client::consumer::Position;
use crate::kafka::client::consumer::Program;
use crate::kafka::client::consumer::ResetTo;
use crate::kafka::client::consumer::SeekTo;
use crate::kafka::client::consumer::Subscription;
use crate::kafka::machine::Context;

impl Consumer {
    pub(super) fn on_command(&mut self, cx: &mut Context<'_>, command: &ConsumerCommand) {
        match command {
            ConsumerCommand::Assign(assignment) => {
                self.read(cx.now, Subscription::Assign(assignment.clone()))
            }
            // Without a group nobody shares anything out (`maybeThrowInvalidGroupIdException`).
            ConsumerCommand::Subscribe(_) if self.group.id().is_none() => {
                self.catch(cx.now, "subscribe", "InvalidGroupIdException");
            }
            ConsumerCommand::Subscribe(subscription) => self.read(cx.now, subscription.clone()),
            ConsumerCommand::Unsubscribe => self.unsubscribe(cx),
            ConsumerCommand::Seek(partition, SeekTo::Reset(ResetTo::Timestamp(time))) => {
                self.seek_to_time(*time, vec![partition.clone()]);
            }
            ConsumerCommand::Seek(partition, to) => self.seek(partition, *to),
            ConsumerCommand::SeekAll(SeekTo::Reset(ResetTo::Timestamp(time))) => {
                self.seek_to_time(*time, Vec::new());
            }
            ConsumerCommand::SeekAll(to) => {
                let all: Vec<TopicPartition> = self.assigned.keys().cloned().collect();
                all.iter().for_each(|partition| self.seek(partition, *to));
            }
            ConsumerCommand::Pause(partition) => self.set_paused(partition, true),
            ConsumerCommand::Resume(partition) => self.set_paused(partition, false),
            ConsumerCommand::SetPace(pace) => {
                let mut program = self.spec.program.clone();
                (program.per_poll_us, program.per_record_us) = (pace.per_poll_us, pace.per_record_us);
                self.set_program(cx, program);
            }
            ConsumerCommand::SetProgram(program) => self.set_program(cx, program.clone()),
            ConsumerCommand::Commit { sync } => self.application.commit_wanted = Some(*sync),
            ConsumerCommand::Call(call) => self.application.calls.wanted.push_back(call.clone()),
            ConsumerCommand::Wakeup => self.application.woken = true,
            ConsumerCommand::Close => self.application.close_wanted = true,
            ConsumerCommand::SetConfig(name, value) => self.reconfigure(cx, name, value.clone()),
        }
    }

    /// No call seeks to a time: the application asks where it is, and seeks there.
    fn seek_to_time(&mut self, time: i64, partitions: Vec<TopicPartition>) {
        let call = Calling { call: Call::OffsetsForTimes, time, partitions, seek: true };
        self.application.calls.wanted.push_back(call);
    }

    fn set_program(&mut self, cx: &mut Context<'_>, program: Program) {
        self.spec.program = program.clone();
        self.restart_work(cx, program);
    }

    pub(super) fn seek(&mut self, partition: &TopicPartition, to: SeekTo) {
        let Some(assigned) = self.assigned.get_mut(partition) else { return };
        assigned.state = match to {
            SeekTo::Offset(offset) => FetchState::Fetching { position: Position { offset, epoch: None } },
            SeekTo::Reset(to) => FetchState::AwaitReset { to, not_before: Instant::ZERO },
        };
        assigned.backoff_until = Instant::ZERO;
    }

    fn set_paused(&mut self, partition: &TopicPartition, paused: bool) {
        if let Some(assigned) = self.assigned.get_mut(partition) {
            assigned.paused = paused;
        }
    }

    fn reconfigure(&mut self, cx: &mut Context<'_>, name: &str, value: Option<String>) {
        let mut spec = self.spec.clone();
        match value {
            Some(value) => spec.config.insert(name.to_owned(), value),
            None => spec.config.remove(name),
        };
        let Ok(mut fresh) = Self::new(spec) else { return };
        // The old client is closed under the call that waits.
        self.end_call(cx, Some("IllegalStateException"));
        if self.spec.subscription.by_group() {
            self.leave_for_good(cx, "the consumer is being closed");
        }
        let peers: Vec<NodeId> = self.client.peers().map(|(id, _)| id).collect();
        for peer in peers {
            self.client.close(cx, peer);
        }
        self.group.hang_up(cx);
        fresh.client.keep_correlation(&self.client);
        fresh.group.keep_history(&mut self.group);
        fresh.given_up = std::mem::take(&mut self.given_up);
        if fresh.spec.subscription.by_group() {
            fresh.given_up.extend(std::mem::take(&mut self.assigned));
        } else {
            fresh.assigned = std::mem::take(&mut self.assigned);
            for assigned in fresh.assigned.values_mut() {
                assigned.restart();
            }
            fresh.looking_up.retain(|_| fresh.assigned.is_empty());
        }
        fresh.application = self.application.clone();
        *self = fresh;
    }
}
