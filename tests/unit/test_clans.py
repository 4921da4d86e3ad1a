"""The second genealogy: its relations, what is hidden of them, and which chains prove."""

from __future__ import annotations

import pytest

from measuring.clans import divided, draw_clan
from measuring.kin import Complete, Proofs


@pytest.fixture(scope="module")
def clan() -> Complete:
    return draw_clan(200, 3)


def test_there_are_25_relations_that_follow_from_parents_and_spouses(clan: Complete) -> None:
    relations = {relation for _, relation, _ in clan.facts}
    assert len(relations) == 25
    assert clan.base == {"father", "mother", "husband", "wife"}
    assert clan == draw_clan(200, 3)
    parents: dict[str, set[str]] = {}
    for head, relation, tail in clan.facts:
        assert head != tail
        if relation in ("father", "mother"):
            parents.setdefault(tail, set()).add(head)
    for head, relation, tail in clan.facts:
        if relation in ("brother", "sister"):
            assert parents[head] == parents[tail]
        if relation == "great_aunt":
            above = {g for p in parents[tail] for g in parents.get(p, set())}
            assert any(parents.get(head) == parents.get(g, {"nobody"}) for g in above)
        if relation in ("aunt", "niece", "great_aunt", "mother"):
            assert clan.sex[head] == "F"


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_parents_and_spouses_are_never_hidden(clan: Complete, noise: float) -> None:
    parts = divided(clan, 3, hidden=0.25, noise=noise)
    assert not {f[1] for f in parts.hidden | parts.valid} & clan.base
    assert not parts.hidden & parts.valid
    assert parts.known - parts.wrong == clan.facts - parts.hidden - parts.valid
    assert not parts.wrong & clan.facts
    assert len(parts.wrong) == pytest.approx(noise * len(parts.known - parts.wrong), abs=1)
    derived = sum(f[1] not in clan.base for f in clan.facts)
    assert len(parts.hidden) == int(0.25 * derived)


def test_a_mother_who_is_somebodys_grandmother_says_niece_or_daughter(clan: Complete) -> None:
    alone = Proofs([clan], alone=True)
    assert alone.sound("niece", (("daughter", True), ("brother", True)))
    assert not alone.sound("niece", (("grandmother", False), ("mother", True)))
    assert not alone.sound("niece", (("granddaughter", True), ("mother", True)))
