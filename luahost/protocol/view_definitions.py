"""View definitions, as far as connections go: what a session offers, and what one connection has got of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

__all__ = ["Definitions", "Delivered", "SessionDefinitions", "type_of"]


class Definitions(Protocol):
    """Where view definitions come from."""

    def of_type(self, type: str) -> Mapping[str, str]:
        """Returns the definitions of a type by their keys, `Type.NAMESPACE`."""


class SessionDefinitions:
    """What one session offers: what its modules registered, over what lies in the site."""

    __slots__ = ("_registered", "_site")

    def __init__(self, site: Definitions) -> None:
        self._site = site
        self._registered: dict[str, dict[str, str]] = {}

    def register(self, definitions: Mapping[str, str]) -> None:
        """Takes all that the session's modules have registered now."""
        registered: dict[str, dict[str, str]] = {}
        for key, html in definitions.items():
            registered.setdefault(type_of(key), {})[key] = html
        self._registered = registered

    def of_type(self, type: str) -> Mapping[str, str]:
        """Returns the definitions of a type."""
        return {**self._site.of_type(type), **self._registered.get(type, {})}


class Delivered:
    """What one connection has got. A type's definitions are due when it first appears, and those that change again.

    One that has gone is due as the empty text, which is that of no definition.
    """

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._types: dict[str, None] = {}
        self._had: dict[str, str] = {}
        self._is_looked_at = True

    def appear(self, type: str) -> None:
        """Notes that a variable of this type is about to be shown to the connection."""
        if type not in self._types:
            self._types[type] = None
            self._is_looked_at = False

    def look(self) -> bool:
        """Notes that definitions may have changed; returns whether something is due now."""
        self._is_looked_at = False
        return bool(self._changed())

    def take(self) -> dict[str, str]:
        """Returns what is due, and counts it as delivered."""
        if self._is_looked_at:
            return {}
        due = self._changed()
        self._had = {key: html for key, html in {**self._had, **due}.items() if html}
        self._is_looked_at = True
        return due

    def _changed(self) -> dict[str, str]:
        now = {key: html for type in self._types for key, html in self._definitions.of_type(type).items()}
        gone = {key: "" for key in self._had if key not in now}
        return {**gone, **{key: html for key, html in now.items() if self._had.get(key, "") != html}}


def type_of(key: str) -> str:
    """Returns the type in a key, `Type.NAMESPACE`."""
    return key.rpartition(".")[0]
