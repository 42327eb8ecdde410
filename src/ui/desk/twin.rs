//! Two worlds on one clock.

use super::Desk;
use super::Tone;
use super::speed::Speed;
use super::state::Screen;
use super::state::Sheet;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::lab::Act;
use crate::lab::ActError;
use crate::lab::Side;
use crate::lesson::GroupPair;
use crate::lesson::Instead;
use crate::lesson::WhatIf;
use crate::ui::twin::words as w;

impl Desk {
    /// Makes a second world at a moment, with these acts; `both` is what then happens in each of them. Time stands still.
    ///
    /// # Errors
    /// Why an act cannot be done there; there is one world then, as before.
    pub fn begin_twin(
        &self,
        at: Instant,
        change: &[Act],
        both: Vec<(Duration, Act)>,
    ) -> Result<(), ActError> {
        if self.read(|page| page.course.is_some() || page.ask.is_some()) {
            let language = self.read(|page| page.taste.language);
            return Err(ActError::new(w::LESSON_FIRST.of(language)));
        }
        let now = self.engine(|engine| engine.world().now());
        if at != now {
            self.seek(at);
        }
        self.0.engine.borrow_mut().begin_twin(change, both)?;
        {
            let mut page = self.0.page.borrow_mut();
            page.clock.playing = false;
            (page.screen, page.dialog, page.what_if, page.one_world) = (Screen::Cluster, None, None, false);
            (page.taste.left, page.taste.sheet) = (true, Some(Sheet::Left));
        }
        self.look_again();
        Ok(())
    }

    /// Does these acts, or makes a second world with them when the reader asked what if.
    ///
    /// # Errors
    /// Why not; what was done before the act that cannot be done stays.
    pub fn carry_out(&self, acts: Vec<Act>) -> Result<(), ActError> {
        match self.read(|page| page.what_if) {
            Some(at) => self.begin_twin(at, &acts, Vec::new()),
            None => acts.into_iter().try_for_each(|act| self.try_act(act)),
        }
    }

    /// The pair of worlds that the first screen offers.
    pub fn begin_what_if(&self, pair: WhatIf) {
        self.play_twin(&pair.change, pair.both);
    }

    /// The moment of a group twice, with another way to share out in B: see [`GroupPair`].
    pub fn fork_group(&self, group: &str, instead: Instead) {
        match self.engine(|engine| GroupPair::of(engine.world(), group, instead)) {
            Some(pair) => self.play_twin(&pair.change, pair.both),
            None => {
                let language = self.read(|page| page.taste.language);
                self.say(Tone::Bad, w::NO_GROUP_PAIR.of(language));
            }
        }
    }

    /// Makes a second world now; both play at once, as fast as a crash is noticed.
    fn play_twin(&self, change: &[Act], both: Vec<(Duration, Act)>) {
        let now = self.engine(|engine| engine.world().now());
        match self.begin_twin(now, change, both) {
            Ok(()) => self.change(|page| {
                page.clock.speed = Speed::FAST;
                page.clock.playing = true;
            }),
            Err(error) => self.say(Tone::Bad, error.to_string()),
        }
    }

    /// Looks at this one of the two worlds: the inspector, the log and the timeline are its own.
    pub fn choose(&self, side: Side) {
        self.0.engine.borrow_mut().choose(side);
        self.look_again();
    }

    /// One world again. The other one stays among the futures.
    pub fn keep_side(&self, side: Side) {
        {
            let mut engine = self.0.engine.borrow_mut();
            engine.choose(side);
            engine.end_twin();
            engine.keep_now();
        }
        self.0.page.borrow_mut().taste.sheet = None;
        self.look_again();
        let language = self.read(|page| page.taste.language);
        self.say(Tone::Good, w::TWIN_KEPT.with(language, &[&w::letter(side)]));
    }
}
