"""The asyncio face: the same names as `Host` and `Session`, awaited. No guest code runs on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from luahost.errors import SessionClosed
from luahost.events import Subscription
from luahost.loading.site import Site
from luahost.reload.report import ReloadReport
from luahost.session import Session
from luahost.settings import Settings
from luahost.storage.port import Head

if TYPE_CHECKING:
    from luahost.host import Host

P = ParamSpec("P")
T = TypeVar("T")


class AsyncSession:
    """A session for coroutines. Its turns go to a thread of the pool, one after the other, in the order asked for."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def __repr__(self) -> str:
        """Returns `<AsyncSession 1 …>`."""
        return repr(self._session).replace("<", "<Async", 1)

    @property
    def id(self) -> str:
        """The vended id."""
        return self._session.id

    @property
    def key(self) -> str:
        """The session's key, 32 hex characters."""
        return self._session.key

    @property
    def generation(self) -> int:
        """How many reloads have been applied."""
        return self._session.generation

    @property
    def is_closed(self) -> bool:
        """Whether the session has been closed."""
        return self._session.is_closed

    @property
    def memory_bytes(self) -> int:
        """As `Session.memory_bytes`."""
        return self._session.memory_bytes

    async def call(self, path: str, *args: object, timeout_s: float | None = None) -> Any:
        """As `Session.call`."""
        return await self._turn(self._session.call, path, *args, timeout_s=timeout_s)

    async def get(self, path: str) -> Any:
        """As `Session.get`."""
        return await self._turn(self._session.get, path)

    async def set(self, path: str, value: object) -> None:
        """As `Session.set`."""
        await self._turn(self._session.set, path, value)

    async def eval(self, code: str, name: str = "=(eval)") -> Any:
        """As `Session.eval`."""
        return await self._turn(self._session.eval, code, name)

    async def execute(self, code: str, name: str = "=(execute)") -> None:
        """As `Session.execute`."""
        await self._turn(self._session.execute, code, name)

    async def require(self, name: str) -> Any:
        """As `Session.require`."""
        return await self._turn(self._session.require, name)

    async def run(self, work: Callable[[Session], T]) -> T:
        """As `Session.run`; `work` runs on a thread of the pool."""
        return await self._turn(self._session.run, work)

    async def post(self, work: Callable[[], T]) -> T:
        """Returns what `work()` returns, done in its order; what it asks of the session are turns."""
        return await self._turn(work)

    async def is_loaded(self, key: str) -> bool:
        """As `Session.is_loaded`."""
        return await self._turn(self._session.is_loaded, key)

    async def describe(self) -> dict[str, Any]:
        """As `Session.describe`."""
        return await self._turn(self._session.describe)

    async def variables(self, level: int = 1) -> list[dict[str, Any]]:
        """As `Session.variables`."""
        return await self._turn(self._session.variables, level)

    async def collect(self) -> None:
        """As `Session.collect`."""
        await self._turn(self._session.collect)

    async def kill(self) -> bool:
        """As `Session.kill`; waits for no turn."""
        return self._session.kill()

    async def save(self) -> None:
        """As `Session.save`."""
        await asyncio.to_thread(self._session.save)

    async def close(self) -> None:
        """As `Session.close`."""
        if not self._session.is_closed:
            await self._turn(self._session.close)

    async def _turn(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if self._session.is_closed:
            raise SessionClosed("the session is closed")
        self._session.post(lambda: _settle(loop, future, lambda: call(*args, **kwargs)))
        return await future


class AsyncHost:
    """A host for coroutines, as `async with Host(site) as host` gives it."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def __repr__(self) -> str:
        """Returns `<AsyncHost …>`."""
        return repr(self._host).replace("<", "<Async", 1)

    @property
    def site(self) -> Site:
        """The site that is served."""
        return self._host.site

    @property
    def sessions(self) -> list[AsyncSession]:
        """The live sessions, the oldest first."""
        return [AsyncSession(session) for session in self._host.sessions]

    async def create_session(
        self, key: str | None = None, app: str | None = None, settings: Settings | Mapping[str, Any] | None = None
    ) -> AsyncSession:
        """As `Host.create_session`."""
        return AsyncSession(await asyncio.to_thread(self._host.create_session, key, app, settings))

    def get_session(self, id_or_key: str) -> AsyncSession | None:
        """As `Host.get_session`; nothing is waited for."""
        session = self._host.get_session(id_or_key)
        return AsyncSession(session) if session is not None else None

    async def open_session(self, key: str) -> AsyncSession | None:
        """As `Host.open_session`."""
        session = await asyncio.to_thread(self._host.open_session, key)
        return AsyncSession(session) if session is not None else None

    async def saved_sessions(self, limit: int = 0) -> list[Head]:
        """As `Host.saved_sessions`."""
        return await asyncio.to_thread(self._host.saved_sessions, limit)

    def on(self, event: str, callback: Callable[[Any], object], *, aside: bool = False) -> Subscription:
        """As `Host.on`. The callback runs in the thread in which the event happened, not on the event loop."""
        return self._host.on(event, callback, aside=aside)

    async def reload(self) -> ReloadReport | None:
        """As `Host.reload`."""
        return await asyncio.to_thread(self._host.reload)

    async def undo(self) -> ReloadReport | None:
        """As `Host.undo`."""
        return await asyncio.to_thread(self._host.undo)


def _settle(loop: asyncio.AbstractEventLoop, future: asyncio.Future[T], call: Callable[[], T]) -> None:
    """Runs `call` on this thread and hands its outcome to the event loop; not if nobody waits any more."""
    if future.cancelled():
        return
    try:
        result = call()
    except BaseException as error:
        _tell(loop, future, lambda error=error: future.set_exception(error))  # type: ignore[misc]
    else:
        _tell(loop, future, lambda: future.set_result(result))


def _tell(loop: asyncio.AbstractEventLoop, future: asyncio.Future[T], settle: Callable[[], None]) -> None:
    def if_awaited() -> None:
        if not future.done():
            settle()

    if not loop.is_closed():
        loop.call_soon_threadsafe(if_awaited)
