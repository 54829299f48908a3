"""Logs: where the host's own log lines go, and how they look."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from luahost.settings import Settings

__all__ = ["configure_logs", "is_structured"]

LEVELS = {
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.WARNING,
    "debug": logging.DEBUG,
    "trace": logging.DEBUG,
}


def configure_logs(settings: Settings, *, has_screen: bool = True) -> None:
    """Sends the host's log to standard error.

    At `info` a screen tells what is news, so that a log for people is left with warnings and errors.
    """
    level = LEVELS[settings.log_level]
    if settings.log_level == "info" and (is_structured(settings) or not has_screen):
        level = logging.INFO
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            *_renderers(settings),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def is_structured(settings: Settings) -> bool:
    """Returns whether log lines are JSON: where that is asked for, or standard error is no terminal."""
    return settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())


def _renderers(settings: Settings) -> list[Any]:
    if is_structured(settings):
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer()]
