//! The cluster as records: record, delta, image.
