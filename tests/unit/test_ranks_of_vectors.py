"""Ranks of given vectors are PyKEEN's: the same numbers in its models, ranked by its evaluator.

Tails are compared as they are. PyKEEN asks for heads by its own score of (h, r, t), ours through the relation
that asks the other way, which has a vector of its own; it is set here so that both scores are the same:
TransE's to −r, as |t − r − h| = |h + r − t|, DistMult's to r, ComplEx's to conj(r). RotatE is left out:
PyKEEN's takes the root of the sum of squared moduli, whatever its p; the authors' and ours the sum of moduli.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from graph_schema.triples import Splits, TripleSet, Vocabulary
from tests.small_graphs import silent
from trainers.embedding.model import EmbeddingModel
from trainers.evaluation import rank
from trainers.registry import load_model

ENTITIES, RELATIONS, DIM = 40, 3, 6


def _splits() -> Splits:
    draw = np.random.default_rng(0)
    sizes = (ENTITIES, RELATIONS, ENTITIES)
    rows = np.unique(np.stack([draw.integers(0, k, 600) for k in sizes], axis=1), axis=0)
    names = tuple(f"e{i:02}" for i in range(ENTITIES)), tuple(f"r{i}" for i in range(RELATIONS))
    vocabulary, order = Vocabulary(*names), draw.permutation(len(rows))
    known, valid, test = (
        TripleSet.of(vocabulary, rows[order[i:j]]) for i, j in ((0, 400), (400, 450), (450, len(rows)))
    )
    return Splits(known, valid, test, np.zeros(ENTITIES, np.int64), ("Thing",), "drawn")


def _vectors(name: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(N, c, d) of entities, (m, c', d) of relations and those of the relations that ask the other way."""
    draw = torch.Generator().manual_seed(1)
    parts = 2 if name == "complex" else 1
    entity = torch.randn(ENTITIES, parts, DIM, generator=draw)
    entity[5] = entity[6]  # a tie
    relation = torch.randn(RELATIONS, 2 if name == "complex" else 1, DIM, generator=draw)
    back = {"distmult": relation, "complex": relation * torch.tensor([1.0, -1.0])[:, None]}
    return entity, relation, back.get(name, -relation)


def _ours(name: str, splits: Splits) -> EmbeddingModel:
    kind = load_model(name)
    model = kind(kind.Config.model_validate({"dim": DIM, "epochs": 1}), splits.vocabulary.relations)
    assert isinstance(model, EmbeddingModel)
    model.fit(splits, progress=silent)
    entity, relation, back = _vectors(name)
    with torch.no_grad():
        model.network.entity.copy_(entity)
        model.network.relation.copy_(torch.cat([relation, back]))
    return model


def _theirs(name: str, splits: Splits) -> dict[str, float]:
    """Their figures, by the name that they have there."""
    from pykeen.evaluation import RankBasedEvaluator
    from pykeen.models import ComplEx, DistMult, TransE
    from pykeen.triples import CoreTriplesFactory

    def facts(some: TripleSet) -> torch.Tensor:
        return torch.from_numpy(some.triples)

    given: dict[str, Any] = {
        "triples_factory": CoreTriplesFactory(facts(splits.known), ENTITIES, RELATIONS),
        "embedding_dim": DIM,
        "random_seed": 0,
    }
    kinds = {"transe": TransE, "distmult": DistMult, "complex": ComplEx}
    model = kinds[name](**given | ({"scoring_fct_norm": 1} if name == "transe" else {}))
    entity, relation, _ = _vectors(name)
    for representation, value in (
        (model.entity_representations[0], entity),
        (model.relation_representations[0], relation),
    ):
        weight = representation._embeddings.weight.data
        flat = value.transpose(1, 2).contiguous().view(len(value), -1)  # both parts of a number side by side
        weight.copy_(flat)
    found = (
        RankBasedEvaluator(filtered=True)
        .evaluate(
            model,
            facts(splits.test),
            batch_size=16,
            use_tqdm=False,
            additional_filter_triples=[facts(splits.known), facts(splits.valid)],
        )
        .to_flat_dict()
    )
    return dict(found)


@pytest.mark.parametrize("name", ["transe", "distmult", "complex"])
@pytest.mark.filterwarnings("ignore")
def test_ranks_are_those_of_pykeen(name: str) -> None:
    splits = _splits()
    ranks = rank(_ours(name, splits), splits.test, splits.all_true())
    theirs = _theirs(name, splits)
    tails = ranks.relation < RELATIONS
    for side, keep in (("tail", tails), ("head", ~tails), ("both", None)):
        ours = ranks.metrics(keep)
        for figure, key in (("mrr", "inverse_harmonic_mean_rank"), ("hits@1", "hits_at_1"),
                            ("hits@10", "hits_at_10")):  # fmt: skip
            assert ours[figure] == pytest.approx(theirs[f"{side}.realistic.{key}"], abs=1e-6), (side, figure)
    assert (ranks.low < ranks.high).any()
