"""The durable state row S0 to S11: what may follow what, on which evidence. No stream, no route."""
