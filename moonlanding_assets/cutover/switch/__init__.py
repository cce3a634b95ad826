"""The thirteen steps of FREEZING, their abort, and the parts they act on. No soak."""
