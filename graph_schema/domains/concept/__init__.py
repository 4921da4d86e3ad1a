"""Concepts: synsets of WordNet and everyday phrases of ConceptNet, and how they relate."""
