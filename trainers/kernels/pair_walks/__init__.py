"""Walks of three steps between the two ends of a pair, found from both ends."""
