use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Random;
use crate::kafka::protocol::Api;

/// One way between two servers. Between availability zones of one cloud region: 0.3 to 1 ms (providers' own figures).
pub const SERVER_LATENCY: Duration = Duration::from_micros(500);
/// One way between an application and a broker, a little farther away.
pub const CLIENT_LATENCY: Duration = Duration::from_micros(1_000);
/// A virtual machine's network: "up to 10 Gbit/s" = 1,250 bytes a microsecond.
pub const BANDWIDTH: u64 = 1_250_000_000;
/// Linux' smallest wait before a segment is sent again (`TCP_RTO_MIN`); each further wait is twice as long.
pub const RETRANSMIT_MIN: Duration = Duration::from_millis(200);
/// Linux' longest wait between two attempts (`TCP_RTO_MAX`).
pub const RETRANSMIT_MAX: Duration = Duration::from_secs(120);
/// The first wait of a connect (RFC 6298: 1 s).
pub const CONNECT_RETRANSMIT: Duration = Duration::from_secs(1);
/// When Linux gives a silent connection up (`tcp_retries2` = 15): 924.6 s.
pub const GIVE_UP: Duration = Duration::from_millis(924_600);
/// Ids from here on are clients.
pub const FIRST_CLIENT: i32 = 10_000;
/// Loss is counted in lost messages per million.
pub const MILLION: u32 = 1_000_000;

/// The way from one node to another. The way back is another link.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Link {
    pub latency: Duration,
    /// Bytes a second.
    pub bandwidth: u64,
    /// Of a million messages, how many are sent again because a segment was lost.
    pub loss_ppm: u32,
    /// Up to this much is added to the latency.
    pub jitter: Duration,
    /// Nothing gets through; senders keep trying.
    pub cut: bool,
    /// What waits just before it arrives until it is released; `None` = everything.
    pub held: Vec<Option<Api>>,
    /// The next message of this API is lost, and its connection waits for it in vain; `None` = of any.
    pub drop_next: Vec<Option<Api>>,
    /// The wire is occupied until then by what was sent before.
    free_at: Instant,
    loss_random: Random,
    jitter_random: Random,
}

impl Link {
    pub fn new(seed: u64, from: NodeId, to: NodeId) -> Self {
        let client = from.0 >= FIRST_CLIENT || to.0 >= FIRST_CLIENT;
        let stream = (u64::from(from.0.cast_unsigned()) << 32) | u64::from(to.0.cast_unsigned());
        Self {
            latency: if client { CLIENT_LATENCY } else { SERVER_LATENCY },
            bandwidth: BANDWIDTH,
            loss_ppm: 0,
            jitter: Duration::ZERO,
            cut: false,
            held: Vec::new(),
            drop_next: Vec::new(),
            free_at: Instant::ZERO,
            loss_random: Random::new(seed, stream.wrapping_mul(2)),
            jitter_random: Random::new(seed, stream.wrapping_mul(2).wrapping_add(1)),
        }
    }

    /// When a message of this size that is sent now arrives.
    pub fn transmit(&mut self, now: Instant, bytes: u64) -> Instant {
        let wire = Duration::from_micros((bytes * 1_000_000).div_ceil(self.bandwidth.max(1)));
        self.free_at = self.free_at.max(now) + wire;
        let mut arrival = self.free_at + self.latency;
        if !self.jitter.is_zero() {
            let bound = u32::try_from(self.jitter.as_micros()).unwrap_or(u32::MAX);
            arrival = arrival + Duration::from_micros(u64::from(self.jitter_random.below(bound)));
        }
        let mut wait = RETRANSMIT_MIN;
        while self.loss_ppm > 0 && self.loss_random.below(MILLION) < self.loss_ppm && wait < RETRANSMIT_MAX {
            arrival = arrival + wait;
            wait *= 2;
        }
        arrival
    }

    /// Whether a message of this API has to wait here.
    pub fn holds(&self, api: Option<Api>) -> bool {
        self.held.iter().any(|held| held.is_none() || *held == api)
    }

    /// Whether this message is the next to be lost; if so, no other is.
    pub fn takes(&mut self, api: Option<Api>) -> bool {
        let found = self.drop_next.iter().position(|drop| drop.is_none() || *drop == api);
        found.map(|index| self.drop_next.remove(index)).is_some()
    }

    /// When bytes that have been stuck since then get through a link that was healed now: at the next attempt.
    pub fn next_attempt(&self, stuck_since: Instant, now: Instant, first_wait: Duration) -> Instant {
        let mut attempt = stuck_since + first_wait;
        let mut wait = first_wait;
        while attempt < now {
            wait = (wait * 2).min(RETRANSMIT_MAX);
            attempt = attempt + wait;
        }
        attempt + self.latency
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_queue_for_the_wire_and_then_travel() {
        let mut link = Link::new(1, NodeId(1), NodeId(2));
        link.bandwidth = 1_000_000;
        assert_eq!(link.transmit(Instant(0), 100), Instant(100 + 500));
        assert_eq!(link.transmit(Instant(50), 100), Instant(200 + 500));
        assert_eq!(link.transmit(Instant(1_000), 1), Instant(1_001 + 500));
    }

    #[test]
    fn attempts_come_at_doubling_waits() {
        let link = Link::new(1, NodeId(1), NodeId(2));
        let at = |healed| {
            link.next_attempt(Instant::ZERO, Instant::from_millis(healed), RETRANSMIT_MIN) - link.latency
        };
        assert_eq!(at(100), Instant::from_millis(200));
        assert_eq!(at(201), Instant::from_millis(600));
        assert_eq!(at(5_000), Instant::from_millis(6_200));
    }

    #[test]
    fn loss_is_delay_and_turning_jitter_on_does_not_reshuffle_it() {
        let arrivals = |jitter| {
            let mut link = Link::new(42, NodeId(1), NodeId(2));
            (link.loss_ppm, link.jitter) = (300_000, Duration::from_micros(jitter));
            (0..50).map(|i| link.transmit(Instant(i * 1000), 1).0 / 100_000).collect::<Vec<_>>()
        };
        assert!(arrivals(0).iter().any(|&late| late >= 2), "some messages are sent again after 200 ms");
        assert_eq!(arrivals(0), arrivals(1));
    }
}
