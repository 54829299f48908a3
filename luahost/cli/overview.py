"""The overview: all commands in the order in which a site needs them, a line each."""

from __future__ import annotations

import click

__all__ = ["SECTIONS", "Listing", "Overview"]

WHOLE = 200
"""Longer than any first sentence: none is cut off."""

SECTIONS = {
    "Run a site": {
        "new": "Makes a site that runs at once.",
        "run": "Runs a site, with a prompt in a live session.",
        "serve": "Serves a site to browsers and other peers.",
    },
    "Write its Lua": {
        "check": "Finds mistakes without running anything.",
        "test": "Runs the specs.",
        "stubs": "Writes annotations for editors.",
    },
    "See what runs": {
        "repl": "Opens a prompt, here or in a running host.",
        "sessions": "Lists the sessions of a running host.",
        "inspect": "Shows what a session has.",
        "reload": "Takes what changed on disk into running sessions.",
    },
    "Keep it": {
        "store": "Lists, shows, checks and copies what is saved.",
    },
    "Set up": {
        "doctor": "Says what is wrong on this machine, and what to do.",
        "completion": "Lets the shell complete commands.",
    },
}


class Listing(click.Group):
    """A group whose help has the whole first sentence of each command."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the commands."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, self.commands[name].get_short_help_str(WHOLE)) for name in sorted(self.commands)]
            )


class Overview(click.Group):
    """The group of all commands; its help lists them by what they are for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the names of the commands in their order; one without a place comes last."""
        placed = [name for section in SECTIONS.values() for name in section if name in self.commands]
        return placed + sorted(set(self.commands) - set(placed))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the commands, section by section."""
        width = max(map(len, self.commands))
        for title, section in SECTIONS.items():
            rows = [(name.ljust(width), line) for name, line in section.items() if name in self.commands]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)
