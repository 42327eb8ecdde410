//! Why a segment was closed or may go, why a record has no index entry, is not committed, not durable, or not there.

use super::Past;
use super::Said;
use super::Why;
use super::ms;
use crate::kafka::base::Duration;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::storage::LogConfig;
use crate::lab::Entry;
use crate::lab::Kind;
use crate::lab::journal::Spot;
use crate::view::BatchHead;
use crate::view::Directory;
use crate::view::Roll;
use crate::view::SegmentFiles;
use crate::view::Text;

texts! {
    ROLL_ASKS = "Why was the segment {} closed?", "段 {} 为什么被关闭？";
    ROLL_FULL = "The next batch did not fit: {} B in use + {} B > segment.bytes = {}.", "下一个批次放不下：已用 {} 字节 + {} 字节 > segment.bytes = {}。";
    ROLL_OLD = "The next batch was {} ms later than the first one; segment.ms allows {}.", "下一个批次比第一个晚 {} 毫秒；segment.ms 允许 {}。";
    ROLL_INDEX = "Its index had no room for one more entry ({} {entry|entries}; segment.index.bytes).", "索引已满（{} 项；segment.index.bytes）。";
    SIZE_GUARD = "size > segment.bytes − next batch", "大小 > segment.bytes − 下一批次";
    AGE_GUARD = "next batch − first batch > segment.ms", "下一批次 − 第一批次 > segment.ms";
    INDEX_GUARD = "index entries ≥ room", "索引项 ≥ 容量";
    KEPT_ASKS = "Why is the segment {} still there?", "段 {} 为什么还在？";
    KEPT_ACTIVE = "It is the active segment: appends go here. Retention takes it only when all its records are too old, and rolls it first.", "它是活动段：追加写入此处。只有全部记录过期时 retention 才会删除，并先滚动。";
    KEPT_YOUNG = "Its youngest record is {} old; retention.ms allows {}. The check runs every log.retention.check.interval.ms.", "最新记录已有 {}；retention.ms 允许 {}。每隔 log.retention.check.interval.ms 检查一次。";
    KEPT_NO_LIMIT = "Nothing limits its age or the log's size (retention.ms = −1, retention.bytes = −1).", "既不限时间也不限大小（retention.ms = −1，retention.bytes = −1）。";
    KEPT_HW = "Retention never goes beyond the high watermark.", "retention 不会越过高水位。";
    KEPT_DUE = "It goes with the next check: log.retention.check.interval.ms = {}.", "下一次检查时删除：log.retention.check.interval.ms = {}。";
    TIME_GUARD = "now − largest timestamp > retention.ms", "现在 − 最大时间戳 > retention.ms";
    BYTES_GUARD = "log size − retention.bytes ≥ segment size", "日志大小 − retention.bytes ≥ 段大小";
    START_GUARD = "segment end ≤ log start offset", "段末端 ≤ log start offset";
    HW_GUARD = "high watermark ≥ segment end", "高水位 ≥ 段末端";
    GONE_ASKS = "Why was the segment {} deleted?", "段 {} 为什么被删除？";
    GONE_TIME = "Its youngest record was {} old; retention.ms allows {}.", "最新记录已有 {}；retention.ms 允许 {}。";
    GONE_BYTES = "The log had {} B, retention.bytes allows {}: without this segment of {} B it is still large enough.", "日志有 {} 字节，retention.bytes 允许 {}：去掉这 {} 字节的段仍不低于上限。";
    GONE_START = "All of it lies below the log start offset {}: DeleteRecords, or the leader's start moved.", "全部低于 log start offset {}：由 DeleteRecords 或 leader 起点前移造成。";
    GONE_CUT = "It lay behind offset {}, where the log was cut.", "它位于被截断的 offset {} 之后。";
    GONE_OTHER = "The whole log was emptied or its topic deleted.", "整个日志被清空或主题被删除。";
    INDEX_ASKS = "Why has offset {} no entry of its own in the index?", "offset {} 为什么没有自己的索引项？";
    INDEX_SPARSE = "The index is sparse: an entry is written when more than index.interval.bytes = {} came since the last one; here {} B. A search goes to the entry before and reads on.", "索引是稀疏的：距上一项超过 index.interval.bytes = {} 才写一项；这里是 {} 字节。查找会到前一项再顺序读。";
    INDEX_BATCH = "Entries name batches, not records: the one for this batch says its last offset {}.", "索引项指向批次而不是记录：本批次的项记录其最后 offset {}。";
    INTERVAL_GUARD = "bytes since the last entry > index.interval.bytes", "距上一索引项字节 > index.interval.bytes";
    DURABLE_ASKS = "Why would offset {} be lost if this machine lost power?", "若本机断电，offset {} 为什么会丢？";
    DURABLE_SAYS = "It is in the page cache: the file is durable up to byte {}, the batch ends at {}. Kafka leaves flushing to the operating system (flush.messages, flush.ms) and trusts the other replicas.", "它在页缓存中：文件持久化到字节 {}，批次结束于 {}。Kafka 把刷盘交给操作系统（flush.messages、flush.ms），靠其他副本保证。";
    DURABLE_GUARD = "durable bytes ≥ end of the batch", "持久化字节 ≥ 批次末尾";
    ABSENT_ASKS = "Why is offset {} not on broker {}?", "offset {} 为什么不在 broker {} 上？";
    ABSENT_BELOW = "It lies below the log start offset {}: retention or DeleteRecords took it.", "低于 log start offset {}：被 retention 或 DeleteRecords 删除。";
    ABSENT_AHEAD = "The log ends at {}: it has not been written, or has not been fetched from the leader (its LEO is {}).", "日志止于 {}：尚未写入，或尚未从 leader 拉到（leader 的 LEO 为 {}）。";
    ABSENT_CUT = "The log of this broker was cut at {} after it had reached {}.", "该 broker 的日志到过 {}，后被截断到 {1}。";
    START_AT = "offset ≥ log start offset", "offset ≥ log start offset";
    END_AT = "offset < log end offset", "offset < log end offset";
}

fn age(milliseconds: i64) -> String {
    ms(Duration::from_millis(milliseconds.max(0).unsigned_abs()))
}

impl Past<'_> {
    /// Why a segment was closed, and why it is still there.
    pub fn of_segment(&self, node: NodeId, partition: &TopicPartition, base: Offset) -> Vec<Why> {
        let seen = Directory::with(self.world, node, partition, |directory| {
            let view = directory.view(node.0, partition, base);
            let config = directory.log().map(|log| log.config().clone());
            Some((view, config?))
        });
        let Some((view, config)) = seen.flatten() else { return Vec::new() };
        let Some(files) = view.segments.iter().find(|files| files.base == base) else { return Vec::new() };
        let mut whys: Vec<Why> = self.rolled(node, partition, files, &config).into_iter().collect();
        let (start, watermark) = (view.log_start, view.live.as_ref().map_or(0, |live| live.high_watermark));
        let size = self.here(node, partition).map_or(0, |here| here.log.size());
        let log = Numbers { start, watermark, size };
        whys.push(self.kept(node, partition, files, &config, &log));
        whys
    }

    pub(super) fn rolled(
        &self,
        node: NodeId,
        partition: &TopicPartition,
        files: &SegmentFiles,
        config: &LogConfig,
    ) -> Option<Why> {
        let asks = Said::new(ROLL_ASKS, &[&files.base]);
        let source = "LogSegment.shouldRoll";
        let topic = &partition.topic;
        let why = match files.roll? {
            Roll::Full { used, next, limit } => {
                let value = format!("{used} > {limit} − {next}");
                Why::new(asks, Said::new(ROLL_FULL, &[&used, &next, &limit]), source)
                    .guard(SIZE_GUARD, value, true)
                    .root(self.topic_config(topic, "segment.bytes", limit))
            }
            Roll::Old { waited, limit } => Why::new(asks, Said::new(ROLL_OLD, &[&waited, &limit]), source)
                .guard(AGE_GUARD, format!("{waited} > {limit}"), true)
                .root(self.topic_config(topic, "segment.ms", config.segment_ms)),
            Roll::IndexFull { entries } => {
                let room = config.segment_index_bytes / 8;
                Why::new(asks, Said::new(ROLL_INDEX, &[&entries]), source)
                    .guard(INDEX_GUARD, format!("{entries} ≥ {room}"), true)
                    .root(self.topic_config(topic, "segment.index.bytes", config.segment_index_bytes))
            }
        };
        let next = files.next;
        Some(why.cause(self.latest_at(partition, |entry| match entry.kind {
            Kind::Rolled { spot, base } if base == next && entry.node == node => Some(spot),
            _ => None,
        })))
    }

    /// The three guards of retention, with their numbers.
    fn retention(&self, mut why: Why, files: &SegmentFiles, config: &LogConfig, log: &Numbers) -> Why {
        let size = files.bytes.cast_signed();
        why = why
            .guard(HW_GUARD, format!("{} ≥ {}", log.watermark, files.next), log.watermark >= files.next)
            .guard(START_GUARD, format!("{} ≤ {}", files.next, log.start), files.next <= log.start);
        if config.delete && config.retention_bytes >= 0 {
            let over = log.size - config.retention_bytes;
            why = why.guard(
                BYTES_GUARD,
                format!("{} − {} ≥ {size}", log.size, config.retention_bytes),
                over >= size,
            );
        }
        if let Some(youngest) = files.max_timestamp.filter(|_| config.delete && config.retention_ms >= 0) {
            let old = self.world.now().wall_ms() - youngest;
            why =
                why.guard(TIME_GUARD, format!("{old} > {}", config.retention_ms), old > config.retention_ms);
        }
        why
    }

    fn kept(
        &self,
        node: NodeId,
        partition: &TopicPartition,
        files: &SegmentFiles,
        config: &LogConfig,
        log: &Numbers,
    ) -> Why {
        let old = files.max_timestamp.map(|youngest| self.world.now().wall_ms() - youngest);
        let is_due = files.next <= log.start
            || old.is_some_and(|old| config.retention_ms >= 0 && old > config.retention_ms)
            || config.retention_bytes >= 0 && log.size - config.retention_bytes >= files.bytes.cast_signed();
        let check = self.broker_value(node, "log.retention.check.interval.ms");
        let said = if log.watermark < files.next && is_due {
            KEPT_HW.into()
        } else if is_due {
            Said::new(KEPT_DUE, &[&check])
        } else if files.active {
            KEPT_ACTIVE.into()
        } else if config.retention_ms < 0 && config.retention_bytes < 0 {
            KEPT_NO_LIMIT.into()
        } else {
            Said::new(KEPT_YOUNG, &[&age(old.unwrap_or(0)), &age(config.retention_ms)])
        };
        let asks = Said::new(KEPT_ASKS, &[&files.base]);
        let why = Why::new(asks, said, "UnifiedLog.deleteOldSegments");
        self.retention(why, files, config, log)
            .root(self.topic_config(&partition.topic, "retention.ms", config.retention_ms))
            .root(self.topic_config(&partition.topic, "retention.bytes", config.retention_bytes))
    }

    /// Why a segment was deleted, from the world just before.
    pub(super) fn deleted(&self, entry: u64, node: NodeId, partition: &TopicPartition, base: Offset) -> Why {
        let asks = Said::new(GONE_ASKS, &[&base]);
        let source = "UnifiedLog.deleteOldSegments";
        let seen = Directory::with(self.world, node, partition, |directory| {
            let files =
                directory.view(node.0, partition, base).segments.into_iter().find(|it| it.base == base);
            let log = directory.log()?;
            let numbers =
                Numbers { start: log.log_start_offset(), watermark: log.high_watermark(), size: log.size() };
            Some((files?, log.config().clone(), numbers))
        });
        let cut = self.beside(entry, |kind| match kind {
            Kind::Truncated { to, .. } => Some(to),
            _ => None,
        });
        if let Some(to) = cut {
            return Why::new(asks, Said::new(GONE_CUT, &[&to]), "LocalLog.truncateTo").cause(Some(entry));
        }
        let Some((files, config, log)) = seen.flatten() else {
            return Why::new(asks, GONE_OTHER, source).cause(Some(entry));
        };
        let old = files.max_timestamp.map_or(0, |youngest| self.world.now().wall_ms() - youngest);
        // A record's leader may have moved the start in the very event that deletes.
        let start = self.beside(entry, |kind| match kind {
            Kind::LogStart { from, to, .. } => Some((from, to)),
            _ => None,
        });
        let start = start.filter(|_| !self.woken_by(entry, "Retention")).map_or(log.start, |(_, to)| to);
        let log = Numbers { start, ..log };
        let size = files.bytes.cast_signed();
        let topic = &partition.topic;
        let (said, root) = if files.next <= start {
            let act = self.act(|act| {
                matches!(act, crate::lab::Act::DeleteRecords { topic: it, partition: number, .. }
                    if (it, *number) == (topic, partition.partition))
            });
            (Said::new(GONE_START, &[&start]), act)
        } else if config.retention_bytes >= 0 && log.size - config.retention_bytes >= size {
            let said = Said::new(GONE_BYTES, &[&log.size, &config.retention_bytes, &size]);
            (said, Some(self.topic_config(topic, "retention.bytes", config.retention_bytes)))
        } else if config.retention_ms >= 0 && old > config.retention_ms {
            let said = Said::new(GONE_TIME, &[&age(old), &age(config.retention_ms)]);
            (said, Some(self.topic_config(topic, "retention.ms", config.retention_ms)))
        } else {
            (GONE_OTHER.into(), None)
        };
        self.retention(Why::new(asks, said, source).root(root), &files, &config, &log).cause(Some(entry))
    }

    /// Everything that surprises about a record of a replica.
    pub fn of_record(&self, node: NodeId, partition: &TopicPartition, offset: Offset) -> Vec<Why> {
        let mut whys = Vec::new();
        let seen = Directory::with(self.world, node, partition, |directory| {
            let base = directory.segment_of(offset)?;
            let contents = directory.segment(base, offset);
            let head = contents.batches.iter().find(|it| (it.base..=it.last).contains(&offset)).cloned()?;
            let view = directory.view(node.0, partition, offset);
            let files = view.segments.iter().find(|files| files.base == base)?;
            let durable = files.log.used - files.log.unflushed;
            let floor = contents.index.iter().rev().find(|entry| entry.offset <= head.last).copied();
            let earlier = contents.index.iter().rev().find(|it| it.offset < head.base).map(|it| it.position);
            Some((head, durable, floor.map(|it| it.offset), u64::from(earlier.unwrap_or(0)), view.log_start))
        });
        let Some((head, durable, floor, earlier, _)) = seen.flatten().filter(|(.., start)| offset >= *start)
        else {
            whys.extend(self.absent(node, partition, offset));
            return whys;
        };
        if let Some(here) = self.here(node, partition) {
            let leader = self.registered(partition).and_then(|it| self.here(it.leader?, partition));
            let leader = leader.as_ref().unwrap_or(&here);
            if offset >= leader.log.high_watermark() {
                whys.extend(self.watermark(leader));
            }
            let config = here.log.config();
            whys.extend(self.unindexed(partition, offset, &head, (floor, earlier), config));
            whys.extend(self.volatile(partition, offset, &head, durable, config));
        }
        for reader in self.readers(partition) {
            whys.extend(self.unread(reader, partition, offset));
        }
        whys.extend(self.fates(partition, offset));
        whys
    }

    fn unindexed(
        &self,
        partition: &TopicPartition,
        offset: Offset,
        head: &BatchHead,
        (floor, earlier): (Option<Offset>, u64),
        config: &LogConfig,
    ) -> Option<Why> {
        if floor == Some(offset) {
            return None;
        }
        let since = head.position.saturating_sub(earlier);
        let interval = config.index_interval_bytes;
        let said = if floor == Some(head.last) {
            Said::new(INDEX_BATCH, &[&head.last])
        } else {
            Said::new(INDEX_SPARSE, &[&interval, &since])
        };
        Some(
            Why::new(Said::new(INDEX_ASKS, &[&offset]), said, "LogSegment.append (OffsetIndex.append)")
                .guard(
                    INTERVAL_GUARD,
                    format!("{since} > {interval}"),
                    since > interval.unsigned_abs().into(),
                )
                .root(self.topic_config(&partition.topic, "index.interval.bytes", interval)),
        )
    }

    fn volatile(
        &self,
        partition: &TopicPartition,
        offset: Offset,
        head: &BatchHead,
        durable: u64,
        config: &LogConfig,
    ) -> Option<Why> {
        let end = head.position + head.size;
        (durable < end).then(|| {
            let said = Said::new(DURABLE_SAYS, &[&durable, &end]);
            Why::new(
                Said::new(DURABLE_ASKS, &[&offset]),
                said,
                "UnifiedLog.append (unflushedMessages ≥ flush.messages)",
            )
            .guard(DURABLE_GUARD, format!("{durable} ≥ {end}"), false)
            .root(self.topic_config(&partition.topic, "flush.messages", config.flush_messages))
            .root(self.topic_config(&partition.topic, "flush.ms", config.flush_ms))
        })
    }

    /// Why an offset is not in a replica's log.
    fn absent(&self, node: NodeId, partition: &TopicPartition, offset: Offset) -> Option<Why> {
        let here = self.here(node, partition)?;
        let (start, end) = (here.log.log_start_offset(), here.log.log_end_offset());
        let mine = |entry: &Entry, spot: Spot| (entry.node == node).then_some(spot);
        let cut = self.latest_at(partition, |entry| match entry.kind {
            Kind::Truncated { spot, from, to } if (to..from).contains(&offset) => mine(entry, spot),
            _ => None,
        });
        let moved = || {
            self.latest_at(partition, |entry| match entry.kind {
                Kind::LogStart { spot, to, .. } if offset < to => mine(entry, spot),
                _ => None,
            })
        };
        let asks = Said::new(ABSENT_ASKS, &[&offset, &node.0]);
        let why = if offset < start {
            Why::new(asks, Said::new(ABSENT_BELOW, &[&start]), "UnifiedLog.maybeIncrementLogStartOffset")
                .cause(moved())
        } else if let Some(Kind::Truncated { from, to, .. }) =
            cut.and_then(|cut| Some(self.journal.get(cut)?.kind))
        {
            Why::new(asks, Said::new(ABSENT_CUT, &[&from, &to]), "UnifiedLog.truncateTo").cause(cut)
        } else {
            let leader = self.registered(partition).and_then(|it| self.here(it.leader?, partition));
            let leo = leader.as_ref().map_or(end, |leader| leader.log.log_end_offset());
            let root = leader.and_then(|leader| self.kept_from(leader.node, node));
            Why::new(
                asks,
                Said::new(ABSENT_AHEAD, &[&end, &leo]),
                "AbstractFetcherThread.processFetchRequest",
            )
            .root(root)
        };
        Some(why.guard(START_AT, format!("{offset} ≥ {start}"), offset >= start).guard(
            END_AT,
            format!("{offset} < {end}"),
            offset < end,
        ))
    }
}

/// What retention compares a segment with.
struct Numbers {
    start: Offset,
    watermark: Offset,
    size: i64,
}
