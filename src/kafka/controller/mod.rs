//! The KRaft controller: decides with records, changes its state only by replaying them.
