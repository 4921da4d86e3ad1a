"""Dates of genealogies: the years they may mean, and the one year a person is shown with."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_schema.domains.family.gedcom_dates import Span, UnreadableDateError, read_date
from graph_schema.errors import InputError
from tests.unit.gedcom_trees import born, died, family, person, read_tree


@pytest.mark.parametrize(
    ("date", "span"),
    [
        ("1855", Span(1855, 1855, 1855)),
        ("MAR 1855", Span(1855, 1855, 1855)),
        ("3 MAR 1855", Span(1855, 1855, 1855)),
        ("3 March 1855", Span(1855, 1855, 1855)),
        ("March 3, 1855", Span(1855, 1855, 1855)),
        ("3-mar-1855", Span(1855, 1855, 1855)),
        ("03.12.1855", Span(1855, 1855, 1855)),
        ("12/1855", Span(1855, 1855, 1855)),
        ("1855-12-03", Span(1855, 1855, 1855)),
        ("BEF 1880", Span(None, 1880)),
        ("Before 3 MAR 1880", Span(None, 1880)),
        ("TO 1880", Span(None, 1880)),
        ("AFT 1880", Span(1880, None)),
        ("FROM 1880", Span(1880, None)),
        ("BET 1850 AND 1900", Span(1850, 1900)),
        ("BET 3 MAR 1850 AND 5 MAY 1850", Span(1850, 1850, 1850)),
        ("BET 1900 AND 1850", Span(1850, 1900)),
        ("BET. 1850 - 1860", Span(1850, 1860)),
        ("1850-1860", Span(1850, 1860)),
        ("FROM 1850 TO 3 MAR 1900", Span(1850, 1900)),
        ("ABT 1700", Span(1695, 1705, 1700)),
        ("Abt. 3 MAR 1700", Span(1695, 1705, 1700)),
        ("EST 1700", Span(1695, 1705, 1700)),
        ("CAL 1700", Span(1695, 1705, 1700)),
        ("1700?", Span(1695, 1705, 1700)),
        ("BET ABT 1850 AND 1860", Span(1845, 1860)),
        ("BEF ABT 1700", Span(None, 1705)),
        ("INT 1855 (family Bible copied 1923)", Span(1855, 1855, 1855)),
        ("INT ABT 1855 (as he said)", Span(1850, 1860, 1855)),
        ("(about three years after the fire of 1666)", Span()),
        ("INT (the year of the flood)", Span()),
        ("", Span()),
        ("11 FEB 1731/32", Span(1732, 1732, 1732)),
        ("11 FEB 1731/2", Span(1732, 1732, 1732)),
        ("11 FEB 1699/00", Span(1700, 1700, 1700)),
        ("11 FEB 1699/1700", Span(1700, 1700, 1700)),
        ("1850/55", Span(1850, 1855)),
        ("44 B.C.", Span(-44, -44)),
        ("15 MAR 44 BCE", Span(-44, -44)),
        ("BEF 100 BC", Span(None, -100)),
        ("@#DGREGORIAN@ 5 MAR 1700", Span(1700, 1700, 1700)),
        ("@#DJULIAN@ 5 MAR 1700", Span(1700, 1700, 1700)),
        ("JULIAN 5 MAR 1700", Span(1700, 1700, 1700)),
        ("BET JULIAN 1700 AND JULIAN 1705", Span(1700, 1705)),
        ("@#DJULIAN@ BEF 1700", Span(None, 1700)),
        ("@#DHEBREW@ 2 TVT 5618", Span(1857, 1858)),
        ("@#DHEBREW@ 2 TSH 5618", Span(1857, 1857, 1857)),
        ("HEBREW 2 NSN 5618", Span(1858, 1858, 1858)),
        ("HEBREW 5618", Span(1857, 1858)),
        ("@#DFRENCH R@ 12 VEND 3", Span(1794, 1794, 1794)),
        ("@#DFRENCH R@ 12 NIVO 3", Span(1794, 1795)),
        ("FRENCH_R 9 THER 2", Span(1794, 1794, 1794)),
        ("AFT FRENCH_R 2", Span(1793, None)),
        ("FROM @#DFRENCH R@ 2 TO @#DGREGORIAN@ 1799", Span(1793, 1799)),
    ],
)
def test_a_date_is_the_years_it_may_mean(date: str, span: Span) -> None:
    assert read_date(date) == span


@pytest.mark.parametrize(
    "date",
    [
        "about three years after the fire of 1666",
        "not 1880",
        "UNKNOWN",
        "5 MAR 80",
        "0000",
        "12345",
        "40 MAR 1850",
        "3 TVT 1850",
        "BEF",
        "HEBREW 5 MAR 5618",
        "FRENCH_R 5 VEND 1799",
        "HEBREW 618",
        "@#DROMAN@ 1 KAL 700",
        "_OWN 12",
        "ABT " * 3000 + "1850",
    ],
)
def test_words_that_name_no_date_give_no_year(date: str) -> None:
    with pytest.raises(UnreadableDateError, match="left out"):
        read_date(date)


@given(st.text("ABT BEFTOND0123456789/.-()@#DJULIAN", max_size=120))
def test_any_text_is_a_span_or_unreadable(text: str) -> None:
    try:
        span = read_date(text)
    except UnreadableDateError:
        return
    assert span.earliest is None or span.latest is None or span.earliest <= span.latest
    if span.year is not None and span.earliest is not None and span.latest is not None:
        assert span.earliest <= span.year <= span.latest


def _mother_and_son(folder: Path, mother: str, son: str) -> dict[str, dict[str, object]]:
    people = person("I1", "Ida /Vale/", "1 SEX F", born(mother)) + person("I2", "Lou", "1 SEX M", born(son))
    read = read_tree(folder, people + family("F1", "WIFE I1", "CHIL I2"))
    assert read.facts == {("I1", "MOTHER", "I2"), ("I2", "SON", "I1")}
    return read.nodes


@pytest.mark.parametrize(
    ("mother", "son", "year"),
    [
        ("BEF 1880", "1875", None),
        ("BET 1850 AND 1900", "1880", None),
        ("FROM 1850 TO 1900", "1880", None),
        ("INT 1855 (family Bible copied 1923)", "1880", 1855),
        ("@#DHEBREW@ 2 TVT 5618", "12 MAR 1880", None),
        ("(about three years after the fire of 1666)", "1690", None),
        ("ABT 1882", "1879", 1882),
        ("11 FEB 1731/32", "20 MAR 1731/32", 1732),
        ("AFT 1900", "AFT 1850", None),
        ("in the year of the flood", "1850", None),
        ("500 BC", "480 BC", None),
    ],
)
def test_a_date_that_allows_the_birth_of_a_child_is_no_contradiction(
    mother: str, son: str, year: int | None, tmp_path: Path
) -> None:
    ida = _mother_and_son(tmp_path, mother, son)["I1"]
    assert ida.get("birth_year") == year
    assert ida["birth_date"] == mother


@pytest.mark.parametrize(
    ("mother", "son", "found"),
    [
        ("1900", "BEF 1880", "@I2@ born 1880 or before"),
        ("AFT 1900", "1880", "the parent @I1@ born 1900 or later"),
        (
            "BET 1890 AND 1900",
            "BET 1850 AND 1860",
            "born 1850 to 1860, and the parent @I1@ born 1890 to 1900",
        ),
        ("ABT 1900", "ABT 1880", "@I2@ born 1875 to 1885"),
        ("20 BC", "40 BC", "born -40"),
    ],
)
def test_what_no_reading_of_two_dates_allows_is_refused(
    mother: str, son: str, found: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=found) as caught:
        _mother_and_son(tmp_path, mother, son)
    assert caught.value.line == 17


def test_unreadable_dates_and_unknown_calendars_are_counted(tmp_path: Path) -> None:
    people = person("I1", "Ida", "1 SEX F", born("sometime"), died("@#DROMAN@ 700"))
    people += person("I2", "Lou", "1 SEX M", born("80"))
    read = read_tree(tmp_path, people + family("F1", "WIFE I1", "CHIL I2"))
    assert "left out: 2, such as 'sometime' (line 9); '80' (line 16)" in read.note("cannot be read")
    assert ": 1, such as '@#DROMAN@ 700' (line 11)" in read.note("calendar")
    assert read.nodes["I1"]["birth_date"] == "sometime"
    assert read.nodes["I1"].get("birth_year") is None


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["1 CHR", "2 DATE 1880", died("1870")], None),  # born in 1860, baptised ten years after the death
        (["1 CHR", "2 DATE 1880", died("1890")], None),
        ([born("1890"), "1 BURI", "2 DATE 1880"], "died 1880 or before and was born 1890"),
        ([born("1890"), "1 BAPM", "2 DATE 1880"], None),  # the birth itself is known
        ([born("1900"), died("AFT 1850")], None),
        ([born("1900"), died("BEF 1899")], "died 1899 or before and was born 1900"),
        ([born("ABT 1900"), died("1897")], None),
        ([born("1900"), died("1900")], None),
    ],
)
def test_a_death_comes_after_the_birth(lines: list[str], found: str | None, tmp_path: Path) -> None:
    people = person("I1", "Ida", "1 SEX F", *lines) + person("I2", "Lou", "1 SEX M")
    content = people + family("F1", "WIFE I1", "CHIL I2")
    if found is None:
        assert len(read_tree(tmp_path, content).facts) == 2
        return
    with pytest.raises(InputError, match=found):
        read_tree(tmp_path, content)
    ida = read_tree(tmp_path, content, skip=True).nodes["I1"]
    assert ida.get("death_year") is None
    assert ida.get("death_date") is None


def test_a_baptism_bounds_a_birth_but_is_none(tmp_path: Path) -> None:
    people = person("I1", "Ida", "1 SEX F", born("1885")) + person(
        "I2", "Lou", "1 SEX M", "1 CHR\n2 DATE 1880"
    )
    content = people + family("F1", "WIFE I1", "CHIL I2")
    with pytest.raises(InputError, match="@I2@ born 1880 or before"):
        read_tree(tmp_path, content)
    assert read_tree(tmp_path, content.replace("1885", "1855")).nodes["I2"].get("birth_year") is None


def test_the_first_date_that_names_a_year_counts(tmp_path: Path) -> None:
    people = person("I1", "Ida", "1 SEX F", born("(unknown)"), born("3 MAY 1850"), born("1860"))
    read = read_tree(tmp_path, people + person("I2", "Lou") + family("F1", "WIFE I1", "CHIL I2"))
    assert (read.nodes["I1"]["birth_year"], read.nodes["I1"]["birth_date"]) == (1850, "3 MAY 1850")


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        (
            [born("1900"), born("1904")],
            "mothers younger than 10 or older than 65 at a birth: 1, such as @I1@",
        ),
        ([born("1700"), born("1850")], "mothers younger than 10"),
        ([born("11 FEB 1731/32"), born("20 MAR 1731/32")], "born 1732, of @I2@, born 1732"),
        ([born("1600") + "\n" + died("1900"), "1 NOTE -"], "lived longer than 120 years: 1, such as @I1@"),
        (
            [born("1800") + "\n" + died("1830"), born("1840")],
            "born after the death of a parent: 1, such as @I2@",
        ),
        ([born("1960"), "1 NOTE -"], "married before their birth: 1, such as @I1@ in 1950"),
        ([died("1940"), "1 NOTE -"], "married after their death: 1, such as @I1@ in 1950"),
    ],
)
def test_what_no_life_allows_is_told_and_stays(lines: list[str], note: str, tmp_path: Path) -> None:
    people = person("I1", "Ida", "1 SEX F", lines[0]) + person("I2", "Lou", "1 SEX M", lines[1])
    people += person("I3", "Max", "1 SEX M")
    wedding = family("F1", "WIFE I1", "HUSB I3", "CHIL I2", "1 MARR", "2 DATE 1950")
    read = read_tree(tmp_path, people + wedding)
    assert "(line " in read.note(note)
    assert {("I1", "MOTHER", "I2"), ("I1", "WIFE", "I3")} <= read.facts


@pytest.mark.parametrize(
    "lines",
    [
        [born("BEF 1904"), born("1910")],
        [born("ABT 1900"), born("1906")],
        [born("1800"), born("BET 1820 AND 1900")],
        [died("AFT 1830"), born("1840")],
        [born("ABT 1955"), "1 NOTE -"],
    ],
)
def test_what_some_reading_allows_is_not_told(lines: list[str], tmp_path: Path) -> None:
    people = person("I1", "Ida", "1 SEX F", lines[0]) + person("I2", "Lou", "1 SEX M", lines[1])
    people += person("I3", "Max", "1 SEX M")
    wedding = family("F1", "WIFE I1", "HUSB I3", "CHIL I2", "1 MARR", "2 DATE 1950")
    notes = read_tree(tmp_path, people + wedding).rows.notes
    assert [n for n in notes if any(w in n for w in ("younger", "longer", "death", "married"))] == []
