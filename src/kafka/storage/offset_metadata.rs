use crate::kafka::base::Offset;

/// An offset with its place: in which segment, at which byte (`LogOffsetMetadata`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LogOffsetMetadata {
    pub offset: Offset,
    /// The base offset of the segment; -1 when only the offset is known.
    pub segment_base_offset: Offset,
    /// The byte in the `.log` file; -1 when only the offset is known.
    pub position: i32,
}

impl LogOffsetMetadata {
    pub const fn new(offset: Offset, segment_base_offset: Offset, position: i32) -> Self {
        Self { offset, segment_base_offset, position }
    }

    /// An offset whose place is not known.
    pub const fn offset_only(offset: Offset) -> Self {
        Self { offset, segment_base_offset: -1, position: -1 }
    }

    pub const fn is_offset_only(&self) -> bool {
        self.segment_base_offset == -1 && self.position == -1
    }

    /// Whether it lies on an earlier segment; false when either place is not known.
    pub const fn is_on_older_segment(&self, that: &Self) -> bool {
        !self.is_offset_only()
            && !that.is_offset_only()
            && self.segment_base_offset < that.segment_base_offset
    }
}
