"""`kgp` as a process of its own: its streams, Ctrl-C, and how lightly it starts."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kgplatform.cli import COMMANDS, main
from tests.commands import SKY, Answer, Kgp
from tests.conftest import Loop


def _outside(loop: Loop, *arguments: str) -> Answer:
    done = subprocess.run(
        [sys.executable, "-m", "kgplatform", *arguments],
        env=_environment(loop),
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def _environment(loop: Loop) -> dict[str, str]:
    return {**os.environ, **loop.environment}


def test_a_second_writer_is_told_who_is_first(kgp: Kgp, loop: Loop, sky: tuple[str, Path]) -> None:
    name, file = sky
    with loop.store.lock(name, "import of moons.tsv"):
        answer = _outside(loop, "import", str(file), "--as", name, "--domain", "triples")
    assert answer.status == 1
    assert "import of moons.tsv" in answer.err
    assert "is being written by process" in answer.err


def test_a_full_disk_ends_with_1_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    disk, file = tmp_path / "disk", tmp_path / "sky.tsv"
    disk.mkdir()
    file.write_text(SKY, "utf-8")
    mount = ["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", str(disk)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
        pytest.skip("a small file system can only be mounted by root on Linux")
    monkeypatch.setenv("KGP_STORE", f"local:{disk}")
    monkeypatch.setenv("KGP_HEAP", "1g")

    def kgp(*arguments: str) -> int | str | None:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        return ended.value.code

    asked = ("import", str(file), "--domain", "triples", "--as")
    try:
        assert kgp(*asked, "first") == 0
        (disk / "other files").write_bytes(bytes(shutil.disk_usage(disk).free - 20_000_000))
        capsys.readouterr()
        assert kgp(*asked, "second") == 1
        printed = capsys.readouterr()
        assert printed.out == ""
        assert "Free space there" in printed.err
        (disk / "other files").unlink()
        assert kgp(*asked, "second") == 0
    finally:
        kgp("down")
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_results_alone_are_on_stdout_and_progress_comes_first(loop: Loop) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "kgplatform", "train", "frequency", "drug", "--json"],
        env=_environment(loop),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().strip()
        out, err = process.communicate()
    assert process.returncode == 0, err
    assert Answer(0, out, err).item()["model"] == "frequency"
    assert "ranking" in err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_training_says_how_to_go_on_and_goes_on(
    loop: Loop, kgp: Kgp, stop: signal.Signals
) -> None:
    endless = {"epochs": 100_000, "patience": 100_000, "layers": 2, "dim": 8}
    small = [f"--set={key}={value}" for key, value in endless.items()]
    with subprocess.Popen(
        [sys.executable, "-m", "kgplatform", "train", "red_gnn", "drug", "--seed", "9", *small],
        env=_environment(loop),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("epoch"):
                break
        process.send_signal(stop)
        out, err = process.communicate(timeout=300)
    assert (process.returncode, out) == (5, ""), err
    assert "Traceback" not in err
    (command,) = [x for x in err.splitlines() if x.startswith("go on with: kgp ")] or [err]
    words = command.removeprefix("go on with: kgp ").split()
    done = _brought_to_an_end(loop, words[words.index("--resume") + 1])
    resumed = kgp(*words, "--json")
    assert resumed.status == 0, resumed.err
    assert resumed.item()["seed"] == 9
    assert kgp("runs", "drug", "--json").items()[-1]["epochs"] == done + 1


def _brought_to_an_end(loop: Loop, run: str) -> int:
    """Set an interrupted run to end with the epoch after those it has done, of which there are so many."""
    checkpoint = loop.registry.path(run) / "checkpoint" / "training.json"
    done: int = json.loads(checkpoint.read_text("utf-8"))["epoch"] if checkpoint.exists() else 0
    record = loop.registry.read(run)
    loop.registry.write(record.model_copy(update={"config": record.config | {"epochs": done + 1}}))
    return done


@pytest.mark.parametrize("first", [["--help"], ["--version"], ["train", "--help"]])
def test_help_comes_without_the_heavy_libraries(first: list[str]) -> None:
    program = """
import sys
from kgplatform.cli import main
try:
    main(sys.argv[1:])
finally:
    print([m for m in ("torch", "pyarrow", "neo4j", "numpy") if m in sys.modules], file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, *first], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (0, "[]")
    assert "kgp" in done.stdout


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert f"Example: kgp {name}" in " ".join(printed.split())
    assert "--json" in printed
    assert "--store" in printed
