"""What a promotion wrote of entities, kept in its run's folder so that it can be written again."""

from __future__ import annotations

import json
import secrets

from graph_schema.errors import RunError
from graph_schema.records import RelationVectors
from kgplatform.runs.properties import EntityProperty
from kgplatform.runs.registry import RunRegistry


def keep_property(registry: RunRegistry, run: str, what: EntityProperty) -> str:
    """Keep a property of entities, whole or not at all; returns the file's name."""
    import numpy as np
    from safetensors.numpy import save

    name = f"{what.product}-{secrets.token_hex(4)}.safetensors"
    about = {"ids": json.dumps(what.ids)}
    file = registry.path(run) / name
    fresh = file.with_suffix(".new")
    tensors = {what.product: np.ascontiguousarray(what.values)}
    if what.relations:
        about["relations"] = json.dumps(what.relations.names)
        tensors |= {"relations": what.relations.values, "inverse": what.relations.inverse}
    fresh.write_bytes(save({part: np.ascontiguousarray(v) for part, v in tensors.items()}, about))
    fresh.replace(file)
    return name


def kept_property(registry: RunRegistry, run: str, product: str, property_: str, name: str) -> EntityProperty:
    """What a promotion of the run wrote.

    Args:
        registry: Where the run is.
        run: Its id.
        product: Of which product, and
        property_: called what.
        name: Of the file.

    Raises:
        RunError: it is not kept here.
    """
    from safetensors import SafetensorError, safe_open

    file = registry.path(run) / name
    try:
        with safe_open(file, "numpy") as kept:
            about, of_relations = kept.metadata(), None
            if "relations" in about:
                names = tuple(json.loads(about["relations"]))
                of_relations = RelationVectors(
                    names, kept.get_tensor("relations"), kept.get_tensor("inverse")
                )
            ids: list[str] = json.loads(about["ids"])
            return EntityProperty(product, property_, tuple(ids), kept.get_tensor(product), of_relations)
    except (FileNotFoundError, SafetensorError) as error:
        raise RunError(f"run {run!r} has no kept {product} in {str(file)!r}; promote it again") from error
