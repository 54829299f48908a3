"""The lints: all that there are, in the order in which they are told of."""

from __future__ import annotations

from .circular_requires import CircularRequire
from .copied_functions import CopiedFunction, CopiedMethod
from .duplicate_prototypes import DuplicatePrototype
from .files import FILE_LINTS
from .lint import Lint
from .shared_defaults import SharedTableDefault
from .undeclared_globals import UndeclaredGlobal
from .unknown_allows import UnknownAllow
from .unresolved_requires import UnresolvedRequire
from .views import ViewAttribute, ViewName, ViewPath

__all__ = ["all_lints"]


def all_lints() -> tuple[Lint, ...]:
    """Returns the lints."""
    lints: tuple[Lint, ...] = (
        *FILE_LINTS,
        UnresolvedRequire(),
        CircularRequire(),
        SharedTableDefault(),
        DuplicatePrototype(),
        CopiedMethod(),
        CopiedFunction(),
        UndeclaredGlobal(),
        ViewName(),
        ViewAttribute(),
        ViewPath(),
    )
    return (*lints, UnknownAllow([lint.name for lint in lints]))
