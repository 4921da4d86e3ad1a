"""Drugs, the proteins they meet, what they treat, and how they interact."""
