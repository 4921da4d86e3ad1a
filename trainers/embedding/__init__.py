"""What embedding models share: tables of vectors, scores by coordinates, losses, and how they are learned."""
