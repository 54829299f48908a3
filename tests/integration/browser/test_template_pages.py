"""The pages of new sites, used by a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page import Page
from selenium.webdriver import Keys
from served_site import ServedSite

from luahost.templates.new_site import write_site
from luahost.templates.template import Template

OpenPage = Callable[[str], Page]


@pytest.fixture
def serve_template(tmp_path: Path) -> Iterator[Callable[[str], ServedSite]]:
    """Returns a function that serves the site of a template; it is left after the test."""
    served: list[ServedSite] = []

    def serve(name: str) -> ServedSite:
        write_site(tmp_path / name, Template(name).files(name))
        served.append(ServedSite(tmp_path / name, trust="trusted"))
        return served[-1]

    yield serve
    for each in served:
        each.close()


def test_tasks_when_used_then_are_added_ticked_and_removed(
    serve_template: Callable[[str], ServedSite], open_page: OpenPage
) -> None:
    """The page of the template `app` does what its buttons say."""
    page = open_page(serve_template("app").url)
    for title in ("buy bread", "bake a cake"):
        page.fill(".tasks input", title + Keys.ENTER)
        page.wait_text(".tasks li span", title)
    page.click(".tasks li:nth-child(1) input")
    page.wait_texts(".tasks [role=status]", ["1 of 2 to do"])
    page.click(".tasks li:nth-child(1) button")
    page.wait_texts(".tasks li span", ["bake a cake"])


def test_contacts_when_used_then_the_form_checks_and_saves(
    serve_template: Callable[[str], ServedSite], open_page: OpenPage
) -> None:
    """The page of the template `contacts` refuses a contact without a name, and adds one with it."""
    page = open_page(serve_template("contacts").url)
    page.click(".tools button")
    page.click("form .primary")
    page.wait_texts(".problem", ["a contact needs a name"])
    page.fill("form label:nth-child(1) input", "Ann Berg" + Keys.ENTER)
    page.wait_texts(".contacts li b", ["Ann Berg"])
    page.wait_gone("form")
    page.click(".contacts li button")
    page.wait_value("form label:nth-child(1) input", "Ann Berg")


def test_chat_when_two_pages_are_open_then_each_has_its_seat(
    serve_template: Callable[[str], ServedSite], open_page: OpenPage
) -> None:
    """Two pages of one session share the room, and what is half typed on one isn't on the other."""
    served = serve_template("chat")
    address = served.url + "/" + served.visit()
    ann, bob = open_page(address), open_page(address)
    bob.fill("[name=name]", "Bob")
    bob.fill("[name=words]", "half")
    ann.fill("[name=name]", "Ann")
    ann.fill("[name=words]", "good morning" + Keys.ENTER)
    for page in (ann, bob):
        page.wait_texts(".messages span", ["good morning"])
        page.wait_texts(".guests li", ["Ann"])
    bob.wait_value("[name=words]", "half")
    ann.wait_value("[name=words]", "")
