"""Saving: what a snapshot costs, what a save of nothing new, many at once, and coming back."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import sites
from bench.measure import Effort, Pairs, alternate, spread
from bench.report import Row, limit_row, ratio_row
from luahost import Host, Session, Settings
from luahost.storage.body import digest_of, pack_body
from luahost.storage.memory_storage import MemoryStorage
from luahost.storage.port import Acquired, Owner, Write
from luahost.storage.sqlite_storage import open_sqlite

TABLES = 20_000
GROUP = 200
SESSIONS = 50

MAIN = """
P = session:prototype("P", { id = 0, name = "", on = false })
app = session:restore() or { list = {}, count = 0 }
session:createAppVariable(app)
"""
FILL = "for i = 1, {} do app.list[i] = P:new{{ id = i, name = 'p' .. i, on = i % 2 == 0 }} end"
FLOOR = (Path(__file__).parent / "snapshot_floor.lua").read_text(encoding="utf-8")
BY_HEART = (Path(__file__).parent / "snapshot_by_heart.lua").read_text(encoding="utf-8")


def run(effort: Effort) -> list[Row]:
    """Returns a row for each."""
    return [*_encoding(effort), _grouped(effort), _hydrating(effort), _busy(effort)]


@contextmanager
def _session(**settings: object) -> Iterator[Session]:
    """Yields a lasting session that nobody saves but us."""
    given = {"trust": "trusted", "autosave_s": (1000.0, 1000.0), **settings}
    with (
        sites.site(main=MAIN) as folder,
        Host(folder, watch=False, settings=Settings(**given), store=MemoryStorage()) as host,  # type: ignore[arg-type]
    ):
        yield host.create_session()


def _encoding(effort: Effort) -> list[Row]:
    with _session() as session:
        session.execute(FILL.format(TABLES - 2))
        session.execute(FLOOR)
        session.execute(BY_HEART)
        pairs = _beside(effort, session, "return #write_floor(app)")
        by_heart = _beside(effort, session, "return write_by_heart()").ratio().median
        payload = session.snapshot() or b""
        assert session.eval("return write_floor(app)") in payload
        session.save()
        unchanged = alternate(
            lambda: effort.timed(lambda: digest_of(session.snapshot() or b"")),
            lambda: effort.timed(session.save),
            effort.rounds(15, 3),
        )
    size = f"{len(payload) / 1024:.0f} KiB; {by_heart:.2g} × one that knows these tables by heart"
    return [
        ratio_row(f"snapshot of {TABLES:,} tables", pairs, 1.5, "ms", 1e3, note=size),
        limit_row("pause that such a save makes in a session's turns", pairs.ours, 50.0, "ms", 1e3),
        ratio_row("save of an unchanged session", unchanged, 1.1, "ms", 1e3, note="snapshot and digest beside it"),
    ]


def _beside(effort: Effort, session: Session, floor: str) -> Pairs:
    """Returns what a snapshot takes beside an encoder in Lua."""
    return alternate(
        lambda: effort.timed(lambda: session.eval(floor)),
        lambda: effort.timed(session.snapshot),
        effort.rounds(25, 5),
    )


def _grouped(effort: Effort) -> Row:
    """Saves of many sessions in one durable commit, beside the same rows by bare SQLite."""
    body = pack_body(b"x" * 500)
    with tempfile.TemporaryDirectory() as folder:
        bare = _bare(Path(folder) / "bare.db")
        storage = open_sqlite(Path(folder) / "ours.db")
        answers = [storage.acquire("s", f"k{i}", Owner("o"), 1000) for i in range(GROUP)]
        leases = [answer.lease for answer in answers if isinstance(answer, Acquired)]
        turn = iter(range(10**9))

        def floor() -> float:
            number = next(turn)
            return effort.timed(lambda: _commit_bare(bare, body, number))

        def ours() -> float:
            writes = [Write(lease, f"{next(turn)}", body=body, digest=b"d" * 16) for lease in leases]
            return effort.timed(lambda: storage.commit(writes))

        pairs = alternate(floor, ours, effort.rounds(40, 8))
        bare.close()
        storage.close()
    speeds = Pairs([1 / taken for taken in pairs.floor], [1 / taken for taken in pairs.ours])
    floor_speed, our_speed = (f"{GROUP * spread(side).median:,.0f}/s" for side in (speeds.floor, speeds.ours))
    work = f"durable saves, {GROUP} to a commit"
    return Row(work, floor_speed, our_speed, speeds.ratio(), "×", 0.7, at_least=True)


def _bare(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE lease (key TEXT PRIMARY KEY, fence INTEGER) WITHOUT ROWID")
    connection.execute("CREATE TABLE head (key TEXT PRIMARY KEY, rev INTEGER, digest BLOB, saved REAL) WITHOUT ROWID")
    connection.execute("CREATE TABLE body (key TEXT PRIMARY KEY, bytes BLOB)")
    for i in range(GROUP):
        connection.execute("INSERT INTO lease VALUES (?, 1)", (f"k{i}",))
    return connection


def _commit_bare(connection: sqlite3.Connection, body: bytes, number: int) -> None:
    """Looks at the fence, writes head and body: what a save is without outcomes, versions, and ids of commits."""
    connection.execute("BEGIN IMMEDIATE")
    for i in range(GROUP):
        key = f"k{i}"
        connection.execute("SELECT fence FROM lease WHERE key = ?", (key,)).fetchone()
        connection.execute("INSERT OR REPLACE INTO head VALUES (?, ?, ?, ?)", (key, number, b"d" * 16, time.time()))
        connection.execute("INSERT OR REPLACE INTO body VALUES (?, ?)", (key, body))
    connection.execute("COMMIT")


def _hydrating(effort: Effort) -> Row:
    """Sessions that come back when they are asked for, beside such as are made anew, with the same objects."""
    main = MAIN + "if not session.restored then " + FILL.format(100) + " end"
    with sites.site(main=main) as folder, tempfile.TemporaryDirectory() as data:
        settings = Settings(trust="trusted", store=f"sqlite:{data}/bench.db", autosave_s=(1000.0, 1000.0))
        with Host(folder, watch=False, settings=settings) as host:
            keys = [host.create_session().key for _ in range(SESSIONS)]

        def close(host: Host) -> None:
            for session in host.sessions:
                session.close()

        with Host(folder, watch=False, settings=settings) as host:

            def create() -> float:
                taken = effort.timed(lambda: [host.create_session() for _ in keys])
                close(host)
                return taken

            def restore() -> float:
                taken = effort.timed(lambda: [host.open_session(key) for key in keys])
                close(host)
                for key in keys:
                    host._records.keeper.config(key)  # type: ignore[union-attr]
                return taken

            pairs = alternate(create, restore, effort.rounds(12, 4))
    return ratio_row(
        "a saved session comes back: 100 objects", pairs, 2.0, "µs", 1e6 / SESSIONS, note="made anew beside"
    )


def _busy(effort: Effort) -> Row:
    """What autosave costs a session that is busy all the time."""

    def spent(autosave_s: tuple[float, float]) -> float:
        with _session(autosave_s=autosave_s) as session:
            session.execute(FILL.format(2000))
            code = "for i = 1, 20000 do app.count = app.count + i % 7 end"
            return effort.timed(lambda: [session.execute(code) for _ in range(400 if effort.is_quick else 4000)])

    pairs = alternate(lambda: spent((1000.0, 1000.0)), lambda: spent((1.0, 1.0)), effort.rounds(5, 2))
    return ratio_row("a busy session with autosave, each second", pairs, 1.05, "s", 1.0)
