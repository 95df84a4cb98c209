"""The audit log, sealed: entries become leaves of Merkle trees, whose roots are chained and signed."""
