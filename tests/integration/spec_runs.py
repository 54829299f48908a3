"""Runs of specs without pytest: a file of specs on a site, and what came of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from luahost import LuaHostError, Settings
from luahost.testing.coverage import Coverage
from luahost.testing.spec_session import SpecSession

SPEC = "apps/x/x_spec.lua"
APP = "apps/x/app.lua"

MAIN = "X = require('x.app')\napp = app or X:new()\nsession:createAppVariable(app)\n"
X = """\
local X = session:prototype("X", { name = "Ann", count = 0 })

function X:tick()
  self.count = self.count + 1
end

function X:boom()
  error("boom")
end

return X
"""

WriteSite = Callable[[Mapping[str, str]], Path]


class SpecRuns:
    """A site with one file of specs in it; each `run` is a session of its own, as pytest makes them."""

    def __init__(self, site: WriteSite, coverage: Coverage | None = None, **settings: Any) -> None:
        self.root = site({"lua/main.lua": MAIN, APP: X})
        self._settings = Settings(site=str(self.root), **settings)
        self._coverage = coverage
        self.edited: dict[str, bytes] = {}

    def write(self, text: str, path: str = SPEC) -> None:
        """Writes a file of the site."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def run(self, body: str, number: int = 1) -> LuaHostError | None:
        """Returns what the spec with this number raised, None if it passed; `body` is its text, or that of the file."""
        self.write(body if re.search(r"\bit\(", body) else f'it("does", function()\n{body}\nend)\n')
        with SpecSession(self.root / SPEC, self._settings, self._coverage) as session:
            try:
                session.load()
                session.run(number)
            except LuaHostError as error:
                self.edited = session.host.edited
                return error
        return None
