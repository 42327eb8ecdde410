//! Why a consumer does not have a record.

use super::Past;
use super::Root;
use super::Said;
use super::Why;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::AssignedPartition;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::FetchState;
use crate::kafka::node::Node;
use crate::lab::Act;
use crate::lab::Kind;
use crate::view::ReplicaDetail;
use crate::view::Text;
use crate::view::WaitKind;

texts! {
    ASKS = "Why has {} not read offset {} of {}?", "{} 为什么还没读到 {2} 的 offset {1}？";
    NOT_ASSIGNED = "{} is not assigned to it.", "{} 没有分配给它。";
    PAUSED = "The partition is paused: poll() gives nothing of it, and nothing is fetched.", "该分区已暂停：poll() 不返回它的记录，也不拉取。";
    ASKING_COMMITTED = "It has no position yet: it asks the group's coordinator where the group had come to.", "还没有位置：正在向组的 coordinator 询问已提交的位置。";
    RESETTING = "It has no position yet: it asks the leader where to begin (auto.offset.reset).", "还没有位置：正在向 leader 询问起点（auto.offset.reset）。";
    VALIDATING = "A new leader: it first asks whether its position is still part of the log (KIP-320).", "leader 已更换：先核对自己的位置是否仍在日志中（KIP-320）。";
    FAILED = "It gave up: {}", "已放弃：{}";
    BACKOFF = "After an error ({}) it fetches again at {} (retry.backoff.ms).", "出错（{}）后，{} 再次拉取（retry.backoff.ms）。";
    LEADERLESS = "The partition has no leader it could ask.", "该分区没有可请求的 leader。";
    ABOVE = "Offset {} is at or above the high watermark {}: not committed, so no consumer gets it.", "offset {} 不低于高水位 {}：未提交，消费者拿不到。";
    BUFFERED = "It is fetched and lies in the consumer; the next poll() hands it over (max.poll.records = {}).", "已拉取到消费者内；下一次 poll() 交付（max.poll.records = {}）。";
    WAITS = "Its fetch waits at the leader: from offset {} on there is not enough to give (fetch.min.bytes = {}), until {}.", "它的 fetch 正在 leader 处等待：从 offset {} 起不足 fetch.min.bytes = {}，最迟 {}。";
    NOT_YET = "It is at {} and reads in order; a fetch for what comes next is on its way.", "它在 {}，按序读取；下一段的 fetch 正在途中。";
    POSITION = "position > offset", "位置 > offset";
    READABLE = "offset < high watermark", "offset < 高水位";
    UNPAUSED = "not paused", "未暂停";
}

impl Past<'_> {
    /// The client of this name.
    pub(super) fn client_called(&self, client: &str) -> Option<NodeId> {
        let name = |node: &Node| match node {
            Node::Consumer(it) => Some(it.spec().client_id.clone()),
            Node::Producer(it) => Some(it.spec().client_id.clone()),
            _ => None,
        };
        let found = |node: &Node| name(node).is_some_and(|it| &*it == client);
        self.world.machines().find(|(_, machine)| machine.node().is_some_and(found)).map(|(id, _)| id)
    }

    /// Why a consumer does not have the next record of each of its partitions, where it waits for it.
    pub fn of_consumer(&self, node: NodeId) -> Vec<Why> {
        let Some(consumer) = self.world.node(node).and_then(Node::as_consumer) else { return Vec::new() };
        let next = |(id, state): (&TopicPartition, &AssignedPartition)| {
            self.unread(node, id, state.position().map_or(0, |position| position.offset))
        };
        let mut whys = self.of_calls(node);
        whys.extend(self.no_partition(node));
        if let Some(group) = consumer.group().id().filter(|_| consumer.spec().subscription.by_group()) {
            whys.extend(self.group_waits(group));
        }
        whys.extend(consumer.assigned().filter_map(next));
        whys.extend(self.starts(node));
        whys
    }

    /// The consumers of a partition, running or not.
    pub(super) fn readers(&self, partition: &TopicPartition) -> Vec<NodeId> {
        let reads = |consumer: &Consumer| consumer.assigned().any(|(id, _)| id == partition);
        let machines = self.world.machines();
        machines
            .filter(|(_, machine)| machine.node().and_then(Node::as_consumer).is_some_and(reads))
            .map(|(id, _)| id)
            .collect()
    }

    /// Why a consumer has not read an offset; nothing when it has.
    pub fn unread(&self, node: NodeId, partition: &TopicPartition, offset: Offset) -> Option<Why> {
        let consumer = self.world.node(node)?.as_consumer()?;
        let name = &consumer.spec().client_id;
        let asks = Said::new(ASKS, &[name, &offset, partition]);
        let Some((_, state)) = consumer.assigned().find(|(id, _)| *id == partition) else {
            return Some(Why::new(asks, Said::new(NOT_ASSIGNED, &[partition]), "KafkaConsumer.assign"));
        };
        let position = state.position().map(|position| position.offset);
        if position.is_some_and(|position| position > offset) {
            return None;
        }
        let leader = self.registered(partition).and_then(|registered| registered.leader);
        let watermark = leader.and_then(|id| Some(self.here(id, partition)?.log.high_watermark()));
        let (said, source, roots) = self.reason(node, consumer, (partition, state), offset, watermark);
        let consumed = self.latest_at(partition, |entry| match entry.kind {
            Kind::Consumed { spot, .. } if entry.node == node => Some(spot),
            _ => None,
        });
        let mut why = Why::new(asks, said, source);
        let at = position.map_or_else(|| "?".to_owned(), |at| at.to_string());
        why = why.guard(POSITION, format!("{at} > {offset}"), false);
        if let Some(watermark) = watermark {
            why = why.guard(READABLE, format!("{offset} < {watermark}"), offset < watermark);
        }
        why = why.guard(UNPAUSED, if state.paused { "✗" } else { "✓" }, !state.paused);
        why.roots.extend(roots);
        Some(why.cause(consumed))
    }

    /// The first thing that stands between a consumer and an offset.
    fn reason(
        &self,
        node: NodeId,
        consumer: &Consumer,
        (partition, state): (&TopicPartition, &AssignedPartition),
        offset: Offset,
        watermark: Option<Offset>,
    ) -> (Said, &'static str, Vec<Root>) {
        let here = |act: &Act| match act {
            Act::Pause { node: it, topic, partition: number } => {
                (it, topic, *number) == (&node, &partition.topic, partition.partition)
            }
            _ => false,
        };
        if state.paused {
            return (PAUSED.into(), "SubscriptionState.isFetchable", self.act(here).into_iter().collect());
        }
        match &state.state {
            FetchState::AwaitCommitted => {
                return (
                    ASKING_COMMITTED.into(),
                    "ConsumerCoordinator.initWithCommittedOffsetsIfNeeded",
                    self.client_config(node.0, "group.id").into_iter().collect(),
                );
            }
            FetchState::AwaitReset { .. } => {
                let config = self.client_config(node.0, "auto.offset.reset");
                return (
                    RESETTING.into(),
                    "OffsetFetcher.resetPositionsIfNeeded",
                    config.into_iter().collect(),
                );
            }
            FetchState::AwaitValidation { .. } => {
                return (VALIDATING.into(), "OffsetFetcher.validatePositionsIfNeeded", Vec::new());
            }
            FetchState::Failed { error, .. } => {
                return (Said::new(FAILED, &[error]), "FetchCollector.handleInitializeErrors", Vec::new());
            }
            FetchState::Fetching { .. } => {}
        }
        if state.backoff_until > self.world.now() {
            let error = state.last_error.as_ref().map_or("", |(_, error)| error.as_str());
            let said = Said::new(BACKOFF, &[&error, &state.backoff_until]);
            let config = self.client_config(node.0, "retry.backoff.ms");
            return (said, "AbstractFetch.handleFetchFailure", config.into_iter().collect());
        }
        self.at_the_leader(node, consumer, partition, offset, watermark)
    }

    fn at_the_leader(
        &self,
        node: NodeId,
        consumer: &Consumer,
        partition: &TopicPartition,
        offset: Offset,
        watermark: Option<Offset>,
    ) -> (Said, &'static str, Vec<Root>) {
        let Some(leader) = self.registered(partition).and_then(|registered| registered.leader) else {
            return (LEADERLESS.into(), "AbstractFetch.prepareFetchRequests", Vec::new());
        };
        if consumer.buffered().any(|fetch| fetch.partition == *partition) {
            let most = consumer.config().values.text("max.poll.records");
            let config = self.client_config(node.0, "max.poll.records");
            return (
                Said::new(BUFFERED, &[&most]),
                "FetchCollector.collectFetch",
                config.into_iter().collect(),
            );
        }
        let detail = ReplicaDetail::of(self.world, leader, partition);
        let waits = detail.map(|detail| detail.waits).unwrap_or_default();
        let name = &consumer.spec().client_id;
        let mine = waits.iter().find_map(|wait| match &wait.kind {
            WaitKind::Fetch { follower: None, min_bytes, from, end } if wait.client == **name => {
                Some((from.unwrap_or(*end), *min_bytes, wait.until))
            }
            _ => None,
        });
        if let Some(watermark) = watermark.filter(|watermark| offset >= *watermark) {
            let here = self.here(leader, partition);
            let above = here.as_ref().filter(|here| here.log.log_end_offset() > offset);
            if let Some(why) = above.and_then(|here| self.watermark(here)) {
                let said = Said::new(ABOVE, &[&offset, &watermark]);
                return (said, "ReplicaManager.readFromLog (FetchIsolation.HIGH_WATERMARK)", why.roots);
            }
        }
        if let Some((from, min_bytes, until)) = mine {
            let said = Said::new(WAITS, &[&from, &min_bytes, &until]);
            let configs = ["fetch.min.bytes", "fetch.max.wait.ms"];
            let roots = configs.into_iter().filter_map(|name| self.client_config(node.0, name));
            return (said, "DelayedFetch.tryComplete", roots.collect());
        }
        let position = consumer.assigned().find(|(id, _)| *id == partition);
        let position = position.and_then(|(_, state)| state.position()).map_or(0, |it| it.offset);
        let fault = self.kept_from(node, leader).into_iter().collect();
        (Said::new(NOT_YET, &[&position]), "Fetcher.sendFetches", fault)
    }

    /// A client's config as it is in force.
    pub fn client_config(&self, client: i32, name: &'static str) -> Option<Root> {
        let values = match self.world.node(NodeId(client))? {
            Node::Consumer(consumer) => &consumer.config().values,
            Node::Producer(producer) => &producer.config().values,
            _ => return None,
        };
        Some(Root::Config {
            owner: super::Owner::Client(client),
            name,
            value: values.text(name).to_owned(),
            default: values.default(name).to_owned(),
        })
    }
}
