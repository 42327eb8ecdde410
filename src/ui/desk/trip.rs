//! A long way through time, a slice at a time: the page lives meanwhile.

use super::Desk;
use super::Dialog;
use crate::kafka::base::Instant;
use crate::ui::engine::Engine;

/// The way to a moment.
pub struct Trip {
    to: Instant,
    /// Where the last slice ended; see [`Engine::stand`].
    stood: (usize, Instant, u64, usize),
    begun: bool,
}

impl Desk {
    /// Stops time, and begins the way to a moment, back or forth.
    pub fn set_out(&self, to: Instant) -> Trip {
        let to = self.stop_for(to);
        Trip { to, stood: self.engine(Engine::stand), begun: false }
    }

    /// Goes on while there is time. `true` when the moment is reached.
    ///
    /// # Errors
    /// Why the moment is not reached: somebody else has moved the clock or has acted, or the world cannot go on.
    pub fn go_on(&self, trip: &mut Trip, in_budget: &dyn Fn() -> bool) -> Result<bool, String> {
        if self.engine(Engine::stand) != trip.stood || self.read(|page| page.clock.playing) {
            let now = self.engine(|engine| engine.world().now());
            return Err(format!(
                "the way to {} ended at {now}: somebody moved the clock or acted on the page. Ask again to go on",
                trip.to
            ));
        }
        let reached = {
            let mut engine = self.0.engine.borrow_mut();
            if !std::mem::replace(&mut trip.begun, true) {
                // What was played already is near, wherever it lies: no seek replays more than so much.
                let known = engine.end().min(trip.to);
                engine.seek(known);
            }
            engine.run_to(trip.to, in_budget)
        };
        trip.stood = self.engine(Engine::stand);
        let full = self.engine(Engine::is_full);
        self.look_again();
        if full {
            self.open(Dialog::Room);
            return Err(format!(
                "the way to {} ended at {reached}: history has no more room. Let some of it go, as the page offers",
                trip.to
            ));
        }
        if reached < trip.to {
            return Ok(false);
        }
        self.settle();
        Ok(true)
    }
}
