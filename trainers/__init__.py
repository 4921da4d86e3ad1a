"""Reasoning: tensors in, scores, embeddings and evidence out. No database, no pages."""

import os

# Steps are many and small: threads that spin between them take the cores from everybody else. Read by the
# OpenMP runtime when torch is first imported; a value somebody has set stays.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
