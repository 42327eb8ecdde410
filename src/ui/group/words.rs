//! The words of the Group view, in both languages.

use crate::lesson::Language;
use crate::lesson::Text;
pub(super) use crate::ui::words::doings;
pub(super) use crate::ui::words::group_state as state;
use crate::view::GroupState;

macro_rules! words {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(pub(super) const $name: Text = Text::new($en, $zh);)*
    };
}

words! {
    CHOOSE = "Consumer group", "消费者组 consumer group";
    NO_GROUP = "No consumer group yet", "还没有消费者组 consumer group";
    NO_GROUP_SAYS = "Consumers with the same group.id share the partitions of their topics. Add three, and watch them find their coordinator, join, and be given partitions.", "group.id 相同的消费者 consumer 分担主题的分区。添加三个，看它们如何找到 coordinator、加入组并分到分区。";
    LOOKING = "The members of {} look for their coordinator", "{} 的成员正在寻找 coordinator";
    LOOKING_SAYS = "Each asks a broker with FindCoordinator; the first one who asks makes the topic __consumer_offsets. Let time run.", "每个成员用 FindCoordinator 询问 broker；最先询问者会使主题 __consumer_offsets 被创建。请让时间前进。";
    SUMS = "{} · {} {member|members} · {} {partition|partitions} · lag {}", "{} · {} 个成员 · {} 个分区 · lag {}";
    NO_LAG = "–", "–";

    PROTOCOL = "Protocol", "协议 protocol";
    PROTOCOL_SAYS = "every line is a real request, click to decode it", "每条线都是真实请求，点击即可解码";
    SCALE = "Later is below. The time between two lines is pressed together; their order is true.", "越靠下越晚。两线之间的时间被压缩；先后顺序是真实的。";
    GROUP_STATE = "group state", "组状态";
    EARLIER = "{} earlier", "更早的 {} 条";
    QUIET = "{} {heartbeat|heartbeats} without an error left out", "省略 {} 个无错误的 heartbeat";
    NO_LINES = "Nothing was sent between a member and the coordinator yet.", "成员与 coordinator 之间还没有消息。";
    AS_LIST = "The same as a list", "以列表显示";
    COORDINATOR_OF = "coordinator · ", "coordinator · ";
    LEADS = "leader", "leader";
    NEW = "new", "新";
    GONE = "gone", "已离开";
    OTHERS = "{} more", "还有 {} 个";
    GEN = "gen {}", "gen {}";
    EPOCH = "epoch {}", "epoch {}";
    REQUEST_SAYS = "{} request from {} to {}, sent {}", "{} 请求，{} → {}，发送于 {}";
    RESPONSE_SAYS = "{} response from {} to {}, sent {}", "{} 响应，{} → {}，发送于 {}";
    ARRIVED_SAYS = ", arrived {}", "，到达于 {}";
    ON_WAY = ", has not arrived", "，尚未到达";
    GAVE_UP = "gave up {}", "交出 {}";
    TOOK = "took {}", "得到 {}";
    ERROR_SAYS = ", error {}", "，错误 {}";

    ASSIGNMENT = "Assignment", "分配 assignment";
    BEFORE_AFTER = "before → after", "之前 → 之后";
    NOW_OWNED = "now", "现在";
    RUNS = "still running", "仍在进行";
    KEPT = "kept", "保持";
    N_REVOKED = "{} revoked", "收回 {}";
    N_NEW = "{} new", "新增 {}";
    ALL_NEW = "all new", "全部新增";
    BOTH_NEW = "both new", "两个都是新的";
    NEW_MEMBER = "new member", "新成员";
    HAS_LEFT = "not in the group", "不在组中";
    NOTHING_OWNED = "nothing", "无";
    MORE_MEMBERS = "{} more {member|members} with {} {partition|partitions}", "还有 {} 个成员，共 {} 个分区";
    NO_MEMBERS = "The group has no member.", "组中没有成员。";
    REVOKED_P = "{} was revoked", "{} 被收回";
    NEW_P = "{} is new", "{} 是新分到的";

    CONSUMING = "Who was consuming when", "谁在何时消费";
    DASHED = "dashed = nobody, {}", "虚线 = 无人消费，{}";
    NEVER_NOBODY = "every partition was read all the time", "每个分区始终有人消费";
    MANY_ALIKE = "{} {partition|partitions}", "{} 个分区";
    MORE_PARTITIONS = "{} more partitions are not drawn.", "还有 {} 个分区未画出。";
    NO_STRIPS = "The group owns no partition yet.", "该组还没有分到分区。";
    NOBODY = "nobody", "无人";
    SPAN_SAYS = "{} from {} to {}", "{}：{} 至 {}";
    REBALANCE_BEGINS = "rebalance", "rebalance";
    REBALANCE_ENDS = "stable", "stable";

    GENERATION_MOVED = "Generation {} → {}", "Generation {} → {}";
    GENERATION_IS = "Generation {}", "Generation {}";
    EPOCH_MOVED = "Group epoch {} → {}", "Group epoch {} → {}";
    EPOCH_IS = "Group epoch {}", "Group epoch {}";
    C_JOINED = "{} joined.", "{} 加入。";
    C_LEFT = "{} left.", "{} 离开。";
    C_REMOVED = "{} was removed by the coordinator.", "{} 被 coordinator 移除。";
    C_SUBSCRIPTION = "The topics or their partitions changed.", "主题或其分区数变了。";
    C_FAIL_OVER = "Another broker took over as coordinator.", "另一个 broker 接任 coordinator。";
    C_UNKNOWN = "The group was rebalanced.", "该组进行了 rebalance。";
    FIRST_SAYS = "{} shared out {} {partition|partitions}; members with some: {}.", "{} 分配了 {} 个分区；分到分区的成员：{} 个。";
    MOVED_SAYS = "{}: {} of {} {partition|partitions} changed owner, {} never stopped.", "{}：{}／{} 个分区换了所有者，{} 个从未停止。";
    TWO_ROUNDS = "Giving up and handing over took {} {rebalance|rebalances}.", "先交出再移交，用了 {} 次 rebalance。";
    NOT_OVER = "It is not over.", "尚未结束。";
    NO_REBALANCE = "There was no rebalance yet.", "还没有 rebalance。";
    GO_BEGIN = "Go to where it began · {}", "跳到起点 · {}";

    COST = "Cost, counted in this run", "代价（本次运行中计数）";
    COST_ROUNDS = "rebalances", "rebalance 次数";
    COST_REVOKED = "partitions revoked", "收回的分区";
    COST_MOVED = "partitions moved", "换主的分区";
    COST_KEPT = "never stopped", "从未停止";
    COST_LONGEST = "longest pause", "最长停顿";
    COST_PAUSED = "all pauses", "停顿合计";
    COST_TWICE = "delivered twice", "重复投递";
    COST_TOOK = "took", "用时";

    WHY = "Why?", "为什么？";

    MEMBERS = "Members", "成员 members";
    OWNS_N = "{} owned", "拥有 {}";
    TARGET_N = "{} to come", "待分到 {}";
    SESSION_LEFT = "session {}", "session {}";
    POLL_LEFT = "poll() {}", "poll() {}";
    SESSION_TITLE = "Until the coordinator gives this member up", "距 coordinator 放弃该成员";
    POLL_TITLE = "Until it leaves because poll() came too late", "距它因 poll() 太迟而离开";
    LAST_ERROR = "told {} at {}", "{1} 收到 {0}";
    MORE_MEMBERS_N = "{} more members", "还有 {} 个成员";

    LAG = "Lag", "Lag";
    LAG_PARTITION = "partition", "分区";
    LAG_RECORDS = "lag", "lag";
    LAG_TIME = "oldest", "最旧";
    LAG_TWICE = "twice", "重复";
    LAG_SKIPPED = "skipped", "跳过";
    LAG_OVER_TIME = "over time", "随时间";
    LAG_OF_MORE = "{} more, lag {}", "另外 {} 个，lag {}";
    LAG_TITLE = "committed {} of {}", "已提交 {} / {}";
    LAG_HISTORY = "Lag of {}: highest {}, now {}", "{} 的 lag：最高 {}，现在 {}";

    COORDINATOR = "Coordinator", "Coordinator";
    K_BROKER = "broker", "broker";
    K_LEADER_OF = "{} (its leader)", "{}（其 leader）";
    K_LOADING = "{} (loads its partition)", "{}（正在加载分区）";
    K_NO_LEADER = "none: the partition has no leader", "无：该分区没有 leader";
    K_ASSIGNOR = "assignor", "assignor";
    K_STATE = "state", "state";

    ACTIONS = "Do", "操作";
    ADD_THREE = "Add three consumers in a group", "在一个组中添加三个消费者";
    FORK = "Fork this moment", "从此刻分叉";
    FORK_ALL = "All of them, costs in one table", "全部方式，代价同表对比";
    IN_CALL = "inside {}() for {}: {} of {} {partition|partitions} answered; TimeoutException in {}", "在 {}() 中已 {}：已应答 {}/{} 个分区；{} 后抛出 TimeoutException";
    ADD_MEMBER = "Add a member", "添加成员";
    REMOVE = "Remove {}", "移除 {}";
    CRASH = "Crash {}", "使 {} 崩溃";
    MESSAGE = "This message", "此消息";
    MESSAGE_UNREAD = "This message has no bytes to show.", "此消息没有可显示的字节。";
    MESSAGE_GO = "Go to this moment · {}", "跳到此刻 · {}";
}

/// What a state means, in a few words.
pub(super) const fn state_says(state: GroupState) -> Option<Text> {
    match state {
        GroupState::Empty => Some(Text::new("no member", "没有成员")),
        GroupState::PreparingRebalance => Some(Text::new("waits for all to rejoin", "等待全员重新加入")),
        GroupState::CompletingRebalance => Some(Text::new("the leader assigns", "由 leader 分配")),
        GroupState::Assigning => Some(Text::new("a new target is computed", "计算新的目标分配")),
        GroupState::Reconciling => Some(Text::new("members reach the target", "成员逐步达到目标")),
        GroupState::Dead => Some(Text::new("deleted", "已删除")),
        GroupState::Stable => None,
    }
}

/// The class that colours a state.
pub(super) const fn state_class(state: GroupState) -> &'static str {
    match state {
        GroupState::Stable => "stable",
        GroupState::PreparingRebalance | GroupState::Assigning => "preparing",
        GroupState::CompletingRebalance | GroupState::Reconciling => "completing",
        GroupState::Empty => "empty",
        GroupState::Dead => "dead",
    }
}

/// A span: `400 ms`, `2.9 s`.
pub(super) fn span(ms: i64) -> String {
    match ms {
        1_000.. => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{ms} ms"),
    }
}

/// `gen 5` or `epoch 5`.
pub(super) fn generation(classic: bool, generation: i32, language: Language) -> String {
    if classic { GEN } else { EPOCH }.with(language, &[&generation])
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn a_span_is_in_milliseconds_below_a_second() {
        assert_eq!([span(0), span(999), span(2_940)], ["0 ms", "999 ms", "2.9 s"]);
    }
}
