"""Files into a graph: read as their domain says, checked as a whole, then written."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes its compute functions at import time)

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pyarrow.compute as pc

from graph_schema.domains import available_domains, load_domain, load_importer, own_files, sample_folder
from graph_schema.errors import InputError, UsageError
from graph_schema.progress import Progress
from graph_schema.reading import InputFiles, Rejected, RowReport
from graph_schema.reading.exported import exported_folder, read_export
from graph_schema.reading.selecting import KnownGraph
from graph_schema.reading.text import field_fault
from graph_schema.reserved import RESERVED_LABELS
from graph_schema.schema import GraphSchema
from graph_schema.tables import GraphData
from graph_schema.validation import check_graph
from kgplatform.graphs.holding_out import unpacked, with_held_out
from kgplatform.graphs.mirrors import Fact
from kgplatform.graphs.relation_types import StoreNames, with_storable_types
from kgplatform.graphs.targets import with_target
from kgplatform.store.protocol import Changes, GraphStore

ANYTHING = "triples"
"""The domain of files that no other recognises."""

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")
_GRAPH_NAME = re.compile(r"[\w][\w.-]{0,99}\Z")


@dataclass(frozen=True, slots=True)
class Reading:
    """What files hold: a graph that obeys its schema, and what had to be left out."""

    schema: GraphSchema
    data: GraphData
    rejected: int = 0
    rejected_rows: tuple[Rejected, ...] = ()
    notes: tuple[str, ...] = ()
    graph: str | None = None
    """Name the graph had where it was exported; None for other files."""

    first_scope: str | None = None
    """Scope whose local ids stay as they are; None where no file has one of its own."""

    @property
    def domain(self) -> str:
        """Name of the domain they were read as."""
        return self.schema.domain


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do. Counts are of nodes and facts together; `changes` tells them apart."""

    graph: str
    domain: str
    added: int
    changed: int
    unchanged: int
    rejected: int
    dry_run: bool = False
    changes: dict[str, Changes] = field(default_factory=dict)
    rejected_rows: tuple[Rejected, ...] = ()
    notes: tuple[str, ...] = ()


def guess_domain(files: InputFiles) -> str:
    """The domain whose importer recognises these files, `triples` where none does.

    Raises:
        InputError: two domains recognise them.
    """
    fitting = [d for d in available_domains() if d != ANYTHING and load_importer(d).recognise(files)]
    if len(fitting) > 1:
        raise InputError(
            f"files of the domains {', '.join(fitting)}",
            wanted="files of one domain",
            file=files.files[0].path,
            hint="Import them one domain at a time, or say --domain",
        )
    return fitting[0] if fitting else ANYTHING


def read_files(
    paths: Sequence[Path | str],
    *,
    domain: str | None = None,
    skip_rejected: bool = False,
    columns: Sequence[str] | None = None,
    source: str | None = None,
    language: str | None = None,
    known: Callable[[str], KnownGraph] | None = None,
) -> Reading:
    """Read and check files; nothing is written anywhere.

    Args:
        paths: Files and folders; or one folder that `kgp export` wrote, whatever its domain.
        domain: How to read them; None: guessed from their first lines.
        skip_rejected: Leave bad rows out and count them, instead of stopping at the first.
        columns: What the columns of tables without a telling header are; see `InputFiles`.
        source: Name under which the facts are imported; None: each file's stem.
        language: Of the names wanted, where files have them in several; None: English, or what there is.
        known: Given the domain, the graph that the files go into; None: a new one.

    Raises:
        InputError: with file and line of the first fault.
        UnknownName: no such domain.
    """
    rows = RowReport(skip=skip_rejected, source=source)
    folder = exported_folder(paths)
    graph = scope = None
    with _collector_at_rest():
        if folder is not None:
            graph, schema, data = _read_export(folder, rows, domain, columns)
        else:
            given = partial(
                InputFiles.of, paths, columns=columns, source=source, language=language, own=own_files()
            )
            files = given()
            name = domain or guess_domain(files)
            schema = load_domain(name)
            if known is not None:
                files = given(known=known(name))
            for note in files.notes:
                rows.note(note)
            data = load_importer(name).read(files, rows)
            scope = files.first_scope if files.has_local_ids() else None
    check_graph(schema, data)
    return Reading(schema, data, rows.count, tuple(rows.first), tuple(rows.notes), graph, scope)


def _read_export(
    folder: Path, rows: RowReport, domain: str | None, columns: Sequence[str] | None
) -> tuple[str, GraphSchema, GraphData]:
    header, data = read_export(folder, rows)
    schema = header.domain_schema
    if domain not in (None, schema.domain) or columns is not None:
        raise InputError(
            f"an exported graph of domain {schema.domain!r}",
            wanted="an import without --columns and --domain: the files say how to read them",
            file=folder,
        )
    return header.graph, schema, data


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the cycle collector off: reading makes millions of small objects and no cycles; half the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def graph_name(paths: Sequence[Path | str], domain: str) -> str:
    """Name of a graph nobody named: that of the folder or file; for a domain's sample, the domain's."""
    path = Path(paths[0]).resolve()
    if path == sample_folder(domain).resolve():
        return domain
    if path.is_dir():
        bare = path.name
    elif len(paths) > 1:
        bare = path.parent.name
    else:
        bare = path.name.removesuffix(".gz").rsplit(".", 1)[0]
    name = re.sub(r"[^\w.-]+", "_", bare).strip("._-")
    return name if _GRAPH_NAME.match(name) and name not in RESERVED_LABELS else domain


def import_files(
    store: GraphStore,
    paths: Sequence[Path | str],
    *,
    graph: str | None = None,
    domain: str | None = None,
    dry_run: bool = False,
    skip_rejected: bool = False,
    columns: Sequence[str] | None = None,
    hold_out: float | None = None,
    target: str | None = None,
    source: str | None = None,
    language: str | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Read files and write them into a graph; the same files twice change nothing.

    Args:
        store: Where to.
        paths: Files and folders.
        graph: Name of the graph; None: that of an exported graph, else see `graph_name`.
        domain: See `read_files`.
        dry_run: Compare only.
        skip_rejected: See `read_files`.
        columns: See `read_files`.
        hold_out: Share of facts to mark `valid`, and as many `test`; see `kgplatform.graphs.holding_out`.
        target: Relation that is held out, learned, promoted and predicted where nobody says which; None: the
            graph's, else the domain's.
        source: See `read_files`.
        language: See `read_files`.
        progress: Told as reading and writing go on.

    Raises:
        InputError: a fault in the files or in the graph's name; nothing was written.
        UnknownName: no fact is of the target.
        StoreError: the server could not do it.
    """
    if graph is not None:
        check_graph_name(graph)
    _check_options(source, language)
    if progress is not None:
        progress("reading", 0, 1)
    names = StoreNames.of(store)
    reading = read_files(
        paths,
        domain=domain,
        skip_rejected=skip_rejected,
        columns=columns,
        source=source,
        language=language,
        known=lambda own: _known(names, graph or graph_name(paths, own)),
    )
    if progress is not None:
        progress("reading", 1, 1)
    name = graph or reading.graph or graph_name(paths, reading.domain)
    check_graph_name(name)
    _check_domain(names, name, reading.domain)
    schema, chosen = with_target(reading.schema, reading.data, target, names.targets.get(name))
    reading = replace(reading, schema=schema)
    if hold_out is not None:
        reading = _held_out(store, name, reading, hold_out, schema.target if chosen else None)
    data, notes = with_storable_types(names, name, reading.schema, reading.data)
    reading = replace(reading, data=data, notes=(*reading.notes, *notes))
    if dry_run:
        changes = store.compare_graph(name, reading.schema, reading.data)
    else:
        changes = store.put_graph(name, reading.schema, reading.data, progress=progress)
        if reading.first_scope is not None and names.scopes.get(name) is None:
            _remember_scope(store, name, reading.first_scope)
    total = sum(changes.values(), Changes())
    return ImportReport(
        graph=name,
        domain=reading.domain,
        added=total.added,
        changed=total.changed,
        unchanged=total.unchanged,
        rejected=reading.rejected,
        dry_run=dry_run,
        changes=changes,
        rejected_rows=reading.rejected_rows,
        notes=reading.notes,
    )


def _known(names: StoreNames, graph: str) -> KnownGraph:
    own = {row["name"]: row["description"] or "" for row in names.relations if row["graph"] == graph}
    return KnownGraph(names.scopes.get(graph), own)


def _remember_scope(store: GraphStore, graph: str, scope: str) -> None:
    """Keep with a graph which scope's local ids stand in it as they are."""
    statement = "MATCH (g:Graph {name: $graph}) SET g.first_scope = coalesce(g.first_scope, $scope)"
    store.write(lambda transaction: transaction.run(statement, {"graph": graph, "scope": scope}))


def _held_out(store: GraphStore, graph: str, reading: Reading, share: float, target: str | None) -> Reading:
    """The same with facts held out; what stands in the graph keeps the split it has there."""
    known = next((g for g in store.graphs() if g["name"] == graph), None)
    stored: dict[Fact, str] = {}
    if known is not None:
        facts = store.get_graph(graph).facts
        facts = facts.filter(pc.is_valid(facts["split"]))
        names = zip(*(facts[c].to_pylist() for c in ("head", "relation", "tail")), strict=True)
        stored = dict(zip(names, facts["split"].to_pylist(), strict=True))
    kept = unpacked((known or {}).get("kept_in_training", ""))
    data, notes = with_held_out(reading.schema, reading.data, share, kept=kept, stored=stored, target=target)
    return replace(reading, data=data, notes=(*reading.notes, *notes))


def _check_domain(names: StoreNames, graph: str, domain: str) -> None:
    """Raises: InputError where a graph of that name holds another domain."""
    held = names.domains.get(graph, domain)
    if held != domain:
        raise InputError(
            f"files of the domain {domain!r} for the graph {graph!r}",
            wanted=f"files of its own domain, {held!r}",
            hint="Choose another name with --as, or say --domain",
        )


def _check_options(source: str | None, language: str | None) -> None:
    """Raises: UsageError where a source's name is no name, or a language no tag of one."""
    fault = field_fault(source) if source is not None else None
    if fault is not None:
        raise UsageError(f"--source: found {fault[0]}; wanted {fault[1]}")
    if language is not None and not _LANGUAGE.match(language):
        raise UsageError(f"--language: found {language!r}; wanted a tag such as de or pt-BR")


def check_graph_name(name: str) -> None:
    """Raises: InputError where a graph may not be called that."""
    if not _GRAPH_NAME.match(name) or name in RESERVED_LABELS:
        raise InputError(
            f"the graph name {name!r}",
            wanted="up to 100 letters, digits, _, . and -, a letter or digit first, and not reserved",
        )
