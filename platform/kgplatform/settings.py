"""Deployment settings, read from KGP_* environment variables and nothing else."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from graph_schema.errors import UsageError

_APP = "kg-platform"


def _user_cache() -> Path:
    return Path(platformdirs.user_cache_dir(_APP))


def _user_data() -> Path:
    return Path(platformdirs.user_data_dir(_APP))


class Settings(BaseModel):
    """Where things are and who we are. Field `x` is read from the variable `KGP_X`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    store: str = Field(default="local:", description="address of the store; `local:` is in the data folder")
    store_user: str = Field(default="neo4j", description="user at a server of your own")
    store_password: SecretStr | None = Field(default=None, description="password at a server of your own")
    cache: Path = Field(default_factory=_user_cache, description="what can be fetched or computed again")
    data: Path = Field(
        default_factory=_user_data, description="local stores, run artefacts and pulled graphs"
    )
    runs: Path | None = Field(
        default=None,
        description="run artefacts; several machines may share it; by default in the data folder",
    )
    neo4j_version: str = Field(default="5.26.30", description="Neo4j that neo4j-local: runs, or LATEST")
    heap: str = Field(default="2g", description="largest Java heap of a local server, as for -Xmx")
    store_wait: float = Field(
        default=60.0, ge=0, description="seconds to wait for a server that goes away in the middle of work"
    )
    idle_seconds: float = Field(default=600.0, gt=0, description="a local server stops when unused so long")

    def to_environment(self) -> dict[str, str]:
        """The variables from which `from_environment` makes the same settings, without the password."""
        values = self.model_dump(exclude={"store_password"})
        return {f"KGP_{name.upper()}": str(value) for name, value in values.items() if value is not None}

    def folder_of(self, url: str, what: str) -> Path:
        """Where `what` is kept of the store at an address, below the data folder: one for each address."""
        scheme, _, rest = url.partition(":")
        if scheme in ("local", "neo4j-local"):
            rest = str(Path(rest).expanduser().resolve()) if rest else ""
        digest = hashlib.sha256(f"{scheme}:{rest.rstrip('/')}".encode()).hexdigest()[:12]
        return (self.runs if what == "runs" and self.runs else self.data / what) / digest

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Settings of this process.

        Args:
            environment: Variables to read; None means those of the process. Empty values count as unset.

        Raises:
            UsageError: a value cannot be read; names the variable.
        """
        source = os.environ if environment is None else environment
        given = {name: source.get(f"KGP_{name.upper()}", "") for name in cls.model_fields}
        try:
            return cls.model_validate({name: value for name, value in given.items() if value})
        except ValidationError as error:
            first = error.errors()[0]
            variable = f"KGP_{str(first['loc'][0]).upper()}"
            message = f"{variable}: found {first['input']!r}; {first['msg']}. Correct or unset {variable}"
            raise UsageError(message) from None
