"""The one visual language: colours by node type, a type scale, spacing, and what of Streamlit is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999")
"""Okabe and Ito's, told apart by colour-blind people too; by place of the node type in its schema."""

_CSS = """
<style>
  .block-container { padding-top: 4.5rem; padding-bottom: 3rem; max-width: 1320px; }
  h1 { font-size: 1.75rem !important; line-height: 1.25 !important; padding-bottom: .25rem !important;
       overflow-wrap: anywhere; }
  h2 { font-size: 1.25rem !important; } h3 { font-size: 1.05rem !important; }
  [data-testid="stMetricValue"] { font-size: 1.5rem; }
  [data-testid="stMetricLabel"] { opacity: .85; }
  [data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p { color: inherit !important; }
  [data-testid="stCaptionContainer"] { opacity: .8; }
  [data-testid="stHeaderActionElements"] { display: none; }
  .kgp-chip { display: inline-block; padding: .05rem .55rem; margin: 0 .3rem .3rem 0; border-radius: 1rem;
       border: 2px solid var(--chip); font-size: .8rem; line-height: 1.4; overflow-wrap: anywhere; }
  @media (max-width: 640px) {
    [class*="st-key-figures"] [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
    [class*="st-key-figures"] [data-testid="stColumn"] { min-width: calc(50% - 1rem);
         flex: 1 1 calc(50% - 1rem); }
  }
  @media (max-width: 900px) {
    .block-container { padding-left: 1rem; padding-right: 1rem; }
    h1 { font-size: 1.4rem !important; }
  }
</style>
"""


def lay_out() -> None:
    """Give the page its style; once, before anything is drawn."""
    st.html(_CSS)


def colour_of(schema: Mapping[str, Any], node_type: str) -> str:
    """Colour of a node type, by its place in the graph's schema."""
    types = [t["name"] for t in schema["node_types"]]
    return PALETTE[types.index(node_type) % len(PALETTE)] if node_type in types else PALETTE[-1]


def chips(labels: Sequence[tuple[str, str]]) -> None:
    """A row of labels. Args: labels: (text, colour)."""
    spans = (
        f'<span class="kgp-chip" style="--chip:{colour}">{escape(text)}</span>' for text, colour in labels
    )
    st.html(f"<div>{''.join(spans)}</div>")
