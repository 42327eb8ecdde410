use crate::kafka::base::Epoch;
use crate::kafka::base::Map;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::view::ClusterView;
use crate::view::ReplicaView;
use crate::view::Role;

/// How long a change of the picture takes, in milliseconds of the reader's time.
const GLIDE_MS: f64 = 180.0;
/// How long a cut, a deletion or a change of role stays marked.
const MARK_MS: f64 = 1200.0;
/// A change of more cells than this is a jump to another moment, not a movement.
const JUMP_CELLS: f64 = 40.0;

/// What the picture of each replica shows now, on its way to what the engine says. It runs in the reader's time, so the
/// same movement is seen forwards and backwards, at any speed, and while stepping.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tween {
    shown: Map<(i32, TopicPartition), Shown>,
}

/// What one replica shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    pub high_watermark: f64,
    pub log_end: f64,
    /// Offsets from … to … were just cut off, and how long ago in ms.
    pub cut: Option<(Offset, Offset, f64)>,
    /// Offsets from … to … were just deleted at the start, and how long ago in ms.
    pub gone: Option<(Offset, Offset, f64)>,
    /// The base offset of a segment whose files were just opened, and how long ago in ms.
    pub rolled: Option<(Offset, f64)>,
    /// Since the role or the in-sync set changed, in ms.
    pub changed: Option<f64>,
    active: Offset,
    log_start: Offset,
    target_end: Offset,
    role: Role,
    in_sync: bool,
    epoch: Epoch,
}

impl Shown {
    /// At rest: exactly what the engine says.
    pub fn at_rest(replica: &ReplicaView) -> Self {
        Self {
            high_watermark: replica.high_watermark as f64,
            log_end: replica.log_end as f64,
            cut: None,
            gone: None,
            rolled: None,
            changed: None,
            active: active_base(replica),
            log_start: replica.log_start,
            target_end: replica.log_end,
            role: replica.role,
            in_sync: replica.in_sync,
            epoch: replica.epoch,
        }
    }

    /// Moves on by `ms`; true while something still moves.
    fn advance(&mut self, replica: &ReplicaView, unit: f64, ms: f64) -> bool {
        if replica.log_end < self.target_end {
            self.cut = Some((replica.log_end, self.target_end, 0.0));
            self.log_end = replica.log_end as f64;
        }
        if replica.log_start > self.log_start {
            self.gone = Some((self.log_start, replica.log_start, 0.0));
        }
        if replica.role != self.role || replica.in_sync != self.in_sync {
            self.changed = Some(0.0);
        }
        if active_base(replica) > self.active {
            self.rolled = Some((active_base(replica), 0.0));
        }
        self.active = active_base(replica);
        self.target_end = replica.log_end;
        self.log_start = replica.log_start;
        (self.role, self.in_sync, self.epoch) = (replica.role, replica.in_sync, replica.epoch);
        let mut moves = glide(&mut self.log_end, replica.log_end as f64, unit, ms);
        moves |= glide(&mut self.high_watermark, replica.high_watermark as f64, unit, ms);
        moves |= age(&mut self.cut, ms) | age(&mut self.gone, ms);
        if let Some((_, since)) = &mut self.rolled {
            *since += ms;
            moves = true;
            if *since > MARK_MS {
                self.rolled = None;
            }
        }
        if let Some(since) = &mut self.changed {
            *since += ms;
            moves = true;
            if *since > MARK_MS {
                self.changed = None;
            }
        }
        moves
    }
}

fn active_base(replica: &ReplicaView) -> Offset {
    replica.segments.last().map_or(0, |segment| segment.base)
}

/// Eases towards a target; true while it is not there.
fn glide(shown: &mut f64, target: f64, unit: f64, ms: f64) -> bool {
    let way = target - *shown;
    if way == 0.0 {
        return false;
    }
    let share = 1.0 - (-4.0 * ms / GLIDE_MS).exp();
    *shown += way * share;
    if (target - *shown).abs() < 0.02 * unit || way.abs() > JUMP_CELLS * unit {
        *shown = target;
    }
    true
}

fn age(mark: &mut Option<(Offset, Offset, f64)>, ms: f64) -> bool {
    let Some((_, _, since)) = mark else { return false };
    *since += ms;
    if *since > MARK_MS {
        *mark = None;
    }
    true
}

/// How strong a mark of that age still is, from 1 to 0.
pub(super) fn fading(since_ms: f64) -> f32 {
    (1.0 - since_ms / MARK_MS).clamp(0.0, 1.0) as f32
}

impl Tween {
    /// Moves every replica on by `ms`; true while something still moves. With `still` everything is at rest at once.
    pub fn advance(&mut self, view: &ClusterView, unit: i64, ms: f64, still: bool) -> bool {
        let mut moves = false;
        let mut seen = Map::new();
        // Both are in one order: each replica is found where the last one ended, of thousands too.
        let mut before = std::mem::take(&mut self.shown).into_iter().peekable();
        for broker in &view.brokers {
            for replica in &broker.replicas {
                let key = (broker.id, replica.partition.clone());
                while before.next_if(|(known, _)| *known < key).is_some() {}
                let known = before.next_if(|(known, _)| *known == key).map(|(_, shown)| shown);
                let mut shown = known.unwrap_or_else(|| Shown::at_rest(replica));
                let had_marks = shown.cut.is_some() || shown.gone.is_some();
                moves |= shown.advance(replica, unit as f64, ms);
                if still {
                    // A step instead of a glide: the mark of what was cut stays, nothing travels.
                    let marks = (shown.cut, shown.gone, shown.changed, shown.rolled);
                    shown = Shown::at_rest(replica);
                    (shown.cut, shown.gone, shown.changed, shown.rolled) = marks;
                    moves = had_marks || marks != (None, None, None, None);
                }
                seen.insert(key, shown);
            }
        }
        self.shown = seen;
        moves
    }

    pub fn of(&self, broker: i32, replica: &ReplicaView) -> Shown {
        let key = (broker, replica.partition.clone());
        self.shown.get(&key).copied().unwrap_or_else(|| Shown::at_rest(replica))
    }

    /// Forgets what was shown: the next picture is at rest.
    pub fn clear(&mut self) {
        self.shown.clear();
    }
}
