"""`luahost completion`: the script that lets a shell complete luahost's commands and options."""

from __future__ import annotations

import sys

import click
from click.shell_completion import get_completion_class

__all__ = ["completion"]

PROGRAM, VARIABLE = "luahost", "_LUAHOST_COMPLETE"
"""The script asks the program by this variable; click's own name for it."""

INSTALL = {
    "bash": "echo 'source <(luahost completion bash)' >> ~/.bashrc",
    "zsh": "echo 'source <(luahost completion zsh)' >> ~/.zshrc",
    "fish": "luahost completion fish > ~/.config/fish/completions/luahost.fish",
}

EPILOG = "\b\nExamples, which install it:\n" + "\n".join(f"  {line}" for line in INSTALL.values())


@click.command(epilog=EPILOG)
@click.argument("shell", type=click.Choice(list(INSTALL)), metavar="SHELL")
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Prints the script by which SHELL (bash, zsh or fish) completes commands, options and folders.

    It takes effect in shells that are started afterwards.
    """
    maker = get_completion_class(shell)
    assert maker is not None, "click knows all of INSTALL"
    click.echo(maker(context.find_root().command, {}, PROGRAM, VARIABLE).source())
    if sys.stdout.isatty():
        click.echo(f"# to install it: {INSTALL[shell]}", err=True)
    return 0
