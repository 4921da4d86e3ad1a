"""Pairs of drugs as the page lays them out: the matrix, who is whose analogue, structures."""

from __future__ import annotations

from graph_schema.records import Prediction
from graph_schema.wording import Phrasebook
from kgplatform.serving.pair_reports import Drug, KnownFact, LikelyType, PairReport
from ui.components.analogues import replaced
from ui.components.matrix import laid_out, rows_of
from ui.components.structures import can_draw, structure_svg


def _report(one: str, other: str, **said: object) -> PairReport:
    base = PairReport(
        one=Drug(id=one, name=one), other=Drug(id=other, name=other), run="r", model="m", protocol="both new"
    )
    return base.model_copy(update=said)


def _type(relation: str) -> LikelyType:
    prediction = Prediction(
        run="r", head="a", relation=relation, tail="b", score=0.0, probability=0.5,
        rank_low=None, rank=None, rank_high=None,
    )  # fmt: skip
    return LikelyType(sentence="a does x to b", prediction=prediction)


def test_known_predicted_and_unsaid_pairs_look_different() -> None:
    fact = KnownFact(head="a", relation="X", tail="b", sentence="a does x to b")
    reports = [
        _report("a", "b", known=(fact,)),
        _report("a", "c", interacts=0.9, types=(_type("Y"),)),
        _report("a", "d", interacts=0.1, types=(_type("X"),)),
        _report("b", "c", cannot_say="there is nothing"),
    ]
    data = laid_out(reports, Phrasebook([]))
    known, likely, hardly, unsaid = data["pairs"]
    assert [known["state"], likely["state"], unsaid["state"]] == ["known", "predicted", "unsaid"]
    assert likely["size"] > hardly["size"]
    assert known["colour"] == hardly["colour"] != likely["colour"]
    assert any("does not mean that it is safe" in line["words"] for line in data["legend"])
    assert [row["state"] for row in rows_of(reports)] == ["known", "predicted", "predicted", "cannot say"]


def test_types_beyond_the_palette_share_a_colour_and_a_word() -> None:
    reports = [_report("a", f"b{i}", interacts=0.5, types=(_type(f"T{i}"),)) for i in range(9)]
    data = laid_out(reports, Phrasebook([]))
    assert len({pair["colour"] for pair in data["pairs"]}) == 8
    assert "another type" in [line["words"] for line in data["legend"]]


def test_who_takes_whose_place() -> None:
    assert replaced(("a", "X", "b"), ("a", "X", "c")) == [("c", "b")]
    assert replaced(("a", "X", "b"), ("c", "X", "a")) == [("c", "b")]
    assert replaced(("a", "X", "b"), ("c", "X", "d")) == [("c", "a"), ("d", "b")]
    assert replaced(("a", "X", "b"), ("b", "X", "a")) == []


def test_a_structure_is_drawn_and_what_is_none_is_not() -> None:
    drawn = structure_svg("CCO")
    assert (drawn is not None) == can_draw()
    assert structure_svg("no molecule") is None
