"""The phases of the migration: what each does, what opens it, what it leaves as evidence."""
