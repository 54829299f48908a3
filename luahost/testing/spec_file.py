"""Spec files, as pytest sees them: a file with its `describe`s, and an item for each `it`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from luahost.errors import LuaHostError, SpecFailed, SpecPending
from luahost.testing.plugin import COVERAGE, vms_of
from luahost.testing.site_settings import settings_for
from luahost.testing.spec_failure import SpecFailure
from luahost.testing.spec_session import Listed, SpecSession

if TYPE_CHECKING:
    from _pytest._code.code import ExceptionInfo, TerminalRepr

__all__ = ["Describe", "SpecFile", "SpecItem"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a spec is found: as number `number` of its file, on `vm` (None: the site's own), `depth` names deep."""

    vm: str | None
    number: int
    listed: Listed
    depth: int = 0

    @property
    def name(self) -> str:
        """The name at this depth: of a `describe`, or of the spec itself."""
        return self.listed.names[self.depth]

    @property
    def is_spec(self) -> bool:
        """Whether this is the depth of the spec itself."""
        return self.depth == len(self.listed.names) - 1

    def below(self) -> Place:
        """Returns the same, one name deeper."""
        return Place(self.vm, self.number, self.listed, self.depth + 1)


class SpecFile(pytest.File):
    """Lists the specs of a file, by running it in a session that is thrown away."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yields what stands in the file; a file that fails is one error, whatever is in it."""
        places = []
        vms: list[str | None] = [*vms_of(self.config)]
        for vm in vms or [None]:
            with self.open(vm) as session:
                places += [Place(vm, number, listed) for number, listed in enumerate(session.load(), 1)]
        yield from _children(self, places)

    def open(self, vm: str | None) -> SpecSession:
        """Returns a session in which the file is to be read."""
        settings = settings_for(self.config, self.path, vm)
        return SpecSession(self.path, settings, self.config.stash.get(COVERAGE, None))

    def repr_failure(self, excinfo: ExceptionInfo[BaseException], style: Any = None) -> str | TerminalRepr:
        """Returns what is wrong with the file."""
        if isinstance(excinfo.value, LuaHostError):
            return SpecFailure(excinfo.value, _site(self.config, self.path), self.path)
        return super().repr_failure(excinfo)  # a collector's own takes no style


class Describe(pytest.Collector):
    """A `describe`, with what is in it."""

    def __init__(self, *, places: Sequence[Place], **more: Any) -> None:
        super().__init__(**more)
        self._places = places

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yields its specs and `describe`s."""
        yield from _children(self, self._places)


class SpecItem(pytest.Item):
    """One `it`, in a session of its own."""

    def __init__(self, *, place: Place, **more: Any) -> None:
        super().__init__(**more)
        self._place = place
        self._session: SpecSession | None = None

    def setup(self) -> None:
        """Opens the session, and reads site and file in it."""
        if self._place.listed.is_pending:
            raise _pending("pending")
        session = self._file().open(self._place.vm)
        session.__enter__()
        self._session = session
        listed = session.load()
        number = self._place.number
        if number > len(listed) or listed[number - 1].names != self._place.listed.names:
            raise SpecFailed(
                "the file has other specs each time it runs; name them by what doesn't change",
                file=session.name,
                line=self._place.listed.line,
            )

    def runtest(self) -> None:
        """Runs the spec."""
        assert self._session is not None
        try:
            self._session.run(self._place.number)
        except SpecPending as pending:
            raise _pending(str(pending)) from None

    def teardown(self) -> None:
        """Closes the session."""
        if self._session is not None:
            self._session.close()

    def repr_failure(self, excinfo: ExceptionInfo[BaseException], style: Any = None) -> str | TerminalRepr:
        """Returns what failed, and where, in Lua."""
        if not isinstance(excinfo.value, LuaHostError) or self._session is None:
            return super().repr_failure(excinfo, style)
        host, listed = self._session.host, self._place.listed
        return SpecFailure(
            excinfo.value, host.site.root, self.path, edited=host.edited, at=(self._session.name, listed.line)
        )

    def reportinfo(self) -> tuple[os.PathLike[str], int, str]:
        """Returns the file, the line of the `it`, counted from 0, and all names."""
        listed = self._place.listed
        vm = f" [{self._place.vm}]" if self._place.vm else ""
        return self.path, listed.line - 1, " ".join(listed.names) + vm

    def _file(self) -> SpecFile:
        file = self.getparent(SpecFile)
        assert file is not None
        return file


def _children(parent: SpecFile | Describe, places: Sequence[Place]) -> Iterator[pytest.Item | pytest.Collector]:
    """Yields a collector for each name of a `describe`, and an item for each spec, in the order of the file."""
    groups: dict[str, list[Place]] = {}
    taken: Counter[str] = Counter()
    for place in places:
        if not place.is_spec:
            groups.setdefault(place.name, []).append(place.below())
    for place in places:
        if place.is_spec:
            name = _unique(_spec_name(place), taken)
            # Given as text, so that pytest reads the VM in its brackets as it reads it from the command line.
            yield SpecItem.from_parent(parent, name=name, place=place, nodeid=f"{parent.nodeid}::{name}")
        elif place.name in groups:
            yield Describe.from_parent(parent, name=_plain(place.name), places=groups.pop(place.name))


def _unique(name: str, taken: Counter[str]) -> str:
    taken[name] += 1
    return name if taken[name] == 1 else f"{name} ({taken[name]})"


def _spec_name(place: Place) -> str:
    return _plain(place.name) + (f"[{place.vm}]" if place.vm else "")


def _plain(name: str) -> str:
    """Returns a name on one line, without what separates the parts of an id: `::`, and brackets around parameters."""
    return " ".join(name.split()).replace("::", ":").replace("[", "(").replace("]", ")") or "(no name)"


def _pending(why: str) -> BaseException:
    return pytest.skip.Exception(why, _use_item_location=True)


def _site(config: pytest.Config, path: Path) -> Path:
    try:
        return Path(os.path.realpath(settings_for(config, path).site))
    except LuaHostError:
        return config.rootpath
