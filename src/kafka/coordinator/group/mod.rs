//! Groups of both protocols, and what is committed for them.

pub mod assignor;
pub mod classic;
pub mod consumer;
mod hash_order;
mod lists;
pub mod offsets;

use std::sync::Arc;

pub use hash_order::HashOrder;
pub(crate) use lists::in_order;

use classic::ClassicGroup;
use consumer::ConsumerGroup;

/// Which classic group: groups that follow each other under one name are different ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassicId(pub(crate) u64);

/// A group in the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Where it stands; the group itself is not in the timeline.
    Classic(ClassicId),
    /// KIP-848: all of it is what was replayed.
    Consumer(Arc<ConsumerGroup>),
}

/// A group to look at.
#[derive(Clone, Copy, Debug)]
pub enum GroupView<'a> {
    Classic(&'a ClassicGroup),
    Consumer(&'a ConsumerGroup),
}

impl GroupView<'_> {
    /// `Empty`, `Stable`, … as `DescribeGroups` and `ConsumerGroupDescribe` say it.
    pub fn state(&self) -> &'static str {
        match self {
            Self::Classic(group) => group.state.name(),
            Self::Consumer(group) => group.state().name(),
        }
    }

    pub fn is_empty(&self) -> bool {
        match self {
            Self::Classic(group) => group.is_empty(),
            Self::Consumer(group) => group.is_empty(),
        }
    }
}
