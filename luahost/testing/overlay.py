"""The overlay: texts in memory that stand over a site's files, for a test that saves something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from luahost.errors import ModuleNotFound
from luahost.loading.site import Site
from luahost.loading.source_file import SourceFile

__all__ = ["OverlaidFile", "OverlaidSite", "Overlay"]


class Overlay:
    """Keeps texts by tracking key; None stands for a file that is gone."""

    def __init__(self) -> None:
        self._texts: dict[str, bytes | None] = {}

    def put(self, key: str, text: bytes | None) -> None:
        """Lays a text over a file, or over where none is."""
        self._texts[key] = text

    def covers(self, key: str) -> bool:
        """Returns whether anything lies over a file."""
        return key in self._texts

    def texts(self) -> dict[str, bytes]:
        """Returns all texts, without the files that are gone."""
        return {key: text for key, text in self._texts.items() if text is not None}

    def text(self, key: str) -> bytes | None:
        """Returns what lies over a file that is covered."""
        return self._texts[key]


class OverlaidSite(Site):
    """A site that has the overlay's files besides its own, without those that are gone."""

    def __init__(self, root: Path | str, roots: Sequence[Path | str], overlay: Overlay) -> None:
        super().__init__(root, roots)
        self._overlay = overlay

    def _exists(self, relative: str) -> bool:
        if self._overlay.covers(relative):
            return self._overlay.text(relative) is not None
        return super()._exists(relative)

    def _is_plain_file(self, relative: str) -> bool:
        return self._overlay.covers(relative) or super()._is_plain_file(relative)


class OverlaidFile(SourceFile):
    """A file that reads as the overlay has it, where that covers it."""

    def __init__(self, key: str, path: str, wall_ns: Callable[[], int], *, overlay: Overlay) -> None:
        super().__init__(key, path, wall_ns)
        self._own_key = key
        self._overlay = overlay

    def read(self) -> bytes:
        """Returns the content; raises ModuleNotFound if there is none."""
        if not self._overlay.covers(self._own_key):
            return super().read()
        text = self._overlay.text(self._own_key)
        if text is None:
            raise ModuleNotFound("the file is gone", file=self._own_key)
        return text

    def read_if_touched(self) -> bytes | None:
        """Returns the content, or None if the file is certainly the one that was read last."""
        return self.read() if self._overlay.covers(self._own_key) else super().read_if_touched()
