"""How often chains of relations join two entities that are so related: one head after the other."""
