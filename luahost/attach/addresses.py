"""Addresses: where a site's hosts have their sockets, and who has the right to open one.

A socket is bound under a name of its own and renamed when it listens, so that one which nobody answers behind was left
by a host that has gone. Only the owner of the process may open it: the file says so, and either side asks who is there.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["FOLDER", "ROOT", "connected", "is_alive", "is_friend", "listening", "process_of", "remove", "sockets_of"]

FOLDER = ".luahost"

LONGEST = 100
"""So many bytes of a path a socket's address holds everywhere; Linux and macOS have 108 and 104."""

BACKLOG = 32
NAME = re.compile(r"host-(\d+)(?:-\d+)?\.sock")
ROOT = 0


def sockets_of(site: Path) -> list[Path]:
    """Returns the sockets of the hosts of a site, dead ones too, in order of their processes."""
    try:
        found = [path for path in (site / FOLDER).iterdir() if NAME.fullmatch(path.name) and _is_socket(path)]
    except OSError:
        return []
    return sorted(found, key=lambda path: (process_of(path), path.name))


def process_of(path: Path) -> int:
    """Returns the id of the process that a socket is named after; 0 for another name."""
    found = NAME.fullmatch(path.name)
    return int(found[1]) if found else 0


def connected(path: Path, timeout_s: float | None = None) -> socket.socket:
    """Returns a connection to a socket; raises OSError, ConnectionRefusedError where its host has gone."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout_s)
        with _address(path) as address:
            connection.connect(address)
        connection.settimeout(None)
    except BaseException:
        connection.close()
        raise
    return connection


def listening(site: Path, process: int) -> tuple[socket.socket, Path]:
    """Returns a socket that listens, and its path in the site; what dead hosts have left goes. Raises OSError."""
    folder = site / FOLDER
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    for path in sockets_of(site):
        if not is_alive(path):
            _unlink(path)
    new = folder / f".host-{process}-{secrets.token_hex(4)}"
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _address(new) as address:
            opened.bind(address)
        os.chmod(new, 0o600)
        opened.listen(BACKLOG)
        return opened, _renamed(new, folder, process)
    except BaseException:
        opened.close()
        _unlink(new)
        raise


def remove(path: Path) -> None:
    """Removes a socket's file, and the site's folder of such if nothing else is in it."""
    _unlink(path)
    with suppress(OSError):
        path.parent.rmdir()


def is_friend(connection: socket.socket) -> bool:
    """Tells whether at the other end is a process of this user, or of root; where the system doesn't say, it is."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    user = struct.unpack("3i", raw)[1]
    return user in (os.geteuid(), ROOT)


def _renamed(new: Path, folder: Path, process: int) -> Path:
    """Gives a socket its name. Two containers may share a site, and have processes of one number: both keep theirs."""
    path, number = folder / f"host-{process}.sock", 1
    while path.exists() and is_alive(path):
        number += 1
        path = folder / f"host-{process}-{number}.sock"
    os.rename(new, path)
    return path


def is_alive(path: Path) -> bool:
    """Tells whether somebody listens; who is too busy to answer, or not ours to ask, does."""
    try:
        connected(path, timeout_s=1.0).close()
    except (ConnectionRefusedError, FileNotFoundError):
        return False
    except OSError:
        return True
    return True


def _unlink(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _is_socket(path: Path) -> bool:
    try:
        return stat.S_ISSOCK(path.lstat().st_mode)
    except OSError:
        return False


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """Yields what a socket's address may be for a path that is too long for one: the way through its open folder."""
    if len(os.fsencode(path)) <= LONGEST:
        yield os.fspath(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
