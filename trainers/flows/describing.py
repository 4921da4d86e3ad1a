"""Entities as short vectors of what they are made of and what is known of them, in any graph the same way."""

from __future__ import annotations

import zlib

import numpy as np
from scipy.sparse import csr_matrix, diags, hstack

from graph_schema.arrays import Array, Floats, Floats32, Ints
from graph_schema.triples import TripleSet
from trainers.analogues.likeness import Likeness

BUCKETS = 2048
"""Of the traits, which are hashed (Weinberger et al., ICML 2009): graphs need not hold the same ones."""


def features(known: TripleSet, likeness: Likeness) -> csr_matrix:
    """(P, bits + BUCKETS) of `likeness.entities`: its structure and its traits, each part of length 1.

    Args:
        known: The facts that `likeness` was made of.
        likeness: Whose traits and weights they are; structures count only where they have a share.
    """
    bits = likeness.structures if likeness.share else likeness.structures * 0
    buckets = _buckets(known, likeness)
    columns = csr_matrix(
        (np.ones(len(buckets)), (np.arange(len(buckets)), buckets)), shape=(likeness.width, BUCKETS)
    )
    return csr_matrix(hstack([_unit(bits), _unit(likeness.traits @ columns)]))


def axes(rows: csr_matrix, width: int) -> Floats32:
    """(F, width) directions in which (N, F) rows differ most, scaled so that vectors have deviation ½."""
    from scipy.sparse.linalg import svds

    size: tuple[int, int] = rows.shape  # pyright: ignore[reportAssignmentType]  (scipy's stubs: maybe None)
    count = min(width, min(size) - 1)
    found = np.zeros((size[1], width), dtype=np.float32)
    if count > 0 and rows.nnz:
        directions: Floats = np.asarray(svds(rows, k=count, v0=np.ones(min(size)))[2])
        found[:, :count] = directions[::-1].T
        found *= 0.5 / max(float((rows @ found).std()), 1e-9)
    return found


def described(known: TripleSet, likeness: Likeness, directions: Floats32) -> Floats32:
    """(E, width) vectors of all entities, zeros for those that are compared with nobody."""
    out: Floats32 = np.zeros((known.num_entities, directions.shape[1]), dtype=np.float32)
    if len(likeness.entities):
        out[likeness.entities] = features(known, likeness) @ directions
    return out


def _buckets(known: TripleSet, likeness: Likeness) -> Ints:
    """(F,) bucket of each trait, by the names of its relation and other end, and its direction."""
    _, first = np.unique(likeness.facts[:, 1], return_index=True)
    facts = known.triples[likeness.rows[first]]
    owner = likeness.entities[likeness.facts[first, 0]]
    names, relations = known.vocabulary.entities, known.vocabulary.relations
    found = np.zeros(len(first), dtype=np.int64)
    for i, ((head, relation, tail), mine) in enumerate(zip(facts.tolist(), owner.tolist(), strict=True)):
        way, other = (">", tail) if head == mine else ("<", head)
        found[i] = zlib.crc32(f"{relations[relation]}\0{way}\0{names[other]}".encode()) % BUCKETS
    return found


def _unit(rows: csr_matrix | Array) -> csr_matrix:
    """Rows of length 1, but for empty ones."""
    sparse = csr_matrix(rows)
    length: Floats = np.sqrt(np.asarray(sparse.multiply(sparse).sum(axis=1)).ravel())
    return csr_matrix(diags(1 / np.maximum(length, 1e-9)) @ sparse)
