"""Random sites whose files are saved at random: each in a folder and with a host of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from live_site import LiveSite
from site_edits import SEQUENCES, Edit, Model

from luahost import Settings
from tests.site_files import write_files

Saves = list[tuple[list[Edit], int]]
"""The edits of each save, and which module breaks at first."""

LiveThrough = Callable[[LiveSite, Model, Saves], None]
"""Saves to a site whose files say what the model says, and checks what becomes of its session."""


def check_random_saves(live_through: LiveThrough, vm: str, examples: int, *, undo: bool = False) -> None:
    """Lets so many random sites live through random saves, the same ones each time it is called."""

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(SEQUENCES)
    def check(sequence: tuple[int, list[Edit], Saves]) -> None:
        modules, first, saves = sequence
        model = Model(modules)
        for edit in first:
            model.edit(edit)
        with tempfile.TemporaryDirectory() as folder:
            live = _opened(Path(folder), model, Settings(vm=vm), undo=undo)
            try:
                live_through(live, model, saves)
            finally:
                live.close()

    check()


def _opened(folder: Path, model: Model, settings: Settings, *, undo: bool) -> LiveSite:
    write_files(folder, model.files())
    return LiveSite(folder, settings, is_watched=False, undo=undo)
