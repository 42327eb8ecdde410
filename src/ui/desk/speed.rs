/// How fast simulated time goes, beside the reader's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(usize);

const STEPS: [(f64, &str); 9] = [
    (0.001, "1/1000"),
    (0.004, "1/250"),
    (0.02, "1/50"),
    (0.1, "1/10"),
    (1.0, "1×"),
    (4.0, "4×"),
    (10.0, "10×"),
    (100.0, "100×"),
    (1000.0, "1000×"),
];

/// The longest that a run of a lesson takes, in the reader's ms.
const RUN_MS: f64 = 9_000.0;

impl Speed {
    /// The speed at which a message between two machines is seen to travel.
    pub const SLOW: Self = Self(1);

    /// As in life: what takes a group seconds takes the reader seconds.
    pub const LIFE: Self = Self(4);

    /// The fastest speed at which single messages are drawn.
    pub const FAST: Self = Self(5);

    /// A calm speed for a run of so many ms: it takes the reader a few seconds.
    pub fn of_run(ms: u64) -> Self {
        let calm = (3..STEPS.len()).find(|step| ms as f64 / STEPS[*step].0 <= RUN_MS);
        Self(calm.unwrap_or(STEPS.len() - 1))
    }

    /// The speeds of the keys 1 to 9.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..STEPS.len()).map(Self)
    }

    /// The speed of a key from 1 to 9.
    pub fn of_key(key: usize) -> Option<Self> {
        (1..=STEPS.len()).contains(&key).then(|| Self(key - 1))
    }

    pub fn times(self) -> f64 {
        STEPS[self.0].0
    }

    pub fn label(self) -> &'static str {
        STEPS[self.0].1
    }

    pub fn key(self) -> usize {
        self.0 + 1
    }

    pub fn faster(self) -> Self {
        Self((self.0 + 1).min(STEPS.len() - 1))
    }

    pub fn slower(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Above this speed single messages are not seen any more: what goes along a link is drawn as its weight.
    pub fn shows_flows(self) -> bool {
        self.times() > 4.0
    }
}
