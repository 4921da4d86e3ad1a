"""What every reader promises, whatever it reads."""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import pytest

from graph_schema.errors import InputError
from kgplatform.graphs.importing import Reading, import_files, read_files
from kgplatform.store.protocol import GraphStore
from measuring.forms import FORMS, Form, table

DOCS = Path(__file__).parents[2] / "docs" / "data.md"


@pytest.fixture(params=FORMS, ids=[form.name for form in FORMS])
def form(request: pytest.FixtureRequest) -> Form:
    found: Form = request.param
    return found


def put(folder: Path, files: Mapping[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def same(one: Reading, other: Reading) -> None:
    """Both say the same of everything, but for where it was imported from."""
    assert one.data.nodes.equals(other.data.nodes)
    assert one.data.facts.drop_columns("imported_from").equals(other.data.facts.drop_columns("imported_from"))
    assert one.data.relations.equals(other.data.relations)


def turned(text: str, top: int, end: int, starts: str) -> str:
    lines = text.splitlines(keepends=True)
    body = "".join(lines[top : len(lines) - end])
    rows = re.split(rf"(?<=\n)(?={re.escape(starts)})", body) if starts else body.splitlines(keepends=True)
    return "".join([*lines[:top], *reversed([r for r in rows if r]), *lines[len(lines) - end :]])


def test_it_is_read_whole_and_facts_say_from_where(form: Form, tmp_path: Path) -> None:
    reading = read_files([put(tmp_path, form.files)])
    assert reading.rejected == 0
    names = " ".join([*reading.data.nodes["name"].to_pylist(), *reading.data.nodes["id"].to_pylist()])
    assert "Zoë" in names
    assert all(reading.data.facts["imported_from"].to_pylist())


def test_the_same_files_give_the_same(form: Form, tmp_path: Path) -> None:
    put(tmp_path, form.files)
    same(read_files([tmp_path]), read_files([tmp_path]))


def test_the_order_of_rows_does_not_matter(form: Form, tmp_path: Path) -> None:
    name, top, end = form.turns
    other = turned(form.files[name], top, end, form.starts)
    assert other != form.files[name]
    first = read_files([put(tmp_path / "one" / "x", form.files)])
    same(first, read_files([put(tmp_path / "two" / "x", {**form.files, name: other})]))


def test_the_order_of_files_does_not_matter(form: Form, tmp_path: Path) -> None:
    folder = put(tmp_path, form.files)
    if "graph.json" in form.files:
        pytest.skip("an exported graph is given as one folder")
    paths = sorted(folder.iterdir())
    same(read_files(paths), read_files(paths[::-1]))


def test_marks_line_ends_and_compression_do_not_matter(form: Form, tmp_path: Path) -> None:
    first = read_files([put(tmp_path / "one" / "x", form.files)])
    other = tmp_path / "two" / "x"
    other.mkdir(parents=True)
    for name, text in form.files.items():
        written = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
        (other / f"{name}.gz").write_bytes(gzip.compress(written))
    same(first, read_files([other]))


def test_names_are_the_same_in_every_form_of_unicode(form: Form, tmp_path: Path) -> None:
    first = read_files([put(tmp_path / "one" / "x", form.files)])
    apart = {name: unicodedata.normalize("NFD", text) for name, text in form.files.items()}
    same(first, read_files([put(tmp_path / "two" / "x", apart)]))


def test_what_is_no_text_is_a_rejected_row(form: Form, tmp_path: Path) -> None:
    spoiled = form.files[form.spoils].replace("Zoë", "Zo\x07")
    put(tmp_path, {**form.files, form.spoils: spoiled})
    with pytest.raises(InputError) as caught:
        read_files([tmp_path])
    assert str(caught.value.file) == str(tmp_path / form.spoils)
    assert caught.value.line is not None or form.lines != "yes"
    assert str(caught.value).isprintable()
    reading = read_files([tmp_path], skip_rejected=True)
    assert reading.rejected >= 1
    assert "\x07" not in "".join(reading.data.nodes["name"].to_pylist())


def test_a_row_that_cannot_be_read_is_an_error_or_left_out_and_counted(form: Form, tmp_path: Path) -> None:
    sound = read_files([put(tmp_path / "one" / "x", form.files)])
    name, row, before = form.broken
    text = form.files[name]
    at = text.index(before)
    rest = text[text.index("\n", at) + 1 :] if form.replaces else text[at:]
    broken = put(tmp_path / "two" / "x", {**form.files, name: text[:at] + row + rest})
    with pytest.raises(InputError) as caught:
        read_files([broken])
    assert (str(caught.value.file), caught.value.line) == (str(broken / name), text[:at].count("\n") + 1)
    assert caught.value.wanted
    left = read_files([broken], skip_rejected=True)
    assert left.rejected == 1
    assert left.rejected_rows[0].line == text[:at].count("\n") + 1
    if not form.replaces:
        same(sound, left)


def test_an_import_does_what_a_dry_run_says_and_the_second_nothing(
    form: Form, store: GraphStore, graph: str, tmp_path: Path
) -> None:
    folder = put(tmp_path, form.files)
    said = import_files(store, [folder], graph=graph, dry_run=True)
    done = import_files(store, [folder], graph=graph)
    assert (said.added, said.changed) == (done.added, done.changed)
    again = import_files(store, [folder], graph=graph)
    assert (again.added, again.changed) == (0, 0)


def test_the_documentation_shows_what_each_keeps() -> None:
    assert table() in DOCS.read_text("utf-8")
