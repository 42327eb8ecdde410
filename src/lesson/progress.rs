//! What a learner has done: which questions came true, which steps are over, and what is to be asked again on which day.
//!
//! Growing gaps (1, 3, 7, 14 days) are plain common practice: that there are gaps matters, their exact growth does not.

use crate::kafka::base::Arrange as _;
use crate::kafka::base::Map;
use crate::kafka::base::Set;
use std::fmt::Write as _;

/// Days since 1970-01-01, in the reader's own time zone.
pub type Day = u32;

/// Days until a question is asked again, by how often it was right in a row.
const GAPS: [u32; 4] = [1, 3, 7, 14];
/// The days that all gaps take: with less than that before an interview they are shortened.
const ALL_GAPS: u32 = 25;
/// The first line of a file.
const HEAD: &str = "kafkascope progress 1";
/// The most lines that are read: many times what exists.
const MOST_LINES: usize = 5_000;

/// How one question or claim went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Item {
    pub right: u32,
    pub wrong: u32,
    /// The day on which it was last answered.
    pub last: Day,
    /// The number of the gap that is on, from 0.
    pub gap: u8,
}

impl Item {
    pub const fn is_weak(&self) -> bool {
        self.wrong > 0 && self.right <= self.wrong
    }
}

/// Everything that is kept of a learner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Questions and claims by their number: `Q11`, `M25`.
    pub items: Map<String, Item>,
    /// The steps of each lesson that are over, counted from 1.
    pub steps: Map<String, Set<u32>>,
    pub interview: Option<Day>,
}

/// Why a text is not a progress file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It does not begin as one.
    Foreign,
    /// This line is not understood.
    Line(usize),
}

impl Progress {
    /// Takes down an answer that was decided on a day.
    pub fn answered(&mut self, id: &str, right: bool, day: Day) {
        let item = self.items.entry(id.to_owned()).or_default();
        let first = item.right + item.wrong == 0;
        if right {
            item.right = item.right.saturating_add(1);
            // Twice on one day is one repetition.
            if first || item.last != day {
                item.gap = if first { 0 } else { (item.gap + 1).min(GAPS.len() as u8 - 1) };
            }
        } else {
            item.wrong = item.wrong.saturating_add(1);
            item.gap = 0;
        }
        item.last = day;
    }

    /// Takes down that a step of a lesson is over.
    pub fn step_over(&mut self, lesson: &str, step: u32) {
        self.steps.entry(lesson.to_owned()).or_default().insert(step);
    }

    /// How many steps of a lesson are over.
    pub fn steps_of(&self, lesson: &str) -> usize {
        self.steps.get(lesson).map_or(0, Set::len)
    }

    /// The day on which a question is to be asked again. With an interview ahead the gaps shrink so that all of them
    /// fit before it, and the last repetition is the day before.
    pub fn due(&self, item: &Item) -> Day {
        let gap = GAPS[usize::from(item.gap).min(GAPS.len() - 1)];
        let plain = item.last.saturating_add(gap);
        match self.interview {
            Some(interview) if interview > item.last => {
                let left = interview - item.last;
                let scaled = if left < ALL_GAPS { (gap * left / ALL_GAPS).max(1) } else { gap };
                (item.last + scaled).min(interview.saturating_sub(1)).max(item.last + 1)
            }
            _ => plain,
        }
    }

    /// What is to be asked on a day among these questions: the longest overdue first, questions that were often wrong
    /// before others.
    pub fn queue<'a>(&self, ids: impl Iterator<Item = &'a str>, day: Day) -> Vec<&'a str> {
        let asked = ids.filter_map(|id| self.items.get(id).map(|item| (id, item)));
        let mut due: Vec<_> = asked.filter(|(_, item)| self.due(item) <= day).collect();
        due.arrange_by_key(|(id, item)| (self.due(item), !item.is_weak(), *id));
        due.into_iter().map(|(id, _)| id).collect()
    }

    /// The share of these questions that were right when they were last asked more often than wrong, in percent; nothing
    /// when none was asked.
    pub fn percent<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Option<u32> {
        let asked: Vec<&Item> = ids.filter_map(|id| self.items.get(id)).collect();
        let right: u64 = asked.iter().map(|item| u64::from(item.right)).sum();
        let all: u64 = asked.iter().map(|item| u64::from(item.right) + u64::from(item.wrong)).sum();
        (all > 0).then(|| u32::try_from(right * 100 / all).unwrap_or(100))
    }

    /// As a text that a person can read and [`parse`](Self::parse) reads back.
    pub fn to_text(&self) -> String {
        let mut out = format!("{HEAD}\n");
        if let Some(day) = self.interview {
            let _ = writeln!(out, "interview {}", date(day));
        }
        for (id, item) in &self.items {
            let Item { right, wrong, last, gap } = item;
            let _ = writeln!(out, "item {id} right {right} wrong {wrong} last {} gap {gap}", date(*last));
        }
        for (id, steps) in &self.steps {
            let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
            let _ = writeln!(out, "lesson {id} steps {}", steps.join(" "));
        }
        out
    }

    /// Reads what [`to_text`](Self::to_text) wrote. Questions that this version does not have are kept.
    ///
    /// # Errors
    /// When it is no such text, or a line of it is broken; nothing of it is taken then.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
        if lines.next().is_none_or(|(_, line)| line.trim_end() != HEAD) {
            return Err(Refused::Foreign);
        }
        let mut out = Self::default();
        for (index, line) in lines {
            let words: Vec<&str> = line.split_whitespace().collect();
            if words.is_empty() {
                continue;
            }
            let read = if index < MOST_LINES { out.line(&words) } else { None };
            read.ok_or(Refused::Line(index + 1))?;
        }
        Ok(out)
    }

    fn line(&mut self, words: &[&str]) -> Option<()> {
        match words {
            ["interview", day] => self.interview = Some(day_of(day)?),
            ["item", id, "right", right, "wrong", wrong, "last", last, "gap", gap] => {
                let item = Item {
                    right: right.parse().ok()?,
                    wrong: wrong.parse().ok()?,
                    last: day_of(last)?,
                    gap: gap.parse().ok().filter(|gap| usize::from(*gap) < GAPS.len())?,
                };
                self.items.insert(number(id)?, item);
            }
            ["lesson", id, "steps", steps @ ..] => {
                let steps = steps.iter().map(|step| step.parse().ok().filter(|n| (1..=99).contains(n)));
                self.steps.insert(number(id)?, steps.collect::<Option<_>>()?);
            }
            _ => return None,
        }
        Some(())
    }
}

/// A capital letter and digits.
fn number(id: &str) -> Option<String> {
    let rest = id.strip_prefix(|c: char| c.is_ascii_uppercase())?;
    let fits = (1..=4).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| id.to_owned())
}

/// A day as `2026-12-03`.
pub fn date(day: Day) -> String {
    crate::kafka::base::date(day.into())
}

/// The day of `2026-12-03`; nothing when there is no such day.
pub fn day_of(text: &str) -> Option<Day> {
    let mut parts = text.split('-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || !(1970..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (shifted / 400, shifted % 400);
    let month_from_march = (month + 9) % 12;
    let in_year = (153 * month_from_march + 2) / 5 + day.checked_sub(1)?;
    let in_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + in_year;
    let found = Day::try_from((era * 146_097 + in_era).checked_sub(719_468)?).ok()?;
    // The thirty-first of a short month is none.
    (date(found) == format!("{year:04}-{month:02}-{day:02}")).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_and_read_as_dates() {
        assert_eq!([date(0), date(20_000), date(11_016)], ["1970-01-01", "2024-10-04", "2000-02-29"]);
        for day in (0..60_000).step_by(17) {
            assert_eq!(day_of(&date(day)), Some(day));
        }
        for text in ["2023-02-29", "2024-13-01", "2024-04-31", "2024-00-10", "2024-05", "x", "1969-12-31"] {
            assert_eq!(day_of(text), None, "{text}");
        }
    }

    #[test]
    fn a_question_that_is_right_comes_back_after_growing_gaps_and_a_wrong_one_tomorrow() {
        let mut progress = Progress::default();
        let mut day = 20_000;
        let mut gaps = Vec::new();
        for _ in 0..5 {
            progress.answered("Q11", true, day);
            let due = progress.due(&progress.items["Q11"]);
            gaps.push(due - day);
            day = due;
        }
        assert_eq!(gaps, [1, 3, 7, 14, 14]);
        progress.answered("Q11", false, day);
        assert_eq!(progress.due(&progress.items["Q11"]), day + 1);
        progress.answered("Q11", true, day);
        assert_eq!(progress.due(&progress.items["Q11"]), day + 1, "twice on one day is one repetition");
    }

    #[test]
    fn an_interview_ahead_shortens_the_gaps_so_that_all_fit_before_it() {
        let mut progress = Progress { interview: Some(20_010), ..Progress::default() };
        let mut day = 20_000;
        for _ in 0..4 {
            progress.answered("Q5", true, day);
            let due = progress.due(&progress.items["Q5"]);
            assert!(due > day && due < 20_010, "day {due}");
            day = due;
            if day == 20_009 {
                break;
            }
        }
        let far = Progress { interview: Some(20_400), ..Progress::default() };
        assert_eq!(far.due(&Item { right: 3, last: 20_000, gap: 3, ..Item::default() }), 20_014);
        let past = Progress { interview: Some(19_000), ..Progress::default() };
        assert_eq!(past.due(&Item { right: 3, last: 20_000, gap: 3, ..Item::default() }), 20_014);
    }

    #[test]
    fn the_queue_has_what_is_due_and_the_longest_overdue_first() {
        let mut progress = Progress::default();
        progress.answered("Q1", true, 20_000);
        progress.answered("Q2", false, 19_990);
        progress.answered("Q3", true, 20_004);
        let ids = || ["Q1", "Q2", "Q3", "Q4"].into_iter();
        assert_eq!(progress.queue(ids(), 20_004), ["Q2", "Q1"], "Q3 is due tomorrow, Q4 was never asked");
        assert_eq!(progress.percent(ids()), Some(66));
        assert_eq!(progress.percent(["Q9"].into_iter()), None);
    }

    #[test]
    fn a_file_comes_back_as_it_was_saved() {
        let mut progress = Progress { interview: Some(20_500), ..Progress::default() };
        progress.answered("Q11", true, 20_400);
        progress.answered("M25", false, 20_401);
        progress.step_over("L01", 1);
        progress.step_over("L01", 3);
        let text = progress.to_text();
        assert!(text.contains("lesson L01 steps 1 3"), "{text}");
        assert_eq!(Progress::parse(&text), Ok(progress.clone()));
        assert_eq!(Progress::parse(&text.replace('\n', "\r\n")), Ok(progress));
    }

    #[test]
    fn a_foreign_or_broken_file_is_refused_with_its_line() {
        for text in ["", "{}", "kafkascope progress 2\n", "\u{0}\u{1}PNG"] {
            assert_eq!(Progress::parse(text), Err(Refused::Foreign), "{text:?}");
        }
        for line in [
            "item Q11 right x wrong 0 last 2026-01-01 gap 0",
            "item Q11 right 1 wrong 0 last 2026-02-31 gap 0",
            "item Q11 right 1 wrong 0 last 2026-01-01 gap 9",
            "item <b> right 1 wrong 0 last 2026-01-01 gap 0",
            "lesson L01 steps 1 two",
            "interview tomorrow",
            "surprise",
        ] {
            let text = format!("{HEAD}\n\n{line}\n");
            assert_eq!(Progress::parse(&text), Err(Refused::Line(3)), "{line}");
        }
    }
}
