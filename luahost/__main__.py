"""The console script, and `python -m luahost` where that is not on the path."""

from __future__ import annotations

import sys

__all__ = ["main"]

INTERRUPTED = 130


def main() -> None:
    """Runs the command line. Loading it takes a while, in which Ctrl-C is no traceback either."""
    try:
        from luahost.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
