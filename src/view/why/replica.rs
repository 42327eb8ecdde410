//! What waits, or surprises, at one replica: the high watermark, the in-sync set, who leads, what sits in the purgatory.

use super::Past;
use super::Root;
use super::Said;
use super::Why;
use super::ms;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::WALL_START_MS;
use crate::kafka::broker::Broker;
use crate::kafka::metadata::PartitionRegistration;
use crate::kafka::node::Node;
use crate::kafka::replication::Leader;
use crate::kafka::replication::Partition;
use crate::kafka::replication::Replica;
use crate::kafka::storage::Log;
use crate::lab::CONTROLLER;
use crate::lab::Entry;
use crate::lab::Kind;
use crate::view::ReplicaDetail;
use crate::view::Text;
use crate::view::Wait;
use crate::view::WaitKind;

/// How far back the entry is looked for with which something began.
pub(super) const BACK: u64 = 50_000;

texts! {
    HW_ASKS = "Why is the high watermark {} and not the log end {}?", "高水位为什么是 {} 而不是日志末端 {}？";
    HW_BEHIND = "Committed is what every in-sync replica has. Of {}, {} has only what lies below {}.", "每个同步副本都有的记录才算已提交。{} 中，{} 只有 {} 之前的记录。";
    HW_MOVES = "Every in-sync replica has everything: it moves with the next fetch that tells so.", "同步副本都已追上：下一次 fetch 告知后高水位即前移。";
    HW_FROZEN = "The in-sync set has {} {member|members} and min.insync.replicas asks for {}: nothing is committed, and acks=all is refused with NOT_ENOUGH_REPLICAS.", "同步副本只有 {} 个，而 min.insync.replicas 要求 {} 个：不再提交，acks=all 被拒绝并返回 NOT_ENOUGH_REPLICAS。";
    LEO_OF = "LEO of broker {}", "broker {} 的 LEO";
    ISR_SIZE = "|ISR| ≥ min.insync.replicas", "|ISR| ≥ min.insync.replicas";
    OUT_ASKS = "Why is broker {} out of the ISR of {}?", "broker {} 为什么不在 {} 的 ISR 中？";
    OUT_DOWN = "No process runs there; the controller has fenced it and taken it out.", "那里没有进程；controller 已将其隔离并移出。";
    OUT_FENCED = "The controller has it fenced: a fenced broker is in no ISR.", "它被 controller 隔离（fenced）：被隔离的 broker 不在任何 ISR 中。";
    OUT_LATE = "It last had everything {} ms ago; replica.lag.time.max.ms allows {}. It is back when it has what is committed.", "它上次追上是 {} 毫秒前；replica.lag.time.max.ms 允许 {}。追到高水位后即可回来。";
    OUT_SILENT = "The leader has not seen it fetch in its reign; it is back when it has what is committed.", "本任 leader 还未见它拉取；追到高水位后即可回来。";
    OUT_JOINING = "It has caught up; the leader has asked the controller to take it back.", "它已追上；leader 已请求 controller 让它回来。";
    LAG_TIME = "time since it had everything ≤ replica.lag.time.max.ms", "距上次追上 ≤ replica.lag.time.max.ms";
    BACK_AT = "its LEO ≥ high watermark (to come back)", "它的 LEO ≥ 高水位（才能回来）";
    IS_ALIVE = "broker {} is unfenced", "broker {} 未被隔离";
    LEADS_ASKS = "Why does broker {} lead {}?", "为什么 {1} 由 broker {0} 领导？";
    NO_LEADER_ASKS = "Why has {} no leader?", "{} 为什么没有 leader？";
    LEADS = "The controller takes the first of the assignment that is in the ISR and alive, and keeps it while it is: here broker {}, epoch {}.", "controller 按分配顺序取第一个在 ISR 中且存活的副本，只要仍有效就保留：这里是 broker {}，epoch {}。";
    LEADS_UNCLEAN = "Nobody in the ISR was alive and unclean.leader.election.enable = true: broker {} leads without all committed records.", "ISR 中无存活副本且 unclean.leader.election.enable = true：broker {} 在缺少已提交记录的情况下成为 leader。";
    NO_LEADER = "Of the assignment nobody is in the ISR and alive, and unclean.leader.election.enable = false: the partition waits for {}.", "分配中没有既在 ISR 又存活的副本，且 unclean.leader.election.enable = false：分区等待 {}。";
    CANDIDATE = "broker {}: in the ISR and alive", "broker {}：在 ISR 且存活";
    LEADS_GHOST = "No process runs there, and nobody leads in its place yet: the controller counts on broker {} until its session ends at {}.", "那里已没有进程，也还没有人接任：在会话于 {1} 结束之前，controller 仍认为 broker {0} 在。";
    FETCH_ASKS = "Why does the fetch of {} wait?", "{} 的 fetch 为什么在等？";
    FETCH_BROKER = "broker {}", "broker {}";
    FETCH_EMPTY = "It asks from offset {}, which is the end of what it may read: there is nothing to give. It is answered when {} B are there, or at {}.", "它从 offset {} 开始请求，那正是可读的末端：没有可给的。有 {} 字节时应答，最迟 {}。";
    FETCH_SMALL = "From offset {} on there are fewer bytes than asked for ({} B); it is answered then, or at {}.", "从 offset {} 起的字节数不足要求（{} 字节）；够了就应答，最迟 {}。";
    RECORDS_THERE = "end − fetch offset > 0", "末端 − fetch offset > 0";
    BYTES_THERE = "bytes there ≥ {}", "可给字节 ≥ {}";
    WAITED = "waited ≥ {}", "已等待 ≥ {}";
    PRODUCE_ASKS = "Why is the Produce of {} not answered?", "{} 的 Produce 为什么还没有应答？";
    PRODUCE_WAITS = "acks=all: the high watermark must reach {} and is {}.", "acks=all：高水位须到 {}，现为 {}。";
    NEEDS_HW = "high watermark ≥ required offset", "高水位 ≥ 所需 offset";
    DELETE_ASKS = "Why does DeleteRecords wait?", "DeleteRecords 为什么在等？";
    DELETE_WAITS = "Every live replica must move its log start to {}; they learn of it with their fetches.", "每个存活副本都须把 log start 移到 {}；它们通过 fetch 得知。";
    OFFLINE_ASKS = "Why is {} offline on broker {}?", "{} 在 broker {} 上为什么离线？";
    OFFLINE_BECAUSE = "Its log directory failed: {}", "日志目录出错：{}";
}

/// A replica of a running broker, with what a leader knows.
pub(super) struct Here<'a> {
    pub(super) node: NodeId,
    pub(super) broker: &'a Broker,
    pub(super) replica: &'a Partition,
    pub(super) log: &'a Log,
}

impl<'a> Past<'a> {
    /// Everything that waits or surprises at a replica; nothing when no broker runs there.
    pub fn of_replica(&self, node: NodeId, partition: &TopicPartition) -> Vec<Why> {
        let mut whys = Vec::new();
        whys.extend(self.offline(node, partition));
        if let Some(here) = self.here(node, partition) {
            whys.extend(self.watermark(&here));
            whys.extend(self.waits(&here));
        }
        if let Some(registered) = self.registered(partition) {
            let is_leader = registered.leader == Some(node);
            let out = registered.replicas.iter().filter(|id| !registered.isr.contains(id));
            let out = out.filter(|id| is_leader || registered.leader.is_none() || **id == node);
            whys.extend(out.map(|id| self.out_of_isr(*id, partition, registered)));
            if is_leader || registered.leader.is_none() {
                whys.push(self.leadership(partition, registered));
            }
        }
        whys
    }

    pub(super) fn here(&self, node: NodeId, partition: &TopicPartition) -> Option<Here<'a>> {
        let broker = self.world.node(node).and_then(Node::as_broker)?;
        let replica = broker.partition(partition)?;
        Some(Here { node, broker, replica, log: replica.log()? })
    }

    /// The partition as the controller has decided it; while there is none, as the brokers know it.
    pub(super) fn registered(&self, partition: &TopicPartition) -> Option<&'a PartitionRegistration> {
        let machines = || self.world.machines().filter_map(|(_, machine)| machine.node());
        let decided = machines().find_map(|node| node.as_controller()?.image().partition(partition));
        let known = || {
            let brokers = machines().filter_map(|node| node.as_broker()?.cluster().partition(partition));
            brokers.max_by_key(|registered| registered.partition_epoch)
        };
        decided.or_else(known)
    }

    fn is_alive(&self, broker: NodeId) -> bool {
        let machines = || self.world.machines().filter_map(|(_, machine)| machine.node());
        let decided = machines().find_map(|node| node.as_controller().map(|it| it.image().is_active(broker)));
        let runs = || self.world.machine(broker).is_some_and(|machine| machine.is_running());
        decided.unwrap_or_else(runs)
    }

    /// The latest entry of that kind about a partition.
    pub(super) fn latest_at(
        &self,
        partition: &TopicPartition,
        fits: impl Fn(&Entry) -> Option<crate::lab::journal::Spot>,
    ) -> Option<u64> {
        let names = self.world.names();
        self.latest(BACK, |entry| fits(entry).is_some_and(|spot| names.spot(spot) == partition))
    }

    fn offline(&self, node: NodeId, partition: &TopicPartition) -> Option<Why> {
        let detail = ReplicaDetail::of(self.world, node, partition)?;
        let why = detail.offline?;
        let said = Said::new(OFFLINE_BECAUSE, &[&why]);
        let disk = self.act(|act| matches!(act, crate::lab::Act::SetDisk { node: it, .. } if *it == node));
        Some(
            Why::new(
                Said::new(OFFLINE_ASKS, &[partition, &node.0]),
                said,
                "ReplicaManager.handleLogDirFailure",
            )
            .root(disk),
        )
    }

    /// Why a leader's high watermark is below its log end.
    pub(super) fn watermark(&self, here: &Here<'_>) -> Option<Why> {
        let leader = here.replica.leader()?;
        let (end, watermark) = (here.log.log_end_offset(), here.log.high_watermark());
        if watermark >= end {
            return None;
        }
        let partition = here.replica.id();
        let asks = Said::new(HW_ASKS, &[&watermark, &end]);
        let appended = self.latest_at(partition, |entry| match entry.kind {
            Kind::Appended { spot, .. } if entry.node == here.node => Some(spot),
            _ => None,
        });
        let config = here.log.config();
        let (have, need) = (leader.isr().isr().len(), leader.effective_min_isr(config.min_insync_replicas));
        if have < need {
            let said = Said::new(HW_FROZEN, &[&have, &need]);
            let mut why = Why::new(asks, said, "Partition.maybeIncrementLeaderHW (isUnderMinIsr, KIP-966)")
                .guard(ISR_SIZE, format!("{have} ≥ {need}"), false)
                .cause(appended);
            for follower in leader.followers().filter(|f| !leader.isr().in_maximal(f.broker)) {
                why = why.root(self.kept_from(here.node, follower.broker));
            }
            return Some(why.root(self.topic_config(
                &partition.topic,
                "min.insync.replicas",
                config.min_insync_replicas,
            )));
        }
        Some(self.behind(here, leader, asks).cause(appended))
    }

    fn behind(&self, here: &Here<'_>, leader: &Leader, asks: Said) -> Why {
        let end = here.log.log_end_offset();
        let members = || leader.followers().filter(|f| leader.isr().in_maximal(f.broker));
        let slowest = members().filter(|f| f.log_end_offset < end).min_by_key(|f| f.log_end_offset);
        let isr = format!("{:?}", ids(&leader.isr().maximal()));
        let said = slowest.map_or_else(
            || HW_MOVES.into(),
            |f| {
                let who = format!("broker {}", f.broker.0);
                Said::new(HW_BEHIND, &[&format!("ISR {isr}"), &who, &f.log_end_offset.max(0)])
            },
        );
        let mut why = Why::new(asks, said, "Partition.maybeIncrementLeaderHW");
        for follower in members() {
            let at = follower.log_end_offset;
            let told = Said::new(LEO_OF, &[&follower.broker.0]);
            why = why.guard(told, format!("{} ≥ {end}", known(at)), at >= end);
            if at < end {
                why = why.root(self.kept_from(here.node, follower.broker));
            }
        }
        why
    }

    /// The act that keeps a follower from its leader: its crash, or a fault of their link.
    pub(super) fn kept_from(&self, leader: NodeId, follower: NodeId) -> Option<Root> {
        self.down(follower).or_else(|| self.link(leader, follower))
    }

    /// Why a replica is not in the in-sync set.
    pub(super) fn out_of_isr(
        &self,
        out: NodeId,
        partition: &TopicPartition,
        registered: &PartitionRegistration,
    ) -> Why {
        let leader = registered.leader.and_then(|id| self.here(id, partition));
        let shrank = self.latest_at(partition, |entry| match entry.kind {
            Kind::IsrShrank { spot, gone } if gone == out => Some(spot),
            _ => None,
        });
        let asks = Said::new(OUT_ASKS, &[&out.0, partition]);
        let fenced = "ReplicationControlManager.handleBrokerFenced";
        let alive = Said::new(IS_ALIVE, &[&out.0]);
        let down = self.world.machine(out).is_none_or(|machine| !machine.is_running());
        if down || !self.is_alive(out) {
            let said = if down { OUT_DOWN } else { OUT_FENCED };
            let root = registered.leader.map_or_else(|| self.down(out), |id| self.kept_from(id, out));
            return Why::new(asks, said, fenced).guard(alive, "–", false).root(root).cause(shrank);
        }
        let follower = leader.as_ref().and_then(|here| Some((here, here.replica.leader()?.follower(out)?)));
        let Some((here, follower)) = follower else {
            return Why::new(asks, OUT_SILENT, fenced).guard(alive, "✓", true).cause(shrank);
        };
        self.late(asks, here, follower).guard(alive, "✓", true).cause(shrank)
    }

    fn late(&self, asks: Said, here: &Here<'_>, follower: &Replica) -> Why {
        let most = here.broker.config().replica_lag_time_max_ms;
        let now = self.world.now().as_millis() as i64 + WALL_START_MS;
        let since = now - follower.last_caught_up_ms;
        let known_time = follower.last_caught_up_ms >= WALL_START_MS;
        let watermark = here.log.high_watermark();
        let joining = here.replica.leader().is_some_and(|it| it.isr().in_maximal(follower.broker));
        let said = match (joining, known_time) {
            (true, _) => OUT_JOINING.into(),
            (_, true) => Said::new(OUT_LATE, &[&since, &most]),
            (_, false) => OUT_SILENT.into(),
        };
        let time = if known_time { format!("{since} ≤ {most}") } else { format!("? ≤ {most}") };
        let place = format!("{} ≥ {watermark}", known(follower.log_end_offset));
        Why::new(asks, said, "Partition.maybeShrinkIsr / getOutOfSyncReplicas")
            .guard(LAG_TIME, time, known_time && since <= most)
            .guard(BACK_AT, place, follower.log_end_offset >= watermark)
            .root(self.link(here.node, follower.broker))
            .root(self.broker_config(here.node.0, "replica.lag.time.max.ms", most))
    }

    /// Why this broker leads, or none.
    pub(super) fn leadership(&self, partition: &TopicPartition, registered: &PartitionRegistration) -> Why {
        let changed = self.latest_at(partition, |entry| match entry.kind {
            Kind::LeaderChanged { spot, .. } => Some(spot),
            _ => None,
        });
        let unclean = registered.leader.is_some_and(|it| !registered.isr.contains(&it))
            || registered.leader_recovery_state != crate::kafka::metadata::LeaderRecoveryState::Recovered;
        let isr = ids(&registered.isr);
        let (asks, said) = match registered.leader {
            Some(id) if unclean => {
                (Said::new(LEADS_ASKS, &[&id.0, partition]), Said::new(LEADS_UNCLEAN, &[&id.0]))
            }
            Some(id) if self.ghost(id).is_some() => {
                let ends = self.ghost(id).unwrap_or_default();
                (Said::new(LEADS_ASKS, &[&id.0, partition]), Said::new(LEADS_GHOST, &[&id.0, &ends]))
            }
            Some(id) => (
                Said::new(LEADS_ASKS, &[&id.0, partition]),
                Said::new(LEADS, &[&id.0, &registered.leader_epoch]),
            ),
            None => {
                (Said::new(NO_LEADER_ASKS, &[partition]), Said::new(NO_LEADER, &[&format!("ISR {isr:?}")]))
            }
        };
        let mut why =
            Why::new(asks, said, "PartitionChangeBuilder.electAnyLeader (isValidNewLeader)").cause(changed);
        for id in &registered.replicas {
            let (in_sync, alive) = (registered.isr.contains(id), self.is_alive(*id));
            let is = |yes: bool| if yes { "✓" } else { "✗" };
            let value = format!("{} ∧ {}", is(in_sync), is(alive));
            why = why.guard(Said::new(CANDIDATE, &[&id.0]), value, in_sync && alive);
        }
        for id in &registered.replicas {
            why = why.root(self.down(*id));
        }
        if registered.leader.is_none() || unclean {
            let allowed = registered.leader.is_some();
            why = why.root(self.topic_config(&partition.topic, "unclean.leader.election.enable", allowed));
        }
        why
    }

    /// When the session of a broker ends whose process is gone already.
    fn ghost(&self, broker: NodeId) -> Option<Instant> {
        let gone = self.world.machine(broker).is_some_and(|machine| !machine.is_running());
        let controller = self.world.node(CONTROLLER)?.as_controller().filter(|_| gone)?;
        controller.broker_states().into_iter().find(|standing| standing.id == broker)?.session_ends
    }

    /// What sits in the purgatory for this partition.
    fn waits(&self, here: &Here<'_>) -> Vec<Why> {
        let detail = ReplicaDetail::of(self.world, here.node, here.replica.id());
        let waits = detail.into_iter().flat_map(|detail| detail.waits);
        waits.map(|wait| self.wait(here, &wait)).collect()
    }

    pub(super) fn wait(&self, here: &Here<'_>, wait: &Wait) -> Why {
        let arrived = self.latest(BACK, |entry| {
            let Kind::Received { response: false, .. } = entry.kind else { return false };
            entry.at == wait.since && entry.node == here.node
        });
        let why = match &wait.kind {
            WaitKind::Fetch { .. } => self.fetch_waits(here, wait),
            WaitKind::Produce { required, high_watermark, behind } => {
                let said = Said::new(PRODUCE_WAITS, &[required, high_watermark]);
                let asks = Said::new(PRODUCE_ASKS, &[&wait.client]);
                let value = format!("{high_watermark} ≥ {required}");
                let why = Why::new(asks, said, "DelayedProduce.tryComplete").guard(
                    NEEDS_HW,
                    value,
                    high_watermark >= required,
                );
                self.laggards(why, here.node, behind, *required)
            }
            WaitKind::DeleteRecords { required, behind } => {
                let why = Why::new(
                    DELETE_ASKS,
                    Said::new(DELETE_WAITS, &[required]),
                    "DelayedDeleteRecords.tryComplete",
                );
                self.laggards(why, here.node, behind, *required)
            }
        };
        why.cause(arrived)
    }

    fn laggards(&self, mut why: Why, leader: NodeId, behind: &[(i32, Option<Offset>)], need: Offset) -> Why {
        for (id, at) in behind {
            let value = format!("{} ≥ {need}", known(at.unwrap_or(-1)));
            why = why.guard(Said::new(LEO_OF, &[id]), value, false).root(self.kept_from(leader, NodeId(*id)));
        }
        why
    }

    fn fetch_waits(&self, here: &Here<'_>, wait: &Wait) -> Why {
        let WaitKind::Fetch { follower, min_bytes, from, end } = &wait.kind else {
            unreachable!("only fetches come here")
        };
        let from = from.unwrap_or(*end);
        let who = match follower {
            Some(id) => Said::new(FETCH_BROKER, &[id]),
            None => Said::new(Text::new("{}", "{}"), &[&wait.client]),
        };
        let text = if from >= *end { FETCH_EMPTY } else { FETCH_SMALL };
        let (waited, most) = (self.world.now().since(wait.since), wait.until.since(wait.since));
        let asks = Said::new(FETCH_ASKS, &[&who.of(crate::view::Language::En)]);
        let said = Said::new(text, &[&from, min_bytes, &wait.until]);
        let why = Why::new(asks, said, "DelayedFetch.tryComplete")
            .guard(RECORDS_THERE, format!("{end} − {from} = {}", (end - from).max(0)), end > &from)
            .guard(Said::new(BYTES_THERE, &[min_bytes]), if from >= *end { "0" } else { "?" }, false)
            .guard(Said::new(WAITED, &[&ms(most)]), ms(waited), waited >= most);
        match follower {
            Some(id) => why
                .root(self.broker_config(*id, "replica.fetch.min.bytes", min_bytes))
                .root(self.broker_config(*id, "replica.fetch.wait.max.ms", most.as_millis())),
            None => {
                let client = self.client_called(&wait.client).map_or(0, |id| id.0);
                let held = (end == &here.log.high_watermark()).then(|| here.log.log_end_offset() > *end);
                let why = why
                    .root(self.client_config(client, "fetch.min.bytes"))
                    .root(self.client_config(client, "fetch.max.wait.ms"));
                match self.watermark(here).filter(|_| held == Some(true)) {
                    Some(watermark) => Why { roots: [watermark.roots, why.roots].concat(), ..why },
                    None => why,
                }
            }
        }
    }
}

pub(super) fn ids(nodes: &[NodeId]) -> Vec<i32> {
    nodes.iter().map(|id| id.0).collect()
}

fn known(offset: Offset) -> String {
    if offset < 0 { "?".to_owned() } else { offset.to_string() }
}
