"""Both sides compared, by code that shares nothing with what made the rows."""
