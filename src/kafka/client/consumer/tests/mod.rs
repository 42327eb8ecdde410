//! Stories of a whole consumer: real inputs and effects, with a coordinator that says what the story wants.

mod classic;
mod commits;
mod modern;
mod stage;
