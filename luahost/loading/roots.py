"""Roots: the folders outside a site that modules may come from, and what is the matter with one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

__all__ = ["ADVICE", "root_trouble", "root_troubles"]

ADVICE = "correct the setting, or make it a folder that can be read"


def root_trouble(root: str) -> str:
    """Returns why no module can come from a folder; nothing if one can."""
    if not os.path.isdir(root):
        return "is no folder"
    return "" if os.access(root, os.R_OK | os.X_OK) else "can't be read"


def root_troubles(roots: Iterable[str]) -> Iterator[str]:
    """Yields a line for each folder of the setting `roots` that no module can come from."""
    for root in roots:
        trouble = root_trouble(root)
        if trouble:
            yield f"roots: {root} {trouble}: {ADVICE}"
