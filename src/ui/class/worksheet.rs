use std::fmt::Write;

use super::picture;
use super::words as w;
use crate::kafka::base::Arrange as _;
use crate::lesson::Form;
use crate::lesson::Language;
use crate::lesson::Lesson;
use crate::lesson::Trial;
use crate::ui::browser::set_root;
use crate::ui::desk::Desk;
use crate::ui::taste;

/// Opens a worksheet of a lesson in a window of its own and prints it. False when the browser does not allow it.
pub(super) fn print(desk: &Desk, lesson: &Lesson) -> bool {
    let Some(window) = web_sys::window() else { return false };
    let Some(paper) = window.open().ok().flatten() else { return false };
    let language = desk.read(|page| page.taste.language);
    // On paper, whatever the screen looks like.
    set_root("data-theme", "light");
    let picture = picture::svg(desk);
    taste::apply(&desk.read(|page| page.taste.clone()));
    let Some(document) = paper.document() else { return false };
    let Some(body) = document.body() else { return false };
    document.set_title(&format!("{} · {}", lesson.id, lesson.title.of(language)));
    body.set_inner_html(&worksheet(lesson, &picture, language));
    paper.print().is_ok()
}

/// The paper: the goal, each question to predict with boxes to tick, room for reasons, and the picture to draw into.
pub fn worksheet(lesson: &Lesson, picture: &str, language: Language) -> String {
    let mut out = String::from(
        "<style>body{font:14px/1.5 sans-serif;margin:24px;color:#000}svg{width:100%;max-height:40vh}\
         .because{border-bottom:1px solid #000;height:48px}li{list-style:none}h2{break-after:avoid}</style>",
    );
    let _ = write!(
        out,
        "<p>{}: ______________________</p><h1>{} · {}</h1><p>{}</p>",
        w::NAME_LINE.of(language),
        lesson.id,
        lesson.title.of(language),
        lesson.goal.of(language)
    );
    let trials = lesson.steps.iter().filter_map(|step| Some((step.say, step.task.trial()?)));
    for (number, (say, trial)) in trials.enumerate() {
        let _ = write!(out, "<h2>{}. {}</h2><p>{}</p>", number + 1, trial.ask.of(language), say.of(language));
        question(&mut out, trial, language);
        let _ = write!(out, "<p>{}</p><div class=\"because\"></div>", w::BECAUSE.of(language));
    }
    if !picture.is_empty() {
        let _ = write!(out, "<h2>{}</h2>{picture}", w::DRAW.of(language));
    }
    out
}

/// Boxes to tick, or a line to fill in. Nothing says which is right.
fn question(out: &mut String, trial: &Trial, language: Language) {
    let mut items = |texts: &mut dyn Iterator<Item = String>| {
        out.push_str("<ul>");
        texts.for_each(|text| {
            let _ = write!(out, "<li>{text}</li>");
        });
        out.push_str("</ul>");
    };
    match trial.form {
        Form::Choice(choices) => {
            items(&mut choices.iter().map(|choice| format!("☐ {}", choice.text.of(language))))
        }
        Form::Order(boxes) => {
            // By their names: the order in which they are written may be the answer.
            let mut named: Vec<_> = boxes.to_vec();
            named.arrange_by_key(|(name, _)| *name);
            items(&mut named.iter().map(|(_, text)| format!("__ {}", text.of(language))));
        }
        Form::Match { labels, .. } => {
            items(&mut labels.iter().map(|l| format!("{} → ______", l.of(language))))
        }
        Form::Number(unit) => items(&mut std::iter::once(format!("______ {}", unit.of(language)))),
        Form::Click { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::LESSONS;

    #[test]
    fn a_worksheet_has_every_question_and_no_explanation() {
        for lesson in LESSONS {
            let paper = worksheet(lesson, "<svg></svg>", Language::En);
            for trial in lesson.steps.iter().filter_map(|step| step.task.trial()) {
                assert!(paper.contains(trial.ask.en), "{}: {}", lesson.id, trial.ask.en);
                let said = trial.explain.text.en.split("{}").next().unwrap_or_default();
                assert!(said.len() < 12 || !paper.contains(said), "{} tells its answer: {said}", lesson.id);
            }
        }
    }
}
