"""RDF as people write it: what becomes a fact, a name, an alias, a property, a source, a note."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from graph_schema.domains import load_domain, own_files
from graph_schema.domains.triples import importer
from graph_schema.domains.triples.rdf import read_rdf
from graph_schema.errors import InputError
from graph_schema.reading import GraphBuilder, InputFile, InputFiles, RowReport
from graph_schema.tables import GraphData

X = "http://x.org/"
PREFIXES = """@prefix x: <http://x.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
"""
XML = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="http://x.org/"
  xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" xmlns:owl="http://www.w3.org/2002/07/owl#">
%s
</rdf:RDF>
"""
LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
FACT = "<http://x.org/a> <http://x.org/r> <http://x.org/b> .\n"

Facts = list[tuple[str, str, str]]
Nodes = dict[str, dict[str, Any]]


def read(
    folder: Path, texts: Mapping[str, str], *, language: str | None = None, scoped: bool = False
) -> GraphData:
    files = []
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
        files.append(InputFile(folder / name, scope=Path(name).stem if scoped else ""))
    builder = GraphBuilder(load_domain("triples"), RowReport())
    read_rdf(files, builder.rows, builder, language)
    return builder.build()


def facts_of(data: GraphData) -> Facts:
    return [(f["head"], f["relation"], f["tail"]) for f in data.facts.to_pylist()]


def nodes_of(data: GraphData) -> Nodes:
    return {node["id"]: node for node in data.nodes.to_pylist()}


def turtle(body: str) -> dict[str, str]:
    return {"a.ttl": PREFIXES + body}


# Blank nodes


BLANK = "<http://x.org/%s> <http://x.org/of> _:a .\n_:a <http://x.org/measures> <http://x.org/%s> .\n"
BLANK_XML = XML % '<rdf:Description rdf:about="http://x.org/3"><x:of rdf:nodeID="a"/></rdf:Description>'


def test_a_labelled_blank_node_belongs_to_its_file(tmp_path: Path) -> None:
    texts = {"one.nt": BLANK % ("1", "lake"), "two.ttl": BLANK % ("2", "river"), "three.rdf": BLANK_XML}
    assert facts_of(read(tmp_path, texts, scoped=True)) == [
        (f"{X}1", "of", "one:_:a"),
        (f"{X}2", "of", "two:_:a"),
        (f"{X}3", "of", "three:_:a"),
        ("one:_:a", "measures", f"{X}lake"),
        ("two:_:a", "measures", f"{X}river"),
    ]
    alone = read(tmp_path, {"one.nt": BLANK % ("1", "lake")})
    assert facts_of(alone) == [("_:a", "measures", f"{X}lake"), (f"{X}1", "of", "_:a")]


ARMS = 'x:trial x:arm [ x:gives x:aspirin ; x:dose "10" ] , [ x:gives x:placebo ] .\n'
ARMS_TURNED = 'x:trial x:arm [ x:gives x:placebo ] , [ x:dose "10" ; x:gives x:aspirin ] .\n'
ARMS_XML = (
    XML
    % """<rdf:Description rdf:about="http://x.org/trial">
<x:arm rdf:parseType="Resource"><x:gives rdf:resource="http://x.org/aspirin"/><x:dose>10</x:dose></x:arm>
<x:arm><rdf:Description><x:gives rdf:resource="http://x.org/placebo"/></rdf:Description></x:arm>
</rdf:Description>"""
)


def test_an_anonymous_node_has_the_same_id_each_time(tmp_path: Path) -> None:
    first = read(tmp_path, turtle(ARMS))
    assert len(facts_of(first)) == 4
    # Graphs that were written hold these ids: another hash would bring their nodes in a second time.
    assert (f"{X}trial", "arm", "_:anonymous-e898132b117522d5") in facts_of(first)
    for texts in (turtle(ARMS), turtle(ARMS_TURNED), {"b.trig": PREFIXES + ARMS}, {"b.rdf": ARMS_XML}):
        assert facts_of(read(tmp_path, texts)) == facts_of(first)
    more = facts_of(read(tmp_path, turtle("x:aspirin x:treats x:pain .\n" + ARMS)))
    assert set(facts_of(first)) < set(more)


def test_anonymous_nodes_of_two_nodes_stay_two_and_equal_ones_are_one(tmp_path: Path) -> None:
    data = read(tmp_path, turtle("x:a x:r [ x:q x:b ] , [ x:q x:b ] . x:c x:r [ x:q x:b ] ."))
    assert len(nodes_of(data)) == 5
    assert "anonymous nodes of a.ttl that say what another says, one with it: 1" in data.notes


def test_a_label_that_looks_like_an_anonymous_one_is_a_label(tmp_path: Path) -> None:
    label = "f4cfe8dcdc4493f68a824918dc0b2b2a"
    assert facts_of(read(tmp_path, turtle(f"x:a x:r _:{label}."))) == [(f"{X}a", "r", f"_:{label}")]


def test_collections_and_statements_about_statements_are_kept(tmp_path: Path) -> None:
    body = (
        "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
        "x:a x:parts ( x:b x:c x:b ) . x:s a rdf:Statement ; rdf:subject x:a ; rdf:object x:b .\n"
    )
    data = read(tmp_path, turtle(body))
    relations = sorted(relation for _, relation, _ in facts_of(data))
    assert relations == ["first", "first", "first", "object", "parts", "rest", "rest", "subject"]
    assert facts_of(read(tmp_path, turtle(body))) == facts_of(data)


def test_a_long_collection(tmp_path: Path) -> None:
    body = f"x:a x:parts ( {' '.join(f'x:i{i}' for i in range(3000))} ) ."
    assert len(facts_of(read(tmp_path, turtle(body)))) == 3000 + 2999 + 1


def test_quoted_statements_are_left_out_with_a_note(tmp_path: Path) -> None:
    data = read(tmp_path, turtle("x:a x:r x:b {| x:since x:long_ago |} ."))
    assert (f"{X}a", "r", f"{X}b") in facts_of(data)
    assert "statements about statements (RDF-star) of a.ttl, left out: 1" in data.notes


# Names of relations


def test_vocabularies_with_the_same_last_part_stay_apart(tmp_path: Path) -> None:
    one = "<http://x.org/a> <http://one.org/part> <http://x.org/b> .\n"
    two = "<http://x.org/a> <http://two.org/part> <http://x.org/b> .\n"
    wanted = [(f"{X}a", "one.org/part", f"{X}b"), (f"{X}a", "two.org/part", f"{X}b")]
    assert facts_of(read(tmp_path, {"one.nt": one, "two.nt": two})) == wanted
    assert facts_of(read(tmp_path, {"two.nt": two, "one.ttl": one})) == wanted
    assert facts_of(read(tmp_path, {"one.nt": one})) == [(f"{X}a", "part", f"{X}b")]


@pytest.mark.parametrize(
    ("iris", "names"),
    [
        (["http://x/v1#part", "http://x/v2#part", "http://x/v1#of"], ["v1#part", "v2#part", "of"]),
        (["http://x/v/part", "http://y/v/part"], ["http://x/v/part", "http://y/v/part"]),
        (["urn:x:part", "http://x/part/"], ["urn:x:part", "part"]),
        (["http://x/Concept", "http://x/predicted"], ["Concept", "x/predicted"]),
    ],
)
def test_short_names(iris: list[str], names: list[str], tmp_path: Path) -> None:
    for order in (iris, iris[::-1]):
        data = read(tmp_path, {"a.nt": "".join(f"<http://a> <{iri}> <http://b> .\n" for iri in order)})
        assert data.relations["name"].to_pylist() == sorted(names)


def test_a_label_takes_no_name_from_a_relation(tmp_path: Path) -> None:
    data = read(tmp_path, turtle('x:a x:label x:b ; rdfs:label "A" .'))
    assert facts_of(data) == [(f"{X}a", "label", f"{X}b")]


# Labels and texts


VIENNA = [
    f'<http://x.org/a> {LABEL} "Vienna"@en .\n',
    f'<http://x.org/a> {LABEL} "Wien"@de .\n',
    f'<http://x.org/a> {LABEL} "Bécs"@hu .\n',
    f'<http://x.org/b> {LABEL} "Österreich"@de .\n',
    f'<http://x.org/b> {LABEL} "Austria"@EN-gb .\n',
    FACT,
]


@pytest.mark.parametrize(
    ("language", "name", "aliases"),
    [
        (None, "Vienna", ["Bécs", "Wien"]),
        ("de", "Wien", ["Bécs", "Vienna"]),
        ("fr", "Vienna", ["Bécs", "Wien"]),
    ],
)
def test_one_label_is_the_name_in_any_order(
    language: str | None, name: str, aliases: list[str], tmp_path: Path
) -> None:
    for lines in (VIENNA, VIENNA[::-1], VIENNA[2:] + VIENNA[:2]):
        node = nodes_of(read(tmp_path, {"a.nt": "".join(lines)}, language=language))[f"{X}a"]
        assert (node["name"], node["aliases"]) == (name, aliases)
    assert nodes_of(read(tmp_path, {"a.nt": "".join(VIENNA)}))[f"{X}b"]["name"] == "Austria"


@pytest.mark.parametrize(
    ("labels", "name", "aliases"),
    [
        ('rdfs:label "b"@en ; skos:prefLabel "c"@de', "c", ["b"]),
        ('rdfs:label "b" , "a" ; skos:altLabel "d" , "0"', "a", ["0", "b", "d"]),
        ('rdfs:label "b"@hu , "z"', "z", ["b"]),
        ('rdfs:label "b"@hu , "a"@de', "a", ["b"]),
        ('<https://schema.org/name> "s" ; <http://purl.org/dc/terms/title> "t"', "s", ["t"]),
        ('<http://xmlns.com/foaf/0.1/name> "f" ; rdfs:label "  two\\n words "', "two words", ["f"]),
        ('skos:altLabel "d"', f"{X}a", ["d"]),
    ],
)
def test_which_label_is_the_name(labels: str, name: str, aliases: list[str], tmp_path: Path) -> None:
    node = nodes_of(read(tmp_path, turtle(f"x:a x:r x:b ; {labels} .")))[f"{X}a"]
    assert (node["name"], node["aliases"]) == (name, aliases)


def test_labels_in_a_file_of_their_own(tmp_path: Path) -> None:
    labels = f'<http://x.org/a> {LABEL} "Alpha" .\n<http://x.org/z> {LABEL} "Omega" .\n'
    for texts in ({"f.nt": FACT, "l.nt": labels}, {"l.ttl": labels, "f.nt": FACT}):
        data = read(tmp_path, texts)
        assert {i: n["name"] for i, n in nodes_of(data).items()} == {f"{X}a": "Alpha", f"{X}b": f"{X}b"}
        assert "resources in no fact, left out with what is said of them: 1" in data.notes


def test_an_rdf_file_called_labels_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "facts.nt").write_text(FACT)
    (tmp_path / "labels.nt").write_text(f'<http://x.org/a> {LABEL} "Alpha" .\n')
    data = importer.read(InputFiles.of([tmp_path], own=own_files()), RowReport())
    assert nodes_of(data)[f"{X}a"]["name"] == "Alpha"


def test_no_file_with_a_fact_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no statement between two resources in 2 files"):
        read(tmp_path, {"a.nt": f'<http://a> {LABEL} "A" .\n', "b.nt": f'<http://b> {LABEL} "B" .\n'})


def test_other_literals_are_properties(tmp_path: Path) -> None:
    body = 'x:a x:r x:b ; x:year 1999 , 1843 ; x:name "n" ; x:colour "red"@en , "rot"@de , "blue"@en-gb , 7 .'
    data = read(tmp_path, turtle(body))
    node = nodes_of(data)[f"{X}a"]
    assert (node["year"], node["name_"], node["colour"]) == ("1843 | 1999", "n", "7 | blue | red")
    assert any(note.startswith("texts left out for one in a language") for note in data.notes)
    german = nodes_of(read(tmp_path, turtle(body), language="de"))[f"{X}a"]
    assert german["colour"] == "7 | rot"


def test_comments_and_definitions_are_the_description(tmp_path: Path) -> None:
    long = "word " * 20_000 + "end"
    body = f'x:a x:r x:b ; rdfs:comment "{long}" . x:b skos:definition "two\\nlines" ; x:description "own" .'
    nodes = nodes_of(read(tmp_path, turtle(body)))
    assert nodes[f"{X}a"]["description"] == long
    assert (nodes[f"{X}b"]["description"], nodes[f"{X}b"]["x.org/description"]) == ("two\nlines", "own")


# Ontologies and named graphs


OWL = """<owl:Ontology rdf:about="http://x.org/onto"><owl:imports rdf:resource="http://y.org/"/></owl:Ontology>
<owl:Class rdf:about="http://x.org/Sparrow"><rdfs:label>sparrow</rdfs:label>
<rdfs:subClassOf rdf:resource="http://x.org/Bird"/>
<rdfs:subClassOf><owl:Restriction><owl:onProperty rdf:resource="http://x.org/eats"/>
<owl:someValuesFrom rdf:resource="http://x.org/Seed"/></owl:Restriction></rdfs:subClassOf></owl:Class>
<owl:Class rdf:about="http://x.org/Bird"/>"""


def test_an_ontology(tmp_path: Path) -> None:
    data = read(tmp_path, {"a.owl": XML % OWL})
    (restriction,) = (tail for _, _, tail in facts_of(data) if tail.startswith("_:"))
    assert sorted(facts_of(data)) == sorted(
        [
            (f"{X}Sparrow", "subClassOf", f"{X}Bird"),
            (f"{X}Sparrow", "subClassOf", restriction),
            (restriction, "onProperty", f"{X}eats"),
            (restriction, "someValuesFrom", f"{X}Seed"),
        ]
    )
    assert nodes_of(data)[f"{X}Sparrow"]["name"] == "sparrow"
    assert "facts about an ontology itself, left out: 2, of http://x.org/onto" in data.notes
    assert "facts whose tail is a word of RDF, RDFS, OWL, SKOS or XSD, left out: 3" in data.notes


@pytest.mark.parametrize("name", ["a.owl", "a.rdf", "a.xml"])
def test_turtle_under_the_name_of_xml(name: str, tmp_path: Path) -> None:
    for start in ("", PREFIXES, "PREFIX x: <http://x.org/>\n", "# a comment\n"):
        assert facts_of(read(tmp_path, {name: start + FACT})) == [(f"{X}a", "r", f"{X}b")]


NQ = (
    "<http://x.org/a> <http://x.org/r> <http://x.org/b> <http://g.org/1> .\n"
    "<http://x.org/a> <http://x.org/r> <http://x.org/b> <http://g.org/2> .\n"
    "<http://x.org/b> <http://x.org/r> <http://x.org/c> .\n"
)
TRIG = PREFIXES + "<http://g.org/1> { x:a x:r x:b } <http://g.org/2> { x:a x:r x:b } x:b x:r x:c ."


@pytest.mark.parametrize("texts", [{"a.nq": NQ}, {"a.trig": TRIG}])
def test_named_graphs_are_sources(texts: dict[str, str], tmp_path: Path) -> None:
    data = read(tmp_path, texts)
    assert [fact["sources"] for fact in data.facts.to_pylist()] == [["http://g.org/1", "http://g.org/2"], []]
    assert "named graphs, kept by name as the sources of their facts: 2" in data.notes


def test_rules_of_n3_are_no_facts(tmp_path: Path) -> None:
    data = read(
        tmp_path, {"a.n3": PREFIXES + "x:a x:r x:b . { x:b x:r ?v . x:k x:r x:l } => { x:b x:s x:c } ."}
    )
    assert facts_of(data) == [(f"{X}a", "r", f"{X}b")]
    assert "statements of a.n3 in rules of N3, left out: 4" in data.notes
