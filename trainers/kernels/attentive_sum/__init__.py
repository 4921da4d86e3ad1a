"""Attention and sums over the edges of a layer."""
