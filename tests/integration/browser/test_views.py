"""Views and lists: objects shown by the definitions of their types, and what stays when these change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fake_server import FakeServer
from page import Page

Show = Callable[..., Page]
WRAPPED = "<div><label>Note <input ui-value=note></label></div><h2 ui-value=name></h2>"
SELECTED = "let e = document.activeElement; return [e.localName, e.selectionStart, e.selectionEnd]"
PERSON = "<template><h2 ui-value=name></h2><input ui-value=note></template>"


def person(name: str, **fields: Any) -> dict[str, Any]:
    """Returns an object of the type Person."""
    return {"type": "Person", "name": name, "note": "", **fields}


@pytest.fixture
def people(show: Show, server: FakeServer) -> Page:
    """Returns a page with a list of three people, whose presenters are the objects 11 to 13."""
    for number, name in enumerate(["Ann", "Ben", "Cleo"], 1):
        server.objects |= {10 + number: {"item": {"obj": 20 + number}}, 20 + number: person(name)}
    server.objects[2] = {"type": "lua.ViewList", "items": [{"obj": 11}, {"obj": 12}, {"obj": 13}]}
    server.definitions["Person.list-item"] = "<template><li><b ui-value=name></b><input ui-value=note></li></template>"
    page = show("<ul ui-viewlist=people></ul>", people={"obj": 2})
    page.wait_texts("li", ["Ann", "Ben", "Cleo"])
    page.run("document.querySelectorAll('li').forEach((e, n) => (e.number = n + 1))")
    return page


def list_shows(server: FakeServer, numbers: list[int]) -> None:
    """Changes the items of the list."""
    server.objects[2]["items"] = [{"obj": number} for number in numbers]
    server.publish()


def test_view_when_its_definition_comes_later_then_it_appears(show: Show, server: FakeServer) -> None:
    """An object without a definition says which is missing, and is shown as soon as there is one (VD10)."""
    server.objects[2] = person("Ann")
    page = show("<main ui-view=who></main>", who={"obj": 2})
    page.wait_texts("main", ["no viewdefs/Person.DEFAULT.html"])
    server.define({"Person.DEFAULT": PERSON})
    page.wait_texts("main h2", ["Ann"])


def test_view_when_its_definition_goes_then_the_next_best_is_shown(show: Show, server: FakeServer) -> None:
    """A definition that goes leaves the one that would have been shown without it, else the word that there is none."""
    server.objects[2] = person("Ann")
    server.definitions |= {"Person.short": "<template>short</template>", "Person.DEFAULT": PERSON}
    page = show("<main ui-view=who ui-namespace=short></main>", who={"obj": 2})
    page.wait_texts("main", ["short"])
    server.define({"Person.short": ""})
    page.wait_texts("main h2", ["Ann"])
    server.define({"Person.DEFAULT": ""})
    page.wait_texts("main", ["no viewdefs/Person.short.html"])
    page.wait(lambda: server.counts == [2], "two variables left")


def test_view_when_its_definition_went_while_the_page_was_away_then_it_follows(show: Show, server: FakeServer) -> None:
    """A page that comes again shows no definition that it had from before and isn't given again; others stay."""
    server.objects |= {2: person("Ann"), 3: {"type": "Card", "note": ""}}
    server.definitions |= {"Person.DEFAULT": PERSON, "Card.DEFAULT": "<template><em ui-value=note></em></template>"}
    page = show("<main ui-view=who></main><div ui-view=card></div>", who={"obj": 2}, card={"obj": 3})
    page.wait_texts("h2", ["Ann"])
    page.run("document.querySelector('div em').isSame = true")
    server.stop()
    page.wait_state("waiting")
    page.wait_texts("h2", ["Ann"])
    del server.definitions["Person.DEFAULT"]
    server.start()
    page.wait_texts("main", ["no viewdefs/Person.DEFAULT.html"])
    assert page.run("return document.querySelector('div em').isSame")


def test_view_when_its_path_is_empty_then_it_shows_its_surroundings(show: Show, server: FakeServer) -> None:
    """A view without a path shows the app object itself."""
    server.definitions["App.DEFAULT"] = "<template><h1 ui-value=title></h1></template>"
    page = show("<main ui-view></main>", title="Hello")
    page.wait_texts("main h1", ["Hello"])


def test_view_when_a_namespace_is_asked_for_then_it_is_taken_if_there_is_one(show: Show, server: FakeServer) -> None:
    """`ui-namespace` chooses among the definitions of a type, DEFAULT being the last resort."""
    server.objects[2] = person("Ann")
    server.definitions |= {"Person.DEFAULT": "long", "Person.short": "<template>short</template>"}
    page = show(
        "<p ui-view=who ui-namespace=short></p><p ui-view=who?namespace=short></p><p ui-view=who ui-namespace=x></p>",
        who={"obj": 2},
    )
    page.wait_texts("p", ["short", "short", "long"])


def test_view_when_its_object_is_another_then_what_was_half_typed_goes(show: Show, server: FakeServer) -> None:
    """A text half typed for one person isn't offered to the next; what leaves the page is destroyed."""
    server.objects |= {2: person("Ann"), 3: person("Ben", note="b")}
    server.definitions["Person.DEFAULT"] = PERSON
    page = show("<main ui-view=who></main>", who={"obj": 2})
    page.type("input", "half")
    server.objects[1]["who"] = {"obj": 3}
    server.publish()
    page.wait_texts("h2", ["Ben"])
    page.wait_value("input", "b")
    server.objects[1]["who"] = None
    server.publish()
    page.wait_gone("main *")
    page.wait(lambda: server.counts == [2], "two variables left")


def test_view_when_its_definition_changes_then_focus_and_half_typed_input_stay(show: Show, server: FakeServer) -> None:
    """A saved definition is shown at once; inputs stay as they are, even inside something new."""
    server.objects[2] = person("Ann", note="old")
    server.definitions["Person.DEFAULT"] = PERSON
    page = show("<main ui-view=who></main>", who={"obj": 2})
    page.wait_value("input", "old")
    page.type("input", "half")
    page.run("document.activeElement.setSelectionRange(2, 5)")
    for html in ("<em>new</em><input ui-value=note class=x>", WRAPPED):
        server.define({"Person.DEFAULT": f"<template>{html}</template>"})
    page.wait_texts("h2", ["Ann"])
    page.element("main > div input:not(.x)")
    assert page.value("input") == "oldhalf"
    assert page.run(SELECTED) == ["input", 2, 5]
    assert server.objects[2]["note"] == "old"


def test_view_when_its_definition_changes_then_views_inside_are_kept(show: Show, server: FakeServer) -> None:
    """What another definition shows inside a changed one is left alone, with what is typed there."""
    server.objects |= {2: {"type": "Card", "who": {"obj": 3}}, 3: person("Ann")}
    server.definitions |= {"Card.DEFAULT": "<template><div ui-view=who></div></template>", "Person.DEFAULT": PERSON}
    page = show("<main ui-view=card></main>", card={"obj": 2})
    page.type("input", "half")
    server.define({"Card.DEFAULT": "<template><h1>Card</h1><section><div ui-view=who></div></section></template>"})
    page.wait_texts("h1", ["Card"])
    page.wait_texts("section h2", ["Ann"])
    assert (page.value("section input"), page.focused) == ("half", "note")


def test_view_when_it_asks_for_the_focus_then_it_gets_and_returns_it(show: Show, server: FakeServer) -> None:
    """A form that appears takes the focus for its input with `autofocus`; afterwards it is where it was before."""
    server.objects[2] = person("Ann")
    server.definitions["Person.DEFAULT"] = "<template><input autofocus ui-value=note></template>"
    page = show("<button ui-action=open()>open</button><main ui-view=who></main>")
    page.click("button")
    server.objects[1]["who"] = {"obj": 2}
    server.publish()
    page.wait(lambda: page.focused == "note", "the focus in the form")
    server.objects[1]["who"] = None
    server.publish()
    page.wait(lambda: page.run("return document.activeElement.localName") == "button", "the focus at the button")


def test_view_when_a_type_without_a_definition_has_markup_in_its_name_then_it_is_text(
    show: Show, server: FakeServer
) -> None:
    """A type is data, and what is missing is named as it is."""
    server.objects[2] = person("Ann") | {"type": "<b>Bold"}
    page = show("<main ui-view=who></main>", who={"obj": 2})
    page.wait_texts("main .ui-missing", ["no viewdefs/<b>Bold.DEFAULT.html"])


def test_list_when_items_go_and_move_then_their_nodes_go_and_move_with_them(people: Page, server: FakeServer) -> None:
    """Each item keeps its nodes, focus and half-typed input; those that leave are destroyed."""
    people.type("li:nth-child(3) input", "half")
    list_shows(server, [13, 12])
    people.wait_texts("li", ["Cleo", "Ben"])
    assert people.run("return [...document.querySelectorAll('li')].map((e) => e.number)") == [3, 2]
    assert people.run("return document.activeElement === document.querySelector('li input')")
    assert people.value("li input") == "half"
    people.wait(lambda: server.counts == [11], "eleven variables left")


def test_list_when_items_come_then_they_stand_where_they_belong(people: Page, server: FakeServer) -> None:
    """A new item comes into its place, and a list that is emptied is empty."""
    server.objects |= {14: {"item": {"obj": 24}}, 24: person("Dora")}
    list_shows(server, [11, 14, 13, 12])
    people.wait_texts("li", ["Ann", "Dora", "Cleo", "Ben"])
    list_shows(server, [])
    people.element("ul:empty")
