//! The words of the configs, in both languages.

use crate::lesson::Text;

macro_rules! words {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(pub(super) const $name: Text = Text::new($en, $zh);)*
    };
}

words! {
    TITLE = "Configs", "配置 configs";
    WHOSE = "Whose configs", "谁的配置";
    TOPIC_N = "topic {}", "主题 topic {}";
    SEARCH = "Search by name, value or meaning", "按名称、值或含义搜索";
    ONLY_CHANGED = "only what differs from its default", "仅与默认值不同的";
    FOUND_N = "{} of {}", "{} / {}";
    NAME = "config", "配置项";
    NOW = "now", "当前值";
    DEFAULT = "default of the profile", "本版本默认值";
    TYPE = "type", "类型";
    NULL = "null", "null";
    EMPTY = "(empty)", "（空）";
    MAX_LONG = "2⁶³−1 (no limit)", "2⁶³−1（不限）";
    STORED_ONLY = "kept, without effect here", "仅保存，此处无作用";
    OTHER_DEFAULT = "{}: {}", "{}：{}";
    AT_LEAST = "at least {}", "至少 {}";
    BETWEEN = "{} to {}", "{} 到 {}";
    ONE_OF = "one of: {}", "取值：{}";
    FROM_TOPIC = "set on the topic", "在主题上设置";
    FROM_BROKER = "set on this broker while it ran", "运行时在此 broker 上设置";
    FROM_ALL_BROKERS = "set for all brokers while they ran", "运行时为所有 broker 设置";
    FROM_FILE = "from server.properties", "来自 server.properties";
    FROM_CLIENT = "set for this client", "为此客户端设置";
    FROM_DEFAULT = "default", "默认值";
    CLIENT_RESTARTS = "a client starts anew with it", "客户端会以新值重新启动";
    READ_ONLY = "read-only: a running broker refuses to change it", "只读：运行中的 broker 拒绝修改";
    PER_BROKER = "dynamic, for each broker", "可动态修改（每个 broker）";
    DYNAMIC = "dynamic: takes effect without a restart", "可动态修改：无需重启即生效";
    IN_THIS_RUN = "In this run so far:", "本次运行至今：";
    DID_ROLL = "{} {segment was|segments were} opened behind the first (all replicas)", "在首个段之后打开了 {} 个段（所有副本）";
    DID_DELETE = "{} {segment was|segments were} deleted by retention (all replicas)", "保留策略删除了 {} 个段（所有副本）";
    DID_WAIT = "{} {file waits|files wait} for deletion now", "现有 {} 个文件等待删除";
    DID_BELOW = "{} {partition has|partitions have} fewer in-sync replicas now", "现有 {} 个分区的同步副本少于此数";
    DID_BATCH = "{} {batch|batches} sent, {} {record|records} acknowledged", "已发送 {} 个批次，{} 条记录已确认";
    DID_RETRY = "{} {record was|records were} sent again", "{} 条记录被重发";
    DID_GIVE_UP = "{} {record was|records were} given up", "{} 条记录被放弃";
    DID_SHRINK = "followers left an in-sync set {} {time|times} (whole cluster)", "follower 离开 ISR {} 次（整个集群）";
    DID_FENCE = "brokers were fenced {} {time|times} (whole cluster)", "broker 被隔离 {} 次（整个集群）";
    SET_AT = "{} s: set to {}", "{} 秒：设为 {}";
    NEW_VALUE = "new value of {}", "{} 的新值";
    SET = "Set", "设置";
    BACK_TO = "Back to the default: {}", "恢复默认值：{}";
    ASKED = "Asked; the cluster answers as time goes on.", "已请求；时间前进后集群会应答。";
    TAKEN = "Taken over.", "已生效。";
    ANSWERED = "The cluster's last answer:", "集群的最近应答：";
}
