"""Everything that touches the database: import, pull, write back, runs, views, jobs, the command line.

In Python: `kgplatform.open("local:demo")["drug"].train("red_gnn")`. The names are loaded when first used, so
that the command line answers at once.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kgplatform.api import Graph, Store
    from kgplatform.api import open_store as open  # noqa: A004 (the name people expect: kgp.open)

__all__ = ["Graph", "Store", "open"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kgplatform import api

    return getattr(api, "open_store" if name == "open" else name)
