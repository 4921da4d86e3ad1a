"""Values on nodes, texts on the run, vectors too big for one transaction: promoted and rolled back whole."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from graph_schema.errors import UsageError
from graph_schema.records import Product, Text, Values, Vectors
from kgplatform import views
from kgplatform.graphs.importing import import_files
from kgplatform.graphs.pulling import pull
from kgplatform.runs import placing, promotion
from kgplatform.runs.properties import NUMBERS_AT_ONCE, entity_properties, texts_of
from kgplatform.runs.registry import run_statuses
from kgplatform.store.protocol import GraphStore, Row, Transaction
from tests.commands import SKY
from tests.products import GRAPH, IDS, PLAIN, STAGED, Place


@pytest.fixture
def place(store: GraphStore, tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "sky.tsv").write_text(SKY, "utf-8")
    import_files(store, [tmp_path / "sky.tsv"], graph=GRAPH, domain="triples")
    yield Place(store, tmp_path)
    store.drop_graph(GRAPH)


def _vectors(value: float, ids: tuple[str, ...] = IDS) -> Vectors:
    return Vectors(ids, np.full((len(ids), 3), value, dtype=np.float32))


def _all(value: float, run: str) -> list[tuple[str, float, str]]:
    return [(i, value, run) for i in IDS]


@pytest.mark.parametrize("at_once", [PLAIN, STAGED])
def test_values_stand_on_their_entities_until_they_are_rolled_back(place: Place, at_once: int) -> None:
    before = pull(place.store, GRAPH).fingerprint
    one, two = place.run("one"), place.run("two")
    place.promote(one, Values("reach", IDS, np.array([0.25, np.nan, -1e-300, 3.0])))
    first = {"Earth": (0.25, "one"), "Moon": (-1e-300, "one"), "Sun": (3.0, "one")}
    assert place.reach() == first
    place.promote(two, Values("reach", ("Mars", "gone", "Sun"), np.array([1.5, 2.0, 4.0])), at_once=at_once)
    if at_once == PLAIN:
        assert place.reach() == {"Mars": (1.5, "two"), "Sun": (4.0, "two")}, "Earth and Moon lost theirs"
    else:
        assert place.reach() == {}, "the plain property is empty where the values are staged"
    assert views.entity(place.store, GRAPH, "Mars")["properties"] == {"reach": 1.5}
    assert views.entity(place.store, GRAPH, "Moon")["properties"] == {}
    assert pull(place.store, GRAPH).fingerprint == before
    assert place.rollback().again == ("one",)
    assert place.reach() == first
    assert place.rollback().again == ()
    assert place.reach() == {}
    assert views.entity(place.store, GRAPH, "Sun")["properties"] == {}
    assert not list(place.registry.path("one").glob("values-*")), "no rollback can reach them any more"


@pytest.mark.parametrize(
    ("product", "message"),
    [
        (Values("name", IDS, np.zeros(4)), "property that the data .* another name"),
        (Values("reach", IDS, np.zeros(4)), "values of run 'other'.*Roll those back"),
        (Values("taken", IDS, np.zeros(4)), "property that the data"),
        (Values("steady", IDS, np.zeros(4)), "'steady' of entities twice"),
        (Values("a__b", IDS, np.zeros(4)), "single underscores"),
        (Values("Far", IDS, np.zeros(4)), "lower-case"),
        (Values("far", IDS, np.array([0, 1, 2, np.inf])), "finite numbers only, NaN where"),
        (Values("far", IDS, np.zeros((4, 1))), r"wanted \(4,\), one for each id"),
        (Values("far", ("Sun", "Sun"), np.zeros(2)), "stand twice"),
        (Vectors(IDS, np.full((4, 2), np.nan, dtype=np.float32)), "finite numbers only"),
    ],
)
def test_products_that_cannot_be_written_are_refused(place: Place, product: Product, message: str) -> None:
    place.promote(place.run("other", model="another"), Values("reach", IDS, np.ones(4)))
    place.store.write(lambda t: t.run("MATCH (n:Entity {key: 'products/Sun'}) SET n.taken = 1.0"))
    also = [_vectors(1.0)] if isinstance(product, Values) else []
    run = place.run("one")
    with pytest.raises(UsageError, match=message):
        place.promote(run, *also, product)
    assert place.reach() == dict.fromkeys(IDS, (1.0, "other"))
    assert place.standing() == []
    assert [f.name for f in place.registry.path("one").iterdir()] == ["run.json"]


def test_a_documented_property_is_refused_before_any_entity_has_it(place: Place) -> None:
    declared = "MATCH (g:Graph {name: 'products'}) SET g.node_properties = ['reach:float']"
    place.store.write(lambda transaction: transaction.run(declared))
    with pytest.raises(UsageError, match="'reach' is a property that the data"):
        place.promote(place.run("one"), Values("reach", IDS, np.ones(4)))


def test_a_run_is_promoted_with_its_texts(place: Place) -> None:
    one, two = place.run("one", texts={"formula": "m·a", "card": "two\nlines"}), place.run("two")
    standing = (
        "MATCH (p:Promotion {graph: $graph, product: 'texts'}) WHERE p.until IS NULL "
        "MATCH (r:Run {id: p.run}) RETURN r.id AS run, r.text_formula AS formula, r.text_card AS card"
    )
    place.promote(one)
    said = [{"run": "one", "formula": "m·a", "card": "two\nlines"}]
    assert place.rows(standing) == said
    again = place.run("three", texts={"formula": "m·v"})
    place.promote(again)
    assert place.rows(standing) == [{"run": "three", "formula": "m·v", "card": None}]
    assert place.rollback() == promotion.RolledBack("three", ("orbits",), ("one",))
    assert place.rows(standing) == said
    assert run_statuses(place.store, GRAPH) == {"one": "promoted", "three": "candidate"}
    place.rollback()
    assert place.rows(standing) == []
    place.promote(two)
    assert place.rows(standing) == []


def test_the_statements_of_the_decision_run(place: Place) -> None:
    page = Path(__file__).parents[2] / "docs" / "decisions" / "products-of-a-run.md"
    of_values, of_texts = re.findall(r"```cypher\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)
    record = place.run("one", model="gsr", texts={"formula": "E"})
    place.promote(record, Values("reach", ("Sun",), np.ones(1)))
    names = {"{graph: 'drug'": f"{{graph: '{GRAPH}'", "d:Drug": "d:Entity"}
    for before, after in names.items():
        of_values, of_texts = (said.replace(before, after) for said in (of_values, of_texts))
    assert place.store.query(of_values).rows == (("Sun", 1.0, "one"),)
    assert place.store.query(of_texts).rows == (("one", "E"),)


def test_a_run_that_has_texts_alone_is_promoted(place: Place) -> None:
    record = place.run("one", texts={"formula": "E"})
    (graph,) = [g for g in place.store.graphs() if g["name"] == GRAPH]
    promotion.promote(place.store, place.registry, record, [], version=graph["version"])
    assert run_statuses(place.store, GRAPH) == {"one": "promoted"}
    assert place.rollback() == promotion.RolledBack("one", (), ())
    assert run_statuses(place.store, GRAPH) == {"one": "candidate"}


def test_texts_have_names_of_their_own() -> None:
    assert texts_of([Text("formula", "x"), Text("card", "")]) == {"formula": "x", "card": ""}
    with pytest.raises(UsageError, match="two texts 'formula'"):
        texts_of([Text("formula", "x"), Text("formula", "y")])
    with pytest.raises(UsageError, match="lower-case"):
        texts_of([Text("the formula", "x")])


def test_what_one_transaction_holds_is_counted_in_numbers() -> None:
    def weigh(rows: int, width: int) -> int:
        ids = tuple(map(str, range(rows)))
        (found,) = entity_properties("m", [Vectors(ids, np.zeros((rows, width), dtype=np.float32))])
        return found.numbers

    assert weigh(200, 128) * 1000 == NUMBERS_AT_ONCE, "200,000 vectors of 128 numbers go at once"
    assert weigh(201, 128) * 1000 > NUMBERS_AT_ONCE
    assert weigh(100, 1) == weigh(100, 32), "a row is not free"


@pytest.mark.parametrize("forms", [(STAGED, STAGED), (PLAIN, STAGED), (STAGED, PLAIN), (PLAIN, PLAIN)])
def test_vectors_of_either_form_follow_each_other_and_are_rolled_back(
    place: Place, forms: tuple[int, int]
) -> None:
    one, two = place.run("one"), place.run("two")
    place.promote(one, _vectors(1.0), at_once=forms[0])
    assert place.pointed() == _all(1.0, "one")
    assert ("steady" in place.standing()) == (forms[0] == PLAIN)
    place.promote(two, _vectors(2.0, ("Mars", "Sun", "gone")), at_once=forms[1])
    assert place.pointed() == [("Mars", 2.0, "two"), ("Sun", 2.0, "two")]
    assert ("steady" in place.standing()) == (forms[1] == PLAIN), "the plain property is of what stands"
    assert place.rollback().again == ("one",)
    assert place.pointed() == _all(1.0, "one")
    assert ("steady" in place.standing()) == (forms[0] == PLAIN)
    assert place.rollback().again == ()
    assert place.pointed() == []
    assert "steady" not in place.standing()


def test_what_was_replaced_last_stays_for_its_readers_and_the_rest_is_cleared(place: Place) -> None:
    stood = []
    for number in range(1, 4):
        place.promote(place.run(f"run {number}"), _vectors(float(number)), at_once=STAGED)
        (now,) = place.rows(
            "MATCH (g:Graph {name: $graph}) RETURN g.vectors_steady AS at, g.carried AS carried"
        )
        stood.append(now["at"])
        assert place.standing() == sorted(stood[-2:])
        assert now["carried"] == stood[-2:]
    place.promote(place.run("small"), _vectors(4.0))
    assert place.standing() == sorted(["steady", stood[-1]])
    place.promote(place.run("elsewhere", model="another"), Values("reach", IDS, np.ones(4)))
    assert place.standing() == sorted(["steady", stood[-1]]), "another model's promotion disturbs no reader"


def test_a_killed_staging_is_seen_by_nobody_and_cleared_by_the_next_promotion(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.promote(place.run("one"), _vectors(1.0), at_once=STAGED)
    (before,) = place.standing()
    write = placing.write_rows

    def once(transaction: Transaction, name: str, rows: list[Row]) -> None:
        if len(place.standing()) > 1:
            raise KeyboardInterrupt
        write(transaction, name, rows)

    monkeypatch.setattr("kgplatform.runs.properties.BATCH", 2)
    monkeypatch.setattr(placing, "write_rows", once)
    with pytest.raises(KeyboardInterrupt):
        place.promote(place.run("two"), _vectors(2.0), at_once=STAGED)
    monkeypatch.undo()
    (left,) = set(place.standing()) - {before}
    half = place.rows(f"MATCH (n:Entity {{graph: $graph}}) WHERE n.`{left}` IS NOT NULL RETURN n.id AS id")
    assert len(half) == 2, "it was killed between two batches"
    assert place.pointed() == _all(1.0, "one")
    assert views.entity(place.store, GRAPH, "Earth")["properties"] == {"steady": [1.0, 1.0, 1.0]}
    place.promote(place.run("three"), _vectors(3.0), at_once=STAGED)
    assert place.pointed() == _all(3.0, "three")
    assert before in place.standing()
    assert left not in place.standing()


def test_what_a_killed_promotion_did_not_clear_is_read_by_nobody(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.promote(place.run("one"), Values("reach", IDS, np.ones(4)))
    two = place.run("two")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(promotion, "sweep", killed)
    with pytest.raises(KeyboardInterrupt):
        place.promote(two, Values("reach", IDS[:1], np.zeros(1)), at_once=STAGED)
    monkeypatch.undo()
    left = place.rows("MATCH (n:Entity {graph: $graph}) WHERE n.reach IS NOT NULL RETURN n.id AS id")
    assert len(left) == 4
    assert place.reach() == {}
    assert views.entity(place.store, GRAPH, "Earth")["properties"] == {"reach": 0.0}
    assert views.entity(place.store, GRAPH, "Sun")["properties"] == {}
    place.promote(place.run("three"), Values("reach", IDS[:2], np.full(2, 3.0)))
    assert place.reach() == {"Earth": (3.0, "three"), "Mars": (3.0, "three")}


def test_what_entities_have_already_weighs_where_the_server_holds_records_whole(place: Place) -> None:
    whole = place.store.server().product == "ArcadeDB"
    just_enough = 4 * 32
    place.promote(place.run("one"), _vectors(1.0), at_once=just_enough)
    assert place.standing() == ["steady"]
    place.promote(place.run("two"), _vectors(2.0), at_once=just_enough)
    assert ("steady" in place.standing()) == (not whole), "one's numbers go through the transaction too"
    place.promote(place.run("three"), _vectors(3.0), at_once=just_enough - 1)
    assert "steady" not in place.standing()
    for run in (2.0, 1.0):
        promotion.rollback(place.store, place.registry, GRAPH, at_once=just_enough)
        assert {vector for _, vector, _ in place.pointed()} == {run}
        assert ("steady" in place.standing()) == (not whole), "it stood under its name, and does not fit now"


def test_a_reader_that_follows_the_pointer_meets_one_whole_run(place: Place) -> None:
    runs = [place.run("one"), place.run("two")]
    whole = [_all(1.0, "one"), _all(2.0, "two")]
    place.promote(runs[0], _vectors(1.0), at_once=STAGED)
    seen: list[list[tuple[str, float, str]]] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            seen.append(place.pointed())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number, at_once in enumerate((STAGED, STAGED, PLAIN, STAGED, STAGED), start=1):
            place.promote(runs[number % 2], _vectors(1.0 + number % 2), at_once=at_once)
    finally:
        over.set()
        reader.join()
    assert all(one in whole for one in seen)
    assert seen
