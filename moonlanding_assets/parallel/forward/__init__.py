"""OLD -> NEW: changes of the old systems become the rows that a migration would give."""
