"""The pages there are: a file of `pages/` is one, which says its own title, icon and place in the order."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from graph_schema.errors import UnknownName
from ui.session import guarded

_FOLDER = Path(__file__).parent / "pages"


class PageModule(Protocol):
    """What a file of `pages/` offers, as a module."""

    TITLE: str
    ICON: str
    """A name of Material's symbols, as `:material/home:`."""
    ORDER: int
    """Place in the navigation; the first page is what the site opens on."""

    page: Callable[[], None]


@dataclass(frozen=True)
class Page:
    """A page; `name` is its path in addresses, `draw` shows errors of ours as what they say."""

    name: str
    title: str
    icon: str
    order: int
    draw: Callable[[], None]


def available_pages() -> tuple[str, ...]:
    """Names of the pages, in the order in which they say they come."""
    names = (p.stem for p in _FOLDER.glob("[a-z]*.py"))
    return tuple(sorted(names, key=lambda name: (load_page(name).order, name)))


def load_page(name: str) -> Page:
    """The page of that name. Raises: UnknownName."""
    if not name.isidentifier() or not (_FOLDER / f"{name}.py").exists():
        raise UnknownName("page", name, (p.stem for p in _FOLDER.glob("[a-z]*.py")))
    module = cast(PageModule, importlib.import_module(f"ui.pages.{name}"))
    return Page(name, module.TITLE, module.ICON, module.ORDER, guarded(module.page))
