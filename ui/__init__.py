"""Browse: pages over the platform's views. No database, no tensors."""
