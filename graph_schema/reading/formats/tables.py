"""Tables of facts parted by tabs, commas, semicolons or bars, with a header or without."""

from __future__ import annotations

from graph_schema.reading.files import InputFile
from graph_schema.reading.triples import read_triples

SUFFIXES = frozenset({".tsv", ".csv", ".txt", ".tab", ".dict"})
EXAMPLE = "facts.csv", "head,relation,tail,since\nZoë,knows,Max,1999\nMax,knows,Lou,\nLou,likes,Zoë,2001\n"

read = read_triples


def recognises(file: InputFile) -> bool:
    """See `Format`."""
    return file.suffix in SUFFIXES
