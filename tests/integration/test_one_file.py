"""Room for more: a domain, a reader, a model, a task, a store, a page are a folder or a file each."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.trees import run_in, tree_with

ADDED = {
    "graph_schema/domains/moons/__init__.py": '"""Moons and what they circle."""\n',
    "graph_schema/domains/moons/domain.yaml": (
        "domain: moons\ntitle: Moons\ndescription: Moons.\nlicence: Apache-2.0\ntarget: CIRCLES\n"
        "node_types:\n  - {name: Body, description: A body.}\n"
        "relation_types:\n  - {name: CIRCLES, head: [Body], tail: [Body], description: It circles it.}\n"
        "  - {name: NEARER_THAN, head: [Body], tail: [Body], description: It is nearer to the same body.}\n"
    ),
    "graph_schema/domains/moons/importer.py": '''
from graph_schema.domains import load_domain
from graph_schema.reading import GraphBuilder
from graph_schema.reading.adding import add_triples
from graph_schema.reading.layouts import Layout

OWN = frozenset({".moons"})

def recognise(files):
    return all(file.suffix in OWN for file in files.files)

def read(files, rows):
    builder, layout = GraphBuilder(load_domain("moons"), rows), Layout.of(files)
    for file in layout.facts:
        add_triples(builder, layout.triples(file, rows), ("Body", "Body"))
    return builder.build()
''',
    "graph_schema/reading/formats/arrows.py": '''
import re
from graph_schema.reading.report import RowReport
from graph_schema.reading.triples import Triples

SUFFIXES = frozenset({".arrows"})
EXAMPLE = "facts.arrows", "Zoë -knows-> Max\\nMax -knows-> Lou\\nLou -likes-> Zoë\\n"
_ROW = re.compile(r"(\\S+) -(\\S+)-> (\\S+)$")

def recognises(file):
    return file.suffix in SUFFIXES

def read(file, rows, _columns=None):
    found = []
    for number, line in enumerate(file.text().splitlines(), 1):
        row = _ROW.match(line)
        if row is None:
            rows.reject(file.path, number, repr(line), "head -relation-> tail")
        else:
            found.append((number, *row.groups()))
    return Triples(file, *map(list, zip(*found)))
''',
    "trainers/models/steady.py": '''
from trainers.models.frequency import Frequency as Counting
from trainers.trainer import ModelConfig, Reference

class SteadyConfig(ModelConfig):
    """None."""

class Steady(Counting):
    """Counts, for another task."""
    Config = SteadyConfig
    task = "first_place"
    reference = Reference(title="Counting", venue="test", year=2026)
''',
    "trainers/tasks/first_place.py": '''
from graph_schema.records import Metric
from trainers.tasks.link_prediction import LinkPrediction as Ranking

class FirstPlace(Ranking):
    """Ranking, judged by the first place alone."""
    figures = ("hits@1",)
    baselines = ("steady",)
    def metric(self, data):
        return Metric(name="hits@1", title="first places")
''',
    "platform/kgplatform/store/backends/elsewhere.py": '''
from kgplatform.store.backends.local import down, open_store, server_state, up
SCHEMES = ("local",)
EXAMPLE = "elsewhere:FOLDER"
'''.replace('("local",)', '("elsewhere",)'),
    "ui/pages/tides.py": '''
import streamlit as st
TITLE, ICON, ORDER = "Tides", ":material/waves:", 99
def page():
    st.title("Tides")
''',
}  # fmt: skip
_LISTED = """
import json
from graph_schema.domains import available_domains
from graph_schema.reading.formats import available_formats
from kgplatform.store.opening import available_stores
from streamlit.testing.v1 import AppTest
from trainers.registry import available_models, available_tasks
from ui.registry import available_pages

app = AppTest.from_string('from ui.registry import load_page; load_page("tides").draw()', default_timeout=120)
app.run()
lists = (available_domains(), available_formats(), available_stores(), available_models(), available_tasks(),
         available_pages())
print(json.dumps([*map(list, lists), app.title[0].value]))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source with one more of each."""
    return tree_with(tmp_path_factory.mktemp("tree"), ADDED)


def test_each_is_found_by_its_name(tree: Path) -> None:
    *lists, title = json.loads(run_in(tree, "-c", _LISTED))
    for names, name in zip(
        lists, ("moons", "arrows", "elsewhere", "steady", "first_place", "tides"), strict=True
    ):
        assert name in names
    assert title == "Tides"


def test_a_reader_is_held_to_the_promises_of_all(tree: Path) -> None:
    contract = tree / "test_formats.py"
    shutil.copy(Path(__file__).parents[1] / "contracts" / "test_formats.py", contract)
    said = run_in(tree, "-m", "pytest", "-q", "-k", "arrows", "-p", "no:cacheprovider", str(contract))
    assert " passed" in said


def test_the_commands_take_them_as_they_are(tree: Path, tmp_path: Path) -> None:
    facts = [f"m{i}\tCIRCLES\tp{i % 3}" for i in range(40)]
    facts += [f"m{i}\tNEARER_THAN\tm{i + 3}" for i in range(30)]
    for folder, name, lines in (("sky", "sky.moons", facts), ("plain", "f.arrows", ["Zoë -knows-> Max"] * 3)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text("\n".join(lines) + "\n", "utf-8")
    place = {
        "KGP_STORE": f"elsewhere:{tmp_path / 'store'}",
        "KGP_DATA": str(tmp_path / "data"),
        "KGP_HEAP": "1g",
    }

    def kgp(*words: str) -> str:
        return run_in(tree, "-m", "kgplatform", *words, **place)

    try:
        assert "moons (moons)" in kgp("import", str(tmp_path / "sky"), "--as", "moons")
        (plain,) = map(json.loads, kgp("import", str(tmp_path / "plain"), "--json").splitlines())
        assert (plain["domain"], plain["added"]) == ("triples", 3)
        (run,) = map(json.loads, kgp("train", "steady", "moons", "--promote", "--json").splitlines())
        assert "hits@1" in run["metrics"]
        (listed,) = map(json.loads, kgp("runs", "moons", "--json").splitlines())
        assert (listed["task"], listed["metric"], listed["status"]) == ("first_place", "hits@1", "promoted")
        assert "first places" in kgp("runs", "moons")
        assert "test hits@1" in kgp("train", "steady", "moons")
        assert kgp("predict", run["run"], "--top", "2").count("CIRCLES".lower()) == 2
    finally:
        kgp("down")
