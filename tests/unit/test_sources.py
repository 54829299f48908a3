"""The sources: versions of files, read and compiled once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from luahost.errors import LuaSyntaxError, ModuleNotFound
from luahost.loading.site import Site
from luahost.loading.sources import Sources


class Compiler:
    """Stands in for the VM: what has `!` doesn't parse. Counts what it compiled."""

    def __init__(self) -> None:
        self.compiled: list[tuple[bytes, str]] = []

    def __call__(self, text: bytes, name: str) -> bytes:
        self.compiled.append((text, name))
        if b"!" in text:
            raise LuaSyntaxError("unexpected symbol near '!'", file=name.removeprefix("@"), line=1)
        return b"code of " + text


@pytest.fixture
def compiler() -> Compiler:
    return Compiler()


@pytest.fixture
def sources(tmp_path: Path, compiler: Compiler) -> Sources:
    (tmp_path / "lua").mkdir()
    return Sources(Site(tmp_path), compiler)


Save = Callable[..., None]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Saves a.lua, always with the same times: only the content tells."""

    def write(content: str | bytes, name: str = "lua/a.lua", mtime_s: int = 1_000_000_000) -> None:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (mtime_s, mtime_s))

    return write


KEY = "lua/a.lua"


def test_get_when_nothing_changed_then_the_file_is_compiled_once(
    sources: Sources, save: Save, compiler: Compiler
) -> None:
    """A file is compiled under its tracking key, for all who get it."""
    save("return 1")
    assert sources.get(KEY) is sources.get(KEY)
    assert compiler.compiled == [(b"return 1", "@lua/a.lua")]


def test_get_when_the_file_is_young_then_it_is_read_again(tmp_path: Path, sources: Sources) -> None:
    """Two saves within a tick of the file's clock, and of the same size, are two."""
    path = tmp_path / KEY
    path.write_text("return 1")
    before, status = sources.get(KEY).text, path.stat()
    path.write_text("return 2")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (before, sources.get(KEY).text) == (b"return 1", b"return 2")


def test_version_when_content_returns_then_its_number_does(sources: Sources, save: Save, compiler: Compiler) -> None:
    """A version is a content: going back gives the earlier number, without compiling again."""
    versions = []
    for text in ("one", "two", "one", "three"):
        save(text)
        sources.refresh([KEY])
        versions.append(sources.get(KEY).version)
    assert versions == [1, 2, 1, 3]
    assert len(compiler.compiled) == 3


def test_version_when_its_text_is_forgotten_then_its_number_is_not(sources: Sources, save: Save) -> None:
    """The texts kept are bounded, the numbers go further back."""
    for number in [*range(20), 0]:
        save(f"return {number}")
        sources.refresh([KEY])
    assert sources.get(KEY).version == 1
    assert not sources.lines_stand(KEY, 2, 1, 1, 1)


def test_get_when_the_file_does_not_parse_then_it_raises_each_time(
    sources: Sources, save: Save, compiler: Compiler
) -> None:
    """New sessions load the current file, and are told what is wrong with it; it is compiled once."""
    save("!")
    for _ in range(2):
        with pytest.raises(LuaSyntaxError) as caught:
            sources.get(KEY)
        assert str(caught.value) == "lua/a.lua:1: unexpected symbol near '!'"
    assert len(compiler.compiled) == 1


@pytest.mark.parametrize(("key", "reason"), [("lua/gone.lua", "is gone"), ("lua", "is a folder")])
def test_get_when_there_is_no_file_then_the_error_names_it(sources: Sources, key: str, reason: str) -> None:
    """A file that vanished, or became a folder, is not found."""
    with pytest.raises(ModuleNotFound, match=reason) as caught:
        sources.get(key)
    assert caught.value.file == key


def test_refresh_when_files_changed_then_only_they_are_answered(sources: Sources, save: Save) -> None:
    """Unchanged files are left out, gone ones are told."""
    for name in ("lua/a.lua", "lua/b.lua"):
        save("return 1", name)
        sources.get(name)
    save("return 2", "lua/b.lua")
    found = sources.refresh(["lua/a.lua", "lua/b.lua", "lua/gone.lua"])
    assert {key: source.text for key, source in found.changed.items()} == {"lua/b.lua": b"return 2"}
    assert (found.gone, found.errors) == (["lua/gone.lua"], [])


def test_refresh_when_two_saves_have_the_same_size_and_time_then_both_count(sources: Sources, save: Save) -> None:
    """Content decides, whatever times and sizes say."""
    seen = []
    for number in range(3):
        save(f"return {number}")
        seen += [source.text for source in sources.refresh([KEY]).changed.values()]
    assert seen == [b"return 0", b"return 1", b"return 2"]


def test_refresh_when_a_new_session_got_it_first_then_it_is_still_a_change(sources: Sources, save: Save) -> None:
    """A session made between the save and the batch takes no change away from the others."""
    save("return 1")
    sources.get(KEY)
    save("return 2", mtime_s=1_000_000_001)
    sources.get(KEY)
    assert sources.refresh([KEY]).changed[KEY].text == b"return 2"
    assert sources.refresh([KEY]).changed == {}


def test_refresh_when_a_save_is_taken_back_then_those_who_got_it_are_told(sources: Sources, save: Save) -> None:
    """A version given between two refreshes counts, even if the file is as it was at the first."""
    save("return 1")
    sources.refresh([KEY])
    save("return 2", mtime_s=1_000_000_001)
    sources.get(KEY)
    save("return 1", mtime_s=1_000_000_002)
    assert sources.refresh([KEY]).changed[KEY].version == 1


BAD = {
    b"!": "unexpected symbol",
    b"a\0b": "NUL bytes",
    b"\x1bLua": "bytecode",
    "x".encode("utf-16"): "NUL bytes",
}


@pytest.mark.parametrize("content", BAD)
def test_refresh_when_a_file_is_bad_then_it_is_an_error_with_its_name(
    sources: Sources, save: Save, content: bytes
) -> None:
    """What doesn't parse or isn't text is told, not raised, and the last good source stays."""
    save("return 1")
    good = sources.get(KEY)
    save(content)
    found = sources.refresh([KEY])
    assert [(error.file, BAD[content] in error.message) for error in found.errors] == [(KEY, True)]
    assert (found.changed, sources.last_good(KEY)) == ({}, good)


def test_refresh_when_a_mistake_is_undone_then_nothing_has_changed(sources: Sources, save: Save) -> None:
    """Back to what everybody runs is no change."""
    save("return 1")
    sources.get(KEY)
    save("!")
    sources.refresh([KEY])
    save("return 1")
    assert sources.refresh([KEY]).changed == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_refresh_when_a_file_is_unreadable_then_it_is_an_error(tmp_path: Path, sources: Sources, save: Save) -> None:
    """A file without the right to read it is told with what to do."""
    save("return 1")
    (tmp_path / KEY).chmod(0)
    assert "give this user the right" in sources.refresh([KEY]).errors[0].message


def test_last_good_when_nothing_compiled_then_it_raises(sources: Sources) -> None:
    """There is no last good source of a file that was never loaded."""
    with pytest.raises(ModuleNotFound, match="has not been loaded yet"):
        sources.last_good(KEY)


def test_last_good_when_the_file_is_gone_then_it_stays(tmp_path: Path, sources: Sources, save: Save) -> None:
    """HD21: a module outlives its file."""
    save("return 1")
    good = sources.get(KEY)
    (tmp_path / KEY).unlink()
    assert sources.refresh([KEY]).gone == [KEY]
    assert sources.last_good(KEY) is good


TEXTS = {
    b"return 1": b"return 1",
    b"\xef\xbb\xbfreturn 1": b"return 1",
    b"#!/usr/bin/lua\nreturn 1": b"\nreturn 1",
    b"\xef\xbb\xbf#!lua\r\nreturn 1": b"\nreturn 1",
    b"#!lua": b"",
}


@pytest.mark.parametrize("raw", TEXTS)
def test_text_when_it_has_a_mark_or_a_first_line_for_the_shell_then_lines_keep_their_numbers(
    sources: Sources, save: Save, raw: bytes
) -> None:
    """A byte order mark and a `#!` line are taken off as Lua's loader does."""
    save(raw)
    assert sources.get(KEY).text == TEXTS[raw]


@pytest.mark.parametrize(
    ("text", "no_reload"),
    [
        ("-- luahost: no-reload\nreturn 1", True),
        ("-- luahost: no-reload \r\n", True),
        ("#!lua\n-- luahost: no-reload", True),
        ("return 1\n-- luahost: no-reload", False),
        ("-- luahost: no-reloads", False),
    ],
)
def test_no_reload_when_the_first_line_asks_then_the_source_says_so(
    sources: Sources, save: Save, text: str, no_reload: bool
) -> None:
    """A first line keeps a file out of hot reloads."""
    save(text)
    assert sources.get(KEY).no_reload is no_reload


@pytest.mark.parametrize(
    ("first", "last", "new", "stand"),
    [
        (2, 3, "new\nfunction f()\nend\n", True),
        (2, 3, "function f()\r\nend", True),
        (2, 3, "function f()\n\nend", False),
        (2, 3, "  function f()\nend", False),
        (2, 3, "function f()\nend of it", False),
        (0, 3, "function f()\nend", False),
        (3, 9, "function f()\nend", False),
    ],
)
def test_lines_stand_when_the_text_changed_then_whole_consecutive_lines_count(
    sources: Sources, save: Save, first: int, last: int, new: str, stand: bool
) -> None:
    """Lines stand if the new text has them together, unchanged, anywhere."""
    save("old\nfunction f()\nend")
    sources.refresh([KEY])
    save(new)
    sources.refresh([KEY])
    assert sources.lines_stand(KEY, 1, 2, first, last) is stand


def test_lines_stand_when_the_version_is_the_same_then_they_do(sources: Sources) -> None:
    """A text stands in itself, kept or not."""
    assert sources.lines_stand(KEY, 7, 7, 1, 1)


def test_get_when_many_threads_ask_then_the_file_is_compiled_once(
    sources: Sources, save: Save, compiler: Compiler
) -> None:
    """Sessions that load in parallel share one compilation of each file."""
    names = [f"lua/m{number}.lua" for number in range(10)]
    for name in names:
        save(name, name)
    gate = threading.Barrier(8)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: (gate.wait(), [sources.get(name) for name in names]), range(8)))
    assert len(compiler.compiled) == len(names)
