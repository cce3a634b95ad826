"""From stage files to a published SQLite database."""
