"""Malformed files of any domain, and what the error about each must say."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

OK = b"a\tr\tb\nb\tr\tc\n"


@dataclass(frozen=True)
class Case:
    """Files to write, and what the error must say. `line` None: the fault has no line."""

    name: str
    files: Mapping[str, bytes]
    file: str
    line: int | None
    found: str
    wanted: str
    domain: str | None = None
    columns: Sequence[str] | None = None
    paths: Sequence[str] = field(default=())


CASES = [
    # Files and folders
    Case("missing file", {}, "nothing.tsv", None, "no such file", "a file", paths=["nothing.tsv"]),
    Case("missing folder", {}, "no/such", None, "no such file", "a file or a folder", paths=["no/such"]),
    Case("empty file", {"a.tsv": b""}, "a.tsv", None, "an empty file", "at least one row"),
    Case("blank file", {"a.tsv": b"\n \n\t\n"}, "a.tsv", None, "nothing but blanks", "at least one row"),
    Case("empty folder", {"in/.keep": b""}, "in", None, "an empty folder", "files ending in", paths=["in"]),
    Case("nothing to read", {"in/x.png": b"x"}, "in", None, "x.png", "files ending in", paths=["in"]),
    Case("folder of folders", {"in/d/a.tsv": OK}, "in", None, "d/", "files ending in", paths=["in"]),
    Case("comments only", {"a.tsv": b"# one\n# two\n"}, "a.tsv", 2, "nothing but comments", "one row"),
    Case("header only", {"a.tsv": b"head\trelation\ttail\n"}, "a.tsv", 1, "a header and no row", "one row"),
    # Compression and encodings
    Case(
        "cut gzip", {"a.tsv.gz": gzip.compress(OK * 50)[:-12]}, "a.tsv.gz", None, "too early", "complete gzip"
    ),
    Case("no gzip", {"a.tsv.gz": OK}, "a.tsv.gz", None, "no gzip file", "a gzip file"),
    Case(
        "damaged gzip",
        {"a.tsv.gz": gzip.compress(OK)[:12] + b"\xff\xff\xff" + gzip.compress(OK)[15:]},
        "a.tsv.gz",
        None,
        "damaged gzip",
        "complete gzip",
    ),
    Case("empty gzip", {"a.tsv.gz": gzip.compress(b"")}, "a.tsv.gz", None, "an empty file", "one row"),
    Case("zip", {"a.tsv": b"PK\x03\x04xxxx"}, "a.tsv", None, "a zip archive", "a text file"),
    Case("latin-1", {"a.tsv": OK + b"caf\xe9\tr\tb\n"}, "a.tsv", 3, "byte 0xe9 at byte 4", "UTF-8"),
    Case(
        "latin-1 after mark", {"a.tsv": b"\xef\xbb\xbf" + OK + b"\xe9\tr\tb\n"}, "a.tsv", 3, "0xe9", "UTF-8"
    ),
    Case("utf-16", {"a.tsv": "a\tr\tb\n".encode("utf-16")}, "a.tsv", 1, "UTF-16", "UTF-8"),
    Case("NUL", {"a.tsv": OK + b"a\0b\tr\tc\n"}, "a.tsv", 3, "a NUL character", "text"),
    # Rows and columns
    Case("too few columns", {"a.tsv": OK + b"a\tr\n"}, "a.tsv", 3, "2 columns", "3 columns"),
    Case("too many columns", {"a.tsv": OK + b"a\tr\tb\tc\n"}, "a.tsv", 3, "4 columns", "3 columns"),
    Case("blanks for tabs", {"a.tsv": OK + b"a r b\n"}, "a.tsv", 3, "1 column ", "parted by tabs"),
    Case("two columns", {"a.tsv": b"a\tb\nc\td\n"}, "a.tsv", 1, "2 columns", "3 columns"),
    Case("blank head", {"a.tsv": OK + b"\tr\tb\n"}, "a.tsv", 3, "a blank field in column 1", "a name"),
    Case("blank relation", {"a.tsv": OK + b"a\t \tb\n"}, "a.tsv", 3, "blank field in column 2", "a name"),
    Case("blank tail", {"a.tsv": OK + b"a\tr\t\n"}, "a.tsv", 3, "blank field in column 3", "a name"),
    Case("control character", {"a.tsv": OK + b"a\x07b\tr\tb\n"}, "a.tsv", 3, "U+0007", "printable"),
    Case("escape sequence", {"a.tsv": OK + b"\x1b[31ma\tr\tb\n"}, "a.tsv", 3, "U+001B", "printable"),
    Case("turned text", {"a.tsv": OK + "a\u202eb\tr\tc\n".encode()}, "a.tsv", 3, "U+202E", "printable"),
    Case(
        "lone carriage return",
        {"a.tsv": b"a\tr\tb\rc\tr\td\n"},
        "a.tsv",
        1,
        "5 columns",
        "head, relation and tail",
    ),
    Case("long name", {"a.tsv": OK + b"x" * 10_001 + b"\tr\tb\n"}, "a.tsv", 3, "10,001 char", "10,000 char"),
    Case("half a header", {"a.tsv": b"head\tverb\ttail\na\tr\tb\n"}, "a.tsv", 1, "the header", "relation"),
    Case(
        "header named twice",
        {"a.tsv": b"head\trelation\ttail\tx\tx\na\tr\tb\t1\t2\n"},
        "a.tsv",
        1,
        "twice",
        "once",
    ),
    Case("open quote", {"a.csv": b'a,r,b\n"c,r,d\ne,r,f\n'}, "a.csv", 2, "never closed", "doubled"),
    Case("stray quote", {"a.csv": b'a,r,b\n"c"x,r,d\n'}, "a.csv", 2, "a broken record", "doubled"),
    Case("line end in a name", {"a.csv": b'a,r,b\n"c\nd",r,e\n'}, "a.csv", 2, "U+000A", "printable"),
    Case("csv, too few", {"a.csv": b"a,r,b\nc,d\n"}, "a.csv", 2, "2 columns", "parted by commas"),
    Case("odd columns", {"a.tsv": OK}, "", None, "'head,tail'", "each once", columns=["head", "tail"]),
    Case(
        "relation last",
        {"a.tsv": "".join(f"e{i}\te{(i + 1) % 9}\t关系{i % 2}\n" for i in range(9)).encode()},
        "a.tsv",
        None,
        "relations in column 3",
        "head, relation, tail",
    ),
    # JSON lines and RDF
    Case("no json", {"a.jsonl": b'["a","r","b"]\n{"a\n'}, "a.jsonl", 2, "no JSON", "an array of three"),
    Case("json of two", {"a.jsonl": b'["a","r"]\n'}, "a.jsonl", 1, '\'["a","r"]\'', "an array of three"),
    Case("json without tail", {"a.jsonl": b'{"head":"a","relation":"r"}\n'}, "a.jsonl", 1, "head", "tail"),
    Case("json blank", {"a.jsonl": b'["a","","b"]\n'}, "a.jsonl", 1, "a blank field", "a name"),
    Case(
        "broken triples",
        {"a.nt": b"<http://a> <http://r> <http://b> .\n<http://a> oops\n"},
        "a.nt",
        2,
        "broken RDF",
        "N-Triples",
    ),
    Case(
        "broken turtle",
        {"a.ttl": b"@prefix x: <http://x/> .\nx:a y:r x:b .\n"},
        "a.ttl",
        2,
        "broken RDF",
        "Turtle",
    ),
    Case(
        "literals only",
        {"a.nt": b'<http://a> <http://r> "x" .\n'},
        "a.nt",
        None,
        "no statement",
        "at least one",
    ),
    # Names a database cannot or must not hold
    Case(
        "reserved relation", {"a.tsv": OK + b"a\tPREDICTED\tb\n"}, "a.tsv", 3, "'PREDICTED'", "not reserved"
    ),
    Case(
        "reserved, other case",
        {"a.tsv": OK + b"a\tpredicted\tb\n"},
        "a.tsv",
        3,
        "'predicted'",
        "not reserved",
    ),
    Case("long relation", {"a.tsv": OK + b"a\t" + b"r" * 201 + b"\tb\n"}, "a.tsv", 3, "201 char", "200 char"),
    Case(
        "reserved column",
        {"a.tsv": b"head\trelation\ttail\tsplit\na\tr\tb\t1\n"},
        "a.tsv",
        2,
        "the split '1'",
        "facts, train, valid or test",
    ),
    # Facts that contradict each other or the schema
    Case(
        "two splits",
        {"d/train.tsv": OK, "d/test.tsv": b"x\tr\ty\na\tr\tb\n"},
        "test.tsv",
        2,
        "'train' too",
        "one split",
        paths=["d"],
    ),
    Case(
        "unknown relation",
        {"a.tsv": b"a\taunt\tb\nb\tneighbour\tc\n"},
        "a.tsv",
        2,
        "'neighbour'",
        "domain 'family'",
        domain="family",
    ),
    Case(
        "two names",
        {"d/f.tsv": OK, "d/names.tsv": b"id\tname\na\tOne\na\tTwo\n"},
        "names.tsv",
        3,
        "'a' named 'Two'",
        "one name",
        paths=["d"],
    ),
]
