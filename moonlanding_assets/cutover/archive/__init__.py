"""The old systems put away: made, restored and compared, sealed."""
