"""Attaching: the options by which a command finds a running host, and the connection."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from luahost.attach.client import Client, OnNews
from luahost.attach.hosts import connect

from .arguments import Folder

__all__ = ["attached", "json_option", "pid_option", "place_of", "site_option"]

site_option = click.option(
    "--site", metavar="SITE", type=Folder(), help="The site whose host is asked (this folder), or a socket."
)
pid_option = click.option("--pid", metavar="PID", type=int, help="Which, where a site has several hosts.")
json_option = click.option("--json", "as_json", is_flag=True, help="Prints JSON.")


def place_of(site: str | None) -> str | None:
    """Returns the site, or the socket, that is meant."""
    return site or os.environ.get("LUAHOST_SITE")


@contextmanager
def attached(site: str | None, pid: int | None = None, on_news: OnNews | None = None) -> Iterator[Client]:
    """Yields a connection to a running host; raises AttachError that says what to do where there is none."""
    client = connect(place_of(site), pid, on_news)
    try:
        yield client
    finally:
        client.close()


def site_of(client: Client) -> Path:
    """Returns the folder in which the host's sources are."""
    return Path(client.hello.site)
