//! Why a group waits, why a member has no partition, and why a member is none any more.

use super::Past;
use super::Root;
use super::Said;
use super::Why;
use super::machines::name;
use super::replica::BACK;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::coordinator::group::GroupView as Known;
use crate::kafka::coordinator::group::classic::ClassicState;
use crate::kafka::node::Node;
use crate::kafka::node::NodeSpec;
use crate::kafka::protocol::Api;
use crate::lab::ADMIN;
use crate::lab::Act;
use crate::lab::GroupState;
use crate::lab::Kind;
use crate::lab::Seq;
use crate::view::Doings;
use crate::view::GroupWait;
use crate::view::Text;
use crate::view::group::Coordinator;
use crate::view::group::poll_until;

texts! {
    WAITS_ASKS = "Why does the group {} wait?", "组 {} 为什么在等？";
    WAITS_JOIN = "PreparingRebalance: everybody is to join again. {} of {} have; it waits for {}, until {} at most. Then who is missing is out of the group.", "PreparingRebalance：所有成员须重新加入。已到 {}/{}；还在等 {}，最迟 {}。届时未到者被移出组。";
    WAITS_MORE = "A group that was empty waits for more members before it shares its partitions out, until {}; whoever comes meanwhile makes it wait once more.", "原为空的组先等更多成员再分配，到 {}；期间有新成员则再等一次。";
    WAITS_PENDING = "{} member ids were handed out (MEMBER_ID_REQUIRED) and have not come back with a JoinGroup; it waits for them until {} at most.", "有 {} 个 member id 已发出（MEMBER_ID_REQUIRED）但尚未带回 JoinGroup；最迟等到 {}。";
    WAITS_SYNC = "CompletingRebalance: generation {} is made, and its leader has to assign. {} have not synced; until {} at most.", "CompletingRebalance：generation {} 已成立，由 leader 分配。尚未 sync：{}；最迟 {}。";
    WAITS_EPOCH = "Members are on their way to the target of epoch {}: {} still give up or wait for partitions. Everybody else goes on reading.", "成员正走向 epoch {} 的目标分配：{} 仍在交出或等待分区。其他成员照常消费。";
    WORKS = "{} works on what poll() gave it, until {}: it joins when it calls poll() again.", "{} 正在处理 poll() 给的记录，到 {}；再次调用 poll() 时才加入。";
    IS_GONE = "{} does not run.", "{} 没有运行。";
    JOINED = "members that have joined = members", "已加入的成员 = 全部成员";
    PENDING = "ids handed out and not used = 0", "已发出未使用的 id = 0";
    SYNCED = "members that have synced = members", "已 sync 的成员 = 全部成员";
    RECONCILED = "members at the target = members", "已达目标的成员 = 全部成员";
    IN_TIME = "now < the end of the rebalance timeout", "现在 < 再均衡超时的终点";
    NONE_ASKS = "Why has {} no partition?", "{} 为什么没有分区？";
    OUTSIDE_ASKS = "Why is {} no member of {}?", "{} 为什么不是组 {} 的成员？";
    NONE_MANY = "The group {} has {} {member|members} for {} {partition|partitions}. A partition has one owner in a group, so somebody is left without.", "组 {} 有 {} 个成员、{} 个分区。组内一个分区只有一个拥有者，故有成员空闲。";
    NONE_OTHERS = "The assignor gave all {} {partition|partitions} to the other members: it looks at each topic by itself, or keeps what others have.", "分配器把全部 {} 个分区给了其他成员：它逐 topic 计算，或保留他人已有的分区。";
    NONE_SOON = "The group is in {}: partitions are being shared out.", "组处于 {}：正在分配分区。";
    NONE_HELD = "Its target has {} {partition|partitions}, and other members have yet to give them up.", "它的目标分配有 {} 个分区，其他成员尚未交出。";
    NONE_TOPIC = "None of the topics that it subscribes to has a partition.", "它订阅的 topic 都没有分区。";
    ENOUGH = "members ≤ partitions", "成员数 ≤ 分区数";
    IS_MEMBER = "is a member", "是组成员";
    SHARED = "group is Stable", "组为 Stable";
    NOT_SLOW = "It has left the group: its application did not call poll() for max.poll.interval.ms = {}. It joins again when poll() is called.", "它已离组：应用已有 max.poll.interval.ms = {} 未调用 poll()。再次调用 poll() 时重新加入。";
    NOT_FENCED = "It is fenced: another process came with its group.instance.id (FENCED_INSTANCE_ID).", "它被隔离：另一进程带着它的 group.instance.id 加入（FENCED_INSTANCE_ID）。";
    NOT_JOINED = "It has not finished joining the group {}.", "它尚未完成加入组 {}。";
    NOT_FOUND = "It looks for the coordinator of the group {} and has not found it yet.", "它正在寻找组 {} 的 coordinator，尚未找到。";
    OUT_ASKS = "Why was {} taken out of the group {}?", "{} 为什么被移出组 {}？";
    OUT_SILENT = "The coordinator did not hear of it for its session timeout, {} ms: no heartbeat, no commit.", "coordinator 在其会话超时 {} 毫秒内没有收到它的任何消息：无心跳、无提交。";
    OUT_LATE = "It did not join again within the rebalance timeout, {} ms: the largest max.poll.interval.ms of the group.", "它未在再均衡超时 {} 毫秒内重新加入：取组内最大的 max.poll.interval.ms。";
    OUT_POLL = "It left by itself: its application did not call poll() for max.poll.interval.ms = {}. It heartbeats from another thread, which would have kept it alive.", "它自己离组：应用已有 max.poll.interval.ms = {} 未调用 poll()。心跳在另一线程，本可维持会话。";
    OUT_CLOSED = "It said goodbye (LeaveGroup): it was closed or unsubscribed.", "它主动告别（LeaveGroup）：被关闭或取消订阅。";
    OUT_ADMIN = "A person took it out of the group.", "有人把它移出组。";
    OUT_REPLACED = "Another process came with its group.instance.id and has its place.", "另一进程带着它的 group.instance.id 加入，取代了它。";
    HEARD = "time since it was heard of < session.timeout.ms", "距上次听到它 < session.timeout.ms";
    REJOINED = "joined again before the rebalance timeout", "在再均衡超时前重新加入";
    POLLED = "time since poll() < max.poll.interval.ms", "距上次 poll() < max.poll.interval.ms";
}

/// Members without a partition that are asked about.
const IDLE: usize = 4;

impl Past<'_> {
    /// What a group waits for, and which of its members have nothing to read.
    pub fn of_group(&self, group: &str) -> Vec<Why> {
        let mut whys: Vec<Why> = self.group_waits(group).into_iter().collect();
        whys.extend(self.calls_of_group(group));
        whys.extend(self.members_of(group).filter_map(|(id, _)| self.no_partition(id)).take(IDLE));
        whys
    }

    /// Running consumers that want to be in a group.
    pub(super) fn members_of(&self, group: &str) -> impl Iterator<Item = (NodeId, &Consumer)> {
        let wants = move |consumer: &&Consumer| {
            consumer.group().id().is_some_and(|it| **it == *group) && consumer.spec().subscription.by_group()
        };
        let machines = self.world.machines();
        machines.filter_map(move |(id, machine)| {
            Some((id, machine.node().and_then(Node::as_consumer).filter(wants)?))
        })
    }

    /// The machine of a member id.
    pub(super) fn member_node(&self, group: &str, id: &str) -> Option<NodeId> {
        let by_id = self.members_of(group).find(|(_, consumer)| **consumer.group().member() == *id);
        by_id.map(|(node, _)| node).or_else(|| {
            // A process that is gone: its coordinator gave it an id that begins with its `client.id`.
            let of = |spec: &NodeSpec| match spec {
                NodeSpec::Consumer(spec) => id.starts_with(&format!("{}-", spec.client_id)),
                _ => false,
            };
            self.world.machines().find(|(_, machine)| of(&machine.spec)).map(|(node, _)| node)
        })
    }

    pub(super) fn called(&self, group: &str, id: &str) -> String {
        self.member_node(group, id).map_or_else(|| id.to_owned(), name)
    }

    /// Why a group is not stable.
    pub fn group_waits(&self, group: &str) -> Option<Why> {
        let coordinator = Coordinator::of(self.world, group)?;
        let known = coordinator.group(group)?;
        let waits = GroupWait::of(&coordinator, &known)?;
        let asks = Said::new(WAITS_ASKS, &[&group]);
        let called: Vec<String> = waits.missing.iter().map(|id| self.called(group, id)).collect();
        let missing = called.join(", ");
        let until = waits.until;
        let began = self.latest_state(group, GroupState::is_rebalance);
        let why =
            match &known {
                Known::Classic(it) if it.state == ClassicState::PreparingRebalance => {
                    let (all, joined) = (it.members.len(), it.members.len() - waits.missing.len());
                    let source = "GroupMetadataManager.prepareRebalance / ClassicGroup.hasAllMembersJoined";
                    let said = if waits.initial_delay {
                        Said::new(WAITS_MORE, &[&until])
                    } else if waits.missing.is_empty() {
                        Said::new(WAITS_PENDING, &[&waits.pending, &until])
                    } else {
                        Said::new(WAITS_JOIN, &[&joined, &all, &missing, &until])
                    };
                    let why = Why::new(asks, said, source)
                        .guard(JOINED, format!("{joined} = {all}"), joined == all)
                        .guard(PENDING, format!("{} = 0", waits.pending), waits.pending == 0)
                        .guard(IN_TIME, format!("{} < {until}", self.world.now()), self.world.now() < until);
                    if waits.initial_delay {
                        let delay = coordinator.shard.config().initial_rebalance_delay_ms;
                        why.root(self.broker_config(
                            coordinator.node.0,
                            "group.initial.rebalance.delay.ms",
                            delay,
                        ))
                    } else {
                        self.slow(why, group, &waits.missing, coordinator.node)
                    }
                }
                Known::Classic(it) => {
                    let (all, synced) =
                        (it.members.len(), it.members.len().saturating_sub(waits.missing.len()));
                    let said = Said::new(WAITS_SYNC, &[&it.generation, &missing, &until]);
                    let why = Why::new(asks, said, "GroupMetadataManager.classicGroupSyncToClassicGroup")
                        .guard(SYNCED, format!("{synced} = {all}"), synced == all);
                    self.slow(why, group, &waits.missing, coordinator.node)
                }
                Known::Consumer(it) => {
                    let (all, there) = (it.members.len(), it.members.len() - waits.missing.len());
                    let said = Said::new(WAITS_EPOCH, &[&it.assignment_epoch, &missing]);
                    let why = Why::new(asks, said, "CurrentAssignmentBuilder.build / ConsumerGroup.state")
                        .guard(RECONCILED, format!("{there} = {all}"), there == all);
                    self.slow(why, group, &waits.missing, coordinator.node)
                }
            };
        Some(why.cause(began))
    }

    /// Adds what the missing members do, and what keeps them from coming.
    fn slow(&self, mut why: Why, group: &str, missing: &[Name], coordinator: NodeId) -> Why {
        for id in missing.iter().take(3) {
            let Some(node) = self.member_node(group, id) else { continue };
            let consumer = self.world.node(node).and_then(Node::as_consumer);
            match consumer {
                None => why = why.guard(Said::new(IS_GONE, &[&name(node)]), "✗", false),
                Some(consumer) => {
                    if let Some(until) = consumer.application().working_until() {
                        why = why.guard(Said::new(WORKS, &[&name(node), &until]), format!("{until}"), false);
                    }
                }
            }
            why = why.root(self.down(node)).root(self.link(node, coordinator));
            why = why.root(self.client_config(node.0, "max.poll.interval.ms"));
        }
        why
    }

    /// The latest entry in which a group came into such a state.
    pub(super) fn latest_state(&self, group: &str, fits: fn(GroupState) -> bool) -> Option<Seq> {
        let id = self.world.names().group_called(group)?;
        self.latest(BACK, |entry| match entry.kind {
            Kind::GroupMoved { group, state, .. } => group == id && fits(state),
            _ => false,
        })
    }

    /// Why a consumer in a group has nothing to read.
    pub fn no_partition(&self, node: NodeId) -> Option<Why> {
        let consumer = self.world.node(node)?.as_consumer()?;
        let group = consumer.group().id().filter(|_| consumer.spec().subscription.by_group())?;
        let asks = Said::new(NONE_ASKS, &[&name(node)]);
        if consumer.assigned().next().is_some() {
            // It learns that it has lost everything with its next poll().
            let out = matches!(Doings::of(consumer, self.world.now()), Doings::LeftTooSlow | Doings::Fenced);
            let asks = Said::new(OUTSIDE_ASKS, &[&name(node), group]);
            return out.then(|| self.outside(node, consumer, group, asks));
        }
        let coordinator = Coordinator::of(self.world, group);
        let known = coordinator.as_ref().and_then(|it| it.group(group));
        let id = consumer.group().member();
        let is_member = known.as_ref().is_some_and(|known| match known {
            Known::Classic(it) => it.member(id).is_some(),
            Known::Consumer(it) => it.members.contains_key(id),
        });
        let Some(known) = known.filter(|_| is_member) else {
            return Some(self.outside(node, consumer, group, asks));
        };
        let state = GroupState::called(known.state());
        if state.is_rebalance() && !matches!(known, Known::Consumer(_)) {
            let said = Said::new(NONE_SOON, &[&state.name()]);
            let why = Why::new(asks, said, "ConsumerCoordinator.poll / joinGroupIfNeeded");
            let why = why.guard(IS_MEMBER, "✓", true).guard(SHARED, state.name(), false);
            return Some(why.cause(self.latest_state(group, GroupState::is_rebalance)));
        }
        if let Known::Consumer(it) = &known {
            let target = it.members.get(id).map(|member| it.target_of(member));
            let count: usize = target.iter().flat_map(|target| target.values()).map(|of| of.len()).sum();
            if count > 0 {
                let said = Said::new(NONE_HELD, &[&count]);
                let why = Why::new(asks, said, "CurrentAssignmentBuilder.computeNextAssignment");
                return Some(why.guard(IS_MEMBER, "✓", true).cause(self.latest_state(group, |_| true)));
            }
        }
        Some(self.left_without(node, group, &known, asks))
    }

    /// A member of a stable group that was given nothing.
    fn left_without(&self, node: NodeId, group: &Name, known: &Known<'_>, asks: Said) -> Why {
        let members = match known {
            Known::Classic(it) => it.members.len(),
            Known::Consumer(it) => it.members.len(),
        };
        let partitions = self.partitions_of(group);
        let said = if partitions == 0 {
            NONE_TOPIC.into()
        } else if members > partitions {
            Said::new(NONE_MANY, &[group, &members, &partitions])
        } else {
            Said::new(NONE_OTHERS, &[&partitions])
        };
        let config = match known {
            Known::Classic(_) => "partition.assignment.strategy",
            Known::Consumer(_) => "group.remote.assignor",
        };
        Why::new(asks, said, "AbstractPartitionAssignor.assign")
            .guard(IS_MEMBER, "✓", true)
            .guard(SHARED, known.state(), true)
            .guard(ENOUGH, format!("{members} ≤ {partitions}"), members <= partitions)
            .root(self.client_config(node.0, config))
            .cause(self.latest_state(group, |state| state == GroupState::Stable))
    }

    /// How many partitions the topics have that the members of a group subscribe to.
    fn partitions_of(&self, group: &str) -> usize {
        let mut topics: Vec<&Name> =
            self.members_of(group).flat_map(|(_, it)| it.group().classic().subscription().iter()).collect();
        topics.arrange();
        topics.dedup();
        let count = |topic: &&Name| {
            (0..).take_while(|number| self.registered(&TopicPartition::new(topic, *number)).is_some()).count()
        };
        topics.iter().map(count).sum()
    }

    /// A consumer that its coordinator does not count to the group.
    fn outside(&self, node: NodeId, consumer: &Consumer, group: &Name, asks: Said) -> Why {
        let now = self.world.now();
        let most = consumer.config().max_poll_interval_ms;
        let (said, config): (Said, &'static str) = match Doings::of(consumer, now) {
            Doings::LeftTooSlow => (Said::new(NOT_SLOW, &[&most]), "max.poll.interval.ms"),
            Doings::Fenced => (NOT_FENCED.into(), "group.instance.id"),
            _ if consumer.group().coordinator().is_none() => (Said::new(NOT_FOUND, &[group]), "group.id"),
            _ => (Said::new(NOT_JOINED, &[group]), "group.id"),
        };
        let fault = consumer.group().coordinator().and_then(|broker| self.kept_from(node, broker));
        Why::new(asks, said, "ConsumerCoordinator.poll")
            .guard(IS_MEMBER, "✗", false)
            .root(fault)
            .root(self.client_config(node.0, config))
    }

    /// Why a coordinator does not count a member any more; asked of the world just before.
    pub(super) fn member_went(&self, entry: Seq, group: &str, id: &str) -> Option<Why> {
        let coordinator = Coordinator::of(self.world, group)?;
        let known = coordinator.group(group)?;
        let node = self.member_node(group, id);
        let asks = Said::new(OUT_ASKS, &[&self.called(group, id), &group]);
        let cause = self.journal.get(entry).and_then(|line| self.journal.get(line.cause)).map(|it| it.kind);
        let config = |name| node.and_then(|node| self.client_config(node.0, name));
        let fault = || node.and_then(|node| self.kept_from(coordinator.node, node));
        Some(match cause {
            Some(Kind::Received { api: Api::LeaveGroup | Api::ConsumerGroupHeartbeat, peer, .. })
                if peer != ADMIN =>
            {
                let late = node
                    .and_then(|node| self.world.node(node)?.as_consumer())
                    .filter(|it| poll_until(it).is_some_and(|until| until <= self.world.now()));
                match late {
                    Some(consumer) => {
                        let most = consumer.config().max_poll_interval_ms;
                        Why::new(
                            asks,
                            Said::new(OUT_POLL, &[&most]),
                            "AbstractCoordinator.HeartbeatThread.run",
                        )
                        .guard(POLLED, format!("{most} ms"), false)
                        .root(config("max.poll.interval.ms"))
                    }
                    None => Why::new(asks, OUT_CLOSED, "AbstractCoordinator.maybeLeaveGroup")
                        .root(self.farewell(node)),
                }
            }
            Some(Kind::Received { peer: ADMIN, .. }) => {
                let act = self.act(|act| matches!(act, Act::RemoveMembers { .. }));
                Why::new(asks, OUT_ADMIN, "KafkaAdminClient.removeMembersFromConsumerGroup").root(act)
            }
            Some(Kind::Received { api: Api::JoinGroup, .. }) => {
                Why::new(asks, OUT_REPLACED, "ClassicGroup.replaceStaticMember")
                    .root(config("group.instance.id"))
            }
            _ => {
                let rejoins = matches!(&known, Known::Classic(it) if it.state == ClassicState::PreparingRebalance
                    && self.beside(entry, |kind| match kind {
                        Kind::GroupMoved { state: GroupState::CompletingRebalance | GroupState::Empty, .. } => Some(()),
                        _ => None,
                    }).is_some());
                if let (true, Known::Classic(it)) = (rejoins, &known) {
                    let most = it.rebalance_timeout_ms();
                    Why::new(
                        asks,
                        Said::new(OUT_LATE, &[&most]),
                        "GroupMetadataManager.completeClassicGroupJoin",
                    )
                    .guard(REJOINED, "✗", false)
                    .root(fault())
                    .root(config("max.poll.interval.ms"))
                } else {
                    let session = session_ms(&known, &coordinator, id);
                    let source = "GroupMetadataManager.expireClassicGroupMemberHeartbeat";
                    Why::new(asks, Said::new(OUT_SILENT, &[&session]), source)
                        .guard(HEARD, format!("{session} ms"), false)
                        .root(fault())
                        .root(config("session.timeout.ms"))
                }
            }
        })
    }

    /// The act with which a consumer was told to go.
    fn farewell(&self, node: Option<NodeId>) -> Option<Root> {
        self.act(|act| match act {
            Act::CloseConsumer { node: it }
            | Act::Unsubscribe { node: it }
            | Act::RemoveClient { node: it } => Some(*it) == node,
            _ => false,
        })
    }
}

/// How long a member may be silent.
fn session_ms(known: &Known<'_>, coordinator: &Coordinator<'_>, id: &str) -> i32 {
    match known {
        Known::Classic(it) => it.member(id).map_or(0, |member| member.session_timeout_ms),
        Known::Consumer(_) => coordinator.shard.config().consumer_session_timeout_ms,
    }
}
