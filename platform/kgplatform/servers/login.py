"""Trying a user and password at a Bolt address, as often as a starting server needs."""

from __future__ import annotations

from typing import Literal

from kgplatform.driver import exceptions, neo4j

Outcome = Literal["welcome", "denied", "silent"]


def try_login(address: str, user: str, password: str, database: str) -> Outcome:
    """Whether the server lets this user in, refuses, or does not answer (yet)."""
    try:
        with (
            neo4j.GraphDatabase.driver(
                address, auth=(user, password), connection_timeout=5.0, notifications_min_severity="OFF"
            ) as driver,
            driver.session(database=database) as session,
        ):
            session.run("RETURN 1").consume()
    except exceptions.AuthError:
        return "denied"
    except exceptions.ClientError as error:
        return "denied" if (error.code or "").startswith("Neo.ClientError.Security") else "silent"
    except (exceptions.Neo4jError, exceptions.DriverError, OSError):
        return "silent"
    return "welcome"
