"""Random small sites, and random edits of them, for Hypothesis.

A name (prototype, global function) stands in one module at a time, since who comes last is not the question here; and
a base stands in the same module or in one before it. What a file would copy into a local when it runs is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import strategies as st

PROTOTYPES = ("P0", "P1", "P2", "P3")
MEMBERS = ("a", "b", "c", "d")
GLOBALS = ("g0", "g1", "g2")
ENTRIES = ("k", "l", "m")
VALUES = ("1", "2", "2.5", "'x'", "false", "EMPTY", "{}", "{ 1, 2 }", "{ y = { 1 } }", "{ y = { 2 }, z = false }")
SCALARS = ("1", "2", "'x'", "true")
BODIES = ("return 1", "return 2", "return self.a", "return self.b", "return g0 and g0()", "return self.c, 3")
KINDS = ("field", "method", "leave", "base", "move", "undeclare", "global", "entry", "leave entry", "table", "require")

EDIT = st.tuples(st.sampled_from(KINDS), *[st.integers(0, 11)] * 4)
SEQUENCES = st.tuples(
    st.integers(2, 4),
    st.lists(EDIT, min_size=4, max_size=14),
    st.lists(st.tuples(st.lists(EDIT, min_size=1, max_size=4), st.integers(0, 15)), min_size=1, max_size=5),
)
"""How many modules; the edits that make the first site; the saves: edits, and which module breaks at first."""

Edit = tuple[str, int, int, int, int]


@dataclass
class Prototype:
    """A declaration: in which module, with which base, fields and methods. A method in `inner` stands in the init."""

    module: int
    base: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    methods: dict[str, str] = field(default_factory=dict)
    inner: set[str] = field(default_factory=set)

    def leave(self, member: str) -> None:
        """Drops a field or method."""
        self.fields.pop(member, None)
        self.methods.pop(member, None)
        self.inner.discard(member)


@dataclass
class Model:
    """What the files of a site say."""

    modules: int
    prototypes: dict[str, Prototype] = field(default_factory=dict)
    functions: dict[str, tuple[int, int]] = field(default_factory=dict)
    tables: dict[int, dict[str, str]] = field(default_factory=dict)
    requires: set[tuple[int, int]] = field(default_factory=set)

    def edit(self, edit: Edit) -> None:
        """Applies an edit, as far as it means something here."""
        kind, *picks = edit
        getattr(self, "_" + kind.replace(" ", "_"))(*picks)

    def files(self) -> dict[str, str]:
        """Returns the texts of the site."""
        texts = {f"lua/m{number}.lua": "".join(self._lines(number)) for number in range(self.modules)}
        main = "".join(f"require('m{number}')\n" for number in range(self.modules))
        return {"lua/main.lua": main, **texts}

    def _prototype(self, pick: int, module: int) -> Prototype:
        name = PROTOTYPES[pick % len(PROTOTYPES)]
        return self.prototypes.setdefault(name, Prototype(module % self.modules))

    def _field(self, pick: int, member: int, value: int, module: int) -> None:
        prototype = self._prototype(pick, module)
        prototype.leave(MEMBERS[member % len(MEMBERS)])
        prototype.fields[MEMBERS[member % len(MEMBERS)]] = VALUES[value % len(VALUES)]

    def _method(self, pick: int, member: int, body: int, module: int) -> None:
        prototype, name = self._prototype(pick, module), MEMBERS[member % len(MEMBERS)]
        prototype.leave(name)
        prototype.methods[name] = BODIES[body % len(BODIES)]
        if body >= len(BODIES):
            prototype.inner.add(name)

    def _leave(self, pick: int, member: int, _: int, module: int) -> None:
        self._prototype(pick, module).leave(MEMBERS[member % len(MEMBERS)])

    def _base(self, pick: int, base: int, _: int, module: int) -> None:
        name = PROTOTYPES[base % len(PROTOTYPES)]
        has_base = base < len(PROTOTYPES) * 2 and name < PROTOTYPES[pick % len(PROTOTYPES)] and name in self.prototypes
        self._prototype(pick, module).base = name if has_base else None
        self._settle_bases()

    def _move(self, pick: int, module: int, *_: int) -> None:
        self._prototype(pick, module).module = module % self.modules
        self._settle_bases()

    def _undeclare(self, pick: int, *_: int) -> None:
        self.prototypes.pop(PROTOTYPES[pick % len(PROTOTYPES)], None)
        self._settle_bases()

    def _settle_bases(self) -> None:
        for prototype in self.prototypes.values():
            base = self.prototypes.get(prototype.base or "")
            if base is None or base.module > prototype.module:
                prototype.base = None

    def _global(self, pick: int, module: int, value: int, _: int) -> None:
        name = GLOBALS[pick % len(GLOBALS)]
        self.functions.pop(name, None)
        if value < 9:
            self.functions[name] = (module % self.modules, value)

    def _entry(self, module: int, entry: int, value: int, _: int) -> None:
        table = self.tables.setdefault(module % self.modules, {})
        functions = (
            f"function() return {value} end",
            f"function() return M.{ENTRIES[value % len(ENTRIES)]} == nil end",
        )
        table[ENTRIES[entry % len(ENTRIES)]] = (SCALARS + functions)[value % (len(SCALARS) + len(functions))]

    def _leave_entry(self, module: int, entry: int, *_: int) -> None:
        self.tables.get(module % self.modules, {}).pop(ENTRIES[entry % len(ENTRIES)], None)

    def _table(self, module: int, *_: int) -> None:
        if self.tables.pop(module % self.modules, None) is None:
            self.tables[module % self.modules] = {}

    def _require(self, module: int, other: int, *_: int) -> None:
        module, other = module % self.modules, other % self.modules
        if other < module:
            self.requires ^= {(module, other)}

    def _lines(self, number: int) -> Iterator[str]:
        own = [name for name in PROTOTYPES if name in self.prototypes and self.prototypes[name].module == number]
        bases = {self.prototypes[self.prototypes[name].base or name].module for name in own} - {number}
        for other in sorted(bases | {other for module, other in self.requires if module == number}):
            yield f"require('m{other}')\n"
        for name in own:
            yield from _declaration(name, self.prototypes[name])
        for name, (module, value) in sorted(self.functions.items()):
            if module == number:
                yield f"function {name}() return {value} end\n"
        if number in self.tables:
            yield "local M = {}\n"
            yield from (f"M.{entry} = {value}\n" for entry, value in self.tables[number].items())
            yield "return M\n"


def _declaration(name: str, prototype: Prototype) -> Iterator[str]:
    inner = [f"{member} = function(self) {prototype.methods[member]} end" for member in sorted(prototype.inner)]
    init = ", ".join([f"{member} = {value}" for member, value in prototype.fields.items()] + inner)
    yield f"local {name} = session:prototype('{name}', {{ {init} }}, {prototype.base or 'nil'})\n".replace(
        f", {prototype.base})", f", session:prototype('{prototype.base}'))"
    )
    for member, body in prototype.methods.items():
        if member not in prototype.inner:
            yield f"function {name}:{member}() {body} end\n"
