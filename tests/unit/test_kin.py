"""The truth that evidence is held against: which chains prove what."""

from __future__ import annotations

import itertools

import pytest

from graph_schema.domains.family.generator import generate
from measuring.kin import BASE, SYMMETRIC, Complete, HiddenKin, Pattern, Proofs, walked


@pytest.fixture(scope="module")
def kin() -> HiddenKin:
    return HiddenKin.draw(300, 0)


@pytest.fixture(scope="module")
def both(kin: HiddenKin) -> tuple[Proofs, Proofs]:
    others = (generate(300, 101),)
    true = [Complete.of(genealogy) for genealogy in (kin.genealogy, *others)]
    return Proofs(true), Proofs(true, alone=True)


FATHERS_BROTHER: Pattern = (("BROTHER", True), ("FATHER", True))
GRANDFATHERS_SON: Pattern = (("SON", True), ("GRANDFATHER", True))
COUSINS_COUSIN: Pattern = (("COUSIN", True), ("COUSIN", True))


@pytest.mark.parametrize(
    ("relation", "pattern", "leaning", "alone"),
    [
        ("UNCLE", FATHERS_BROTHER, True, True),
        ("UNCLE", (("NEPHEW", False),), True, True),
        ("UNCLE", (("UNCLE", True), ("SISTER", True)), True, True),
        ("UNCLE", GRANDFATHERS_SON, True, False),
        ("COUSIN", COUSINS_COUSIN, False, False),
        ("UNCLE", (("BROTHER_IN_LAW", True), ("MOTHER", True)), False, False),
        ("SON", (("FATHER", False),), True, True),
        ("AUNT", FATHERS_BROTHER, False, False),
    ],
)
def test_a_pattern_proves_what_leaves_no_other_possibility(
    both: tuple[Proofs, Proofs], relation: str, pattern: Pattern, leaning: bool, alone: bool
) -> None:
    assert [proofs.sound(relation, pattern) for proofs in both] == [leaning, alone]


def test_facts_are_divided_and_the_drawn_ones_stay_known(kin: HiddenKin) -> None:
    facts = {f for f in kin.kinship.facts() if f[1] != SYMMETRIC or f[0] < f[2]}
    assert kin.known | kin.valid | kin.hidden == facts
    assert len(kin.known) + len(kin.valid) + len(kin.hidden) == len(facts)
    assert {f for f in facts if f[1] in BASE} <= kin.known
    derived = [f for f in facts if f[1] not in BASE]
    assert len(kin.hidden) == len(derived) // 5


def test_every_rule_as_written_is_a_proof(kin: HiddenKin, both: tuple[Proofs, Proofs]) -> None:
    checked = 0
    for fact in sorted(kin.hidden):
        for people, ways in kin.derivations(fact).items():
            assert (people[0], people[-1]) == (fact[0], fact[2])
            for used in ways:
                if used <= kin.known:
                    assert all(proofs.lenient(kin, fact, people) for proofs in both)
                    checked += 1
    assert checked > 200


def test_the_very_facts_are_stricter_than_the_people(kin: HiddenKin, both: tuple[Proofs, Proofs]) -> None:
    for fact in sorted(kin.hidden)[:40]:
        for people in kin.chains(fact, 2):
            read = [kin.links[ends][0][1] for ends in itertools.pairwise(people)]
            assert walked(fact[0], read) == people
            assert both[0].lenient(kin, fact, people) or not both[0].strict(kin, fact, read)


def test_a_wrong_fact_proves_nothing() -> None:
    noisy = HiddenKin.draw(300, 0, noise=0.05)
    proofs = Proofs([Complete.of(noisy.genealogy)])
    assert len(noisy.wrong) == pytest.approx(0.05 * (len(noisy.known) - len(noisy.wrong)), abs=1)
    assert not noisy.wrong & noisy.kinship.derivations.keys()
    wrong = next(f for f in sorted(noisy.wrong) if f[1] == "FATHER")
    stated = (wrong[2], "SON", wrong[0])
    assert proofs.sound("SON", (("FATHER", False),))
    assert not proofs.strict(noisy, stated, [wrong])
    assert not proofs.lenient(noisy, stated, (wrong[2], wrong[0]))
