//! Storey 2: the laboratory. Worlds, acts, agenda, network, machines, journal, timeline.
