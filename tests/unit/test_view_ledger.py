"""What a connection has got of the view definitions, and what it still needs."""

from __future__ import annotations

import pytest
from fake_guest import TYPES, FakeGuest

from luahost.protocol.view_definitions import Delivered, SessionDefinitions, type_of

ROW = "Contact.list-item"


@pytest.fixture
def site() -> FakeGuest:
    """Returns a site with the definitions of one type."""
    return FakeGuest()


@pytest.fixture
def delivered(site: FakeGuest) -> Delivered:
    """Returns what a new connection has got."""
    return Delivered(site)


def test_take_when_a_type_appears_then_all_its_namespaces_are_due_once(delivered: Delivered) -> None:
    """The definitions of a type go together, once."""
    delivered.appear("Contact")
    assert delivered.take() == TYPES["Contact"]
    delivered.appear("Contact")
    assert delivered.take() == {}


def test_take_when_a_type_has_none_then_nothing_is_due(delivered: Delivered) -> None:
    """A type without definitions is nothing to send."""
    delivered.appear("Person")
    assert delivered.take() == {}


def test_look_when_one_changes_then_that_one_is_due_again(site: FakeGuest, delivered: Delivered) -> None:
    """Only what changed goes again, to whom it was delivered (VD9)."""
    delivered.appear("Contact")
    delivered.take()
    site.definitions["Contact"][ROW] = "new"
    assert (delivered.look(), delivered.take(), delivered.look()) == (True, {ROW: "new"}, False)


def test_look_when_the_type_never_appeared_then_nothing_is_due(site: FakeGuest, delivered: Delivered) -> None:
    """Whoever never received it is not told (VD9)."""
    site.definitions["Contact"][ROW] = "new"
    assert (delivered.look(), delivered.take()) == (False, {})


def test_look_when_one_is_new_then_it_goes_to_whoever_shows_the_type(site: FakeGuest, delivered: Delivered) -> None:
    """A namespace that is added while the type is shown is due."""
    delivered.appear("Contact")
    delivered.take()
    site.definitions["Contact"]["Contact.card"] = "card"
    assert (delivered.look(), delivered.take()) == (True, {"Contact.card": "card"})


def test_look_when_one_goes_and_comes_again_then_both_are_due_once(site: FakeGuest, delivered: Delivered) -> None:
    """What went is due as an empty text, once; as it comes again, it is sent again (VD13)."""
    delivered.appear("Contact")
    delivered.take()
    row = site.definitions["Contact"].pop(ROW)
    assert (delivered.look(), delivered.take(), delivered.look()) == (True, {ROW: ""}, False)
    site.definitions["Contact"][ROW] = row
    assert (delivered.look(), delivered.take()) == (True, {ROW: row})


def test_look_when_a_whole_type_goes_then_all_of_it_is_due(site: FakeGuest, delivered: Delivered) -> None:
    """The last definition of a type goes like any other."""
    delivered.appear("Contact")
    delivered.take()
    del site.definitions["Contact"]
    assert (delivered.look(), delivered.take()) == (True, dict.fromkeys(TYPES["Contact"], ""))


def test_look_when_one_comes_and_goes_unseen_then_nothing_is_due(site: FakeGuest, delivered: Delivered) -> None:
    """What the peer never got isn't taken from it, and nor is what was gone for a moment."""
    delivered.appear("Contact")
    delivered.take()
    site.definitions["Contact"]["Contact.card"] = "card"
    row = site.definitions["Contact"].pop(ROW)
    assert delivered.look()
    del site.definitions["Contact"]["Contact.card"]
    site.definitions["Contact"][ROW] = row
    assert delivered.take() == {}


def test_take_when_a_definition_is_empty_then_it_is_as_if_there_were_none(
    site: FakeGuest, delivered: Delivered
) -> None:
    """An empty file says nothing about how a type looks: it isn't sent, and takes a former text away."""
    site.definitions["Contact"]["Contact.card"] = ""
    delivered.appear("Contact")
    assert delivered.take() == TYPES["Contact"]
    site.definitions["Contact"][ROW] = ""
    assert (delivered.look(), delivered.take(), delivered.look()) == (True, {ROW: ""}, False)


def test_of_type_when_a_module_registers_one_then_it_stands_over_the_sites(site: FakeGuest) -> None:
    """A session's own definitions stand over the files, and uncover them when they go."""
    offered = SessionDefinitions(site)
    offered.register({ROW: "own", "Other.DEFAULT": "other"})
    assert offered.of_type("Contact") == {**TYPES["Contact"], ROW: "own"}
    assert offered.of_type("Other") == {"Other.DEFAULT": "other"}
    offered.register({})
    assert (offered.of_type("Contact"), offered.of_type("Other")) == (TYPES["Contact"], {})


@pytest.mark.parametrize(("key", "type"), [("Contact.DEFAULT", "Contact"), ("lua.ViewList.list-item", "lua.ViewList")])
def test_type_of_when_a_type_has_dots_then_the_last_divides(key: str, type: str) -> None:
    """The namespace is what stands behind the last dot."""
    assert type_of(key) == type
