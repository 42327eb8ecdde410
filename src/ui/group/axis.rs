//! The chart's time, from top to bottom. What happened later lies lower; a busy moment gets the room that its lines
//! need, and a long silence only a little more than a short one.

use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::view::Chart;

/// Between two departures: the height of a label.
const ROW: f64 = 21.0;
/// Between a departure and its arrival at least, so that a line leans.
const LEAN: f64 = 8.0;
/// Between an arrival and the next departure: most of a label, or it would lie on the arrow.
const ROOM: f64 = 14.0;
/// Between two points that belong to different moments.
const STEP: f64 = 3.0;
/// The lowest band that has room for its name.
const BAND: f64 = 26.0;
/// What a silence may add, however long it is.
const SILENCE: f64 = 26.0;

/// Where the lines and bands of a chart begin and end, in pixels from the top.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Axis {
    /// Departure and arrival of each line.
    pub(super) lines: Vec<(f64, Option<f64>)>,
    /// Beginning and end of each band.
    pub(super) bands: Vec<(f64, f64)>,
    pub(super) height: f64,
}

/// What happens at a moment, in the order in which it happens there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Arrives(usize),
    Begins(usize),
    /// A line that leaves; of several at one moment the longest first, so that they do not cross.
    Leaves(std::cmp::Reverse<usize>, usize),
}

impl Axis {
    /// Lays a chart out. `reach` tells how many columns a line crosses.
    pub(super) fn of(chart: &Chart, reach: impl Fn(usize) -> usize) -> Self {
        let mut points: Vec<(Instant, What)> = Vec::new();
        for (at, line) in chart.lines.iter().enumerate() {
            points.push((line.sent, What::Leaves(std::cmp::Reverse(reach(at)), at)));
            points.extend(line.arrived.map(|arrived| (arrived, What::Arrives(at))));
        }
        points.extend(chart.bands.iter().enumerate().map(|(at, band)| (band.from, What::Begins(at))));
        points.arrange();
        let mut axis = Self {
            lines: vec![(0.0, None); chart.lines.len()],
            bands: vec![(0.0, 0.0); chart.bands.len()],
            height: 0.0,
        };
        axis.place(&points);
        axis.height = axis.height.max(axis.bands.last().map_or(0.0, |band| band.0) + BAND) + ROW * 0.5;
        let ends: Vec<f64> =
            axis.bands.iter().skip(1).map(|band| band.0).chain(std::iter::once(axis.height)).collect();
        axis.bands.iter_mut().zip(ends).for_each(|(band, end)| band.1 = end);
        axis
    }

    /// The same chart so many times as high.
    pub(super) fn stretch(&mut self, times: f64) {
        self.height *= times;
        for (from, to) in &mut self.lines {
            *from *= times;
            to.iter_mut().for_each(|to| *to *= times);
        }
        for (from, to) in &mut self.bands {
            (*from, *to) = (*from * times, *to * times);
        }
    }

    fn place(&mut self, points: &[(Instant, What)]) {
        let (mut y, mut left, mut came, mut began) = (0.0_f64, None::<f64>, f64::MIN, None::<f64>);
        let mut last = points.first().map_or(Instant::ZERO, |point| point.0);
        for (at, what) in points {
            y += silence(at.0.saturating_sub(last.0));
            last = *at;
            match *what {
                What::Arrives(line) => {
                    y = (y + STEP).max(self.lines[line].0 + LEAN);
                    self.lines[line].1 = Some(y);
                    came = y;
                }
                What::Begins(band) => {
                    y = (y + STEP).max(began.map_or(0.0, |above| above + BAND));
                    if band == 0 {
                        y = 0.0;
                    }
                    self.bands[band].0 = y;
                    began = Some(y);
                }
                What::Leaves(_, line) => {
                    y = (y + STEP).max(left.map_or(ROW, |above| above + ROW)).max(came + ROOM);
                    self.lines[line].0 = y;
                    left = Some(y);
                }
            }
        }
        self.height = y + ROW * 0.5;
    }
}

/// The room that a silence gets: it grows by the same step each time the silence is twice as long.
fn silence(us: u64) -> f64 {
    let ms = us as f64 / 1000.0;
    (ms.ln_1p() * 2.6).min(SILENCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::protocol::Api;
    use crate::view::Band;
    use crate::view::ChartLine;
    use crate::view::GroupState;

    fn line(sent: u64, arrived: Option<u64>) -> ChartLine {
        ChartLine {
            entry: sent,
            sent: Instant(sent),
            arrived: arrived.map(Instant),
            from: 20_001,
            to: 1,
            api: Api::Heartbeat,
            response: false,
            error: None,
            took: Vec::new(),
            gave_up: Vec::new(),
        }
    }

    fn band(from: u64) -> Band {
        Band { from: Instant(from), to: None, state: GroupState::Stable, generation: 1 }
    }

    fn chart(lines: Vec<ChartLine>, bands: Vec<Band>) -> Chart {
        Chart { lines, bands, ..Chart::default() }
    }

    #[test]
    fn what_happens_later_lies_lower_and_labels_never_lie_on_each_other() {
        let lines = (0..30).map(|n| line(n * n * 700, Some(n * n * 700 + 900))).collect();
        let axis = Axis::of(&chart(lines, vec![band(0)]), |_| 1);
        let mut ends: Vec<(u64, f64)> = Vec::new();
        for (n, (from, to)) in axis.lines.iter().enumerate() {
            let sent = (n * n * 700) as u64;
            ends.extend([(sent, *from), (sent + 900, to.expect("it arrived"))]);
        }
        ends.sort_by_key(|end| end.0);
        assert!(ends.windows(2).all(|pair| pair[0].1 < pair[1].1), "{ends:?}");
        assert!(axis.lines.windows(2).all(|pair| pair[1].0 - pair[0].0 >= ROW));
    }

    #[test]
    fn answers_that_leave_together_fan_out_without_crossing() {
        let lines = vec![line(0, Some(500)), line(0, Some(500)), line(0, Some(500))];
        let axis = Axis::of(&chart(lines, Vec::new()), |at| at + 1);
        let leaves: Vec<f64> = axis.lines.iter().map(|line| line.0).collect();
        assert!(leaves[2] < leaves[1] && leaves[1] < leaves[0], "the longest leaves first: {leaves:?}");
    }

    #[test]
    fn an_hour_of_silence_takes_no_more_room_than_its_share_and_each_band_has_its_name() {
        let bands = vec![band(0), band(1), band(3_600_000_000)];
        let axis = Axis::of(&chart(vec![line(2, None)], bands), |_| 1);
        assert!(axis.height < 160.0, "{axis:?}");
        assert!(axis.bands.iter().all(|(from, to)| to - from >= BAND), "{axis:?}");
    }
}
