"""The parameters of an embedding model: vectors of entities and of relations, inverses among them."""

from __future__ import annotations

import torch
from torch import nn

from trainers.embedding.config import EmbeddingConfig
from trainers.embedding.scores import Score


class Tables(nn.Module):
    """`entity` (N, c, d) and `relation` (2m, c', d): the last axis are coordinates, so crops are prefixes.

    Args:
        score: Says how many numbers there are to a coordinate, and how they begin.
        entities, relations: N and 2m.
        settings: Width and spread.
        seed: Decides the numbers.
    """

    def __init__(
        self, score: Score, entities: int, relations: int, settings: EmbeddingConfig, seed: int
    ) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(seed)
        dim = settings.dim
        of_entities, of_relations = (
            (entities, score.entity_parts, dim),
            (relations, score.relation_parts, dim),
        )
        self.entity = nn.Parameter(score.first_entities(of_entities, draw, settings))
        self.relation = nn.Parameter(score.first_relations(of_relations, draw, settings))
