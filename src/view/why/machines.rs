//! Why a broker is fenced or gone, why the controller does not answer, why a message waits, why a connection broke.

use super::Past;
use super::Said;
use super::Why;
use super::ms;
use super::replica::BACK;
use crate::kafka::base::NodeId;
use crate::kafka::client::consumer::CLOSED;
use crate::kafka::controller::BrokerState;
use crate::kafka::machine::Closed;
use crate::kafka::node::Node;
use crate::lab::Act;
use crate::lab::CONTROLLER;
use crate::lab::Kind;
use crate::lab::client_name;
use crate::lab::network::Message;
use crate::view::LinkDetail;
use crate::view::Text;
use crate::view::Way;

texts! {
    FENCED_ASKS = "Why is broker {} fenced?", "broker {} 为什么被隔离（fenced）？";
    FENCED_SILENT = "The controller last heard of it at {}; a session lasts {} ms, so at {} it was fenced: no leader, no ISR.", "controller 上次收到它的消息是 {}；会话时长 {} 毫秒，于是 {} 将其隔离：不任 leader，不在 ISR。";
    FENCED_NEW = "It is registered and has not caught up with the metadata yet: it is let in when it has.", "已注册，但尚未追上元数据：追上后放行。";
    SESSION = "time since its last heartbeat < broker.session.timeout.ms", "距上次心跳 < broker.session.timeout.ms";
    CAUGHT_UP = "metadata applied ≥ the end when it registered", "已应用的元数据 ≥ 注册时的末端";
    DOWN_ASKS = "Why does {} not run?", "{} 为什么没有运行？";
    DOWN_CRASHED = "Its process was killed. Files and page cache are as it left them.", "进程被杀掉。文件和页缓存保持原样。";
    DOWN_POWER = "Its machine lost power: what was not flushed is gone, the replicas on other brokers have it.", "机器断电：未刷盘的数据已丢，其他 broker 上的副本仍有。";
    DOWN_CLOSED = "It was closed: it commits if it commits by itself, leaves its group, and its process ends.", "它被关闭：若自动提交则先提交，再离组，然后进程结束。";
    DOWN_EXITED = "Its process ended by itself. {}", "进程自行结束。{}";
    RUNS = "a process runs", "有进程在运行";
    DISK_ASKS = "Why is the log directory of broker {} offline?", "broker {} 的日志目录为什么离线？";
    DISK_SAYS = "The disk answered with an error, and Kafka gives the directory up: {}", "磁盘返回错误，Kafka 放弃该目录：{}";
    CONTROLLER_ASKS = "Why does the controller not answer?", "controller 为什么不应答？";
    CONTROLLER_DOWN = "No process runs there. Metadata stands still: no elections, no ISR changes, no new topics; reads and writes with known leaders go on.", "那里没有进程。元数据停止变化：不选举、不改 ISR、不建 topic；与已知 leader 的读写照常。";
    CONTROLLER_STARTS = "It reads its log first: until then it refuses with NOT_CONTROLLER.", "它先读自己的日志：此前以 NOT_CONTROLLER 拒绝。";
    LINK_ASKS = "Why does nothing get from {} to {}?", "为什么 {} 到 {} 不通？";
    LINK_CUT = "The link is cut. TCP keeps sending again; the connection breaks when somebody's timeout passes.", "链路被切断。TCP 不断重发；直到某一方超时，连接才断开。";
    LINK_HELD = "Messages ({}) are held just before they arrive: {} wait.", "消息（{}）在到达前被扣住：{} 条在等。";
    LINK_FLOWS = "link lets through", "链路畅通";
    MESSAGE_ASKS = "Why is this message not there yet?", "这条消息为什么还没到？";
    MESSAGE_CUT = "The link is cut: what was sent on it waits, and everything behind it on its connection.", "链路被切断：已发送的在等，同一连接上其后的也都在等。";
    MESSAGE_HELD = "The link holds messages of this API until they are released.", "链路扣住该 API 的消息，直到放行。";
    MESSAGE_BEHIND = "A connection is a queue: the message before it is held up.", "一条连接是一个队列：前面的消息被挡住了。";
    MESSAGE_OFF = "The other machine has no power: nobody answers, and TCP keeps trying.", "对方机器断电：无人应答，TCP 不断重试。";
    MESSAGE_DROPPED = "It was lost, and nothing behind it on its connection can arrive before request.timeout.ms has passed.", "它已丢失；在 request.timeout.ms 之前，同一连接上其后的都无法到达。";
    MESSAGE_TRAVELS = "It travels: {} B at {} B/s and {} µs of latency; it arrives at {}.", "在路上：{} 字节，带宽 {} 字节/秒，延迟 {} µs；{} 到达。";
    ARRIVAL = "arrival ≤ now", "到达时刻 ≤ 现在";
    BROKE_ASKS = "Why did the connection of {} and {} break?", "{} 与 {} 的连接为什么断开？";
    BROKE_REFUSED = "Nobody listens there: the machine is up and says so, the process is not.", "那里无人监听：机器在、进程不在，机器直接拒绝。";
    BROKE_SETUP = "No answer to the connect within socket.connection.setup.timeout.ms.", "在 socket.connection.setup.timeout.ms 内没有连接应答。";
    BROKE_RESET = "The other side closed it: its process ended, or it gave up on a request after request.timeout.ms.", "对方关闭了连接：进程结束，或在 request.timeout.ms 后放弃了请求。";
    BROKE_LOST = "The bytes could not be delivered for so long that TCP gave up.", "字节长时间无法送达，TCP 放弃。";
    SELF_CLOSED = "It closed the connection itself: an answer did not come within request.timeout.ms, or it was idle.", "它自己关闭了连接：在 request.timeout.ms 内没有应答，或连接空闲。";
}

pub(super) fn name(node: NodeId) -> String {
    match node.0 {
        3000 => "controller".to_owned(),
        10_001..=19_999 | 20_001..=29_999 => client_name(node),
        30_000 => "admin".to_owned(),
        id => format!("broker {id}"),
    }
}

impl Past<'_> {
    /// Why a broker is down, fenced, or without its disk.
    pub fn of_broker(&self, node: NodeId) -> Vec<Why> {
        let Some(machine) = self.world.machine(node) else { return Vec::new() };
        let broker = machine.node().and_then(Node::as_broker);
        let mut whys: Vec<Why> = self.process(node).into_iter().collect();
        if let Some(failure) = broker.and_then(|broker| broker.disk_failure()) {
            let disk = self.act(|act| matches!(act, Act::SetDisk { node: it, .. } if *it == node));
            let (asks, said) = (Said::new(DISK_ASKS, &[&node.0]), Said::new(DISK_SAYS, &[&failure]));
            whys.push(
                Why::new(asks, said, "LogDirFailureChannel / ReplicaManager.handleLogDirFailure").root(disk),
            );
        }
        whys.extend(self.fenced(node));
        whys
    }

    /// Why no process runs on a machine.
    pub(super) fn process(&self, node: NodeId) -> Option<Why> {
        use crate::lab::machine::State;
        let machine = self.world.machine(node)?;
        let words = machine.last_words.as_deref().unwrap_or_default();
        let said = match machine.state {
            State::Running(_) => return None,
            State::Crashed => DOWN_CRASHED.into(),
            State::Off => DOWN_POWER.into(),
            State::Exited if words == CLOSED => DOWN_CLOSED.into(),
            State::Exited => Said::new(DOWN_EXITED, &[&words]),
        };
        let ended = self.latest(BACK, |entry| {
            entry.node == node && matches!(entry.kind, Kind::Crashed | Kind::PoweredOff | Kind::Exited)
        });
        let why = Why::new(Said::new(DOWN_ASKS, &[&name(node)]), said, "BrokerServer.shutdown / kill -9");
        Some(why.guard(RUNS, "✗", false).root(self.down(node)).cause(ended))
    }

    /// Why the controller has shut a broker out.
    pub(super) fn fenced(&self, node: NodeId) -> Option<Why> {
        let controller = self.world.node(CONTROLLER)?.as_controller()?;
        let standing = controller.broker_states().into_iter().find(|standing| standing.id == node)?;
        if !matches!(standing.state, BrokerState::Fenced) {
            return None;
        }
        let runs = self.world.machine(node).is_some_and(|machine| machine.is_running());
        let timeout = controller.session_timeout();
        let silent = self.world.now().since(standing.last_contact);
        let entry = self.latest(BACK, |entry| entry.kind == Kind::Fenced { broker: node });
        let asks = Said::new(FENCED_ASKS, &[&node.0]);
        if runs && silent < timeout {
            let (at, end) = (standing.metadata_offset, controller.log().end_offset() - 1);
            let why = Why::new(asks, FENCED_NEW, "BrokerHeartbeatManager.calculateNextBrokerState");
            return Some(why.guard(CAUGHT_UP, format!("{at} ≥ {end}"), at >= end).cause(entry));
        }
        Some(self.silent(node, standing.last_contact, timeout).cause(entry))
    }

    /// A session that ended: its numbers.
    pub(super) fn silent(
        &self,
        node: NodeId,
        heard: crate::kafka::base::Instant,
        timeout: crate::kafka::base::Duration,
    ) -> Why {
        let silent = self.world.now().since(heard);
        let said = Said::new(FENCED_SILENT, &[&heard, &timeout.as_millis(), &(heard + timeout)]);
        let value = format!("{} < {}", ms(silent), ms(timeout));
        Why::new(
            Said::new(FENCED_ASKS, &[&node.0]),
            said,
            "BrokerHeartbeatManager.hasValidSession / ReplicationControlManager.maybeFenceStaleBroker",
        )
        .guard(SESSION, value, silent < timeout)
        .root(self.kept_from(CONTROLLER, node))
        .root(self.broker_config(CONTROLLER.0, "broker.session.timeout.ms", timeout.as_millis()))
    }

    /// Why the controller does not answer; nothing while it does.
    pub fn of_controller(&self) -> Vec<Why> {
        let Some(machine) = self.world.machine(CONTROLLER) else { return Vec::new() };
        let said = match machine.node().and_then(Node::as_controller) {
            Some(controller) if controller.is_active() => return Vec::new(),
            Some(_) => CONTROLLER_STARTS,
            None => CONTROLLER_DOWN,
        };
        let ended = self.latest(BACK, |entry| {
            entry.node == CONTROLLER
                && matches!(
                    entry.kind,
                    Kind::Crashed | Kind::PoweredOff | Kind::Exited | Kind::Started { .. }
                )
        });
        vec![
            Why::new(CONTROLLER_ASKS, said, "QuorumController (isActiveController)")
                .guard(RUNS, if machine.is_running() { "✓" } else { "✗" }, machine.is_running())
                .root(self.down(CONTROLLER))
                .cause(ended),
        ]
    }

    /// Why nothing gets through a link, and why the last connection on it broke.
    pub fn of_link(&self, a: NodeId, b: NodeId) -> Vec<Why> {
        let ways = LinkDetail::of(self.world, a, b).ways;
        let mut whys: Vec<Why> = ways.iter().filter_map(|way| self.way(way)).collect();
        let broke = self.latest(BACK, |entry| match entry.kind {
            Kind::Disconnected { peer, .. } | Kind::Hung { peer, .. } => {
                (entry.node, peer) == (a, b) || (entry.node, peer) == (b, a)
            }
            _ => false,
        });
        whys.extend(broke.and_then(|entry| self.broke(entry)));
        whys
    }

    fn way(&self, way: &Way) -> Option<Why> {
        let (from, to) = (NodeId(way.from), NodeId(way.to));
        let said = if way.cut {
            LINK_CUT.into()
        } else if way.held.is_empty() {
            return None;
        } else {
            let apis: Vec<&str> =
                way.held.iter().map(|api| api.map_or("*", crate::kafka::protocol::Api::name)).collect();
            Said::new(LINK_HELD, &[&apis.join(", "), &way.waiting])
        };
        Some(
            Why::new(Said::new(LINK_ASKS, &[&name(from), &name(to)]), said, "RFC 9293 (TCP) / NetworkClient")
                .guard(LINK_FLOWS, "✗", false)
                .root(self.link(from, to)),
        )
    }

    /// Why a connection broke: one entry of the journal.
    pub(super) fn broke(&self, entry: u64) -> Option<Why> {
        let line = self.journal.get(entry)?;
        let (peer, said) = match line.kind {
            Kind::Disconnected { peer, why, .. } => {
                let said = match why {
                    Closed::Refused => BROKE_REFUSED,
                    Closed::SetupTimeout => BROKE_SETUP,
                    Closed::Reset => BROKE_RESET,
                    Closed::Lost => BROKE_LOST,
                };
                (peer, said)
            }
            Kind::Hung { peer, .. } => (peer, SELF_CLOSED),
            _ => return None,
        };
        let asks = Said::new(BROKE_ASKS, &[&name(line.node), &name(peer)]);
        let why = Why::new(asks, said, "NetworkClient.processDisconnection / handleTimedOutRequests");
        Some(why.root(self.kept_from(line.node, peer)).cause(Some(entry)))
    }

    /// Why a message has not arrived; nothing once it has.
    pub fn of_message(&self, flight: u64) -> Vec<Why> {
        let network = self.world.network();
        let Some(info) = network.flights().find(|info| info.flight.id == flight) else { return Vec::new() };
        let link = network.link(info.from, info.to);
        let first = network
            .flights()
            .find(|other| (other.connection, other.from, other.to) == (info.connection, info.from, info.to));
        let is_first = first.is_none_or(|first| first.flight.id == flight);
        let off =
            self.world.machine(info.to).is_some_and(|it| matches!(it.state, crate::lab::machine::State::Off));
        let said = match info.due_at {
            Some(at) => {
                let latency = link.latency.as_micros();
                Said::new(MESSAGE_TRAVELS, &[&info.flight.bytes, &link.bandwidth, &latency, &at])
            }
            None if link.cut => MESSAGE_CUT.into(),
            None if off => MESSAGE_OFF.into(),
            None if link.holds(info.flight.message.api()) => MESSAGE_HELD.into(),
            None if is_first => MESSAGE_DROPPED.into(),
            None => MESSAGE_BEHIND.into(),
        };
        let due = info.due_at.map_or_else(|| "?".to_owned(), |at| at.to_string());
        let source = match info.flight.message {
            Message::Request(_) | Message::Response { .. } => "NetworkClient.poll / Selector",
            _ => "RFC 9293 (TCP)",
        };
        vec![
            Why::new(MESSAGE_ASKS, said, source)
                .guard(ARRIVAL, format!("{due} ≤ {}", self.world.now()), false)
                .root(self.kept_from(info.from, info.to))
                .root(self.slowed(info.from, info.to))
                .cause(Some(info.flight.cause).filter(|cause| *cause > 0)),
        ]
    }

    /// The act that gave a link another pace.
    fn slowed(&self, a: NodeId, b: NodeId) -> Option<super::Root> {
        self.act(|act| matches!(act, Act::SetLink { from, to, .. } if (*from, *to) == (a, b)))
    }
}
