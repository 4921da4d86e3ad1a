"""How good a model is at each of its widths: the card that goes with a croppable run."""

from __future__ import annotations

from typing import cast

import numpy as np

from graph_schema.arrays import Floats, Floats32, Ints
from graph_schema.dataset import GraphDataset
from graph_schema.progress import Progress
from graph_schema.records import Card
from graph_schema.triples import Splits
from trainers.answers import Candidates
from trainers.calibration import calibrate
from trainers.embedding.crops import rank_at
from trainers.embedding.nesting import spread
from trainers.evaluation import Queries
from trainers.scoring import best_answers
from trainers.trainer import Croppable, TailScorer

WIDTHS, NEAR, SAMPLE, TENTH = 8, 0.01, 500, 10
"""Widths on a card at most; how far below the best is near; entities compared, and neighbours of each."""

_TOGETHER = 16
"""Entities compared with all others at once."""

HITS = ("hits@1", "hits@3", "hits@10")


def card_of(
    model: Croppable, data: Splits, dataset: GraphDataset, *, queries: int, top: int, progress: Progress
) -> Card:
    """Figures by width: ranks, neighbours, and whether probabilities hold.

    `smallest` is the smallest width whose MRR on validation is within a hundredth of the best there.

    Args:
        model: Bound to `data.known`.
        data: Of the task; the test only reports.
        dataset: Where it comes from.
        queries, top: What a promotion asks of a relation, for the probabilities.
        progress: Told of the work.
    """
    widths = spread(model.widths, WIDTHS)
    parts, true = model.embed().shape[1] // model.widths[-1], data.all_true()
    figures: dict[str, tuple[float, ...]] = {}
    relations: dict[str, dict[str, tuple[float, ...]]] = {}
    smallest = None
    if len(data.valid):
        on_valid = rank_at(model, widths, data.valid, data.without_test().all_true(), progress)
        mrr = [on_valid[w].metrics()["mrr"] for w in widths]
        figures["valid_mrr"] = tuple(mrr)
        smallest = next(w for w, value in zip(widths, mrr, strict=True) if value >= (1 - NEAR) * max(mrr))
    if len(data.test):
        on_test = rank_at(model, widths, data.test, true, progress)
        metrics = [on_test[w].metrics() for w in widths]
        slices = [on_test[w].by_relation(data.vocabulary.relations) for w in widths]
        for figure in ("mrr", *HITS):
            figures[figure] = tuple(m[figure] for m in metrics)
            relations[figure] = {name: tuple(some[name][figure] for some in slices) for name in slices[0]}
    progress("comparing neighbours", 0, 1)
    figures["overlap@10"] = tuple(overlaps(model.embed(), [w * parts for w in widths]))
    candidates = Candidates(data.known, dataset.allowed_ends)
    held = [_held(model, w, data, dataset, candidates, queries=queries, top=top) for w in widths]
    if all(h is not None for h in held):
        figures["expected"], figures["found"] = zip(*cast(list[tuple[float, float]], held), strict=True)
    by_mrr = relations.pop("mrr", {})
    return Card(
        dims=tuple(widths),
        floats=tuple(w * parts for w in widths),
        figures=figures,
        relations=by_mrr,
        relation_hits=relations,
        smallest=smallest,
    )


def overlaps(vectors: Floats32, numbers: list[int]) -> list[float]:
    """The mean share of the ten nearest by cosine of a crop that are among the ten nearest of the whole.

    Args:
        vectors: (N, D).
        numbers: Numbers of each crop, ascending; the last is D.
    """
    count = len(vectors)
    some = np.sort(np.random.default_rng(0).permutation(count)[:SAMPLE])
    near = min(TENTH, count - 1)
    if near < 1:
        return [1.0] * len(numbers)
    bounds = [(first, last) for first, last in zip((0, *numbers), numbers, strict=False)]
    lengths = np.sqrt(np.cumsum([_squares(vectors[:, a:b]) for a, b in bounds], axis=0))
    shared = np.zeros(len(numbers))
    for start in range(0, len(some), _TOGETHER):
        rows = some[start : start + _TOGETHER]
        dots, nearest = np.zeros((len(rows), count), dtype=np.float32), list[Ints]()
        for (a, b), length in zip(bounds, lengths, strict=True):
            dots += vectors[rows, a:b] @ vectors[:, a:b].T
            cosines = dots / np.maximum(length, 1e-30).astype(np.float32)
            cosines[np.arange(len(rows)), rows] = -np.inf
            nearest.append(np.argpartition(-cosines, near - 1, axis=1)[:, :near])
        shared += [
            (one[:, :, None] == nearest[-1][:, None]).any(axis=2).mean(axis=1).sum() for one in nearest
        ]
    return [float(share) for share in shared / len(some)]


def _squares(block: Floats32) -> Floats:
    found: Floats = np.einsum("nd,nd->n", block, block, dtype=np.float64)
    return found


def _held(
    model: Croppable,
    width: int,
    data: Splits,
    dataset: GraphDataset,
    candidates: Candidates,
    *,
    queries: int,
    top: int,
) -> tuple[float, float] | None:
    """Facts of the test expected and found among what a promotion would write of the targets, at a width.

    Probabilities are fitted on validation, with the test put aside; where the two differ in size, odds are
    scaled by their ratio. None without either.
    """
    if not len(data.valid) or not len(data.test):
        return None
    crop = cast(TailScorer, model if width == model.widths[-1] else model.cropped(width))
    targets = [data.vocabulary.relation(name) for name in data.asked or dataset.targets]
    calibration = calibrate(
        crop, candidates, data.valid, queries=queries, top=top, aside=data.test, first=targets
    )
    if calibration is None:
        return None
    ratio, expected, found = len(data.test) / len(data.valid), 0.0, 0.0
    on_test, on_valid = Queries.of(data.test), Queries.of(data.valid)
    for relation in targets:
        heads = candidates.heads_of(relation, queries)
        asked = np.full(len(heads), relation)
        test, valid = (q.mask(heads, asked, data.known.num_entities) for q in (on_test, on_valid))
        answers = best_answers(crop, candidates, heads, asked, top=top, calibration=calibration)
        for row, group in enumerate(answers):
            for answer in group:
                if answer.probability is None or valid[row, answer.answer]:
                    continue
                odds = ratio * answer.probability / max(1 - answer.probability, 1e-12)
                expected += odds / (1 + odds)
                found += float(test[row, answer.answer])
    return expected, found
