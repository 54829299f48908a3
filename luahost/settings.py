"""Settings: what a host may be told, where it is told from, and what is wrong with what it was told."""

from __future__ import annotations

import difflib
import math
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from .errors import SettingsError

__all__ = [
    "FILE_NAME",
    "RUN_DEFAULTS",
    "SERVE_DEFAULTS",
    "VARIABLE_PREFIX",
    "Settings",
    "load_settings",
    "settings_sources",
]

FILE_NAME = "luahost.toml"
VARIABLE_PREFIX = "LUAHOST_"

RUN_DEFAULTS: Mapping[str, Any] = {"trust": "trusted"}
SERVE_DEFAULTS: Mapping[str, Any] = {"max_sessions": 1000}
"""What the two commands have where nothing else is said, over the table's defaults."""

Grant = Literal["io", "os", "os.execute", "os.getenv", "debug", "remote_code"]
Whole = Annotated[int, msgspec.Meta(ge=0)]
Mebibytes = Annotated[int, msgspec.Meta(ge=0, le=1024 * 1024)]
# Python's locks wait for 292 years at most.
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1_000_000_000)]
Origin = Annotated[str, msgspec.Meta(pattern=r"^(\*|https?://[^/\s]+)$")]
Store = Annotated[str, msgspec.Meta(pattern=r"^(memory:|sqlite:.+|postgres(ql)?://.*)?$")]
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]

REFUSED_VMS = frozenset({"lua51", "lua52", "lua53", "luajit20"})


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force in one host. Checked when made: a wrong value raises SettingsError naming the key.

    Numbers of seconds, megabytes, sessions and connections are 0 for "none". `roots` are folders outside the site that
    modules may come from; `origins` are those of pages from elsewhere that may connect. `port` 0 is any free one.
    Lists are taken for tuples, and paths for texts.
    """

    site: str = "."
    vm: Literal["lua54", "lua55", "luajit21"] = "lua54"
    roots: tuple[str, ...] = ()
    trust: Literal["trusted", "sandbox"] = "sandbox"
    allow: tuple[Grant, ...] = ()
    memory_limit_mb: Mebibytes = 64
    time_limit_s: Seconds = 5.0
    load_time_limit_s: Seconds = 10.0
    wait_s: Seconds = 5.0
    watch: bool = True
    poll_s: Seconds = 0.0
    cascade: bool = False
    on_delete: Literal["keep", "unload"] = "keep"
    on_mutate_error: Literal["isolate", "rollback"] = "isolate"
    store: Store = ""
    durability: Literal["interval", "ack"] = "interval"
    autosave_s: tuple[Seconds, Seconds] = (1.0, 5.0)
    idle_after_s: Seconds = 0.0
    expire_after_s: Seconds = 0.0
    max_record_mb: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 16
    session_timeout_s: Seconds = 86400.0
    max_sessions: Whole = 0
    max_connections: Whole = 100
    max_message_kb: Whole = 1024
    host: str = "127.0.0.1"
    port: Port = 8080
    token: str = ""
    origins: tuple[Origin, ...] = ()
    log_level: Literal["error", "warn", "info", "debug", "trace"] = "info"
    log_format: Literal["auto", "console", "json"] = "auto"

    def __post_init__(self) -> None:
        """Checks every value; raises SettingsError with all that are wrong."""
        for key, value in _values(("", key, getattr(self, key)) for key in _kinds()).items():
            msgspec.structs.force_setattr(self, key, value)


def load_settings(
    site: str | os.PathLike[str] | None = None,
    *,
    flags: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Settings:
    """Returns what `flags` say, over LUAHOST_* in `env`, over luahost.toml in the site, over `defaults`.

    A flag that is None was not given. `defaults` are a command's own, over the table's. Without `site`,
    LUAHOST_SITE names it, or it is the current folder. Raises SettingsError naming the key, its source and
    the allowed values, with all that is wrong in the first source where something is.
    """
    folder, layers = _layers(site, flags, env)
    values: dict[str, Any] = dict(defaults or {})
    for layer in layers.values():
        values.update(layer)
    return Settings(**{**values, "site": folder})


def settings_sources(
    site: str | os.PathLike[str] | None = None, *, env: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Returns for each key where `load_settings` takes its value from: "LUAHOST_VM", "luahost.toml", "default", …"""
    sources = dict.fromkeys(_kinds(), "default")
    for name, layer in _layers(site, None, env)[1].items():
        sources.update({key: name or VARIABLE_PREFIX + key.upper() for key in layer})
    return {**sources, "site": "argument"} if site is not None else sources


def _layers(
    site: str | os.PathLike[str] | None, flags: Mapping[str, Any] | None, env: Mapping[str, str] | None
) -> tuple[str, dict[str, dict[str, Any]]]:
    """Returns the site's folder, and what each source says, the nearest last; variables go by their own names."""
    variables = _variables(env or {})
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    folder = os.fspath(site) if site is not None else variables.get("site", ".")
    return folder, {FILE_NAME: _file(Path(folder)), "": variables, "flag": _flags(given)}


def _flags(given: Mapping[str, Any]) -> dict[str, Any]:
    return _values(("--" + key.replace("_", "-"), key, value) for key, value in given.items())


def _variables(env: Mapping[str, str]) -> dict[str, Any]:
    """Returns the settings among the environment's variables, their texts read as the key's type."""
    names = sorted(name for name in env if name.startswith(VARIABLE_PREFIX))
    return _values((name, name.removeprefix(VARIABLE_PREFIX).lower(), env[name]) for name in names)


def _file(site: Path) -> dict[str, Any]:
    """Returns what luahost.toml in `site` says; nothing if there is none."""
    values = _values((FILE_NAME, key, value) for key, value in _toml(site / FILE_NAME).items())
    if "roots" in values:
        values["roots"] = tuple(str(site / root) for root in values["roots"])
    return values


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except NotADirectoryError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: can't be read: {error}") from error


def _kinds() -> dict[str, Any]:
    """Returns the type of each key, in the order of the table."""
    return {field.name: field.type for field in msgspec.structs.fields(Settings)}


def _values(given: Iterable[tuple[str, str, Any]]) -> dict[str, Any]:
    """Returns checked values by key, from sources, keys and values; raises SettingsError with all that are wrong."""
    kinds, values = _kinds(), {}
    unknown: list[tuple[str, str]] = []
    problems: list[str] = []
    for source, key, value in given:
        if key not in kinds:
            unknown.append((source, key))
            continue
        try:
            values[key] = _checked(source, key, kinds[key], value)
        except SettingsError as error:
            problems += error.problems
    if unknown or problems:
        raise SettingsError(*_unknown(unknown, kinds), *problems)
    return values


def _unknown(given: Sequence[tuple[str, str]], kinds: Iterable[str]) -> Iterator[str]:
    """Yields what is said of each unknown key; the known ones, which make a long line, are listed with the last."""
    for index, (source, key) in enumerate(given, 1):
        words = {name: VARIABLE_PREFIX + name.upper() if _is_variable(source) else name for name in kinds}
        place = source if _is_variable(source) else f"{source}: {key}"
        known = f"; there are: {', '.join(words.values())}" if index == len(given) else ""
        yield f"{place}: no such setting{_hint(key, words)}{known}"


def _is_variable(source: str) -> bool:
    return source.startswith(VARIABLE_PREFIX)


def _checked(source: str, key: str, kind: Any, value: Any) -> Any:
    """Returns `value` as the type of `key` has it, a variable's text read as that; raises SettingsError."""
    if (source, key) == (FILE_NAME, "site"):
        raise SettingsError(f"{FILE_NAME}: site: not here, for the file lies in the site")
    plain = _split(value, kind) if _is_variable(source) else _plain(value)
    try:
        checked = msgspec.convert(plain, kind, strict=not _is_variable(source))
    except msgspec.ValidationError as error:
        raise SettingsError(_complaint(key, kind, plain, source, error)) from error
    if key == "autosave_s" and checked[1] < checked[0]:
        raise SettingsError(
            f"{_place(source)}{key}: {list(checked)} is not allowed: the second is the latest moment; allowed: "
            f"{_allowed(kind)}"
        )
    if isinstance(checked, float) and not math.isfinite(checked):
        raise SettingsError(f"{_place(source)}{key}: {checked} is not allowed; allowed: {_allowed(kind)}")
    return checked


def _complaint(key: str, kind: Any, value: Any, source: str, error: msgspec.ValidationError) -> str:
    index = re.search(r"\$\[(\d+)\]", str(error))
    if index is not None:
        value, key = value[int(index[1])], f"{key}[{index[1]}]"
    shown = re.sub("//[^/@]*@", "//…@", repr(value)) if not isinstance(value, bool) else str(value).lower()
    is_too_much = "<=" in str(error)
    allowed = _allowed(kind, is_too_much=is_too_much)
    return f"{_place(source)}{key}: {shown} is not allowed{_reason(kind, value)}; allowed: {allowed}"


def _place(source: str) -> str:
    return f"{source}: " if source else ""


def _reason(kind: Any, value: object) -> str:
    words = _words(kind)
    if not isinstance(value, str) or value in words:
        return ""
    if "lua54" in words and value in REFUSED_VMS:
        return ": lupa's 5.1, 5.2, 5.3 and LuaJIT 2.0 crash, lose references or have no memory limit"
    return _hint(value, {word: word for word in words})


def _hint(word: str, words: Mapping[str, str]) -> str:
    """Returns the nearest of `words`, as it is shown."""
    close = difflib.get_close_matches(word, words, n=1)
    return f" (did you mean {words[close[0]]!r}?)" if close else ""


def _words(kind: Any) -> tuple[str, ...]:
    """Returns the words that a key of this type is made of; none if it takes any text, or no text."""
    if get_origin(kind) is tuple:
        return _words(get_args(kind)[0])
    return get_args(kind) if get_origin(kind) is Literal else ()


def _allowed(kind: Any, *, is_too_much: bool = False) -> str:
    words = ", ".join(_words(kind))
    if get_origin(kind) is tuple and get_args(kind)[-1] is not Ellipsis:
        return "two numbers, 0 or more: [1, 5]"
    if get_origin(kind) is tuple:
        texts = "folders" if get_args(kind)[0] is str else "origins, like https://example.org, or *"
        return f"a list of {words or texts}"
    if words:
        return words
    if kind is Store:
        return "memory:, sqlite:PATH or postgresql://HOST/DATABASE"
    if get_origin(kind) is Annotated:
        return _numbers(*get_args(kind), is_too_much=is_too_much)
    return "true, false" if kind is bool else "a text"


def _numbers(base: type, bounds: msgspec.Meta, *, is_too_much: bool) -> str:
    """Returns which numbers there may be; a bound far beyond sense only to who went beyond it."""
    noun = "a whole number" if base is int else "a number"
    if bounds.le is None or (bounds.le >= 1_000_000_000 and not is_too_much):
        return f"{noun}, {bounds.ge} or more"
    return f"{noun} from {bounds.ge} to {bounds.le}"


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else _text(value)


def _text(value: Any) -> Any:
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _split(text: str, kind: Any) -> str | list[str]:
    """Returns a variable's text; for a key that takes a list, its words between commas."""
    if get_origin(kind) is not tuple:
        return text
    return [word.strip() for word in text.split(",") if word.strip()]
