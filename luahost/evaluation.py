"""Evaluation: a line as an expression, or else as a statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from luahost.errors import ConversionError, LuaSyntaxError
from luahost.literals import pictures

if TYPE_CHECKING:
    from luahost.session import Session

__all__ = ["evaluate", "is_incomplete", "look", "show"]

PATIENCE_S = 0.2
"""How long a session may be in a turn of others before who wants to look gives up."""

Values = tuple[Any, ...]
Run = Callable[[str, str], Values]
"""Runs a chunk under a name; answers its values, `(None,)` also where it answers none."""


def evaluate(session: Session, text: str, *, name: str, line: int = 1) -> Values:
    """Returns what `text` answers: its values; nothing for a statement, or a call that answers nothing.

    `name` and `line` say where `text` stands, for errors. Raises LuaSyntaxError with `name` as its file if
    the text doesn't compile, `incomplete` if more lines could make it an expression or a statement; and
    ConversionError, when it has run, if a value can't leave the session.
    """
    return _evaluate(lambda code, name: _several(session.eval(code, name)), text, name, line)


def show(session: Session, text: str, *, name: str, line: int = 1) -> Values:
    """Returns the same for people to read: of values that can't leave the session, pictures for `literal`."""
    return _evaluate(lambda code, name: pictures(session.enter("show", *_encoded(code, name))), text, name, line)


def is_incomplete(session: Session, text: str) -> bool:
    """Returns whether more lines could complete `text`, which doesn't compile as it is. Nothing of it runs.

    Raises SessionBusy at once, as `look` does.
    """
    return bool(look(session, "is_incomplete", *_encoded(text.removeprefix("="))))


def look(session: Session, entry: str, asked: bytes) -> Any:
    """Returns what an entry answers that changes nothing; raises SessionBusy soon, for whoever types doesn't wait."""
    session.turns.enter(PATIENCE_S)
    try:
        return session.enter(entry, asked, session.turns.depth == 1)
    finally:
        session.turns.leave()


def _evaluate(run: Run, text: str, name: str, line: int) -> Values:
    above = "\n" * (line - 1)
    if text.startswith("="):
        return _shown(run(f"{above}return {text[1:]}", f"@{name}"), nil=True)
    try:
        return _shown(run(f"{above}return {text}", f"@{name}"), nil=_shows_nil(text))
    except LuaSyntaxError as error:
        # A file that the text loaded may have the syntax error; the text ran then, and must not run twice.
        if error.file != name:
            raise
        return _statement(run, above + text, name, error)


def _statement(run: Run, text: str, name: str, as_expression: LuaSyntaxError) -> Values:
    try:
        return _shown(run(text, f"@{name}"), nil=False)
    except LuaSyntaxError as error:
        # `{1,` is no statement, but the beginning of an expression.
        if error.file == name and as_expression.incomplete and not error.incomplete:
            raise as_expression from None
        raise


def _several(answer: Any) -> Values:
    return answer if isinstance(answer, tuple) else (answer,)


def _shown(values: Values, *, nil: bool) -> Values:
    return () if values == (None,) and not nil else values


def _encoded(*texts: str) -> list[bytes]:
    try:
        return [text.encode() for text in texts]
    except UnicodeEncodeError as error:
        raise ConversionError(f"a text can't enter the session: {error}") from error


def _shows_nil(text: str) -> bool:
    """Returns whether nil is news: not for a call, which may answer nothing, nor for a comment."""
    return not text.rstrip().endswith(")") and not text.lstrip().startswith("--")
