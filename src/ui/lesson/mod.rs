//! Lessons and questions in the left panel: predict, run, see both side by side.

mod card;
mod forms;
mod panel;
mod queue;
pub mod words;

pub use panel::AskPanel;
pub use panel::CoursePanel;
pub use panel::Hidden;
