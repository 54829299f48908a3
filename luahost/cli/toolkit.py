"""prompt_toolkit's line reader: editing, history, highlighting, names; what others print goes above the line."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.patch_stdout import patch_stdout
from pygments.lexers.scripting import LuaLexer  # type: ignore[import-untyped]

from .commands import Commands
from .seat import Seat

__all__ = ["ToolkitReader"]

HISTORY = Path(".luahost") / "history"
INDENT = re.compile(r"[ \t]*")


class SiteHistory(FileHistory):
    """What was typed on a site, in a file made with the first; none where the site can't be written."""

    def load_history_strings(self) -> Iterable[str]:
        """Returns the texts of earlier runs, the latest first."""
        try:
            return list(super().load_history_strings())
        except OSError:
            return []

    def store_string(self, string: str) -> None:
        """Adds a text."""
        with contextlib.suppress(OSError):
            Path(str(self.filename)).parent.mkdir(exist_ok=True)
            super().store_string(string)


class NameCompleter(Completer):
    """Offers commands behind a colon, and otherwise what the session knows."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Yields the same, looked for on a thread. All at once: one name alone is inserted, and no menu flickers."""
        found = await asyncio.to_thread(lambda: list(self.get_completions(document, complete_event)))
        for completion in found:
            yield completion

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yields what can follow the text before the cursor."""
        text = document.text_before_cursor
        if Commands.is_command(text):
            for name in Commands.names():
                if name.startswith(text):
                    yield Completion(name, start_position=-len(text))
            return
        for found in self._seat.complete(text):
            yield Completion(found.text, start_position=-found.typed, display_meta=found.kind)


class ToolkitReader:
    """Reads with prompt_toolkit. Enter ends a chunk that is complete, and begins a line in one that isn't."""

    def __init__(self, site: Path | None, seat: Seat, *, next_prompt: str) -> None:
        history: History = SiteHistory(str(site / HISTORY)) if site is not None else InMemoryHistory()
        self._seat = seat
        self._session: PromptSession[str] = PromptSession(
            history=history,
            lexer=PygmentsLexer(LuaLexer),
            completer=NameCompleter(seat),
            complete_while_typing=False,
            multiline=True,
            prompt_continuation=next_prompt,
            key_bindings=self._keys(),
        )

    def read(self, prompt: str) -> str:
        """Returns what was typed; raises KeyboardInterrupt at Ctrl-C and EOFError at Ctrl-D."""
        # Only while a line is typed: results are printed directly, so that they come before the next prompt.
        with patch_stdout(raw=True):
            return self._session.prompt(prompt)

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        keys.add("enter")(self._enter)
        keys.add("escape", "enter")(_begin_line)
        return keys

    def _enter(self, event: KeyPressEvent) -> None:
        buffer, text = event.current_buffer, event.current_buffer.text
        if buffer.complete_state is not None and buffer.complete_state.current_completion is not None:
            buffer.complete_state = None  # the name is taken, the line goes on
        elif text.strip() and not Commands.is_command(text) and self._seat.is_incomplete(text):
            _begin_line(event)
        else:
            buffer.validate_and_handle()


def _begin_line(event: KeyPressEvent) -> None:
    """Begins a line that is indented as the one above it."""
    above = INDENT.match(event.current_buffer.document.current_line_before_cursor)
    event.current_buffer.insert_text("\n" + (above[0] if above else ""))
