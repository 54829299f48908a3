"""A template: the files of a new site, read from the package."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

__all__ = ["TEMPLATES", "Template"]

TEMPLATES = ("app", "contacts", "chat")

ABOUT = "about.txt"
"""What a template is about, in one line; stands in the README of its sites."""

DOT = "dot."
"""Begins the name of a file that begins with a dot in the site: a real dot would count for this repository."""


@dataclass(frozen=True, slots=True)
class Template:
    """One of TEMPLATES, by name."""

    name: str

    @property
    def about(self) -> str:
        """Returns what its sites are, in one line."""
        return _folder().joinpath(self.name, ABOUT).read_text(encoding="utf-8").strip()

    def files(self, site_name: str) -> dict[str, str]:
        """Returns the texts of a site by their paths, which have slashes; what all templates share comes first."""
        texts = dict(_texts("base", _folder().joinpath("base")))
        texts.update(_texts(self.name, _folder().joinpath(self.name)))
        del texts[ABOUT]
        texts["README.md"] = texts["README.md"].replace("{{name}}", site_name).replace("{{about}}", self.about)
        return texts


def _folder() -> Traversable:
    return resources.files("luahost.templates")


def _texts(prefix: str, folder: Traversable) -> Iterator[tuple[str, str]]:
    """Yields path and text of each file below a folder, in order; paths are relative to the template's own."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{prefix}/{entry.name}"
        if entry.is_dir():
            yield from _texts(path, entry)
        else:
            yield _name_in_site(path.partition("/")[2]), entry.read_text(encoding="utf-8")


def _name_in_site(path: str) -> str:
    return path.replace(DOT, ".", 1) if path.startswith(DOT) else path
