"""Whatever happens to a file, reading it gives a graph or one of our own errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_schema.domains import available_domains, sample_folder
from graph_schema.errors import InputError
from kgplatform.graphs.importing import read_files

PIECES = st.sampled_from(
    [b"\t", b"\n", b"\r", b'"', b"\0", b"\xff", b",", b"@", b"0 ", b"|", b"#", b"::", b"-1"]
)
DAMAGE = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), PIECES), min_size=1, max_size=4)


def damaged(content: bytes, damage: list[tuple[float, int, bytes]]) -> bytes:
    """The content with pieces put in the place of some bytes, each (where, how many bytes, piece)."""
    for where, length, piece in damage:
        start = int(where * len(content))
        content = content[:start] + piece + content[start + length :]
    return content


@pytest.mark.parametrize("domain", available_domains())
@given(damage=DAMAGE, which=st.integers(0, 1), skip=st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_files_give_a_graph_or_an_input_error(
    domain: str, damage: list[tuple[float, int, bytes]], which: int, skip: bool, tmp_path: Path
) -> None:
    samples = sorted(sample_folder(domain).iterdir())
    for i, sample in enumerate(samples):
        content = sample.read_bytes()
        (tmp_path / sample.name).write_bytes(
            damaged(content, damage) if i == which % len(samples) else content
        )
    try:
        reading = read_files([tmp_path], domain=domain, skip_rejected=skip)
    except InputError:
        return
    assert reading.data.facts.num_rows > 0
