"""Views: names, attributes and paths of view definitions and pages."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from luahost.vm.routes import Routes

from .code import Code
from .finding import Finding, finding_of_file
from .pages import PREFIX, VIEW_DEFINITIONS, Attribute

__all__ = ["ViewAttribute", "ViewName", "ViewPath"]

WHOLE = ("ui-value", "ui-action", "ui-view", "ui-viewlist", "ui-namespace")
BEGINNINGS = {"ui-event-": "click", "ui-attr-": "hidden", "ui-class-": "done"}
"""Attributes whose names go on, with an example of what with."""

NAMESPACE = "ui-namespace"
WORDS = [name.removeprefix(PREFIX) for name in (*WHOLE, *BEGINNINGS)]
VIEWS = frozenset({"ui-view", "ui-viewlist"})
CONTROLS = frozenset({"input", "select", "textarea"})


class ViewName:
    """Finds files in `viewdefs/` that are no view definition of any type, and so never shown."""

    name = "view-name"
    summary = "a file in viewdefs/ that is not named Type.NAMESPACE.html"

    def look(self, code: Code) -> Iterator[Finding]:
        """Yields a finding for each such file."""
        for page in code.pages.pages:
            folder, _, rest = page.file.partition("/")
            if folder != VIEW_DEFINITIONS:
                continue
            if "/" in rest:
                yield finding_of_file(page.file, self.name, "is in a folder, where nobody looks: move it to viewdefs/")
            elif not rest.removesuffix(".html").rpartition(".")[0]:
                better = f"{rest.removesuffix('.html')}.DEFAULT.html"
                message = f"has no namespace, so that nobody shows it: name it {better}"
                yield finding_of_file(page.file, self.name, message)


class ViewAttribute:
    """Finds attributes that begin with `ui-` and mean nothing."""

    name = "view-attribute"
    summary = "an attribute ui-… that there is not"

    def look(self, code: Code) -> Iterator[Finding]:
        """Yields a finding at each such attribute."""
        for page in code.pages.pages:
            for attribute in page.attributes:
                problem = _attribute_problem(attribute)
                if problem:
                    yield page.finding(attribute, self.name, problem)


class ViewPath:
    """Finds paths that the session would refuse, whatever its objects are."""

    name = "view-path"
    summary = "a path in a page that no session can resolve"

    def look(self, code: Code) -> Iterator[Finding]:
        """Yields a finding at each attribute with such a path."""
        routes = Routes(code.settings.vm)
        for page in code.pages.pages:
            for attribute in page.attributes:
                if attribute.name == NAMESPACE or _attribute_problem(attribute):
                    continue
                problem = routes.problem(attribute.value.strip(), _access(attribute))
                if problem is not None:
                    yield page.finding(attribute, self.name, f"{attribute.name}: {problem}")


def _attribute_problem(attribute: Attribute) -> str:
    name = attribute.name
    if name == NAMESPACE and not attribute.beside & VIEWS:
        return f"{NAMESPACE} chooses a view definition: write it beside ui-view or ui-viewlist"
    if name in WHOLE or any(name.startswith(beginning) and name != beginning for beginning in BEGINNINGS):
        return ""
    for beginning, example in BEGINNINGS.items():
        if name in (beginning, beginning.removesuffix("-")):
            return f"{name} needs a name behind it, as in {beginning}{example}"
    near = [PREFIX + word for word in difflib.get_close_matches(name.removeprefix(PREFIX), WORDS, n=1)]
    there_are = ", ".join([*WHOLE, *(f"{beginning}…" for beginning in BEGINNINGS)])
    return f"there is no attribute {name}" + (f" (did you mean {near[0]}?)" if near else f"; there are {there_are}")


def _access(attribute: Attribute) -> str:
    """Returns what a page does with the value at the path."""
    if attribute.name == "ui-action" or attribute.name.startswith("ui-event-"):
        return "action"
    if attribute.name == "ui-value" and attribute.tag in CONTROLS:
        return "w" if attribute.value.partition("?")[0].strip().endswith("(_)") else "rw"
    return "r"
