use super::Lesson;
use super::Step;
use super::Task;
use super::run;
use super::stage;
use crate::lab::Timeline;

/// The world in which a step begins, when the steps before it were done as the lesson does them: the same world for
/// every learner, so that the questions that follow have their answer among the choices.
///
/// `known` are the worlds in which the first steps begin, as far as they are there; the missing ones are added.
pub fn walk(lesson: &Lesson, at: usize, known: &mut Vec<Timeline>) -> Timeline {
    let at = at.min(lesson.steps.len() - 1);
    while known.len() <= at {
        let step = &lesson.steps[known.len()];
        let begins = match (step.scene, known.last()) {
            (Some(scene), _) => stage(&scene()),
            (None, Some(before)) => after(&lesson.steps[known.len() - 1], before),
            (None, None) => stage(&(lesson.scene)()),
        };
        known.push(begins);
    }
    known[at].clone()
}

/// The world that a step leaves.
fn after(step: &Step, before: &Timeline) -> Timeline {
    let mut timeline = before.clone();
    let (script, ms) = script(&step.task);
    run(&mut timeline, script, ms);
    timeline
}

/// What a task does to the world, and how long it runs.
pub fn script(task: &Task) -> (Vec<(u64, crate::lab::Act)>, u64) {
    match task {
        Task::Watch { script, ms } | Task::Do { example: script, ms, .. } => (script(), *ms),
        Task::Predict(trial) | Task::Recall(trial) => ((trial.script)(), trial.ms),
    }
}
