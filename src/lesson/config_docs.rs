//! What each config does, in one line and both languages.

use super::Text;
use crate::kafka::base::config::broker_config;
use crate::kafka::base::config::topic_config;

/// What a config of a topic or broker does. A config of the same name on both means the same.
pub fn server_config(name: &str) -> Option<Text> {
    let en = topic_config(name).or_else(|| broker_config(name))?.doc();
    let zh = SERVER_ZH.binary_search_by_key(&name, |(name, _)| name).ok().map(|at| SERVER_ZH[at].1)?;
    (!en.is_empty()).then_some(Text::new(en, zh))
}

/// What a config of a producer or consumer does.
pub fn client_config(name: &str) -> Option<Text> {
    CLIENT.binary_search_by_key(&name, |(name, _)| name).ok().map(|at| CLIENT[at].1)
}

/// By name, sorted.
const SERVER_ZH: &[(&str, &str)] = &[
    ("auto.create.topics.enable", "询问不存在的主题时是否自动创建它。"),
    ("auto.leader.rebalance.enable", "控制器是否把 leader 交还给首选副本。"),
    ("broker.heartbeat.interval.ms", "broker 多久告诉控制器一次它还活着。"),
    ("broker.rack", "broker 所在的机架；副本会分散到不同机架。"),
    ("broker.session.timeout.ms", "broker 沉默这么久就会被隔离（fenced）。"),
    ("cleanup.policy", "旧段的处理方式：delete 删除，或 compact 只保留每个键的最新值。"),
    ("compression.gzip.level", "broker 压缩时 gzip 的级别。"),
    ("compression.lz4.level", "broker 压缩时 lz4 的级别。"),
    ("compression.type", "日志中批次的压缩方式；producer 表示保持原样。"),
    ("compression.zstd.level", "broker 压缩时 zstd 的级别。"),
    ("controlled.shutdown.enable", "broker 正常停止前是否先移走它的 leader。"),
    ("default.replication.factor", "创建主题时未指定副本数则用此值。"),
    ("delete.retention.ms", "压实主题中墓碑 tombstone 保留多久。"),
    ("delete.topic.enable", "是否允许删除主题。"),
    ("fetch.max.bytes", "一次拉取应答的最大字节数。"),
    ("file.delete.delay.ms", "文件改名为 .deleted 后等待多久才删除。"),
    ("flush.messages", "每写入这么多条记录就强制刷盘。"),
    ("flush.ms", "每过这么久就强制刷盘。"),
    ("group.consumer.assignment.interval.ms", "协调器最多每隔这么久计算一次 KIP-848 消费组的目标分配。"),
    ("group.consumer.assignor.offload.enable", "目标分配是否在请求之外计算。"),
    ("group.consumer.assignors", "协调器的分配器；第一个是默认值。"),
    ("group.consumer.heartbeat.interval.ms", "要求 KIP-848 消费组成员多久发送一次心跳。"),
    ("group.consumer.max.heartbeat.interval.ms", "消费组可设置的最长心跳间隔。"),
    ("group.consumer.max.session.timeout.ms", "KIP-848 消费组可设置的最长会话超时。"),
    ("group.consumer.max.size", "KIP-848 消费组最多接受多少成员。"),
    ("group.consumer.migration.policy", "有成员的消费组可以在两种协议之间朝哪个方向迁移。"),
    ("group.consumer.min.heartbeat.interval.ms", "消费组可设置的最短心跳间隔。"),
    ("group.consumer.min.session.timeout.ms", "KIP-848 消费组可设置的最短会话超时。"),
    ("group.consumer.session.timeout.ms", "KIP-848 消费组成员沉默这么久就会被移除。"),
    ("group.coordinator.rebalance.protocols", "消费组可以使用哪些协议。"),
    ("group.initial.rebalance.delay.ms", "新消费组在第一次再均衡前等待更多成员多久。"),
    ("group.max.session.timeout.ms", "成员可以要求的最长 session.timeout.ms。"),
    ("group.max.size", "经典消费组最多接受多少成员。"),
    ("group.min.session.timeout.ms", "成员可以要求的最短 session.timeout.ms。"),
    ("index.interval.bytes", "日志每增加这么多字节记一个索引项。"),
    ("initial.broker.registration.timeout.ms", "启动中的 broker 尝试注册多久后放弃。"),
    ("leader.imbalance.check.interval.seconds", "控制器多久检查一次首选副本不是 leader 的分区。"),
    ("log.cleaner.delete.retention.ms", "压实主题中墓碑 tombstone 保留多久。"),
    ("log.cleaner.max.compaction.lag.ms", "记录最久可以多长时间不被压实。"),
    ("log.cleaner.min.cleanable.ratio", "未压实部分占多大比例才压实日志。"),
    ("log.cleaner.min.compaction.lag.ms", "记录至少多久不被压实。"),
    ("log.cleanup.policy", "主题未设置时，旧段的处理方式。"),
    ("log.flush.interval.messages", "每写入这么多条记录就强制刷盘。"),
    ("log.flush.interval.ms", "每过这么久就强制刷盘。"),
    ("log.flush.offset.checkpoint.interval.ms", "多久记录一次恢复点。"),
    ("log.flush.scheduler.interval.ms", "broker 多久检查一次需要刷盘的日志。"),
    ("log.flush.start.offset.checkpoint.interval.ms", "多久记录一次日志起始 offset。"),
    ("log.index.interval.bytes", "日志每增加这么多字节记一个索引项。"),
    ("log.index.size.max.bytes", "索引文件的大小。"),
    ("log.initial.task.delay.ms", "broker 启动多久后第一次检查旧段。"),
    ("log.message.timestamp.after.max.ms", "记录时间最多可比 broker 时间晚多少。"),
    ("log.message.timestamp.before.max.ms", "记录时间最多可比 broker 时间早多少。"),
    ("log.message.timestamp.type", "记录的时间取自谁的时钟。"),
    ("log.preallocate", "打开新段时是否预留整个文件。"),
    ("log.retention.bytes", "分区超过此大小就删除最旧的段；-1 表示不限。"),
    ("log.retention.check.interval.ms", "broker 多久检查一次旧段。"),
    ("log.retention.hours", "最新记录早于此时长的段会被删除。"),
    ("log.retention.minutes", "同上，以分钟计；优先于小时。"),
    ("log.retention.ms", "同上，以毫秒计；优先级最高。"),
    ("log.roll.hours", "过这么久就打开新段，不论是否写满。"),
    ("log.roll.jitter.hours", "新段最多提前这么久打开。"),
    ("log.roll.jitter.ms", "同上，以毫秒计；优先于小时。"),
    ("log.roll.ms", "过这么久就打开新段；优先于小时。"),
    ("log.segment.bytes", "段将超过此大小时打开新段。"),
    ("log.segment.delete.delay.ms", "文件改名为 .deleted 后等待多久才删除。"),
    ("max.compaction.lag.ms", "记录最久可以多长时间不被压实。"),
    ("max.incremental.fetch.session.cache.slots", "broker 记住多少个 fetch 会话。"),
    ("max.message.bytes", "broker 接受的最大批次。"),
    ("message.max.bytes", "broker 接受的最大批次。"),
    ("message.timestamp.after.max.ms", "记录时间最多可比 broker 时间晚多少。"),
    ("message.timestamp.before.max.ms", "记录时间最多可比 broker 时间早多少。"),
    ("message.timestamp.type", "记录的时间取自谁的时钟。"),
    ("metadata.log.max.record.bytes.between.snapshots", "元数据记录累计这么多字节后写一次快照。"),
    ("metadata.log.max.snapshot.interval.ms", "过这么久写一次元数据快照；0 表示从不。"),
    ("metadata.log.segment.bytes", "元数据日志的段将超过此大小时打开新段。"),
    ("metadata.max.idle.interval.ms", "无事发生时控制器多久写一条 NoOpRecord；0 表示从不。"),
    ("min.cleanable.dirty.ratio", "未压实部分占多大比例才压实日志。"),
    ("min.compaction.lag.ms", "记录至少多久不被压实。"),
    ("min.insync.replicas", "acks=all 时至少要有这么多同步副本才接受写入。"),
    ("num.partitions", "创建主题时未指定分区数则用此值。"),
    ("num.replica.fetchers", "对每个被复制的 broker 使用几个拉取线程。"),
    ("offset.metadata.max.bytes", "随 offset 提交的附注最多多少字节。"),
    ("offsets.commit.timeout.ms", "提交最多等待所有同步副本多久。"),
    ("offsets.retention.check.interval.ms", "协调器多久检查一次过期的 offset。"),
    ("offsets.retention.minutes", "消费组空了这么久之后忘掉它的 offset。"),
    ("offsets.topic.num.partitions", "创建 __consumer_offsets 时的分区数。"),
    ("offsets.topic.replication.factor", "__consumer_offsets 的副本数；broker 不够时不会创建。"),
    ("offsets.topic.segment.bytes", "创建 __consumer_offsets 时的 segment.bytes。"),
    ("preallocate", "打开新段时是否预留整个文件。"),
    ("producer.id.expiration.check.interval.ms", "broker 多久检查一次沉默的 producer。"),
    ("producer.id.expiration.ms", "producer 沉默这么久后忘掉它。"),
    ("replica.fetch.backoff.ms", "follower 出错后等待多久。"),
    ("replica.fetch.max.bytes", "follower 向一个分区最多请求多少字节。"),
    ("replica.fetch.min.bytes", "leader 有这么多字节时才应答 follower。"),
    ("replica.fetch.response.max.bytes", "follower 一次拉取最多请求多少字节。"),
    ("replica.fetch.wait.max.ms", "leader 最多让 follower 等待记录多久。"),
    ("replica.high.watermark.checkpoint.interval.ms", "多久记录一次高水位 HW。"),
    ("replica.lag.time.max.ms", "follower 这么久没有追上就离开 ISR。"),
    ("replica.selector.class", "由谁服务 consumer：leader，或用 RackAwareReplicaSelector 时同机架的副本。"),
    ("replica.socket.timeout.ms", "follower 等待应答多久。"),
    ("request.timeout.ms", "broker 等待应答多久。"),
    ("retention.bytes", "分区超过此大小就删除最旧的段；-1 表示不限。"),
    ("retention.ms", "最新记录早于此时长的段会被删除；-1 表示不限。"),
    ("segment.bytes", "段将超过此大小时打开新段。"),
    ("segment.index.bytes", "索引文件的大小；索引写满也会打开新段。"),
    ("segment.jitter.ms", "新段最多提前这么久打开，避免同时滚动。"),
    ("segment.ms", "过这么久就打开新段，不论是否写满。"),
    ("socket.request.max.bytes", "更大的请求会使连接被关闭。"),
    ("unclean.leader.election.enable", "ISR 之外的副本能否成为 leader（会丢记录）。"),
    ("unclean.leader.election.interval.ms", "控制器多久检查一次可做不干净选举的无 leader 分区。"),
];

const fn t(en: &'static str, zh: &'static str) -> Text {
    Text::new(en, zh)
}

/// By name, sorted.
const CLIENT: &[(&str, Text)] = &[
    (
        "acks",
        t(
            "Who must have a batch before it counts as written: all = the in-sync replicas, 1 = the leader, 0 = nobody.",
            "批次要被谁写入才算成功：all = 所有同步副本，1 = leader，0 = 无需确认。",
        ),
    ),
    (
        "allow.auto.create.topics",
        t(
            "Whether asking for a topic that nobody has made may make it, when the brokers allow that too.",
            "查询不存在的主题时是否可以自动创建它（broker 也须允许）。",
        ),
    ),
    (
        "auto.commit.interval.ms",
        t(
            "How often poll() commits by itself, when enable.auto.commit is on.",
            "enable.auto.commit 打开时 poll() 自动提交的间隔。",
        ),
    ),
    (
        "auto.offset.reset",
        t(
            "Where to begin without a position, or with one that is gone.",
            "没有位置或位置已失效时从哪里开始。",
        ),
    ),
    (
        "batch.size",
        t(
            "A batch is full at this size; it is sent earlier when linger.ms is over.",
            "批次达到此大小即满；linger.ms 到期会提前发送。",
        ),
    ),
    (
        "buffer.memory",
        t(
            "Room for records that are not sent yet; send() waits when it is used up.",
            "尚未发送的记录可用的内存；用完时 send() 会等待。",
        ),
    ),
    (
        "check.crcs",
        t(
            "Whether the consumer checks the CRC-32C of what it reads.",
            "consumer 是否校验所读内容的 CRC-32C。",
        ),
    ),
    (
        "client.id",
        t("The name that requests carry, for logs and quotas.", "请求携带的名字，用于日志和配额。"),
    ),
    (
        "client.rack",
        t(
            "Where the consumer stands: it reads from a replica in the same rack when the brokers allow it.",
            "consumer 所在的机架：broker 允许时从同机架副本读取。",
        ),
    ),
    ("compression.type", t("How the producer compresses its batches.", "producer 如何压缩批次。")),
    (
        "connections.max.idle.ms",
        t("A connection that is idle for so long is closed.", "空闲这么久的连接会被关闭。"),
    ),
    (
        "default.api.timeout.ms",
        t(
            "How long a call such as commitSync() tries before it throws.",
            "commitSync() 等调用在抛出异常前尝试多久。",
        ),
    ),
    (
        "delivery.timeout.ms",
        t(
            "From send() on, a record has so long to be acknowledged, retries included.",
            "从 send() 起，记录必须在此时长内得到确认（含重试）。",
        ),
    ),
    (
        "enable.auto.commit",
        t(
            "Whether poll() commits what it has handed over before; without group.id it is off.",
            "poll() 是否自动提交之前交出的位置；没有 group.id 时关闭。",
        ),
    ),
    (
        "enable.idempotence",
        t(
            "Number the batches so that the broker drops what comes twice and keeps the order.",
            "为批次编号，使 broker 去重并保持顺序。",
        ),
    ),
    ("fetch.max.bytes", t("The most that one fetch asks for.", "一次拉取请求的最大字节数。")),
    (
        "fetch.max.wait.ms",
        t("How long the broker may wait for fetch.min.bytes.", "broker 最多等待 fetch.min.bytes 多久。"),
    ),
    ("fetch.min.bytes", t("The broker answers when it has so much.", "broker 有这么多字节时才应答。")),
    (
        "group.id",
        t(
            "The group whose members share the partitions and whose offsets are committed.",
            "共同分担分区、共享已提交 offset 的组。",
        ),
    ),
    (
        "group.instance.id",
        t(
            "A name that a member keeps over restarts: static membership.",
            "成员重启后仍保留的名字：静态成员。",
        ),
    ),
    (
        "group.protocol",
        t(
            "classic: the leading member assigns; consumer: the coordinator does (KIP-848).",
            "classic：由 leader 成员分配；consumer：由 coordinator 分配（KIP-848）。",
        ),
    ),
    (
        "group.remote.assignor",
        t(
            "Which assignor the coordinator shall use: uniform or range; its own choice when empty.",
            "coordinator 使用的分配器：uniform 或 range；留空由它决定。",
        ),
    ),
    (
        "heartbeat.interval.ms",
        t(
            "How often a member tells the coordinator that it is alive.",
            "成员多久向 coordinator 发送一次心跳。",
        ),
    ),
    (
        "interceptor.classes",
        t(
            "A class that sees each record first in send(), and may change it; here demo.UpperCaseKey.",
            "在 send() 中最先看到每条记录、并可改动它的类；这里可选 demo.UpperCaseKey。",
        ),
    ),
    (
        "internal.leave.group.on.close",
        t(
            "Whether close() leaves the group at once, or lets the session run out.",
            "close() 是立刻离开组，还是等会话超时。",
        ),
    ),
    (
        "isolation.level",
        t("Whether records of open and aborted transactions are read.", "是否读取未完成和已中止事务的记录。"),
    ),
    (
        "linger.ms",
        t("How long a batch waits for more records before it is sent.", "批次在发送前等待更多记录的时间。"),
    ),
    (
        "max.block.ms",
        t("How long send() may wait for metadata and for memory.", "send() 最多等待元数据和内存多久。"),
    ),
    (
        "max.in.flight.requests.per.connection",
        t(
            "Requests to one broker that may wait for their answers at the same time.",
            "同一 broker 上可同时等待应答的请求数。",
        ),
    ),
    (
        "max.partition.fetch.bytes",
        t("The most that a fetch asks of one partition.", "一次拉取向一个分区请求的最大字节数。"),
    ),
    (
        "max.poll.interval.ms",
        t(
            "A member whose application stays away from poll() for longer leaves its group.",
            "应用超过此时长不调用 poll() 时成员离开组。",
        ),
    ),
    ("max.poll.records", t("The most records that one poll() hands over.", "一次 poll() 最多交出的记录数。")),
    ("max.request.size", t("A larger record is refused by send().", "更大的记录会被 send() 拒绝。")),
    ("metadata.max.age.ms", t("Metadata are asked for anew after so long.", "元数据过这么久就重新获取。")),
    (
        "metadata.max.idle.ms",
        t("A topic that nobody writes to for so long is forgotten.", "这么久无人写入的主题会被忘掉。"),
    ),
    (
        "partition.assignment.strategy",
        t(
            "The assignors that the member supports, dearest first; the group takes one that all support.",
            "成员支持的分配器，按偏好排列；组选择全体都支持的一个。",
        ),
    ),
    (
        "partitioner.adaptive.partitioning.enable",
        t("Whether slow partitions get fewer of the records without a key.", "慢的分区是否少分到无键记录。"),
    ),
    (
        "partitioner.availability.timeout.ms",
        t(
            "A partition that takes nothing for so long gets no records without a key; 0 = never.",
            "这么久不接收的分区不再分到无键记录；0 表示不启用。",
        ),
    ),
    (
        "partitioner.ignore.keys",
        t("Whether keys have no say in the choice of the partition.", "选择分区时是否忽略键。"),
    ),
    (
        "reconnect.backoff.max.ms",
        t("The longest wait before a broker is tried again.", "再次连接 broker 前最长等待多久。"),
    ),
    (
        "reconnect.backoff.ms",
        t(
            "The first wait before a broker is tried again; it doubles.",
            "再次连接 broker 前首次等待多久；之后加倍。",
        ),
    ),
    (
        "request.timeout.ms",
        t("A request without an answer for so long is given up.", "请求这么久没有应答就放弃。"),
    ),
    (
        "retries",
        t(
            "How often a batch is sent again after an error that may pass.",
            "遇到可恢复的错误后批次最多重发几次。",
        ),
    ),
    (
        "retry.backoff.max.ms",
        t("The longest wait before a request is sent again.", "重发请求前最长等待多久。"),
    ),
    (
        "retry.backoff.ms",
        t("The first wait before a request is sent again; it doubles.", "重发请求前首次等待多久；之后加倍。"),
    ),
    (
        "session.timeout.ms",
        t("A member silent for so long is removed from its group.", "成员静默这么久后被移出组。"),
    ),
    (
        "socket.connection.setup.timeout.max.ms",
        t(
            "The longest that setting up a connection may take, after failures.",
            "多次失败后建立连接的最长时限。",
        ),
    ),
    (
        "socket.connection.setup.timeout.ms",
        t("How long setting up a connection may take.", "建立连接的时限。"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::config::BROKER_CONFIGS;
    use crate::kafka::base::config::TOPIC_CONFIGS;
    use crate::kafka::client::consumer::CONSUMER_CONFIGS;
    use crate::kafka::client::producer::PRODUCER_CONFIGS;

    #[test]
    fn every_config_that_does_something_says_what_in_both_languages() {
        assert!(SERVER_ZH.is_sorted_by(|a, b| a.0 < b.0) && CLIENT.is_sorted_by(|a, b| a.0 < b.0));
        for config in TOPIC_CONFIGS.iter().chain(BROKER_CONFIGS).filter(|config| config.honoured) {
            assert!(server_config(config.name).is_some(), "{}", config.name);
        }
        for config in PRODUCER_CONFIGS.iter().chain(CONSUMER_CONFIGS) {
            assert!(client_config(config.name).is_some(), "{}", config.name);
        }
    }
}
