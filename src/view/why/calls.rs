//! Why a call of an application that asks for offsets blocks, and why the last one threw.

use super::Past;
use super::Root;
use super::Said;
use super::Why;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Answered;
use crate::kafka::client::consumer::Blocked;
use crate::kafka::client::consumer::Call;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::GroupProtocol;
use crate::kafka::protocol::Api;
use crate::lab::Act;
use crate::lab::Entry;
use crate::lab::Kind;
use crate::lab::Seq;
use crate::view::CoordinatorPlace;
use crate::view::Text;
use crate::view::group::poll_until;

texts! {
    ASKS = "Why does {}() of {} block?", "{1} 的 {0}() 为什么阻塞？";
    LEADERLESS = "{} has no leader that could be asked, as far as the client knows. Since {} it asks for new metadata and tries again; at {} it throws TimeoutException.", "客户端所知的 {} 没有可询问的 leader。自 {} 起它请求新的元数据并重试；到 {} 抛出 TimeoutException。";
    ASKED = "It has asked {} about {} and waits for the answer, since {}. At {} it throws TimeoutException.", "它已就 {1} 询问 {0}，等待应答，自 {2} 起。到 {3} 抛出 TimeoutException。";
    CONNECTING = "It has no connection to {} yet, the leader of {}. It has tried since {}; at {} it throws TimeoutException.", "它还没有连上 {1} 的 leader {0}。自 {2} 起一直在尝试；到 {3} 抛出 TimeoutException。";
    AGAIN = "What came back for {} was no answer. It asks again after retry.backoff.ms, at {}; it began at {}, and at {} it throws TimeoutException.", "{} 没有得到可用的应答。retry.backoff.ms 之后于 {} 再问；自 {} 开始，到 {} 抛出 TimeoutException。";
    FINDING = "Only the coordinator of the group {} knows what is committed, and the client has not found it. It began at {}; at {} it throws TimeoutException.", "已提交的位置只有组 {} 的 coordinator 知道，而客户端尚未找到它。自 {} 开始；到 {} 抛出 TimeoutException。";
    ANSWERED = "partitions answered = partitions asked about", "已应答的分区 = 询问的分区";
    IN_TIME = "waited < default.api.timeout.ms", "已等 < default.api.timeout.ms";
    NOT_WOKEN = "wakeup() was not called", "没有调用 wakeup()";
    POLL_IN_TIME = "not in poll() < max.poll.interval.ms", "离开 poll() 的时间 < max.poll.interval.ms";
    THREW_ASKS = "Why did {}() of {} throw {}?", "{1} 的 {0}() 为什么抛出 {2}？";
    THREW_TIMEOUT = "It had asked since {}, and at {} not every partition had an answer: default.api.timeout.ms = {} was over. A part of the answers is never returned.", "它自 {} 起询问，到 {} 仍有分区没有应答：default.api.timeout.ms = {} 已到。它从不返回部分应答。";
    THREW_WAKEUP = "It waited since {}, and at {} wakeup() was called: the one method that another thread may call.", "它自 {} 起等待，{} 时有人调用了 wakeup()：这是唯一可由其他线程调用的方法。";
    THREW_GROUP = "It was called at {}; committed offsets belong to a group, and this consumer has no group.id.", "它于 {} 被调用；已提交的位置属于组，而这个消费者没有 group.id。";
    THREW_OTHER = "It was called at {}, and threw at {}.", "它于 {} 被调用，{} 时抛出。";
}

/// How far back the entry is looked for with which a call began.
const BACK: u64 = 20_000;
/// Partitions that a sentence names.
const NAMED: usize = 3;

impl Past<'_> {
    /// Why the call that an application is inside does not return.
    pub fn call_blocks(&self, node: NodeId) -> Option<Why> {
        let consumer = self.world.node(node)?.as_consumer()?;
        let calls = &consumer.application().calls;
        let waits = calls.blocked()?;
        let now = self.world.now();
        let asks = Said::new(ASKS, &[&waits.call.name(), &consumer.spec().client_id]);
        let (said, fault) = self.reason_of_call(node, consumer, &waits);
        let mut why = Why::new(asks, said, source(consumer, waits.call));
        let all = waits.answered + waits.open.len() + waits.asked.len();
        let most = waits.deadline.0.saturating_sub(waits.since.0) / 1000;
        let waited = now.0.saturating_sub(waits.since.0) / 1000;
        why = why
            .guard(ANSWERED, format!("{} = {all}", waits.answered), waits.answered == all)
            .guard(IN_TIME, format!("{waited} < {most} ms"), waited < most)
            .guard(NOT_WOKEN, "–", true);
        if let Some(until) = poll_until(consumer).filter(|_| consumer.spec().subscription.by_group()) {
            // The heartbeat thread counts this time too.
            let out = now.0.saturating_sub(consumer.application().left_poll_at.0) / 1000;
            let most = consumer.config().max_poll_interval_ms;
            why = why.guard(POLL_IN_TIME, format!("{out} < {most} ms"), now < until);
        }
        why = why.root(fault).root(self.client_config(node.0, "default.api.timeout.ms"));
        if waits.again_at > now {
            why = why.root(self.client_config(node.0, "retry.backoff.ms"));
        }
        let asked = |act: &Act| matches!(act, Act::Call { node: it, .. } if *it == node);
        Some(why.root(self.act(asked)).cause(self.call_began(node, waits.since)))
    }

    /// The first thing that stands between a call and its answer, and the fault behind it.
    fn reason_of_call(&self, node: NodeId, consumer: &Consumer, waits: &Blocked<'_>) -> (Said, Option<Root>) {
        let (since, until) = (waits.since, waits.deadline);
        let of_group = waits.call == Call::Committed;
        let coordinator = consumer.group().coordinator();
        let leader = |partition: &TopicPartition| match of_group {
            true => coordinator,
            false => consumer.metadata().leader(partition).map(|(leader, _)| leader),
        };
        if let Some(first) = waits.asked.iter().next() {
            let asked = leader(first);
            let from = asked.map_or_else(|| "?".to_owned(), |id| format!("broker {id}"));
            let same = waits.asked.iter().filter(|partition| leader(partition) == asked);
            let said = Said::new(ASKED, &[&from, &names(same), &since, &until]);
            return (said, asked.and_then(|asked| self.kept_from(node, asked)));
        }
        if of_group && coordinator.is_none() {
            let group = consumer.group().id().cloned().unwrap_or_default();
            let home = CoordinatorPlace::of(self.world, &group).and_then(|place| place.broker);
            let fault = home.and_then(|broker| self.kept_from(node, NodeId(broker)));
            return (Said::new(FINDING, &[&group, &since, &until]), fault);
        }
        let lost: Vec<_> = waits.open.iter().filter(|partition| leader(partition).is_none()).collect();
        if let Some(first) = lost.first() {
            let was = self.registered(first).and_then(|it| it.replicas.first().copied());
            let fault = was.and_then(|broker| self.down(broker));
            return (Said::new(LEADERLESS, &[&names(lost.into_iter()), &since, &until]), fault);
        }
        if waits.again_at > self.world.now() {
            let said = Said::new(AGAIN, &[&names(waits.open.iter()), &waits.again_at, &since, &until]);
            let fault = waits.open.iter().find_map(|partition| self.kept_from(node, leader(partition)?));
            return (said, fault);
        }
        let first = waits.open.iter().next().and_then(leader);
        let to = first.map_or_else(|| "?".to_owned(), |id| format!("broker {id}"));
        let same = waits.open.iter().filter(|partition| leader(partition) == first);
        let said = Said::new(CONNECTING, &[&to, &names(same), &since, &until]);
        (said, first.and_then(|first| self.kept_from(node, first)))
    }

    /// The entry with which a call began: the command, or the first request that it sent.
    fn call_began(&self, node: NodeId, since: Instant) -> Option<Seq> {
        let asks = |entry: &Entry| {
            entry.node == node
                && entry.at >= since
                && matches!(
                    entry.kind,
                    Kind::Commanded
                        | Kind::Sent {
                            response: false,
                            api: Api::ListOffsets | Api::OffsetFetch | Api::FindCoordinator,
                            ..
                        }
                )
        };
        self.latest(BACK, asks)
    }

    /// Why the last call of an application threw instead of returning.
    pub fn call_threw(&self, node: NodeId) -> Option<Why> {
        let consumer = self.world.node(node)?.as_consumer()?;
        let last = consumer.application().calls.answers().next_back()?;
        let exception = last.exception.as_ref()?;
        let asks = Said::new(THREW_ASKS, &[&last.call.name(), &consumer.spec().client_id, exception]);
        let most = consumer.config().values.text("default.api.timeout.ms");
        let mut why = match &**exception {
            "TimeoutException" => {
                let said = Said::new(THREW_TIMEOUT, &[&last.called, &last.at, &most]);
                let config = self.client_config(node.0, "default.api.timeout.ms");
                Why::new(asks, said, source(consumer, last.call)).root(config)
            }
            "WakeupException" => {
                let said = Said::new(THREW_WAKEUP, &[&last.called, &last.at]);
                let woke = |act: &Act| matches!(act, Act::Wakeup { node: it } if *it == node);
                Why::new(asks, said, "ConsumerNetworkClient.maybeTriggerWakeup").root(self.act(woke))
            }
            "InvalidGroupIdException" => {
                let said = Said::new(THREW_GROUP, &[&last.called]);
                let config = self.client_config(node.0, "group.id");
                Why::new(asks, said, "ClassicKafkaConsumer.maybeThrowInvalidGroupIdException").root(config)
            }
            _ => {
                Why::new(asks, Said::new(THREW_OTHER, &[&last.called, &last.at]), source(consumer, last.call))
            }
        };
        let waited = took(last);
        if &**exception == "TimeoutException" {
            why = why.guard(IN_TIME, format!("{waited} < {most} ms"), false);
        }
        let threw = |entry: &Entry| entry.node == node && matches!(entry.kind, Kind::Threw { .. });
        Some(why.cause(self.latest(BACK, threw)))
    }

    /// Every question about the calls of a consumer.
    pub(super) fn of_calls(&self, node: NodeId) -> Vec<Why> {
        let blocks = self.call_blocks(node);
        let threw = if blocks.is_none() { self.call_threw(node) } else { None };
        blocks.into_iter().chain(threw).collect()
    }

    /// The calls that block in a group.
    pub(super) fn calls_of_group(&self, group: &str) -> Vec<Why> {
        self.members_of(group).filter_map(|(id, _)| self.call_blocks(id)).collect()
    }
}

fn took(last: &Answered) -> u64 {
    last.at.0.saturating_sub(last.called.0) / 1000
}

/// With `group.protocol=consumer` it is another client that waits.
fn source(consumer: &Consumer, call: Call) -> &'static str {
    match (consumer.group().protocol(), call) {
        (GroupProtocol::Classic, Call::Committed) => "ConsumerCoordinator.fetchCommittedOffsets",
        (GroupProtocol::Classic, _) => "OffsetFetcher.fetchOffsetsByTimes",
        (GroupProtocol::Consumer, Call::Committed) => "CommitRequestManager.fetchOffsets",
        (GroupProtocol::Consumer, _) => "OffsetsRequestManager.fetchOffsets",
    }
}

/// `orders-0, orders-1, orders-2 +3`.
fn names<'a>(partitions: impl Iterator<Item = &'a TopicPartition>) -> String {
    let all: Set<&TopicPartition> = partitions.collect();
    let named: Vec<String> = all.iter().take(NAMED).map(ToString::to_string).collect();
    let rest = all.len().saturating_sub(NAMED);
    let more = if rest > 0 { format!(" +{rest}") } else { String::new() };
    format!("{}{more}", named.join(", "))
}
