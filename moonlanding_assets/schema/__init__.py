"""What the target is, declared once."""
