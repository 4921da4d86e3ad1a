"""The official driver, imported here and nowhere else, without the optional parts it would bring along.

It imports pandas, numpy and pyarrow wherever they are installed, to send values that are theirs: a quarter
of a second of processor time for a command that sends numbers and text. A program that wants to send them
imports them before this module.
"""

from __future__ import annotations

from kgplatform.keeping_out import kept_out

with kept_out("pandas", "numpy", "pyarrow"):
    import neo4j
    from neo4j import exceptions, graph
    from neo4j.time import Duration

__all__ = ["Duration", "exceptions", "graph", "neo4j"]
