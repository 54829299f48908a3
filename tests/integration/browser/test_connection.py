"""The page and its connection: what it does when the connection breaks, and when the session is gone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from fake_server import FakeServer
from page import Page

Show = Callable[..., Page]
OTHER = "f" * 32


@pytest.fixture
def form(show: Show, server: FakeServer) -> Page:
    """Returns a page with a list, and a form that is half filled."""
    server.objects |= {2: {"type": "lua.ViewList", "items": [{"obj": 3}]}, 3: {"item": {"obj": 4}}}
    server.objects[4] = {"type": "Person", "name": "Ann", "note": ""}
    server.definitions["Person.list-item"] = "<template><li><b ui-value=name></b><input ui-value=note></li></template>"
    body = "<ul ui-viewlist=people></ul><i ui-value=n></i><button ui-action=go()>go</button>"
    page = show(body, people={"obj": 2}, n=1)
    page.wait_texts("b, i", ["Ann", "1"])
    page.type("input", "half")
    return page


def test_page_when_the_server_was_away_then_it_goes_on_where_it_was(form: Page, server: FakeServer) -> None:
    """The page comes back by itself, shows what is new, and keeps what was being typed."""
    server.stop()
    form.wait_state("waiting")
    server.objects[1]["n"] = 2
    server.start()
    form.wait_texts("i", ["2"])
    assert (form.value("input"), form.focused) == ("half", "note")
    form.type("input", " and whole\t")
    form.wait(lambda: server.objects[4]["note"] == "half and whole", "the note")


def test_page_when_objects_have_other_numbers_afterwards_then_rows_stay(form: Page, server: FakeServer) -> None:
    """A session that was brought back gives its objects other numbers; the list's rows are the same for the person."""
    server.stop()
    form.wait_state("waiting")
    server.objects[5], server.objects[6] = {"item": {"obj": 6}}, server.objects.pop(4) | {"name": "Anna"}
    server.objects[2]["items"] = [{"obj": 5}]
    del server.objects[3]
    server.start()
    form.wait_texts("b", ["Anna"])
    assert (form.value("input"), form.focused) == ("half", "note")
    form.type("input", "\t")
    form.wait(lambda: server.objects[6]["note"] == "half", "the note")


def test_page_when_the_server_is_away_then_values_wait_and_actions_do_not(form: Page, server: FakeServer) -> None:
    """What was entered is written after the reconnection; a click that can't be carried out says so."""
    server.stop()
    form.wait_state("waiting")
    form.type("input", "\t")
    form.click("button")
    form.element("button.ui-error[title*='not connected']")
    server.start()
    form.wait(lambda: server.objects[4]["note"] == "half", "the note")
    assert server.actions == []


def test_page_when_the_session_is_gone_then_it_moves_to_a_new_one(form: Page, server: FakeServer) -> None:
    """The page gets a new session, under its own address, and keeps what was being typed."""
    server.end_session(OTHER)
    form.wait(lambda: form.run("return location.pathname") == f"/{OTHER}", "the new address")
    form.wait_state("connected")
    assert form.value("input") == "half"


def test_page_when_the_session_is_gone_after_a_restart_then_all_tabs_find_the_same(
    form: Page, server: FakeServer, open_page: Callable[[str], Page]
) -> None:
    """A server that comes back without the session answers 404; the page moves on."""
    second = open_page(server.url)
    second.wait_state("connected")
    server.stop()
    for page in (form, second):
        page.wait_state("waiting")
    server.key = OTHER
    server.start()
    for page in (form, second):
        page.wait(lambda page=page: page.run("return location.pathname") == f"/{OTHER}", "the new address")
        page.wait_state("connected")


def test_page_when_somebody_else_wrote_it_then_the_cookie_tells_the_session(
    server: FakeServer, open_page: Callable[[str], Page]
) -> None:
    """A page of its own works by the script alone; without a cookie it asks for a session."""
    server.objects[1]["n"] = 1
    server.pages["other.html"] = '<title ui-value=n></title><p ui-value=n></p><script src="/luahost.js"></script>'
    page = open_page(server.url + "other.html")
    page.wait_texts("p, title", ["1", "1"])
    assert page.run("return location.pathname") == "/other.html"


def test_page_when_it_makes_many_variables_then_frames_stay_small(show: Show, server: FakeServer) -> None:
    """A page with thousands of bindings sends them in several frames, parents first."""
    page = show("<p ui-value=n></p>" * 1200, n=1)
    page.wait(lambda: page.texts("p") == ["1"] * 1200, "1,200 values")
    frames = [frame["messages"] for frame in server.received]
    created = [message["data"]["id"] for frame in frames for message in frame if message["type"] == "create"]
    assert max(map(len, frames)) == 500
    assert all(left < right for left, right in pairwise(created))
