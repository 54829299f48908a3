"""The page's attributes: what each shows, and what it writes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_server import FakeServer
from page import Page

Show = Callable[..., Page]
RADIOS = "<input type=radio value=a ui-value=it><input type=radio value=b ui-value=it>"


def test_value_when_the_object_changes_then_the_text_follows(show: Show, server: FakeServer) -> None:
    """An element shows the value of its path, as text."""
    body = "<p ui-value=name></p><p ui-value=list></p><p ui-value=none></p>"
    page = show(body, name="<b>Ann</b>", list=[1, "b", True])
    page.wait_texts("p", ["<b>Ann</b>", "1, b, true", ""])
    server.objects[1]["name"] = "Bo"
    server.publish()
    page.wait_texts("p", ["Bo", "1, b, true", ""])


@pytest.mark.parametrize(
    ("control", "before", "act", "after"),
    [
        ("<input ui-value=it>", "a", lambda page: page.fill("input", "b\t"), "b"),
        ("<textarea ui-value=it></textarea>", "a", lambda page: page.fill("textarea", "b\t"), "b"),
        ("<input type=number ui-value=it>", 1, lambda page: page.fill("input", "2\t"), 2),
        ("<input type=checkbox ui-value=it>", False, lambda page: page.click("input"), True),
        (RADIOS, "a", lambda page: page.click("[value=b]"), "b"),
        ("<select ui-value=it><option>a<option>b</select>", "a", lambda page: page.type("select", "b"), "b"),
    ],
)
def test_value_when_a_control_is_used_then_it_is_written(
    show: Show, server: FakeServer, control: str, before: object, act: Callable[[Page], None], after: object
) -> None:
    """A control shows its value and writes what a person has entered, as a user's event."""
    page = show(f"{control}<output ui-value=it></output>", it=before)
    page.wait_texts("output", [str(before).lower()])
    act(page)
    page.wait_texts("output", [str(after).lower()])
    assert server.objects[1]["it"] == after
    assert server.received[-1]["userEvent"] is True


def test_value_when_half_typed_then_nothing_is_written_and_nothing_overwrites_it(
    show: Show, server: FakeServer
) -> None:
    """What is being typed stays until the person leaves the input, whatever the session says meanwhile."""
    page = show("<input ui-value=name><output ui-value=name></output>", name="Ann")
    page.wait_value("input", "Ann")
    page.type("input", " B")
    server.objects[1]["name"] = "Cleo"
    server.publish()
    page.wait_texts("output", ["Cleo"])
    assert page.value("input") == "Ann B"
    page.type("input", "erg\t")
    page.wait_texts("output", ["Ann Berg"])


def test_value_when_flagged_keypress_then_every_key_writes(show: Show, server: FakeServer) -> None:
    """With `?keypress` an input is written at each key."""
    page = show("<input ui-value=name?keypress><output ui-value=name></output>", name="A")
    page.wait_value("input", "A")
    page.type("input", "nn")
    page.wait_texts("output", ["Ann"])


def test_action_when_clicked_then_what_is_half_typed_is_written_first(show: Show, server: FakeServer) -> None:
    """A form's action finds the values that were typed, and Enter submits."""
    page = show("<form ui-action=save()><input ui-value=name></form>", name="A")
    page.wait_value("input", "A")
    page.type("input", "nn\n")
    page.wait(lambda: server.actions, "the action")
    assert server.actions == [(1, "save()", None)]
    assert server.objects[1]["name"] == "Ann"


def test_action_when_it_takes_a_value_then_the_element_gives_its_own(show: Show, server: FakeServer) -> None:
    """A path that ends in `(_)` takes the `value` of the element."""
    page = show('<button ui-action="open(_)" value="b">b</button>')
    page.click("button")
    page.wait(lambda: server.actions == [(1, "open(_)", "b")], "the action")


def test_event_when_it_names_a_key_then_only_that_key_calls(show: Show, server: FakeServer) -> None:
    """`ui-event-keydown-enter` calls its path for Enter."""
    page = show("<input ui-event-keydown-enter=search(_)>")
    page.type("input", "ab\n")
    page.wait(lambda: server.actions, "the action")
    assert server.actions == [(1, "search(_)", "ab")]


def test_attribute_and_class_when_values_change_then_they_come_and_go(show: Show, server: FakeServer) -> None:
    """`ui-attr-…` sets, `true` sets empty, null and false remove; `ui-class-…` follows what is true."""
    page = show("<p ui-attr-hidden=off ui-attr-lang=lang ui-class-on=on class=x>", off=True, lang="de", on=1)
    page.element("p.x.on[hidden][lang=de]")
    server.objects[1].update(off=False, lang=None, on=False)
    server.publish()
    page.element("p.x:not(.on):not([hidden]):not([lang])")


def test_attribute_when_data_would_become_code_then_it_is_left_out(show: Show, server: FakeServer) -> None:
    """Values can't bring scripts into the page."""
    page = show(
        "<a ui-attr-href=link ui-attr-title=name></a><b ui-attr-onclick=name ui-attr-title=name></b>",
        link="java\tscript:alert(1)",
        name="x",
    )
    page.element("a[title]:not([href])")
    page.element("b[title]:not([onclick])")


def test_select_when_its_options_come_from_the_session_then_it_shows_its_value(show: Show, server: FakeServer) -> None:
    """A select may take its options from a list, which come later than its value."""
    server.objects |= {2: {"type": "lua.ViewList", "items": [{"obj": 3}, {"obj": 4}]}}
    server.objects |= {3: {"item": {"obj": 5}}, 4: {"item": {"obj": 6}}}
    server.objects |= {5: {"type": "Room", "name": "lobby"}, 6: {"type": "Room", "name": "garden"}}
    server.definitions["Room.list-item"] = "<template><option ui-attr-value=name ui-value=name></option></template>"
    page = show("<select ui-value=room ui-viewlist=rooms></select>", room="garden", rooms={"obj": 2})
    page.wait_value("select", "garden")


def test_error_when_a_variable_has_one_then_its_element_says_so_until_it_is_over(
    show: Show, server: FakeServer
) -> None:
    """An error is a class and a title; the rest of the page goes on, and the next value ends it."""
    page = show("<p ui-value=name title=mine></p><i ui-value=other></i>", name="Ann", other="x")
    page.wait_texts("p", ["Ann"])
    server.fail("name", "lua-error", "app.lua:3: oh")
    page.element("p.ui-error[title='app.lua:3: oh']")
    server.objects[1].update(name="Bo", other="y")
    server.publish()
    page.element("p:not(.ui-error)[title=mine]")
    page.wait_texts("p, i", ["Bo", "y"])


def test_error_when_another_value_is_written_then_is_over(show: Show, server: FakeServer) -> None:
    """Who puts right what was refused is answered nothing, since the value is their own: the mark goes all the same."""
    page = show("<input ui-value=age>", age=1)
    page.fill("input", "x\t")
    server.fail("age", "lua-error", "no number")
    page.element("input.ui-error[title='no number']")
    page.fill("input", "2\t")
    page.element("input:not(.ui-error):not([title='no number'])")
