"""Faults: errors on their way from one process to another, and reports of reloads, which have some in them."""

from __future__ import annotations

from typing import Any

import msgspec

from luahost import errors
from luahost.errors import Frame, LuaError, LuaHostError, LuaSyntaxError
from luahost.reload.report import ReloadReport

__all__ = ["Fault", "error_of", "fault_of", "packed", "report_of"]

LONGEST = 20_000
MOST_FRAMES = 100


class Fault(msgspec.Struct, omit_defaults=True):
    """An error as data; `kind` is the name of its class."""

    kind: str
    message: str
    file: str | None = None
    line: int = 0
    stack: list[Frame] = []
    incomplete: bool = False


def fault_of(error: LuaHostError) -> Fault:
    """Returns an error as data."""
    kind = type(error).__name__
    if not isinstance(error, LuaError):
        return Fault(kind, str(error)[:LONGEST])
    incomplete = isinstance(error, LuaSyntaxError) and error.incomplete
    stack = list(error.stack[:MOST_FRAMES])
    return Fault(kind, error.message[:LONGEST], error.file, error.line, stack, incomplete)


def error_of(fault: Fault) -> LuaHostError:
    """Returns the error that a fault tells of; one of a class that this version doesn't have is a plain one."""
    kind: Any = getattr(errors, fault.kind) if fault.kind in errors.__all__ else LuaHostError
    if kind is LuaSyntaxError:
        return LuaSyntaxError(fault.message, file=fault.file, line=fault.line, incomplete=fault.incomplete)
    if not issubclass(kind, LuaHostError):
        return LuaHostError(fault.message)
    where = {"file": fault.file, "line": fault.line, "stack": fault.stack} if issubclass(kind, LuaError) else {}
    error: LuaHostError = kind(fault.message, **where)
    return error


def packed(value: Any) -> bytes:
    """Returns a value as JSON, with the errors in it as faults."""
    return msgspec.json.encode(value, enc_hook=_plain)


def report_of(data: bytes | msgspec.Raw) -> ReloadReport | None:
    """Returns the report in JSON that `packed` made; raises msgspec.MsgspecError."""
    return msgspec.json.decode(data, type=ReloadReport | None, dec_hook=_error)


def _plain(value: Any) -> Any:
    if isinstance(value, LuaHostError):
        return fault_of(value)
    # By this, msgspec's encoder learns that a value has no form.
    raise NotImplementedError(f"{type(value).__name__} can't be told")


def _error(kind: type, value: Any) -> Any:
    return error_of(msgspec.convert(value, Fault)) if kind is LuaHostError else value
