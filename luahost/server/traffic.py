"""Traffic: what the server has counted. Written on the event loop alone."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Traffic"]


@dataclass(slots=True)
class Traffic:
    """How many connections came, and what went through them."""

    connections: int = 0
    connections_refused: int = 0
    frames_in: int = 0
    frames_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    sessions_made: int = 0
    sessions_refused: int = 0
