"""Who is whose child, and by birth or not, and who are couples, from the families of a genealogy."""

from __future__ import annotations

from collections.abc import Sequence

from graph_schema.domains.family.gedcom_links import ChildLink, Family
from graph_schema.domains.family.gedcom_tally import Tally
from graph_schema.domains.family.gedcom_tree import Couple, FamilyTree
from graph_schema.reading import InputFile, RowReport

_KINDS = {
    "adopted": "adopted adoption adoptive adopt adopted_child",
    "foster": "foster fostered foster_child foster-child",
    "step": "step stepchild step-child step_child stepson stepdaughter",
    "birth": "birth natural biological bio blood genetic birth_child",
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_RELATIONS = {"adopted": "ADOPTED_BY", "foster": "FOSTER_CHILD_OF", "step": "STEPCHILD_OF"}
_FIRST = ("adopted", "foster", "step", "birth")
"""Which of several kinds a link is: blood only where nothing else is said."""

_LEFT_OUT = "links of a child and a parent that are neither birth, adoption, foster nor step, left out"
_REFUTED = frozenset({"disproven", "challenged"})
_PARTNERS = 2


def join(
    families: Sequence[Family], tree: FamilyTree, file: InputFile, rows: RowReport, tally: Tally
) -> None:
    """Put parents and couples into a tree.

    Raises:
        InputError: unless rows are skipped, a family has more than two partners, or one twice.
    """
    for family in families:
        for person in sorted(p for p, roles in family.partners.items() if len(roles) > 1):
            rows.reject(file.path, family.line, f"@{person}@ married to themselves", "two people")
        if len(family.partners) > _PARTNERS:
            found = f"{len(family.partners)} partners in the family @{family.id}@ (HUSB, WIFE, FAMS)"
            rows.reject(file.path, family.line, found, "at most two")
            continue
        if len(family.partners) == _PARTNERS:
            one, other = sorted(family.partners)
            tree.couples.setdefault((one, other), Couple(family.line, family.wedding))
        for child, link in family.children.items():
            for parent in family.partners:
                kind = _kind(link, _role(family, tree, parent))
                if kind == "birth":
                    tree.parents.setdefault((parent, child), link.line)
                elif kind in _RELATIONS and child == parent:
                    found = f"@{child}@ as {kind} child of themselves"
                    rows.reject(file.path, link.line, found, "two people")
                elif kind in _RELATIONS:
                    tree.raised.setdefault((child, _RELATIONS[kind], parent), link.line)
                elif kind is not None:
                    tally.add(_LEFT_OUT, link.line, f"@{child}@ and @{parent}@ ({kind})")
    for child, relation, parent in list(tree.raised):
        if (parent, child) in tree.parents:  # a family that adopts together with the mother or the father
            del tree.raised[child, relation, parent]


def _role(family: Family, tree: FamilyTree, parent: str) -> str | None:
    roles = family.partners[parent]
    if len(roles) == 1:
        return next(iter(roles))
    return {"M": "HUSB", "F": "WIFE"}.get(tree.people[parent].sex or "")


def _kind(link: ChildLink, role: str | None) -> str | None:
    """The kind of a child's link to the parent of that role, a key of `_KINDS` or the file's own word.

    None: the family is named for the other parent's adoption alone.
    """
    whole = [_KIND_OF.get(kind, kind) for of, kind in link.said if of is None]
    if whole and _REFUTED.issuperset(whole):
        return min(whole)
    own = [_KIND_OF.get(kind, kind) for of, kind in link.said if of is not None and of == role]
    if not own and not link.member and not whole:
        return None
    if not own and _adopted_by_other(link, role):
        whole = [kind for kind in whole if kind != "adopted"] or (["not said"] if "adopted" in whole else [])
    said = own or whole or ["birth"]
    return min(said, key=lambda kind: (_FIRST.index(kind) if kind in _FIRST else len(_FIRST), kind))


def _adopted_by_other(link: ChildLink, role: str | None) -> bool:
    return role is not None and any(of not in (None, role) and kind == "adopted" for of, kind in link.said)
