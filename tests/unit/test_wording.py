"""Relations in words."""

from __future__ import annotations

import pytest

from graph_schema.domains import load_domain
from graph_schema.wording import display_of, in_words, question, sentence


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
