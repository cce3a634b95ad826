"""24 hours of watching: samples, criteria, alerts, report. It decides nothing but when to shout."""
