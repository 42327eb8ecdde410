//! Forms about producers and consumers.

use super::fields::Field;
use super::fields::Typed;
use crate::lab::Act;
use crate::lab::World;
use crate::lesson::Language;
use crate::ui::desk::FormKind;
use crate::ui::words as w;
use crate::view::ClusterView;

pub(super) fn fields(
    _kind: &FormKind,
    _view: &ClusterView,
    _world: &World,
    language: Language,
) -> (String, Vec<Field>) {
    (w::ADD_CONSUMER.of(language).to_string(), Vec::new())
}

pub(super) fn acts(_kind: &FormKind, _typed: &Typed<'_>) -> Result<Vec<Act>, String> {
    Ok(Vec::new())
}
