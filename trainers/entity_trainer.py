"""Models with parameters for each entity: they know who they were trained on, and say what of the others."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from graph_schema.arrays import Floats32, Ints
from graph_schema.triples import TripleSet
from trainers.trainer import Trainer


class EntityTrainer(Trainer):
    """Scores entities by parameters of their own; a `TailScorer` over any graph, in that graph's ids.

    Entities are matched by their id, so a graph may grow, lose and reorder entities after the training: the
    scores among those that the model knows stay what they were. Of the others it knows nothing:

    * an unknown candidate scores below every known one, and all unknown candidates score alike;
    * a query from an unknown head scores every candidate alike.
    """

    per_entity: ClassVar[bool] = True

    @abstractmethod
    def own_scores(self, heads: Ints, relations: Ints) -> Floats32:
        """(B, N) scores of all N `entities` as answers.

        Args:
            heads: (B,) places in `entities`.
            relations: (B,) in [0, 2m).

        Returns:
            Finite; higher is likelier; a row does not depend on its batch.
        """

    def score_tails(self, heads: Ints, relations: Ints) -> Floats32:
        """See `TailScorer.score_tails`; unknown entities as the class says."""
        scores = np.zeros((len(heads), len(self.own_ids)), dtype=np.float32)
        own = self.own_ids[heads]
        asked = own >= 0
        if asked.any():
            found = self.own_scores(own[asked], relations[asked])
            lowest = found.min(axis=1, keepdims=True)
            unknown = np.nextafter(lowest - 1, np.float32(-np.inf))
            scores[asked] = np.where(self.knows, found[:, self.own_ids], unknown)
        return scores

    def _bind(self, known: TripleSet) -> None:
        """Nothing more than who is who: answers do not depend on the facts."""
        del known
