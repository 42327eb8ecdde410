//! The words of a why and of a followed record, in both languages.

use crate::lesson::Text;

macro_rules! words {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(pub(super) const $name: Text = Text::new($en, $zh);)*
    };
}

words! {
    WHY = "Why?", "为什么？";
    GUARDS = "What was compared", "比较了什么";
    HOLDS = "holds", "成立";
    FAILS = "does not hold", "不成立";
    ROOT = "At its root", "根源";
    CHAIN = "What led to it", "因果链";
    CHAIN_SAYS = "the latest first; each goes there", "最近的在前；点击前往";
    SOURCE = "Kafka: {}", "Kafka：{}";
    CONFIG = "{} = {} · default {}", "{} = {} · 默认 {}";
    NO_DEFAULT = "null", "null";
    NOTHING = "Nothing waits, fails or surprises here.", "这里没有等待、失败或意外。";
    MOMENT = "Why did this happen?", "这为什么发生？";
    TIMER = "{}: its timer {} goes off", "{}：定时器 {} 到期";
    REQUEST_CAME = "{1} gets {0}'s {2}", "{1} 收到 {0} 的 {2}";
    RESPONSE_CAME = "{1} gets {0}'s answer to {2}", "{1} 收到 {0} 对 {2} 的应答";
    CONNECTED = "{} is connected to {}", "{} 连上 {}";
    COMMANDED = "{} is told to do something", "{} 收到命令";
    FOLLOW = "Follow this record", "跟踪这条记录";
    UNFOLLOW = "Stop following", "停止跟踪";
    LIFE_OF = "Life of {} · offset {}", "{} · offset {} 的一生";
    SENT = "send()", "send()";
    DRAINED = "leaves in a batch", "随批次发出";
    APPENDED = "on the leader", "写入 leader";
    REPLICATED = "on a follower", "到达 follower";
    COMMITTED = "committed", "已提交";
    ACKED = "acknowledged", "已确认";
    DELIVERED = "poll()", "poll()";
    CUT = "cut off", "被截断";
    DELETED = "deleted", "被删除";
    LATER = "later than the playhead", "晚于播放头";
    NOT_YET = "Nothing of it has happened yet.", "尚未发生任何事。";
}
