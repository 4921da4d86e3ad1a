"""Multiplicative messages summed per target: Σ weight · source ∘ relation."""
