"""Files in which numbers stand for names, and the first line may say how many rows there are."""

from __future__ import annotations

from graph_schema.errors import InputError
from graph_schema.reading.files import InputFile

_DIGITS = 19


def is_number(text: str) -> bool:
    """Whether a field is a number of an entity or relation."""
    return text.strip().isascii() and text.strip().isdigit() and len(text) < _DIGITS


def check_count(file: InputFile, said: str, count: int) -> None:
    """Raises: InputError: there are not as many rows as the first line says."""
    if int(said) != count:
        raise InputError(
            f"{said} in the first line and {count:,} rows",
            wanted="as many rows as the first line says",
            file=file.path,
            line=1,
            hint="It may have been cut; get it again",
        )
