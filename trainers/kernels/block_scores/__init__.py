"""Scores of entities by blocks of coordinates, so that every crop is a sum of some of them."""
