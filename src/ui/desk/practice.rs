//! What is kept of a learner, and the mock interview.

use super::Desk;
use super::Page;
use super::Shared;
use super::Source;
use super::Tone;
use crate::kafka::base::Arrange as _;
use crate::lesson::CARDS;
use crate::lesson::Level;
use crate::lesson::QUESTIONS;
use crate::lesson::Question;
use crate::lesson::Round;
use crate::lesson::progress::Day;
use crate::lesson::progress::Progress;
use crate::lesson::progress::Refused;
use crate::lesson::question;
use crate::lesson::stage;
use crate::ui::home::words as w;

/// Where the progress goes when it changes; false when it could not be kept.
pub type ProgressKeeper = Box<dyn Fn(&str) -> bool>;

/// Where a question of an interview stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It is answered, aloud or typed.
    Answer,
    /// The key points are marked.
    Mark,
    /// The question that comes after it.
    FollowUp,
    /// All were asked.
    Over,
}

/// One question of an interview that was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    pub id: &'static str,
    /// How long the answer took, in seconds of the reader.
    pub seconds: u32,
    pub points: [bool; 3],
}

/// A mock interview.
#[derive(Clone, Debug, PartialEq)]
pub struct Interview {
    pub ids: Vec<&'static str>,
    pub at: usize,
    pub phase: Phase,
    /// When the question was asked, in the reader's ms.
    pub began: f64,
    pub typed: String,
    pub done: Vec<Answered>,
}

impl Interview {
    pub fn question(&self) -> Option<&'static Question> {
        self.ids.get(self.at).and_then(|id| question(id))
    }
}

impl Desk {
    /// What is known of the learner from earlier visits, and what day it is.
    pub fn begin_progress(&self, kept: Option<&str>, today: Day, keeper: ProgressKeeper) {
        *self.0.keep_progress.borrow_mut() = Some(keeper);
        let read = kept.map(Progress::parse);
        self.change(|page| {
            page.today = today;
            if let Some(Ok(progress)) = &read {
                page.progress = Shared::new(progress.clone());
            }
        });
        if let Some(Err(refused)) = read {
            self.refuse(w::KEPT_BROKEN, refused);
        }
    }

    /// Another tab has kept its progress: the later one wins.
    pub fn other_tab(&self, kept: &str) {
        if let Ok(progress) = Progress::parse(kept) {
            self.change(|page| page.progress = Shared::new(progress));
        }
    }

    /// Changes what is known of the learner, and keeps it.
    pub fn learn(&self, change: impl FnOnce(&mut Progress, Day)) {
        let mut progress = (*self.read(|page| page.progress.clone())).clone();
        change(&mut progress, self.read(|page| page.today));
        let kept = match &*self.0.keep_progress.borrow() {
            Some(keep) => keep(&progress.to_text()),
            None => true,
        };
        self.change(|page| {
            page.progress = Shared::new(progress);
            page.not_kept = !kept;
        });
    }

    /// Takes what a file holds in the place of what is known; a file that is none changes nothing.
    pub fn import_progress(&self, name: &str, text: &str) {
        match Progress::parse(text) {
            Ok(progress) => {
                let count = progress.items.len() + progress.steps.len();
                self.learn(|known, _| *known = progress);
                let language = self.read(|page| page.taste.language);
                self.say(Tone::Good, w::IMPORTED.with(language, &[&name, &count]));
            }
            Err(refused) => self.refuse_file(name, refused),
        }
    }

    fn refuse_file(&self, name: &str, refused: Refused) {
        let language = self.read(|page| page.taste.language);
        let sentence = match refused {
            Refused::Foreign => w::FOREIGN.with(language, &[&name]),
            Refused::Line(line) => w::BROKEN_LINE.with(language, &[&line, &name]),
        };
        self.say(Tone::Bad, sentence);
    }

    fn refuse(&self, name: crate::lesson::Text, refused: Refused) {
        let language = self.read(|page| page.taste.language);
        self.refuse_file(name.of(language), refused);
    }

    /// Opens a question of the bank with its run.
    pub fn open_question(&self, id: &str) {
        if let Some(question) = question(id) {
            self.go_home();
            self.ask(Source::Question(question), stage(&(question.scene)()), Round::from(&question.trial));
        }
    }

    /// Opens what is first to be repeated today.
    pub fn drill(&self) {
        if let Some(id) = self.read(Page::due).first() {
            self.open_question(id);
            self.open_claim(id);
        }
    }

    /// Opens a claim with the run that checks it.
    pub fn open_claim(&self, id: &str) {
        if let Some(card) = CARDS.iter().copied().find(|card| card.id == id) {
            self.go_home();
            self.ask(Source::Claim(card), stage(&(card.scene)()), Round::from(&card.trial));
        }
    }

    /// Begins an interview of so many questions of a level, of any without one; only of those that went wrong when
    /// `weak`. `seed` mixes them.
    pub fn begin_interview(&self, count: usize, level: Option<Level>, weak: bool, seed: u32, now: f64) {
        let progress = self.read(|page| page.progress.clone());
        let fits = |q: &&&'static Question| {
            level.is_none_or(|level| q.level == level)
                && (!weak || progress.items.get(q.id).is_some_and(crate::lesson::progress::Item::is_weak))
        };
        let mut ids: Vec<&'static str> = QUESTIONS.iter().filter(fits).map(|q| q.id).collect();
        ids.arrange_by_key(|id| mixed(id, seed));
        ids.truncate(count);
        if ids.is_empty() {
            let language = self.read(|page| page.taste.language);
            return self.say(Tone::Plain, w::NO_QUESTIONS.of(language));
        }
        let interview = Interview {
            ids,
            at: 0,
            phase: Phase::Answer,
            began: now,
            typed: String::new(),
            done: Vec::new(),
        };
        self.change(|page| page.interview = Some(interview));
    }

    /// The answer was given: the key points are shown.
    pub fn answered(&self, now: f64) {
        self.interview(|interview| {
            if let (Phase::Answer, Some(id)) = (interview.phase, interview.ids.get(interview.at)) {
                let seconds = ((now - interview.began) / 1000.0).max(0.0) as u32;
                interview.done.push(Answered { id, seconds, points: [false; 3] });
                interview.phase = Phase::Mark;
            }
        });
    }

    /// Marks a key point as said, or not.
    pub fn mark_point(&self, point: usize) {
        self.interview(|interview| {
            if let Some(mark) = interview.done.last_mut().and_then(|done| done.points.get_mut(point)) {
                *mark = !*mark;
            }
        });
    }

    /// From the points to the follow-up, and on to the next question. Two of three points are a good answer.
    pub fn interview_on(&self, now: f64) {
        let marked = self.read(|page| {
            let interview = page.interview.as_ref().filter(|i| i.phase == Phase::Mark)?;
            interview.done.last().map(|done| (done.id, done.points.iter().filter(|p| **p).count() >= 2))
        });
        if let Some((id, right)) = marked {
            self.learn(|progress, day| progress.answered(id, right, day));
        }
        self.interview(|interview| match interview.phase {
            Phase::Mark => interview.phase = Phase::FollowUp,
            Phase::FollowUp => {
                interview.at += 1;
                interview.typed.clear();
                interview.began = now;
                interview.phase =
                    if interview.at < interview.ids.len() { Phase::Answer } else { Phase::Over };
            }
            Phase::Answer | Phase::Over => {}
        });
    }

    pub fn end_interview(&self) {
        self.change(|page| page.interview = None);
    }

    /// Changes the interview, if there is one.
    pub fn interview(&self, change: impl FnOnce(&mut Interview)) {
        self.change(|page| {
            if let Some(interview) = &mut page.interview {
                change(interview);
            }
        });
    }
}

/// Where a question comes in an interview.
fn mixed(id: &str, seed: u32) -> u32 {
    let hash = id
        .bytes()
        .fold(seed | 1, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193).rotate_left(9));
    // Else the last figure of a number hardly counts, and neighbours are asked one after the other.
    (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d).rotate_left(16).wrapping_mul(0x297a_2d39)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interview_does_not_ask_neighbours_one_after_the_other() {
        for seed in [0, 1, 42, 1_700_000_000, u32::MAX] {
            let mut numbers: Vec<i32> = QUESTIONS.iter().filter_map(|q| q.id[1..].parse().ok()).collect();
            assert!(numbers.len() > 20);
            numbers.arrange_by_key(|number| mixed(&format!("Q{number}"), seed));
            let beside = numbers.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) == 1).count();
            assert!(beside * 6 < numbers.len(), "{beside} of {}: {numbers:?}", numbers.len());
        }
    }
}
