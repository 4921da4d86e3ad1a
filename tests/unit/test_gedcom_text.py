"""Lines of genealogies: character sets, line ends, wrapped and broken lines, each fault with its line."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_schema.domains.family import importer
from graph_schema.domains.family.gedcom_records import read_records
from graph_schema.domains.family.gedcom_tally import Tally
from graph_schema.errors import InputError
from graph_schema.reading import InputFile, InputFiles, RowReport
from tests.unit.gedcom_trees import family, person, read_tree

SEVEN = "0 HEAD\n1 GEDC\n2 VERS 7.0\n"
OLD = "0 HEAD\n1 GEDC\n2 VERS 5.5\n"
NORDIC = (
    person("I1", "Åse /Øygård/", "1 SEX F")
    + person("I2", "Jürgen /Müller/", "1 SEX M")
    + family("F1", "HUSB I2", "WIFE I1")
)
NAMES = {"I1": "Åse Øygård", "I2": "Jürgen Müller"}
PAIR = person("I1", "Ida /Vale/", "1 SEX F") + person("I2", "Lou /Vale/", "1 SEX M")
MOTHER = family("F1", "WIFE I1", "CHIL I2")
FACTS = {("I1", "MOTHER", "I2"), ("I2", "SON", "I1")}


def _whole(char: str | None, version: str = "5.5.1") -> str:
    said = "" if char is None else f"1 CHAR {char}\n"
    head = f"0 HEAD\n1 SOUR Ours\n2 VERS 9\n1 GEDC\n2 FORM LINEAGE-LINKED\n2 VERS {version}\n"
    return f"{head}{said}{NORDIC}0 TRLR\n"


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (_whole(None, "7.0").encode(), None),
        (_whole(None).encode(), None),
        (_whole("UTF-8").encode(), None),
        (_whole("utf8").encode(), None),
        (_whole("UNICODE").encode("utf-16"), None),
        (_whole("UNICODE").encode("utf-16-le"), None),
        (_whole("UTF-16").encode("utf-16-be"), None),
        (_whole("UTF-8").encode("utf-8-sig"), None),
        (_whole(None).encode("utf-8-sig"), None),
        (_whole("ANSEL").encode("utf-8-sig"), "CHAR says ANSEL, but the text is UTF-8"),
        (_whole("ANSEL").encode(), "CHAR says ANSEL, but the text is UTF-8"),
        (_whole("ANSI").encode(), "CHAR says ANSI, but the text is UTF-8"),
        (_whole("Strange").encode(), "CHAR says STRANGE, but the text is UTF-8"),
        (_whole("ANSEL").encode("gedcom"), None),
        (_whole(None, "5.5").encode("gedcom"), "read as ANSEL"),
        (_whole("ANSI").encode("cp1252"), "CHAR ANSI, which the standard does not know, was read as cp1252"),
        (_whole("Windows-1252").encode("cp1252"), "read as cp1252"),
        (_whole("CP1252").encode("cp1252"), "read as cp1252"),
        (_whole("ISO-8859-1").encode("latin-1"), "read as iso8859-1"),
        (_whole("MACINTOSH").encode("mac-roman"), "read as mac-roman"),
        (_whole("IBM DOS").encode("cp850"), "read as cp850"),
        (gzip.compress(_whole(None).encode()), None),
    ],
)
def test_character_sets_as_programs_mean_them(content: bytes, note: str | None, tmp_path: Path) -> None:
    read = read_tree(tmp_path, content)
    assert {id_: node["name"] for id_, node in read.nodes.items()} == NAMES
    told = [n for n in read.rows.notes if "read as" in n and "one-sided" not in n]
    assert told == [] if note is None else note in told[0]


def test_names_are_composed(tmp_path: Path) -> None:
    apart = NORDIC.replace("Å", "A\u030a").replace("ü", "u\u0308")
    assert read_tree(tmp_path, apart).nodes["I1"]["name"] == NAMES["I1"]


def test_a_character_cut_in_two_by_a_line_is_joined(tmp_path: Path) -> None:
    content = _whole("UTF-8").encode().replace(b"M\xc3\xbcller/", b"M\xc3\n2 CONC \xbcller/")
    assert read_tree(tmp_path, content).nodes["I2"]["name"] == "Jürgen Müller"


@pytest.mark.parametrize(
    ("content", "line", "found", "wanted"),
    [
        (_whole("UTF-8").encode("latin-1"), 9, "byte 0xc5, which is no UTF-8", "text as CHAR says"),
        (_whole("ASCII").encode("latin-1"), 9, "byte 0xc5, which is no ASCII", "text as CHAR says"),
        (_whole(None, "7.0").encode("latin-1"), 8, "byte 0xc5, which is no UTF-8", "text as CHAR says"),
        (_whole("ANSEL").replace("Å", "").encode("latin-1"), 9, "byte 0xd8|byte 0xe5", "ANSEL"),
        (_whole("Strange").encode("latin-1"), None, "CHAR 'STRANGE'", "UTF-8, UNICODE, ANSEL"),
        (_whole("UNICODE").encode("utf-16")[:-1], None, "ends in half a character", "complete"),
        (_whole("UTF-8").replace("Åse", "A\0se").encode(), 9, "a NUL character", "text"),
        (_whole("UTF-8").replace("Åse", "\ud83d").encode("utf-16", "surrogatepass"), 9, "U\\+D83D", "text"),
        (_whole("UTF-8").replace("Åse", "A\x07").encode(), 9, "U\\+0007", "printable text"),
        (_whole("UTF-8").replace("Åse", "A\u202e").encode(), 9, "U\\+202E", "printable text"),
        (_whole("UTF-8").replace("Åse", "A" * 10_001).encode(), 9, "10,0.. characters", "at most 10,000"),
    ],
)
def test_what_is_no_text_is_refused_by_line(
    content: bytes, line: int | None, found: str, wanted: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=found) as caught:
        read_tree(tmp_path, content)
    assert (caught.value.line, wanted in str(caught.value)) == (line, True)


def test_marks_in_what_is_not_read_do_not_matter(tmp_path: Path) -> None:
    note = "1 NOTE one\x0btwo \u202a three\u2028four\n"
    assert read_tree(tmp_path, PAIR + note + MOTHER).facts == FACTS


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n", "  \n", "\n\n", "\t\r\n"])
@pytest.mark.parametrize("before", ["", " ", "   \t"])
def test_lines_end_and_begin_as_they_like(end: str, before: str, tmp_path: Path) -> None:
    lines = f"{OLD}1 CHAR UTF-8\n{PAIR}{MOTHER}0 TRLR\n".splitlines()
    content = "".join(f"{before}{line}{end}" for line in lines)
    assert read_tree(tmp_path, content.encode()).facts == FACTS


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(end: str, tmp_path: Path) -> None:
    content = f"{OLD}{PAIR}\n{MOTHER}1 CHIL @I9@\n0 TRLR\n".replace("\n", end).encode()
    with pytest.raises(InputError, match="CHIL @I9@, whom nobody declares") as caught:
        read_tree(tmp_path, content)
    assert caught.value.line == 14


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        ("0 HEAD\r1 CHAR UTF-8\r", True),
        ("\ufeff0 HEAD \r\n1 CHAR UTF-8\r\n", True),
        ("0 HEAD\n", True),
        ("0 HEAD\ta\tb\n", False),
        ("0 HEADS\n", False),
    ],
)
def test_a_genealogy_is_known_by_its_first_line(content: str, is_one: bool, tmp_path: Path) -> None:
    path = tmp_path / "some.txt"
    path.write_bytes(content.encode())
    assert importer.is_gedcom(InputFile(path)) is is_one


@pytest.mark.parametrize("tail", ["0 TRLR", "0 TRLR\n\n", "0 TRLR\n\x1a", " 0 TRLR \n\0\0"])
def test_what_ends_a_file(tail: str, tmp_path: Path) -> None:
    assert read_tree(tmp_path, f"{OLD}{PAIR}{MOTHER}{tail}".encode()).facts == FACTS


def test_of_a_cut_file_the_last_half_line_is_left_out(tmp_path: Path) -> None:
    people = PAIR + person("I22", "Eva", "1 SEX F")
    content = f"{OLD}{people}{MOTHER}1 CHIL @I2".encode()
    with pytest.raises(InputError, match="without '0 TRLR'") as caught:
        read_tree(tmp_path, content)
    assert caught.value.line == 16
    read = read_tree(tmp_path, content, skip=True)
    assert (read.facts, read.rows.count) == (FACTS, 1)


@pytest.mark.parametrize(
    "text",
    [
        "1 NOTE She worked in the\nmill until 1920\n",
        "1 NOTE She worked in\n2 CONT the\nmill\nuntil\n",
        "1 NOTE\nShe worked\n",
        "1 NOTE\n2 CONT She worked\nin the mill\n",
        "1 NOTE She worked from\n12 APR 1900 in the mill\n",
        "1 NOTE She worked from\n1900 on\n",
        "1 RESI\n2 ADDR 3 Mill Lane\nOxford\n",
        "1 BIRT\n2 SOUR @S1@\n3 PAGE page 3\nand 4\n",
    ],
)
def test_a_line_without_a_level_goes_on_with_the_one_before(text: str, tmp_path: Path) -> None:
    read = read_tree(tmp_path, PAIR + text + MOTHER)
    assert read.facts == FACTS
    assert read.rows.count == 0
    assert "line " in read.note("without a level")


def test_a_name_may_go_on(tmp_path: Path) -> None:
    people = person("I1", "Ida", "2 CONC  /Va", "2 CONC le/", "1 SEX F") + person(
        "I2", "Lou\n/Vale/", "1 SEX M"
    )
    read = read_tree(tmp_path, people + MOTHER)
    assert (read.nodes["I1"]["name"], read.nodes["I2"]["name"]) == ("Ida Vale", "Lou Vale")


@pytest.mark.parametrize(
    ("text", "found", "facts"),
    [
        ("1 SEX M\noops\n", "'oops' \\(no level and tag\\)", FACTS),
        ("1 BIRT\noops\n", "'oops'", FACTS),
        ("1 FAMC @F1@\noops\n", "'oops'", FACTS),
        ("1 BIRT\n3 DATE 1900\n4 TIME 3\n2 PLAC Oxford\n", "an illegal level 3 after 1", FACTS),
        ("1 BIRT\n100 DATE 1900\n", "level 100", FACTS),
        ("1 BIRT\n2 DATE 19\x0700\n3 TIME 3\n", "U\\+0007", FACTS),
        ("0 CONT more\n", "an illegal level 0", FACTS),
        ("0 @I3\x07@ INDI\n1 NAME Eva\n1 FAMS @F1@\n", "U\\+0007", FACTS),
        ("0 @I3@\n", "no level and tag", FACTS),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_or_left_out(
    text: str, found: str, facts: set[tuple[str, str, str]], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=found) as caught:
        read_tree(tmp_path, PAIR + text + MOTHER)
    bad = next(i for i, line in enumerate(text.splitlines()) if line in str(caught.value) or "\x07" in line)
    assert caught.value.line == 11 + bad
    read = read_tree(tmp_path, PAIR + text + MOTHER, skip=True)
    assert (read.facts, read.rows.count, read.rows.first[0].line) == (facts, 1, 11 + bad)
    assert "birth_year" not in read.nodes["I2"]


def test_what_stands_below_a_line_left_out_is_left_out_with_it(tmp_path: Path) -> None:
    text = "1 BIRT \0\n2 DATE 1900\n1 DEAT\n2 DATE 1950\n"
    lou = read_tree(tmp_path, PAIR + text + MOTHER, skip=True).nodes["I2"]
    assert (lou.get("birth_year"), lou["death_year"]) == (None, 1950)


def test_levels_go_down_to_ninety_nine(tmp_path: Path) -> None:
    deep = "".join(f"{level} _OWN x\n" for level in range(1, 100))
    assert read_tree(tmp_path, PAIR + deep + MOTHER).facts == FACTS
    with pytest.raises(InputError, match="level 100"):
        read_tree(tmp_path, PAIR + deep.replace(" x", "") + "100 _OWN\n" + MOTHER)


def test_reading_takes_time_by_the_line(tmp_path: Path) -> None:
    note = "1 NOTE long\n" + "2 CONT and longer\n" * 50_000
    path = tmp_path / "long.ged"
    path.write_text(f"{OLD}{PAIR}{note}0 TRLR\n", "utf-8")
    file, rows = InputFile(path), RowReport()
    records = list(read_records(file, rows, Tally(file, rows)))
    assert [record.tag for record in records] == ["HEAD", "INDI", "INDI", "TRLR"]
    assert len(records[2].content()) < 100


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=60, deadline=None)
def test_whatever_happens_to_lines_gives_a_graph_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, seed: int, skip: bool
) -> None:
    dice = random.Random(seed)
    own = "1 NAME Eva /Vale/\n2 TYPE married\n1 ADOP\n2 FAMC @F1@\n3 ADOP HUSB\n1 BIRT\n2 DATE 1850/60\n"
    lines = f"{SEVEN}{PAIR}{own}{MOTHER}2 _FREL Step\n1 HUSB @VOID@\n".splitlines()[3:]
    for _ in range(dice.randint(1, 6)):
        i = dice.randrange(len(lines))
        lines[i] = dice.choice(
            [
                lines[i][: dice.randrange(len(lines[i]) + 1)],
                lines[dice.randrange(len(lines))],
                f"{dice.randint(0, 4)} {lines[i].split(' ', 1)[-1]}",
                lines[i].replace("@", dice.choice(["", "@@", "\0"]), 1),
                f"{lines[i]}\x07\ud800",
            ]
        )
    path = tmp_path_factory.getbasetemp() / f"{seed}.ged"
    path.write_bytes("\n".join([*SEVEN.splitlines(), *lines, "0 TRLR"]).encode("utf-8", "surrogatepass"))
    rows = RowReport(skip=skip)
    stopped: int | None = None
    try:
        importer.read(InputFiles((InputFile(path),)), rows)
    except InputError as fault:
        stopped = fault.line
    assert stopped is None or not skip
