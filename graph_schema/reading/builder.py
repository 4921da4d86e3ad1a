"""Puts rows together into a graph: names resolved, repeats merged, contradictions named with their line."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graph_schema.errors import InputError
from graph_schema.reading.arrow import fact_table, node_table, relation_table
from graph_schema.reading.cleaning import Cleaner
from graph_schema.reading.files import InputFile
from graph_schema.reading.merging import Mention, better, merged, said
from graph_schema.reading.report import RowReport
from graph_schema.reading.rows import FactRow, NodeRow, Relation, Value
from graph_schema.reading.text import field_fault, normal, shown
from graph_schema.schema import GraphSchema
from graph_schema.tables import KNOWN_SPLITS, SPLITS, GraphData
from graph_schema.validation import end_fault, property_fault, relation_fault


@dataclass
class GraphBuilder:
    """Collects nodes and facts of one graph; `build` checks what only the whole can show."""

    schema: GraphSchema
    rows: RowReport
    nodes: dict[str, NodeRow] = field(default_factory=dict)
    facts: dict[tuple[str, str, str], FactRow] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    _implied: dict[str, str] = field(default_factory=dict)
    _resolved: dict[str, Relation | None] = field(default_factory=dict)
    _cleaner: Cleaner = field(init=False, repr=False)
    _counted: Counter[str] = field(default_factory=Counter)
    _mentioned: dict[str, Mention] = field(default_factory=dict)

    def __post_init__(self) -> None:
        specs = [spec for kind in self.schema.node_types for spec in kind.properties]
        specs += [spec for kind in self.schema.relation_types for spec in kind.properties]
        self._cleaner = Cleaner(self.rows, {spec.name: spec.type for spec in specs})

    def node(
        self,
        id: str,  # noqa: A002  # the field's own word, and that of the table
        type: str,  # noqa: A002  # likewise
        name: str,
        *,
        file: Path | str,
        line: int | None,
        aliases: Iterable[str] = (),
        properties: Mapping[str, Value] | None = None,
        keep_name: bool = False,
    ) -> None:
        """Declare a node. A second declaration must agree in type and name.

        Args:
            id: The field's own id.
            type: A node type of the schema.
            name: What people call it.
            file: Where it stands.
            line: 1-based line there.
            aliases: Other names.
            properties: Further values; those of the first declaration count.
            keep_name: A second, different name becomes an alias instead of a contradiction.
        """
        names = self._cleaner.names(file, line, (id, name))
        also = self._cleaner.texts(file, line, dict.fromkeys(aliases))
        values = self._cleaner.properties(file, line, properties or {})
        if names is None or also is None or values is None:
            return
        id_, called = names
        new = NodeRow(type, called, tuple(a for a in also if a and a != called), values, file, line)
        old = self.nodes.get(id_)
        if old is None:
            self.nodes[id_] = new
        elif old.type != new.type:
            self._contradiction(id_, old, new, lambda row: f"as {row.type}", "one type for each id")
        elif old.name != new.name and not keep_name:
            self._contradiction(id_, old, new, lambda row: f"named {shown(row.name)}", "one name for each id")
        else:
            self.nodes[id_], differing = merged(old, new)
            self._counted["values"] += differing

    def _contradiction(
        self, id_: str, old: NodeRow, new: NodeRow, said_of: Callable[[NodeRow], str], wanted: str
    ) -> None:
        """Keep of two declarations the one that sorts first, whichever came first; reject the other."""
        keep, leave = (old, new) if (old.type, old.name) <= (new.type, new.name) else (new, old)
        found = f"{shown(id_)} {said_of(leave)}, and {said_of(keep)} in {keep.file}:{keep.line}"
        self.rows.reject(leave.file, leave.line, found, wanted)
        self.nodes[id_] = keep

    def relation(self, name: str, type: str, description: str, template: str | None) -> None:  # noqa: A002  # as above
        """Declare a relation of a `many` type of the schema, such as one interaction among many."""
        declared = self.schema.relation_type(type)
        self.relations[name] = Relation(name, type, description, template, declared)
        self._resolved[name] = self.relations[name]

    def add(
        self,
        file: Path | str,
        lines: Sequence[int] | Sequence[None],
        heads: Sequence[str],
        relations: Sequence[str],
        tails: Sequence[str],
        *,
        split: str | None = None,
        sources: Sequence[str] = (),
        sources_each: Sequence[Sequence[str]] | None = None,
        split_each: Sequence[str | None] | None = None,
        ends: tuple[str, str] | None = None,
        properties: Mapping[str, Sequence[Value]] | None = None,
    ) -> list[int]:
        """Add facts, column by column.

        Args:
            file: Where they stand.
            lines: 1-based line of each.
            heads: Ids.
            relations: Names as the file spells them; aliases of the schema are understood.
            tails: Ids.
            split: "facts", "train", "valid", "test", or None.
            sources: Names of the sources of all of them.
            sources_each: Names of further sources of each.
            split_each: Split of each; None, or None in it: `split`.
            ends: Node types of heads and tails that nobody declares; None: they must be declared.
            properties: Further columns.

        Returns:
            Places of the facts that were taken.
        """
        for name in properties or ():
            self._check_property(name, file)
        heads, relations, tails, sound = self._cleaner.triples(file, lines, heads, relations, tails)
        bad: set[int] = set()
        columns = self._cleaner.columns(file, lines, properties or {}, bad)
        named = self._cleaner.sources(file, lines, tuple(sources), sources_each, bad)
        imported_from = self._imported_from(file)
        taken: list[int] = []
        for i in sound:
            head, tail, known = heads[i], tails[i], self._resolve(relations[i], file, lines[i])
            if known is None or i in bad:
                continue
            if known.declared is not None and known.declared.symmetric and known.name == known.type:
                head, tail = min(head, tail), max(head, tail)
            own = {n: c[i] for n, c in columns.items() if said(c[i])} if columns else {}
            in_split = (split_each[i] or split) if split_each else split
            row = FactRow(known.type, in_split, named[i], own, file, lines[i], imported_from)
            self._fact((head, known.name, tail), row)
            taken.append(i)
        for ids, kind in zip((heads, tails), ends or (), strict=False):
            for id_ in dict.fromkeys(ids):
                self.imply(id_, kind)
        return taken

    def mention(self, id_: str, name: str, category: str) -> None:
        """What a table of facts says of an end: another table of nodes knows better, where there is one.

        Args:
            id_: The end's id.
            name: What it is called, or "".
            category: Its kind, where that is no node type of the schema; or "".
        """
        key, *said_of = (normal(text) for text in (id_, name, category))
        mention = self._mentioned.setdefault(key, Mention())
        for known, text in zip((mention.names, mention.categories), said_of, strict=True):
            if text and field_fault(text) is None:
                known.add(text)

    def _imported_from(self, file: Path | str) -> tuple[str, ...]:
        """Under which name a file's facts are imported; none for what no file says."""
        if self.rows.source is not None:
            return (self.rows.source,)
        return (InputFile(Path(file)).stem,) if str(file) else ()

    def imply(self, id_: str, type_: str) -> None:
        """Take an id to be a node of that type, unless somebody declares it."""
        self._implied.setdefault(id_, type_)

    def entities(self) -> set[str]:
        """Ids that stand in a fact."""
        return {end for head, _, tail in self.facts for end in (head, tail)}

    def build(self) -> GraphData:
        """The graph: nodes sorted by id, facts by (head, relation, tail), each once.

        Raises:
            InputError: a fact's end is no node or of a wrong type, or nothing is left.
        """
        self._check_ends()
        if not self.facts:
            raise InputError("no fact", wanted="at least one sound fact")
        entities = self.entities()
        for id_ in entities:
            if id_ not in self.nodes:
                name = min(self._mentioned[id_].names, default=id_) if id_ in self._mentioned else id_
                self.nodes[id_] = NodeRow(self._implied[id_], name, (), {}, "", None)
        for id_ in entities & self._mentioned.keys():
            self._mentioned[id_].complete(self.nodes[id_])
        self._note_counts()
        self._cleaner.note()
        named = {relation for _, relation, _ in self.facts}
        self._note_look_alikes(named)
        return GraphData(
            nodes=node_table(self.schema, self.nodes),
            facts=fact_table(self.schema, self.facts),
            relations=relation_table([self.relations[name] for name in sorted(named)]),
            notes=tuple(self.rows.notes),
        )

    def _note_look_alikes(self, names: set[str]) -> None:
        """Tell of relations that differ in case alone: people name them without regard to it."""
        seen: dict[str, str] = {}
        for name in sorted(names):
            other = seen.setdefault(name.lower(), name)
            if other != name:
                self.rows.note(f"the relations {other!r} and {name!r} differ in case only")

    def _note_counts(self) -> None:
        texts = {
            "repeats": "repeated facts, merged: {}",
            "values": "values that differ from one row to another, of which one was kept: {}",
            "beside": "facts of files without a split that are in a split too, and only there: {}",
        }
        for what, text in texts.items():
            if self._counted[what]:
                self.rows.note(text.format(f"{self._counted[what]:,}"))
        learned = KNOWN_SPLITS | {None}
        held_out = [(h, t) for (h, _, t), f in self.facts.items() if f.split not in learned]
        if not held_out:
            return
        later = {end for ends in held_out for end in ends}
        known = {e for (h, _, t), f in self.facts.items() if f.split in learned for e in (h, t)}
        alone = later - known
        if alone:
            some = f"{len(alone):,}, such as {shown(min(alone))}"
            self.rows.note(f"entities in valid or test alone, of which nothing can be learned: {some}")

    def _fact(self, key: tuple[str, str, str], new: FactRow) -> None:
        old = self.facts.get(key)
        if old is None:
            self.facts[key] = new
            return
        if old.split != new.split and None not in (old.split, new.split):
            keep, leave = sorted((old, new), key=lambda row: SPLITS.index(row.split or ""))
            place = f"{keep.file}:{keep.line}"
            found = f"a fact of split {leave.split!r} that is in {keep.split!r} too ({place}): {key}"
            self.rows.reject(leave.file, leave.line, found, "each fact in one split")
            self.facts[key] = keep
            return
        self._counted["repeats" if old.split == new.split else "beside"] += 1
        old.split = old.split or new.split
        old.sources = tuple(dict.fromkeys((*old.sources, *new.sources)))
        old.imported_from = tuple(dict.fromkeys((*old.imported_from, *new.imported_from)))
        old.properties, differing = better(old.properties, new.properties)
        self._counted["values"] += differing

    def _resolve(self, name: str, file: Path | str, line: int | None) -> Relation | None:
        """The relation of that name; None where it is refused and rows are skipped."""
        if name in self._resolved and self._resolved[name] is not None:
            return self._resolved[name]
        declared = self.schema.relation_type(name)
        if declared is not None:
            known = Relation(declared.name, declared.name, declared.description, declared.template, declared)
        elif self.schema.open and relation_fault(name) is None:
            known = Relation(name, name)
        else:
            self._resolved[name] = None
            self.rows.reject(file, line, *self._unknown(name))
            return None
        self._resolved[name] = self.relations[known.name] = known
        return known

    def _unknown(self, name: str) -> tuple[str, str, str | None]:
        fault = relation_fault(name)
        if fault is not None:
            return (*fault, "Rename it in the file")
        names = sorted({t.name for t in self.schema.relation_types} | set(self.schema.aliases))
        near = difflib.get_close_matches(name, names, n=1)
        listing = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        hint = f"Did you mean {near[0]!r}?" if near else "--domain triples takes any relation"
        return f"the relation {shown(name)}", f"a relation of domain {self.schema.domain!r}: {listing}", hint

    def _check_property(self, name: str, file: Path | str) -> None:
        fault = property_fault(name)
        if fault is not None:
            raise InputError(fault[0], wanted=fault[1], file=file, line=1, hint="Rename the column")

    def _type_of(self, id_: str) -> str | None:
        declared = self.nodes.get(id_)
        return declared.type if declared is not None else self._implied.get(id_)

    def _check_ends(self) -> None:
        wrong: list[tuple[str, str, str]] = []
        for key, fact in self.facts.items():
            types = self._type_of(key[0]), self._type_of(key[2])
            declared = self.relations[key[1]].declared
            if types[0] is None or types[1] is None:
                end, id_ = ("head", key[0]) if types[0] is None else ("tail", key[2])
                self.rows.reject(
                    fact.file,
                    fact.line,
                    f"the {end} {shown(id_)}, which no file declares",
                    "an id from the node tables",
                )
                wrong.append(key)
            elif declared is not None:
                fault = end_fault(declared, types[0], types[1])
                if fault is not None:
                    self.rows.reject(fact.file, fact.line, *fault)
                    wrong.append(key)
        for key in wrong:
            del self.facts[key]
