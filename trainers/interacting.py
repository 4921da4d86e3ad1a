"""Whether a pair interacts at all: a chance of its own beside that of a type, by protocol.

The facts hold no pairs that do not interact. So known pairs of validation are told from drawn ones, which
stand in no split, and both are weighed so that the chance holds at the share of known pairs among all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph_schema.arrays import Floats, Ints, Mask
from graph_schema.records import Interacting, InteractingFit
from trainers.calibration import logistic
from trainers.known_links import pair_codes
from trainers.pairs import PROTOCOLS, PairSplits, batches
from trainers.trainer import LinkScorer

MOST = 10_000
"""Known pairs, and drawn ones, that a protocol is fitted on at most."""

ENOUGH = 20
"""Pairs below which a protocol borrows another's fit."""

_TENTHS, _LIGHT = 10, 0.001


def fit_interacting(model: LinkScorer, data: PairSplits, *, seed: int = 0) -> Interacting | None:
    """Fit by protocol on validation; one with too few pairs borrows from the next harder one, then easier.

    Args:
        model: Bound to `data.known`.
        data: Its validation pairs are the known ones.
        seed: Decides what is drawn.

    Returns:
        None where no protocol has `ENOUGH` pairs.
    """
    data = data.without_test()  # what the test holds is not known yet: drawn pairs may be among it
    share = known_share(data)
    own: dict[int, InteractingFit] = {}
    for protocol in range(len(PROTOCOLS)):
        ends, true = drawn_pairs(data, "valid", protocol, seed=seed)
        if min(int(true.sum()), int((~true).sum())) >= ENOUGH:
            fit = _fitted(features_of(model, ends), true, share, PROTOCOLS[protocol])
            own |= {protocol: fit} if fit else {}
    if not own:
        return None
    lent = {
        PROTOCOLS[p]: own[min(own, key=lambda other, p=p: (abs(other - p), -other))]  # type: ignore[misc]
        for p in range(len(PROTOCOLS))
    }
    return Interacting(share=share, fits=lent)


def known_share(data: PairSplits) -> float:
    """Share of all pairs of entities that stand in known pairs which any split holds."""
    heads, tails = (np.unique(data.known_pairs[:, side]) for side in (0, 2))
    both = len(np.intersect1d(heads, tails))
    possible = len(heads) * len(tails) - both - both * (both - 1) // 2
    rows = _all_pairs(data)
    there = np.isin(rows, np.union1d(heads, tails)).all(axis=1)
    return len(np.unique(pair_codes(rows[there], data.known.num_entities))) / max(possible, 1)


def drawn_pairs(data: PairSplits, split: str, protocol: int, *, seed: int) -> tuple[Ints, Mask]:
    """Pairs of a split and as many drawn ones of the same protocol, which stand in no split.

    Drawn are heads and tails among those that stand so in a known pair or in one of the split.

    Args:
        data: The pairs.
        split: "valid" or "test".
        protocol: Place in `PROTOCOLS`.
        seed: Decides what is drawn.

    Returns:
        (N, 2) heads and tails, and (N,) which are of the split.
    """
    draw, count = np.random.default_rng(seed), data.known.num_entities
    facts = (data.valid if split == "valid" else data.test).triples
    rows = facts[data.protocol(facts) == protocol][:, [0, 2]]
    _, first = np.unique(pair_codes(rows, count), return_index=True)
    rows = rows[draw.permutation(first)[:MOST]]
    met = np.zeros(count, dtype=bool)
    met[data.known_pairs[:, [0, 2]].ravel()] = True
    pools = [np.unique(np.concatenate([data.known_pairs[:, side], facts[:, side]])) for side in (0, 2)]
    known, new = ([pool[met[pool] == is_known] for pool in pools] for is_known in (True, False))
    sides = {0: [(known[0], known[1])], 1: [(new[0], known[1]), (known[0], new[1])], 2: [(new[0], new[1])]}
    tried = [
        np.stack([draw.choice(heads, 4 * len(rows)), draw.choice(tails, 4 * len(rows))], axis=1)
        for heads, tails in sides[protocol]
        if len(heads) and len(tails)
    ]
    others = np.concatenate(tried) if tried else np.zeros((0, 2), dtype=np.int64)
    code = pair_codes(others, count)
    fresh = (others[:, 0] != others[:, 1]) & ~np.isin(code, pair_codes(_all_pairs(data), count))
    _, first = np.unique(code[fresh], return_index=True)
    others = others[fresh][draw.permutation(first)[: len(rows)]]
    return np.concatenate([rows, others]), np.arange(len(rows) + len(others)) < len(rows)


def features_of(model: LinkScorer, ends: Ints) -> Floats:
    """(N, F) of (N, 2) pairs, batch by batch."""
    found = [model.link_features(ends[some, 0], ends[some, 1]) for some in batches(len(ends))]
    return np.concatenate(found)


def chances(
    model: LinkScorer, fitted: Interacting, ends: Ints, protocol: Ints, without: Sequence[int] = ()
) -> Floats:
    """(B,) how likely pairs interact.

    Args:
        model: Bound to the graph that answers.
        fitted: On validation.
        ends: (B, 2) heads and tails.
        protocol: (B,) their places in `PROTOCOLS`.
        without: Rows of the answering graph's triples that are not there.
    """
    found = np.zeros(len(ends))
    for place in np.unique(protocol).tolist():
        some = np.flatnonzero(protocol == place)
        features = model.link_features(ends[some, 0], ends[some, 1], without)
        found[some] = _chance(fitted.fits[PROTOCOLS[place]], features)
    return found


def weights_at(share: float, true: Mask) -> Floats:
    """(N,) what known and drawn pairs weigh, so that the known ones are a share of all; they add up to 1."""
    weights: Floats = np.where(
        true, share / max(int(true.sum()), 1), (1 - share) / max(int((~true).sum()), 1)
    )
    return weights


def rank_share(values: Floats, true: Mask) -> float:
    """Area under the ROC curve: how often a known pair has more than a drawn one, ties half."""
    from scipy.stats import rankdata

    positives = int(true.sum())
    above = float(rankdata(values)[true].sum()) - positives * (positives + 1) / 2
    return above / (positives * (len(true) - positives))


def held(chance: Floats, true: Mask, share: float) -> tuple[tuple[float, float, int], ...]:
    """By tenths of the chance: its mean, the weighed share that is known, and pairs."""
    weight, tenth = weights_at(share, true), np.minimum((chance * _TENTHS).astype(np.int64), _TENTHS - 1)
    found = []
    for t in np.unique(tenth).tolist():
        some = tenth == t
        total = float(weight[some].sum())
        found.append(
            (
                float((weight * chance)[some].sum()) / total,
                float((weight * true)[some].sum()) / total,
                int(some.sum()),
            )
        )
    return tuple(found)


def _fitted(features: Floats, true: Mask, share: float, protocol: str) -> InteractingFit | None:
    """More of a feature never speaks against a pair: one whose slope would be negative is left out."""
    kept = list(range(features.shape[1]))
    weight = weights_at(share, true) * len(true)
    while True:
        design = np.concatenate([np.ones((len(true), 1)), features[:, kept]], axis=1)
        found = logistic(design, true, np.concatenate([[0.0], np.full(len(kept), _LIGHT)]), weight)
        if found is None:
            return None
        if not len(kept) or found[1:].min() >= 0:
            break
        del kept[int(found[1:].argmin())]
    slopes = np.zeros(features.shape[1])
    slopes[kept] = found[1:]
    fit = InteractingFit(
        protocol=protocol, intercept=float(found[0]), slopes=tuple(slopes.tolist()), pairs=int(true.sum())
    )
    chance = _chance(fit, features)
    return fit.model_copy(update={"auc": rank_share(chance, true), "curve": held(chance, true, share)})


def _chance(fit: InteractingFit, features: Floats) -> Floats:
    logits = fit.intercept + features @ np.array(fit.slopes)
    chance: Floats = 1 / (1 + np.exp(-np.clip(logits, -500, 500)))
    return chance


def _all_pairs(data: PairSplits) -> Ints:
    parts = (data.known_pairs, data.valid.triples, data.test.triples)
    return np.concatenate([rows[:, [0, 2]] for rows in parts])
