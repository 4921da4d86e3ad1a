"""Ranks of given vectors are PyKEEN's: the same numbers in its models, ranked by its evaluator.

Tails are compared as they are. PyKEEN asks for heads by its own score of (h, r, t), ours through the relation
that asks the other way, which has a vector of its own; it is set here so that both scores are the same:
TransE's and RotatE's to −r, as |t − r − h| = |h + r − t|, DistMult's to r, ComplEx's to conj(r), SimplE's and
PairRE's to the two parts of r in the other order.

Two of PyKEEN's (1.11) are other functions. Its SimplE takes the vectors of both ends in the same role, which
makes it symmetric; its CP is given SimplE's vectors instead, each entity's as head and, in the other order,
as tail. Its RotatE takes the root of the sum of squared moduli, whatever its p, the paper's and ours the sum
of moduli, which ranks otherwise: it is held against the paper's formula.
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
    entity = torch.randn(ENTITIES, 2 if name in ("complex", "simple", "rotate") else 1, DIM, generator=draw)
    entity[5] = entity[6]  # a tie
    parts = 2 if name in ("complex", "simple", "pair_re") else 1
    relation = torch.randn(RELATIONS, parts, DIM, generator=draw)
    swapped = relation.flip(1)
    conjugate = relation * torch.tensor([1.0, -1.0])[:parts, None]
    back = {"distmult": relation, "complex": conjugate, "simple": swapped, "pair_re": swapped}
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


def _laid_out(name: str) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """The vectors of entities and of relations as PyKEEN keeps them; complex parts side by side."""
    entity, relation, _ = _vectors(name)
    if name == "simple":
        return [entity, entity.flip(1)], [relation]
    if name == "pair_re":
        return [entity], list(relation.unbind(dim=1))
    return [entity.transpose(1, 2)], [relation.transpose(1, 2)]


def _theirs(name: str, splits: Splits) -> dict[str, float]:
    """Their figures, by the name that they have there."""
    from pykeen.evaluation import RankBasedEvaluator
    from pykeen.models import CP, ComplEx, DistMult, PairRE, TransE
    from pykeen.triples import CoreTriplesFactory

    def facts(some: TripleSet) -> torch.Tensor:
        return torch.from_numpy(some.triples)

    given: dict[str, Any] = {
        "triples_factory": CoreTriplesFactory(facts(splits.known), ENTITIES, RELATIONS),
        "embedding_dim": DIM,
        "random_seed": 0,
    }
    kinds = {"transe": TransE, "distmult": DistMult, "complex": ComplEx, "simple": CP, "pair_re": PairRE}
    others = {"transe": {"scoring_fct_norm": 1}, "simple": {"rank": 2}}
    model = kinds[name](**given | others.get(name, {}))
    for representations, values in zip(
        (model.entity_representations, model.relation_representations), _laid_out(name), strict=True
    ):
        for representation, value in zip(representations, values, strict=True):
            representation._embeddings.weight.data.copy_(value.reshape(len(value), -1))
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


@pytest.mark.parametrize("name", ["transe", "distmult", "complex", "simple", "pair_re"])
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


def _by_formula(splits: Splits) -> dict[tuple[int, int, int], float]:
    """Filtered, realistic ranks of RotatE in float64 by Σ |h e^{iφ} − t|.

    By head, relation and tail; where heads are asked for by tail, relation + `RELATIONS` and head.
    """
    (entity, relation, _), facts = _vectors("rotate"), set(map(tuple, splits.all_true().triples.tolist()))
    parts = entity.double().numpy()
    points, turns = parts[:, 0] + 1j * parts[:, 1], np.exp(1j * relation[:, 0].double().numpy())
    ranks: dict[tuple[int, int, int], float] = {}
    for h, r, t in splits.test.triples.tolist():
        to_tails = np.abs(points[h] * turns[r] - points).sum(axis=1)
        to_heads = np.abs(points * turns[r] - points[t]).sum(axis=1)
        tails = [e for e in range(ENTITIES) if e == t or (h, r, e) not in facts]
        heads = [e for e in range(ENTITIES) if e == h or (e, r, t) not in facts]
        for key, distances, others in (
            ((h, r, t), to_tails, tails),
            ((t, r + RELATIONS, h), to_heads, heads),
        ):
            apart = distances[others] - distances[key[2]]
            nearer, level = (apart < -1e-9).sum(), (np.abs(apart) <= 1e-9).sum()
            ranks[key] = float(nearer + (1 + level) / 2)
    return ranks


def test_ranks_of_rotate_are_those_of_its_formula() -> None:
    """PyKEEN's `RotatEInteraction` is another: the root of the sum of squared moduli, whatever its p."""
    splits = _splits()
    ranks = rank(_ours("rotate", splits), splits.test, splits.all_true())
    asked = zip(ranks.head.tolist(), ranks.relation.tolist(), ranks.answer.tolist(), strict=True)
    wanted = _by_formula(splits)
    assert dict(zip(asked, ranks.realistic.tolist(), strict=True)) == pytest.approx(wanted, abs=1e-6)
    mrr = np.mean([1 / place for place in wanted.values()])
    assert ranks.metrics()["mrr"] == pytest.approx(mrr, abs=1e-6)
    assert (ranks.low < ranks.high).any()
