"""The site's pages, used by a person in front of the real server, while its files are edited."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page import Page
from selenium.webdriver import Keys
from site_process import ROOT, SiteProcess

SHOTS = ROOT / "build" / "screenshots"
OpenPage = Callable[[str], Page]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SiteProcess]:
    """Returns the site, being served."""
    served = SiteProcess(tmp_path)
    served.start()
    yield served
    served.kill()


@pytest.fixture
def page(site: SiteProcess, open_page: OpenPage) -> Page:
    """Returns the page of a new session, which shows the contacts."""
    page = open_page(site.url)
    page.element(".contacts")
    return page


def people(page: Page) -> list[str]:
    """Returns the names in the list of contacts."""
    return page.texts(".contacts li b")


def add(page: Page, name: str, phone: str = "") -> None:
    """Adds a contact by the form."""
    page.click(".tools .primary")
    page.wait_value("form [ui-value=name]", "")
    page.fill("form [ui-value=name]", name)
    page.fill("form [ui-value=phones]", phone)
    page.click("form .primary")
    page.wait(lambda: name in people(page), f"{name} in the list")
    page.wait_gone("form.card")


def add_samples(page: Page) -> None:
    """Adds the twelve contacts to play with."""
    page.click(".nobody button")
    page.wait(lambda: len(people(page)) == 12, "twelve contacts")


def open_contact(page: Page, position: int, name: str) -> None:
    """Opens a contact of the list in the form."""
    page.click(f".contacts li:nth-child({position}) button")
    page.wait_value("form [ui-value=name]", name)


def test_contacts_when_used_then_they_are_added_edited_found_and_deleted(page: Page) -> None:
    """A person keeps contacts on the page; what is wrong is said at the form."""
    add(page, "Ann Berg", "555 0100")
    add(page, "Ben Cole")
    open_contact(page, 2, "Ben Cole")
    page.fill("form [ui-value=phones]", "call me\n")
    page.wait_texts("form .problem", ["call me is not a phone number"])
    page.fill("form [ui-value=phones]", "555 0101\n")
    page.wait_texts(".contacts li small", ["555 0100", "555 0101"])
    page.type("[type=search]", "berg")
    page.wait_texts(".contacts li b", ["Ann Berg"])
    page.wait_texts(".count span", ["1 of 2 contacts"])
    open_contact(page, 1, "Ann Berg")
    page.click("form .danger")
    page.wait_texts(".contacts li b", [])
    page.fill("[type=search]", Keys.BACKSPACE)
    page.wait_texts(".contacts li b", ["Ben Cole"])


def test_contacts_when_sorted_and_marked_then_rows_move_with_what_is_in_them(page: Page) -> None:
    """A favourite is marked in its row, and sorting moves the row; it works by keyboard alone."""
    add_samples(page)
    page.run("document.querySelectorAll('.contacts li').forEach((row, n) => (row.number = n + 1))")
    page.run("document.querySelector('.contacts li:nth-child(3) .star').focus()")
    page.type(".contacts li:nth-child(3) .star", " ")
    page.click(".count .link")
    page.wait(lambda: people(page)[0] == "Cleo Diaz", "the favourite first")
    assert page.run("return document.querySelector('.contacts li').number") == 3
    assert page.element(".contacts li .star").is_selected()


def test_page_when_a_second_tab_is_open_then_both_are_in_step(
    page: Page, site: SiteProcess, open_page: OpenPage
) -> None:
    """Tabs of one session show the same, whichever of them is used."""
    second = open_page(page.run("return location.href"))
    second.element(".nobody")
    add(page, "Ann Berg")
    second.wait_texts(".contacts li b", ["Ann Berg"])
    open_contact(second, 1, "Ann Berg")
    page.wait_value("form [ui-value=name]", "Ann Berg")
    second.fill("form [ui-value=name]", "Anna Berg\n")
    page.wait_texts(".contacts li b", ["Anna Berg"])


def test_page_when_lua_is_saved_then_a_half_filled_form_stays(page: Page, site: SiteProcess) -> None:
    """A save shows on the open page at once, and the person goes on typing where they were."""
    page.click(".tools .primary")
    page.wait_texts("form h2", ["New contact"])
    page.type("form [ui-value=name]", "Ann B")
    site.edit("apps/contacts/form.lua", 'or "New contact"', 'or "Somebody new"')
    page.wait_texts("form h2", ["Somebody new"])
    assert (page.value("form [ui-value=name]"), page.focused) == ("Ann B", "name")
    page.type("form [ui-value=name]", "erg\n")
    page.wait_texts(".contacts li b", ["Ann Berg"])


def test_page_when_lua_is_wrong_then_it_says_so_and_goes_on(page: Page, site: SiteProcess) -> None:
    """A method that fails marks its element with the error and its place; the next save ends it."""
    add(page, "Ann Berg")
    site.edit("apps/contacts/app.lua", "  return text.initials(self.name)", "  return text.initials(self.nmae)")
    page.element(".initials.ui-error[title*='lua/text.lua']")
    assert people(page) == ["Ann Berg"]
    site.edit("apps/contacts/app.lua", "self.nmae", "self.name")
    page.element(".initials:not(.ui-error)")


def test_page_when_a_view_definition_is_saved_then_it_follows_with_what_is_typed(page: Page, site: SiteProcess) -> None:
    """A saved definition is shown at once; the input that has the focus keeps it, and what is typed (VD8)."""
    page.click(".tools .primary")
    page.type("form [ui-value=name]", "Ann B")
    site.edit("viewdefs/contacts.Form.DEFAULT.html", "<label>Name <", '<label class="new">Full name <')
    page.wait_text("form label.new", "Full name")
    assert (page.value("form [ui-value=name]"), page.focused) == ("Ann B", "name")


def test_page_when_a_view_definition_is_deleted_then_it_follows(page: Page, site: SiteProcess) -> None:
    """A definition that is deleted goes from the page that is open; put back, it shows again (VD13)."""
    text = site.read("viewdefs/contacts.Form.DEFAULT.html")
    page.click(".tools .primary")
    page.element("form.card")
    site.delete("viewdefs/contacts.Form.DEFAULT.html")
    page.wait_texts(".ui-missing", ["no viewdefs/contacts.Form.DEFAULT.html"])
    site.write("viewdefs/contacts.Form.DEFAULT.html", text)
    page.wait_gone(".ui-missing")
    page.element("form.card")


def test_page_when_the_server_is_killed_and_started_again_then_all_tabs_go_on(
    page: Page, site: SiteProcess, open_page: OpenPage
) -> None:
    """Pages wait for the server and go on by themselves, in one session that is there, and are in step again."""
    second = open_page(page.run("return location.href"))
    lost = page.run("return location.pathname")
    second.element(".nobody")
    site.kill()
    page.wait_state("waiting")
    site.start()
    for tab in (page, second):
        tab.wait(lambda tab=tab: tab.run("return location.pathname") != lost, "another session")
        tab.wait_state("connected")
    assert page.run("return location.pathname") == second.run("return location.pathname")
    add(page, "Ann Berg")
    second.wait_texts(".contacts li b", ["Ann Berg"])


def test_board_when_used_then_messages_and_guests_show(page: Page) -> None:
    """The board's page posts, shows who is typing, and opens rooms."""
    page.click(".tabs [value=board]")
    page.fill("[name=name]", "Ann")
    page.fill("[name=words]", "hello\n")
    page.wait_texts(".messages li", ["Ann joined", "Annhello"])
    page.wait_value("[name=words]", "")
    page.type("[name=words]", "n")
    page.wait_texts(".guests li", ["Annis typing"])
    page.fill(".opening input", "garden\n")
    page.wait_texts(".room h2", ["garden"])
    page.wait_texts(".rooms li .here", ["garden"])


def test_counter_when_used_then_it_counts_and_undoes(page: Page) -> None:
    """The counter's page counts by the step that is typed, and has nothing to undo at first."""
    page.click(".tabs [value=counter]")
    page.element(".counter .buttons :disabled")
    page.fill(".counter [ui-value=step]", "5")
    page.click(".counter .primary")
    page.wait_texts("output", ["5"])
    page.click(".counter .buttons button")
    page.wait_texts("output", ["0"])


def test_page_when_a_stranger_wrote_it_then_it_works(site: SiteProcess, open_page: OpenPage) -> None:
    """The page of twenty lines in the documentation works as it stands."""
    example = re.search(
        r"```html\n(<!doctype.*?)```", (ROOT / "docs/how-to/browser.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert example is not None
    site.write("html/index.html", example[1])
    page = open_page(site.url)
    page.wait_texts("h1, output", ["luahost demo", "0"])
    page.click("button:nth-of-type(2)")
    page.wait_texts("output", ["1"])


def test_pages_when_shown_then_they_have_no_errors_and_fit_a_phone(page: Page) -> None:
    """Screenshots of all pages, wide and narrow, light and dark; nothing is wider than a phone."""
    page.shoot(SHOTS / "empty.png")
    add_samples(page)
    page.click(".contacts li:nth-child(10) .star")
    page.click(".count .link")
    page.wait(lambda: people(page)[0] == "Kim Lund", "the favourite first")
    open_contact(page, 1, "Kim Lund")
    shoot_all(page, "contacts")
    page.click(".tabs [value=board]")
    page.fill("[name=name]", "Ann")
    for words in ("hello", "/who", "/topic cats"):
        page.fill("[name=words]", words + "\n")
        page.wait_text(".messages", words)
    page.wait_text(".messages", "topic: cats")
    shoot_all(page, "board")
    page.click(".tabs [value=counter]")
    page.click(".counter .primary")
    page.wait_texts("output", ["1"])
    shoot_all(page, "counter")
    assert [entry for entry in page.browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def shoot_all(page: Page, name: str) -> None:
    """Writes screenshots of a page as it is."""
    page.shoot(SHOTS / f"{name}.png")
    page.shoot(SHOTS / f"{name}-dark.png", dark=True)
    assert page.shoot(SHOTS / f"{name}-phone.png", width=390, height=800) == 390
