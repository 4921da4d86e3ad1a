"""Components of ours that draw with Cytoscape.js: the library, what they share, and the part of each."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

_HERE = Path(__file__).parent


@cache
def drawn(name: str) -> Any:
    """The component of `<name>.js` and `<name>.css`; registered once, as one module with the library."""
    library = (_HERE / "vendor" / "cytoscape.esm.min.mjs").read_text("utf-8")
    library = re.sub(r"export\s*\{\s*(\w+) as default\s*\};?", r"const cytoscape=\1;", library)
    scripts = [library, *((_HERE / f"{part}.js").read_text("utf-8") for part in ("drawing", name))]
    styles = [(_HERE / f"{part}.css").read_text("utf-8") for part in ("drawing", name)]
    return component(
        f"kgp_{name}", html=f'<div class="{name}"></div>', css="\n".join(styles), js="\n".join(scripts)
    )


def signed(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is drawn, with a signature: another one, and the component begins anew."""
    return {**values, "signature": hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]}
