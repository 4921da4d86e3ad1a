"""How models are trained: the loop over epochs, with validation, patience and checkpoints."""
