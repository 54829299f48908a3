"""Sampling: takes samples for as long as somebody looks at them."""

from __future__ import annotations

import asyncio

from luahost.server.inspector.samples import Samples

__all__ = ["PERIOD_S", "Sampling"]

PERIOD_S = 1.0


class Sampling:
    """Counts who looks at the samples; they are taken while there is anybody, on the event loop: no turn is needed."""

    def __init__(self, samples: Samples, period_s: float = PERIOD_S) -> None:
        self.samples = samples
        self._period_s = period_s
        self._lookers = 0
        self._task: asyncio.Task[None] | None = None

    def join(self) -> None:
        """Begins to look; the first sample is there at once."""
        self._lookers += 1
        if self._lookers == 1:
            self.samples.open()
            self.samples.take()
            self._task = asyncio.create_task(self._run())

    def leave(self) -> None:
        """Ceases to look."""
        self._lookers -= 1
        if self._lookers == 0 and self._task is not None:
            self._task.cancel()
            self._task = None
            self.samples.close()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._period_s)
            self.samples.take()
