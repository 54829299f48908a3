"""Evaluation: a line as an expression, or else as a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luahost.errors import LuaSyntaxError

if TYPE_CHECKING:
    from luahost.session import Session

__all__ = ["evaluate"]


def evaluate(session: Session, text: str, *, name: str, line: int = 1) -> tuple[Any, ...]:
    """Returns what `text` answers: its values; nothing for a statement, or a call that answers nothing.

    `name` and `line` say where `text` stands, for errors. Raises LuaSyntaxError with `name` as its file if
    the text doesn't compile, `incomplete` if more lines could make it an expression or a statement.
    """
    above = "\n" * (line - 1)
    if text.startswith("="):
        return _values(session.eval(f"{above}return {text[1:]}", name=f"@{name}"), nil=True)
    try:
        return _values(session.eval(f"{above}return {text}", name=f"@{name}"), nil=_shows_nil(text))
    except LuaSyntaxError as error:
        # A file that the text loaded may have the syntax error; the text ran then, and must not run twice.
        if error.file != name:
            raise
        return _statement(session, above + text, name, error)


def _statement(session: Session, text: str, name: str, as_expression: LuaSyntaxError) -> tuple[Any, ...]:
    try:
        return _values(session.eval(text, name=f"@{name}"), nil=False)
    except LuaSyntaxError as error:
        # `{1,` is no statement, but the beginning of an expression.
        if error.file == name and as_expression.incomplete and not error.incomplete:
            raise as_expression from None
        raise


def _values(answer: Any, *, nil: bool) -> tuple[Any, ...]:
    if answer is None:
        return (None,) if nil else ()
    return answer if isinstance(answer, tuple) else (answer,)


def _shows_nil(text: str) -> bool:
    """Returns whether nil is news: not for a call, which may answer nothing, nor for a comment."""
    return not text.rstrip().endswith(")") and not text.lstrip().startswith("--")
