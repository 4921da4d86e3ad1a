"""What every form of `graph_schema/reading/formats` promises, held to it by its own example."""

from __future__ import annotations

import gzip
import unicodedata
from dataclasses import asdict
from pathlib import Path

import pytest

from graph_schema.errors import InputError
from graph_schema.reading import InputFile, InputFiles, RowReport
from graph_schema.reading.formats import TABLES, available_formats, format_of, load_format, suffixes
from graph_schema.reading.layouts import Layout
from graph_schema.reading.triples import Triples


@pytest.fixture(params=available_formats())
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def example(name: str, tmp_path: Path) -> InputFile:
    return put(name, tmp_path, load_format(name).EXAMPLE[1].encode())


def put(name: str, folder: Path, content: bytes, ending: str = "") -> InputFile:
    folder.mkdir(exist_ok=True)
    path = folder / (load_format(name).EXAMPLE[0] + ending)
    path.write_bytes(content)
    return InputFile(path)


def read(name: str, file: InputFile, rows: RowReport | None = None) -> Triples:
    return load_format(name).read(file, rows or RowReport(), None)


def said(found: Triples) -> dict[str, object]:
    return {key: value for key, value in asdict(found).items() if key != "file"}


def test_its_example_is_of_this_form_and_of_no_other(name: str, example: InputFile) -> None:
    assert format_of(example) == name
    others = [n for n in available_formats() if n != TABLES and load_format(n).recognises(example)]
    assert others == ([name] if name != TABLES else [])


def test_its_endings_are_known_by_which_files_are_found_in_folders(name: str, example: InputFile) -> None:
    form = load_format(name)
    assert form.SUFFIXES
    assert all(s.startswith(".") and s == s.lower() for s in form.SUFFIXES)
    assert suffixes() >= form.SUFFIXES
    assert example.suffix in form.SUFFIXES
    (example.path.parent / "notes.pdf").write_text("nothing", "utf-8")
    assert [f.path.name for f in InputFiles.of([example.path.parent]).files] == [example.path.name]


def test_facts_stand_in_equally_long_columns_with_their_lines(name: str, example: InputFile) -> None:
    found = read(name, example)
    assert len(found.lines) >= 3
    lengths = {len(c) for c in (found.heads, found.relations, found.tails, *found.properties.values())}
    lengths |= {len(c) for c in (found.sources, found.splits) if c is not None}
    lengths |= {len(c) for end in found.about for c in (end.names, end.kinds) if c is not None}
    assert lengths == {len(found.lines)}
    ends = [*found.heads, *found.relations, *found.tails]
    assert all(text == text.strip() != "" for text in ends)
    assert list(found.lines) == sorted(set(found.lines))
    assert 1 <= found.lines[0] <= found.lines[-1] <= len(example.text().splitlines())


def test_a_layout_reads_it_as_its_form_does(name: str, example: InputFile) -> None:
    layout = Layout.of(InputFiles.of([example.path]))
    assert [file.path for file in layout.facts] == [example.path]
    assert said(layout.triples(example, RowReport())) == said(read(name, example))


def test_how_it_is_written_does_not_matter(name: str, example: InputFile, tmp_path: Path) -> None:
    text = load_format(name).EXAMPLE[1]
    other = b"\xef\xbb\xbf" + unicodedata.normalize("NFD", text).replace("\n", "\r\n").encode()
    packed = put(name, tmp_path / "packed", gzip.compress(other), ".gz")
    assert format_of(packed) == name
    assert said(read(name, packed)) == said(read(name, example))


@pytest.mark.parametrize("content", [b"", b" \n\n", b"a\xff\tb\tc\n"], ids=["empty", "blank", "no UTF-8"])
def test_what_is_no_text_is_refused_with_the_file(name: str, content: bytes, tmp_path: Path) -> None:
    file = put(name, tmp_path, content)
    with pytest.raises(InputError) as caught:
        read(name, file)
    assert str(caught.value.file) == str(file.path)
    assert caught.value.wanted


def test_a_row_that_is_none_is_an_error_or_left_out_and_counted(
    name: str, example: InputFile, tmp_path: Path
) -> None:
    lines = load_format(name).EXAMPLE[1].splitlines()
    spoiled = put(name, tmp_path / "spoiled", "\n".join([*lines[:-1], "\x07 \x07", ""]).encode())
    with pytest.raises(InputError) as caught:
        read(name, spoiled)
    assert (str(caught.value.file), caught.value.line) == (str(spoiled.path), len(lines))
    rows = RowReport(skip=True)
    left, whole = read(name, spoiled, rows), read(name, example)
    assert rows.count == 1
    assert list(left.heads) == list(whole.heads)[:-1]
