"""Relations in words."""

from __future__ import annotations

import pytest

from graph_schema.domains import load_domain
from graph_schema.wording import Phrasebook, Spoken, display_of, in_words, question, sentence


@pytest.mark.parametrize(
    ("relation", "words"),
    [
        ("HAS_PART", "has part"),
        ("AtLocation", "at location"),
        ("_member_meronym", "member meronym"),
        ("father-in-law", "father in law"),
        ("isa", "isa"),
        ("___", "___"),
        ("位于", "位于"),
    ],
)
def test_names_without_words_of_their_own_lose_case_and_joints(relation: str, words: str) -> None:
    assert in_words(relation) == words


def test_the_schema_says_a_relation_in_words() -> None:
    drug = load_domain("drug")
    assert display_of(drug, "SUBSTRATE_OF") == "is cleared or carried by"
    assert display_of(drug, "INTERACTS_WITH:47", "INTERACTS_WITH") == "interacts with (47)"
    assert display_of(drug, "binds") == "binds"
    assert display_of(load_domain("triples"), "Orbits_Around") == "orbits around"


@pytest.mark.parametrize("domain", ["drug", "family", "concept"])
def test_every_relation_can_be_asked_why(domain: str) -> None:
    schema = load_domain(domain)
    for kind in schema.relation_types:
        asked = question("Ann", "Bob", kind.question, kind.template, display_of(schema, kind.name))
        assert asked.startswith("Why")
        assert asked.endswith("?")
        assert "Ann" in asked
        assert "Bob" in asked
        assert "{" not in asked


def test_questions() -> None:
    kind = load_domain("drug").relation_type("INTERACTS_WITH")
    assert kind is not None
    asked = question("Ketoconazole", "Rifampicin", kind.question, kind.template, "interacts with")
    assert asked == "Why does Ketoconazole interact with Rifampicin?"
    assert question("Ann", "Bob", None, "{head} is the aunt of {tail}.", "") == "Why is Ann the aunt of Bob?"
    assert question("moon", "earth", None, None, "orbits") == "Why: moon orbits earth?"
    assert sentence("moon", "earth", None, "orbits") == "moon orbits earth"


def test_a_phrasebook_says_what_a_schema_says() -> None:
    book = Phrasebook.of(
        load_domain("drug"), {"INTERACTS_WITH": "INTERACTS_WITH", "INTERACTS_WITH:47": "INTERACTS_WITH"}
    )
    assert (
        book["INTERACTS_WITH"].between(True) == book["INTERACTS_WITH"].between(False) == "— interacts with —"
    )
    assert book["INTERACTS_WITH:47"].between(False) == "← interacts with (47) —"
    assert book["BINDS"].between(True) == "— binds →"
    assert [book["BINDS"].at(d) for d in ("out", "in", "both")] == ["binds →", "← binds", "binds"]
    assert book.chain(["a", "b", "c"], [("BINDS", True), ("BINDS", False)]) == "a — binds → b ← binds — c"


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ((None, None, None), None),
        ((0, 0, None), "no other pair is joined like this"),
        ((42, 84, None), "of 84 other pairs joined like this, it is known of 42 that"),
        ((0, 1200, None), "of 1,200 other pairs joined like this, it is known of none that"),
        ((3, 3, None), "of 3 other pairs joined like this, it is known of all that"),
        ((1, 1, 500), "of 1 other pair joined like this, it is known of it that"),
    ],
)
def test_how_often_a_rule_holds(counts: tuple[int | None, int | None, int | None], text: str | None) -> None:
    said = Spoken("is the niece of", "{head} is the niece of {tail}.")
    found = said.rule(*counts)
    assert (found or "").endswith(" (counted from a sample of 500 heads)") == (counts[2] is not None)
    if text is None or counts[1] == 0:
        assert found == text
    else:
        assert (found or "").startswith(f"{text} the first is the niece of the second")


def test_a_sentence_inside_a_sentence_begins_small() -> None:
    said = Spoken("interacts with", "The products of {head} and {tail} interact.")
    assert (said.rule(1, 2, None) or "").endswith("that the products of the first and the second interact")
