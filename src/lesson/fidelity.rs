use super::Text;

/// How near a feature is to Apache Kafka.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fidelity {
    /// The same bytes, answers and decisions; a test holds it against Kafka's own.
    Exact,
    /// The rule is Kafka's, something around it is left out or is a model with constants. The note says what.
    Simplified,
    /// Not there.
    NotModelled,
}

/// One line of the fidelity page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FidelityLine {
    pub feature: Text,
    pub fidelity: Fidelity,
    /// What was compared, or what is left out.
    pub note: Text,
    /// The test that holds it, as a path in the repository; empty for what is not modelled.
    pub test: &'static str,
}

const fn line(fidelity: Fidelity, feature: Text, note: Text, test: &'static str) -> FidelityLine {
    FidelityLine { feature, fidelity, note, test }
}

const fn t(en: &'static str, zh: &'static str) -> Text {
    Text::new(en, zh)
}

/// What is exact, what is simplified, what is not there. A test keeps every named file in existence.
pub const FIDELITY: &[FidelityLine] = &[
    line(
        Fidelity::Exact,
        t("Record batches, format 2", "记录批 record batch（v2 格式）"),
        t("byte for byte, CRC-32C, headers, control batches", "逐字节一致：CRC-32C、headers、控制批"),
        "tests/golden/record.rs",
    ),
    line(
        Fidelity::Exact,
        t("Segments, indexes, snapshots, checkpoints", "段 segment、索引、快照、检查点"),
        t(
            "every file of whole-log histories of Kafka 3.9.1, in both profiles",
            "与 Kafka 3.9.1 整段日志历史的每个文件一致，两个版本配置相同",
        ),
        "tests/golden/history.rs",
    ),
    line(
        Fidelity::Exact,
        t("A log directory as a zip", "日志目录的 zip 包"),
        t(
            "kafka-dump-log reads it; preallocated zeros stay behind, as when Kafka closes a log",
            "kafka-dump-log 可以读取；预分配的零不包含在内，与 Kafka 关闭日志时相同",
        ),
        "tests/lab/dump.rs",
    ),
    line(
        Fidelity::Exact,
        t("Append checks, roll, truncation, retention, recovery", "追加校验、滚动、截断、保留、恢复"),
        t("answers and errors of the same histories", "与同一批历史的应答和错误一致"),
        "tests/golden/history.rs",
    ),
    line(
        Fidelity::Exact,
        t("Idempotent producer state, transaction index, LSO", "幂等生产者状态、事务索引、LSO"),
        t(
            "in a partition's log; the transaction coordinator is not there yet",
            "仅在分区日志内；事务协调者尚未实现",
        ),
        "tests/golden/producers.rs",
    ),
    line(
        Fidelity::Exact,
        t("Classic groups and committed offsets", "经典消费组与已提交的 offset"),
        t(
            "whole histories of Kafka 4.4's own coordinator: every answer, record, timer and the state after each step, fail-overs included",
            "与 Kafka 4.4 协调者的完整历史一致：每个应答、记录、定时器，以及每一步之后的状态，包括故障切换",
        ),
        "tests/golden/groups/life.rs",
    ),
    line(
        Fidelity::Simplified,
        t("The coordinator of classic-3.x", "classic-3.x 的组协调者"),
        t(
            "the older one that 3.9 runs unless KIP-848 is switched on: a group is written at its first sync, only who has written waits for the high watermark; compared with brokers 3.9.1 and 4.4.0 step by step. Not so: members stand in the order of a Java hash map (Kafka: Scala's), and each partition looks for expired offsets from its loading on (Kafka: from the broker's start)",
            "3.9 在未启用 KIP-848 时运行的旧协调者：消费组在首次 sync 时才写入，只有写入者才等待高水位；已与真实的 3.9.1 和 4.4.0 broker 逐步核对。不同之处：成员按 Java 哈希表排序（Kafka 用 Scala 的），过期 offset 的检查从分区加载时起算（Kafka 从 broker 启动时起算）",
        ),
        "tests/golden/groups/editions.rs",
    ),
    line(
        Fidelity::Exact,
        t("Producer accumulator and partitioner", "生产者累加器与分区器"),
        t(
            "40 histories of Kafka's own RecordAccumulator; murmur2; KIP-794",
            "Kafka RecordAccumulator 的 40 份历史；murmur2;KIP-794",
        ),
        "tests/golden/accumulator.rs",
    ),
    line(
        Fidelity::Simplified,
        t("Interceptors and serializers", "拦截器与序列化器"),
        t(
            "in Kafka's order; one interceptor class of the laboratory's own, keys and values are texts, callbacks of interceptors are not called",
            "顺序与 Kafka 相同；只有一个实验室自带的拦截器类，key 与 value 都是文本，不调用拦截器的回调",
        ),
        "src/lesson/tests.rs",
    ),
    line(
        Fidelity::Exact,
        t("Defaults where the profiles differ", "两个版本配置不同的默认值"),
        t(
            "both are known: linger.ms is 0 in classic-3.x and 5 in modern-4.x; Configs shows the one of this world",
            "两者都有：linger.ms 在 classic-3.x 为 0，在 modern-4.x 为 5；“配置”显示本世界所用的",
        ),
        "tests/golden/configs.rs",
    ),
    line(
        Fidelity::Exact,
        t("High watermark, in-sync set, acks", "高水位 HW、ISR、acks"),
        t("vectors of the rules of Partition.scala", "与 Partition.scala 规则向量一致"),
        "tests/golden/replication.rs",
    ),
    line(
        Fidelity::Exact,
        t("Replica placement (KRaft)", "副本放置（KRaft）"),
        t(
            "StripedReplicaPlacer with Kafka's random numbers; a world draws its own",
            "StripedReplicaPlacer，用 Kafka 的随机数核对；世界用自己的随机数",
        ),
        "tests/golden/placement.rs",
    ),
    line(
        Fidelity::Exact,
        t("Messages on the wire", "线上消息"),
        t(
            "Kafka's schemas, by the crate kacrab-protocol; every message that travels has its bytes",
            "Kafka 的 schema(kacrab-protocol)；每条消息都有真实字节",
        ),
        "tests/lab/main.rs",
    ),
    line(
        Fidelity::Simplified,
        t("Compressed bytes", "压缩后的字节"),
        t(
            "other compressors than Java's: the records are the same, the compressed bytes may differ",
            "压缩库与 Java 不同：记录相同，压缩字节可能不同",
        ),
        "tests/golden/history.rs",
    ),
    line(
        Fidelity::Exact,
        t("Assignors range, roundrobin, uniform", "分配器 range、roundrobin、uniform"),
        t(
            "on the client and in the coordinator, racks and the order of Java's hash maps included; uniform differs by profile, as Kafka's does",
            "客户端与协调者，含机架与 Java 哈希表的顺序；uniform 随版本配置不同，与 Kafka 相同",
        ),
        "tests/golden/assignors.rs",
    ),
    line(
        Fidelity::Simplified,
        t("Assignors sticky, cooperative-sticky", "分配器 sticky、cooperative-sticky"),
        t(
            "Kafka's algorithms; but a member that no longer wants a topic never gets a partition of it back, which Kafka can do",
            "算法同 Kafka；但不会把分区还给已不再订阅该 topic 的成员，而 Kafka 可能这样做",
        ),
        "tests/golden/assignors.rs",
    ),
    line(
        Fidelity::Simplified,
        t("Controller", "控制器 controller"),
        t(
            "one voter; its records and decisions are KRaft's; no quorum yet",
            "单投票者；记录与决策同 KRaft；尚无仲裁",
        ),
        "tests/golden/placement.rs",
    ),
    line(
        Fidelity::Simplified,
        t("Configs of topics and brokers", "topic 与 broker 的配置"),
        t(
            "values, ranges, where they come from and the words of a refusal as brokers 3.9.1 and 4.4.0 answer; but only configs that are known here: Kafka stores a broker config of any name, has more of them to describe, and checks lists of throttled replicas. 4.4 also writes min.insync.replicas as a default of all brokers when it keeps eligible leader replicas",
            "取值、范围、来源、拒绝时的文字与真实的 3.9.1 和 4.4.0 broker 一致；但只认识这里列出的配置：Kafka 会保存任意名字的 broker 配置、可描述的配置更多，并检查限流副本列表。启用 ELR 时，4.4 还会把 min.insync.replicas 写成所有 broker 的默认值",
        ),
        "src/kafka/base/config/validate.rs",
    ),
    line(
        Fidelity::Simplified,
        t("Profile classic-3.x", "版本配置 classic-3.x"),
        t(
            "runs on the KRaft controller: ZooKeeper is not modelled yet",
            "运行在 KRaft 控制器上：ZooKeeper 尚未建模",
        ),
        "tests/golden/configs.rs",
    ),
    line(
        Fidelity::Simplified,
        t("Small segments, short retention", "很小的段、很短的保留"),
        t(
            "teaching scale: the first world sets segment.bytes to 600 (Kafka 4 wants 1 MiB), retention.bytes to 300 000 and log.retention.check.interval.ms to 5 000: a labelled override",
            "教学尺度：最初的世界把 segment.bytes 设为 600（Kafka 4 下限为 1 MiB）、retention.bytes 设为 300 000、log.retention.check.interval.ms 设为 5 000：有标注的放宽",
        ),
        "tests/golden/configs.rs",
    ),
    line(
        Fidelity::Simplified,
        t("Delivered twice, skipped", "重复交付、漏处理"),
        t(
            "counted from what poll() handed over and what was committed; how far a killed process had come in a poll follows from its program's pace",
            "由 poll() 交付的与已提交的 offset 计数；进程被杀时一次 poll 处理到哪里，由程序的节奏推出",
        ),
        "src/view/group/tests.rs",
    ),
    line(
        Fidelity::Simplified,
        t("What a client knows of the cluster", "客户端所知的集群元数据"),
        t(
            "asked for when Kafka's asks, epochs never go back, topics come into being when somebody asks for them; but of brokers equally busy the first is asked (Kafka draws one), the wait between two tries has no jitter and grows only while a leader or topic is missing, and a partition whose fetch was refused waits retry.backoff.ms (Kafka asks again at once)",
            "请求时机同 Kafka，epoch 不回退，查询不存在的 topic 可自动创建；但同样空闲的 broker 中总是问第一个（Kafka 随机选），重试间隔没有抖动，且只在缺少 leader 或 topic 时递增；fetch 被拒绝的分区等待 retry.backoff.ms（Kafka 立即重试）",
        ),
        "src/kafka/client/metadata_cache.rs",
    ),
    line(
        Fidelity::Simplified,
        t("A consumer asks for offsets", "consumer 查询 offset"),
        t(
            "beginningOffsets, endOffsets, offsetsForTimes, committed: they block, wait for a leader, and throw as Kafka's do; the backoff between two tries is retry.backoff.ms and does not grow",
            "beginningOffsets、endOffsets、offsetsForTimes、committed：与 Kafka 一样阻塞、等待 leader、抛异常；两次尝试的间隔固定为 retry.backoff.ms，不递增",
        ),
        "tests/lab/calls.rs",
    ),
    line(
        Fidelity::Simplified,
        t("kafka-consumer-groups.sh", "kafka-consumer-groups.sh"),
        t(
            "lists and descriptions as the tool prints them; this admin client asks one broker after the other, Kafka's asks all at once",
            "列表与描述按该工具的格式输出；这里的 admin client 逐个询问 broker,Kafka 则同时询问",
        ),
        "tests/lab/group_work.rs",
    ),
    line(
        Fidelity::Simplified,
        t("The threads of a consumer", "consumer 的线程"),
        t(
            "poll() is one call that waits, heartbeats are exact to the microsecond; Kafka calls poll() again and again, and its heartbeat thread looks every retry.backoff.ms",
            "poll() 是一次会等待的调用，心跳精确到微秒；Kafka 反复调用 poll()，心跳线程每 retry.backoff.ms 检查一次",
        ),
        "tests/lab/groups.rs",
    ),
    line(
        Fidelity::Simplified,
        t("The queue broker beside Kafka in lesson L03", "课程 L03 中与 Kafka 并列的队列 broker"),
        t(
            "modelled: one queue, pushes in turn, a window, acknowledge, remove; a push takes no time and nothing fails",
            "模型：一个队列，轮流推送、窗口、确认、删除；推送不耗时，也不出故障",
        ),
        "src/lesson/queue.rs",
    ),
    line(
        Fidelity::Simplified,
        t("Groups in lessons", "课程中的消费组"),
        t(
            "the engine's own coordinator and members; __consumer_offsets has one partition and one replica there, and some timeouts are shorter, where the lesson says so",
            "协调者与成员都是引擎的真实逻辑；其中 __consumer_offsets 只有一个 partition、一个副本，部分超时缩短，课程中均有说明",
        ),
        "src/lesson/tests.rs",
    ),
    line(
        Fidelity::Simplified,
        t("Group coordinators on brokers", "broker 上的消费组协调器"),
        t(
            "a coordinator loads its log in one go and appends each operation at once (group.coordinator.append.linger.ms is 0); configs of single groups and their quotas are not there",
            "协调器一次加载完日志，每个操作立即追加（group.coordinator.append.linger.ms 为 0）；没有按组的配置和配额",
        ),
        "src/kafka/broker/tests/groups.rs",
    ),
    line(
        Fidelity::Simplified,
        t("__consumer_offsets", "__consumer_offsets"),
        t(
            "made by the first FindCoordinator with cleanup.policy=compact; nothing is deleted, and the cleaner is not there yet",
            "由第一个 FindCoordinator 创建，cleanup.policy=compact；不删除任何内容，清理线程尚未实现",
        ),
        "src/kafka/broker/tests/groups.rs",
    ),
    line(
        Fidelity::Simplified,
        t("Network", "网络"),
        t(
            "TCP as it shows itself: order, breaks, delay; latency, loss and bandwidth are constants you can change",
            "TCP 的外在表现：有序、断开、延迟；延迟、丢包、带宽是可改的常量",
        ),
        "tests/lab/network.rs",
    ),
    line(
        Fidelity::Simplified,
        t("Machines", "机器"),
        t(
            "one server at a time; CPU, disk and page cache are models with named constants",
            "一次只做一件事；CPU、磁盘、页缓存是带命名常量的模型",
        ),
        "tests/lab/main.rs",
    ),
    line(
        Fidelity::NotModelled,
        t("Log compaction, tiered storage", "日志压实 compaction、分层存储"),
        t("", ""),
        "",
    ),
    line(
        Fidelity::NotModelled,
        t("Transactions, quotas", "事务、配额"),
        t("throttle_time_ms is always 0", "throttle_time_ms 恒为 0"),
        "",
    ),
    line(Fidelity::NotModelled, t("TLS, SASL, ACLs, JBOD", "TLS、SASL、ACL、多磁盘 JBOD"), t("", ""), ""),
];

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn every_line_that_claims_something_names_a_test_that_is_there() {
        let root = env!("CARGO_MANIFEST_DIR");
        for line in FIDELITY {
            let claims = line.fidelity != Fidelity::NotModelled;
            assert_eq!(claims, !line.test.is_empty(), "{}", line.feature.en);
            if claims {
                assert!(std::path::Path::new(root).join(line.test).is_file(), "{} is not there", line.test);
            }
        }
    }
}
