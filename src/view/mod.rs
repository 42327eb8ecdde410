//! Storey 3: read-only pictures of a world, their printed form, and `why`.
