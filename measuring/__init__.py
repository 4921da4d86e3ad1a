"""How measurements are recorded and shown."""
