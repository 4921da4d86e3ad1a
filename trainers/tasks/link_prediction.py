"""Link prediction: which entities answer (head, relation, ?), ranked among all candidates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from graph_schema.dataset import GraphDataset
from graph_schema.progress import Progress
from graph_schema.records import Calibration, Card, Metric, Temperature
from graph_schema.triples import Splits
from trainers.answers import Candidates
from trainers.calibration import calibrate
from trainers.crop_card import card_of
from trainers.evaluation import rank
from trainers.evidence.rules import RuleCounts
from trainers.prediction import RankingPredictor
from trainers.task import Figures, Predictor, Report, Task
from trainers.trainer import Croppable, TailScorer, Trainer


class LinkPrediction(Task):
    """Filtered realistic ranks of held-out facts, in both directions; the mean reciprocal rank decides."""

    baselines: ClassVar[tuple[str, ...]] = ("frequency",)
    slices: ClassVar[tuple[str, ...]] = ("relation", "degree")
    figures: ClassVar[tuple[str, ...]] = ("mrr", "hits@1", "hits@3", "hits@10", "amr")
    capability: ClassVar[type[Any]] = TailScorer
    does: ClassVar[str] = "score entities"

    def data(self, dataset: GraphDataset) -> Splits:
        """See `Task.data`."""
        return dataset.splits

    def asking(self, data: Splits, relations: Sequence[str]) -> Splits:
        """See `Task.asking`."""
        return data.asking(relations)

    def metric(self, data: Splits) -> Metric:
        """See `Task.metric`."""
        del data
        return Metric(name="mrr", title="MRR")

    def notes(self, data: Splits) -> Figures:
        """See `Task.notes`; there is nothing to say."""
        del data
        return {}

    def evaluate(
        self,
        model: Trainer,
        data: Splits,
        split: str,
        *,
        by: str | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """See `Task.evaluate`. By "relation", or by "degree": how many known facts the answer stands in."""
        self.check(type(model).__name__, model)
        assert isinstance(model, TailScorer)
        targets = data.valid if split == "valid" else data.test
        ranks = rank(model, targets, data.all_true(), progress=progress)
        slices: dict[str, Figures] = {}
        if by == "relation":
            slices = ranks.by_relation(data.vocabulary.relations)
        elif by == "degree":
            ends = data.known.triples[:, [0, 2]].ravel()
            slices = ranks.by_degree(np.bincount(ends, minlength=data.known.num_entities))
        return Report(ranks.metrics(), slices)

    def calibrate(
        self, model: Trainer, data: Splits, dataset: GraphDataset, *, queries: int, top: int
    ) -> Calibration | None:
        """See `Task.calibrate`; fitted on the queries that a promotion asks, the test put aside."""
        assert isinstance(model, TailScorer)
        return calibrate(
            model,
            Candidates(data.known, dataset.allowed_ends),
            data.valid,
            queries=queries,
            top=top,
            aside=data.test,
            first=[data.vocabulary.relation(name) for name in data.asked or dataset.targets],
        )

    def card(
        self,
        model: Trainer,
        data: Splits,
        dataset: GraphDataset,
        *,
        queries: int,
        top: int,
        progress: Progress,
    ) -> Card | None:
        """See `Task.card`."""
        if not isinstance(model, Croppable) or len(model.widths) == 1:
            return None
        return card_of(model, data, dataset, queries=queries, top=top, progress=progress)

    def predictor(
        self,
        model: Trainer,
        candidates: Candidates,
        rules: RuleCounts,
        calibration: Calibration | Temperature | None,
        seed: int,
    ) -> Predictor:
        """See `Task.predictor`."""
        assert isinstance(model, TailScorer)
        fitted = calibration if isinstance(calibration, Calibration) else None
        return RankingPredictor(model, candidates, rules, fitted, seed)
