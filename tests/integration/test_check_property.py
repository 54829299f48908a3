"""`luahost check`: whatever stands in a file, the check ends with places that are there."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from luahost.checking.checker import check
from luahost.settings import Settings
from tests.site_files import write_files

WORDS = "local function global goto end return if then else for in do while repeat until x P session self EMPTY"
SIGNS = (
    "= == ( ) { } [ ] , ; : . .. ... :: + - * // < > \" ' -- [[ ]] 1 'main' \n \\ é \0 ÿ prototype new _G and or not"
)
PIECES = "require pcall P.x=P.y session:prototype('P',{l={}}) require('main') require('a') --[[ luahost: allow(syntax)"
SOUP = st.sampled_from([word for words in (WORDS, SIGNS, PIECES) for word in words.split(" ")])
TEXTS = st.lists(SOUP, max_size=40).map(" ".join)
HTML = st.lists(
    st.sampled_from(
        ["<b", " ui-value", "=", '"', "a..b", "'", ">", "</b>", "<!--", "-->", "\n", " ui-x", "é", "/", "&amp;"]
    ),
    max_size=30,
).map("".join)
STATEMENTS = st.lists(
    st.sampled_from(
        [
            "local x = P.y",
            "x = 1",
            "local P = session:prototype('P', { l = {} })",
            "function P:y() self.z = self.y q = 2 end",
            "local P = require('a')",
            "for x = 1, 2 do x = P.x end",
            "repeat local y = x until y",
            "if x then y = x elseif y then local x = y else P.x = P.y end",
            "session:create(P, { P.y, a = P.y, [x] = x })",
            "local function y(...) return y, ... end",
            "_G.q = function(self) return self.x end",
            "do local session, require = x, y require('gone') session:prototype('P', { l = {} }) end",
        ]
    ),
    max_size=12,
).map("\n".join)


@settings(max_examples=120, deadline=None)
@given(st.one_of(TEXTS, STATEMENTS), STATEMENTS, HTML)
def test_check_when_files_hold_anything_then_each_finding_has_a_place_in_them(main: str, other: str, html: str) -> None:
    """No text is too strange, and every place is in its file."""
    with TemporaryDirectory() as folder:
        texts = {"lua/main.lua": main, "lua/a.lua": other, "viewdefs/P.DEFAULT.html": html}
        write_files(Path(folder), texts)
        report = check(Settings(site=folder), which=lambda _: None)
    for finding in report.findings:
        lines = texts[finding.file].split("\n")
        assert 1 <= finding.line <= len(lines)
        assert 1 <= finding.column <= len(lines[finding.line - 1]) + 1
