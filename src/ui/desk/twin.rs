//! Two worlds on one clock.

use super::Desk;
use super::Tone;
use super::speed::Speed;
use super::state::Page;
use super::state::Screen;
use super::state::Sheet;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::lab::Act;
use crate::lab::ActError;
use crate::lab::Side;
use crate::lab::World;
use crate::lesson::GroupPair;
use crate::lesson::Instead;
use crate::lesson::WhatIf;
use crate::ui::engine::Engine;
use crate::ui::twin::words as w;
use crate::view::Place;

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
            (page.dialog, page.what_if, page.one_world) = (None, None, false);
            show_worlds(&mut page);
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
        if let Err(error) = self.play_twin(&pair.change, pair.both) {
            self.say(Tone::Bad, error.to_string());
        }
    }

    /// The moment of a group once more with each of these ways to share out, beside A: see [`GroupPair`]. Ways from one
    /// moment play on one clock; one that plays already is drawn.
    pub fn fork_group(&self, group: &str, ways: &[Instead]) {
        let mut begun = false;
        for instead in ways {
            match self.fork_once(group, *instead) {
                Ok(one) => begun |= one,
                Err(error) => return self.say(Tone::Bad, error.to_string()),
            }
        }
        if !begun {
            let language = self.read(|page| page.taste.language);
            return self.say(Tone::Bad, w::NO_GROUP_PAIR.of(language));
        }
        self.look_again();
    }

    /// Whether there is such a way now.
    fn fork_once(&self, group: &str, instead: Instead) -> Result<bool, ActError> {
        let tried = self.engine_mut(|engine| engine.compare());
        let tried = tried.filter(|twin| Instead::made_by(&twin.change).is_some());
        let Some(costs) = tried.and_then(|twin| twin.group).filter(|costs| *costs.group == *group) else {
            let pair = self.engine(|engine| GroupPair::of(engine.world(), group, instead));
            let Some(pair) = pair else { return Ok(false) };
            let way = self.engine(|engine| Instead::of(engine.world(), group));
            self.play_twin(&pair.change, pair.both)?;
            self.change(|page| page.way = way);
            return Ok(true);
        };
        if let Some(way) = costs.ways.iter().find(|way| Instead::made_by(&way.change) == Some(instead)) {
            if let Place::Beside(number) = way.place {
                self.draw_way(number);
            }
            return Ok(true);
        }
        let change = |world: &World| Some(GroupPair::of(world, group, instead)?.change);
        let added = self.engine_mut(|engine| engine.add_way(change))?;
        if added {
            self.change(|page| {
                show_worlds(page);
                play_worlds(page);
            });
        }
        Ok(added)
    }

    /// Draws a world that plays along, as B.
    pub fn draw_way(&self, way: usize) {
        self.engine_mut(|engine| engine.draw_way(way));
        self.look_again();
    }

    /// Makes a second world now; both play at once, as fast as a crash is noticed.
    fn play_twin(&self, change: &[Act], both: Vec<(Duration, Act)>) -> Result<(), ActError> {
        let now = self.engine(|engine| engine.world().now());
        self.begin_twin(now, change, both)?;
        self.change(play_worlds);
        Ok(())
    }

    fn engine_mut<T>(&self, work: impl FnOnce(&mut Engine) -> T) -> T {
        work(&mut self.0.engine.borrow_mut())
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

/// Draws both, with what differs beside them.
const fn show_worlds(page: &mut Page) {
    (page.screen, page.taste.left, page.taste.sheet) = (Screen::Cluster, true, Some(Sheet::Left));
}

/// As fast as a crash is noticed.
const fn play_worlds(page: &mut Page) {
    (page.clock.speed, page.clock.playing) = (Speed::FAST, true);
}
