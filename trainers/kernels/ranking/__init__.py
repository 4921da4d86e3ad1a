"""Counting candidates above and level with each answer."""
