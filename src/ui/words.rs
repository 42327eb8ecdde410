//! Every sentence and word of the page, in both languages.

use crate::lesson::Language;
use crate::lesson::Text;
use crate::view::BrokerState;
use crate::view::Lane;

macro_rules! words {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(pub const $name: Text = Text::new($en, $zh);)*
    };
}

words! {
    CLUSTER = "Cluster", "集群 Cluster";
    LOG = "Log", "日志 Log";
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
    DELETED_HERE = "deleted", "已删除";
    IDEMPOTENT = "idempotent", "幂等";
    READS_NOTHING = "reads nothing", "未分配分区";
    LAG_N = "lag {}", "落后 {}";

    STATE_UP = "up", "运行中";
    STATE_FENCED = "fenced: the controller has shut it out", "已隔离 fenced";
    STATE_LEAVING = "shutting down", "正在关闭";
    STATE_CRASHED = "crashed: files and page cache stay", "进程崩溃：文件和页缓存仍在";
    STATE_NO_POWER = "no power: what was not flushed is gone", "断电：未刷盘的数据已丢";
    STATE_STOPPED = "stopped", "已停止";

    LANE_PRODUCE = "produce", "生产";
    LANE_REPLICATE = "replicate", "复制";
    LANE_CONSUME = "consume", "消费";
    LANE_CONTROL = "control", "控制";
    LANE_FAULTS = "faults", "故障";
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
        Lane::Consume => LANE_CONSUME,
        Lane::Control => LANE_CONTROL,
        Lane::Faults => LANE_FAULTS,
    }
    .of(language)
}

/// A node by what it is and its number.
pub fn node_name(node: i32, language: Language) -> String {
    match node {
        3000 => CONTROLLER.of(language).to_string(),
        10_001..=19_999 => format!("p-{}", node - 10_000),
        20_001..=29_999 => format!("c-{}", node - 20_000),
        30_000 => "admin".to_string(),
        _ => BROKER_N.with(language, &[&node]),
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
        if place > 0 && (digits.len() - place) % 3 == 0 {
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
