"""Interactions of drugs of which the graph knows more: structures, proteins, new drugs and unknown ones."""

from __future__ import annotations

from pathlib import Path

from tests.typed_pairs import CLASSES, DRUGS, write_interactions

GENES = (("1559", "CYP2C9"), ("1576", "CYP3A4"), ("1565", "CYP2D6"), ("5243", "ABCB1"))
RINGS = ("CCO", "c1ccccc1", "CC(=O)O")
NEW, NOBODY, TWICE = "DB00900", "DB00901", ("DB00902", "DB00903")
"""In no known pair but with facts; without any fact or structure; two drugs of one name, "twice"."""


def write_world(folder: Path) -> list[Path]:
    """Two folders to import: drugs of a class share a structure and proteins. Args: folder: made here."""
    pairs, roles_of = write_interactions(folder / "pairs"), folder / "roles"
    roles_of.mkdir()
    drugs = [f"{i}\tDB{i:05d}\tdrug {i:02d}\t{'C' * (i // 9)}{RINGS[i % CLASSES]}" for i in range(DRUGS)]
    drugs += [f"900\t{NEW}\tnew one\t", f"901\t{NOBODY}\tnobody\t"]
    drugs += [f"{number}\t{id_}\ttwice\tCCCO" for number, id_ in zip((902, 903), TWICE, strict=True)]
    (pairs / "drugs.tsv").write_text("\n".join(["id\tdrugbank_id\tname\tsmiles", *drugs]) + "\n", "utf-8")
    roles = [("enzyme", i, i % CLASSES) for i in range(DRUGS)] + [
        ("target", i, 3) for i in range(0, DRUGS, 2)
    ]
    lines = [
        f"DB{i:05d}\t{role}\t{GENES[g][0]}\t{GENES[g][1]}" for role, i, g in [*roles, ("enzyme", 900, 0)]
    ]
    header = "drugbank_id\trole\tentrez_gene_id\tgene_symbol"
    (roles_of / "drug_protein_roles.tsv").write_text("\n".join([header, *lines]) + "\n", "utf-8")
    facts = [f"DB{i:05d}\tINHIBITS\t{GENES[i % CLASSES][0]}\ttest\ttrue" for i in range(0, DRUGS, 5)]
    (roles_of / "facts.tsv").write_text(
        "\n".join(["head\trelation\ttail\tsource\tchecked", *facts]) + "\n", "utf-8"
    )
    return [pairs, roles_of]
