"""What trainings left: the registry of runs, and their predictions and vectors in the graph."""
