"""Names that are not there: what is near is said, among very many too."""

from __future__ import annotations

from graph_schema.errors import UnknownName


def test_the_nearest_come_first_and_ten_at_most() -> None:
    error = UnknownName("model", "redgnn", ["frequency", "red_gnn"])
    assert "wanted one of 'red_gnn', 'frequency'. Did you mean 'red_gnn'?" in str(error)
    many = UnknownName("entity", "e5x", (f"e{i}" for i in range(50)))
    assert str(many).count("'e") == 12  # the name asked for, ten of those there are, the nearest again
    assert "wanted an existing run (there is none yet)" in str(UnknownName("run", "x", ()))


def test_of_very_many_only_those_that_begin_alike_are_compared() -> None:
    names = [f"{kind}{i}" for kind in ("Drug ", "gene ", "位置") for i in range(20_000)]
    assert "Did you mean 'Drug 777'?" in str(UnknownName("entity", "drug 777", names))
    assert "'gene 19999'" in str(UnknownName("entity", "gene 199999", names))
    assert "wanted one of 'Drug 0', …" in str(UnknownName("entity", "zebra", names))
