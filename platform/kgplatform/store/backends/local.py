"""A server in a folder of yours, started when needed: ArcadeDB from its wheel."""

from __future__ import annotations

from kgplatform.store.local import LocalStores

SCHEMES = ("local",)
EXAMPLE = "local:FOLDER"

_STORES = LocalStores("arcadedb", "store")
open_store, up, down, server_state = _STORES.open_store, _STORES.up, _STORES.down, _STORES.server_state
