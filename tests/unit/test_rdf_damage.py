"""Broken RDF: an error with file, line and remedy, or what is sound and a count of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from graph_schema.domains import load_domain
from graph_schema.domains.triples.rdf import read_rdf
from graph_schema.errors import InputError
from graph_schema.reading import GraphBuilder, InputFile, RowReport

FIRST = "<http://x.org/a> <http://x.org/r> <http://x.org/b> .\n"
LAST = "<http://x.org/c> <http://x.org/r> <http://x.org/a> .\n"
TTL = "@prefix x: <http://x.org/> .\nx:a x:r x:b .\n%s\nx:c x:r x:a .\n"
XML = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="http://x.org/">
<rdf:Description rdf:about="http://x.org/a"><x:r rdf:resource="http://x.org/b"/></rdf:Description>
%s
<rdf:Description rdf:about="http://x.org/c"><x:r rdf:resource="http://x.org/a"/></rdf:Description>
</rdf:RDF>
"""
NODE = '<rdf:Description rdf:about="%s"><x:r>%s</x:r></rdf:Description>'


@dataclass(frozen=True)
class Case:
    """A file, and what is wrong with it. `lines`: those left out when asked; `rest`: what follows is read."""

    name: str
    file: str
    text: str
    lines: list[int]
    found: str
    hint: str = ""
    rest: bool = True


CASES = [
    Case("two #", "a.nt", FIRST + "<http://a> <http://r> <http://y#s?x=1#t> .\n" + LAST, [2], "IRI", "%20"),
    Case("a blank", "a.nq", FIRST + "<http://a> <http://r> <http://y z> .\n" + LAST, [2], "IRI", "%20"),
    Case("no stop", "a.nt", f"{FIRST}<http://a> oops\n<http://b>\n{LAST}", [2, 3], "broken RDF"),
    Case("windows", "a.nt", f"# c\r\n\r\n{FIRST}oops\r\n{LAST}", [4], "broken RDF"),
    Case("old mac", "a.nt", f"{FIRST}oops\n{LAST}".replace("\n", "\r"), [2], "broken RDF"),
    Case("NUL", "a.nt", FIRST + '<http://x.org/a> <http://p> "a\\u0000" .\n' + LAST, [2], "U+0000"),
    Case("lone half", "a.nt", FIRST + '<http://x.org/a> <http://p> "\\uD800" .\n' + LAST, [2], "D800"),
    Case(
        "relative line", "a.nt", FIRST + "<b> <http://r> <http://c> .\n" + LAST, [2], "No scheme", "in full"
    ),
    Case("prefix", "a.ttl", TTL % "x:a x:r y:b .", [3], "prefix y:", "@prefix"),
    Case("relative", "a.ttl", TTL % "x:a x:r <b> .", [3], "No scheme", "@base"),
    Case("no object", "a.ttl", TTL % "x:a x:r .", [3], "not a valid RDF object"),
    Case("open bracket", "a.ttl", TTL % "x:a x:r [ x:k 1 .", [3], "blank node"),
    Case("open quote", "a.ttl", TTL % 'x:a x:r "k .', [3], "end of file", "a quote"),
    Case("two faults", "a.ttl", TTL % 'x:a x:r "k .\n[] .\nx:é y:z x:b .', [3, 4, 5], "end of file"),
    Case("graph", "a.trig", TTL % "{ x:a oops x:b . x:b x:r x:d }", [3], "oops", rest=False),
    Case("formula", "a.n3", TTL % "{ x:a oops x:b . x:b x:r x:d } .", [3], "oops", rest=False),
    Case("IRI of XML", "a.rdf", XML % (NODE % ("http://y z", "1")), [4], "'http://y z'"),
    Case("relative XML", "a.owl", XML % (NODE % ("#y", "1")), [4], "'#y'", "xml:base"),
    Case("nested", "a.rdf", XML % (NODE % ("y", NODE % ("z", "1"))), [4, 4], "'z'"),
    Case("ampersand", "a.rdf", XML % (NODE % ("http://y", "a & b")), [4], "escaping", rest=False),
    Case("unknown prefix", "a.rdf", XML % "<y:Thing/>", [4], "Unknown prefix y:", rest=False),
]


def run(path: Path, *, skip: bool) -> tuple[RowReport, list[tuple[str, str]]]:
    rows = RowReport(skip=skip)
    builder = GraphBuilder(load_domain("triples"), rows)
    read_rdf([InputFile(path)], rows, builder)
    return rows, [(f["head"], f["tail"]) for f in builder.build().facts.to_pylist()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_is_named_with_its_line(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.file
    path.write_bytes(case.text.encode())
    with pytest.raises(InputError) as caught:
        run(path, skip=False)
    assert (caught.value.file, caught.value.line) == (str(path), case.lines[0])
    assert case.found in caught.value.found
    assert case.hint in (caught.value.hint or "")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_sound_is_kept_when_asked(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.file
    path.write_bytes(case.text.encode())
    rows, facts = run(path, skip=True)
    assert [rejected.line for rejected in rows.first] == case.lines
    assert (
        facts == [("http://x.org/a", "http://x.org/b"), ("http://x.org/c", "http://x.org/a")][: 1 + case.rest]
    )
    if not case.rest:
        assert f"what follows up to line {case.text.count(chr(10))} is not read" in rows.first[0].found


def test_a_missing_stop_costs_the_next_statement_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(TTL % "PREFIX y: <b c>")
    rows, facts = run(path, skip=True)
    assert facts == [("http://x.org/a", "http://x.org/b")]
    assert "what follows up to line 4 is not read" in rows.first[0].found


def test_what_no_stop_ends_is_said_to_be_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("@prefix x: <http://x.org/> .\nx:a x:r x:b .x:c x:r y:d .x:d x:r x:e")
    rows, facts = run(path, skip=True)
    assert facts == [("http://x.org/a", "http://x.org/b")]
    assert "what follows up to line 2 is not read" in rows.first[0].found


def test_many_faults_take_no_time_that_grows_with_their_square(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(TTL % ("x:a y:r x:b .\n" * 5_000))
    rows, facts = run(path, skip=True)
    assert (rows.count, len(facts)) == (5_000, 2)


@pytest.mark.parametrize("name", ["a.nt", "a.ttl", "a.nq", "a.trig"])
def test_a_byte_order_mark_and_windows_line_ends(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xef\xbb\xbf# c\r\n\r\n" + FIRST.replace("\n", "\r\n").encode())
    assert run(path, skip=False)[1] == [("http://x.org/a", "http://x.org/b")]


@pytest.mark.parametrize(("name", "text"), [("a.nt", FIRST), ("a.ttl", TTL % ""), ("a.rdf", XML % "")])
def test_damaged_utf8_names_its_line(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode() + b"\n# caf\xe9\n")
    for skip in (False, True):
        with pytest.raises(InputError, match="byte 0xe9") as caught:
            run(path, skip=skip)
        assert caught.value.line == text.count("\n") + 2


def test_xml_in_the_encoding_that_it_declares(tmp_path: Path) -> None:
    path = tmp_path / "a.rdf"
    text = (XML % (NODE % ("http://x.org/a", "café"))).replace('"1.0"', '"1.0" encoding="ISO-8859-1"')
    path.write_bytes(text.encode("latin-1"))
    builder = GraphBuilder(load_domain("triples"), RowReport())
    read_rdf([InputFile(path)], builder.rows, builder)
    assert builder.nodes["http://x.org/a"].properties == {"r": "café"}
    path.write_bytes(text.replace("ISO-8859-1", "klingon").encode())
    with pytest.raises(InputError, match="klingon"):
        run(path, skip=True)


def with_entities(*declared: str, text: str) -> str:
    doctype = f"<!DOCTYPE rdf:RDF [\n{chr(10).join(declared)}\n]>\n"
    return (XML % (NODE % ("&x;a", text))).replace("<rdf:RDF", doctype + "<rdf:RDF", 1)


X = '<!ENTITY x "http://x.org/">'


def test_entities_for_the_start_of_an_iri(tmp_path: Path) -> None:
    path = tmp_path / "a.owl"
    path.write_text(with_entities(X, '<!ENTITY xa "&x;a">', text="&xa;"))
    assert len(run(path, skip=False)[1]) == 2


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ([f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "lol"}">' for i in range(10)], "&e9;"),
        ([f'<!ENTITY e "{"a" * 20_000}">'], "&e;" * 20_000),
    ],
    ids=["nested", "long and often"],
)
def test_entities_that_explode_are_refused(declared: list[str], text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.owl"
    path.write_text(with_entities(X, *declared, text=text))
    for skip in (False, True):
        with pytest.raises(
            InputError, match="entities that would make the file more than 10 times"
        ) as caught:
            run(path, skip=skip)
        assert caught.value.line == 3


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<?xml version="1.0"?>\n<Ontology xmlns="http://www.w3.org/2002/07/owl#"></Ontology>', "OWL/XML"),
        ("Prefix(:=<http://x.org/>)\nOntology(<http://x.org/o>)", "functional"),
        ("Prefix: x: <http://x.org/>\nOntology: <http://x.org/o>", "Manchester"),
    ],
)
def test_other_syntaxes_of_owl_are_named(text: str, found: str, tmp_path: Path) -> None:
    path = tmp_path / "a.owl"
    path.write_text(text)
    with pytest.raises(InputError, match=found) as caught:
        run(path, skip=False)
    assert "robot convert" in (caught.value.hint or "")
