"""The body: how a snapshot's bytes lie in a database, so that what is read is what was written, or an error."""

from __future__ import annotations

import struct
import zlib
from hashlib import blake2b

from luahost.errors import Damaged, NewerData

__all__ = ["check_body", "digest_of", "pack_body", "unpack_body"]

MAGIC = b"LUAH"
FORMAT = 1
ZIPPED = 1
DIGEST_BYTES = 16
ZIP_FROM_BYTES = 1024
MOST_BYTES = 1 << 30

_HEAD = struct.Struct(f">4sBBQ{DIGEST_BYTES}s")


def digest_of(payload: bytes) -> bytes:
    """Returns the digest by which two payloads are told apart."""
    return blake2b(payload, digest_size=DIGEST_BYTES).digest()


def pack_body(payload: bytes) -> bytes:
    """Returns a payload as it is stored: a header, then the payload, packed where that makes it smaller.

    The digest is over flags, length and payload, so that no byte of the body can change unseen.
    """
    zipped = zlib.compress(payload, 1) if len(payload) >= ZIP_FROM_BYTES else payload
    is_smaller = len(zipped) < len(payload)
    flags, stored = (ZIPPED, zipped) if is_smaller else (0, payload)
    return _HEAD.pack(MAGIC, FORMAT, flags, len(payload), _sum(flags, len(payload), stored)) + stored


def unpack_body(body: bytes, *, most_bytes: int = MOST_BYTES) -> bytes:
    """Returns the payload; raises Damaged if a byte has changed, NewerData for a format that came later."""
    flags, size_bytes, stored = _checked(body)
    if size_bytes > most_bytes:
        raise Damaged(
            f"a payload of {size_bytes} bytes, more than the {most_bytes} that may be (setting max_record_mb)"
        )
    if not flags & ZIPPED:
        return stored
    unzip = zlib.decompressobj()
    try:
        payload = unzip.decompress(stored, size_bytes + 1)
    except zlib.error as error:
        raise Damaged(f"the body can't be unpacked: {error}") from error
    if len(payload) != size_bytes or not unzip.eof:
        raise Damaged("the body unpacks to another length than it says")
    return payload


def check_body(body: bytes) -> None:
    """Raises what `unpack_body` would, without unpacking."""
    _checked(body)


def _checked(body: bytes) -> tuple[int, int, bytes]:
    if len(body) < _HEAD.size or body[:4] != MAGIC:
        raise Damaged("the body has no header of luahost")
    _, form, flags, size_bytes, digest = _HEAD.unpack_from(body)
    stored = body[_HEAD.size :]
    if form > FORMAT:
        raise NewerData(f"the body has format {form}, which a newer version of luahost wrote")
    if form < FORMAT or flags & ~ZIPPED or digest != _sum(flags, size_bytes, stored):
        raise Damaged("the checksum is wrong: the body is not what was written")
    if not flags and size_bytes != len(stored):
        raise Damaged("the body has another length than it says")
    return flags, size_bytes, stored


def _sum(flags: int, size_bytes: int, stored: bytes) -> bytes:
    return blake2b(stored, digest_size=DIGEST_BYTES, salt=struct.pack(">BQ", flags, size_bytes)).digest()
