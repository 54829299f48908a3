"""Peers over WebSockets: one that waits for each answer, and many at once, driven from a process of their own."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from websockets.asyncio.client import connect as connect_later
from websockets.sync.client import connect

from bench import sites
from bench.measure import Effort
from bench.report import Row, limit_row
from luahost import Host, Settings
from luahost.cli.logs import configure_logs
from luahost.server.listener import Listener

WATCHED = 10
PEERS, ACTIONS_PER_S = 200, 10
ROUND_TRIP_MS, P99_MS = 0.5, 50.0

_MAIN = f"""
local App = session:prototype("App", {{}})
app = session:create(App, {{}})
for i = 1, {WATCHED} do app["field" .. i] = i end
function App:poke() self.field1 = self.field1 + 1 end
session:createAppVariable(app)
"""


def _created(id: int, path: str, **properties: str) -> dict[str, object]:
    return {"type": "create", "data": {"id": id, "parentId": 1, "properties": {"path": path, **properties}}}


SHOWN = json.dumps(
    [
        *(_created(i + 2, f"field{i + 1}") for i in range(WATCHED)),
        _created(WATCHED + 2, "poke()", access="action"),
    ]
)
ACTED = json.dumps({"userEvent": True, "messages": [{"type": "update", "data": {"varId": WATCHED + 2, "value": None}}]})


@contextmanager
def _served() -> Iterator[tuple[Host, str]]:
    """Gives a host that is served, and the address of its WebSockets."""
    with sites.site(main=_MAIN) as folder:
        host = Host(folder, watch=False, settings=Settings(site=str(folder), port=0))
        configure_logs(host.settings)
        listener = Listener(host)
        with host:
            listener.start()
            try:
                yield host, listener.url.replace("http", "ws") + "/ws/"
            finally:
                listener.stop()


def _round_trip(effort: Effort) -> Row:
    numbers: list[float] = []
    with _served() as (host, url), connect(url + host.create_session().key, compression=None) as socket:
        socket.send(SHOWN)
        socket.recv()
        for _ in range(effort.rounds(3000, 300)):
            began = time.perf_counter()
            socket.send(ACTED)
            socket.recv()
            numbers.append(time.perf_counter() - began)
    return limit_row(f"a user's action over a WebSocket and back, {WATCHED} watched", numbers, ROUND_TRIP_MS, "ms", 1e3)


async def _act(address: str, began: float, number: int, rounds: int) -> list[float]:
    """Returns what each action of one peer took, a tenth of a second after the one before."""
    took: list[float] = []
    async with connect_later(address, compression=None) as socket:
        await socket.send(SHOWN)
        await socket.recv()
        for round in range(rounds):
            due = began + (round + number / PEERS) / ACTIONS_PER_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            asked = time.perf_counter()
            await socket.send(ACTED)
            await socket.recv()
            took.append(time.perf_counter() - asked)
    return took


async def _all_act(addresses: list[str], rounds: int) -> list[float]:
    began = time.monotonic() + 2.0
    peers = [_act(address, began, number, rounds) for number, address in enumerate(addresses)]
    return [number for took in await asyncio.gather(*peers) for number in took]


def _drive(addresses: list[str], rounds: int) -> list[float]:
    return asyncio.run(_all_act(addresses, rounds))


def _many(effort: Effort) -> Row:
    peers = 50 if effort.is_quick else PEERS
    with _served() as (host, url), ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as elsewhere:
        before = _resident_mb()
        addresses = [url + host.create_session().key for _ in range(peers)]
        took = sorted(elsewhere.submit(_drive, addresses, effort.rounds(100, 10)).result())
        each_mb = (_resident_mb() - before) / peers
    p99 = took[int(len(took) * 0.99)]
    work = f"{peers} connected sessions, {ACTIONS_PER_S} actions/s each, p99"
    row = limit_row(work, [p99], P99_MS, "ms", 1e3)
    median_ms = took[len(took) // 2] * 1e3
    return Row(
        row.work,
        row.floor,
        row.ours,
        row.value,
        row.unit,
        row.bound,
        note=f"median {median_ms:.2g} ms, {each_mb:.2f} MB a session",
    )


def _resident_mb() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def run(effort: Effort) -> list[Row]:
    """Returns the rows of one peer, and of many."""
    return [_round_trip(effort), _many(effort)]
