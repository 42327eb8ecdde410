//! A queue broker of the laboratory, to stand beside Kafka's run: it hands messages out in turn, as many as a
//! subscriber's window holds, and forgets each one as soon as it is acknowledged.
//!
//! It is a model with the rules that queue brokers share (AMQP's `basic.qos` and `basic.ack`), not the code of one: a
//! push takes no time, nothing is lost, and there is one queue. Its state depends on the plan and on the clock of the
//! world beside it and on nothing else, so that it can be sought in both directions like the world.

use std::collections::VecDeque;

/// What happens at the queue, each at a moment of the world in ms, in the order of time.
pub type Plan = &'static [(u64, QueueAct)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueAct {
    /// The next message, numbered from 1.
    Publish,
    /// A subscriber with a window of so many messages (prefetch), which works so long on each before it acknowledges.
    Subscribe { prefetch: usize, work_ms: u64 },
}

/// The queue at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// Messages that nobody was given yet, oldest first.
    pub waiting: VecDeque<u32>,
    /// In the order in which they came.
    pub subscribers: Vec<Subscriber>,
    /// Messages that were acknowledged: they are gone.
    pub removed: u32,
    published: u32,
    turn: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    pub prefetch: usize,
    work_ms: u64,
    /// Pushed and not acknowledged, oldest first; it works on the first.
    pub window: VecDeque<u32>,
    /// Every message that it was ever given, in order.
    pub given: Vec<u32>,
    done_at: u64,
}

impl Queue {
    /// The queue as the plan has made it at this moment, in ms of the world.
    pub fn at(plan: Plan, now_ms: u64) -> Self {
        let mut queue = Self::default();
        for &(at, act) in plan.iter().filter(|(at, _)| *at <= now_ms) {
            queue.work_until(at);
            match act {
                QueueAct::Publish => {
                    queue.published += 1;
                    queue.waiting.push_back(queue.published);
                }
                QueueAct::Subscribe { prefetch, work_ms } => {
                    let (window, given) = (VecDeque::new(), Vec::new());
                    queue.subscribers.push(Subscriber { prefetch, work_ms, window, given, done_at: 0 });
                }
            }
            queue.push(at);
        }
        queue.work_until(now_ms);
        queue
    }

    /// Who was given this message: the first subscriber is 0.
    pub fn given_to(&self, message: u32) -> Option<usize> {
        self.subscribers.iter().position(|subscriber| subscriber.given.contains(&message))
    }

    /// Messages that the broker still has, those that wait for an acknowledgement included.
    pub fn kept(&self) -> usize {
        self.waiting.len() + self.subscribers.iter().map(|subscriber| subscriber.window.len()).sum::<usize>()
    }

    /// Acknowledgements in the order of time, each with the pushes that it makes room for.
    fn work_until(&mut self, now: u64) {
        let next = |queue: &Self| {
            let busy = queue.subscribers.iter().enumerate().filter(|(_, s)| !s.window.is_empty());
            busy.map(|(number, s)| (s.done_at, number)).min().filter(|(at, _)| *at <= now)
        };
        while let Some((at, number)) = next(self) {
            let subscriber = &mut self.subscribers[number];
            subscriber.window.pop_front();
            subscriber.done_at = at + subscriber.work_ms;
            self.removed += 1;
            self.push(at);
        }
    }

    /// Hands out what waits, in turn, to those that have room.
    fn push(&mut self, now: u64) {
        let count = self.subscribers.len();
        while let Some(&message) = self.waiting.front() {
            let in_turn = (0..count).map(|step| (self.turn + step) % count);
            let has_room = |number: &usize| {
                let subscriber = &self.subscribers[*number];
                subscriber.window.len() < subscriber.prefetch
            };
            let Some(number) = in_turn.into_iter().find(has_room) else { return };
            let subscriber = &mut self.subscribers[number];
            if subscriber.window.is_empty() {
                subscriber.done_at = now + subscriber.work_ms;
            }
            subscriber.window.push_back(message);
            subscriber.given.push(message);
            self.waiting.pop_front();
            self.turn = number + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: QueueAct = QueueAct::Subscribe { prefetch: 2, work_ms: 100 };

    #[test]
    fn messages_are_handed_out_in_turn_and_forgotten_when_they_are_acknowledged() {
        let plan: Plan = &[
            (0, TWO),
            (0, TWO),
            (10, QueueAct::Publish),
            (20, QueueAct::Publish),
            (30, QueueAct::Publish),
            (40, QueueAct::Publish),
        ];
        let queue = Queue::at(plan, 60);
        assert_eq!(queue.subscribers[0].given, [1, 3]);
        assert_eq!(queue.subscribers[1].given, [2, 4]);
        assert_eq!((queue.kept(), queue.removed), (4, 0));
        let later = Queue::at(plan, 120);
        assert_eq!((later.kept(), later.removed), (2, 2), "1 was done at 110, 2 at 120");
        assert_eq!(Queue::at(plan, 5_000).kept(), 0);
        assert_eq!(
            Queue::at(plan, 60),
            queue,
            "the same moment is the same queue, whatever was seen between"
        );
    }

    #[test]
    fn a_full_window_stops_the_pushes_until_something_is_acknowledged() {
        let plan: Plan = &[(0, TWO), (0, QueueAct::Publish), (0, QueueAct::Publish), (0, QueueAct::Publish)];
        let queue = Queue::at(plan, 99);
        assert_eq!((queue.subscribers[0].window.len(), queue.waiting.len()), (2, 1));
        let queue = Queue::at(plan, 100);
        assert_eq!((queue.subscribers[0].window.len(), queue.waiting.len(), queue.removed), (2, 0, 1));
        assert_eq!(queue.given_to(3), Some(0));
        assert_eq!(Queue::at(plan, 300).removed, 3, "each takes its time, one after the other");
    }

    #[test]
    fn who_comes_late_is_given_nothing_that_is_gone() {
        let plan: Plan = &[(0, TWO), (10, QueueAct::Publish), (500, TWO), (510, QueueAct::Publish)];
        let queue = Queue::at(plan, 900);
        assert_eq!(queue.subscribers[1].given, [2]);
    }
}
