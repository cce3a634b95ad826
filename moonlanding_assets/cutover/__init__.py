"""The phases and what ends them: gates, receipts, reports here; the rest in rooms."""
