use gloo::timers::callback::Interval;
use web_sys::Document;

use super::words as w;
use crate::lesson::Language;
use crate::lesson::Lesson;
use crate::lesson::Task;
use crate::ui::desk::Desk;
use crate::ui::desk::Page;

/// Opens a window for the speaker: notes, the step, what comes next, and the time since it was opened. False when the
/// browser does not allow it.
pub(super) fn open(desk: &Desk) -> bool {
    let Some(window) = web_sys::window() else { return false };
    let features = "width=720,height=560";
    let opened = window.open_with_url_and_target_and_features("", "kafkascope-speaker", features);
    let Some(speaker) = opened.ok().flatten() else { return false };
    let Some(document) = speaker.document() else { return false };
    let began = js_sys::Date::now();
    let desk = desk.clone();
    let mut shown = String::new();
    let mut draw = move |document: &Document| {
        let text = desk.read(says);
        if text != shown {
            fill(document, "says", &text);
            shown = text;
        }
        let seconds = ((js_sys::Date::now() - began) / 1000.0) as u64;
        fill(document, "clock", &format!("{:02}:{:02}", seconds / 60, seconds % 60));
    };
    document.set_title("kafkascope");
    if let Some(body) = document.body() {
        body.set_inner_html(FRAME);
    }
    draw(&document);
    // It ticks until the speaker closes the window; a closed one draws nowhere.
    Interval::new(1_000, move || {
        if !speaker.closed().unwrap_or(true) {
            draw(&document);
        }
    })
    .forget();
    true
}

const FRAME: &str = "<style>body{font:18px/1.5 sans-serif;margin:24px}#clock{font-size:40px}dt{font-weight:700}</style>\
     <p id=\"clock\"></p><div id=\"says\"></div>";

fn fill(document: &Document, id: &str, html: &str) {
    if let Some(element) = document.get_element_by_id(id) {
        element.set_inner_html(html);
    }
}

/// The notes of the open lesson as HTML.
fn says(page: &Page) -> String {
    let language = page.taste.language;
    match &page.course {
        Some(course) => notes(course.play.lesson, course.play.at, language),
        None => format!("<p>{}</p>", w::NO_LESSON.of(language)),
    }
}

fn notes(lesson: &Lesson, at: usize, language: Language) -> String {
    let step = &lesson.steps[at];
    let ask = match &step.task {
        Task::Predict(trial) | Task::Recall(trial) => trial.ask.of(language),
        Task::Do { hint, .. } => hint.of(language),
        Task::Watch { .. } => "",
    };
    let place = w::STEP_N.with(language, &[&(at + 1), &lesson.steps.len()]);
    let rows = [
        (w::NOTES, lesson.class.notes),
        (w::LIKELY_WRONG, lesson.class.likely_wrong),
        (w::FOLLOW_UP, lesson.class.follow_up),
    ];
    let rows: String = rows
        .iter()
        .map(|(name, text)| format!("<dt>{}</dt><dd>{}</dd>", name.of(language), text.of(language)))
        .collect();
    let title = lesson.title.of(language);
    format!("<h1>{title}</h1><p>{place}: {}</p><p><b>{ask}</b></p><dl>{rows}</dl>", step.say.of(language))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::LESSONS;

    #[test]
    fn the_speaker_reads_the_step_its_question_and_the_notes_in_either_language() {
        let lesson = LESSONS[0];
        let english = notes(lesson, 0, Language::En);
        assert!(english.contains("Step 1 of") && english.contains(lesson.class.notes.en), "{english}");
        let chinese = notes(lesson, 0, Language::Zh);
        assert!(chinese.contains(lesson.class.likely_wrong.zh), "{chinese}");
    }
}
