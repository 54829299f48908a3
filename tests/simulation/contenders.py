"""Sixteen processes that want one session: one has it, each time.

python -m tests.simulation.contenders --rounds 1000 --store sqlite:PATH
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from typing import BinaryIO

from luahost.storage.opening import open_storage
from luahost.storage.port import Acquired, Owner


class Contender:
    """A process of its own that asks for the keys it is told, and says whether it has them."""

    def __init__(self, url: str, name: str) -> None:
        keys, self._keys = os.pipe()
        self._answers, answers = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._keys)
            try:
                _contend(url, name, os.fdopen(keys, "rb"), answers)
            finally:
                os._exit(0)
        os.close(keys)
        os.close(answers)

    def ask(self, key: str) -> None:
        """Tells a key; the answer comes later."""
        os.write(self._keys, key.encode() + b"\n")

    def has_won(self) -> bool:
        """Returns the answer; raises where there is none."""
        answer = os.read(self._answers, 1)
        assert answer in (b"+", b"-"), "a contender failed"
        return answer == b"+"

    def end(self) -> None:
        """Ends the process."""
        os.close(self._keys)
        os.waitpid(self._pid, 0)
        os.close(self._answers)


def _contend(url: str, name: str, keys: BinaryIO, answers: int) -> None:
    # The pipes of those that were forked before are open here, too: they end when all have.
    storage = open_storage(url)
    os.write(answers, b"+")
    for line in keys:
        if line == b"end\n":
            break
        answer = storage.acquire("s", line.decode().strip(), Owner(name), 60)
        os.write(answers, b"+" if isinstance(answer, Acquired) else b"-")
    storage.close()


def contend(url: str, processes: int, rounds: int) -> list[int]:
    """Returns how many won in each round."""
    contenders = [Contender(url, f"owner {at}") for at in range(processes)]
    for contender in contenders:
        assert contender.has_won()  # it is ready
    winners, token = [], secrets.token_hex(4)
    for at in range(rounds):
        for contender in contenders:
            contender.ask(f"{token} {at}")
        winners.append(sum(contender.has_won() for contender in contenders))
    for contender in contenders:
        contender.ask("end")
    for contender in contenders:
        contender.end()
    return winners


def main() -> int:
    """Runs as the arguments say; returns 1 if there ever was another number of winners than one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--store", required=True)
    arguments = parser.parse_args()
    winners = contend(arguments.store, arguments.processes, arguments.rounds)
    wrong = [count for count in winners if count != 1]
    print(f"{arguments.processes} processes, {len(winners)} rounds: {len(winners) - len(wrong)} with one winner")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
