//! The words of the two worlds, in both languages.

use crate::lab::Side;
use crate::lesson::Text;

macro_rules! words {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(pub(in crate::ui) const $name: Text = Text::new($en, $zh);)*
    };
}

words! {
    WHAT_IF = "What if…", "如果…";
    WHAT_IF_SAYS = "Two worlds go on from one moment on one clock: A as it was, B with one change. Everything you did after that moment is done in both.", "两个世界从同一时刻出发、共用一个时钟：A 保持原样，B 只改一处。该时刻之后你做过的操作在两个世界里都会重做。";
    WHAT_IF_OPEN = "What if… (two worlds on one clock)", "如果…会怎样（两个世界，同一时钟）";
    MOMENT = "moment", "时刻";
    MOMENT_NOW = "now · {}", "现在 · {}";
    MOMENT_MARK = "bookmark · {}", "书签 · {}";
    CHOOSE_CHANGE = "The one change, in B", "只在 B 里做的改动";
    PAIR = "Show both", "同时看两个世界";
    LESSON_FIRST = "Leave the lesson or the question first, then make two worlds.", "请先离开课程或题目，再分出两个世界。";
    IN_B = "In world B", "在世界 B 中";

    TWO_WORLDS = "Two worlds, one clock", "两个世界，同一时钟";
    SIDE_A = "A · as it was", "A · 保持原样";
    SIDE_B = "B · with the change", "B · 有改动";
    SIDE_B_IS = "B · {}", "B · {}";
    LOOK_AT = "Look at {}", "查看 {}";
    LOOKED_AT = "The inspector, the log and the timeline show this world", "检查器、日志和时间线显示这个世界";
    ONLY_IN_B = "Only in B, from {}", "只在 B 中，自 {} 起";
    FIRST_DIFFERENCE = "First difference · {}", "首个差异 · {}";
    FIRST_DIFFERENCE_GO = "Go to the first difference", "前往首个差异";
    NO_DIFFERENCE = "They do not differ yet.", "目前没有差异。";
    NOTHING_THERE = "nothing", "什么也没有";
    ACTS_GO = "What you do now happens", "你现在的操作发生在";
    IN_BOTH = "in both worlds", "两个世界";
    IN_ALL = "in all worlds", "所有世界";
    IN_ONE = "only in {}", "仅 {}";
    SHARE_SIDE = "Share {}", "分享 {}";
    KEEP_SIDE = "Go on with {}", "以 {} 继续";
    TWIN_KEPT = "You go on in world {}. The other one is kept among the futures.", "你在世界 {} 中继续。另一个保留在“分支”中。";

    OUTCOME = "What became of the records since then", "自那时起记录的结局";
    COUNTED = "Counted from the state of both worlds, never estimated.", "按两个世界的状态逐一计数，不做估算。";
    DIFFERENCE = "B − A", "B − A";
    SENT = "handed to send()", "交给 send()";
    ACKED = "acknowledged", "已确认 acked";
    LOST = "acknowledged and lost", "已确认却丢失";
    LOST_SAYS = "Acknowledged to a producer, and not in the log of the partition's leader", "已向生产者确认，但不在分区 leader 的日志中";
    FAILED = "failed", "发送失败";
    STORED = "readable in the logs", "日志中可读";
    STORED_SAYS = "In the leaders' logs, below the high watermark", "在 leader 的日志中，且低于高水位 HW";
    DUPLICATED = "stored twice", "重复存储";
    DUPLICATED_SAYS = "The same batch, byte for byte, lies in the leader's log before it: the producer sent it again", "同一批次逐字节相同，在 leader 日志中更早出现过：生产者重发了它";
    READ = "read by consumers", "消费者已读";
    READ_AGAIN = "read again", "重复读取";
    DELAY_MEAN = "delay, mean", "延迟 均值";
    DELAY_P99 = "delay, p99", "延迟 p99";
    DELAY_SAYS = "From send() of a batch's first record until consumers can read it", "从批次首条记录 send() 到消费者可读";
    NO_GROUP_PAIR = "For that the group needs two running members that are not like that already.", "这需要消费者组有两个正在运行、且尚未如此配置的成员。";
    GROUP_COST = "What the rebalances of {} cost, from {} on", "{} 的再均衡代价，自 {} 起";
    ROUNDS = "generations", "代数（generation / epoch）";
    REVOKED = "partitions taken away", "被收回的分区";
    MOVED = "partitions with another owner", "换了主人的分区";
    LONGEST_PAUSE = "longest time without a reader, s", "最长无人消费，秒";
    PAUSED = "the same, over all partitions, s", "各分区合计无人消费，秒";
    DRAW_WAY = "Draw “{}” as world B", "把“{}”画成世界 B";
    DRAWN_WAY = "World {}, which is drawn", "世界 {}，正在显示";
    AS_IT_WAS = "as it was", "原样";
    PLAYS_ALONG = "The others play along on the same clock; a click on a name draws that world as B.", "其余世界在同一时钟上一并运行；点击名称即把它画成 B。";
    ANOTHER_WAY = "Another way, from the same moment", "同一时刻，换一种方式";
    TWICE = "delivered twice", "重复投递";
    NOT_PARTED = "The two worlds part at {}; this is before.", "两个世界在 {} 才分开；现在还在那之前。";
    MS = "{} ms", "{} ms";
    S = "{} s", "{} s";
    CONFIG = "{}: {} = {}", "{}：{} = {}";
    BY_DEFAULT = "default", "默认值";
}

/// The letter of a world.
pub(in crate::ui) const fn letter(side: Side) -> &'static str {
    match side {
        Side::A => "A",
        Side::B => "B",
    }
}

pub(in crate::ui) const fn side(side: Side) -> Text {
    match side {
        Side::A => SIDE_A,
        Side::B => SIDE_B,
    }
}
