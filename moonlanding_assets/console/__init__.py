"""What a person at a terminal sees: progress, summaries, failures. No migration work."""
