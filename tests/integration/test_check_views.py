"""`luahost check`: names, attributes and paths of view definitions and pages."""

from __future__ import annotations

import pytest
from checked_site import CheckedSite

LUA = {"lua/main.lua": ""}


def view(html: str) -> dict[str, str]:
    """Returns a site with a view definition."""
    return {**LUA, "viewdefs/P.DEFAULT.html": f"<template>\n  {html}\n</template>\n"}


@pytest.mark.parametrize(
    ("html", "column"),
    [
        ('<b ui-value="a..b"></b>', 6),
        ('<b class="é" ui-value="_secret"></b>', 16),
        ('<b ui-value="call(1)"></b>', 6),
        ('<button ui-action="name"></button>', 11),
        ('<button ui-event-click="name"></button>', 11),
        ('<b ui-value="take(_)"></b>', 6),
        ('<input ui-value="call()(_)">', 10),
        ('<ul ui-viewlist="items."></ul>', 7),
        ("<p ui-attr-hidden = a..b ></p>", 6),
        ('<i></i><p ui-class-x="a..b"/>', 13),
    ],
)
def test_path_when_no_session_can_take_it_then_is_found_at_its_attribute(
    checked: CheckedSite, html: str, column: int
) -> None:
    """The kernel's own reading of paths decides, with what the page does at the path."""
    assert checked.places(view(html)) == [f"viewdefs/P.DEFAULT.html:2:{column} view-path"]


@pytest.mark.parametrize("vm", ["lua54", "lua55", "luajit21"])
def test_path_when_it_is_wrong_then_the_sentence_is_the_kernels(checked: CheckedSite, vm: str) -> None:
    """What the page would show as an error is what the check says."""
    message = checked.message(view('<a ui-action="name"></a>'), vm=vm)
    assert message == "ui-action: path 'name' calls nothing: an action ends in 'foo()' or 'foo(_)'"


@pytest.mark.parametrize(
    ("html", "column", "hint"),
    [
        ('<b ui-valeu="name"></b>', 6, "did you mean ui-value?"),
        ('<b\n   ui-bind="name"></b>', 4, "; there are ui-value, ui-action"),
        ('<b ui-event="name()"></b>', 6, "as in ui-event-click"),
        ('<b ui-attr-="name"></b>', 6, "as in ui-attr-hidden"),
        ('<b ui-namespace="short" ui-value="x"></b>', 6, "write it beside ui-view"),
    ],
)
def test_attribute_when_there_is_none_of_its_name_then_is_found(
    checked: CheckedSite, html: str, column: int, hint: str
) -> None:
    """An attribute that begins with `ui-` and does nothing is a slip of the pen."""
    (found,) = checked.report(view(html)).findings
    assert (found.lint, found.line, found.column) == ("view-attribute", 3 if "\n" in html else 2, column)
    assert hint in found.message


@pytest.mark.parametrize(
    "html",
    [
        '<input ui-value="people.0.name?keypress"><select ui-value="pick(_)"></select>',
        '<div ui-view="" ui-namespace="short"></div><div ui-view></div>',
        '<form ui-action="save()" ui-event-keydown-escape="close()"></form>',
        '<p ui-class-done="isDone()" ui-attr-hidden="@page.shown" data-ui-x="..." title="ui-valeu">x</p>',
        "<script>if (a < b) '<p ui-value=\"a..b\">'</script><!-- <b ui-value='a..b'> -->",
    ],
)
def test_page_when_all_is_right_then_nothing_is_said(checked: CheckedSite, html: str) -> None:
    """Paths, properties and attributes of all kinds are taken."""
    assert checked.places(view(html)) == []


def test_page_when_it_is_in_html_then_is_checked_too(checked: CheckedSite) -> None:
    """The site's own pages have the same attributes."""
    files = {**LUA, "html/a/index.html": '<b ui-value="a..b">'}
    assert checked.places(files) == ["html/a/index.html:1:4 view-path"]


@pytest.mark.parametrize(
    ("file", "says"),
    [("viewdefs/Contact.html", "name it Contact.DEFAULT.html"), ("viewdefs/a/P.DEFAULT.html", "move it to viewdefs/")],
)
def test_view_definition_when_nobody_would_show_it_then_is_found(checked: CheckedSite, file: str, says: str) -> None:
    """The host takes files of `viewdefs/` by type and namespace."""
    assert checked.places({**LUA, file: ""}) == [f"{file}:1:1 view-name"]
    assert says in checked.message({**LUA, file: ""})
