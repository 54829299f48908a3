"""The version that is installed."""

from __future__ import annotations

import importlib.metadata

__all__ = ["version"]


def version() -> str:
    """Returns luahost's version, as its package has it."""
    return importlib.metadata.version("luahost")
