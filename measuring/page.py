"""`docs/results.md`, made from the records in `results/`: `python -m measuring.page`."""

from __future__ import annotations

import json
from typing import Any

from measuring.recording import RESULTS

PAGE = RESULTS.parent / "docs" / "results.md"
MANY = 40
"""Entries of a list of values that are counted on the page, and not written out."""


def render(records: list[dict[str, Any]]) -> str:
    """The page for some records, in order of their names."""
    parts = [
        "# Results",
        "",
        "Made from `results/` by `python -m measuring.page`; every figure names its command.",
    ]
    for entry in sorted(records, key=lambda r: r["name"]):
        versions = ", ".join(f"{k} {v}" for k, v in entry["versions"].items())
        parts += [
            "",
            f"## {entry['name']}",
            "",
            f"`{entry['command']}`, {entry['date']}, {entry['cores']} cores ({entry['machine']})"
            + (f", seeds {', '.join(map(str, entry['seeds']))}" if entry["seeds"] else ""),
            "",
            *_values(entry["values"]),
            "",
            f"<sub>{versions}</sub>",
        ]
    return "\n".join(parts) + "\n"


def _values(values: dict[str, Any]) -> list[str]:
    """Rows of dictionaries as a table, pictures as such, everything else as a list."""
    lines: list[str] = []
    for name, value in values.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            header = list(dict.fromkeys(name for row in value for name in row))
            lines += ["", f"{name}:", "", "| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
            lines += ["| " + " | ".join(_cell(row.get(k)) for k in header) + " |" for row in value] + [""]
        elif isinstance(value, str) and value.startswith("images/"):
            lines += ["", f"![{name}]({value})", ""]
        else:
            lines.append(f"* {name}: {_cell(value)}")
    return lines


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (dict, list)) and len(value) > MANY:
        return f"{len(value)}, in the record"
    if isinstance(value, list) and value and isinstance(value[0], str):
        return ", ".join(value)
    if isinstance(value, dict):
        return ", ".join(f"{k} {_cell(v)}" for k, v in value.items())
    return str(value)


def main() -> None:
    """Write the page."""
    records = [json.loads(f.read_text("utf-8")) for f in sorted(RESULTS.glob("*.json"))]
    PAGE.write_text(render(records), "utf-8")


if __name__ == "__main__":
    main()
