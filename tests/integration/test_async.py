"""The asyncio face: the same names, awaited; no guest code on the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from luahost import Host, LimitExceeded, LuaError, Settings
from luahost.aio import AsyncHost, AsyncSession
from luahost.errors import SessionClosed
from luahost.storage.memory_storage import MemoryStorage

COUNTER = "app = {n = 0} function app:add() self.n = self.n + 1 return self.n end session:createAppVariable(app)"
Scene = Callable[[AsyncHost, AsyncSession], Awaitable[object]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Scene], object]:
    """Returns a function that plays a scene in an event loop, with a host and a session that counts."""

    async def opened(scene: Scene) -> object:
        async with Host(tmp_path, watch=False, settings=Settings(wait_s=5.0)) as host:
            session = await host.create_session()
            await session.execute(COUNTER)
            return await asyncio.wait_for(scene(host, session), 20)

    return lambda scene: asyncio.run(opened(scene))


def test_call_when_many_are_awaited_together_then_they_are_done_in_order(play: Callable[[Scene], object]) -> None:
    """Turns of one session are done one after the other, in the order in which they were asked for."""

    async def scene(host: AsyncHost, session: AsyncSession) -> object:
        return await asyncio.gather(*[session.call("app:add") for _ in range(200)])

    assert play(scene) == list(range(1, 201))


def test_names_when_they_are_awaited_then_they_answer_as_the_others_do(play: Callable[[Scene], object]) -> None:
    """Each name of a session has its awaited counterpart."""

    async def scene(host: AsyncHost, session: AsyncSession) -> object:
        await session.set("app.title", "New")
        assert await session.run(lambda inner: inner.id) == session.id == "1"
        assert await session.is_loaded("lua/main.lua") is False
        assert "memory_kb" in await session.describe()
        assert [variable["id"] for variable in await session.variables()] == [1]
        assert (await session.collect(), session.memory_bytes > 0) == (None, True)
        assert (await host.saved_sessions(), host.site.root) == ([], host.site.root.resolve())
        assert repr(session) == f"<AsyncSession 1 {session.key[:8]} generation 0>"
        assert await session.require("table") is None
        assert (len(session.key), session.generation, len(host.sessions)) == (32, 0, 1)
        assert host.get_session("1") is not None
        assert host.get_session("2") is None
        assert await host.reload() is None
        return await session.get("app.title"), await session.eval("return 1, 'x'")

    assert play(scene) == ("New", (1, "x"))


def test_kill_when_a_turn_goes_on_then_ends_it_at_once(play: Callable[[Scene], object]) -> None:
    """kill() is awaited beside the turn that it ends, not behind it."""

    async def scene(host: AsyncHost, session: AsyncSession) -> object:
        endless = asyncio.create_task(session.eval("while true do end"))
        while not await session.kill():
            await asyncio.sleep(0)
        with pytest.raises(LimitExceeded, match="ended by kill"):
            await endless
        return await session.eval("return 1")

    assert play(scene) == 1


def test_guest_when_it_runs_then_it_is_never_on_the_loops_thread(play: Callable[[Scene], object]) -> None:
    """Loading, calls and closing run on other threads than the event loop."""
    threads: list[int] = []

    async def scene(host: AsyncHost, session: AsyncSession) -> object:
        host.on("log", lambda line: threads.append(threading.get_ident()))
        await session.execute("session:onClose(function() print('x') end) print('x')")
        await session.run(lambda inner: inner.eval("print('x')"))
        await session.close()
        return threading.get_ident()

    loop = play(scene)
    assert len(threads) == 3
    assert loop not in threads


def test_call_when_it_is_cancelled_while_it_waits_then_it_is_never_made(play: Callable[[Scene], object]) -> None:
    """A call that was cancelled before its turn came leaves no trace; the others go on in order."""

    async def scene(host: AsyncHost, session: AsyncSession) -> object:
        gate = threading.Event()
        held = asyncio.create_task(session.run(lambda _: gate.wait(10)))
        calls = [asyncio.create_task(session.call("app:add")) for _ in range(3)]
        await asyncio.sleep(0)
        calls[1].cancel()
        await asyncio.sleep(0)
        gate.set()
        return await asyncio.gather(held, *calls, return_exceptions=True), await session.get("app.n")

    (held, first, cancelled, third), count = play(scene)  # type: ignore[misc]
    assert isinstance(cancelled, asyncio.CancelledError)
    assert (held, first, third, count) == (True, 1, 2, 2)


def test_call_when_the_guest_raises_then_the_error_is_awaited(play: Callable[[Scene], object]) -> None:
    """An error comes out of the await, as the same class."""

    async def scene(host: AsyncHost, session: AsyncSession) -> object:
        with pytest.raises(LuaError, match="broken"):
            await session.eval("error('broken')")
        return await session.call("app:add")

    assert play(scene) == 1


def test_call_when_the_session_is_closed_meanwhile_then_every_waiter_is_told(play: Callable[[Scene], object]) -> None:
    """Calls that wait behind the closing raise SessionClosed; none is left hanging."""

    async def scene(host: AsyncHost, session: AsyncSession) -> object:
        tasks = [asyncio.create_task(work) for work in (session.close(), *[session.call("app:add") for _ in range(20)])]
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        with pytest.raises(SessionClosed):
            await session.call("app:add")
        await session.close()
        return [type(outcome) for outcome in outcomes[1:]]

    assert play(scene) == [SessionClosed] * 20


def test_host_when_it_is_left_with_calls_under_way_then_all_are_answered(tmp_path: Path) -> None:
    """Leaving the host answers every call that was asked for: with its result, or that the session is closed."""

    async def scene() -> list[object]:
        async with Host(tmp_path, watch=False) as host:
            session = await host.create_session()
            tasks = [asyncio.create_task(session.eval("return 1")) for _ in range(50)]
            await asyncio.sleep(0)
        return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)

    outcomes = asyncio.run(scene())
    assert all(outcome == 1 or isinstance(outcome, SessionClosed) for outcome in outcomes)


def test_sessions_when_they_are_busy_together_then_the_loop_goes_on(play: Callable[[Scene], object]) -> None:
    """More busy sessions than threads of the pool: each still gets one."""

    async def scene(host: AsyncHost, session: AsyncSession) -> object:
        gate = threading.Barrier(6)
        sessions = [await host.create_session() for _ in range(6)]
        return await asyncio.gather(*[other.run(lambda _: gate.wait(15) >= 0) for other in sessions])

    assert play(scene) == [True] * 6


def test_save_when_awaited_then_is_durable_and_the_session_can_be_opened_again(tmp_path: Path) -> None:
    """Saving and coming back are awaited like everything else; neither is done on the event loop."""
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua" / "main.lua").write_text("app = session:restore() or {} session:createAppVariable(app)")
    storage = MemoryStorage()

    async def scene() -> object:
        async with Host(tmp_path, watch=False, store=storage) as host:
            session = await host.create_session()
            await session.execute("app.n = 5")
            await session.save()
            assert storage.read("sessions", session.key) is not None
            await session.close()
            back = await host.open_session(session.key)
            assert back is not None
            assert await host.open_session("0" * 32) is None
            return await back.eval("return app.n")

    assert asyncio.run(scene()) == 5
