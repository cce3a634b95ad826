"""The process that carries changes: listeners, loop, start and stop, lag. No mapping."""
