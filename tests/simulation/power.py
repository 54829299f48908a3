"""A power cut, simulated: a file system that keeps what was synced, and of the rest what chance leaves.

    python -m tests.simulation.power --trials 300

kill -9 shows order and atomicity only, because the system's own cache survives it. Here SQLite runs on a file system
of ours (through apsw), with the adapter's own statements; after some commits the files are taken as a cut leaves them.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from luahost.storage.body import pack_body, unpack_body
from luahost.storage.port import Acquired, Done, Owner, Storage, Write
from luahost.storage.sql_storage import SqlStorage
from luahost.storage.sqlite_storage import SqliteDoor, open_sqlite


@dataclass
class Disk:
    """What would be left of one file: its synced content, and the writes that came since."""

    synced: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes]] = field(default_factory=list)

    def sync(self) -> None:
        """Makes all writes last."""
        for at, data in self.pending:
            _apply(self.synced, at, data)
        self.pending.clear()

    def after_cut(self, chance: random.Random) -> bytes:
        """Returns the file after a cut: each write since the last sync may have reached the disk or not."""
        left = bytearray(self.synced)
        for at, data in self.pending:
            if chance.random() < 0.5:
                _apply(left, at, data)
        return bytes(left)


def _apply(content: bytearray, at: int, data: bytes) -> None:
    if at == TRUNCATE:
        del content[int.from_bytes(data, "big") :]
        return
    content.extend(b"\0" * (at + len(data) - len(content)))
    content[at : at + len(data)] = data


TRUNCATE = -1


class CutVfs(apsw.VFS):
    """SQLite's own file system, with an eye on writes and syncs."""

    def __init__(self, name: str) -> None:
        self.disks: dict[str, Disk] = {}
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> CutFile:
        """Opens a file."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        disk = self.disks.setdefault(path, Disk()) if path else Disk()
        return CutFile(name, flags, disk)

    def xDelete(self, filename: str, sync_directory: bool) -> None:
        """Deletes a file."""
        self.disks.pop(filename, None)
        super().xDelete(filename, sync_directory)


class CutFile(apsw.VFSFile):
    """A file whose writes last when it is synced."""

    def __init__(self, name: Any, flags: list[int], disk: Disk) -> None:
        super().__init__("", name, flags)
        self._disk = disk

    def xWrite(self, data: bytes, offset: int) -> None:
        """Writes, and notes it."""
        super().xWrite(data, offset)
        self._disk.pending.append((offset, bytes(data)))

    def xTruncate(self, size: int) -> None:
        """Cuts the file off, and notes it."""
        super().xTruncate(size)
        self._disk.pending.append((TRUNCATE, size.to_bytes(8, "big")))

    def xSync(self, flags: int) -> None:
        """Lets all writes until now last."""
        super().xSync(flags)
        self._disk.sync()


def connect_on(vfs: str, synchronous: str) -> Callable[[Path], Any]:
    """Returns how the adapter connects to a file on this file system."""

    def connect(path: Path) -> Any:
        connection = apsw.Connection(str(path), vfs=vfs)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        return connection

    return connect


def trial(folder: Path, seed: int, synchronous: str = "FULL") -> list[str]:
    """Returns what was acknowledged and is lost after a cut, or is torn; commits until a moment of chance."""
    chance = random.Random(seed)
    name = f"cut{seed}{synchronous}"
    vfs = CutVfs(name)
    door = SqliteDoor(folder / "before.db", connect=connect_on(name, synchronous))
    storage = SqlStorage(door)
    acknowledged = _commit(storage, chance)
    after = folder / "after.db"
    for path, disk in vfs.disks.items():
        Path(path.replace("before.db", "after.db")).write_bytes(disk.after_cut(chance))
    storage.close()
    return _lost(after, acknowledged)


def _commit(storage: Storage, chance: random.Random) -> dict[str, bytes]:
    leases = {}
    for key in ("a", "b", "c"):
        acquired = storage.acquire("s", key, Owner("o"), 60)
        assert isinstance(acquired, Acquired)
        leases[key] = acquired.lease
    acknowledged: dict[str, bytes] = {}
    for n in range(chance.randint(1, 20)):
        keys = chance.sample(sorted(leases), chance.randint(1, 3))
        payloads = {key: chance.randbytes(chance.randint(1, 9000)) for key in keys}
        writes = [Write(leases[key], f"{n}{key}", body=pack_body(payload)) for key, payload in payloads.items()]
        assert all(isinstance(outcome, Done) for outcome in storage.commit(writes))
        acknowledged.update(payloads)
    return acknowledged


def _lost(path: Path, acknowledged: dict[str, bytes]) -> list[str]:
    try:
        storage = open_sqlite(path)
        faults = storage.integrity()
        for key, payload in acknowledged.items():
            record = storage.read("s", key)
            if record is None or unpack_body(record.body) != payload:
                faults.append(f"{key}: what was acknowledged is not there")
        storage.close()
        return faults
    except Exception as error:
        return [f"the database can't be opened: {error}"]


def run(trials: int, seed: int, synchronous: str = "FULL") -> int:
    """Returns how many of so many cuts lost something that was acknowledged."""
    lossy = 0
    for at in range(trials):
        with tempfile.TemporaryDirectory() as folder:
            lossy += bool(trial(Path(folder), seed + at, synchronous))
    return lossy


def main() -> int:
    """Runs as the arguments say; returns 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    full = run(arguments.trials, arguments.seed)
    normal = run(arguments.trials, arguments.seed, "NORMAL")
    print(f"{arguments.trials} power cuts: {full} lost something with full sync, {normal} with normal sync")
    return 1 if full else 0


if __name__ == "__main__":
    sys.exit(main())
