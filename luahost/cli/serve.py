"""`luahost serve`: a site for whoever comes, without a prompt."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from typing import Any

import click
import structlog

from luahost.host import Host
from luahost.news import log_of
from luahost.reload.report import ReloadReport
from luahost.settings import SERVE_DEFAULTS, load_settings

from .arguments import site_argument
from .doors import open_door, recorder_of
from .emptiness import warn_if_empty
from .listening import listen, tell_inspector
from .logs import configure_logs
from .missing_roots import warn_of_missing_roots
from .profiling import profiling
from .switches import flags, with_switches
from .termination import leaving_at_sigterm

__all__ = ["serve"]

LEAVING_S = 10.0
"""How long closing the sessions may take before the process leaves without."""

EPILOG = """\b
Examples:
  luahost serve                            this folder, at 127.0.0.1:8080
  luahost serve mysite --port 9000
  LUAHOST_TOKEN=secret luahost serve mysite --host 0.0.0.0
"""


@click.command(epilog=EPILOG)
@site_argument
@click.option("--host", metavar="HOST", help="Where to listen (default 127.0.0.1: this machine alone).")
@click.option("--port", metavar="PORT", type=click.IntRange(0, 65535), help="At which port (8080); 0: any free one.")
@click.option("--token", metavar="TEXT", help="What everybody must know; rather LUAHOST_TOKEN, which nobody sees.")
@click.option(
    "--origin", "origins", metavar="URL", multiple=True, help="A page elsewhere that may connect; repeatable."
)
@with_switches
def serve(site: str | None, host: str | None, port: int | None, token: str | None, **more: Any) -> int:
    """Serves the site in the folder SITE (this one by default) over HTTP and WebSocket.

    Every visitor gets a session. Saved files are taken into the running sessions. SIGTERM closes them and leaves.
    """
    profile_file = more.pop("profile")
    given = {"host": host, "port": port, "token": token, "origins": more.pop("origins") or None, **flags(**more)}
    settings = load_settings(site, flags=given, env=os.environ, defaults=SERVE_DEFAULTS)
    configure_logs(settings, has_screen=False)
    warn_if_empty(settings, ", and sessions start empty")
    warn_of_missing_roots(settings)
    # The profile is written first: leaving may end the process.
    with leaving_at_sigterm(), ExitStack() as leaving, profiling(profile_file, click.echo) as profile:
        running = Host(settings=settings, watch=settings.watch, profile=profile)
        recorder = recorder_of(running)
        listener = listen(running, recorder)
        _log_events(running)
        running.__enter__()
        leaving.callback(_leave, running)
        click.echo(f"serving {settings.site} at {listener.url}")
        tell_inspector(listener, click.echo)
        with open_door(running, recorder, lambda text: structlog.get_logger("luahost").warning(text)):
            listener.run()
    return 0


def _log_events(host: Host) -> None:
    log = structlog.get_logger("luahost")
    host.on("reload_applied", lambda report: _log_reload(log.info, "reload_applied", report))
    host.on("reload_failed", lambda report: _log_reload(log.error, "reload_failed", report))
    host.on("view_definitions_changed", lambda keys: log.info("view_definitions_changed", keys=list(keys)))
    host.on("session_created", lambda session: log_of(session).info("session_created"))
    host.on("session_closed", lambda session: log_of(session).info("session_closed"))
    host.on("watch_error", lambda error: log.error("watch_failed", error=str(error)))


def _log_reload(write: Any, event: str, report: ReloadReport) -> None:
    instances = sum(session.instances for session in report.sessions)
    counts = {"sessions": len(report.sessions), "instances": instances, "ms": round(report.duration_ms, 1)}
    errors = {"errors": [str(error) for error in report.errors]} if report.errors else {}
    write(event, modules=list(report.modules), **counts, **errors)


def _leave(host: Host) -> None:
    """Closes the host, whatever the guests do, within a time."""
    limit = threading.Timer(LEAVING_S, os._exit, [1])
    limit.daemon = True
    limit.start()
    # Peers had their time to end; what still runs would make the closing wait.
    for session in host.sessions:
        session.kill()
    host.close()
    limit.cancel()
