"""The application within somebody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from luahost import Host, Settings
from luahost.server import create_app

INDEX = '<script src="/luahost.js"></script>'


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Starlette]:
    """Returns an application with a site's below /live."""
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "index.html").write_text(INDEX)
    with Host(tmp_path, watch=False, settings=Settings(site=str(tmp_path))) as host:
        yield Starlette(routes=[Mount("/live", create_app(host))])


def ask(app: Starlette, path: str, *headers: tuple[bytes, bytes]) -> tuple[int, dict[str, str], str]:
    """Returns status, headers and text of what the application answers."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http"}
    more = {"path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "client": ("127.0.0.1", 1)}
    named = [*{b"host": b"localhost", b"accept": b"text/html", **dict(headers)}.items()]
    asyncio.run(app({**scope, **more, "headers": named, "server": ("localhost", 80)}, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], {name.decode(): text.decode() for name, text in sent[0]["headers"]}, body.decode()


def test_mounted_when_somebody_comes_then_addresses_and_cookie_stay_below_the_prefix(app: Starlette) -> None:
    """Below a prefix, redirects, cookie and the page's script have it, so that two sites don't meet."""
    status, headers, _ = ask(app, "/live/")
    assert (status, headers["location"].startswith("/live/")) == (307, True)
    status, headers, text = ask(app, headers["location"])
    assert (status, "Path=/live/;" in headers["set-cookie"], text) == (200, True, INDEX.replace("/lua", "/live/lua"))


def test_mounted_when_another_path_is_asked_for_then_it_is_not_ours(app: Starlette) -> None:
    """What lies beside the prefix is the other application's."""
    assert ask(app, "/")[0] == 404
    assert ask(app, "/live/health")[2] == '{"ok":true,"sessions":0}'


def test_mounted_when_the_host_is_not_admitted_then_the_others_pages_still_are(app: Starlette) -> None:
    """Admission guards what is ours alone."""
    evil = (b"host", b"evil.example")
    sent = [ask(app, path, evil)[0] for path in ("/", "/live/health")]
    assert sent == [404, 421]
