"""View definitions: from the site's files, and from modules, to the peers that show their types."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from live_site import LiveSite

from luahost import Host, Session, Settings
from luahost.loading.view_definitions import MOST_BYTES

OLD, NEW = "<template>old</template>", "<template>new</template>"
MAIN = """
Contact = session:prototype("Contact", { name = "" })
app = session:prototype("App", {}):new{ contact = Contact:new{} }
session:createAppVariable(app)
"""
SITE = {
    "lua/main.lua": MAIN,
    "viewdefs/App.DEFAULT.html": "<template>app</template>",
    "viewdefs/Contact.DEFAULT.html": OLD,
}
KEY = "Contact.DEFAULT"


class Peer:
    """One that shows the app, and its contact if it is told to."""

    def __init__(self, session: Session, *, shows_contact: bool = True) -> None:
        self.ready = threading.Semaphore(0)
        self.connection = session.connect(lambda urgent: self.ready.release())
        messages: list[Any] = [{"type": "watch", "data": {"varId": 1}}]
        if shows_contact:
            create = {"id": 2, "parentId": 1, "properties": {"path": "contact"}}
            messages.append({"type": "create", "data": create})
        self.connection.receive(json.dumps(messages))
        self.first = self.frame()

    def frame(self) -> list[dict[str, Any]]:
        """Returns the messages of the next frame; none if there is none."""
        frame = self.connection.take()
        said = json.loads(frame) if frame is not None else []
        return said if isinstance(said, list) else [said]

    def definitions(self) -> dict[str, str]:
        """Returns the view definitions in the next frame."""
        texts = [said["data"].get("properties", {}).get("viewdefs") for said in self.frame()]
        return json.loads(texts[0]) if texts and texts[0] else {}

    def next_definitions(self) -> dict[str, str]:
        """Returns the view definitions of the next frame that is ready, waiting for it."""
        while True:
            assert self.ready.acquire(timeout=20), "no frame came"
            found = self.definitions()
            if found:
                return found


@pytest.fixture
def watched(start_site: Callable[..., LiveSite]) -> LiveSite:
    """Returns a site whose files are watched."""
    return start_site(SITE, is_watched=True)


@pytest.fixture
def live(start_site: Callable[..., LiveSite]) -> LiveSite:
    """Returns a site that reloads when told."""
    return start_site(SITE)


def drained(peer: Peer) -> Peer:
    """Returns a peer that waits for news only."""
    while peer.ready.acquire(blocking=False):
        pass
    return peer


def test_definitions_when_a_peer_comes_then_those_of_its_types_are_ahead_of_all(live: LiveSite) -> None:
    """Those of a type go with the frame that shows it first, on variable 1, ahead of the rest (VD1)."""
    ahead, *rest = Peer(live.session).first
    assert json.loads(ahead["data"]["properties"]["viewdefs"]) == {"App.DEFAULT": "<template>app</template>", KEY: OLD}
    assert (ahead["data"]["varId"], [said["data"]["varId"] for said in rest]) == (1, [1, 2])


def test_definitions_when_they_were_sent_then_they_do_not_come_again(live: LiveSite) -> None:
    """Once per connection: another one gets its own."""
    peer = Peer(live.session)
    peer.connection.receive('{"type":"create","data":{"id":3,"parentId":1,"properties":{"path":"contact"}}}')
    assert peer.definitions() == {}
    assert len(json.loads(Peer(live.session).first[0]["data"]["properties"]["viewdefs"])) == 2


def test_definitions_when_a_file_is_saved_then_it_is_pushed_to_those_who_have_it(watched: LiveSite) -> None:
    """A saved definition reaches two of three peers: not the one that never received it (VD2, VD3, VD9, VD10)."""
    have = [drained(Peer(watched.session)) for _ in range(2)]
    has_not = drained(Peer(watched.session, shows_contact=False))
    watched.write({"viewdefs/Contact.DEFAULT.html": NEW})
    assert [peer.next_definitions() for peer in have] == [{KEY: NEW}] * 2
    assert has_not.connection.take() is None


def test_definitions_when_the_host_is_told_to_reload_then_they_are_taken(live: LiveSite) -> None:
    """`host.reload()` takes saved definitions where nobody watches; what they were again is nothing."""
    told: list[tuple[str, ...]] = []
    live.host.on("view_definitions_changed", told.append)
    peer = Peer(live.session)
    live.write({"viewdefs/Contact.DEFAULT.html": NEW})
    assert live.host.reload() is None
    assert (peer.definitions(), told) == ({KEY: NEW}, [(KEY,)])
    live.write({"viewdefs/Contact.DEFAULT.html": NEW})
    live.host.reload()
    assert (peer.connection.take(), len(told)) == (None, 1)


def test_definitions_when_a_file_is_new_then_it_goes_to_whoever_shows_its_type(watched: LiveSite) -> None:
    """A new namespace of a type that is shown is pushed; of another type it waits for its first variable."""
    peer = drained(Peer(watched.session))
    watched.write({"viewdefs/Other.DEFAULT.html": NEW, "viewdefs/Contact.card.html": NEW})
    assert peer.next_definitions() == {"Contact.card": NEW}


@pytest.mark.parametrize(
    "name", ["Contact.DEFAULT.txt", ".Contact.DEFAULT.html", "Contact.html", "Contact.DEFAULT.html~"]
)
def test_definitions_when_a_file_is_none_then_it_is_left_alone(live: LiveSite, name: str) -> None:
    """Only `Type.NAMESPACE.html` is a view definition (VD4)."""
    peer = Peer(live.session)
    live.write({f"viewdefs/{name}": NEW})
    live.host.reload()
    assert peer.connection.take() is None


def test_definitions_when_a_link_leads_to_one_then_its_key_is_the_links(watched: LiveSite) -> None:
    """A link's own name is the key, and a save of its target is a save of it (VD5, VD6, VD14)."""
    watched.write({"shared/card.html": OLD})
    peer = drained(Peer(watched.session))
    (watched.root / "viewdefs" / "Contact.card.html").symlink_to(watched.root / "shared" / "card.html")
    assert peer.next_definitions() == {"Contact.card": OLD}
    watched.write({"shared/card.html": NEW})
    assert peer.next_definitions() == {"Contact.card": NEW}


def test_definitions_when_two_links_share_a_target_then_one_goes_and_the_other_follows(watched: LiveSite) -> None:
    """Two links to one file are two definitions; removing one takes it away and leaves the other watched (VD7)."""
    watched.write({"shared/card.html": OLD})
    peer = drained(Peer(watched.session))
    links = [watched.root / "viewdefs" / f"Contact.{name}.html" for name in ("a", "b")]
    for link in links:
        link.symlink_to(watched.root / "shared" / "card.html")
        assert peer.next_definitions().keys() == {link.stem}
    links[0].unlink()
    watched.write({"shared/card.html": NEW})
    told: dict[str, str] = {}
    while "Contact.b" not in told:
        told |= peer.next_definitions()
    assert told == {"Contact.a": "", "Contact.b": NEW}


def test_definitions_when_a_link_leads_out_of_the_site_then_it_is_not_followed(
    live: LiveSite, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What lies outside the site is nobody's to show, unless its folder is in `roots`."""
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.html"
    secret.write_text("secret")
    peer = Peer(live.session)
    (live.root / "viewdefs" / "Contact.card.html").symlink_to(secret)
    live.host.reload()
    assert peer.connection.take() is None


def test_definitions_when_a_file_is_written_again_and_again_then_there_are_few_pushes(watched: LiveSite) -> None:
    """Five writes within a moment are one push, or two (VD8)."""
    told: list[tuple[str, ...]] = []
    watched.host.on("view_definitions_changed", told.append)
    peer = drained(Peer(watched.session))
    for number in range(5):
        watched.write({"viewdefs/Contact.DEFAULT.html": f"<template>{number}</template>"})
    while peer.next_definitions() != {KEY: "<template>4</template>"}:
        pass
    assert len(told) <= 2


def test_definitions_when_the_host_is_left_then_nothing_is_pushed_any_more(watched: LiveSite) -> None:
    """Leaving right after a save drops what is pending, within a second (VD11, VD12)."""
    told: list[tuple[str, ...]] = []
    watched.host.on("view_definitions_changed", told.append)
    watched.write({"viewdefs/Contact.DEFAULT.html": NEW})
    watched.close()
    told.clear()
    watched.write({"viewdefs/Contact.DEFAULT.html": OLD + NEW})
    assert told == []


def test_definitions_when_a_file_is_deleted_then_the_others_go_on(live: LiveSite) -> None:
    """A deleted definition goes as an empty text, and is offered no more; made again, it is pushed again (VD13)."""
    peer = Peer(live.session)
    live.write({"viewdefs/Contact.DEFAULT.html": None, "viewdefs/App.DEFAULT.html": NEW})
    live.host.reload()
    assert peer.definitions() == {KEY: "", "App.DEFAULT": NEW}
    assert KEY not in json.loads(Peer(live.session).first[0]["data"]["properties"]["viewdefs"])
    live.write({"viewdefs/Contact.DEFAULT.html": OLD})
    live.host.reload()
    assert peer.definitions() == {KEY: OLD}


def test_definitions_when_a_watched_file_is_deleted_then_it_goes_from_those_who_have_it(watched: LiveSite) -> None:
    """Deleting the file is enough: two of three peers are told, the one that never received it isn't (VD9, VD13)."""
    have = [drained(Peer(watched.session)) for _ in range(2)]
    has_not = drained(Peer(watched.session, shows_contact=False))
    watched.write({"viewdefs/Contact.DEFAULT.html": None})
    assert [peer.next_definitions() for peer in have] == [{KEY: ""}] * 2
    assert has_not.connection.take() is None


def test_definitions_when_their_folder_goes_then_all_of_them_do(watched: LiveSite) -> None:
    """A folder that is deleted, or moved away, takes its definitions along; put back, they come again."""
    peer = drained(Peer(watched.session))
    os.rename(watched.root / "viewdefs", watched.root / "away")
    assert peer.next_definitions() == {"App.DEFAULT": "", KEY: ""}
    os.rename(watched.root / "away", watched.root / "viewdefs")
    assert peer.next_definitions().keys() == {"App.DEFAULT", KEY}


def test_definitions_when_the_folder_can_not_be_read_then_they_stay(
    live: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that may open no more files takes nothing away from open pages."""
    peer = Peer(live.session)

    def refuse(folder: object) -> list[str]:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr("luahost.loading.view_definitions.os.listdir", refuse)
        live.host.reload()
    assert peer.connection.take() is None


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"x" * (MOST_BYTES + 1)], ids=["not UTF-8", "too long"])
def test_definitions_when_a_file_cannot_be_read_then_its_last_text_stays(live: LiveSite, raw: bytes) -> None:
    """A file that is no text, or too much of it, takes nothing away."""
    peer = Peer(live.session)
    (live.root / "viewdefs" / "Contact.DEFAULT.html").write_bytes(raw)
    live.host.reload()
    assert peer.connection.take() is None
    assert json.loads(Peer(live.session).first[0]["data"]["properties"]["viewdefs"])[KEY] == OLD


CARD = "ui.registerViewDefinition('Contact.card', '<template>%s</template>')"


@pytest.fixture
def registering(
    site: Callable[[Mapping[str, str]], Path], vm: str
) -> Iterator[Callable[[str], tuple[Host, Session, Peer]]]:
    """Returns a function that runs a site whose module `card` is the given text, on each VM, with a peer."""
    hosts: list[Host] = []

    def start(text: str) -> tuple[Host, Session, Peer]:
        settings = Settings(vm=vm, on_delete="unload")  # type: ignore[arg-type]
        host = Host(site({**SITE, "lua/card.lua": text}), watch=False, settings=settings)
        hosts.append(host.__enter__())
        session = host.create_session()
        session.require("card")
        return host, session, Peer(session)

    yield start
    for host in hosts:
        host.close()


Registering = Callable[[str], tuple[Host, Session, Peer]]


def test_register_when_a_module_has_a_definition_then_it_goes_with_its_type(registering: Registering) -> None:
    """`ui.registerViewDefinition` adds one for the session, and stands over the site's file of that name."""
    own = "ui.registerViewDefinition('Contact.DEFAULT', '<template>mine</template>')"
    _, _, peer = registering(CARD % "card" + own)
    definitions = json.loads(peer.first[0]["data"]["properties"]["viewdefs"])
    assert (definitions["Contact.card"], definitions[KEY]) == ("<template>card</template>", "<template>mine</template>")


def test_register_when_the_module_is_saved_then_the_new_one_is_pushed(registering: Registering) -> None:
    """A reload brings what it registers now, to those who show the type."""
    host, _, peer = registering(CARD % "card")
    Path(host.site.root / "lua" / "card.lua").write_text(CARD % "new")
    report = host.reload()
    assert report is not None
    assert report.ok
    assert peer.definitions() == {"Contact.card": "<template>new</template>"}


def test_register_when_the_module_is_unloaded_then_its_definitions_go(registering: Registering) -> None:
    """What a module registered is removed with it, and what lay below shows again."""
    _, session, peer = registering("ui.registerViewDefinition('Contact.DEFAULT', 'mine')" + CARD % "card")
    session.execute("session:unloadModule('card')")
    assert peer.definitions() == {KEY: OLD, "Contact.card": ""}
    assert "Contact.card" not in json.loads(Peer(session).first[0]["data"]["properties"]["viewdefs"])


def test_register_when_the_modules_file_is_deleted_then_its_definitions_go(registering: Registering) -> None:
    """Where deleted files unload their modules, open pages follow."""
    host, _, peer = registering(CARD % "card")
    Path(host.site.root / "lua" / "card.lua").unlink()
    host.reload()
    assert peer.definitions() == {"Contact.card": ""}


def test_register_when_the_module_no_longer_does_then_it_stays_and_the_report_says_so(
    registering: Registering,
) -> None:
    """As with everything registered by name, a definition that isn't made again stays until the module goes."""
    host, session, peer = registering(CARD % "card")
    Path(host.site.root / "lua" / "card.lua").write_text("return 1")
    report = host.reload()
    assert report is not None
    (note,) = report.sessions[0].kept
    assert "the view definition 'Contact.card' is no longer registered" in note
    assert peer.connection.take() is None
    session.execute("session:unloadModule('card')")
    assert peer.definitions() == {"Contact.card": ""}


def test_register_when_the_load_fails_then_nothing_of_it_is_left(registering: Registering) -> None:
    """A load that is taken back takes its definitions back."""
    _, session, peer = registering("")
    with pytest.raises(Exception, match="boom"):
        session.execute(CARD % "card" + " error('boom')")
    assert peer.connection.take() is None
    session.execute(CARD % "card")
    assert peer.definitions() == {"Contact.card": "<template>card</template>"}


@pytest.mark.parametrize(
    ("call", "message"),
    [("5, ''", "string expected"), ("'Contact.card'", "string expected"), ("'Contact', ''", "is no key")],
)
def test_register_when_it_cannot_be_meant_then_it_is_an_error(session: Session, call: str, message: str) -> None:
    """Key and text are texts, and the key has a type and a namespace."""
    with pytest.raises(Exception, match=message):
        session.execute(f"ui.registerViewDefinition({call})")


def test_watching_when_the_site_has_no_definitions_yet_then_the_folder_may_come_later(
    start_site: Callable[..., LiveSite],
) -> None:
    """The folder need not exist when the host starts."""
    live = start_site({"lua/main.lua": MAIN}, is_watched=True)
    peer = drained(Peer(live.session))
    os.mkdir(live.root / "viewdefs")
    live.write({"viewdefs/Contact.DEFAULT.html": NEW})
    assert peer.next_definitions() == {KEY: NEW}
