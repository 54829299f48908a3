"""The console: evaluates Lua in a session, where the settings grant that."""

from __future__ import annotations

from typing import Any

from luahost.errors import ConversionError, LuaHostError, LuaSyntaxError
from luahost.evaluation import evaluate
from luahost.inspection.history import error_entry
from luahost.inspection.plain import clipped
from luahost.literals import results
from luahost.session import Session

__all__ = ["GRANT", "NAME", "run_code"]

GRANT = "remote_code"
NAME = "console"
WIDTH = 100


def run_code(session: Session, code: str) -> dict[str, Any]:
    """Returns what code answers in a session, in a turn of it, or what is wrong with it; never raises for the guest's.

    `text` is what it answers as Lua would write it; `is_incomplete` says that more lines could complete it.
    """
    try:
        values = evaluate(session, code, name=NAME)
    except ConversionError as error:
        return {"text": "", "note": f"done; the answer can't be shown: {error}"}
    except LuaHostError as error:
        is_incomplete = isinstance(error, LuaSyntaxError) and error.incomplete and error.file == NAME
        return {"error": error_entry(error), "is_incomplete": is_incomplete}
    return {"text": clipped(results(values, width=WIDTH))}
