/// `ClassicGroupState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClassicState {
    /// No members; offsets may be there.
    Empty,
    /// Members are (re)joining.
    PreparingRebalance,
    /// All have joined; the leader's assignment is awaited.
    CompletingRebalance,
    /// Everybody has his assignment.
    Stable,
    /// The group is gone, or this broker does not coordinate it any more.
    Dead,
}

impl ClassicState {
    /// As `DescribeGroups` says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
            Self::Dead => "Dead",
        }
    }

    /// Whether a group may come to this state from another (`validPreviousStates`).
    pub const fn may_follow(self, before: Self) -> bool {
        match self {
            Self::Empty | Self::CompletingRebalance => matches!(before, Self::PreparingRebalance),
            Self::PreparingRebalance => {
                matches!(before, Self::Stable | Self::CompletingRebalance | Self::Empty)
            }
            Self::Stable => matches!(before, Self::CompletingRebalance),
            Self::Dead => true,
        }
    }
}
