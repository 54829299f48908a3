"""Coverage-guided fuzzing of what reads bytes from outside: frames of peers, bodies from a database, exported records.

python -m tests.fuzz.input --seconds 60

Each target runs in a process of its own, since a find ends it; only luahost's own errors may come out. Needs atheris,
which `make fuzz` installs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import atheris
import msgspec

with atheris.instrument_imports(include=["luahost"]):
    from luahost.errors import LuaHostError
    from luahost.protocol.ids import Ids
    from luahost.protocol.messages import BadMessage, Poll
    from luahost.protocol.requests import request_of
    from luahost.protocol.wire import Frame, decode
    from luahost.records.transfer import import_records
    from luahost.storage.body import check_body, pack_body, unpack_body
    from luahost.storage.memory_storage import MemoryStorage


def read_frame(frame: Frame) -> None:
    """Reads a frame as a connection does."""
    try:
        batch = decode(frame)
    except BadMessage:
        return
    for message in batch.messages:
        try:
            isinstance(message, Poll) or request_of(message, Ids(1))
        except BadMessage:
            continue


def json_frame(data: bytes) -> None:
    """A frame of text."""
    read_frame(data.decode("utf-8", errors="replace"))


def msgpack_frame(data: bytes) -> None:
    """A binary frame."""
    read_frame(data)


def body(data: bytes) -> None:
    """A body is what was packed, or an error; any payload comes back as it was."""
    assert unpack_body(pack_body(data)) == data
    try:
        check_body(data)
        unpack_body(data, most_bytes=1 << 20)
    except LuaHostError:
        return


def record(data: bytes) -> None:
    """Lines of `luahost store import`: all or none of them."""
    storage = MemoryStorage()
    try:
        list(import_records(storage, data.decode("utf-8", errors="replace").splitlines()))
    except LuaHostError:
        return


MESSAGES = [
    {"type": "create", "data": {"id": 2, "parentId": 1, "properties": {"path": "contacts.0.name?priority=high"}}},
    {"type": "update", "data": {"varId": 2, "value": [1, {"obj": 3}, None, "x"]}},
    {"type": "get", "data": {"varIds": [1, 2]}},
    {"userEvent": True, "messages": [{"type": "watch", "data": {"varId": 1}}, {"type": "poll", "data": {}}]},
]
# A line as `luahost store export` writes it.
RECORD = {"form": 1, "key": "0" * 32, "meta": {}, "accessed": 1.5, "log": ["saved"], "body": "TFVBSAEA"}

SEEDS = {
    "json_frame": [msgspec.json.encode(message) for message in MESSAGES],
    "msgpack_frame": [msgspec.msgpack.encode(message) for message in MESSAGES],
    "body": [pack_body(b"snapshot"), pack_body(b"snapshot" * 200)],
    "record": [msgspec.json.encode(RECORD)],
}
"""What is right, from which the fuzzer sets out."""

TARGETS = {each.__name__: each for each in (json_frame, msgpack_frame, body, record)}


def explore(name: str, seconds: int) -> None:
    """Fuzzes one target, and ends the process."""
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(SEEDS[name]):
            (Path(corpus) / str(number)).write_bytes(seed)
        atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-verbosity=0", corpus], TARGETS[name])
        atheris.Fuzz()


def main() -> int:
    """Fuzzes one target, if it is named, else each in a process; returns 1 if there was a find."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="?", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    given = parser.parse_args()
    if given.target:
        explore(given.target, given.seconds)
    found = 0
    for name in TARGETS:
        command = [sys.executable, "-m", "tests.fuzz.input", name, "--seconds", str(given.seconds)]
        ended = subprocess.run(command, check=False).returncode
        found += ended != 0
        print(f"{name}: {given.seconds} s, {'a find, see above' if ended else 'no find'}", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
