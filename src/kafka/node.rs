//! One of everything that can run on a machine.
