"""Hostile texts change nothing and end in time, ordinary ones work: the read-only door, on both servers.

python acceptance/hostile.py
"""

from __future__ import annotations

import hashlib
import json
import os
import socketserver
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml

from graph_schema.domains import sample_folder
from graph_schema.errors import GraphPlatformError, QueryRefused, QueryTimeout, StoreError
from kgplatform.graphs.importing import import_files
from kgplatform.opening import connect
from kgplatform.store import down, server_state
from kgplatform.store.console.guard import check_reads_only
from kgplatform.store.protocol import GraphStore
from measuring.commands import kgp
from measuring.recording import record

DEADLINE = 2.0  # seconds, as `kgp query --deadline 2` sets it
MOST_SECONDS = 6.0
TEXTS = Path(__file__).parent / "texts"
SECRET = "nobody may read this"


@dataclass(frozen=True)
class Text:
    """A text of the lists, with what is expected of it."""

    group: str
    name: str
    text: str
    parameters: dict[str, Any] = field(default_factory=dict)
    refused: bool = False
    rows: Any = None
    only: str | None = None


class Canary(socketserver.TCPServer):
    """Listens, and counts who calls."""

    calls = 0

    def process_request(self, request: Any, client_address: Any) -> None:
        """Count, answer nothing."""
        del client_address
        self.calls += 1
        self.shutdown_request(request)


def main() -> int:
    """Run all texts on both servers; the exit status says whether everything was as it should be."""
    faults: list[str] = []
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder, Canary(("127.0.0.1", 0), None) as canary:  # type: ignore[arg-type]  # no handler: process_request answers
        threading.Thread(target=canary.serve_forever, daemon=True).start()
        os.environ.setdefault("KGP_HEAP", "1g")
        os.environ["KGP_DATA"] = f"{folder}/data"
        secret = Path(folder) / "secret.csv"
        secret.write_text(SECRET, "utf-8")
        words = {
            "CANARY_URL": f"http://127.0.0.1:{canary.server_address[1]}/x.csv",
            "CANARY_FILE": str(secret),
        }
        urls = [f"local:{folder}/arcadedb", f"neo4j-local:{folder}/neo4j"]
        answers, servers = [], {}
        try:
            for url in urls:
                store = connect(url)
                servers[store.server().product] = store.server().version
                import_files(store, [sample_folder("drug")], graph="drug", domain="drug")
                answers.append(ordinary(store, faults))
                rows.append(hostile(store, url, words, faults))
                rows[-1]["ordinary answered"] = len(answers[-1])
                rows[-1]["errors with their place"] = errors(store, url, faults)
                store.close()
        finally:
            for url in urls:
                down(url)
        same = [name for name in answers[0] if name in answers[1]]
        faults += [
            f"{name}: the servers answer differently" for name in same if answers[0][name] != answers[1][name]
        ]
        faults += [f"{canary.calls} calls reached the listener"] * bool(canary.calls)
        canary.shutdown()
    for fault in faults:
        say(fault)
    values = {
        "servers": rows,
        "deadline, s": DEADLINE,
        "heap of a server": os.environ["KGP_HEAP"],
        "ordinary answered alike": len(same),
        "faults": len(faults),
    }
    record("hostile", values, servers=servers)
    return 1 if faults else 0


def hostile(store: GraphStore, url: str, words: dict[str, str], faults: list[str]) -> dict[str, Any]:
    """Run the hostile texts; what is not as wanted is appended to `faults`."""
    server = store.server().product
    before = fingerprint(store)
    ends: Counter[str] = Counter()
    longest, slowest, back, restarts = 0.0, "", 0.0, 0
    texts = list(read_texts("hostile", words))
    for text in texts:
        process = server_process(url)
        began = time.monotonic()
        end = outcome(store, text)
        seconds = time.monotonic() - began
        ends[end] += 1
        if seconds > longest:
            longest, slowest = seconds, text.name
        usable = time.monotonic()
        if fingerprint(store) != before:
            faults.append(f"{server}: {text.name!r} changed something")
            before = fingerprint(store)
        if server_process(url) != process:
            restarts += 1
            back = max(back, time.monotonic() - usable)
        if (text.refused and end != "refused by the guard") or end == "leaked":
            faults.append(f"{server}: {text.name!r} was {end}")
        if seconds > MOST_SECONDS:
            faults.append(f"{server}: {text.name!r} took {seconds:.1f} s")
        left = running(store)
        if left:
            faults.append(f"{server}: {text.name!r} left {left} behind")
        if not text.refused:
            say(f"{server}: {text.group}, {text.name}: {end}, {seconds:.1f} s")
    return {
        "server": server,
        "hostile texts": len(texts),
        **{end: ends[end] for end in (*ENDS, "leaked")},
        "longest, s": round(longest, 1),
        "slowest": slowest,
        "server restarts": restarts,
        "longest restart, s": round(back, 1),
    }


ENDS = ("refused by the guard", "refused by the server", "ended at the deadline", "failed", "cut", "answered")


def outcome(store: GraphStore, text: Text) -> str:
    """How a text ends, in a word or two."""
    try:
        check_reads_only(text.text)
    except QueryRefused:
        guarded = True
    else:
        guarded = False
    try:
        result = store.query(text.text, text.parameters, deadline=DEADLINE)
    except QueryRefused:
        return "refused by the guard" if guarded else "refused by the server"
    except QueryTimeout:
        return "ended at the deadline"
    except StoreError as error:
        say(f"  {error}"[:200])
        return "failed"
    if SECRET in str(result.rows[:10]):
        return "leaked"
    return "cut" if result.truncated else "answered"


def ordinary(store: GraphStore, faults: list[str]) -> dict[str, Any]:
    """Answers of the ordinary queries by name; those that do not work are appended to `faults`."""
    server = store.server().product
    answers: dict[str, Any] = {}
    for text in read_texts("ordinary", {}):
        if text.only not in (None, server):
            continue
        try:
            result = store.query(text.text, text.parameters)
        except GraphPlatformError as error:
            faults.append(f"{server}: ordinary {text.name!r} failed: {error}")
            continue
        answers[text.name] = rounded(result.rows)
        expected = text.rows
        if isinstance(expected, int) and expected != len(result.rows):
            faults.append(f"{server}: ordinary {text.name!r} has {len(result.rows)} rows, wanted {expected}")
        elif isinstance(expected, list) and rounded(expected) != answers[text.name]:
            faults.append(f"{server}: ordinary {text.name!r} answers {result.rows}, wanted {expected}")
    return answers


def errors(store: GraphStore, url: str, faults: list[str]) -> int:
    """Wrong statements through the command line: the server's words and place on stderr, exit status 3."""
    server = store.server().product
    wrong = yaml.safe_load((TEXTS / "wrong.yaml").read_text("utf-8"))
    for name, entry in wrong.items():
        done = kgp(url, "query", entry["text"], "--deadline", str(DEADLINE))
        missing = [w for w in entry[server] if w not in done.stderr]
        if done.returncode != 3 or missing or "Traceback" in done.stderr:
            faults.append(
                f"{server}: {name}: exit {done.returncode}, without {missing}: {done.stderr[-300:]}"
            )
    return len(wrong)


def read_texts(name: str, words: dict[str, str]) -> Iterator[Text]:
    """The texts of a list, with the words in capitals replaced."""
    for kind, groups in yaml.safe_load((TEXTS / f"{name}.yaml").read_text("utf-8")).items():
        for group, texts in groups.items():
            for title, entry in texts.items():
                about = entry if isinstance(entry, dict) else {"text": entry}
                parts = [about["text"]] if isinstance(about["text"], str) else about["text"]
                text = "".join(p if isinstance(p, str) else p[0] * p[1] for p in parts)
                parameters = dict(about.get("parameters", {}))
                for word, value in words.items():
                    text = text.replace(word, value)
                    parameters = {k: value if v == word else v for k, v in parameters.items()}
                yield Text(
                    group, title, text, parameters, kind == "refused", about.get("rows"), about.get("only")
                )


def fingerprint(store: GraphStore) -> str:
    """Of everything in the database: nodes, facts, properties, indexes, constraints, users."""
    rows = [
        store.read("MATCH (n) RETURN labels(n) AS labels, properties(n) AS p"),
        store.read(
            "MATCH (a)-[r]->(b) RETURN type(r) AS type, properties(r) AS p, a.key AS head, b.key AS tail"
        ),
        store.read(
            "SHOW INDEXES YIELD name, labelsOrTypes, properties RETURN name, labelsOrTypes, properties"
        ),
        store.read(
            "SHOW CONSTRAINTS YIELD name, labelsOrTypes, properties RETURN name, labelsOrTypes, properties"
        ),
        store.read("SHOW USERS YIELD user RETURN user") if store.server().product == "Neo4j" else [],
    ]
    lines = [sorted(json.dumps(_sorted(row), sort_keys=True, default=str) for row in part) for part in rows]
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()


def _sorted(row: dict[str, Any]) -> dict[str, Any]:
    return {k: sorted(v) if k == "labels" else v for k, v in row.items()}


def running(store: GraphStore) -> list[str]:
    """Statements that still run on the server, besides the one that asks; a moment is given to end."""
    for _ in range(5):
        rows = store.read("SHOW TRANSACTIONS YIELD currentQuery RETURN currentQuery")
        left = [str(row["currentQuery"])[:60] for row in rows if "SHOW TRANSACTIONS" not in str(row)]
        if not left:
            return []
        time.sleep(0.2)
    return left


def server_process(url: str) -> int:
    """Number of the server's process; 0 where none runs."""
    state = server_state(url)
    return (
        state.server.pid
        if state is not None and state.server is not None and psutil.pid_exists(state.server.pid)
        else 0
    )


def rounded(value: Any) -> Any:
    """Lists for tuples and floats to nine digits, so that answers compare."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list | tuple):
        return [rounded(v) for v in value]
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in sorted(value.items())}
    return value


def say(what: object) -> None:
    """Progress, at once."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
