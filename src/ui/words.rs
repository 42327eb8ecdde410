//! Every sentence and word of the page, in both languages.

use crate::kafka::base::NodeId;
use crate::lab::client_name;
use crate::lesson::Language;
use crate::lesson::Text;
use crate::view::BrokerState;
use crate::view::Doings;
use crate::view::GroupState;
use crate::view::Lane;

macro_rules! words {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(pub const $name: Text = Text::new($en, $zh);)*
    };
}

words! {
    CLUSTER = "Cluster", "集群 Cluster";
    LOG = "Log", "日志 Log";
    PRODUCER = "Producer", "生产者 Producer";
    GROUP = "Group", "消费者组 Group";
    VIEWS = "Views", "视图";
    CONTROLLER = "controller", "控制器 controller";
    BROKER_N = "broker {}", "broker {}";
    LEADER = "leader", "领导 leader";
    FOLLOWER = "follower", "跟随 follower";
    OUT_OF_SYNC = "not in sync", "不在 ISR";
    OFFLINE = "offline", "离线";
    DISK_USE = "disk {}", "磁盘 {}";
    CACHE_HIT = " · cache {} % hit", " · 缓存命中 {} %";
    DISK_SLOW = "disk {}× slower", "磁盘慢 {} 倍";
    LINK_CUT = "link to {} cut", "到 {} 的链路已切断";
    LINK_HELD = "link to {} held", "到 {} 的链路被扣住";
    LINK_SLOW = "link to {} slowed", "到 {} 的链路变慢";
    EARLIER_SEGMENTS = "‹ {} earlier", "‹ 更早 {} 段";
    CUT_HERE = "cut", "截断";
    NEW_FILE = "new file", "新文件";
    DELETED_HERE = "deleted", "已删除";
    IDEMPOTENT = "idempotent", "幂等";
    RATE_N = "{}/s · {} acked", "{}/秒 · 已确认 {}";
    READS_NOTHING = "reads nothing", "未分配分区";
    LAG_N = "lag {}", "落后 {}";

    STATE_UP = "up", "运行中";
    STATE_FENCED = "fenced: the controller has shut it out", "已隔离 fenced";
    STATE_LEAVING = "shutting down", "正在关闭";
    STATE_CRASHED = "crashed: files and page cache stay", "进程崩溃：文件和页缓存仍在";
    STATE_NO_POWER = "no power: what was not flushed is gone", "断电：未刷盘的数据已丢";
    STATE_STOPPED = "stopped", "已停止";

    TIME = "Time", "时间";
    PLAY = "Play", "播放";
    PAUSE = "Pause", "暂停";
    STEP_BACK = "Step back one event", "后退一个事件";
    STEP_ON = "Step on one event", "前进一个事件";
    TO_START = "To the beginning", "到开头";
    TO_END = "To the latest moment", "到最新时刻";
    SPEED = "speed", "速度";
    SPEED_OF = "Simulated time at {} of the clock", "模拟时间为真实时间的 {}";
    EVENTS_SAID = "{} {event|events}", "{} 个事件";
    EVENTS_AND_ROOM = "{} {event|events} · {} of {} MB", "{} 个事件 · {} / {} MB";
    ROOM_TITLE = "Room for history", "历史占用";
    ROOM_SAYS = "Going back takes memory: {} of {} MB are taken.", "回到过去需要内存：已占用 {} / {} MB。";
    ROOM_FULL = "There is no room for more, so time stands still.", "空间已用完，时间停在这里。";
    ROOM_BEGIN = "You can go back to {}. What was before has been let go; a link or a world file still tells all of it.", "可以回到 {}。更早的已放弃；链接或世界文件仍包含全部。";
    ROOM_WHOLE = "You can go back to the beginning.", "可以一直回到开头。";
    ROOM_BRANCHES = "{} {branch lies|branches lie} in it. Those that you do not look at can go.", "其中有 {} 条分支。没在看的分支可以放弃。";
    ROOM_DROP = "Drop the other branches", "放弃其他分支";
    ROOM_HALF = "Let the older half go, and play on", "放弃较早的一半，继续播放";
    ROOM_HALF_SAYS = "From then on it goes by itself whenever there is no room. You go back as far as it reaches; your acts stay.", "此后空间用完时自动放弃较早的一半。能回到的时刻相应变晚；你的操作都保留。";
    ROOM_GOES = "The older half goes by itself whenever there is no room.", "空间用完时，较早的一半自动放弃。";
    ROOM_LITTLE = "Hardly any of it is history: it is the world's own files. Delete a topic or shorten its retention.", "其中几乎没有历史，都是世界自身的文件。可以删除 topic 或缩短保留时间。";
    KEEPS_UP = "{} % of the asked speed", "所要速度的 {} %";
    TIMELINE = "Timeline: drag to any moment", "时间线：拖到任意时刻";
    SHARE = "Share", "分享";
    SEARCH = "Search and commands", "搜索与命令";
    THEME = "Light or dark", "浅色或深色";
    OTHER_LANGUAGE = "中文", "English";
    MENU = "Menu", "菜单";
    CLOSE = "Close", "关闭";
    DISMISS = "Dismiss", "知道了";
    BROKERS_FACT = "{} brokers · KRaft", "{} 个 broker · KRaft";
    BROKER_FACT = "1 broker · KRaft", "1 个 broker · KRaft";
    SEED_FACT = "seed {}", "种子 {}";
    PAUSED_FACT = "paused", "已暂停";
    NO_CONTROLLER = "controller down: metadata stands still", "控制器停止：元数据不再变化";
    SHEETS = "Panels", "面板";
    LESSON_PANEL = "Lesson", "课程";
    LEFT_PANEL = "What to try", "试一试";
    GROUP_PANEL = "The group", "消费者组";
    WHY_PANEL = "Why", "为什么";
    RIGHT_PANEL = "Inspector", "检查器";
    FOLD_LEFT = "Fold the left panel", "收起左栏";
    FOLD_RIGHT = "Fold the inspector", "收起检查器";
    STAGE = "Stage: the cluster", "舞台：集群";
    OBJECTS = "Objects on the stage", "舞台上的对象";
    TRAVELS = "Partitions that change hands", "正在易主的分区";
    TRAVEL_GIVEN_UP = "{}: {} gave it up; nobody in group {} has it", "{}：{} 已交出，组 {} 中无人持有";
    TRAVEL_LOST = "{}: {} lost it; nobody in group {} has it", "{}：{} 已失去，组 {} 中无人持有";
    TRAVEL_MOVED = "{} goes from {} to {}", "{} 从 {} 移到 {}";
    TRAVEL_BACK = "{} goes back to {}, which gave it up", "{} 回到交出它的 {}";
    TRAVEL_FIRST = "{} goes to {}", "{} 分给 {}";
    TRAVELS_GIVEN_UP = "{} {partition|partitions}: {} gave them up; nobody in group {} has them", "{} 个分区：{} 已交出，组 {} 中无人持有";
    TRAVELS_LOST = "{} partitions: {} lost them; nobody in group {} has them", "{} 个分区：{} 已失去，组 {} 中无人持有";
    TRAVELS_WAIT = "{} partitions: nobody in group {} has them", "{} 个分区：组 {} 中无人持有";
    TRAVELS_MOVED = "{} partitions go from {} to {}", "{} 个分区从 {} 移到 {}";
    TRAVELS_BACK = "{} partitions go back to {}, which gave them up", "{} 个分区回到交出它们的 {}";
    TRAVELS_FIRST = "{} partitions go to {}", "{} 个分区分给 {}";
    TRAVELS_MORE = "and {} more", "另有 {} 条";
    TRAVEL_AGAIN = "{} reads {} {record|records} of {} again, from {}", "{} 再次读取 {2} 的 {1} 条记录，从 {3} 开始";
    IN_GROUP = "group {}", "组 {}";

    FIRST_CAPTION = "A living log", "活的日志";
    FIRST_LEAD = "Crash a leader while it writes", "在写入时让 leader 崩溃";
    FIRST_TRY = "Click a broker, press F, and take its process away. Watch who takes over, then drag the timeline back and choose another future.", "点击一个 broker，按 F，让它的进程崩溃。看谁接任 leader，再把时间线拖回去，选择另一种未来。";
    BOOKMARKS = "Bookmarks", "书签";
    BOOKMARK_N = "Go to the bookmark at {} s", "前往书签 {} 秒";
    BOOKMARK_DROP = "Drop the bookmark at {} s", "删除书签 {} 秒";
    CONFIGS = "Configs", "配置";
    ALL_CONFIGS = "All configs…", "全部配置…";
    OPEN_FILES = "Open a segment of Apache Kafka…", "打开 Apache Kafka 的段文件…";
    TAKE_OUT = "Download the log dir (.zip)", "下载日志目录（.zip）";
    JUST_HAPPENED = "What just happened", "刚刚发生";
    WHY = "Why?", "为什么？";
    WHY_OF = "Why? {}", "为什么？{}";
    FOLLOW_N = "Follow {}", "跟踪 {}";
    UNFOLLOW = "Stop following", "停止跟踪";
    NOTHING_YET = "Nothing but daily work so far.", "目前只有日常工作。";
    DO_CAPTION = "Do something", "动手";
    YOUR_DATA = "Your own data…", "用自己的数据…";
    FAULT = "Fault…", "制造故障…";
    ADD = "Add…", "添加…";
    CONTROLS = "Controls", "按键";
    KEYS_SHORT = "Space play · ←/→ event · Shift+←/→ beat · 1–9 speed · F fault · Y why · / search · ? help", "空格 播放 · ←/→ 事件 · Shift+←/→ 节拍 · 1–9 速度 · F 故障 · Y 为什么 · / 搜索 · ? 帮助";
    BRANCHES = "Futures", "分支";
    BRANCH_N = "future {}", "未来 {}";
    BRANCH_FROM = "from {}", "始于 {}";

    FIDELITY_TITLE = "How real is it?", "有多真实？";
    FIDELITY_EXACT = "Exact: held against Apache Kafka", "一致：与 Apache Kafka 逐项核对";
    FIDELITY_SIMPLIFIED = "Simplified: Kafka's rule, with something left out", "简化：规则同 Kafka，略去一部分";
    FIDELITY_ABSENT = "Not modelled", "未建模";
    HELP_TITLE = "Keys and signs", "按键与图例";
    HELP_LETTERS = "Single-character keys", "单字符按键";
    KEY_PLAY = "play or pause", "播放或暂停";
    KEY_STEP = "one event back or on", "前后一个事件";
    KEY_BEAT = "one beat back or on", "前后一个节拍";
    KEY_ENDS = "first and latest moment", "开头与最新时刻";
    KEY_SPEED = "speed", "速度";
    KEY_FAULT = "fault menu", "故障菜单";
    KEY_WHY = "why: the first question about what is selected", "为什么：所选对象的第一个问题";
    KEY_BOOKMARK = "bookmark this moment", "为此刻加书签";
    KEY_SEARCH = "search and commands", "搜索与命令";
    KEY_LESSON = "in a lesson: choose, lock and run, next step", "课程中：选择、锁定并运行、下一步";
    KEY_HELP = "this page", "本页";
    KEY_FIT = "show the whole stage", "显示整个舞台";
    SIGN_LEADER = "filled: a leader's committed record", "实心：leader 上已提交的记录";
    SIGN_FOLLOWER = "pale: a follower's copy", "浅色：follower 的副本";
    SIGN_ABOVE = "dashed: above the high watermark, not committed yet", "虚线：在高水位 HW 之上，尚未提交";
    SIGN_SHAPES = "■ request   ● response   ◆ with records   ○ connection", "■ 请求   ● 响应   ◆ 带记录   ○ 连接";

    PALETTE_HINT = "Type what you want to do or find", "输入想做或想找的东西";
    PALETTE_NOTHING = "Nothing matches", "没有匹配项";
    GO_TO = "Go to", "前往";

    LANE_PRODUCE = "produce", "生产";
    LANE_REPLICATE = "replicate", "复制";
    LANE_JOIN_SYNC = "join / sync", "入组/同步";
    LANE_HEARTBEAT = "heartbeat", "心跳";
    LANE_CONSUME = "consume", "消费";
    LANE_REBALANCE = "rebalance", "再均衡";
    LANE_CONTROL = "control", "控制";
    LANE_FAULTS = "faults", "故障";
}

words! {
    NO_PARTITIONS = "There is no topic yet.", "还没有主题。";
    NOTHING_SELECTED = "Click something on the stage.", "点击舞台上的对象。";
    ACTIONS = "Actions", "操作";
    STATE = "state", "状态";
    METADATA_END = "log end offset", "日志末端 LEO";
    FENCED_BROKERS = "fenced brokers", "被隔离的 broker";
    REPLICAS = "replicas", "副本";
    LEADS = "leads", "任 leader";
    ON_DISK = "size on disk", "磁盘占用";
    CACHE = "page cache hits", "页缓存命中";
    RACK = "rack", "机架 rack";
    LOG_START = "log start offset", "日志起点";
    HIGH_WATERMARK = "high watermark", "高水位 HW";
    LOG_END = "log end offset", "日志末端 LEO";
    LEADER_EPOCH = "leader epoch", "leader epoch";
    ISR = "ISR", "ISR";
    TOPIC = "topic", "主题 topic";
    ACKS = "acks", "acks";
    RATE = "records a second", "每秒记录数";
    SENT = "sent", "已发送";
    ACKED = "acknowledged", "已确认";
    GIVEN_UP = "given up", "已放弃";
    BUFFER = "buffer.memory", "buffer.memory";
    IN_FLIGHT = "requests in flight", "在途请求";
    PRODUCER_ID = "producer id", "producer id";
    BLOCKED = "waits for", "等待";
    RECEIVED = "records received", "已接收记录";
    LAG = "lag", "落后 lag";
    POSITION = "position / end", "位置 / 末端";
    API = "API", "API";
    FROM = "from", "来自";
    TO = "to", "发往";
    SENT_AT = "sent at", "发出时刻";
    DUE_AT = "arrives at", "到达时刻";
    IS_HELD = "held", "被扣住";
    ARRIVED = "it has arrived", "已到达";
    SIZE = "size", "大小";
    FILE_TOO_LARGE = "{} has {}; {} is the most: take a part of it.", "{} 大小为 {}，上限 {}：请取其中一部分。";
    NOT_A_WORLD = "{} is not a world file of kafkascope: choose one that was saved here.", "{} 不是 kafkascope 的世界文件：请选择在此保存的文件。";
    NOT_KEPT = "The browser keeps nothing for this page (no room, or not allowed): save the world to have it again.", "浏览器无法为本页保存数据（空间不足或被禁止）：请保存世界以便以后使用。";
    OPENING = "The world is played again from its beginning to {} s, as it was.", "正在从头重放这个世界，直到 {} s，与当时完全相同。";
    OPENING_FILE = "The world of the file is played again to {} s: {} %.", "正在把文件中的世界重放到 {} s：{} %。";
    BEGIN_HERE = "Begin where it is now", "从当前位置开始";
    OTHER_DIGEST = "This world was made by another version: it has been played here, and its digest differs from the link's.", "此世界由另一版本生成：已在此重放，但摘要与链接中的不同。";
    CRASHED = "The engine stopped: {} ({}). Your acts are kept.", "引擎停止：{}（{}）。你的操作已保存。";
    REOPEN = "Reopen just before it", "回到出错之前";
    SAVE_WORLD = "Save the world", "保存世界";
    START_NEW = "Begin anew", "重新开始";
    SHARE_TITLE = "Share this world", "分享这个世界";
    SHARE_SAYS = "The link holds the seed, your acts and this moment: whoever opens it sees the same world, byte for byte.", "链接包含种子、你的操作和当前时刻：任何人打开都看到逐字节相同的世界。";
    SHARE_TOO_LONG = "This world has too much in it for a link ({} characters; 32 768 is the most): save it as a file.", "这个世界太大，无法用链接表示（{} 个字符；上限 32 768）：请保存为文件。";
    COPY_LINK = "Copy the link", "复制链接";
    COPIED = "The link is on the clipboard.", "链接已复制到剪贴板。";
    NOT_COPIED = "The browser forbids the clipboard: select the link and copy it.", "浏览器禁止使用剪贴板：请手动选中链接复制。";
    OPEN_WORLD = "Open a world file…", "打开世界文件…";
    DIGEST_N = "digest {}", "摘要 {}";
    NEW_WORLD = "The first world again", "回到最初的世界";
    RECORDS_N = "{} {record|records} sent", "已发送 {} 条记录";
    COMMITTED = "committed", "已提交";
    NOT_COMMITTED = "above the high watermark: not committed yet", "在高水位之上：尚未提交";
    DO_IT = "Do it", "执行";
    DATA_TITLE = "Your own data", "用自己的数据";
    DATA_SAYS = "Lines, key:value lines, CSV or JSON lines, up to 50 MB. Nothing leaves this page.", "支持文本行、key:value 行、CSV、JSON 行，最大 50 MB。数据不会离开本页。";
    PASTE_HERE = "Paste a text here, or type one and press Tab", "在此粘贴文本，或输入后按 Tab";
    PASTED = "pasted text", "粘贴的文本";
    FORM_LINES = "lines", "文本行";
    FORM_KEYED = "key:value", "key:value";
    FORM_CSV = "CSV", "CSV";
    FORM_BARE_CSV = "CSV, no header", "CSV，无表头";
    FORM_JSON = "JSON lines", "JSON 行";
    FLAW = "{}: line {}: {}", "{}：第 {} 行：{}";
    NOT_UTF8 = "the file is not UTF-8 (byte {}); save it as UTF-8", "不是 UTF-8（字节 {}）；请另存为 UTF-8";
    NO_RECORD = "there is no record in it; drop a file with some text", "没有任何记录；请放入有内容的文本";
    OPEN_QUOTATION = "a quotation mark is not closed; close it or double it", "引号没有闭合；请闭合或写成两个引号";
    OTHER_FIELDS = "{} {field|fields} where the first line has {}; quote fields with commas", "有 {} 个字段，第一行有 {} 个；含逗号的字段请加引号";
    NO_COLUMN = "there is no column {} to take the key from, only {}", "没有第 {} 列可作为键，只有 {} 列";
    NO_SEPARATOR = "no '{}' between a key and a value", "键和值之间没有 '{}'";
    NOT_JSON = "not JSON from character {} on; each line is one whole object", "从第 {} 个字符起不是 JSON；每行是一个完整的对象";
    DROP_HERE = "Drop a file here, or click to choose one", "把文件拖到这里，或点击选择";
    READING = "Reading {}", "正在读取 {}";
    CANCEL = "Cancel", "取消";
    PRODUCE = "Produce", "生产";
    DATA_HAS = "{} · {}", "{} · {}";
    DATA_FORM = "form", "格式";
    DATA_KEY = "key", "键 key";
    NO_KEY = "no key", "无键";
    DATA_RATE = "records a second (0: as fast as it goes)", "每秒记录数（0：尽快）";
    NO_PRODUCER = "There is no running producer: add one first.", "没有运行中的生产者：请先添加一个。";
    FEEDING = "{}: {} {record|records} sent, {} acknowledged", "{}：已发送 {} 条，已确认 {} 条";
    FEED_FAILED = "{} failed", "{} 条失败";
    FEED_DONE = "all of it has arrived", "全部到达";
    FEED_STOPPED = "stopped", "已停止";
    F_KEYS = "keys: none, a key, round N, skewed N PERCENT", "键：none、固定键、round N、skewed N 百分比";
    F_VALUES = "values: a text with {n}, bytes, MIN-MAX bytes, null", "值：含 {n} 的文本、字节数、MIN-MAX、null";
    F_CONFIG_TOO = "and a config", "以及一个配置项";
    F_DO = "what to change", "更改什么";
    F_PARTITION_OR_TOPIC = "partition (or topic, to assign)", "分区（或主题，用于分配）";
    F_SEEK_TO = "seek to: an offset, beginning, end, @time in ms", "跳到：offset、beginning、end、@毫秒时间";
    F_CALL = "the application calls", "应用程序调用";
    F_CALL_PARTITIONS = "partitions (empty = all it reads)", "分区（留空 = 它读取的全部）";
    F_CALL_TIME = "time for offsetsForTimes, ms since 1970", "offsetsForTimes 的时间（自 1970 年的毫秒）";
    F_PER_POLL = "work after each poll, µs", "每次 poll 后处理 µs";
    NOT_A_PARTITION = "“{}” is not a partition: write it as orders-0", "“{}” 不是分区：请写成 orders-0";
    F_NAME = "name", "名称";
    F_PARTITIONS = "partitions", "分区数 partitions";
    F_REPLICATION = "replication factor", "副本数 replication factor";
    F_CONFIGS = "configs, name=value", "配置 name=value";
    F_TOTAL = "partitions in total", "分区总数";
    F_CONFIRM = "the topic's name, to be sure", "输入主题名以确认";
    F_CONFIG = "config", "配置项";
    F_VALUE = "value (empty: back to the default)", "值（留空：恢复默认）";
    F_LATENCY = "latency one way, µs", "单程延迟 µs";
    F_BANDWIDTH = "bandwidth, bytes a second", "带宽 字节/秒";
    F_LOSS = "segments lost and sent again, per million", "丢失重传 每百万";
    F_JITTER = "jitter, µs", "抖动 µs";
    F_SLOW = "times slower than usual", "慢多少倍";
    F_DISK = "the disk", "磁盘状态";
    F_BEFORE = "before offset", "此 offset 之前";
    FLIP_BIT = "Flip a bit of", "翻转一位";
    F_BYTE = "byte", "字节";
    F_BIT = "bit (0–7)", "位（0–7）";
    NOT_A_NUMBER = "{}: “{}” is not a whole number in range", "{}：“{}” 不是范围内的整数";
    NOT_A_CONFIG = "“{}” is not name=value", "“{}” 不是 name=value";
    TYPE_THE_NAME = "Type {} to delete it with all its records", "输入 {} 才会连同所有记录一起删除";
    CREATE_TOPIC = "Create a topic…", "创建主题…";
    DELETE_TOPIC = "Delete the topic…", "删除主题…";
    MORE_PARTITIONS = "More partitions…", "增加分区…";
    TOPIC_CONFIGS = "Topic configs…", "主题配置…";
    BROKER_CONFIGS = "Broker configs…", "broker 配置…";
    ADD_BROKER = "Add a broker", "添加 broker";
    REMOVE_BROKER = "Shut down {}", "正常关闭 {}";
    ADD_PRODUCER = "Add a producer…", "添加生产者…";
    ADD_CONSUMER = "Add a consumer…", "添加消费者…";
    PRODUCER_SETTINGS = "Rate, keys, acks, batching…", "速率、键、acks、批量…";
    CONSUMER_SETTINGS = "Partitions, position, pace…", "分区、位置、步调…";
    MEMBERS_HINT = "members", "member";
    ADD_MEMBERS = "Add consumers to a group…", "向消费者组添加成员…";
    PROGRAM = "What the application does…", "应用程序做什么…";
    CALL = "Ask for offsets…", "查询 offset…";
    LIST_GROUPS = "List the groups…", "列出消费者组…";
    DESCRIBE_GROUP = "Describe the group…", "查看消费者组…";
    F_GROUP_TYPE = "type (* = any)", "类型（* = 全部）";
    F_GROUP_STATE = "state (* = any)", "状态（* = 全部）";
    F_SHOW = "show", "显示";
    ANSWERS = "What kafka-consumer-groups.sh prints", "kafka-consumer-groups.sh 的输出";
    NO_ANSWERS = "It was not run yet: list the groups, or describe one.", "尚未运行：列出消费者组，或查看其中一个。";
    ANSWER_WAITS = "The cluster answers as time goes on.", "时间继续后集群才会应答。";
    RESET_OFFSETS = "Reset offsets…", "重置 offset…";
    DELETE_OFFSETS = "Delete offsets…", "删除 offset…";
    DELETE_GROUP = "Delete the group {}", "删除消费者组 {}";
    SCALE_IN = "Close {}: {} gets smaller", "关闭 {}：{} 缩容";
    ROLLING_RESTART = "Restart the members of {} one by one", "逐个重启 {} 的成员";
    PLANNED_N = "Planned: {} {act|acts} from now on.", "已安排：从现在起 {} 个动作。";
    PLAN_ONE_WORLD = "A plan is for one world: keep one of the two first.", "计划只针对一个世界：请先保留两个世界之一。";
    F_GROUP = "group.id", "消费者组 group.id";
    F_PATTERN = "or all topics whose names match (a regular expression)", "或匹配名称的所有主题（正则表达式）";
    F_MEMBERS = "members (1–100)", "成员数（1–100）";
    F_PROTOCOL = "group.protocol", "协议 group.protocol";
    F_ASSIGNOR = "assignor (of the classic protocol)", "分配器（classic 协议）";
    F_STATIC = "static members (group.instance.id)", "静态成员（group.instance.id）";
    F_PER_RECORD = "work per record, ms", "每条记录处理 ms";
    F_COMMIT = "commits", "提交位移";
    F_SLOW_EVERY = "a slow call every so many records (0: none)", "每多少条有一次慢调用（0：无）";
    F_SLOW_MS = "which takes, ms", "慢调用耗时 ms";
    F_POISON = "poison: a value that cannot be processed", "毒消息：无法处理的 value";
    F_ON_POISON = "and then", "遇到毒消息时";
    F_CRASH_AFTER = "crash after so many records (0: no)", "处理多少条后崩溃（0：不崩溃）";
    F_TOPIC_OR_ALL = "topic (*: everything that is committed)", "主题（*：已提交的全部）";
    F_PARTITIONS_ONLY = "only partitions (0,2)", "只限分区（0,2）";
    F_RESET_TO = "to", "重置到";
    F_RESET_VALUE = "offset, records to shift by, or ms", "offset、平移条数或毫秒";
    REMOVE_CLIENT = "Remove {}", "移除 {}";
    DISK_FAULTS = "Disk…", "磁盘…";
    LINK_SETTINGS = "Slow the link…", "放慢链路…";
    DELETE_RECORDS = "Delete records before…", "删除此前的记录…";
    OPEN_LOG = "Open the log", "打开日志";
    HOLD_FOLLOWERS = "Hold the followers' fetches of {}", "扣住 {} 的 follower 拉取请求";
    CRASH = "Crash {}", "让 {} 崩溃";
    POWER_OFF = "Cut the power of {}", "切断 {} 的电源";
    RESTART = "Restart {}", "重启 {}";
    CUT = "Cut {} – {}", "切断 {} – {}";
    HEAL = "Heal {} – {}", "修复 {} – {}";
    HOLD = "Hold {} → {}", "扣住 {} → {}";
    RELEASE = "Release {} – {}", "放行 {} – {}";
    GO_TO_N = "Go to {}", "前往 {}";
    FAULT_TITLE = "What shall go wrong?", "让什么出故障？";
    SEGMENT_N = "segment {} of {}", "段 {}（{}）";
    RECORD_N = "record {} of {}", "记录 {}（{}）";
    MESSAGE_N = "message {}", "消息 {}";
    LINK_N = "link {} – {}", "链路 {} – {}";
    REPLICA_N = "{} on broker {}", "{}（broker {}）";
}

/// A thing of the stage by its name.
pub fn thing_name(thing: &crate::ui::stage::Thing, language: Language) -> String {
    use crate::ui::stage::Thing;
    match thing {
        Thing::Controller => CONTROLLER.of(language).to_string(),
        Thing::Broker(id) | Thing::Producer(id) | Thing::Consumer(id) => node_name(*id, language),
        Thing::Link(a, b) => LINK_N.with(language, &[&node_name(*a, language), &node_name(*b, language)]),
        Thing::Replica(id, partition) => REPLICA_N.with(language, &[partition, id]),
        Thing::Segment(_, partition, base) => SEGMENT_N.with(language, &[base, partition]),
        Thing::Record(_, partition, offset) => RECORD_N.with(language, &[offset, partition]),
        Thing::Message(id) => MESSAGE_N.with(language, &[id]),
    }
}

words! {
    SAID_APPENDED = "b{} appends {}", "b{} 追加 {}";
    SAID_COMMITTED = "HW of {} on b{}: {} → {}", "{} 在 b{} 上的 HW：{} → {}";
    SAID_CONSUMED = "{} reads {} up to {}", "{} 读 {} 到 {}";
    SAID_JUMPED = "{} goes on reading {} at {}, not at {}", "{} 从 {2} 而不是 {3} 继续读 {1}";
    SAID_BEGINS = "{} begins to read {} at {}", "{} 从 {2} 开始读 {1}";
    SAID_TOLD = "{}() of {}: {} = {}", "{1} 的 {0}()：{2} = {3}";
    SAID_THREW = "{}() of {} throws {}", "{1} 的 {0}() 抛出 {2}";
    SAID_DROPPED = "{} ends before it has worked on {} {}…{}", "{} 结束时尚未处理 {} 的 {}…{}";
    SAID_TOOK = "{} takes {}", "{} 接手 {}";
    SAID_GAVE_UP = "{} gives up {}", "{} 交出 {}";
    SAID_LOST_IT = "{} has lost {}", "{} 失去了 {}";
    SAID_GROUP = "group {}: {}, generation {}", "组 {}：{}，generation {}";
    SAID_MEMBER = "{} is a member of {}", "{} 成为组 {} 的成员";
    SAID_NO_MEMBER = "{} is not a member of {} any more", "{} 不再是组 {} 的成员";
    SAID_OFFSET = "group {} has committed {} of {}", "组 {} 已提交 {2} 的 offset {1}";
    SAID_NO_OFFSET = "group {} has no committed offset of {} any more", "组 {} 不再有 {} 的已提交 offset";
    SAID_ACKED = "{}: {} × {} acknowledged from {}", "{}：{} × {} 已确认，自 {} 起";
    SAID_LOST = "{} gives up on {} {record|records} ({})", "{} 放弃 {} 条记录（{}）";
    SAID_ROLLED = "b{} rolls {}: new file {}", "b{} 滚动 {}：新文件 {}";
    SAID_SEGMENT_DELETED = "b{} deletes the segment {} of {}", "b{} 删除段 {}（{}）";
    SAID_START = "b{}: {} begins at {} now", "b{}：{} 现在从 {} 开始";
    SAID_TRUNCATED = "b{} cuts {}: {}…{} are gone", "b{} 截断 {}：{}…{} 已丢弃";
    SAID_LEADER = "{}: broker {} leads, epoch {}", "{}：broker {} 成为 leader，epoch {}";
    SAID_NO_LEADER = "{} has no leader (epoch {})", "{} 没有 leader（epoch {}）";
    SAID_SHRANK = "ISR of {} shrinks: without broker {}", "{} 的 ISR 缩小：去掉 broker {}";
    SAID_GREW = "ISR of {} grows: broker {} is back", "{} 的 ISR 扩大：broker {} 回来了";
    SAID_FENCED = "controller fences broker {}", "控制器隔离 broker {}";
    SAID_UNFENCED = "controller lets broker {} in", "控制器放行 broker {}";
    SAID_DOWN = "{}: the process is gone", "{}：进程没有了";
    SAID_ENDED = "{}: its process has ended", "{}：进程已结束";
    SAID_NO_POWER = "{}: the power is gone", "{}：断电了";
    SAID_UP = "{} starts", "{} 启动";
    SAID_TOPIC = "topic {} created", "主题 {} 已创建";
    SAID_NO_TOPIC = "topic {} deleted", "主题 {} 已删除";
    SAID_CONNECTION = "{} loses its connection to {}", "{} 与 {} 的连接断开";
    SAID_ASKED = "{} asks {}: {}", "{} 向 {} 请求：{}";
    SAID_ACT = "act {} of this world", "这个世界的第 {} 个操作";
}

/// The state of a group by Kafka's name.
pub const fn group_state(state: GroupState) -> &'static str {
    match state {
        GroupState::Empty => "Empty",
        GroupState::PreparingRebalance => "PreparingRebalance",
        GroupState::CompletingRebalance => "CompletingRebalance",
        GroupState::Stable => "Stable",
        GroupState::Dead => "Dead",
        GroupState::Assigning => "Assigning",
        GroupState::Reconciling => "Reconciling",
    }
}

/// `7`, `8…11`, or a dash when there are none.
pub fn offsets(first: i64, last: i64) -> String {
    match last - first {
        0 => first.to_string(),
        1.. => format!("{first}…{last}"),
        _ => "–".to_owned(),
    }
}

/// What a member is doing, and whether that needs attention.
pub const fn doings(doings: Doings) -> (Text, Option<&'static str>) {
    match doings {
        Doings::Polling => (Text::new("polling", "poll() 中"), Some("ok")),
        Doings::Processing => (Text::new("processing", "处理中"), Some("ok")),
        Doings::Calling => (Text::new("inside a call", "调用中"), Some("warn")),
        Doings::Joining => (Text::new("joining", "加入中"), Some("warn")),
        Doings::Syncing => (Text::new("waits for its assignment", "等待分配"), Some("warn")),
        Doings::Reconciling => (Text::new("reconciling", "调整中 reconciling"), Some("warn")),
        Doings::LeftTooSlow => (Text::new("left: poll() came too late", "已离开：poll() 太迟"), Some("bad")),
        Doings::Fenced => (Text::new("fenced", "被隔离 fenced"), Some("bad")),
        Doings::Closed => (Text::new("closed", "已关闭"), None),
        Doings::Gone => (Text::new("process gone", "进程已不在"), Some("bad")),
    }
}

/// How a node is, in a few words.
pub const fn node_state(state: BrokerState, language: Language) -> &'static str {
    match state {
        BrokerState::Up => STATE_UP,
        BrokerState::Fenced => STATE_FENCED,
        BrokerState::ShuttingDown => STATE_LEAVING,
        BrokerState::Crashed => STATE_CRASHED,
        BrokerState::PoweredOff => STATE_NO_POWER,
        BrokerState::Stopped => STATE_STOPPED,
    }
    .of(language)
}

pub const fn lane(lane: Lane, language: Language) -> &'static str {
    match lane {
        Lane::Produce => LANE_PRODUCE,
        Lane::Replicate => LANE_REPLICATE,
        Lane::JoinSync => LANE_JOIN_SYNC,
        Lane::Heartbeat => LANE_HEARTBEAT,
        Lane::Consume => LANE_CONSUME,
        Lane::Rebalance => LANE_REBALANCE,
        Lane::Control => LANE_CONTROL,
        Lane::Faults => LANE_FAULTS,
    }
    .of(language)
}

/// A node by what it is and its number.
pub fn node_name(node: i32, language: Language) -> String {
    match node {
        3000 => CONTROLLER.of(language).to_string(),
        10_001..=19_999 | 20_001..=29_999 => client_name(NodeId(node)),
        30_000 => "admin".to_string(),
        _ => BROKER_N.with(language, &[&node]),
    }
}

/// The `client.id` that a classic member's id begins with; behind it stands a UUID.
pub fn client_of(id: &str) -> &str {
    const UUID: usize = 36;
    let at = id.len().saturating_sub(UUID + 1);
    match id.split_at_checked(at) {
        Some((client, rest)) if rest.starts_with('-') && rest.matches('-').count() == 5 => client,
        _ => id,
    }
}

/// A number of bytes with three figures at most: `4.1 KB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut size = count as f64 / 1000.0;
    let mut unit = 0;
    while size >= 999.95 && unit < UNITS.len() - 1 {
        size /= 1000.0;
        unit += 1;
    }
    if size < 9.995 { format!("{size:.1} {}", UNITS[unit]) } else { format!("{size:.0} {}", UNITS[unit]) }
}

/// A whole number with thin spaces between its thousands: `1 842`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// The label of a cell: its offset, shortened when a cell is many.
pub fn cell(from: i64, unit: i64) -> String {
    match unit {
        1_000_000.. => format!("{}M", from / 1_000_000),
        1000.. => format!("{}k", from / 1000),
        _ => from.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_at_most_three_figures() {
        let said: Vec<String> = [0, 999, 1000, 4130, 12_345, 999_999, 50_000_000].map(bytes).into();
        assert_eq!(said, ["0 B", "999 B", "1.0 KB", "4.1 KB", "12 KB", "1.0 MB", "50 MB"]);
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(842), "842");
    }
}
