"""From a URL to a storage, and what is wrong with a URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.errors import SettingsError
from luahost.storage.opening import open_storage
from luahost.storage.port import Acquired, Owner, Write
from luahost.storage.queries import checked_prefix, load_queries


def test_open_when_memory_then_is_not_durable() -> None:
    """`memory:` ends with its process."""
    assert not open_storage("memory:").capabilities.durable


def test_open_when_sqlite_then_the_path_is_from_the_site(tmp_path: Path) -> None:
    """A relative path is the site's, and folders are made (BB-jsonl-2)."""
    open_storage("sqlite:.luahost/sessions.db", site=tmp_path).close()
    assert (tmp_path / ".luahost" / "sessions.db").is_file()


@pytest.mark.parametrize("slashes", ["", "//"])
def test_open_when_the_path_is_absolute_then_is_taken_as_it_is(tmp_path: Path, slashes: str) -> None:
    """An absolute path may be written with two slashes more, as other programs do."""
    open_storage(f"sqlite:{slashes}{tmp_path}/x.db", site="/nowhere").close()
    assert (tmp_path / "x.db").is_file()


@pytest.mark.parametrize("url", ["", "memory", "memory:x", "sqlite:", "mysql://h/d", "postgresql:x", "redis://me:pw@h"])
def test_open_when_the_url_is_unknown_then_says_which_there_are_and_no_password(url: str) -> None:
    """A wrong URL is refused with the forms there are, without what may be a password."""
    with pytest.raises(SettingsError, match=r"allowed: memory:, sqlite:PATH") as raised:
        open_storage(url)
    assert "pw" not in str(raised.value)


@pytest.mark.parametrize("prefix", ["1a", "a-b", "a b", "a;", "ä", "x" * 49, "a\n", 'a"'])
def test_prefix_when_it_could_mean_more_than_a_name_then_is_refused(prefix: str) -> None:
    """Table names are checked whole, in ASCII."""
    with pytest.raises(SettingsError, match="prefix"):
        checked_prefix(prefix)


@pytest.mark.parametrize("prefix", ["", "a", "_x9", "x" * 48])
def test_prefix_when_it_is_a_name_then_is_taken(prefix: str) -> None:
    """Letters, digits and underscores are fine."""
    assert checked_prefix(prefix) == prefix


def test_prefix_when_two_share_a_file_then_do_not_see_each_other(tmp_path: Path) -> None:
    """Two sites may share a database by their prefixes."""
    one, two = (open_storage(f"sqlite:x.db?prefix={name}_", site=tmp_path) for name in ("one", "two"))
    acquired = one.acquire("s", "k", Owner("a"), 15)
    assert isinstance(acquired, Acquired)
    one.commit([Write(acquired.lease, "c", body=b"x")])
    assert [len(list(storage.scan("s"))) for storage in (one, two)] == [1, 0]
    one.close()
    two.close()


def test_queries_when_loaded_then_names_are_bound_in_order() -> None:
    """A statement's parameters are known by name; a cast of the other database is none."""
    words = {"now": "now()::double precision", "locking": "", "locking_lease": ""}
    queries = load_queries(prefix="p_", words=words, mark="%s")
    assert queries["renew"].parameters == ("ttl_s", "owner")
    assert "p_lease" in queries["renew"].text
    assert "::double precision" in queries["renew"].text
