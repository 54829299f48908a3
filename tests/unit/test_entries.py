"""What is typed: when it is a command, a chunk, or not yet one, and what becomes of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from luahost.cli.commands import Commands
from luahost.cli.desk import Desk
from luahost.cli.entries import Entries, Outcome
from luahost.cli.lines import run_lines
from luahost.cli.prompt import run_prompt
from luahost.cli.render.screen import Screen
from luahost.errors import ConversionError, LuaError, LuaSyntaxError, NothingToUndo


class FakeSession:
    """A session whose answers are told: a value, or an error to raise; any other chunk is a syntax error."""

    id, key, generation, is_held = "1", "0" * 32, 0, False

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.ran: list[tuple[str, str]] = []

    def post(self, work: Callable[[], None]) -> None:
        """Does the work at once."""
        work()

    def enter(self, entry: str, code: bytes, name: bytes) -> Any:
        """Returns the answer to the chunk, without the empty lines above it, as the kernel tells it."""
        assert entry == "show"
        self.ran.append((code.decode(), name.decode()))
        unknown = LuaSyntaxError("unexpected symbol", file=name.decode()[1:], line=1)
        answer = self.answers.get(code.decode().lstrip("\n"), unknown)
        if isinstance(answer, Exception):
            raise answer
        return (False, *(answer if isinstance(answer, tuple) else (answer,)))


class FakeHost:
    """A host that creates one session, or raises what `broken` says; nothing ever changed on disk."""

    def __init__(self, session: FakeSession) -> None:
        self.session = session
        self.broken: LuaError | None = None

    @property
    def sessions(self) -> list[FakeSession]:
        """The sessions that live."""
        return [self.session]

    def create_session(self, app: str | None = None) -> FakeSession:
        """Returns the session."""
        if self.broken is not None:
            raise self.broken
        return self.session

    def saved_sessions(self, limit: int = 0) -> list[Any]:
        """Returns nothing: there is no store."""
        return []

    def reload(self) -> None:
        """Returns None: nothing changed."""

    def undo(self) -> None:
        """Raises NothingToUndo: nothing was reloaded."""
        raise NothingToUndo("nothing to undo: no reload has been applied yet")


class Setup:
    """Entries on fakes, with what was shown."""

    def __init__(self, site: Path, answers: dict[str, Any]) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.screen = Screen(site, out=Console(file=self.out, width=80), err=Console(file=self.err, width=80))
        self.session = FakeSession(answers)
        self.host = FakeHost(self.session)
        self.desk = Desk(self.host, self.screen)  # type: ignore[arg-type]
        self.entries = Entries(self.desk, self.screen, Commands(self.desk, self.screen), name="stdin")


SetupMaker = Callable[..., Setup]


@pytest.fixture
def setup(tmp_path: Path) -> SetupMaker:
    """Returns a maker of entries whose session answers as told."""
    return lambda **answers: Setup(tmp_path, answers.get("answers", {}))


def unfinished(name: str = "stdin") -> LuaSyntaxError:
    """Returns the error of a chunk that more lines could complete."""
    return LuaSyntaxError("'end' expected near <eof>", file=name, line=1, incomplete=True)


@pytest.mark.parametrize(
    ("line", "chunk", "answer", "shown"),
    [
        ("1 + 1", "return 1 + 1", 2, "2\n"),
        ("f()", "return f()", (1, "x"), '1, "x"\n'),
        ("f()", "return f()", None, ""),
        ("x", "return x", None, "nil\n"),
        ("=f()", "return f()", None, "nil\n"),
        ("-- why", "return -- why", None, ""),
        ("x = 5", "x = 5", None, ""),
        ("return 1, 2", "return 1, 2", (1, 2), "1, 2\n"),
    ],
)
def test_feed_when_a_line_runs_then_shows_its_answer(
    setup: SetupMaker, line: str, chunk: str, answer: Any, shown: str
) -> None:
    """A line is an expression, or else a statement; nil is shown where it is news."""
    made = setup(answers={chunk: answer})
    assert made.entries.feed(line) is Outcome.DONE
    assert made.out.getvalue() == shown


@pytest.mark.parametrize(("line", "answer"), [("exit", None), ("quit()", LuaError("a nil value")), (" help ", None)])
def test_feed_when_another_prompts_word_is_typed_then_ours_are_named(setup: SetupMaker, line: str, answer: Any) -> None:
    """`exit` is Lua like any other name, and it is told how to leave."""
    made = setup(answers={f"return {line}": answer})
    made.entries.feed(line)
    assert made.out.getvalue().endswith(":quit leaves, :help shows the commands\n")


def test_feed_when_a_chunk_is_incomplete_then_goes_on_with_the_next_line(setup: SetupMaker) -> None:
    """Lines are gathered until they are a chunk, which counts them from where they stand."""
    made = setup(answers={"for i = 1, 2 do": unfinished(), "for i = 1, 2 do\nend": None, "return 1": 1})
    outcomes = [made.entries.feed(line) for line in ("1", "for i = 1, 2 do", "end")]
    assert outcomes == [Outcome.DONE, Outcome.INCOMPLETE, Outcome.DONE]
    assert made.session.ran[-1] == ("\nfor i = 1, 2 do\nend", "@stdin")


def test_feed_when_an_expression_is_incomplete_then_goes_on(setup: SetupMaker) -> None:
    """A table left open is no statement, but may become an expression."""
    made = setup(answers={"return {1,": unfinished(), "return {1,\n2}": [1, 2]})
    assert [made.entries.feed(line) for line in ("{1,", "2}")] == [Outcome.INCOMPLETE, Outcome.DONE]
    assert made.out.getvalue() == "{1, 2}\n"


def test_feed_when_a_loaded_file_has_a_syntax_error_then_runs_the_line_once(setup: SetupMaker) -> None:
    """A syntax error from a file isn't one of the line."""
    made = setup(answers={'return require("x")': unfinished("lua/x.lua")})
    assert made.entries.feed('require("x")') is Outcome.FAILED
    assert len(made.session.ran) == 1


def test_feed_when_lua_raises_then_shows_the_typed_line(setup: SetupMaker) -> None:
    """An error of a typed line is shown with that line."""
    made = setup(answers={"return f()": LuaError("no f", file="stdin", line=1)})
    assert made.entries.feed("f()") is Outcome.FAILED
    assert made.err.getvalue() == "stdin:1: no f\n  > 1 │ f()\n"


def test_feed_when_the_answer_cannot_cross_then_the_line_still_ran(setup: SetupMaker) -> None:
    """An answer that can't be shown isn't a failure."""
    made = setup(answers={"return app": ConversionError("a function at self.f")})
    assert made.entries.feed("app") is Outcome.DONE
    assert made.out.getvalue() == "done; the answer can't be shown: a function at self.f\n"


@pytest.mark.parametrize(
    ("line", "outcome", "shown"),
    [
        (":quit", Outcome.LEAVE, ""),
        (":reload", Outcome.DONE, "nothing changed\n"),
        (":relaod", Outcome.FAILED, "no command :relaod; did you mean :reload?\n"),
        (":s", Outcome.FAILED, "no command :s; did you mean :sessions?\n"),
        (":zzz", Outcome.FAILED, "no command :zzz; :help shows the commands\n"),
        (":kill", Outcome.FAILED, ":kill takes the id of a session\n"),
        (":undo", Outcome.FAILED, "nothing to undo: no reload has been applied yet\n"),
        (":reload now", Outcome.FAILED, ":reload takes nothing\n"),
        ("::label::", Outcome.FAILED, "stdin:1: unexpected symbol\n  > 1 │ ::label::\n"),
        ("  ", Outcome.DONE, ""),
    ],
)
def test_feed_when_a_line_begins_with_a_colon_then_is_a_command(
    setup: SetupMaker, line: str, outcome: Outcome, shown: str
) -> None:
    """Commands begin with one colon; an unknown one is answered with the nearest."""
    made = setup()
    made.desk.open()
    assert made.entries.feed(line) is outcome
    assert made.out.getvalue() + made.err.getvalue() == shown


def test_feed_when_no_session_could_start_then_tries_again(setup: SetupMaker) -> None:
    """A session that couldn't start is tried at each line; its error is shown in full once."""
    made = setup(answers={"return 1": 1})
    made.host.broken = LuaError("boom", file="lua/main.lua", line=1)
    assert [made.desk.open(), made.entries.feed("1")] == [False, Outcome.FAILED]
    made.host.broken = None
    assert made.entries.feed("1") is Outcome.DONE
    assert made.out.getvalue() == "session 1 has started\n1\n"
    assert made.err.getvalue().splitlines() == [
        "lua/main.lua:1: boom",
        "no session yet: correct the file, then type a line or :reload",
        "no session, still: lua/main.lua:1: boom",
    ]


def test_on_files_changed_when_no_session_could_start_then_creates_it(setup: SetupMaker) -> None:
    """A save is a reason to try a session that couldn't start."""
    made = setup(answers={"return 1": 1})
    made.host.broken = LuaError("boom")
    made.desk.open()
    made.host.broken = None
    made.desk.on_files_changed(None)
    assert not made.desk.is_missing()


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        (b"1\n1", True),
        (b"1\nno no\n1\n", False),
        (b"1\n:quit\nno no\n", True),
        (b"{1,\n", False),
        (b"\xff\n1\n", False),
    ],
)
def test_run_lines_when_a_line_fails_then_goes_on_and_says_so(setup: SetupMaker, text: bytes, fine: bool) -> None:
    """Every line is run, and the answer is whether all went well; what is left open at the end did not."""
    made = setup(answers={"return 1": 1, "return {1,": unfinished()})
    assert run_lines(io.BytesIO(text), made.entries, made.screen) is fine
    assert made.out.getvalue().startswith("1\n") or b"1\n" not in text[:2]


class FakeReader:
    """A reader of told lines; an exception among them is raised, and the end is the end of input."""

    def __init__(self, *lines: str | BaseException) -> None:
        self.lines = list(lines)
        self.prompts: list[str] = []

    def read(self, prompt: str) -> str:
        """Returns the next line."""
        self.prompts.append(prompt)
        line = self.lines.pop(0) if self.lines else EOFError()
        if isinstance(line, BaseException):
            raise line
        return line


def test_run_prompt_when_interrupted_then_drops_what_is_typed(setup: SetupMaker) -> None:
    """Ctrl-C drops a chunk that isn't complete, and the prompt goes on until Ctrl-D."""
    made = setup(answers={"return {1,": unfinished(), "return 1": 1})
    reader = FakeReader("{1,", KeyboardInterrupt(), "1")
    run_prompt(reader, made.entries)
    assert reader.prompts == ["> ", "… ", "> ", "> "]
    assert made.out.getvalue() == "1\n"
