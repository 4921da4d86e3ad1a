"""People and how they are related."""
