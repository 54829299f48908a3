"""The code: all Lua of a site, read and parsed once; what the lints look at."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from luahost.errors import SiteError
from luahost.loading.emptiness import FOLDERS, emptiness
from luahost.loading.site import Site
from luahost.settings import Settings
from luahost.vm.compiler import Compiler

from .chunk import Chunk
from .comment import comments_of
from .finding import Finding, printable
from .listing import list_files
from .meanings import Meanings
from .methods import Methods
from .names import read_names
from .pages import Pages, read_pages
from .parser import Parser
from .reading import read_file
from .requires import Require, read_requires
from .syntax import Compile, syntax_finding

__all__ = ["Code", "read_code"]


class Code:
    """The chunks of a site by their tracking keys, in order, with what they require; and its pages.

    `findings` are about what could not be read, parsed or reached; `notes` about what was left out.
    """

    def __init__(self, site: Site, settings: Settings, pages: Pages) -> None:
        self.site = site
        self.settings = settings
        self.pages = pages
        self.chunks: dict[str, Chunk] = {}
        self.requires: list[Require] = []
        self.findings: list[Finding] = list(pages.findings)
        self.notes: list[str] = list(pages.notes)
        self.files: dict[str, None] = {}

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """Returns the names under which the site's own files can be required."""
        return tuple(_module_names(self.files))

    @cached_property
    def meanings(self) -> Meanings:
        """Returns what answers which prototype or module an expression means."""
        return Meanings(self)

    @cached_property
    def methods(self) -> Methods:
        """Returns what answers where functions are written."""
        return Methods(self, self.meanings)

    @cached_property
    def required(self) -> dict[str, list[str]]:
        """Returns the files that each file requires, at load or later."""
        required: dict[str, list[str]] = {}
        for require in self.requires:
            if require.key is not None:
                required.setdefault(require.chunk.key, []).append(require.key)
        return required


def read_code(site: Site, settings: Settings) -> Code:
    """Returns the code in the site's `lua/` and `apps/`, and wherever else that requires something.

    Raises SiteError if the site has neither folder, ExtraMissing if no parser is installed.
    """
    if line := emptiness(settings.site):
        raise SiteError(line)
    return _Reader(site, settings).read()


class _Reader:
    """Reads files, and those that they require, until there are no more."""

    def __init__(self, site: Site, settings: Settings) -> None:
        self._code = Code(site, settings, read_pages(site))
        self._parser = Parser()
        self._compile: Compile = Compiler(settings.vm).compile

    def read(self) -> Code:
        """Returns the code."""
        listing = list_files(self._code.site, FOLDERS, ".lua")
        self._code.findings += listing.findings
        left = list(dict.fromkeys(listing.keys.values()))
        while left:
            self._code.files.update(dict.fromkeys(left))
            for key in left:
                self._file(key)
            required = (require.key for require in self._code.requires)
            left = [key for key in dict.fromkeys(required) if key is not None and key not in self._code.files]
        return self._code

    def _file(self, key: str) -> None:
        code = self._code
        reading = read_file(code.site.path(key), key)
        code.findings += reading.findings
        if reading.note:
            code.notes.append(reading.note)
        if reading.text is None:
            return
        wrong = syntax_finding(reading.text, key, self._compile)
        if wrong is not None:
            code.findings.append(wrong)
            return
        root = self._parser.parse(reading.text.raw)
        if root.has_error:
            # What the grammar doesn't know yet, or only one dialect has: a lint that guessed would be wrong.
            code.notes.append(f"{printable(key)}: only its syntax was checked: the parser doesn't know all of its code")
            return
        chunk = code.chunks[key] = Chunk(key, reading.text, root, read_names(root), comments_of(root, reading.text))
        code.requires += read_requires(chunk, code.site, code.settings.vm)


def _module_names(keys: dict[str, None]) -> Iterator[str]:
    for key in keys:
        path = key.removesuffix(".lua").removesuffix("/init")
        for folder in FOLDERS:
            path = path.removeprefix(f"{folder}/")
        yield path.replace("/", ".")
