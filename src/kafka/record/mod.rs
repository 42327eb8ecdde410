//! Records and batches as values and as bytes.
