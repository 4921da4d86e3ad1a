"""The rules of the house: what may be where, how long files may be, and that registries are folders."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from graph_schema.domains import available_domains, load_domain, load_importer, sample_folder
from graph_schema.errors import UnknownName
from kgplatform.cli import COMMANDS, cli
from kgplatform.store import available_stores
from trainers.registry import available_models
from ui.registry import available_pages, load_page

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / "graph_schema", ROOT / "trainers", ROOT / "ui", ROOT / "platform" / "kgplatform"]
OURS = [f for p in PACKAGES for f in p.rglob("*.py")]
ALL = [*OURS, *(f for d in ("tests", "benchmarks", "acceptance") for f in (ROOT / d).rglob("*.py"))]


def test_the_standard_library_platform_is_not_shadowed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import platform; print(platform.system())"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip()
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_every_package_is_typed() -> None:
    for package in PACKAGES:
        assert (package / "py.typed").exists(), package


def test_files_are_short() -> None:
    lengths = {f: len(f.read_text("utf-8").splitlines()) for f in ALL}
    assert statistics.median(lengths[f] for f in OURS) <= 120
    assert {f: n for f, n in lengths.items() if n > (400 if f in OURS else 500)} == {}


def test_every_module_says_what_it_is_for() -> None:
    for file in ALL:
        text = file.read_text("utf-8")
        assert not text or text.startswith('"""'), file
        assert file.name != "utils.py"


def test_nothing_private_is_committed() -> None:
    found = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    bad = re.compile(r"/wor[k]/|find-link[s]|index-ur[l]|pypi\.or[g]/simple|extra-inde[x]")
    for name in found.stdout.splitlines():
        file = ROOT / name
        if file.exists() and file.suffix not in {".png", ".gz"}:
            assert not bad.search(file.read_text("utf-8", errors="replace")), name
        assert file.suffix not in {".pkl", ".pickle", ".pt", ".lock"}, name


def test_pages_are_found_by_file_name_in_the_order_they_say() -> None:
    assert available_pages() == (
        "home", "search", "entity", "predictions", "interactions", "why", "cypher",
    )  # fmt: skip
    pages = [load_page(name) for name in available_pages()]
    assert len({p.title for p in pages}) == len({p.order for p in pages}) == len(pages)
    with pytest.raises(UnknownName, match="Did you mean 'search'"):
        load_page("serach")


def test_the_extra_all_is_every_extra_but_dev() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    (all_of,) = extras["all"]
    assert set(all_of.removeprefix("kg-platform[").removesuffix("]").split(",")) == extras.keys() - {
        "all",
        "dev",
    }
    for file in ("Makefile", "Dockerfile"):
        assert re.search(r"\.\[all[\],]", (ROOT / file).read_text("utf-8")), file


def test_registries_are_the_folders() -> None:
    assert set(available_domains()) == {"concept", "drug", "family", "triples"}
    assert set(available_models()) >= {"frequency", "red_gnn"}
    assert set(available_stores()) == {"local", "neo4j", "neo4j_local"}


@pytest.mark.parametrize("domain", available_domains())
def test_a_domain_is_complete(domain: str) -> None:
    schema = load_domain(domain)
    assert schema.domain == domain
    assert schema.licence
    assert schema.sources or schema.open
    assert callable(load_importer(domain).recognise)
    if domain != "triples":
        assert any(sample_folder(domain).iterdir())
        assert schema.target


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_helps_with_an_example(name: str) -> None:
    command = cli.get_command(cli.make_context("kgp", ["status"]), name)
    assert command is not None
    assert command.name == name
    assert "Example: kgp" in (command.help or "")


def test_links_of_the_pages_lead_somewhere() -> None:
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
            assert target.startswith("http") or (page.parent / target).exists(), f"{page.name}: {target}"


def test_compose_is_yaml_with_a_health_check() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    assert services["neo4j"]["image"].startswith("neo4j:5.26")
    assert services["neo4j"]["healthcheck"]["test"]
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_results_are_what_the_page_says() -> None:
    page = ROOT / "docs" / "results.md"
    records = sorted((ROOT / "results").glob("*.json"))
    if not records:
        assert not page.exists()
        return
    from measuring.page import render

    assert page.read_text("utf-8") == render([json.loads(f.read_text("utf-8")) for f in records])
