"""Whether both sides hold the same: compared, confirmed, recorded, repaired by command."""
