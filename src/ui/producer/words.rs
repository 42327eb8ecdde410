//! The words of the Producer view, in both languages.

use crate::lesson::Language;
use crate::lesson::Text;
use crate::view::LinkState;
use crate::view::Stands;

macro_rules! words {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(pub(super) const $name: Text = Text::new($en, $zh);)*
    };
}

words! {
    CHOOSE = "Producer", "生产者 producer";
    NO_PRODUCER = "No producer runs. Add one, or restart it.", "没有运行中的 producer。请添加一个，或重启它。";
    APPLICATION = "Application thread", "应用线程";
    APPLICATION_SAYS = "runs inside send(), returns a Future", "在 send() 内运行，返回 Future";
    NOTHING_SENT = "Nothing was handed to send() yet.", "还没有记录交给 send()。";
    BLOCKED = "send() blocks · {} ms", "send() 阻塞 · {} ms";
    BLOCKED_OF = "send() blocks · {} / {} ms", "send() 阻塞 · {} / {} ms";
    FLUSHES = "flush() waits · {} ms", "flush() 等待 · {} ms";
    CLOSES = "close() waits · {} ms", "close() 等待 · {} ms";
    TOPIC = "topic", "主题 topic";
    KEY = "key", "key";
    VALUE = "value", "value";
    NULL = "null", "null";
    INTERCEPTORS = "interceptors", "拦截器 interceptors";
    NO_INTERCEPTORS = "none set", "未设置";
    INTERCEPT_SAYS = "first of all: may change the key", "最先执行：可改写 key";
    SERIALIZERS = "serializers", "序列化器 serializers";
    KEY_BYTES = "key → {} {byte|bytes}", "key → {} 字节";
    KEY_NULL = "key → null", "key → null";
    VALUE_NULL = "value → null", "value → null";
    VALUE_BYTES = "value → {} {byte|bytes}", "value → {} 字节";
    PARTITIONER = "partitioner", "分区器 partitioner";
    EXPLICIT = "named in the record", "记录中已指定";
    STICKY = "no key: sticky partition", "无 key：粘性分区 sticky";
    STICKY_IGNORED = "keys are ignored: sticky", "忽略 key：粘性分区 sticky";
    STICKY_NOW = "now {}: {} of {} B", "当前 {}：{} / {} B";
    PARTITIONS = "% {} {partition|partitions}", "% {} 个分区";
    APPEND = "append", "追加 append";
    NEW_BATCH = "opens batch #{}", "打开新批次 #{}";
    JOINED = "joins batch #{}", "加入批次 #{}";
    WAITS_MEMORY = "no room in a batch: waits for memory", "批次已满：等待内存";
    REFUSED = "refused", "被拒绝";
    MAX_BLOCK = "else wait ≤ max.block.ms {}", "否则最多等待 max.block.ms {}";

    ACCUMULATOR = "RecordAccumulator", "RecordAccumulator";
    ACCUMULATOR_SAYS = "one deque of batches per partition", "每个分区一个批次双端队列 deque";
    TAIL = "tail · records join here", "队尾 · 记录加入";
    HEAD = "head · leaves first", "队首 · 先离开";
    LINGER = "linger {} ms", "linger {} ms";
    LEADER_OF = "leader broker {}", "leader broker {}";
    NO_LEADER = "no leader", "没有 leader";
    FULL = "full", "已满";
    MORE = "+{} more", "还有 {} 个";
    NO_DEQUES = "No record was appended yet.", "还没有追加记录。";
    DRAIN = "drain", "取走 drain";

    SENDER = "Sender thread", "Sender 线程";
    SENDER_SAYS = "groups by broker, at most {} in flight each", "按 broker 分组，每个最多 {} 个在途";
    FREE = "free", "空闲";
    SLOTS_FULL = "{} / {} full", "{} / {} 已满";
    CONNECTING = "connecting", "正在连接";
    NOT_CONNECTED = "no connection", "没有连接";

    MEMORY = "buffer.memory", "buffer.memory";
    M_IN_FLIGHT = "in flight {}", "在途 {}";
    M_WAITING = "waiting {}", "等待 {}";
    M_FREE = "free {}", "空闲 {}";
    MEMORY_OF = "{} of {} B taken", "已用 {} / {} B";
    MEMORY_SAYS = "A batch takes a whole batch.size from the pool and gives it back when its fate is known.", "每个批次从内存池取走整个 batch.size，结果确定后归还。";
    THREAD_WAITS = "a thread waits for {} B, has {} · {} ms", "一个线程等待 {} B，已得 {} · {} ms";

    CALLBACKS = "Callbacks", "回调 callback";
    CALLBACKS_SAYS = "on the Sender thread: where the time went", "在 Sender 线程上执行：时间花在哪里";
    NO_CALLBACKS = "No callback was called yet.", "还没有回调。";
    OFFSET = "offset {}", "offset {}";
    OFFSETS = "offsets {} ({})", "offset {}（{} 条）";
    NO_OFFSET = "written to the socket", "已写入 socket";
    IN_QUEUE = "deque {}", "队列 {}";
    IN_FLIGHT = "in flight {}", "在途 {}";
    MS = "{} ms", "{} ms";
    SUMS = "{} sent · {} acknowledged · {} failed · {} sent again · {} {request|requests} with {} {batch|batches}", "发送 {} · 确认 {} · 失败 {} · 重发 {} · 请求 {}，批次 {}";

    WHY = "Why?", "为什么？";
    BATCH_N = "Batch #{} · {}", "批次 #{} · {}";
    THE_CALL = "send()", "send()";
    DEQUE_OF = "Deque of {}", "{} 的队列 deque";
    BROKER_N = "Requests to broker {}", "发往 broker {} 的请求";
    RESULT_OF = "Callback {}", "回调 {}";
    IN_DEQUE = "in the deque", "在队列中";
    FLYING = "in flight · #{}", "在途 · #{}";
    DONE = "acknowledged", "已确认";
    LOST = "failed", "失败";
    THIS_BATCH = "This batch", "此批次";
    P_RECORDS = "records", "记录 records";
    P_BYTES = "bytes", "字节";
    P_AGE = "age", "年龄";
    P_EXPIRES = "expires in", "过期还剩";
    P_SEQUENCE = "pid, epoch, seq", "pid, epoch, seq";
    P_ATTEMPTS = "sent again", "重发次数";
    P_TOOK = "took", "用时";
    TRIP = "Where its time went", "时间花在哪里";
    T_SENT = "send()", "send()";
    T_DRAINED = "leaves the deque", "离开队列";
    T_APPENDED = "broker {} appends", "broker {} 追加";
    T_REPLICATED = "broker {} has copied it", "broker {} 已复制";
    T_COMMITTED = "HW of broker {} passes it", "broker {} 的 HW 越过它";
    T_ACKED = "callback", "回调 callback";
    GONE = "This batch left before the moments that are kept. Choose another one.", "此批次已超出保留范围。请选择另一个。";
    ROOT = "{} · {}", "{} · {}";
    SOURCE = "Kafka source", "Kafka 源码";
    GO_THERE = "Go to where it began · {}", "跳到起点 · {}";
    KNOBS = "Knobs · change one and fork", "旋钮 · 改变即分叉";
    KNOBS_SAY = "A client reads its configs once: with another value the application closes it and makes a new one.", "客户端只在启动时读取配置：换值时应用会关闭它并新建一个。";
    HOLDS = "holds", "成立";
    HOLDS_NOT = "does not hold", "不成立";
    S_NO_LEADER = "no leader", "没有 leader";
    S_MUTED = "muted: one in flight", "静默 muted：仅一个在途";
    S_BACKOFF = "retry in {} ms", "{} ms 后重试";
    S_NO_ID = "no producer id yet", "还没有 producer id";
    S_NO_CONNECTION = "ready · no connection", "已就绪 · 没有连接";
    S_SLOTS = "ready · no free slot", "已就绪 · 没有空闲槽位";
    S_ORDER = "waits for its turn", "按顺序等待";
    S_OVER = "ready", "已就绪";
    S_EMPTY = "empty", "空";
}

/// What holds the head of a deque, in a few words; empty while it lingers, which its clock shows.
pub(super) fn stands(stands: Stands, language: Language) -> String {
    match stands {
        Stands::Empty => S_EMPTY.of(language).into(),
        Stands::NoLeader => S_NO_LEADER.of(language).into(),
        Stands::Muted => S_MUTED.of(language).into(),
        Stands::BacksOff { left_ms } => S_BACKOFF.with(language, &[&left_ms]),
        Stands::Lingers { .. } => String::new(),
        Stands::NoProducerId => S_NO_ID.of(language).into(),
        Stands::NoConnection { .. } => S_NO_CONNECTION.of(language).into(),
        Stands::SlotsFull => S_SLOTS.of(language).into(),
        Stands::HeldBack => S_ORDER.of(language).into(),
        Stands::Ready => S_OVER.of(language).into(),
    }
}

pub(super) fn link(link: LinkState, language: Language) -> Option<&'static str> {
    match link {
        LinkState::Ready => None,
        LinkState::Connecting => Some(CONNECTING.of(language)),
        LinkState::Disconnected { .. } => Some(NOT_CONNECTED.of(language)),
    }
}
