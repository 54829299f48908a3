"""The examination: all checks, in the order in which they are told."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from .configuration import check_settings, settings_of
from .files import check_files
from .finding import Finding
from .installation import check_installation, loading_vms
from .store import check_store
from .trials import check_limits

__all__ = ["examine"]


def examine(site: str | os.PathLike[str] | None, env: Mapping[str, str]) -> Iterator[Finding]:
    """Yields what there is to say of a site and the machine; LUAHOST_* in `env` count as they do for `luahost run`."""
    settings, wrong = settings_of(site, env)
    yield from check_installation(settings)
    yield from check_limits(settings, loading_vms())
    yield from wrong
    if not wrong:
        yield from check_settings(settings, site, env)
    yield from check_files(settings)
    yield from check_store(settings)
