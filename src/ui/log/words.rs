//! The words of the Log view, in both languages.

use crate::kafka::record::BatchError;
use crate::lesson::Language;
use crate::lesson::Text;
use crate::view::Roll;
use crate::view::Stage;

pub(super) use crate::ui::words::offsets;

macro_rules! words {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(pub(super) const $name: Text = Text::new($en, $zh);)*
    };
}

words! {
    LOG_DIR = "log dir of {}", "{} 的日志目录";
    PARTITION = "Partition", "分区 partition";
    BROKER = "Broker", "broker";
    NO_DIR = "Broker {} has no directory of {}.", "broker {} 上没有 {} 的目录。";
    NOT_RUNNING = "broker {} is down: files only", "broker {} 未运行：只有文件";
    LOG_START = "log start", "起始 log start";
    HW = "HW", "HW";
    LSO = "LSO", "LSO";
    LEO = "LEO", "LEO";
    RECOVERY_POINT = "recovery point", "恢复点 recovery point";
    SEGMENTS = "Segments", "段 segment";
    EARLIER_N = "‹ {} earlier", "‹ 更早 {} 个";
    LATER_N = "{} later ›", "更晚 {} 个 ›";
    ACTIVE = "active", "活动 active";
    CLOSED = "closed", "已关闭 closed";
    ACTIVE_FILL = "active · {} of segment.bytes {}", "活动 active · {} / segment.bytes {}";
    ROLL_FULL = "closed: {} + {} > segment.bytes {}", "已关闭：{} + {} > segment.bytes {}";
    ROLL_OLD = "closed: {} ms > segment.ms {}", "已关闭：{} ms > segment.ms {}";
    ROLL_INDEX = "closed: its index is full ({} {entry|entries})", "已关闭：索引已满（{} 项）";
    ABOVE_HW = "above the high watermark: not committed yet", "高于 high watermark：尚未提交";
    INDEX_SAYS = "8 bytes an entry: relative offset, position · one after more than index.interval.bytes = {}", "每项 8 字节：相对 offset、位置 · 每超过 index.interval.bytes = {} 字节记一项";
    TIME_INDEX_SAYS = "12 bytes an entry: timestamp, relative offset", "每项 12 字节：时间戳、相对 offset";
    OFFSET_AT_BYTE = "offset {} at byte {}", "offset {} 在字节 {}";
    OFFSET_OF_TIME = "up to offset {}", "至 offset {}";
    INDEX_SAYS_PLAIN = "8 bytes an entry: relative offset, position", "每项 8 字节：相对 offset、位置";
    NO_ENTRIES_PLAIN = "No entry.", "没有索引项。";
    NO_ENTRIES = "No entry yet: the first one is written after more than {} {byte|bytes} of batches.", "还没有索引项：批次超过 {} 字节后才写第一项。";
    MORE_ENTRIES = "{} of {} entries", "{} / {} 项";
    LARGEST_ENTRY = "← largest entry ≤ {} − {} = {}", "← 不大于 {} − {} = {} 的最大项";
    LARGEST_TIME = "← largest entry ≤ {}", "← 不大于 {} 的最大项";
    NO_ENTRY_BELOW = "no entry is small enough: start at byte 0", "没有足够小的项：从字节 0 开始";
    SCAN_FROM = "scan forward batch by batch from byte {}", "从字节 {} 起逐批向前扫描";
    BATCHES_SAY = "{} B of batches · the 61-byte header tells where the next one begins", "批次共 {} 字节 · 61 字节的批次头指明下一批的位置";
    BATCH_N = "batch {}", "批次 {}";
    HEADER_61 = "61 B header", "61 B 批次头";
    KEY = "key", "key";
    VALUE = "value", "value";
    KEYS = "keys", "keys";
    VALUES = "values", "values";
    RECORDS_N = "{} {record|records}", "{} 条记录";
    CRC_BAD = "CRC wrong", "CRC 错误";
    CONTROL = "control", "控制批次 control";
    SKIPPED_ONE = "{} batch skipped, found at byte {}", "跳过 {} 个批次，在字节 {} 找到";
    SKIPPED_N = "{} {batch|batches} skipped, found at byte {}", "跳过 {} 个批次，在字节 {} 找到";
    FOUND_AT_ONCE = "found at byte {}", "在字节 {} 找到";
    BETWEEN_N = "… {} more …", "… 还有 {} 个 …";
    EARLIER_BATCHES = "‹ earlier batches", "‹ 更早的批次";
    LATER_BATCHES = "later batches ›", "更晚的批次 ›";
    NEWEST = "follow the end", "跟随末尾";
    NO_WHOLE_BATCH = "No whole batch lies in this file.", "此文件中没有完整的批次。";
    EMPTY_SEGMENT = "No batch here yet: the next append lands in this file.", "还没有批次：下一次追加会写入此文件。";
    BROKEN_ZEROS = "From byte {} on there are only zeros: room that was reserved.", "从字节 {} 起全是零：预留的空间。";
    BROKEN_OLD = "At byte {} lies a message of format {}, from before Kafka 0.11: this page reads format 2.", "字节 {} 处是格式 {} 的消息（Kafka 0.11 之前）：本页只读取格式 2。";
    BROKEN_CUT = "The file is cut short: at byte {} a batch of {} bytes begins, and the file ends at byte {}.", "文件被截短：字节 {} 处开始一个 {} 字节的批次，而文件在字节 {} 处结束。";
    BROKEN_CUT_EARLY = "The file is cut short inside the header of the batch at byte {}.", "文件在字节 {} 处的批次头内被截短。";
    BROKEN_NO_SEGMENT = "This is no segment of Kafka: {}", "这不是 Kafka 的段文件：{}";
    BROKEN_NO_BATCH = "The batches before byte {} are good; what follows is none: {}", "字节 {} 之前的批次完好；其后不是批次：{}";
    FIRST_BAD = "first bad byte: {}", "第一个坏字节：{}";
    ENTRY_N = "Entry {}", "索引项 {}";
    ENTRY_MEANS = "The batch that ends with this offset begins at this byte of the .log.", "以此 offset 结尾的批次从 .log 的这个字节开始。";
    TIME_ENTRY_MEANS = "Up to this offset, no record is later than this timestamp.", "到此 offset 为止，没有记录晚于此时间戳。";
    OPEN_BATCH_OF = "Open the batch of offset {}", "打开 offset {} 所在批次";
    OFFSETS = "offsets", "offset";
    PLACE = "place", "位置";
    PLACE_LINE = "byte {}, {} {byte|bytes}", "字节 {}，共 {} 字节";
    RECORDS = "records", "记录";
    LEADER_EPOCH = "leader epoch", "leader epoch";
    MAX_TIMESTAMP = "largest timestamp", "最大时间戳";
    COMPRESSION = "compression", "压缩 compression";
    PRODUCER = "producer", "producer";
    PRODUCER_FACT = "id {} · epoch {} · first sequence {}", "id {} · epoch {} · 首个 sequence {}";
    KIND = "kind", "类型";
    TRANSACTIONAL = "transactional", "事务 transactional";
    CRC = "CRC-32C", "CRC-32C";
    CRC_RIGHT = "0x{}: the bytes are as they were written ✓", "0x{}：字节与写入时一致 ✓";
    CRC_WRONG = "0x{} is stored, the bytes give 0x{} ✗", "存储值 0x{}，按字节计算得 0x{} ✗";
    FLIP_TITLE = "Byte {} = 0x{}: press a bit to flip it on the disk of {}", "字节 {} = 0x{}：按下一位即可在 {} 的磁盘上翻转";
    FLIP_BIT_N = "flip bit {}, which is {} now", "翻转第 {} 位（现在为 {}）";
    FLIP_NEXT = "A reader finds out by the CRC; the broker itself, when it recovers the log: crash it and start it again.", "读取方通过 CRC 发现；broker 自己在恢复日志时发现：让它崩溃再重启。";
    FLIP_HINT = "Click a byte (or press Enter on it) to change its bits.", "点击一个字节（或在其上按 Enter）即可修改其位。";
    CUT_SINCE = "{}: broker {} cut {}…{} off this log", "{}：broker {} 从此日志截掉 {}…{}";
    OPEN_TITLE = "Open a segment of Apache Kafka", "打开 Apache Kafka 的段文件";
    OPEN_SAYS = "A .log with its .index and .timeindex, a partition's directory, or a zip of directories. It is only looked at: nothing leaves this page, and this world stays as it is.", "一个 .log 及其 .index、.timeindex，一个分区目录，或目录的 zip。仅供查看：数据不离开本页，这个世界保持不变。";
    OPEN_DROP = "Drop files here, or click to choose", "把文件拖到这里，或点击选择";
    OPEN_DIR = "Choose a directory…", "选择目录…";
    OPEN_NO_SEGMENT = "{} is no segment: give a .log, .index or .timeindex of a partition, or a zip of them.", "{} 不是段文件：请给出分区的 .log、.index、.timeindex，或它们的 zip。";
    OPEN_BAD_ZIP = "{} cannot be read as a zip: {}", "{} 无法作为 zip 读取：{}";
    OPEN_OWN = "Open Kafka's files…", "打开 Kafka 的文件…";
    FOREIGN_FROM = "/ opened from {}", "/ 打开自 {}";
    FOREIGN_SAYS = "Files from outside: no broker runs over them, and this world does not know them.", "来自外部的文件：没有 broker 在使用它们，这个世界也不知道它们。";
    FOREIGN_BACK = "Back to this world", "回到这个世界";
    TAKE_OUT = "Download the directory (.zip)", "下载目录（.zip）";
    TAKE_OUT_SAYS = "kafka-dump-log reads it. Preallocated zeros stay behind, as when Kafka closes a log.", "kafka-dump-log 可以读取。预分配的零不包含在内，与 Kafka 关闭日志时相同。";
    COST = "cost of this lookup", "本次查找的代价";
    COST_WITHOUT = "without the index", "没有索引时";
    COST_LINE = "segments compared {} · index entries {} · batches scanned {} · bytes read {}", "比较段 {} · 索引项 {} · 扫描批次 {} · 读取字节 {}";
    COST_WITHOUT_LINE = "batches scanned {}{} · bytes read {}{} (from the start of the log)", "扫描批次 {}{} · 读取字节 {}{}（从日志开头）";
    FIND = "Find", "查找";
    FIND_LABEL = "How does the broker find", "broker 如何找到";
    BY_OFFSET = "offset", "offset";
    BY_TIME = "timestamp", "时间戳 timestamp";
    ASK_WHAT = "Offset or milliseconds since 1970", "offset，或自 1970 年以来的毫秒数";
    NOT_A_NUMBER = "Give a whole number: an offset from {} to {}, or a time in milliseconds.", "请输入整数：{} 到 {} 的 offset，或以毫秒表示的时间。";
    NOT_FOUND_OFFSET = "OFFSET_OUT_OF_RANGE: this log holds offsets {} to {}.", "OFFSET_OUT_OF_RANGE：此日志包含 offset {} 到 {}。";
    NOT_FOUND_TIME = "No record is that late: ListOffsets answers offset −1.", "没有这么晚的记录：ListOffsets 返回 offset −1。";
    NEEDS_BROKER = "Nobody searches here: broker {} is down. Start it, then ask again.", "broker {} 未运行，无人查找：请先启动它。";
    CLOSE = "Close", "关闭";
    STAGE_SEGMENT = "find segment", "找段";
    STAGE_INDEX = "search index", "查索引";
    STAGE_SEEK = "seek", "定位";
    STAGE_SCAN = "scan", "扫描";
    STAGE_RETURN = "return", "返回";
    LOOKUP_STEPS = "Steps of the search", "查找的步骤";
    TO_START = "Back to the question", "回到问题";
    STEP_BACK = "Step back", "后退一步";
    STEP_ON = "Step on", "前进一步";
    TO_END = "To the answer", "直达结果";
    PLAY = "Play", "播放";
    PAUSE = "Pause", "暂停";
    DID_SEGMENT_NO = "{} > {}: the record lies in an earlier segment", "{} > {}：记录在更早的段";
    DID_SEGMENT_YES = "{} ≤ {}: this segment or a later one", "{} ≤ {}：在此段或更晚的段";
    DID_SEGMENT_TIME_NO = "segment {}: its largest timestamp {} is too early", "段 {}：最大时间戳 {} 太早";
    DID_SEGMENT_TIME_YES = "segment {}: its largest timestamp {} is late enough", "段 {}：最大时间戳 {} 足够晚";
    DID_TIME_ENTRY = ".timeindex entry {}: {} → offset {}", ".timeindex 第 {} 项：{} → offset {}";
    DID_TIME_FOUND = ".timeindex says: begin at offset {}", ".timeindex：从 offset {} 开始";
    DID_INDEX_ENTRY = ".index entry {}: offset {} at byte {}", ".index 第 {} 项：offset {} 在字节 {}";
    DID_SEEK = "seek to byte {} of the .log", "定位到 .log 的字节 {}";
    DID_BATCH_NO = "batch {} ends too early: skip {} {byte|bytes}", "批次 {} 结束得太早：跳过 {} 字节";
    DID_BATCH_YES = "batch {} holds it", "批次 {} 包含它";
    DID_BATCH_YES_TIME = "batch {} is late enough: read its records", "批次 {} 足够晚：读取其记录";
    DID_RECORD_NO = "record {} is too early", "记录 {} 太早";
    DID_RECORD_YES = "record {} it is", "正是记录 {}";
    YOUR_MOVE = "next: {}", "下一步：{}";
    RECORDS_OF = "Records of batch {}", "批次 {} 的记录";
    BATCH_BYTES = "Bytes of batch {}", "批次 {} 的字节";
    RECORD_BYTES = "Decompressed bytes of record {}", "记录 {} 解压后的字节";
    OFFSET = "offset", "offset";
    TIMESTAMP = "timestamp", "时间戳";
    HEADERS = "headers", "headers";
    NULL = "null", "null";
    MORE_RECORDS = "records {}…{} of {}", "第 {}…{} 条，共 {} 条";
    WHY_SMALL = "its size of {} bytes is below the {} that a batch has at least", "大小 {} 字节，低于批次的最小值 {} 字节";
    WHY_MAGIC = "there is no message format {}", "不存在消息格式 {}";
    WHY_OLD = "message format {} is from before Kafka 0.11", "消息格式 {} 来自 Kafka 0.11 之前";
    WHY_CRC = "the checksum stored is {}, that of its bytes {}", "存储的校验和是 {}，按字节算出的是 {}";
    WHY_PACKED = "they cannot be decompressed ({}: {})", "无法解压（{}：{}）";
    WHY_INSIDE = "{}: {}", "{}：{}";
    RECORDS_BROKEN = "The records cannot be read: {}", "无法读取记录：{}";
    FILES = "Files of the directory", "目录中的文件";
    FILE_NAME = "file", "文件";
    FILE_SIZE = "size", "大小";
    FILE_USED = "in use", "已用";
    FILE_UNFLUSHED = "not flushed", "未刷盘";
    EPOCHS = "leader-epoch-checkpoint", "leader-epoch-checkpoint";
    EPOCH_FROM = "epoch {} from offset {}", "epoch {} 从 offset {} 开始";
    TOPIC_ID = "partition.metadata: topic_id {}", "partition.metadata：topic_id {}";
    ABORTED = ".txnindex: aborted transactions", ".txnindex：已中止的事务";
    ABORTED_TXN = "producer {} · offsets {}…{} · LSO {}", "producer {} · offset {}…{} · LSO {}";
    SNAPSHOT = ".snapshot: producers at offset {}", ".snapshot：offset {} 处的 producer";
    PRODUCER_LINE = "producer {} · epoch {} · last sequence {} · last offset {}", "producer {} · epoch {} · 最后 sequence {} · 最后 offset {}";
    HEX_HELP = "Arrow keys walk through the bytes; the field is named below.", "方向键逐字节移动；字段名见下方。";
    HEX_AT = "bytes {}…{} · {} = {}", "字节 {}…{} · {} = {}";
    HEX_ROWS = "bytes {}…{} of {}", "字节 {}…{}，共 {}";
    BYTES_BEFORE = "‹ before", "‹ 之前";
    BYTES_AFTER = "after ›", "之后 ›";
    FIELDS = "Fields", "字段";
}

pub(super) const fn stage(stage: Stage, language: Language) -> &'static str {
    match stage {
        Stage::FindSegment => STAGE_SEGMENT,
        Stage::SearchIndex => STAGE_INDEX,
        Stage::Seek => STAGE_SEEK,
        Stage::Scan => STAGE_SCAN,
        Stage::Return => STAGE_RETURN,
    }
    .of(language)
}

/// What is wrong with a batch. Of what Kafka finds inside its records the exception is named, with Kafka's own words.
pub(super) fn batch_error(error: &BatchError, language: Language) -> String {
    match error {
        BatchError::TooSmall { size, minimum } => WHY_SMALL.with(language, &[size, minimum]),
        BatchError::InvalidMagic(magic) => WHY_MAGIC.with(language, &[magic]),
        BatchError::UnsupportedMagic(magic) => WHY_OLD.with(language, &[magic]),
        BatchError::Crc { stored, computed } => WHY_CRC.with(language, &[stored, computed]),
        BatchError::Decompression(defect) => WHY_PACKED.with(language, &[&defect.exception, &defect.message]),
        BatchError::InvalidRecord(what) | BatchError::IllegalArgument(what) => {
            WHY_INSIDE.with(language, &[&error.kafka_name(), what])
        }
    }
}

/// The guard that closed a segment, with its numbers.
pub(super) fn roll(roll: Roll, language: Language) -> String {
    match roll {
        Roll::Full { used, next, limit } => ROLL_FULL.with(language, &[&used, &next, &limit]),
        Roll::Old { waited, limit } => ROLL_OLD.with(language, &[&waited, &limit]),
        Roll::IndexFull { entries } => ROLL_INDEX.with(language, &[&entries]),
    }
}
