"""Both systems alive: the state between them, the sync, the gateway, the drift. No phase of it."""
