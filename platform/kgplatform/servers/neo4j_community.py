"""Neo4j Community without Docker: fetched by Maven into the cache, run by the JDK as a process of its own."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from graph_schema.errors import StoreError
from kgplatform.driver import exceptions, neo4j
from kgplatform.servers.login import try_login
from kgplatform.servers.server import Launch
from kgplatform.settings import Settings

NEWEST = "LATEST"
"""The `neo4j_version` that stands for the newest one there is."""

_POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>kgplatform</groupId>
  <artifactId>neo4j-community</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.neo4j</groupId>
      <artifactId>neo4j</artifactId>
      <version>{version}</version>
    </dependency>
  </dependencies>
</project>
"""
_FETCH_SECONDS = 900
_JDKS = ("usr/lib/jvm/*/bin/java", "Library/Java/JavaVirtualMachines/*/Contents/Home/bin/java")
_INITIAL_PASSWORD = "neo4j"  # noqa: S105  (what Neo4j itself sets; only good for changing it)


class Neo4jCommunity:
    """See `Server`."""

    kind = "neo4j"
    user = "neo4j"
    database = "neo4j"

    def launch(self, folder: Path, port: int, _password: str, settings: Settings) -> Launch:
        """See `Server.launch`. The password plays no part: it is set at the first login."""
        version = _version(settings)
        java = _java(_oldest_java(version))
        jars = _jars(version, settings)
        home = folder / "neo4j"
        home.mkdir(parents=True, exist_ok=True)
        launcher = Path(__file__).with_name("Launcher.java")
        command = (
            java,
            f"-Xmx{settings.heap}",
            "-XX:+ExitOnOutOfMemoryError",  # nothing is certain after one; it starts again
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "-cp",
            str(jars / "*"),
            str(launcher),
            str(home),
            str(port),
        )
        return Launch(command, home)

    def first_login(self, address: str, password: str) -> bool:
        """See `Server.first_login`. Raises: StoreError: the folder's password is another one."""
        outcome = try_login(address, self.user, password, self.database)
        if outcome != "denied":
            return outcome == "welcome"
        try:
            with (
                neo4j.GraphDatabase.driver(address, auth=(self.user, _INITIAL_PASSWORD)) as driver,
                driver.session(database="system") as session,
            ):
                session.run(
                    "ALTER CURRENT USER SET PASSWORD FROM $old TO $new", old=_INITIAL_PASSWORD, new=password
                ).consume()
        except (exceptions.Neo4jError, exceptions.DriverError) as error:
            raise StoreError(
                "Neo4j refuses the password kept in its folder and the initial one: restore the file "
                f"`password` ({error})"
            ) from error
        return False


def _oldest_java(version: str) -> int:
    """Neo4j 5 runs on Java 17; those named after years need 21."""
    return 17 if version.startswith("5.") else 21


def fetch(settings: Settings) -> str:
    """Have Maven fetch the wanted Neo4j unless it is in the cache; gives its version. Raises: StoreError."""
    version = _version(settings)
    _jars(version, settings)
    return version


def _jars(version: str, settings: Settings) -> Path:
    """Folder with the jars of that version."""
    folder = settings.cache / "neo4j-community" / version
    jars = folder / "lib"
    if jars.is_dir():
        return jars
    arriving = folder / f"arriving-{secrets.token_hex(4)}"
    try:
        goal = ("dependency:copy-dependencies", f"-DoutputDirectory={arriving}", "-DincludeScope=runtime")
        _maven(folder, version, *goal)
        if not jars.is_dir():  # another process may have been faster
            arriving.rename(jars)
    finally:
        shutil.rmtree(arriving, ignore_errors=True)
    return jars


def _version(settings: Settings) -> str:
    """The version wanted; for LATEST the one that Maven says is the newest."""
    if settings.neo4j_version != NEWEST:
        return settings.neo4j_version
    with tempfile.TemporaryDirectory() as scratch:
        found = Path(scratch) / "found"
        goal = ("-U", "dependency:list", "-DexcludeTransitive=true", f"-DoutputFile={found}")
        _maven(Path(scratch), NEWEST, *goal)
        version = re.search(r"org\.neo4j:neo4j:jar:([^:\s]+)", found.read_text("utf-8"))
    if version is None:
        raise StoreError("Maven names no newest org.neo4j:neo4j: set KGP_NEO4J_VERSION to a version")
    return version.group(1)


def _maven(folder: Path, version: str, *goal: str) -> None:
    """Run Maven in `folder` over a project that depends on that version of Neo4j. Raises: StoreError."""
    maven = shutil.which("mvn")
    if maven is None:
        raise StoreError(
            "no Maven found, which fetches Neo4j for a `neo4j-local:` store: install it "
            "(`apt install maven`, `brew install maven`), or use a server of your own with --store"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pom.xml").write_text(_POM.format(version=version), encoding="utf-8")
    try:
        done = subprocess.run(  # noqa: S603  (our own command)
            (maven, "-q", "-B", *goal),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StoreError(f"Maven did not fetch Neo4j within {_FETCH_SECONDS} s: check the network") from None
    if done.returncode != 0:
        words = (done.stdout + done.stderr)[-500:]
        raise StoreError(
            f"Maven could not fetch Neo4j {version}: {words}. Check the network and KGP_NEO4J_VERSION"
        )


def _java(oldest: int) -> str:
    """A JDK new enough: that of JAVA_HOME, that on PATH, else the oldest that will do of those installed."""
    home, path = os.environ.get("JAVA_HOME"), shutil.which("java")
    first = [str(Path(home) / "bin" / "java")] if home else []
    first += [path] if path else []
    seen = []
    for java in first:
        version = _jdk_version(java)
        if version >= oldest:
            return java
        seen.append(f"{java} ({version or 'no JDK'})")
    installed = {str(java.resolve()) for pattern in _JDKS for java in Path("/").glob(pattern)}
    versions = sorted((_jdk_version(java), java) for java in installed)
    for version, java in versions:
        if version >= oldest:
            return java
        seen.append(f"{java} ({version or 'no JDK'})")
    raise StoreError(
        f"no JDK {oldest} or newer, which this Neo4j needs; found {', '.join(seen) or 'no Java at all'}. "
        "Install one, and put it on PATH or name it in JAVA_HOME"
    )


def _jdk_version(java: str) -> int:
    """The major version of a JDK; 0 where there is none, or a Java without a compiler."""
    if not (Path(java).resolve().parent / "javac").exists():
        return 0
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    version = re.search(r'version "(\d+)', answer.stderr)
    return int(version.group(1)) if version else 0
