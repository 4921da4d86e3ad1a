"""KnowDDI's network: vectors from the whole graph, then knowledge learned on the subgraph of each pair."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from graph_schema.arrays import Ints
from trainers.subgraphs.blocks import two_by_two
from trainers.subgraphs.whole import Whole

ROUNDS = 2
"""Steps over the whole graph."""


class KnowledgeNetwork(nn.Module):
    """See `KnowDDI`, of whose settings the arguments are.

    Attributes:
        entity: (E, d) a vector of each entity.
        met: (E,) 1, or 0 for who has none: the zero vector.
        prior: (T,) how much oftener types are than they were drawn, as a logarithm; it is answered with.
        across: (2m, d) what a message is multiplied with, by relation; it starts at about 1.
        relation: (m + 2, d) vectors of relations, of likeness and of being one.
        toward: (L, 2m + 2) what the way a relation points adds to a signal.
        back: (2m + 2,) the inverse of each, of likeness and of being one themselves.
    """

    met: Tensor
    prior: Tensor
    back: Tensor
    first: Tensor
    second: Tensor
    pair: Tensor
    plain: Tensor
    upper: Tensor

    def __init__(
        self, entities: int, inverse: Ints, types: int, dim: int, hidden: int, layers: int, nodes: int
    ) -> None:
        super().__init__()
        relations = len(inverse) // 2
        self.entity = nn.Parameter(torch.randn(entities, dim) * 0.3)
        self.register_buffer("met", torch.ones(entities))
        self.register_buffer("prior", torch.zeros(types))
        self.across = nn.Parameter(1 + 0.1 * torch.randn(2 * relations, dim))
        self.relation = nn.Parameter(torch.randn(relations + 2, dim) * 0.3)
        self.toward = nn.Parameter(torch.zeros(layers, 2 * relations + 2))
        self.own = nn.ModuleList(nn.Linear(dim, dim) for _ in range(ROUNDS))
        self.near = nn.ModuleList(nn.Linear(dim, dim, bias=False) for _ in range(ROUNDS))
        self.signal = nn.ModuleList(Signal(dim, hidden) for _ in range(layers))
        self.ends = nn.Linear(2 * (1 + ROUNDS) * dim, types)
        self.types = nn.Linear((1 + ROUNDS + 3 * layers) * dim, types, bias=False)
        self._indices(inverse, nodes)

    def _indices(self, inverse: Ints, nodes: int) -> None:
        """What follows from sizes and from which relation is whose inverse."""
        count = len(inverse)
        first, second = (torch.from_numpy(places) for places in two_by_two(nodes))
        pair = torch.zeros(nodes, nodes, dtype=torch.int64)
        pair[first, second] = pair[second, first] = torch.arange(len(first))
        back = torch.cat([torch.from_numpy(inverse), torch.tensor([count, count + 1])])
        plain = torch.cat(
            [torch.arange(count) % max(count // 2, 1), torch.tensor([count // 2, count // 2 + 1])]
        )
        self.register_buffer("back", back)
        for name, value in (("first", first), ("second", second), ("pair", pair), ("plain", plain)):
            self.register_buffer(name, value, persistent=False)
        self.register_buffer("upper", torch.ones(nodes, nodes).triu().bool(), persistent=False)

    def stepped(self, number: int, h: Tensor, mean: Tensor) -> Tensor:
        """(E, d) vectors after a step over the whole graph (GraphSAGE, mean). Args: mean: Of neighbours."""
        out: Tensor = self.own[number](h) + self.near[number](mean)
        return torch.relu(out) if number + 1 < ROUNDS else out

    def over(self, whole: Whole, base: Tensor, gone: Ints, dropped: Dropout) -> Tensor:
        """(E, 3, d) the vectors of all entities and what they are after each step.

        Args:
            whole: The graph.
            base: (E, d) the vectors that its entities start from.
            gone: (K,) edges that are not there.
            dropped: Applied between the steps.
        """
        found = [base]
        for number in range(ROUNDS):
            mean = whole.means(found[-1], self.across, gone)
            h = self.stepped(number, found[-1], mean)
            found.append(dropped(h) if number + 1 < ROUNDS else h)
        return torch.stack(found, dim=1)

    def judged(
        self, start: Tensor, kind: Tensor, there: Tensor, mix: float, least: float, dropped: Dropout
    ) -> tuple[Tensor, Tensor]:
        """(B, T) scores and (L, B, N, N) signals from place i to place j of each layer.

        Args:
            start: (B, N, 3, d) of `over`.
            kind: (B, P) of `Block`.
            there: (B, N) whether a place is filled; the first two are head and tail.
            mix, least: λ and γ.
            dropped: Applied to what is read out.
        """
        layers, signals = [start.flatten(2)], []
        h, way, plain = start[:, :, -1], self._square(kind), self.plain[kind]
        way = torch.where(self.upper, way, self.back[way])
        fact = way < len(self.back) - 2
        for number, signal in enumerate(self.signal):
            alike: Tensor = _Alike.apply(h, self.first, self.second)  # type: ignore[no-untyped-call]
            s = self._square(signal(alike, self.relation, plain))
            s = s + self.toward[number].index_select(0, way.flatten()).view_as(s)
            s = torch.where(fact, (1 - mix) * s + mix, s)
            s = s.masked_fill(~there[:, :, None], -torch.inf).softmax(dim=1)
            s = torch.where(s > least, s, 0.0)
            h = torch.relu(s.transpose(1, 2) @ h)
            layers.append(h)
            signals.append(s.detach())
        every = torch.cat(layers, dim=2)
        mean = (every * there[:, :, None]).sum(dim=1) / there.sum(dim=1, keepdim=True)
        learned = every[:, :2, start[0, 0].numel() :].flatten(1)
        scores = self.types(dropped(torch.cat([mean, learned], dim=1)))
        return scores + self.by_ends(start[:, :2], dropped), torch.stack(signals)

    def by_ends(self, ends: Tensor, dropped: Dropout) -> Tensor:
        """(B, T) what the ends' own states say, a part of the score. Args: ends: (B, 2, 3, d) of `over`."""
        scores: Tensor = self.ends(dropped(ends.flatten(1)))
        return scores

    def _square(self, values: Tensor) -> Tensor:
        """(B, N, N) of (B, P)."""
        places = _flat(self.pair.flatten(), len(values), values.shape[1])
        return values.flatten().index_select(0, places).view(-1, *self.pair.shape)


class Signal(nn.Module):
    """How strongly two entities speak to each other: an MLP over how alike they are and how related.

    The same both ways. Hidden values are normalised two entities at a time.
    """

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.alike = nn.Linear(dim, hidden)
        self.related = nn.Linear(dim, hidden, bias=False)
        self.norms = nn.ModuleList(nn.LayerNorm(hidden) for _ in range(2))
        self.hidden, self.out = nn.Linear(hidden, hidden), nn.Linear(hidden, 1)

    def forward(self, alike: Tensor, relation: Tensor, plain: Tensor) -> Tensor:
        """(B, P). Args: alike: (B, P, d); relation: (R, d); plain: (B, P) which of the R."""
        z = self.alike(alike)
        z = z.add_(self.related(relation).index_select(0, plain.flatten()).view_as(z))
        z = leaky_relu(self.norms[0](z), inplace=True)
        z = leaky_relu(self.norms[1](self.hidden(z)), inplace=True)
        out: Tensor = self.out(z)[..., 0]
        return out


class _Alike(torch.autograd.Function):
    """(B, P, d) exp(-|h_i - h_j|) of (B, N, d) and the places of all two; one pass where torch makes five."""

    @staticmethod
    def forward(ctx: Any, h: Tensor, first: Tensor, second: Tensor) -> Tensor:
        places = [_flat(side, len(h), h.shape[1]) for side in (first, second)]
        one, other = (h.flatten(0, 1).index_select(0, place) for place in places)
        apart = one.sub_(other)
        alike = torch.abs(apart, out=other).neg_().exp_()
        ctx.save_for_backward(torch.copysign(alike, apart, out=apart), *places)
        ctx.shape = h.shape
        return alike.view(len(h), -1, h.shape[2])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        signed, first, second = ctx.saved_tensors
        falls = grads[0].flatten(0, 1) * signed
        out = falls.new_zeros(ctx.shape)
        out.flatten(0, 1).index_add_(0, second, falls).index_add_(0, first, falls.neg_())
        return out, None, None


def _flat(places: Tensor, rows: int, width: int) -> Tensor:
    """(rows · K,) places in a flat table of (K,) places in each of its rows; gathering those is fast."""
    return (torch.arange(rows, device=places.device)[:, None] * width + places).flatten()


class Dropout:
    """Dropout whose draws come from one generator; none at all without it."""

    def __init__(self, share: float, noise: torch.Generator | None) -> None:
        self.share, self.noise = share, noise

    def __call__(self, values: Tensor) -> Tensor:
        """The values, a share of them zero and the others larger."""
        if not self.share or self.noise is None:
            return values
        kept = torch.rand(values.shape, generator=self.noise, device=values.device) >= self.share
        return values * kept / (1 - self.share)


NOTHING = Dropout(0.0, None)
"""Drops nothing."""
