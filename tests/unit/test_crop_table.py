"""The record of croppable models while it is not whole: what is missing, and what diverged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from measuring.crop_table import DIVERGED, Done, Extent, values_of
from measuring.page import render

EXTENT = Extent(sizes=(4, 8), seeds=(0, 1))


def _figures(place: str, *figures: float | str) -> dict[str, float | str]:
    return {f"{place}/{seed}": figure for seed, figure in enumerate(figures)}


def _done(**more: Any) -> Done:
    each = _figures("umls/rotate/alone/4", 0.3, 0.5) | _figures("umls/rotate/alone/8", 0.6, 0.6)
    return Done(each=each | {key.replace("_", "/"): value for key, value in more.items()})


def _row(values: dict[str, Any], row: str) -> dict[str, Any]:
    (found,) = (
        line
        for line in values["test MRR"]
        if (line["graph"], line["base"], line["row"]) == ("umls", "rotate", row)
    )
    return dict(found)


def test_cells_that_are_not_there_are_empty_and_missing() -> None:
    values = values_of(_done(umls_rotate_mutual_4_0=0.4), EXTENT)
    assert _row(values, "alone")["at 4"] == pytest.approx(0.4)
    assert _row(values, "alone")["± 8"] == 0
    assert _row(values, "mutual")["at 4"] is None  # one seed of two
    assert "umls/rotate/mutual/4" in values["missing"]
    assert not {"umls/rotate/alone/4", "umls/rotate/alone/8"} & set(values["missing"])
    assert values["missing"][-1] == "wn18rr"
    assert len(values["missing"]) == 2 * 2 * 8 * 2 - 2 + 1
    assert values["below"] == []


def test_med_that_diverged_is_below_whatever_stands_beside() -> None:
    given = _done(
        umls_rotate_mutual_4_0=0.4, umls_rotate_mutual_4_1=DIVERGED,
        umls_rotate_mutual_8_0=0.5, umls_rotate_mutual_8_1=0.52,
        umls_transe_mutual_4_0=DIVERGED, umls_transe_mutual_4_1=DIVERGED,
        umls_transe_mutual_8_0=DIVERGED,
    )  # fmt: skip
    values = values_of(given, EXTENT)
    assert _row(values, "mutual")["at 4"] == DIVERGED
    told = [(line["base"], line["size"], line["med"], line["alone"]) for line in values["below"]]
    assert told == [
        ("rotate", 4, DIVERGED, pytest.approx(0.4)),
        ("rotate", 8, pytest.approx(0.51), pytest.approx(0.6)),
        ("transe", 4, DIVERGED, None),
    ]
    assert "umls/rotate/mutual/4" not in values["missing"]
    assert "umls/transe/mutual/8" in values["missing"]


def test_a_later_run_goes_on_from_the_record() -> None:
    given = _done(umls_transe_mutual_4_0=DIVERGED)
    given.chosen["umls/rotate/alone/4"] = {"learning_rate": 0.1, "margin": 3.0}
    given.chosen["umls/transe/mutual"] = DIVERGED
    given.whole["whole WN18RR"] = [{"base": "rotate", "size": 10, "test MRR": 0.3, "published": 0.324}]
    written = json.loads(json.dumps(values_of(given, EXTENT)))
    again = Done.of(written)
    assert again == given
    assert "wn18rr" not in written["missing"]
    again.take(Done(each={"umls/rotate/alone/4/0": 0.7}))
    assert values_of(again, EXTENT)["each"]["umls/rotate/alone/4/0"] == 0.7
    assert Done.of({}) == Done()


def test_the_page_shows_a_record_that_is_not_whole() -> None:
    values = values_of(_done(umls_rotate_mutual_4_0=DIVERGED, umls_rotate_mutual_4_1=DIVERGED), EXTENT)
    entry = {"name": "croppable", "command": "c", "date": "d", "cores": 2, "machine": "m", "seeds": [0],
             "versions": {}, "values": values}  # fmt: skip
    page = render([entry])
    assert "| umls | rotate | alone | 0.4 | 0.1414 | 0.6 | 0 |" in page
    assert "| umls | rotate | mutual | diverged | – | – | – |" in page
    assert f"* missing: {len(values['missing'])}, in the record" in page
    assert "| umls | rotate | 4 | diverged | 0.4 | – |" in page
    assert "* each: umls/rotate/alone/4/0 0.3" in page
    few = render([entry | {"values": {"missing": ["umls/rotate/alone/4", "wn18rr"], "faults": []}}])
    assert "* missing: umls/rotate/alone/4, wn18rr" in few
    assert "* faults: []" in few
