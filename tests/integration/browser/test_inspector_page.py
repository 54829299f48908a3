"""The inspector in a real browser: the table of variables, and what the page shows of a live host."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from inspected_site import InspectedSite, watch
from page import Page
from selenium.webdriver import Keys

MAIN = """
Person = session:prototype("Person", { age = 1 })
app = { title = "Hi", go = print, long = string.rep("long ", 200), ann = Person:new({ name = "Ann" }) }
app.html = "<b>x</b><img src=x onerror='hacked = 1'><script>hacked = 1</script>"
function app:fails() error("oh no") end
function app:slow() local n = 0 for i = 1, 20000 do n = n + i end return n end
session:createAppVariable(app)
"""
OpenPage = Callable[[str], Page]
PATHS = ("title", "go", "long", "ann", "html", "fails()", "slow()")
BUILD = Path(__file__).parents[3] / "build" / "screenshots"


def start(root: Path, **options: Any) -> InspectedSite:
    """Starts a site with an app, seven of whose paths are watched."""
    (root / "lua").mkdir()
    (root / "lua/main.lua").write_text(MAIN)
    inspected = InspectedSite(root, **options)
    watch(inspected.session, *PATHS, access="r")
    return inspected


@pytest.fixture
def inspected(tmp_path: Path) -> Iterator[InspectedSite]:
    """Returns a site with the console's grant."""
    inspected = start(tmp_path, allow=("remote_code",))
    yield inspected
    inspected.close()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[InspectedSite]:
    """Returns a site that is mounted below a prefix, behind a token."""
    guarded = start(tmp_path, prefix="/live", token="secret")
    yield guarded
    guarded.close()


@pytest.fixture
def table(inspected: InspectedSite, open_page: OpenPage) -> Iterator[Page]:
    """Returns the page of the session's variables."""
    page = open_page(f"{inspected.url}/{inspected.session.key}/variables")
    page.wait(lambda: len(page.texts(ROWS)) == 8, "eight variables")
    yield page
    page.run("localStorage.clear()")


@pytest.fixture
def inspector(inspected: InspectedSite, open_page: OpenPage) -> Iterator[Page]:
    """Returns the inspector's page, which shows the session's variables."""
    page = open_page(f"{inspected.url}/inspector")
    page.wait(lambda: len(page.texts(ROWS)) == 8, "eight variables")
    yield page
    page.run("localStorage.clear()")


ROWS = "tbody tr[data-id]"
HEADS = "thead th"


def column(page: Page, name: str) -> list[str]:
    """Returns the texts of a column."""
    return page.texts(f"tbody td.c-{name}")


def press(page: Page, *keys: str) -> None:
    """Presses keys wherever the focus is."""
    page.run("return document.activeElement").send_keys(*keys)


def tab(page: Page, name: str) -> None:
    """Turns to a tab."""
    page.click(f"#tab-{name}")


def test_table_when_opened_then_is_flat_with_the_columns_that_matter(table: Page) -> None:
    """At first the table is flat, in order of creation, with seven columns (R58, R63, R67, R78)."""
    assert table.texts(HEADS) == ["Notes", "Id", "Path", "Type", "Value", "Time", "Error"]
    assert column(table, "path") == ["(app)", *PATHS]
    assert column(table, "type")[4] == "Person"
    assert table.run("return document.querySelector('.switch [aria-pressed=true]').textContent") == "Flat"


def test_table_when_scrolled_then_its_head_stays(table: Page) -> None:
    """The head is fixed (R64)."""
    table.run("document.querySelector('.scroll').style.flex = '0 0 120px'")
    place = "return document.querySelector('thead th').getBoundingClientRect().top"
    before = table.run(place)
    table.run("document.querySelector('.scroll').scrollTop = 90")
    assert table.run("return document.querySelector('.scroll').scrollTop") == 90
    assert table.run(place) == before


def test_table_when_a_head_is_pressed_then_sorts_by_it(table: Page) -> None:
    """A column sorts up, then down, then not at all; times fall at first (R68, R69, R70)."""
    table.click("th.c-path button")
    assert column(table, "path") == sorted(["(app)", *PATHS])
    table.click("th.c-path button")
    assert column(table, "path") == sorted(["(app)", *PATHS], reverse=True)
    table.click("th.c-path button")
    assert column(table, "path") == ["(app)", *PATHS]
    table.click("th.c-time_us button")
    assert column(table, "path")[0] == "slow()"
    assert table.run("return document.querySelector('th.c-time_us').getAttribute('aria-sort')") == "descending"


def test_table_when_turned_into_a_tree_then_folds_by_path(
    table: Page, inspected: InspectedSite, wait_until: Callable[..., None]
) -> None:
    """In the tree children stand below their parents, and fold away by path (R65, R66)."""
    table.click(".switch button:last-child")
    assert column(table, "path")[0].endswith("(app)")
    assert table.run("return document.querySelector('tbody tr').getAttribute('aria-expanded')") == "true"
    table.click("tbody tr .fold")
    table.wait(lambda: len(table.texts(ROWS)) == 1, "a folded tree")
    table.click(".tools button.button")
    assert len(table.texts(ROWS)) == 1
    table.click("tbody tr .fold")
    table.wait(lambda: len(table.texts(ROWS)) == 8, "an unfolded tree")


def test_table_when_refreshed_then_shows_what_is_new(table: Page, inspected: InspectedSite) -> None:
    """The button fetches the variables again (R71)."""
    inspected.session.execute("app.title = 'Ho'")
    assert column(table, "value")[1] == '"Hi"'
    table.click(".tools button.button")
    table.wait(lambda: column(table, "value")[1] == '"Ho"', "the new value")


def test_table_when_polling_then_follows_by_itself(table: Page, inspected: InspectedSite) -> None:
    """Polling at 1, 2 or 5 s fetches them again and again (R72, R73)."""
    assert table.texts("select[aria-label=Polling] option") == ["off", "every 1 s", "every 2 s", "every 5 s"]
    table.element("select[aria-label=Polling]").send_keys("every 1")
    for text in ("one", "two"):
        inspected.session.execute(f"app.title = '{text}'")
        table.wait(lambda text=text: column(table, "value")[1] == f'"{text}"', text)


def test_table_when_columns_are_chosen_then_stay_chosen(table: Page) -> None:
    """Columns can be hidden and shown; changes and average time are hidden at first (R74, R81, R82, R83)."""
    table.click(".menu summary")
    for name in ("Changes", "Average", "Type"):
        table.run(
            "[...document.querySelectorAll('.menu label')].find(l => l.textContent == arguments[0]).click()", name
        )
    wanted = ["Notes", "Id", "Path", "Value", "Changes", "Time", "Average", "Error"]
    assert table.texts(HEADS) == wanted
    assert column(table, "changes")[1] == "1"
    table.run("location.reload()")
    table.wait(lambda: table.texts(HEADS) == wanted and len(table.texts(ROWS)) == 8, "the same columns")


def test_table_when_a_row_is_unfolded_then_tells_its_diagnostics(table: Page) -> None:
    """Diagnostics fold out below the row, with the whole of what there is to know (R75, R61)."""
    assert column(table, "diagnostics")[2] == "1"
    table.click(f"{ROWS}:nth-child(3) .mark")
    assert "a function is null outside" in table.texts("tr.detail")[0]
    assert table.run("return document.querySelector('tr.detail').previousSibling.dataset.id") == "c1:3"
    table.click(f"{ROWS}:nth-child(3) .mark")
    assert table.texts("tr.detail") == []


def test_table_when_a_value_is_long_then_is_cut_with_the_whole_as_tooltip(table: Page) -> None:
    """A long value is cut to its column; the tooltip has the whole (R76)."""
    cell = "document.querySelectorAll('td.c-value')[3]"
    assert table.run(f"return {cell}.scrollWidth > {cell}.clientWidth")
    assert table.run(f"return {cell}.title") == '"' + "long " * 200 + '"'


def test_table_when_a_variable_fails_then_it_is_red_and_the_rest_is_there(table: Page) -> None:
    """An error is red, at its row, and hides nothing (R23, R24, R25, R77)."""
    assert column(table, "error")[6].endswith("oh no")
    assert [text for text in column(table, "error") if text] == [column(table, "error")[6]]
    red = table.run("return getComputedStyle(document.querySelectorAll('td.c-error')[6]).color")
    assert red not in (table.run("return getComputedStyle(document.body).color"), "rgb(0, 0, 0)")
    assert table.run("return document.querySelectorAll('tr.failed').length") == 1


def test_table_when_the_session_says_html_then_it_is_text(table: Page) -> None:
    """What a session says is never taken for HTML."""
    assert column(table, "value")[5].startswith('"<b>x</b>')
    table.click(f"{ROWS}:nth-child(6) .mark")
    assert table.run("return window.hacked ?? null") is None
    assert table.run("return document.querySelectorAll('td img, td b, td script').length") == 0


def test_table_when_used_by_keys_then_needs_no_mouse(table: Page) -> None:
    """`/` filters, arrows go from row to row, Enter unfolds one."""
    press(table, "/")
    press(table, "title", Keys.ENTER)
    table.wait(lambda: column(table, "path") == ["title"], "one row")
    table.run("document.querySelector('input[type=search]').value = ''")
    press(table, Keys.BACKSPACE, "a", Keys.BACKSPACE, Keys.ESCAPE)
    table.wait(lambda: len(table.texts(ROWS)) == 8, "all rows")
    table.run("document.querySelector('tbody tr[tabindex=\"0\"]').focus()")
    for _ in range(7):
        press(table, Keys.ARROW_UP)
    press(table, Keys.ARROW_DOWN, Keys.ENTER)
    assert table.run("return document.activeElement.dataset.id") == "c1:2"
    assert '"Hi"' in table.texts("tr.detail")[0]


def test_inspector_when_values_change_then_follows_and_keeps_the_focus(
    inspector: Page, inspected: InspectedSite
) -> None:
    """The inspector's table is live, and what is focused and unfolded stays so."""
    inspector.click(f"{ROWS}:nth-child(2) .mark")
    inspector.run("document.querySelectorAll('tbody tr')[1].focus()")
    inspected.session.execute("app.title = 'Ho'")
    inspector.wait(lambda: column(inspector, "value")[1] == '"Ho"', "the new value")
    assert inspector.run("return document.activeElement.dataset.id") == "c1:2"
    assert '"Ho"' in inspector.texts("tr.detail")[0]


def test_inspector_when_sessions_come_and_go_then_lists_them(inspector: Page, inspected: InspectedSite) -> None:
    """Every session is listed; pressing one turns to it, and the address remembers."""
    second = inspected.host.create_session()
    inspector.wait_texts("#sessions strong", ["Session 1", "Session 2"])
    inspector.click("#sessions button:last-child")
    inspector.element("#sessions button:last-child[aria-current]")
    assert second.key in inspector.run("return location.hash")
    second.close()
    inspector.wait_texts("#sessions strong", ["Session 1"])
    inspector.element("#sessions button[aria-current]")


def test_inspector_when_the_last_session_ends_then_says_so(inspector: Page, inspected: InspectedSite) -> None:
    """Where no session is alive, the page says so, and shows the next one by itself."""
    inspected.session.close()
    inspector.wait_text("#panel .empty", "No session is alive")
    inspected.host.create_session()
    inspector.wait(lambda: len(inspector.texts(ROWS)) == 1, "the app variable")


def test_inspector_when_a_file_is_saved_then_shows_what_it_changed(inspector: Page, inspected: InspectedSite) -> None:
    """A reload appears with what it did to prototypes and instances; one that failed with its error."""
    inspected.write({"lua/main.lua": MAIN.replace("age = 1", "age = 1, email = 2")})
    inspector.wait_texts("#tab-reloads small", ["1"])
    tab(inspector, "reloads")
    inspector.wait_text(".reload", "+email")
    inspected.write({"lua/main.lua": "oh("})
    inspector.wait_text(".reload.failed", "lua/main.lua:1")


def test_inspector_when_sessions_speak_then_shows_the_lines(inspector: Page, inspected: InspectedSite) -> None:
    """The log shows what sessions print, as text; errors are counted until somebody looks."""
    inspected.session.execute("print('<i>hello</i>') session:setImmediate(function() error('late') end)")
    inspector.wait_texts("#tab-log small", ["1"])
    tab(inspector, "log")
    inspector.wait_text(".lines pre", "<i>hello</i>")
    inspector.wait_text(".lines pre.error", "late")
    inspector.wait_gone("#tab-log small")


def test_inspector_when_tabs_are_turned_by_keys_then_shows_each(inspector: Page) -> None:
    """Arrows go from tab to tab: objects, modules, charts."""
    inspector.run("document.getElementById('tab-variables').focus()")
    press(inspector, Keys.ARROW_RIGHT)
    inspector.wait_text("tbody tr", "Person")
    press(inspector, Keys.ARROW_RIGHT)
    inspector.wait_text("tbody tr", "lua/main.lua")
    press(inspector, Keys.ARROW_RIGHT)
    inspector.wait(lambda: "KiB" in inspector.texts(".chart b")[0], "a sample of memory")
    assert inspector.run("return document.activeElement.id") == "tab-charts"


def test_console_when_lua_is_typed_then_answers(inspector: Page, inspected: InspectedSite) -> None:
    """Enter runs a line, waits for the rest of a chunk that isn't complete, and arrows bring lines back."""
    tab(inspector, "console")
    inspector.type(".ask textarea", "app.title" + Keys.ENTER)
    inspector.wait_text(".said pre", '"Hi"')
    inspector.type(".ask textarea", "for i = 1, 2 do" + Keys.ENTER)
    inspector.wait_value(".ask textarea", "for i = 1, 2 do\n")
    inspector.type(".ask textarea", "print('n' .. i) end" + Keys.ENTER)
    inspector.wait_text(".said pre", "n2")
    inspector.type(".ask textarea", Keys.ARROW_UP)
    inspector.wait_value(".ask textarea", "for i = 1, 2 do\nprint('n' .. i) end")


def test_inspector_when_the_connection_breaks_then_comes_back(inspector: Page) -> None:
    """A page whose connection broke says so, and goes on by itself, with what was half typed."""
    tab(inspector, "console")
    inspector.type(".ask textarea", "half")
    inspector.run("inspector.connection.socket.close()")
    inspector.wait_texts("#state", ["not connected"])
    inspector.wait_texts("#state", ["live"])
    inspector.type(".ask textarea", " .. 1" + Keys.ENTER)
    inspector.wait_text(".said pre", "half .. 1")


SIZES = {"light": {}, "dark": {"dark": True}, "phone": {"width": 390, "height": 780}}


@pytest.mark.parametrize("look", SIZES)
def test_inspector_when_shown_then_nothing_is_wider_than_the_screen(inspector: Page, look: str) -> None:
    """The page fits a desktop in light and dark, and a phone; its pictures are kept as build output."""
    options: dict[str, Any] = SIZES[look]
    for view in ("variables", "objects", "reloads", "console"):
        inspector.run(f"inspector.turn(inspector.key, '{view}')")
        inspector.element("#panel > *")
        inspector.shoot(BUILD / f"inspector-{view}-{look}.png", **options)
        assert os.path.getsize(BUILD / f"inspector-{view}-{look}.png") > 5000
    size = {"width": options.get("width", 1100), "height": 760, "deviceScaleFactor": 1, "mobile": False}
    inspector.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        wider = inspector.run("return document.documentElement.scrollWidth > document.documentElement.clientWidth")
    finally:
        inspector.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert not wider


def test_inspector_when_used_then_the_browser_has_nothing_to_complain_of(inspector: Page) -> None:
    """No script fails, and the page's own policy refuses nothing of it."""
    for view in ("objects", "modules", "charts", "console", "reloads", "log", "variables"):
        tab(inspector, view)
        inspector.element("#panel > *")
    told = inspector.browser.get_log("browser")
    assert [entry["message"] for entry in told if entry["level"] == "SEVERE"] == []


@pytest.mark.parametrize("address", ["/inspector", "/1/variables"])
def test_pages_when_mounted_with_a_token_then_their_scripts_come_too(
    guarded: InspectedSite, open_page: OpenPage, address: str
) -> None:
    """Below a prefix, and behind a token that a cookie brings, both pages find all of their scripts."""
    page = open_page(f"{guarded.url}{address}?token=secret")
    page.wait(lambda: len(page.texts(ROWS)) == 8, "eight variables")
    assert "secret" not in page.run("return location.href")
    names = page.run("return performance.getEntriesByType('resource').map((each) => new URL(each.name).pathname)")
    assert "/live/inspector/table.js" in names
    assert [name for name in names if not name.startswith("/live/")] == []


def test_inspector_when_the_address_is_changed_then_goes_there(inspector: Page, inspected: InspectedSite) -> None:
    """An address may be kept or sent: it names the session and what is looked at."""
    inspector.run("location.hash = arguments[0]", f"#/{inspected.session.key}/modules")
    inspector.wait_text("tbody td", "lua/main.lua")
    assert inspector.run("return document.querySelector('[aria-selected=true]').textContent") == "Modules"
