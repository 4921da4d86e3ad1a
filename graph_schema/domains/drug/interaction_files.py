"""What the files of a folder of drug-drug interactions are, by their names and first lines.

In a cold-start folder drugs are parted before pairs are: `valid_S0` has pairs of two drugs that train knows,
`valid_S1` of a known and a new one, `valid_S2` of two new ones. Beside them lie lists of the drugs
(`train_set`) and parts of a split (`train_1`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from graph_schema.domains.drug.interaction_tables import table_of
from graph_schema.errors import InputError
from graph_schema.reading import InputFile, InputFiles
from graph_schema.reading.numbered import is_number
from graph_schema.reading.triples import first_fields
from graph_schema.tables import SPLITS

_PROTOCOL = re.compile(r"(valid|test)_s[012]\Z")
_LIST = re.compile(r"(train|valid|test)_set\Z")
_PART = re.compile(r"(train|valid|test)_.+\Z")


@dataclass(frozen=True, slots=True)
class InteractionFiles:
    """The files of one folder that speak of interactions by number.

    Attributes:
        facts: Known splits before held-out ones, each with its split.
        parts: Files that say again some facts of the split they have.
        lists: Lists of drugs.
    """

    facts: tuple[InputFile, ...]
    parts: tuple[InputFile, ...]
    lists: tuple[InputFile, ...]

    @classmethod
    def of(cls, folder: InputFiles) -> InteractionFiles:
        """Told by names and first lines; where both tables lie in the folder all other files are facts.

        Raises:
            InputError: files of a cold start have no train beside them.
        """
        tables = {table_of(file) for file in folder.files} - {None}
        cold = any(_PROTOCOL.match(file.stem) for file in folder.files)
        files = [
            file
            for file in folder.files
            if table_of(file) is None
            and (len(tables) > 1 or _in_numbers(file) or is_list(file) or _PROTOCOL.match(file.stem))
        ]
        lists = tuple(file for file in files if is_list(file))
        facts = [file for file in files if file not in lists]
        if not cold:
            return cls(tuple(facts), (), lists)
        known = [_with_split(file) for file in facts]
        _check_train(known)
        parts = tuple(file for file in known if _is_part(file))
        whole = [file for file in known if file not in parts]
        whole.sort(key=lambda file: SPLITS.index(file.split) if file.split is not None else -1)
        return cls(tuple(whole), parts, lists)


def is_cold_start(folder: InputFiles) -> bool:
    """Whether a folder holds train and a protocol of a cold start, in numbers."""
    protocols = [file for file in folder.files if _PROTOCOL.match(file.stem)]
    return folder.named("train") is not None and any(map(_in_numbers, protocols))


def is_list(file: InputFile) -> bool:
    """Whether a file lists drugs by number."""
    return _LIST.match(file.stem) is not None and _is_all_numbers(first_fields(file), 1)


def _in_numbers(file: InputFile) -> bool:
    return _is_all_numbers(first_fields(file), 3)


def _is_all_numbers(fields: Sequence[str], width: int) -> bool:
    return len(fields) == width and all(map(is_number, fields))


def _is_part(file: InputFile) -> bool:
    return _PART.match(file.stem) is not None and _PROTOCOL.match(file.stem) is None


def _with_split(file: InputFile) -> InputFile:
    name = file.stem.partition("_")[0]
    told = name in SPLITS and (name == file.stem or _PART.match(file.stem) is not None)
    return replace(file, split=name) if told else file


def _check_train(files: Sequence[InputFile]) -> None:
    splits = [file.split for file in files if not _is_part(file)]
    if "train" in splits or "facts" in splits:
        return
    held_out = [name for name in ("valid", "test") if name in splits]
    raise InputError(
        f"files for {' and '.join(held_out)} and none for train",
        wanted="a file of facts to learn from beside them, such as train.tsv",
        file=files[0].path,
        hint="To read them as facts like any other, give them other names",
    )
