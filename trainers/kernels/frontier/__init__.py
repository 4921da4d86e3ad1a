"""Expanding queries over a graph, layer by layer."""
