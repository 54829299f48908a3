"""Peers that say anything at all, to a real session."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luahost import Host, Session, Settings
from luahost.protocol.connection import Connection

MAIN = """
Item = session:prototype("Item", { name = "item", tags = EMPTY })
function Item:rename(name) self.name = name return self.name end
function Item:boom() error({ code = 5 }) end
app = { count = 0, list = {}, items = { Item:new{}, Item:new{ tags = { "a", { "b" } } } } }
app.self, app.items[1].parent = app, app
function app:add() self.count = self.count + 1 end
session:createAppVariable(app)
"""
CODES = {"path-failure", "not-found", "bad-message", "access", "lua-error", "limit", "unauthorized"}

ids = st.integers(-3, 8) | st.integers() | st.none() | st.floats(allow_nan=False) | st.text(max_size=3)
steps = [
    "count",
    "items",
    "0",
    "1",
    "9",
    "name",
    "self",
    "tags",
    "add()",
    "rename(_)",
    "boom()",
    "..",
    "@x",
    "?a=b",
    "",
    "(",
]
paths = st.lists(st.sampled_from(steps) | st.text(max_size=4), max_size=4).map(".".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.fixed_dictionaries({"obj": inner}),
    max_leaves=5,
)
names = st.sampled_from(
    ["path", "access", "create", "wrapper", "itemWrapper", "inactive", "lua", "priority", "path:high"]
)
properties = st.dictionaries(
    names | st.text(max_size=4),
    paths | st.sampled_from(["r", "w", "rw", "action", "true", "Item", "lua.ViewList", "Nothing"]) | values,
    max_size=3,
)
data = st.fixed_dictionaries(
    {},
    optional={
        "id": ids,
        "parentId": ids,
        "varId": ids,
        "value": values,
        "properties": properties,
        "nowatch": st.booleans() | values,
        "varIds": st.lists(ids, max_size=4) | values,
        "objIds": st.lists(ids, max_size=4) | values,
        "code": values,
    },
)
kinds = st.sampled_from(
    ["create", "destroy", "update", "watch", "unwatch", "get", "getObjects", "error", "poll", "other"]
)
created = st.builds(
    lambda id, parent, path, more: {
        "type": "create",
        "data": {"id": id, "parentId": parent, "properties": {**more, "path": path}},
    },
    st.integers(2, 8),
    st.integers(1, 8),
    paths,
    st.dictionaries(names, st.sampled_from(["r", "w", "rw", "action", "true", "lua.ViewList", "Item"]), max_size=2),
)
messages = created | st.fixed_dictionaries({"type": kinds, "data": data}) | values
batches = st.lists(messages, max_size=6)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Returns a host whose sessions have an app."""
    root = tmp_path_factory.mktemp("fuzzed")
    (root / "lua").mkdir()
    (root / "lua" / "main.lua").write_text(MAIN)
    with Host(root, watch=False, settings=Settings(site=str(root), log_level="error")) as host:
        host.on("log", lambda line: None)
        yield host


def heard(connection: Connection) -> list[dict[str, Any]]:
    """Returns the messages of the next frame."""
    frame = connection.take()
    said = (json.loads(frame) if isinstance(frame, str) else msgpack.unpackb(frame)) if frame else []
    return said if isinstance(said, list) else [said]


def check_alive(session: Session) -> None:
    """Fails unless a peer that behaves is served by the session."""
    session.execute("app.probe = 'before'")
    good = session.connect(lambda urgent: None)
    good.receive('{"type":"create","data":{"id":2,"parentId":1,"properties":{"path":"probe"}}}')
    heard(good)
    session.execute("app.probe = 'after'")
    assert {"type": "update", "data": {"varId": 2, "value": "after"}} in heard(good)
    good.close()


@settings(max_examples=150, deadline=None)
@given(st.lists(batches, min_size=1, max_size=4), st.booleans())
def test_session_when_a_peer_says_anything_then_it_goes_on(host: Host, said: list[list[Any]], is_binary: bool) -> None:
    """Whatever comes, in either form, is answered in shape, raises nothing, and leaves the session to others."""
    session = host.create_session()
    connection = session.connect(lambda urgent: None)
    for batch in said:
        text = json.dumps(batch)
        try:
            connection.receive(msgpack.packb(batch) if is_binary else text)
        except OverflowError:  # msgpack has no greater numbers
            connection.receive(text)
        for message in heard(connection):
            assert message["type"] in {"update", "create", "destroy", "error", "get", "getObjects"}
            assert message["type"] != "error" or message["data"]["code"] in CODES
    check_alive(session)
    connection.close()
    session.close()
