use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::TopicPartition;
use crate::kafka::protocol::Api;

/// A message between two machines.
#[derive(Clone, Debug, PartialEq)]
pub struct FlightView {
    /// Its number in the world; never used again.
    pub id: u64,
    pub from: i32,
    pub to: i32,
    pub kind: FlightKind,
    pub api: Option<Api>,
    /// The first partition whose records it carries or asks for.
    pub partition: Option<TopicPartition>,
    pub sent_at: Instant,
    /// When it arrives; a held message has no such time yet.
    pub due_at: Option<Instant>,
    pub bytes: u64,
    /// Records in it; 0 for everything else.
    pub records: u32,
}

/// What travels, told apart by shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlightKind {
    /// A square.
    Request,
    /// A circle.
    Response,
    /// A ring: opening or closing a connection.
    Control,
}

impl FlightView {
    /// How far it is at that moment, from 0 at the sender to 1 at the receiver. A held message stays near its sender.
    #[expect(clippy::cast_precision_loss, reason = "a place on the screen, not a decision")]
    pub fn progress(&self, now_micros: f64) -> f64 {
        let Some(due) = self.due_at else { return 0.12 };
        let span = due.0.saturating_sub(self.sent_at.0).max(1) as f64;
        ((now_micros - self.sent_at.0 as f64) / span).clamp(0.0, 1.0)
    }
}

/// How much went from one node to another in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowView {
    pub from: i32,
    pub to: i32,
    pub messages: u32,
    pub bytes: u64,
}

impl FlowView {
    /// One flow a link, of messages that are on their way.
    pub fn of_flights(flights: &[FlightView]) -> Vec<Self> {
        let mut links: Map<(i32, i32), (u32, u64)> = Map::new();
        for flight in flights {
            let link = links.entry((flight.from, flight.to)).or_default();
            link.0 += 1;
            link.1 += flight.bytes;
        }
        links.into_iter().map(|((from, to), (messages, bytes))| Self { from, to, messages, bytes }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_halfway_at_half_its_time() {
        let mut flight = FlightView {
            id: 1,
            from: 1,
            to: 2,
            kind: FlightKind::Request,
            api: Some(Api::Fetch),
            partition: None,
            sent_at: Instant(1000),
            due_at: Some(Instant(3000)),
            bytes: 100,
            records: 0,
        };
        assert!((flight.progress(2000.0) - 0.5).abs() < 1e-9);
        assert!((flight.progress(9000.0) - 1.0).abs() < 1e-9);
        flight.due_at = None;
        assert!(flight.progress(9000.0) < 0.2, "a held message does not arrive");
    }
}
