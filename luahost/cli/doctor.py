"""`luahost doctor`: what is the matter with this machine and a site, and what to do."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import click

from luahost.doctor.examination import examine
from luahost.doctor.finding import Finding

from .arguments import site_argument
from .render.screen import Screen

__all__ = ["doctor"]

ENVIRONMENT = 3

EPILOG = """\b
Examples:
  luahost doctor mysite
  luahost doctor --json
"""


@click.command(epilog=EPILOG)
@site_argument
@click.option("--json", "as_json", is_flag=True, help="Prints JSON.")
def doctor(site: str | None, as_json: bool) -> int:
    """Checks the installation, the limits, the settings and the site in the folder SITE (this one by default).

    Tries what can be tried: a turn that doesn't end, a save that is to be noticed. Exits with 3 if something is wrong.
    """
    findings = list(examine(site, os.environ))
    if as_json:
        click.echo(_json(findings))
    else:
        Screen(Path(site or ".")).findings(findings)
    return 0 if _is_fine(findings) else ENVIRONMENT


def _is_fine(findings: list[Finding]) -> bool:
    return all(finding.level != "wrong" for finding in findings)


def _json(findings: list[Finding]) -> str:
    return json.dumps({"ok": _is_fine(findings), "findings": [asdict(finding) for finding in findings]}, indent=2)
