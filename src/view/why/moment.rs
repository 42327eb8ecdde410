//! Why something happened, asked of the world just before it.

use super::Past;
use super::Said;
use super::Why;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::WALL_START_MS;
use crate::kafka::node::Node;
use crate::lab::Act;
use crate::lab::CONTROLLER;
use crate::lab::Kind;
use crate::lab::Seq;
use crate::lab::World;
use crate::view::Text;

texts! {
    CUT_ASKS = "Why did broker {} cut {} at {}?", "broker {} 为什么把 {} 截断到 {}？";
    CUT_EPOCH = "Its last records were of leader epoch {}; the new leader's log says that epoch ended at {}. What lies behind never was committed, and goes.", "它最后的记录属于 leader epoch {}；新 leader 的日志表明该 epoch 止于 {}。其后的从未提交，故截去。";
    CUT_RECOVERY = "Its machine had lost power: the file is whole only up to {}, and recovery cuts at the first batch that is not.", "机器曾断电：文件只完整到 {}，恢复时从首个不完整批次处截断。";
    CUT_OTHER = "The leader's log ends or begins elsewhere: the follower starts over from there.", "leader 的日志起止于别处：follower 从那里重新开始。";
    CUT_EPOCHS = "its log end ≤ the leader's end of epoch {}", "它的日志末端 ≤ leader 的 epoch {} 末端";
    CUT_BYTES = "recovery point ≥ log end", "恢复点 ≥ 日志末端";
    ISR_ASKS = "Why was broker {} taken out of the ISR of {}?", "broker {} 为什么被移出 {} 的 ISR？";
    ISR_FENCED = "The controller fenced broker {}: who is fenced is in no ISR.", "controller 隔离了 broker {}：被隔离者不在任何 ISR。";
    ISR_LATE = "The leader, broker {}, had not seen it level for {} ms; replica.lag.time.max.ms = {}.", "leader（broker {}）已有 {} 毫秒未见它追平；replica.lag.time.max.ms = {}。";
    ISR_LEFT = "It was shutting down, or a reassignment took it out.", "它正在关闭，或被重新分配移出。";
    LAG = "time since it was level ≤ replica.lag.time.max.ms", "距上次追平 ≤ replica.lag.time.max.ms";
    GREW_ASKS = "Why was broker {} taken back into the ISR of {}?", "broker {} 为什么回到 {} 的 ISR？";
    GREW = "Its fetch came from {}: it has what is committed (high watermark {}) and reached this reign's start {}.", "它的 fetch 已到 {}：已有全部已提交记录（高水位 {}），且到达本任起点 {}。";
    REACHED_HW = "its LEO ≥ high watermark", "它的 LEO ≥ 高水位";
    REACHED_EPOCH = "its LEO ≥ start of the leader epoch", "它的 LEO ≥ 本 epoch 起点";
    LOST_ASKS = "Why did {} give up on {} {record|records}?", "{} 为什么放弃了 {} 条记录？";
    LOST_MIN_ISR = "The leader refused them: with acks=all it writes only while |ISR| ≥ min.insync.replicas. Kafka retries until delivery.timeout.ms.", "leader 拒绝：acks=all 时须 |ISR| ≥ min.insync.replicas 才写入。Kafka 会重试到 delivery.timeout.ms。";
    LOST_TIMEOUT = "No batch may take longer from send() to its answer than delivery.timeout.ms.", "批次从 send() 到应答不得超过 delivery.timeout.ms。";
    LOST_SIZE = "The record is larger than max.request.size or max.message.bytes allows; trying again would not help.", "记录超过 max.request.size 或 max.message.bytes；重试无济于事。";
    LOST_SEQUENCE = "An earlier batch of the same producer was given up: what follows would leave a gap in the sequence.", "同一生产者之前的批次已放弃：后续会在序号上留缺口。";
    LOST_BLOCKED = "send() found no room or no metadata within max.block.ms.", "send() 在 max.block.ms 内等不到空间或元数据。";
    LOST_OTHER = "The broker answered {}, which is not retried, or retries ran out.", "broker 返回 {}：不可重试，或重试已用尽。";
    DELIVERY = "delivery.timeout.ms not passed", "delivery.timeout.ms 未到";
    ERROR_IS = "answer", "应答";
    UP_ASKS = "Why did {} start?", "{} 为什么启动？";
    UP_SAYS = "Somebody started it, for the {}. time on this machine.", "有人启动了它，本机第 {} 次。";
    IN_ASKS = "Why was broker {} let in?", "broker {} 为什么被放行？";
    IN_SAYS = "Its heartbeats arrive and it has applied the metadata up to its own registration.", "心跳正常，且已应用到自己注册时的元数据。";
    ACT_ASKS = "Why did this happen?", "为什么会发生？";
    ACT_SAYS = "A person did it: it is act {} of this world.", "是人做的：这个世界的第 {} 个操作。";
    FOLLOWS = "It follows from what is below: the chain goes back to its root.", "由以下步骤引起：因果链可追到根源。";
}

impl Past<'_> {
    /// Something that another entry of the same event tells.
    pub(super) fn beside<T>(&self, entry: Seq, tell: impl Fn(Kind) -> Option<T>) -> Option<T> {
        let line = self.journal.get(entry)?;
        let same = |seq: &Seq| {
            self.journal
                .get(*seq)
                .is_some_and(|it| (it.at, it.node, it.cause) == (line.at, line.node, line.cause))
        };
        let near = entry.saturating_sub(40).max(1)..entry + 40;
        near.filter(same).find_map(|seq| tell(self.journal.get(seq)?.kind))
    }

    /// Whether an entry followed from a timer of this name.
    pub(super) fn woken_by(&self, entry: Seq, name: &str) -> bool {
        let cause = self.journal.get(entry).and_then(|line| self.journal.get(line.cause));
        matches!(cause.map(|line| line.kind), Some(Kind::TimerFired { timer })
            if &**self.world.names().text(timer) == name)
    }

    /// Why an entry of the journal happened. `self.world` is the world just before it, `after` just after it
    /// ([`Timeline::around`](crate::lab::Timeline::around)).
    pub fn of_entry(&self, entry: Seq, after: &World) -> Option<Why> {
        let line = self.journal.get(entry)?;
        let spot = |spot| after.names().spot_of(spot).cloned();
        let node = line.node;
        let why = match line.kind {
            Kind::Truncated { spot: at, from, to } => self.cut(node, &spot(at)?, from, to),
            Kind::SegmentDeleted { spot: at, base } => self.deleted(entry, node, &spot(at)?, base),
            Kind::IsrShrank { spot: at, gone } => self.shrank(&spot(at)?, gone),
            Kind::IsrGrew { spot: at, back } => self.grew(entry, &spot(at)?, back),
            Kind::LeaderChanged { spot: at, .. } => {
                let partition = after.names().spot_of(at)?;
                let past = Past { world: after, ..*self };
                past.leadership(partition, past.registered(partition)?).root(past.latest_fault())
            }
            Kind::Fenced { broker } => self.fencing(broker)?,
            Kind::Unfenced { broker } => {
                let asks = Said::new(IN_ASKS, &[&broker.0]);
                Why::new(asks, IN_SAYS, "BrokerHeartbeatManager.calculateNextBrokerState")
            }
            Kind::Failed { error, records } => {
                let error = after.names().text_of(error)?;
                self.gave_up(node, records, error)
            }
            Kind::MemberWent { group, member } => {
                let (group, member) = (after.names().group_of(group)?, after.names().text_of(member)?);
                self.member_went(entry, group, member)?
            }
            Kind::GroupMoved { group, state, .. } => {
                let group = after.names().group_of(group)?;
                let past = Past { world: after, ..*self };
                past.group_moved(entry, group, state).or_else(|| past.group_waits(group))?
            }
            Kind::Jumped { .. } => Past { world: after, ..*self }.start(entry)?,
            Kind::Disconnected { .. } | Kind::Hung { .. } => return self.broke(entry),
            Kind::Crashed | Kind::PoweredOff | Kind::Exited => {
                Past { world: after, ..*self }.process(node)?
            }
            Kind::Started { boot } => {
                let asks = Said::new(UP_ASKS, &[&super::machines::name(node)]);
                Why::new(asks, Said::new(UP_SAYS, &[&boot]), "KafkaRaftServer.startup")
            }
            Kind::Act { number } => {
                let said = Said::new(ACT_SAYS, &[&(number + 1)]);
                Why::new(ACT_ASKS, said, "–").root(super::Root::Act { number, entry })
            }
            _ => Why::new(ACT_ASKS, FOLLOWS, "–"),
        };
        Some(why.cause(Some(entry)))
    }

    fn cut(&self, node: NodeId, partition: &TopicPartition, from: Offset, to: Offset) -> Why {
        let asks = Said::new(CUT_ASKS, &[&node.0, partition, &to]);
        // A log that shrinks while its process opens it was not whole on the disk.
        let Some(here) = self.here(node, partition) else {
            let power = self.act(|act| matches!(act, Act::PowerOff { node: it } if *it == node));
            return Why::new(
                asks,
                Said::new(CUT_RECOVERY, &[&to]),
                "LogLoader.recoverLog / LogSegment.recover",
            )
            .guard(CUT_BYTES, format!("{to} ≥ {from}"), false)
            .root(power);
        };
        let leader = here.replica.leader_id(node).and_then(|id| self.here(id, partition));
        let epoch = here.log.latest_epoch();
        let end =
            leader.as_ref().zip(epoch).and_then(|(leader, epoch)| leader.log.end_offset_for_epoch(epoch));
        let why = match (epoch, end) {
            (Some(epoch), Some(end)) => {
                let said = Said::new(CUT_EPOCH, &[&epoch, &end.offset]);
                Why::new(
                    asks,
                    said,
                    "UnifiedLog.truncateTo / ReplicaFetcherThread.truncate (KIP-101, KIP-595)",
                )
                .guard(
                    Said::new(CUT_EPOCHS, &[&epoch]),
                    format!("{from} ≤ {}", end.offset),
                    from <= end.offset,
                )
            }
            _ => Why::new(asks, CUT_OTHER, "ReplicaFetcherThread.fetchOffsetAndTruncate"),
        };
        why.root(self.fall(partition))
    }

    /// The act behind the latest change of a partition's leader.
    fn fall(&self, partition: &TopicPartition) -> Option<super::Root> {
        let changed = self.latest_at(partition, |entry| match entry.kind {
            Kind::LeaderChanged { spot, .. } => Some(spot),
            _ => None,
        })?;
        let before = self.journal.get(changed)?.at;
        let done = self.acts.partition_point(|recorded| recorded.at <= before);
        Past { acts: &self.acts[..done], ..*self }.latest_fault()
    }

    /// The latest act that took something away.
    fn latest_fault(&self) -> Option<super::Root> {
        self.act(|act| {
            matches!(
                act,
                Act::Crash { .. }
                    | Act::PowerOff { .. }
                    | Act::Cut { .. }
                    | Act::Hold { .. }
                    | Act::RemoveBroker { .. }
            )
        })
    }

    fn shrank(&self, partition: &TopicPartition, gone: NodeId) -> Why {
        let asks = Said::new(ISR_ASKS, &[&gone.0, partition]);
        let leader = self.registered(partition).and_then(|it| it.leader).filter(|leader| *leader != gone);
        let here = leader.and_then(|leader| self.here(leader, partition));
        let late = here.as_ref().and_then(|here| {
            let leading = here.replica.leader()?;
            let leaves = matches!(leading.isr().pending(),
                Some(crate::kafka::replication::IsrChange::Shrink(out)) if out.contains(&gone));
            leaves.then(|| leading.follower(gone)).flatten()
        });
        if let Some((here, follower)) = here.as_ref().zip(late) {
            let most = here.broker.config().replica_lag_time_max_ms;
            let since =
                self.world.now().as_millis().cast_signed() + WALL_START_MS - follower.last_caught_up_ms;
            let said = Said::new(ISR_LATE, &[&here.node.0, &since, &most]);
            return Why::new(asks, said, "Partition.maybeShrinkIsr / getOutOfSyncReplicas")
                .guard(LAG, format!("{since} ≤ {most}"), since <= most)
                .root(self.kept_from(here.node, gone))
                .root(self.broker_config(here.node.0, "replica.lag.time.max.ms", most));
        }
        let source = "ReplicationControlManager.handleBrokerFenced";
        match self.down(gone).or_else(|| self.link(CONTROLLER, gone)) {
            Some(root) => Why::new(asks, Said::new(ISR_FENCED, &[&gone.0]), source).root(root),
            None => Why::new(asks, ISR_LEFT, source),
        }
    }

    fn grew(&self, entry: Seq, partition: &TopicPartition, back: NodeId) -> Why {
        let asks = Said::new(GREW_ASKS, &[&back.0, partition]);
        let source = "Partition.maybeExpandIsr / isFollowerInSync";
        let leader = self.registered(partition).and_then(|it| self.here(it.leader?, partition));
        let found = leader.as_ref().and_then(|here| {
            let leader = here.replica.leader()?;
            Some((here, leader.follower(back)?.log_end_offset, leader.epoch_start_offset()))
        });
        let Some((here, leo, start)) = found else {
            return Why::new(asks, FOLLOWS, source).cause(Some(entry));
        };
        let watermark = here.log.high_watermark();
        Why::new(asks, Said::new(GREW, &[&leo, &watermark, &start]), source)
            .guard(REACHED_HW, format!("{leo} ≥ {watermark}"), leo >= watermark)
            .guard(REACHED_EPOCH, format!("{leo} ≥ {start}"), leo >= start)
    }

    fn fencing(&self, broker: NodeId) -> Option<Why> {
        let controller = self.world.node(CONTROLLER)?.as_controller()?;
        let standing = controller.broker_states().into_iter().find(|it| it.id == broker)?;
        Some(self.silent(broker, standing.last_contact, controller.session_timeout()))
    }

    fn gave_up(&self, node: NodeId, records: u32, error: &str) -> Why {
        let asks = Said::new(LOST_ASKS, &[&super::machines::name(node), &records]);
        let name = error.to_ascii_uppercase().replace('_', "");
        let (said, source, configs): (Said, _, &[&'static str]) = if name.contains("NOTENOUGHREPLICAS") {
            (LOST_MIN_ISR.into(), "Partition.appendRecordsToLeader", &["acks", "delivery.timeout.ms"])
        } else if name.contains("TIMEOUT") || name.contains("TIMEDOUT") {
            (LOST_TIMEOUT.into(), "RecordAccumulator.expiredBatches", &["delivery.timeout.ms"])
        } else if name.contains("TOOLARGE") {
            (LOST_SIZE.into(), "KafkaProducer.ensureValidRecordSize", &["max.request.size"])
        } else if name.contains("SEQUENCE") || name.contains("PRODUCER") {
            (LOST_SEQUENCE.into(), "TransactionManager.handleFailedBatch", &["enable.idempotence"])
        } else if name.contains("EXHAUSTED") || name.contains("BLOCK") {
            (LOST_BLOCKED.into(), "BufferPool.allocate", &["max.block.ms", "buffer.memory"])
        } else {
            (Said::new(LOST_OTHER, &[&error]), "Sender.completeBatch", &["retries"])
        };
        let mut why = Why::new(asks, said, source).guard(ERROR_IS, error, false);
        if name.contains("TIMEOUT") || name.contains("TIMEDOUT") {
            let most = self.world.node(node).and_then(Node::as_producer);
            let most = most.map_or("", |it| it.config().values.text("delivery.timeout.ms"));
            why = why.guard(DELIVERY, format!("{most} ms"), false);
        }
        for config in configs {
            why = why.root(self.client_config(node.0, config));
        }
        let fault = self.world.machines().find_map(|(id, machine)| {
            let is_broker = matches!(machine.spec, crate::kafka::node::NodeSpec::Broker(_));
            is_broker.then(|| self.kept_from(node, id)).flatten()
        });
        why.root(fault)
    }
}
