use std::time::Duration;

/// How long to wait after attempts in a row that failed: twice as long after each, up to a maximum (Kafka's
/// `ExponentialBackoff` with a multiplier of 2). A maximum below the initial value is the constant.
#[derive(Clone, Copy, Debug)]
pub struct ExponentialBackoff {
    initial_us: u64,
    max_us: u64,
}

impl ExponentialBackoff {
    pub fn new(initial: Duration, max: Duration) -> Self {
        let us = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        Self { initial_us: us(initial.min(max)), max_us: us(max) }
    }

    /// From configs in milliseconds, of which none is negative.
    pub fn from_millis(initial: i64, max: i64) -> Self {
        let of = |ms: i64| Duration::from_millis(ms.unsigned_abs());
        Self::new(of(initial), of(max))
    }

    /// Without jitter: `initial × 2^attempts`.
    pub fn plain(self, attempts: u32) -> Duration {
        let doubled = self.initial_us.saturating_mul(1_u64.checked_shl(attempts).unwrap_or(u64::MAX));
        Duration::from_micros(doubled.min(self.max_us))
    }

    /// In whole milliseconds, with Kafka's jitter of ±20 %, which never leads above the maximum. `draw` is any 32 random
    /// bits.
    pub fn jittered(self, attempts: u32, draw: u32) -> Duration {
        if self.initial_us == self.max_us {
            return Duration::from_micros(self.max_us);
        }
        let term = u64::try_from(self.plain(attempts).as_millis()).unwrap_or(u64::MAX);
        let (least, span) = (term - term * 2 / 10, term * 4 / 10);
        let drawn = (u128::from(draw) * u128::from(span + 1)) >> 32;
        Duration::from_millis(least + drawn as u64).min(Duration::from_micros(self.max_us))
    }

    /// With a jitter of ±20 % in steps of a thousandth: `draw` is a number from 0 to 400.
    pub fn spread(self, attempts: u32, draw: u32) -> Duration {
        self.plain(attempts) * (800 + draw) / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(spans: impl IntoIterator<Item = Duration>) -> Vec<u128> {
        spans.into_iter().map(|span| span.as_millis()).collect()
    }

    #[test]
    fn it_doubles_until_its_maximum_and_never_overflows() {
        let backoff = ExponentialBackoff::from_millis(100, 1000);
        let steps = ms([0, 1, 2, 3, 4, 40, 63, 400].map(|n| backoff.plain(n)));
        assert_eq!(steps, [100, 200, 400, 800, 1000, 1000, 1000, 1000]);
        let below = ExponentialBackoff::from_millis(500, 200);
        assert_eq!(ms([below.plain(3), below.jittered(3, u32::MAX)]), [200, 200]);
        assert_eq!(ExponentialBackoff::from_millis(0, 200).plain(70), Duration::ZERO);
    }

    #[test]
    fn jitter_stays_within_a_fifth() {
        let backoff = ExponentialBackoff::from_millis(100, 1000);
        assert_eq!(
            ms([(0, 0), (0, u32::MAX), (9, u32::MAX)].map(|(n, draw)| backoff.jittered(n, draw))),
            [80, 120, 1000]
        );
        assert_eq!(ms([(0, 0), (0, 200), (0, 400)].map(|(n, draw)| backoff.spread(n, draw))), [80, 100, 120]);
    }
}
