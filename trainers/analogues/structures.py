"""Molecules as sparse rows of bits: Morgan fingerprints, made by RDKit where it is installed."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from functools import lru_cache

from scipy.sparse import csr_matrix

logger = logging.getLogger(__name__)

RADIUS, BITS = 2, 2048


def can_read_structures() -> bool:
    """Whether RDKit is installed."""
    return importlib.util.find_spec("rdkit") is not None


def is_structure(smiles: str) -> bool:
    """Whether a text is the SMILES of a molecule, as RDKit reads it, which must be installed."""
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles)
    return molecule is not None and molecule.GetNumAtoms() > 0


def fingerprints(smiles: Sequence[str]) -> csr_matrix:
    """(N, BITS) Morgan fingerprints of radius 2 (Rogers and Hahn, 2010), 1.0 where a bit is set.

    Args:
        smiles: N molecules; an empty text, and one that is no SMILES, gives a row without bits.
    """
    rows = [_bits(text) if text else () for text in smiles]
    ptr = [0]
    for row in rows:
        ptr.append(ptr[-1] + len(row))
    columns = [bit for row in rows for bit in row]
    return csr_matrix(([1.0] * len(columns), columns, ptr), shape=(len(rows), BITS))


@lru_cache(maxsize=20_000)
def _bits(smiles: str) -> tuple[int, ...]:
    from rdkit import Chem, rdBase
    from rdkit.Chem import rdFingerprintGenerator

    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        logger.warning("%r is no SMILES that RDKit reads; it goes without a structure", smiles)
        return ()
    maker = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)
    return tuple(maker.GetFingerprint(molecule).GetOnBits())
