"""Neo4j Community without Docker: fetched by Maven into the cache, run by the JDK as a process of its own."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path

import neo4j
from neo4j.exceptions import DriverError, Neo4jError

from graph_schema.errors import StoreError
from kgplatform.settings import Settings
from kgplatform.store.servers.kinds import Launch
from kgplatform.store.servers.login import try_login

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
_OLDEST_JAVA = 17
_INITIAL_PASSWORD = "neo4j"  # noqa: S105  (what Neo4j itself sets; only good for changing it)


class Neo4jCommunity:
    """See `Server`."""

    kind = "neo4j"
    user = "neo4j"
    database = "neo4j"

    def launch(self, folder: Path, port: int, _password: str, settings: Settings) -> Launch:
        """See `Server.launch`. The password plays no part: it is set at the first login."""
        java = _java()
        jars = _jars(settings)
        home = folder / "neo4j"
        home.mkdir(parents=True, exist_ok=True)
        launcher = Path(__file__).with_name("Launcher.java")
        command = (
            java,
            f"-Xmx{settings.heap}",
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
        except (Neo4jError, DriverError) as error:
            raise StoreError(
                "Neo4j refuses the password kept in its folder and the initial one: restore the file "
                f"`password` ({error})"
            ) from error
        return False


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    advice = f"install a JDK, {_OLDEST_JAVA} or newer, and put it on PATH or name it in JAVA_HOME"
    if java is None or not Path(java).exists():
        raise StoreError(f"no Java found, which a `neo4j-local:` store needs: {advice}")
    if not (Path(java).resolve().parent / "javac").exists():
        raise StoreError(f"{java} is no JDK (it has no compiler): {advice}")
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    version = re.search(r'version "(\d+)', answer.stderr)
    if version is None or int(version.group(1)) < _OLDEST_JAVA:
        raise StoreError(f"{java} is too old ({answer.stderr.strip()[:80]}): {advice}")
    return java


def _jars(settings: Settings) -> Path:
    """Folder with the jars of the wanted version; fetched once. Raises: StoreError."""
    folder = settings.cache / "neo4j-community" / settings.neo4j_version
    jars = folder / "lib"
    if jars.is_dir():
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        raise StoreError(
            "no Maven found, which fetches Neo4j for a `neo4j-local:` store: install it "
            "(`apt install maven`, `brew install maven`), or use a server of your own with --store"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pom.xml").write_text(_POM.format(version=settings.neo4j_version), encoding="utf-8")
    arriving = folder / f"arriving-{secrets.token_hex(4)}"
    goal = ("dependency:copy-dependencies", f"-DoutputDirectory={arriving}", "-DincludeScope=runtime")
    try:
        done = subprocess.run(  # noqa: S603  (our own command)
            (maven, "-q", "-B", *goal),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_FETCH_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            words = (done.stdout + done.stderr)[-500:]
            raise StoreError(
                f"Maven could not fetch Neo4j {settings.neo4j_version}: {words}. "
                "Check the network and KGP_NEO4J_VERSION"
            )
        if not jars.is_dir():  # another process may have been faster
            arriving.rename(jars)
    except subprocess.TimeoutExpired:
        raise StoreError(f"Maven did not fetch Neo4j within {_FETCH_SECONDS} s: check the network") from None
    finally:
        shutil.rmtree(arriving, ignore_errors=True)
    return jars
