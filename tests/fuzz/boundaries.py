"""Fuzzing of every boundary, for minutes: `make fuzz`. Whatever goes in, only luahost's own errors may come out.

python -m tests.fuzz.boundaries --examples 20000
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luahost import Host, LuaHostError, Session, Settings
from luahost.completion import complete
from luahost.evaluation import is_incomplete, show
from luahost.literals import results
from luahost.settings import load_settings

MAIN = "app = { list = { 1, { name = 'x' } }, echo = function(_, ...) return ... end } session:createAppVariable(app)"
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
PLAIN = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(SCALARS, inner, max_size=5), max_leaves=20
)
PATHS = st.text() | st.lists(st.sampled_from(["app", "list", "0", "1", "name", "x", "", "..", ":", "echo", "99"])).map(
    ".".join
)
NAMES = st.text() | st.lists(st.sampled_from(["lua", "main", "..", "/", ".", "\0", "apps", "x.lua", "~"])).map("".join)
LUA = st.text() | st.lists(
    st.sampled_from(["(", ")", "end", "do", "=", "x", "{", "}", "[[", "--", '"', "return", "nil", "..", "\n", "::a::"])
).map(" ".join)


def harmless(call: Callable[..., Any], *args: Any) -> None:
    """Calls; an error that is not luahost's own is a find."""
    try:
        call(*args)
    except LuaHostError:
        return


def shown(session: Session, text: str) -> str:
    """Returns what a prompt shows of a text, if more lines couldn't complete it."""
    return "" if is_incomplete(session, text) else results(show(session, text, name="prompt"), width=80)


def fuzz(session: Session, examples: int) -> None:
    """Fuzzes each boundary of a session in turn."""
    boundaries: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], None]]] = {
        "values in and out": (PLAIN, lambda value: harmless(session.call, "app:echo", value)),
        "set": (st.tuples(PATHS, PLAIN), lambda pair: harmless(session.set, *pair)),
        "paths": (PATHS, lambda path: harmless(session.get, path)),
        "calls": (st.tuples(PATHS, st.text()), lambda pair: harmless(session.call, f"{pair[0]}:{pair[1]}")),
        "module names": (NAMES, lambda name: harmless(session.require, name)),
        "chunks": (st.tuples(LUA, st.text()), lambda pair: harmless(session.eval, *pair)),
        "names to complete": (LUA | PATHS, lambda text: harmless(complete, session, text)),
        "lines typed": (LUA, lambda text: harmless(shown, session, text)),
        "settings": (
            st.dictionaries(st.text() | st.sampled_from(list(Settings.__struct_fields__)), PLAIN),
            lambda flags: harmless(lambda: load_settings(flags=flags)),
        ),
    }
    for name, (strategy, attempt) in boundaries.items():
        quiet = settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        quiet(given(strategy)(attempt))()
        assert session.eval("return 1 + 1") == 2
        print(f"{name}: {examples} examples, no find")


def main() -> None:
    """Fuzzes on each VM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=20_000)
    examples = parser.parse_args().examples
    for vm in ("lua54", "lua55", "luajit21"):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "lua").mkdir()
            (Path(folder) / "lua/main.lua").write_text(MAIN)
            with Host(folder, watch=False, settings=Settings(vm=vm)) as host:
                host.on("log", lambda line: None)
                print(vm)
                fuzz(host.create_session(), examples)


if __name__ == "__main__":
    main()
