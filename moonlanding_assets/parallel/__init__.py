"""Both systems alive, by room: state, documents, forward, backward, service, drift, gateway."""
