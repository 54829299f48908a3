"""The form in which bytes lie in a database."""

from __future__ import annotations

import os
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luahost.errors import Damaged, NewerData
from luahost.storage.body import check_body, digest_of, pack_body, unpack_body

SMALL, LARGE = b"a small payload", b"a large payload " * 500


@given(st.binary(max_size=3000))
def test_body_when_unpacked_then_is_what_was_packed(payload: bytes) -> None:
    """Whatever the bytes are, they come back."""
    assert unpack_body(pack_body(payload)) == payload


@pytest.mark.parametrize("payload", [SMALL, LARGE])
def test_body_when_any_byte_is_changed_then_is_refused(payload: bytes) -> None:
    """A flipped bit at every offset is found, in the header as in the payload."""
    body = pack_body(payload)
    for at in range(len(body)):
        changed = body[:at] + bytes([body[at] ^ (1 << at % 8)]) + body[at + 1 :]
        with pytest.raises((Damaged, NewerData)):
            unpack_body(changed)
        with pytest.raises((Damaged, NewerData)):
            check_body(changed)


@pytest.mark.parametrize("payload", [SMALL, LARGE])
def test_body_when_cut_or_longer_then_is_refused(payload: bytes) -> None:
    """A body that ends too early or too late is none."""
    body = pack_body(payload)
    for wrong in [*(body[:at] for at in range(len(body))), body + b"x"]:
        with pytest.raises(Damaged):
            unpack_body(wrong)


def test_body_when_large_then_is_packed_smaller() -> None:
    """What packing makes smaller is packed, from one KiB on; noise stays as it is."""
    assert len(pack_body(LARGE)) < len(LARGE) / 10
    noise = os.urandom(5000)
    assert noise in pack_body(noise)
    assert SMALL in pack_body(SMALL)


def test_body_when_the_format_is_newer_then_says_that_and_not_that_it_is_damaged() -> None:
    """A newer release's data is told apart from what is broken: it must not be written over."""
    body = pack_body(SMALL)
    with pytest.raises(NewerData, match="format 2"):
        unpack_body(body[:4] + b"\2" + body[5:])


def test_body_when_it_unpacks_to_too_much_then_is_refused_before() -> None:
    """A compression bomb with a good checksum is refused by the length that it says, or by what comes out of it."""
    bomb = pack_body(b"\0" * 10_000_000)
    with pytest.raises(Damaged, match="max_record_mb"):
        unpack_body(bomb, most_bytes=1_000_000)
    with pytest.raises(Damaged, match="another length"):
        unpack_body(_saying(1000, zlib.compress(b"\0" * 10_000_000, 1)))


def _saying(size_bytes: int, stored: bytes) -> bytes:
    from luahost.storage import body

    head = struct.pack(">4sBBQ16s", b"LUAH", 1, 1, size_bytes, body._sum(1, size_bytes, stored))
    return head + stored


def test_digest_when_payloads_differ_then_differs() -> None:
    """Two states are told apart by their digests."""
    assert digest_of(b"a") != digest_of(b"b")
    assert digest_of(b"a") == digest_of(b"a")
