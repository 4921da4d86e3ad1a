"""ArcadeDB out of the `arcadedb-embedded` wheel: its jars and Java runtime, as a process of its own."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from graph_schema.errors import MissingExtra, StoreError
from kgplatform.servers.login import try_login
from kgplatform.servers.server import Launch
from kgplatform.servers.state import write_private
from kgplatform.settings import Settings

_COMMAND_TIMEOUT = 900_000  # milliseconds; ends statements whose user is gone
_MOST_QUERIES = 64  # at once; with the few of its default, endless ones keep out the one that ends them


class ArcadeDB:
    """See `Server`."""

    kind = "arcadedb"
    user = "root"
    database = "kg"

    def launch(self, folder: Path, port: int, password: str, settings: Settings) -> Launch:
        """See `Server.launch`. Options with the password go into a file that only its owner can read."""
        wheel = _wheel()
        data = folder / "arcadedb"
        data.mkdir(parents=True, exist_ok=True)
        options = {
            "server.rootPath": data,
            "server.rootPassword": password,
            "server.mode": "development",  # production hides what is wrong with a statement
            "server.defaultDatabases": f"{self.database}[{self.user}]",
            "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "server.httpIncomingHost": "127.0.0.1",
            "server.httpIncomingPort": "20480-29480",
            "bolt.host": "127.0.0.1",
            "bolt.port": port,
            "bolt.defaultDatabase": self.database,
            "command.timeout": _COMMAND_TIMEOUT,
            "queryMaxConcurrent": _MOST_QUERIES,
            "opencypher.loadCsv.allowFileUrls": "false",
            "opencypher.loadCsv.allowRemoteUrls": "false",
            "serverMetrics": "false",
            "txWalFlush": 1,
        }
        lines = [
            f"-Xmx{settings.heap}",
            "-XX:+ExitOnOutOfMemoryError",  # goes on with half-ended statements otherwise; it starts again
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "-Dpolyglot.engine.WarnInterpreterOnly=false",
            "-Dfile.encoding=UTF8",
            "-Djava.awt.headless=true",
            *(_argument(f"-Darcadedb.{name}={value}") for name, value in options.items()),
        ]
        arguments = folder / "java.options"
        write_private(arguments, "\n".join(lines) + "\n")
        java = str(wheel / "jre" / "bin" / "java")
        jars = str(wheel / "jars" / "*")
        return Launch((java, f"@{arguments}", "-cp", jars, "com.arcadedb.server.ArcadeDBServer"), data)

    def first_login(self, address: str, password: str) -> bool:
        """See `Server.first_login`. Raises: StoreError: the folder's password is another one."""
        outcome = try_login(address, self.user, password, self.database)
        if outcome == "denied":
            raise StoreError("ArcadeDB refuses the password kept in its folder: restore the file `password`")
        return outcome == "welcome"


def _wheel() -> Path:
    found = importlib.util.find_spec("arcadedb_embedded")
    if found is None or found.origin is None:
        raise MissingExtra("local", "A `local:` store (--store names another)", "arcadedb-embedded")
    return Path(found.origin).parent


def _argument(text: str) -> str:
    """One argument of a Java argument file, quoted."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
