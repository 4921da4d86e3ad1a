"""Pair type: which of T types holds between two entities, given that one of them does."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from graph_schema.arrays import Floats, Ints
from graph_schema.dataset import GraphDataset
from graph_schema.errors import InputError
from graph_schema.progress import Progress
from graph_schema.records import Calibration, Metric, Temperature
from graph_schema.triples import Splits
from trainers.answers import Candidates
from trainers.evidence.rules import RuleCounts
from trainers.interacting import fit_interacting
from trainers.pair_figures import of_rows
from trainers.pair_prediction import PairPredictor
from trainers.pairs import PROTOCOLS, PairSplits, batches, both_ways
from trainers.task import Figures, Predictor, Report, Task
from trainers.temperature import fit_temperature
from trainers.trainer import LinkScorer, PairScorer, Trainer


class PairType(Task):
    """Types of pairs: macro-F1 decides; PR-AUC where pairs have several types.

    The types are the relations of the graph's target. Pairs of validation and test that are known already, in
    either direction, are left out and counted. Evaluation gives the direction, as published figures do; a
    probability is of type and direction, given that the pair interacts: the facts hold no pairs that do not.
    Whether it does is a figure of its own, see `trainers.interacting`.
    """

    baselines: ClassVar[tuple[str, ...]] = ("majority", "naive_bayes")
    slices: ClassVar[tuple[str, ...]] = ("type", "protocol")
    figures: ClassVar[tuple[str, ...]] = ("macro_f1", "accuracy", "kappa", "pr_auc", "roc_auc", "ap@50")
    capability: ClassVar[type[Any]] = PairScorer
    does: ClassVar[str] = "score the relations between two entities"

    def data(self, dataset: GraphDataset) -> PairSplits:
        """See `Task.data`."""
        splits = dataset.splits
        ids = splits.vocabulary.relation_ids
        types = np.array(sorted(ids[name] for name in dataset.targets if name in ids), dtype=np.int64)
        if len(types) < 2:
            raise InputError(
                f"{len(types)} type of pairs in graph {dataset.name!r}: {', '.join(dataset.targets)}",
                wanted="a target with at least 2 relations to tell apart",
                hint="a model of link_prediction, such as red_gnn, learns who is related",
            )
        return PairSplits.of(splits, types)

    def metric(self, data: Splits) -> Metric:
        """See `Task.metric`."""
        if _pairs(data).several:
            return Metric(name="pr_auc", title="PR-AUC")
        return Metric(name="macro_f1", title="macro-F1")

    def notes(self, data: Splits) -> Figures:
        """See `Task.notes`: facts of pairs met before, by split."""
        pairs = _pairs(data)
        left_out = {f"{split}_left_out": float(count) for split, count in pairs.left_out.items()}
        return {"types": float(len(pairs.types)), **left_out}

    def evaluate(
        self,
        model: Trainer,
        data: Splits,
        split: str,
        *,
        by: str | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """See `Task.evaluate`.

        Args:
            model, data, split, progress: As there.
            by: "type", or "protocol": how many of the two stand in no known pair.
        """
        self.check(type(model).__name__, model)
        assert isinstance(model, PairScorer)
        pairs = _pairs(data)
        rows = (data.valid if split == "valid" else data.test).triples
        scores = _scores(model, rows[:, 0], rows[:, 2], progress)

        def figures(keep: Ints) -> Figures:
            return of_rows(pairs, rows[keep], scores[keep])

        slices: dict[str, Figures] = {}
        if by == "protocol":
            of = pairs.protocol(rows)
            slices = {PROTOCOLS[int(p)]: figures(np.flatnonzero(of == p)) for p in np.unique(of)}
        elif by == "type":
            names = data.vocabulary.relations
            slices = {
                names[int(r)]: _of_type(pairs, rows, scores, int(r)) for r in np.unique(rows[:, 1]).tolist()
            }
        return Report(figures(np.arange(len(rows))), slices)

    def calibrate(
        self, model: Trainer, data: Splits, dataset: GraphDataset, *, queries: int, top: int
    ) -> Temperature | None:
        """See `Task.calibrate`: a temperature, fitted on the pairs of validation, direction not given.

        Beside it stands how likely a pair interacts at all, of a model that says something of that.
        """
        del queries, top
        assert isinstance(model, PairScorer)
        rows = data.valid.triples
        if not len(rows):
            return None
        ends = rows[:, [0, 2]]
        forth, back = (_scores(model, ends[:, i], ends[:, 1 - i]) for i in (0, 1))
        scores = both_ways(forth, back, model.types, data.known, dataset.allowed_ends, ends)
        fitted = fit_temperature(scores, _pairs(data).places(rows[:, 1]))
        if not isinstance(model, LinkScorer):
            return fitted
        return fitted.model_copy(update={"interacting": fit_interacting(model, _pairs(data))})

    def predictor(
        self,
        model: Trainer,
        candidates: Candidates,
        rules: RuleCounts,
        calibration: Calibration | Temperature | None,
        seed: int,
    ) -> Predictor:
        """See `Task.predictor`."""
        del rules, seed
        assert isinstance(model, PairScorer)
        fitted = calibration if isinstance(calibration, Temperature) else None
        return PairPredictor(model, candidates, fitted)


def _pairs(data: Splits) -> PairSplits:
    assert isinstance(data, PairSplits)
    return data


def _scores(model: PairScorer, heads: Ints, tails: Ints, progress: Progress | None = None) -> Floats:
    """(N, T), batch by batch."""
    out = np.zeros((len(heads), len(model.types)))
    for some in batches(len(heads)):
        out[some] = model.score_relations(heads[some], tails[some])
        if progress:
            progress("scoring pairs", some.stop, len(heads))
    return out


def _of_type(pairs: PairSplits, rows: Ints, scores: Floats, relation: int) -> Figures:
    """Precision, recall and F1 of one type where pairs have one."""
    place = int(np.searchsorted(pairs.types, relation))
    said, true = scores.argmax(axis=1) == place, rows[:, 1] == relation
    right = float((said & true).sum())
    precision, recall = right / max(float(said.sum()), 1.0), right / max(float(true.sum()), 1.0)
    both = precision + recall
    return {
        "macro_f1": 2 * precision * recall / both if both else 0.0,
        "precision": precision,
        "recall": recall,
        "pairs": float(true.sum()),
    }
