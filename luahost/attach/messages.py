"""Messages: what goes over a host's socket, a line of JSON each.

A visitor asks `{"type": T, "number": n, "data": {…}}` and is answered `{"type": "answer", "number": n, "data": …}`,
or with the type `error`, in the order in which things are done. The host greets with `hello`; who follows a session is
told of what happens besides. An error has `code`, `description` and, where Lua raised it, `fault`; the codes are those
of the peers' messages.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from luahost.attach.faults import Fault

__all__ = ["ASKS", "PROTOCOL", "Ask", "Complete", "Evaluate", "Follow", "Hello", "Incomplete", "Inspect", "Kill"]
__all__ += ["LONGEST_LINE", "Refusal", "Reload", "Request", "Sessions", "Told", "Undo", "ask_in", "request_in"]

PROTOCOL = 1
"""Rises when an older command could no longer understand a host."""

LONGEST_LINE = 4 * 1024 * 1024
"""A longer line is refused, and its connection closed."""

Text = Annotated[str, msgspec.Meta(max_length=1024 * 1024)]
Width = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class Hello(msgspec.Struct):
    """Says which host this is."""

    protocol: int
    version: str
    process: int
    site: str
    vm: str
    trust: str
    started_s: float
    memory_limit_mb: int


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    """Asks for something; the base of what follows. `session` is an id, a key, or the beginning of one."""


class Sessions(Ask):
    """Asks who is alive."""


class Inspect(Ask):
    """Asks for all there is to see of a session; the only one, if none is named."""

    session: str | None = None


class Reload(Ask):
    """Asks to take what changed on disk; and to tell of one session alone, if one is named."""

    session: str | None = None


class Undo(Ask):
    """Asks to take the last reload back."""


class Evaluate(Ask):
    """Asks to run a text in a session, as an expression or a statement; `name` and `line` say where it stands."""

    session: str
    text: Text
    name: str = "prompt"
    line: Annotated[int, msgspec.Meta(ge=1)] = 1
    width: Width = 80


class Complete(Ask):
    """Asks for the names that can follow a text."""

    session: str
    text: Text


class Incomplete(Ask):
    """Asks whether more lines could complete a text."""

    session: str
    text: Text


class Kill(Ask):
    """Asks to end the turn that a session runs now."""

    session: str


class Follow(Ask):
    """Asks to be told what happens in a session from now on; the only one, if none is named. Answers its row."""

    session: str | None = None


ASKS: dict[str, type[Ask]] = {kind.__name__.lower(): kind for kind in Ask.__subclasses__()}


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """The envelope of what is asked."""

    type: str
    number: int
    data: msgspec.Raw = msgspec.Raw(b"{}")


class Told(msgspec.Struct, omit_defaults=True):
    """The envelope of what is told; `number` is that of the request."""

    type: str
    number: int | None = None
    data: Any = None


class Refusal(msgspec.Struct, omit_defaults=True):
    """What the data of an `error` is."""

    code: str
    description: str
    fault: Fault | None = None


def request_in(line: bytes) -> Request:
    """Returns the request in a line; raises ValueError that says what is wrong with it."""
    try:
        return msgspec.json.decode(line, type=Request)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise ValueError(f"no request: {error}") from error


def ask_in(request: Request) -> Ask:
    """Returns what a request asks for; raises ValueError that says what is wrong with it."""
    kind = ASKS.get(request.type)
    if kind is None:
        raise ValueError(f"nobody can be asked for {request.type!r}; there are: {', '.join(ASKS)}")
    try:
        return msgspec.json.decode(request.data, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise ValueError(f"{request.type}: {error}") from error
