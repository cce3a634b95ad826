"""What the sources hold: every collection and field of Friday and MyWorkReview, declared once."""
