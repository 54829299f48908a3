"""The import arrows between the rooms, the rooms that alone know a library, and the size of files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import luahost.errors

ROOT = Path(luahost.errors.__file__).parent
MAX_LINES = 400

GROUND = {"errors"}
COMMON = {"errors", "events", "clock", "settings"}
# From a room (a folder, or a file of the root) to those that it may import. A room may always import itself.
ARROWS: dict[str, set[str]] = {
    "errors": set(),
    "events": GROUND,
    "clock": GROUND,
    "settings": GROUND,
    "kernel": set(),
    "vm": COMMON | {"kernel"},
    "loading": COMMON,
    "reload": COMMON | {"loading"},
    "protocol": GROUND,
    "processes": GROUND,
    "output": GROUND,
    "profile": COMMON | {"vm"},
    "__main__": {"cli"},
    # What sessions have of their host; names the type of a session.
    "turning": COMMON,
    "expiry": COMMON | {"turning"},
    "storage": COMMON,
    "records": COMMON | {"storage", "turning"},
    "services": COMMON | {"session", "news", "questions", "turning", "profile", "records", "vm", "loading"},
    "questions": COMMON | {"session", "services", "news", "processes", "output", "vm", "loading"},
    "news": COMMON | {"session"},
    "session": COMMON
    | {"strikes", "detecting", "services", "turning", "records", "vm", "loading", "reload", "reloading", "protocol"},
    "strikes": set(),
    "detecting": COMMON,
    "reloading": COMMON | {"vm", "reload"},
    "own_settings": COMMON,
    "sessions": COMMON | {"own_settings", "session", "services", "vm", "loading", "reload"},
    # Answers its asyncio face, which is made of hosts, from within a function.
    "host": COMMON
    | {"aio", "sessions", "session", "services", "expiry", "turning", "records", "storage", "vm", "loading", "reload"}
    | {"profile"},
    "aio": COMMON | {"host", "session", "reload", "loading", "storage"},
    "__init__": COMMON | {"host", "session", "aio", "reload"},
    # What is typed, and how what it answers is written: for the prompt and for the inspector's console.
    "evaluation": COMMON | {"session", "literals"},
    "completion": COMMON | {"session", "evaluation"},
    "literals": set(),
    # Ctrl-C while somebody waits for a turn: at the prompt and in specs.
    "interruption": {"session"},
    "templates": GROUND,
    "stubs": GROUND,
    "doctor": COMMON | {"host", "services", "storage", "vm", "loading", "reload"},
    # What there is to see of a running host: for the inspector and for the attached commands.
    "inspection": COMMON | {"host", "session", "news", "reload"},
    "attach": COMMON
    | {"host", "aio", "session", "news", "reload", "inspection", "evaluation", "completion", "literals"},
    "checking": COMMON | {"vm", "loading"},
    "server": COMMON
    | {"host", "aio", "session", "news", "reload", "protocol", "turning", "evaluation", "literals", "inspection"},
    "cli": COMMON
    | {"server", "host", "session", "news", "reload", "doctor", "checking", "evaluation", "completion", "literals"}
    | {"profile", "records", "storage", "templates", "stubs", "loading", "attach", "inspection", "interruption"},
}
ALL_ROOMS = set(ARROWS)
ARROWS["testing"] = ALL_ROOMS
# A library that only one place may import.
KEEPERS: dict[str, str | tuple[str, ...]] = {
    "lupa": "vm/",
    "watchdog": "reload/watchdog_watcher.py",
    "prompt_toolkit": "cli/toolkit.py",
    "sqlite3": "storage/sqlite_storage.py",
    "psycopg": "storage/postgres_storage.py",
    "psycopg_pool": "storage/postgres_storage.py",
    "starlette": "server/",
    "pytest": ("testing/", "cli/test.py", "cli/pytest_usage.py"),
    "uvicorn": "server/listener.py",
    "prometheus_client": "server/metrics.py",
    "tree_sitter": "checking/",
    "tree_sitter_lua": "checking/parser.py",
}


def room_of(file: Path) -> str:
    """Returns the room of a file: its folder in the package, or its own name in the root."""
    parts = file.relative_to(ROOT).parts
    return parts[0] if len(parts) > 1 else file.stem


def imported(file: Path) -> Iterator[str]:
    """Yields the full names of what a file imports, `luahost.vm.box` for `from ..vm import box`."""
    package = ("luahost", *file.relative_to(ROOT).parts[:-1])
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def wrong_arrows(file: Path, arrows: dict[str, set[str]]) -> list[str]:
    """Returns the imports of a file that go to a room that its own may not import."""
    room = room_of(file)
    allowed = arrows.get(room, set()) | {room}
    ours = [name.split(".") for name in imported(file) if name.split(".")[0] == "luahost"]
    return [".".join(name) for name in ours if room_reached(name) not in allowed]


def room_reached(name: list[str]) -> str:
    """Returns the room that an import reaches; what the package itself offers is `__init__`."""
    room = name[1] if len(name) > 1 else "__init__"
    return room if room in ARROWS else "__init__"


def wrong_keepers(file: Path, keepers: dict[str, str | tuple[str, ...]]) -> list[str]:
    """Returns the libraries that a file imports though another place keeps them."""
    place = file.relative_to(ROOT).as_posix()
    libraries = {name.split(".")[0] for name in imported(file)}
    return [library for library, keeper in keepers.items() if library in libraries and not place.startswith(keeper)]


FILES = sorted(ROOT.rglob("*.py"))
# Pages bring luahost.js in by one plain `<script>`, from wherever they are: it has to be one script, without imports.
ONE_SCRIPT = ROOT / "server/static/luahost.js"
SCRIPTS = sorted(set(ROOT.rglob("*.js")) - {ONE_SCRIPT})
SOURCES = [*FILES, *sorted(ROOT.glob("kernel/*.lua")), *sorted(ROOT.glob("testing/guest/*.lua")), *SCRIPTS]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_arrows_when_a_file_imports_ours_then_its_room_may(file: Path) -> None:
    """Imports between rooms go one way."""
    assert wrong_arrows(file, ARROWS) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_arrows_when_a_file_imports_a_kept_library_then_it_is_the_keeper(file: Path) -> None:
    """lupa, watchdog, prompt_toolkit, starlette, uvicorn, tree-sitter and drivers are imported in one place."""
    assert wrong_keepers(file, KEEPERS) == []


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_files_when_counted_then_are_short(file: Path) -> None:
    """A file past 400 lines has a second noun in it."""
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_arrows_when_a_room_is_new_then_it_has_its_arrows() -> None:
    """Every room of the package stands in the table, so that none is forgotten."""
    assert {room_of(file) for file in FILES} <= set(ARROWS)


def test_wrong_arrows_when_the_table_forbids_an_import_then_names_it() -> None:
    """The check finds an arrow that the table doesn't have, relative imports included."""
    assert "luahost.errors.SettingsError" in wrong_arrows(ROOT / "settings.py", {})


def test_wrong_keepers_when_another_file_imports_a_library_then_names_it() -> None:
    """The check finds a library outside the place that keeps it."""
    assert wrong_keepers(ROOT / "cli/toolkit.py", {"prompt_toolkit": "vm/"}) == ["prompt_toolkit"]
