"""Hosts: which running one a command means."""

from __future__ import annotations

import os
from pathlib import Path

from luahost.attach import addresses
from luahost.attach.client import Client, OnNews
from luahost.errors import AttachError

__all__ = ["connect"]

OPENING_S = 5.0


def connect(place: str | None, process: int | None = None, on_news: OnNews | None = None) -> Client:
    """Returns a connection to the host of a site, or behind a socket, at `place` (this folder); `process` chooses one.

    Raises AttachError that says what to do.
    """
    if place and "://" in place:
        raise AttachError(f"{place}: no address of a host: it is reached on this machine, by the folder of its site")
    path = Path(place.removeprefix("unix:") if place else ".")
    if path.is_socket():
        return _client(path, on_news)
    if not path.is_dir():
        raise AttachError(f"{path}: neither a site nor the socket of a host")
    return _of_site(path, process, on_news)


def _of_site(site: Path, process: int | None, on_news: OnNews | None) -> Client:
    is_here = site == Path()
    name, start = ("this folder", "luahost run") if is_here else (str(site), f"luahost run {site}")
    found = addresses.sockets_of(site.resolve())
    wanted = [path for path in found if process in (None, addresses.process_of(path))]
    live = [path for path in wanted if addresses.is_alive(path)]
    if len(live) == 1:
        return _client(live[0], on_news)
    if live:
        raise AttachError(f"{len(live)} hosts run on {name}: choose one with --pid: {_processes(live)}")
    if process is not None and found:
        raise AttachError(
            f"no host with the process {process} runs on {name}; there are sockets of {_processes(found)}"
        )
    if found:
        left = f"{addresses.FOLDER}/{found[0].name} was left by one that has gone"
        raise AttachError(f"no host runs on {name} ({left}): start one with `{start}`")
    raise AttachError(f"no host runs on {name}: start one with `{start}`")


def _client(path: Path, on_news: OnNews | None) -> Client:
    try:
        connection = addresses.connected(path, OPENING_S)
    except ConnectionRefusedError as error:
        raise AttachError(f"{path}: left by a host that has gone: start one with `luahost run`") from error
    except OSError as error:
        raise AttachError(f"{path}: can't be opened: {error.strerror or error}") from error
    if not addresses.is_friend(connection) and os.geteuid() != addresses.ROOT:
        connection.close()
        raise AttachError(f"{path}: belongs to another user (you are {os.geteuid()})")
    try:
        return Client(connection, on_news)
    except AttachError as error:
        connection.close()
        raise AttachError(f"{path}: {error}") from error


def _processes(paths: list[Path]) -> str:
    return ", ".join(str(addresses.process_of(path)) for path in paths)
