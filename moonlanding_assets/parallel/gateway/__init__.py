"""The HTTP service in front of both sides: route, gate, shadow reads, canary. No sync."""
