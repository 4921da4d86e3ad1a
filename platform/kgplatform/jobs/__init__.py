"""Work that runs by itself: the retraining pipeline."""
