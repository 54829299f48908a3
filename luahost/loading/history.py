"""The history of one file: which contents it had, under which numbers."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from luahost.errors import LuaSyntaxError
from luahost.loading.source import Source, is_kept_out, readable_text

__all__ = ["History"]

_KEPT_SOURCES = 8
_KEPT_NUMBERS = 512


class History:
    """Numbers the contents of a file, and compiles each once. Not for two threads at a time.

    The last eight versions are kept whole, the numbers of the last 512; `given` are the versions handed out
    since the last refresh.
    """

    def __init__(self, key: str, compile: Callable[[bytes, str], bytes]) -> None:
        self._key = key
        self._compile = compile
        self._numbers: OrderedDict[bytes, int] = OrderedDict()
        self._sources: OrderedDict[int, Source] = OrderedDict()
        self._next = 1
        self._last_read: Source | LuaSyntaxError | None = None
        self.failed: bytes | None = None
        self.given: set[int] = set()
        self.last_good: Source | None = None

    def give(self, raw: bytes) -> Source:
        """Returns the version of this content; raises LuaSyntaxError if it doesn't compile."""
        digest = hashlib.blake2b(raw, digest_size=16).digest()
        if not (digest == self.failed and isinstance(self._last_read, LuaSyntaxError)):
            self.failed = None
            self._last_read = self._read(raw, digest)
        return self.give_last_read()

    def give_last_read(self) -> Source:
        """Returns the version that was read last, or raises its error again."""
        if isinstance(self._last_read, Source):
            self.given.add(self._last_read.version)
            return self._last_read
        assert self._last_read is not None, "nothing has been read yet"
        raise _fresh(self._last_read)

    def kept(self, version: int) -> Source | None:
        """Returns a version if it is still kept."""
        return self._sources.get(version)

    def _read(self, raw: bytes, digest: bytes) -> Source | LuaSyntaxError:
        try:
            source = self._sources.get(self._numbers.get(digest, 0)) or self._compiled(raw, digest)
        except LuaSyntaxError as error:
            self.failed = digest
            # The one that was raised holds the frames of whoever asked, a session's among them.
            return _fresh(error)
        self._keep(source, digest)
        return source

    def _compiled(self, raw: bytes, digest: bytes) -> Source:
        text = readable_text(raw, self._key)
        code = self._compile(text, "@" + self._key)
        version = self._numbers.get(digest, self._next)
        self._next = max(self._next, version + 1)
        return Source(self._key, version, text, code, is_kept_out(text))

    def _keep(self, source: Source, digest: bytes) -> None:
        self.last_good = source
        self._numbers[digest] = source.version
        self._numbers.move_to_end(digest)
        self._sources[source.version] = source
        self._sources.move_to_end(source.version)
        if len(self._numbers) > _KEPT_NUMBERS:
            self._numbers.popitem(last=False)
        if len(self._sources) > _KEPT_SOURCES:
            self._sources.popitem(last=False)


def _fresh(error: LuaSyntaxError) -> LuaSyntaxError:
    """Returns a copy: an exception that is raised again and again gathers tracebacks."""
    return LuaSyntaxError(error.message, file=error.file, line=error.line, incomplete=error.incomplete)
