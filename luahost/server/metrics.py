"""Metrics, as Prometheus reads them (extra `metrics`). No metric tells sessions apart."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from luahost.host import Host
from luahost.server.traffic import Traffic

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

COUNTERS = {
    "connections": "WebSockets that were opened",
    "connections_refused": "WebSockets of sessions that had enough",
    "frames_in": "Frames from peers",
    "frames_out": "Frames to peers",
    "bytes_in": "Length of the frames from peers",
    "bytes_out": "Length of the frames to peers",
    "sessions_made": "Sessions that were made for visitors",
    "sessions_refused": "Visitors for whom there was no room",
}


class Metrics(Collector):
    """Gathers what a host and its server can tell in numbers."""

    def __init__(self, host: Host, traffic: Traffic) -> None:
        self._host = host
        self._traffic = traffic
        self._reloads = {"applied": 0, "failed": 0}
        self._lua_errors = 0
        self._registry = CollectorRegistry()
        self._registry.register(self)
        host.on("lua_error", self._count_error, aside=True)
        host.on("reload_applied", lambda _: self._count("applied"))
        host.on("reload_failed", lambda _: self._count("failed"))

    def collect(self) -> Iterator[Metric]:
        """Yields what there is now."""
        sessions = self._host.sessions
        connected = sum(len(session.connections) for session in sessions)
        yield GaugeMetricFamily("luahost_sessions", "Sessions that are alive", len(sessions))
        yield GaugeMetricFamily("luahost_connected", "WebSockets that are open", connected)
        yield CounterMetricFamily("luahost_lua_errors", "Errors of guests that nobody waited for", self._lua_errors)
        for name, text in COUNTERS.items():
            yield CounterMetricFamily(f"luahost_{name}", text, getattr(self._traffic, name))
        reloads = CounterMetricFamily("luahost_reloads", "Reloads by their outcome", labels=["outcome"])
        for outcome, count in self._reloads.items():
            reloads.add_metric([outcome], count)
        yield reloads

    def text(self) -> bytes:
        """Returns the metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def _count_error(self, _: object) -> None:
        self._lua_errors += 1

    def _count(self, outcome: str) -> None:
        self._reloads[outcome] += 1
