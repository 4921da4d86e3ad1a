"""What small commands cost: processor time of `kgp` beside bare scripts that do the same with the driver.

python benchmarks/command_line.py

Both talk to a running local server, each in a process of its own, in turn; medians of user and system time.
The bare scripts keep pandas out, which the driver would import; "lean" ones keep out numpy and pyarrow too.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from kgplatform.settings import Settings
from kgplatform.store import server_state
from measuring.recording import record

ROUNDS, WANTED = 9, 1.5
KGP = [sys.executable, "-m", "kgplatform"]
OUT = {"bare": ["pandas"], "lean": ["pandas", "numpy", "pyarrow"]}

_BARE = """
import csv, json, sys
class Finder:
    def find_spec(self, name, path, target=None):
        if name in {out}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Finder())
import neo4j
address, user, password, database = json.loads(sys.argv[1])
with neo4j.GraphDatabase.driver(address, auth=(user, password)) as driver, \\
        driver.session(database=database) as session:
{work}
"""
_WORK = {
    "query": """
    for record in session.run("RETURN 1"):
        print(record.values())
""",
    "status": """
    for text in (
        "MATCH (g:Graph) RETURN properties(g) AS p ORDER BY g.name",
        "MATCH (h:Entity)-[p:PREDICTED]->() RETURN h.graph AS graph, count(p) AS predictions ORDER BY graph",
        "MATCH (r:Run) RETURN r.graph AS graph, count(r) AS runs ORDER BY graph",
    ):
        for record in session.run(text):
            print(record.values())
""",
    "runs": """
    for record in session.run("MATCH (r:Run) RETURN properties(r) AS p ORDER BY r.id"):
        print(record.values())
""",
    "import": """
    rows = list(csv.reader(open(sys.argv[2]), delimiter="\\t"))
    nodes = sorted({{end for head, _, tail in rows for end in (head, tail)}})
    session.run("CREATE CONSTRAINT k IF NOT EXISTS FOR (n:Entity) REQUIRE n.key IS UNIQUE").consume()
    with session.begin_transaction() as transaction:
        transaction.run(
            "UNWIND $rows AS row MERGE (n:Entity {{key: row}}) SET n.name = row", {{"rows": nodes}}
        ).consume()
        transaction.run(
            "UNWIND $rows AS row MATCH (a:Entity {{key: row[0]}}) MATCH (b:Entity {{key: row[2]}}) "
            "MERGE (a)-[r:KNOWS]->(b) SET r.relation = row[1]", {{"rows": rows}}
        ).consume()
        transaction.commit()
    print(len(nodes), len(rows))
""",
}


def main() -> int:
    """Measure; the exit status says whether every command stays within its share."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"KGP_DATA": f"{folder}/data", "KGP_STORE": f"local:{folder}/store"}
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # modules are compiled once, as for everybody
        subprocess.run([*KGP, "up"], check=True, stdout=subprocess.DEVNULL)
        try:
            rows = [_measured(name, Path(folder)) for name in _WORK]
        finally:
            subprocess.run([*KGP, "down"], check=False, stdout=subprocess.DEVNULL)
    record("command_line", {"commands": rows, "rounds": ROUNDS, "wanted": WANTED})
    return 0 if all(row["kgp / bare"] <= WANTED for row in rows) else 1


def _measured(name: str, folder: Path) -> dict[str, Any]:
    ten = folder / "ten.tsv"
    ten.write_text("".join(f"a{i}\tknows\tb{i}\n" for i in range(10)), "utf-8")
    state = server_state(os.environ["KGP_STORE"], Settings.from_environment())
    assert state is not None
    login = json.dumps([state.address, state.user, state.password, state.database])
    seconds: dict[str, list[float]] = {side: [] for side in ("kgp", *OUT)}
    for number in range(ROUNDS + 1):
        words = {
            "query": ["query", "RETURN 1"],
            "status": ["status"],
            "runs": ["runs"],
            "import": ["import", str(ten), "--as", f"ten{number}"],
        }[name]
        spent = {"kgp": _seconds([*KGP, *words])}
        for side, out in OUT.items():
            program = _BARE.format(out=out, work=_WORK[name].format())
            spent[side] = _seconds([sys.executable, "-c", program, login, str(ten)])
        for side, value in spent.items() if number else ():  # the first round warms up
            seconds[side].append(value)
    median = {side: statistics.median(values) for side, values in seconds.items()}
    row = {
        "command": name,
        **{f"{side}, s": value for side, value in median.items()},
        "kgp / bare": median["kgp"] / median["bare"],
        "kgp / lean": median["kgp"] / median["lean"],
    }
    print(row, file=sys.stderr, flush=True)
    return row


def _seconds(command: list[str]) -> float:
    """Processor time of a command, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
