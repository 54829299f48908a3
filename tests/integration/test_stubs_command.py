"""`luahost stubs`: the API's stubs say what there is; an app's classes are those of its live prototypes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from peers import Peer

from luahost import Host, Session
from luahost.stubs.api import FOLDER, api_stubs

LUAHOST = str(Path(sys.executable).parent / "luahost")
ROOT = Path(__file__).parents[2]
WriteSite = Callable[[Mapping[str, str]], Path]

STANDARD = set(
    """
    _G _VERSION assert collectgarbage coroutine debug error getmetatable io ipairs load math next os package pairs pcall
    print rawequal rawget rawlen rawset require select setmetatable string table tonumber tostring type utf8 xpcall
    """.split()  # noqa: SIM905
)
OF_ONE_VM = {"bit", "bit32", "setfenv", "getfenv"}
"""What LuaJIT has beside; the language server knows them by its own runtime version."""

# Runs the stubs as Lua, which they are, and answers what they write where.
WRITTEN = """
local texts = ...
local env = { table = {}, math = {} }
for name, text in pairs(texts) do
  -- `EMPTY = nil` leaves no trace; anything else will do.
  assert(load(text:gsub("\\nEMPTY = nil", "\\nEMPTY = {}"), "@" .. name, "t", env))()
end
local out = { globals = {}, session = {}, ui = {} }
for k in pairs(env) do out.globals[#out.globals + 1] = k end
for k in pairs(env.session) do out.session[#out.session + 1] = k end
for k in pairs(env.ui) do out.ui[#out.ui + 1] = k end
return out
"""


def stubbed(session: Session, *names: str) -> dict[str, set[str]]:
    """Returns the names in `globals`, `session` and `ui` that stubs write."""
    session.execute(f"function written(...) {WRITTEN} end")
    session.execute("holder = { run = function(self, texts) return written(texts) end }")
    session.execute("session:createAppVariable(holder)")
    texts = {name: text for name, text in api_stubs().items() if name in names}
    return {key: set(value) for key, value in session.call("app:run", texts).items()}


def keys_of(session: Session, expression: str, kind: str = "function") -> set[str]:
    """Returns the keys of a table in a session whose values are of a kind."""
    code = (
        f"local o = {{}} for k, v in pairs({expression}) do if type(v) == '{kind}' then o[#o + 1] = k end end return o"
    )
    return set(session.eval(code))


def test_stubs_when_compared_with_a_session_then_have_its_functions_and_no_others(session: Session) -> None:
    """Every function of `session` and `ui` is in the stubs, and the other way round, on every VM."""
    functions = {name: keys_of(session, name) for name in ("session", "ui")}
    written = stubbed(session, "session.lua", "ui.lua")
    assert {name: written[name] for name in functions} == functions


def test_stubs_when_compared_with_a_session_then_have_its_globals_and_no_others(session: Session) -> None:
    """Every global that plain Lua doesn't have is in the stubs, and the other way round."""
    own = set(session.eval("local o = {} for k in pairs(_G) do o[#o + 1] = k end return o"))
    written = stubbed(session, "session.lua", "ui.lua", "globals.lua")["globals"]
    assert own - STANDARD - OF_ONE_VM == written - {"table", "math"}


def test_stubs_when_compared_with_a_session_then_have_its_fields(session: Session) -> None:
    """Fields of `session` that aren't functions stand in its class."""
    declared = set(re.findall(r"^---@field (\w+)", api_stubs()["session.lua"].split("session = {}")[0], re.MULTILINE))
    fields = {key for kind in ("string", "number", "boolean") for key in keys_of(session, "session", kind)}
    assert declared == fields | {"restored"}


def methods_in(text: str, owner: str) -> set[str]:
    """Returns the methods that a stub gives to a local."""
    return set(re.findall(rf"^function {owner}:(\w+)", text, re.MULTILINE))


def test_stubs_when_compared_with_a_variable_then_have_its_methods(session: Session, peer: Peer) -> None:
    """What a wrapper is given, and what `lua.ViewList` makes, have the methods in the stubs and no others."""
    session.execute("""
      Seen = { new = function(self, variable) seen = variable; return { type = "Seen" } end }
      Row = { new = function(self, item) row = item; return { type = "Row" } end }
      app = { type = "App", list = { { type = "Thing" } } }
      session:createAppVariable(app)
    """)
    peer.create(2, "list", wrapper="Seen")
    peer.create(3, "list", wrapper="lua.ViewList", itemWrapper="Row")
    text = api_stubs()["variables.lua"]
    assert methods_in(text, "Variable") == keys_of(session, "seen")
    assert methods_in(text, "ViewListItem") == keys_of(session, "getmetatable(row)")
    assert methods_in(text, "ViewList") == keys_of(session, "getmetatable(row.list)")


def classes(session: Session) -> dict[str, dict[str, Any]]:
    """Returns the classes of a session by name, with fields and methods by name, too."""
    described = session.describe(is_deep=True)["classes"]
    return {
        each["name"]: {
            **each,
            "fields": {field["name"]: field["type"] for field in each["fields"]},
            "methods": {method["name"]: method["parameters"] for method in each["methods"]},
        }
        for each in described
    }


def test_classes_when_described_then_have_the_types_of_their_defaults(session: Session) -> None:
    """Defaults tell the types; a field that begins as nil has those that live instances hold."""
    session.execute("""
      A = session:prototype("A", {
        text = "", whole = 1, part = 0.5, flag = false, list = { "a", "b" }, mixed = { 1, "a" }, map = { a = 1 },
        unknown = EMPTY, other = EMPTY, both = EMPTY, perhaps = EMPTY,
      })
      A.nextId = A.nextId or 1
      B = session:prototype("B", {}, A)
      one = A:new({ other = B:new(), both = 1, perhaps = "x" })
      two = A:new({ other = one, both = "x" })
      one.other.other, one.other.both = one, 2
    """)
    assert classes(session)["A"]["fields"] == {
        "text": "string",
        "whole": "integer",
        "part": "number",
        "flag": "boolean",
        "list": "string[]",
        "mixed": "(integer|string)[]",
        "map": "table",
        "unknown": "any",
        "other": "A|B",
        "both": "integer|string",
        "perhaps": "string?",
        "nextId": "integer",
    }


def test_classes_when_described_then_have_bases_and_parameters(session: Session) -> None:
    """A class names the nearest registered base; methods tell their parameters, and the default `new` has its own."""
    session.execute("""
      A = session:prototype("A", { inside = function(self, x) end })
      function A:move(x, y, ...) end
      function A.static(x) end
      B = session:prototype("B", {}, setmetatable({ __index = A }, A))
      B.__tostring = function() return "B" end
    """)
    found = classes(session)
    assert (found["A"]["base"], found["B"]["base"]) == (False, "A")
    assert found["A"]["methods"] == {
        "inside": ["self", "x"],
        "move": ["self", "x", "y", "..."],
        "new": ["self", "instance"],
        "static": ["x"],
    }
    assert found["B"]["methods"] == {}


def test_classes_when_instances_have_a_trap_then_are_described_all_the_same(session: Session) -> None:
    """Looking at instances runs no code of theirs."""
    session.execute("""
      A = session:prototype("A", { trap = EMPTY })
      A.__index = function() error("looked at") end
      one = session:create(A, {})
    """)
    assert classes(session)["A"]["fields"] == {"trap": "any"}


CONTACTS = """\
local Person = session:prototype("Person", { name = "" })
function Person:rename(name) self.name = name end
local Contact = session:prototype("Contact", { phone = EMPTY }, Person)
Contact:new({ phone = "1" })
"""


def luahost(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs the console script."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LUAHOST_")}
    return subprocess.run([LUAHOST, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60)


def test_stubs_when_run_then_writes_the_api_where_luarc_looks(site: WriteSite) -> None:
    """Without options the API's stubs are written, no code of the site runs, and a second run changes nothing."""
    folder = site({"lua/main.lua": "error('ran')"})
    done = luahost("stubs", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name: path.read_text() for path in (folder / FOLDER).iterdir()} == api_stubs()
    assert luahost("stubs", cwd=folder).stdout == f"{FOLDER}: all is as it was\n"


def test_stubs_when_an_app_is_named_then_writes_its_classes(site: WriteSite) -> None:
    """The prototypes that a session with the app has become classes, with bases, types and parameters."""
    folder = site({"apps/contacts/app.lua": CONTACTS, "lua/main.lua": "print('to nobody')"})
    done = luahost("stubs", "--from", "contacts", "--output", "types", cwd=folder)
    assert done.stdout == "types: globals.lua, session.lua, spec.lua, ui.lua, variables.lua, classes.lua\n"
    text = (folder / "types" / "classes.lua").read_text()
    assert "---@class Contact: Person\n---@field phone " in text
    assert "---@field rename fun(self: Person, name?: any): any\n" in text


def test_stubs_when_sessions_are_saved_then_its_own_is_not(site: WriteSite) -> None:
    """The session that tells its prototypes doesn't go on with a saved one, and is saved nowhere."""
    main = 'app = session:restore() or session:prototype("A", {}):new()'
    folder = site({"lua/main.lua": main, "luahost.toml": 'store = "sqlite:.luahost/sessions.db"', "apps/a.lua": ""})
    assert luahost("stubs", "--from", "a", cwd=folder).returncode == 0
    assert not (folder / ".luahost" / "sessions.db").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("nowhere",), 3, "nowhere"),
        (("--from", "nothing"), 1, "module 'nothing' not found"),
        (("--from", "broken"), 1, "apps/broken.lua:1: "),
        (("--output", "apps/broken.lua"), 3, "apps/broken.lua: stubs can't be written there: File exists"),
        (("--form", "x"), 2, "--from"),
    ],
)
def test_stubs_when_it_cannot_be_then_says_why(
    site: WriteSite, arguments: tuple[str, ...], code: int, told: str
) -> None:
    """One clear message, the right exit code, no Python traceback, and nothing written."""
    folder = site({"apps/broken.lua": "x = = 1"})
    done = luahost("stubs", *arguments, cwd=folder)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in folder.iterdir()] == ["apps"]


def test_stubs_when_checked_by_the_language_server_then_are_fine(site: WriteSite, tmp_path: Path) -> None:
    """LuaLS finds nothing wrong in a new site with its stubs, and something where a prototype's field is misused."""
    server = shutil.which("lua-language-server")
    if server is None:
        pytest.skip("no lua-language-server here")
    luahost("new", "shop", "--template", "contacts", cwd=tmp_path)
    wrong = '---@type string\nlocal name = session:prototype("Contact").list\nreturn name\n'
    for text, expected in (("return 1\n", []), (wrong, ["lua/extra.lua"])):
        (tmp_path / "shop" / "lua" / "extra.lua").write_text(text)
        found = check_with(server, tmp_path / "shop", tmp_path / "log")
        assert [path for path in found if not path.startswith(FOLDER)] == expected, found


def check_with(server: str, folder: Path, log: Path) -> dict[str, Any]:
    """Returns what the language server finds in a folder, by file."""
    shutil.rmtree(log, ignore_errors=True)
    command = [server, f"--check={folder}", "--checklevel=Warning", f"--logpath={log}"]
    subprocess.run(command, check=False, capture_output=True, timeout=300)
    report = log / "check.json"
    found = json.loads(report.read_text()) if report.exists() else {}
    return {uri.split(f"{folder.name}/")[-1]: entries for uri, entries in dict(found).items()}


def test_stubs_when_the_site_of_this_repository_is_described_then_bring_every_prototype(tmp_path: Path) -> None:
    """Each prototype of the example apps is a class, and every type that a class names is there."""
    with Host(ROOT, watch=False) as host:
        session = host.create_session()
        names = session.eval("return session:prototypes()")
    luahost("stubs", str(ROOT), "--from", "board", "--all", "--output", str(tmp_path), cwd=tmp_path)
    text = (tmp_path / "classes.lua").read_text()
    assert re.findall(r"^---@class ([\w.]+)", text, re.MULTILINE) == names
    assert "---@field rooms board.Room[]\n" in text


WORDS = """\
local words = require("luahost.spec")

local function names(t)
  local list = {}
  for name in pairs(t) do list[#list + 1] = name end
  table.sort(list)
  return table.concat(list, " ")
end

it("has the words of the stubs", function()
  assert.equal("%s", names(words))
  assert.equal("%s", names(words.spec))
end)

it("knows the assertions of the stubs", function()
  for name in ("%s"):gmatch("%%S+") do
    local _, message = pcall(assert[name])
    assert.is_nil(tostring(message):match("no such assertion"), name)
  end
end)
"""


def test_stubs_when_a_spec_compares_them_then_have_its_words(site: WriteSite) -> None:
    """The words that a spec has, those of `spec`, and the assertions are the ones in the stubs."""
    text = api_stubs()["spec.lua"]
    words = {*re.findall(r"^function (\w+)\(", text, re.MULTILINE), "setup", "teardown", "assert", "spec"}
    asked = re.findall(r"^function spec\.(\w+)", text, re.MULTILINE)
    assertions = re.findall(r"^---@field (\w+) fun", text.split("luahost.Assert")[1], re.MULTILINE)
    spec = WORDS % (" ".join(sorted(words)), " ".join(sorted(asked)), " ".join(assertions))
    done = luahost("test", cwd=site({"lua/main.lua": "", "words_spec.lua": spec}))
    assert done.returncode == 0, done.stdout
