"""View definitions of the site: what the files in `viewdefs/` say, by type."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping

import structlog

from luahost.loading.site import Site

__all__ = ["FOLDER", "SUFFIX", "ViewDefinitions"]

FOLDER, SUFFIX = "viewdefs", ".html"

MOST_BYTES = 1024 * 1024


class ViewDefinitions:
    """Holds the texts of `viewdefs/Type.NAMESPACE.html` as they were at the last look. May be called from any thread.

    A file's key is its own name, that of a link the link's. What can't be read keeps its last text.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._folder = os.path.join(site.root, FOLDER)
        self._lock = threading.Lock()
        self._by_type: dict[str, dict[str, str]] = {}

    def of_type(self, type: str) -> Mapping[str, str]:
        """Returns the definitions of a type by their keys, `Type.NAMESPACE`."""
        return self._by_type.get(type, {})

    def refresh(self) -> tuple[str, ...]:
        """Looks at the folder; returns the keys of what is new, differs, or is gone."""
        with self._lock:
            before = _flat(self._by_type)
            now = dict(self._read_all(before))
            self._by_type = _grouped(now)
        return tuple(sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key)))

    def _read_all(self, before: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        try:
            names = sorted(os.listdir(self._folder))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            self._warn("", str(error))
            yield from before.items()
            return
        for name in names:
            key = name.removesuffix(SUFFIX)
            if key == name or name.startswith(".") or not key.rpartition(".")[0]:
                continue
            text = self._read(os.path.join(self._folder, name), name)
            if text is not None or (key in before and os.path.lexists(os.path.join(self._folder, name))):
                yield key, text if text is not None else before[key]

    def _read(self, path: str, name: str) -> str | None:
        """Returns a file's text; None for one that is gone, outside the site, or no text."""
        if self._site.key(path) is None:
            self._warn(name, "it is a link that leads out of the site; add its folder to `roots`")
            return None
        try:
            with open(path, "rb") as file:
                raw = file.read(MOST_BYTES + 1)
            if len(raw) <= MOST_BYTES:
                return raw.decode("utf-8-sig")
            self._warn(name, f"it is longer than {MOST_BYTES} bytes")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            self._warn(name, str(error))
        return None

    def _warn(self, name: str, reason: str) -> None:
        structlog.get_logger("luahost").warning("view_definition_unread", file=f"{FOLDER}/{name}", reason=reason)


def _flat(by_type: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {key: text for definitions in by_type.values() for key, text in definitions.items()}


def _grouped(definitions: Mapping[str, str]) -> dict[str, dict[str, str]]:
    by_type: dict[str, dict[str, str]] = {}
    for key, text in definitions.items():
        by_type.setdefault(key.rpartition(".")[0], {})[key] = text
    return by_type
