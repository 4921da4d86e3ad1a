"""Reasoning: tensors in, scores, embeddings and evidence out. No database, no pages."""
