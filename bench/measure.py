"""Measuring: the floor and ours by turns, in rounds, so that what disturbs the machine disturbs both."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Sample = Callable[[], float]
"""Does the work once and answers what it took."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much a run measures, and on which clock: `clock` answers seconds."""

    is_quick: bool = False
    clock: Callable[[], float] = time.perf_counter

    def rounds(self, full: int, quick: int = 3) -> int:
        """Returns how many rounds to take."""
        return quick if self.is_quick else full

    def timed(self, work: Callable[[], object]) -> float:
        """Returns the seconds that `work()` takes; Python's garbage is collected before, not meanwhile."""
        gc.collect()
        gc.disable()
        try:
            began = self.clock()
            work()
            return self.clock() - began
        finally:
            gc.enable()


@dataclass(frozen=True, slots=True)
class Spread:
    """The least, the median and the most of some numbers."""

    least: float
    median: float
    most: float

    def times(self, factor: float) -> Spread:
        """Returns the spread in another unit."""
        return Spread(self.least * factor, self.median * factor, self.most * factor)


def spread(numbers: Sequence[float]) -> Spread:
    """Returns the spread of at least one number."""
    return Spread(min(numbers), statistics.median(numbers), max(numbers))


@dataclass(frozen=True, slots=True)
class Pairs:
    """What floor and ours took, round by round."""

    floor: list[float]
    ours: list[float]

    def ratio(self) -> Spread:
        """Returns ours / floor of each round."""
        return spread([ours / floor for floor, ours in zip(self.floor, self.ours, strict=True)])

    def beyond(self) -> Spread:
        """Returns ours - floor of each round."""
        return spread([ours - floor for floor, ours in zip(self.floor, self.ours, strict=True)])


def alternate(floor: Sample, ours: Sample, rounds: int) -> Pairs:
    """Returns `rounds` pairs; who goes first changes from round to round, and a round before them isn't counted."""
    pairs = Pairs([], [])
    floor(), ours()
    for number in range(rounds):
        order = [(floor, pairs.floor), (ours, pairs.ours)]
        for sample, out in order if number % 2 == 0 else reversed(order):
            out.append(sample())
    return pairs
