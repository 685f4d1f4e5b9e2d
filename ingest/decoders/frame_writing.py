"""How receivers write a frame: hex with or without separators, base64, with marks around it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import NamedTuple

from ingest.mbus.link import SHORTEST
from models.errors import RefusedError

HEAD_BYTES = 16
_HEAD_CHARACTERS = 96
_SEPARATORS = str.maketrans("", "", " _:-|#\t\r\n\0")
_HEX = re.compile(r"[0-9a-fA-F]*")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}$")


class Kind(NamedTuple):
    """Which frames are looked for.

    begins : whether a few bytes begin as one
    fits : whether bytes that begin so have the length that they say
    """

    begins: Callable[[bytes], bool]
    fits: Callable[[bytes], bool]


def begins(text: str, kind: Kind, is_certain: bool = True) -> bool:
    """Whether a text begins as a frame, in whichever writing.

    is_certain : whether something else says that it is one; else its length must fit too. Base64, in which anything
    can be written, always must.
    """
    start = text[:_HEAD_CHARACTERS]
    digits = _HEX.match(digits_of(start))
    if digits and len(digits[0]) >= 2:
        head = bytes.fromhex(digits[0][: min(len(digits[0]) & ~1, 2 * HEAD_BYTES)])
        if kind.begins(head) and (is_certain or _fits(text, kind)):
            return True
    bare = start.strip().strip('"')
    if not _BASE64.match(bare[:64].split("\n")[0]):
        return False
    try:
        return kind.begins(_from_base64(bare[:24])) and _fits(text, kind)
    except binascii.Error:
        return False


def _fits(text: str, kind: Kind) -> bool:
    try:
        return kind.fits(bytes_of(text))
    except RefusedError:
        return False


def digits_of(text: str) -> str:
    """Hex digits alone: without separators, 0x, the quotes and marks that receivers put around them."""
    bare = text.strip().strip("\"'")
    if bare.startswith("telegram="):
        bare = bare.removeprefix("telegram=")
    if "|" in bare:
        bare = max(bare.split("|"), key=len)
    if bare[:2] == "bY":  # CUL: a frame of format B
        bare = bare[2:]
    digits = bare.replace("0x", "").replace("0X", "").translate(_SEPARATORS)
    return digits[1:] if digits[:1] == "b" and len(digits) % 2 else digits


def bytes_of(text: str) -> bytes:
    """The bytes that hex or base64 means.

    Raises RefusedError decode.bad_frame where it is neither, or half a byte is missing.
    """
    try:
        return bytes.fromhex(text)
    except ValueError:
        digits = digits_of(text)
    if _HEX.fullmatch(digits):
        if len(digits) % 2:
            raise RefusedError(
                "decode.bad_frame", f"frame has {len(digits)} hex digits, half a byte too many or too few"
            )
        return bytes.fromhex(digits)
    bare = "".join(text.split()).strip('"')
    begins_as_hex = _HEX.match(digits)
    if _BASE64.match(bare) and not (begins_as_hex and len(begins_as_hex[0]) >= 2 * SHORTEST):
        try:
            return _from_base64(bare)
        except binascii.Error:
            pass
    raise RefusedError("decode.bad_frame", f"frame {text.strip()[:24]!r}… is neither hex nor base64")


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4))
