"""NEW -> OLD: what applications write into rows becomes documents of the old systems."""
