"""Molecules drawn by RDKit, where it is installed."""

from __future__ import annotations

import importlib.util
from base64 import b64encode
from functools import lru_cache
from html import escape

import streamlit as st


def can_draw() -> bool:
    """Whether RDKit is installed."""
    return importlib.util.find_spec("rdkit") is not None


@lru_cache(maxsize=500)
def structure_svg(smiles: str, width: int = 260, height: int = 170) -> str | None:
    """A molecule as SVG; None where RDKit cannot read it, or is not installed."""
    if not can_draw():
        return None
    from rdkit import Chem, rdBase
    from rdkit.Chem.Draw import rdMolDraw2D

    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return None
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, molecule)
    drawer.FinishDrawing()
    return str(drawer.GetDrawingText())


def structure(name: str, smiles: str | None) -> None:
    """Draw one on white, as in both themes its bonds are dark; nothing where there is none."""
    svg = structure_svg(smiles) if smiles else None
    if svg is None:
        return
    source = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    st.html(
        f'<img src="{source}" alt="structure of {escape(name)}" '
        'style="background:white;border-radius:.5rem;max-width:100%">'
    )
