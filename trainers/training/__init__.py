"""How models are trained: one loop with limits, patience and checkpoints, and what learns in it."""
