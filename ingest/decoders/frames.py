"""Frames in a payload: as bytes, as hex or base64, in a receiver's lines, in a gateway's JSON.

`begins` says of a few bytes whether the frames looked for begin so.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from ingest.decoders import names
from ingest.decoders.document import Document, Json
from ingest.mbus.link import SHORTEST
from models.errors import RefusedError

Begins = Callable[[bytes], bool]

_HEAD_BYTES = 16
_HEAD_CHARACTERS = 96
_PLAIN_HEAD = 48
_FRAMES_AT_MOST = 3000
_SEPARATORS = str.maketrans("", "", " _:-|#\t\r\n\0")
_HEX = re.compile(r"[0-9a-fA-F]*")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}$")
_RTL_WMBUS = re.compile(r"[A-Z]\d[AB]?;(?P<checked>\d);\d;(?P<time>[^;]{0,32});(?:[^;]*;){1,4}0x(?P<hex>[0-9a-fA-F]+)$")
"""rtl-wmbus: mode; check sum right; symbols right; local time; two signal strengths; number; frame."""

_FIELDS = frozenset(
    str.split(
        """telegram telegrams frame frames datagram wmbus mbus raw raw_telegram raw_data raw_frame rawdata hex payload
        payload_hex data message packet value body msg bytes content"""
    )
)
_WRAPPERS = frozenset(["data", "payload", "message", "telegram", "telegrams", "frames", "wmbus", "mbus", "body"])


class Frame(NamedTuple):
    """A frame and what its receiver says of it.

    fields : the object around it, empty where there is none
    time : when the receiver heard it, as it writes it, None where it does not say
    refusal : why one of several is none, so that it costs only itself
    """

    data: bytes
    time: Json = None
    fields: dict[str, Json] = {}  # noqa: RUF012 - of a NamedTuple, and never changed
    refusal: RefusedError | None = None

    @property
    def whole(self) -> bytes:
        """The frame's bytes. Raises RefusedError where it is none."""
        if self.refusal is not None:
            raise self.refusal
        return self.data


def has_frames(document: Document, begins: Begins) -> bool:
    """Whether a payload that is text holds frames that begin so. Quick."""
    if document.looks_json:
        return _json_has(document.object or _first_of(document), begins, 2)
    text = document.text
    if not text:
        return False
    try:
        head = bytes.fromhex(text[:_PLAIN_HEAD])
    except ValueError:
        return _begins(text, begins)
    return begins(head) or (text[0] == "b" and _begins(text, begins))


def frames(document: Document, begins: Begins) -> list[Frame]:
    """The frames of a payload that is text.

    Raises RefusedError decode.bad_frame where something is no hex, or the receiver says that the check sum is wrong.
    """
    walk = _in_json(document.json, begins) if document.looks_json else _in_text(document.text or "")
    found = list(islice(walk, _FRAMES_AT_MOST + 1))
    if len(found) > _FRAMES_AT_MOST:
        raise RefusedError("decode.too_large", f"payload has more than {_FRAMES_AT_MOST} frames")
    return found


def _first_of(document: Document) -> dict[str, Json]:
    try:
        value = document.json
    except RefusedError:
        return {}
    first = value[0] if isinstance(value, list) and value else None
    return first if isinstance(first, dict) else {}


def _begins(text: str, begins: Begins) -> bool:
    """Whether a text begins as a frame, in whichever writing."""
    if ";" in text[:4] and (line := _RTL_WMBUS.match(text[:4096].strip().partition("\n")[0].strip())):
        return begins(bytes.fromhex(line["hex"][: 2 * _HEAD_BYTES]))
    return any(begins(head) for head in _heads(text[:_HEAD_CHARACTERS]))


def _heads(start: str) -> Iterator[bytes]:
    """The first bytes of a text as hex, then as base64."""
    digits = _HEX.match(_digits(start))
    if digits and len(digits[0]) >= 2:
        yield bytes.fromhex(digits[0][: min(len(digits[0]) & ~1, 2 * _HEAD_BYTES)])
    bare = start.strip().strip('"')
    if _BASE64.match(bare[:64].split("\n")[0]):
        try:
            yield base64.b64decode(bare[:24].replace("-", "+").replace("_", "/"))
        except binascii.Error:
            return


def _digits(text: str) -> str:
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


def _in_text(text: str) -> Iterator[Frame]:
    if "\n" not in text:
        try:
            yield Frame(bytes.fromhex(text))
        except ValueError:  # not bare hex
            pass
        else:
            return
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        return
    if _RTL_WMBUS.match(lines[0].strip()):
        for line in lines:
            yield _rtl_wmbus(line.strip())
        return
    if len(lines) > 1 and all(map(_is_one_frame, lines)):
        for line in lines:
            yield _frame(line)
        return
    yield _frame(text)


def _is_one_frame(line: str) -> bool:
    """Whether a line's length byte fits its length: then it is a frame of its own and no part of a dump."""
    digits = _digits(line)
    if len(digits) < 4 or not _HEX.fullmatch(digits[:8]):
        return False
    length = int(digits[:2], 16)
    size = len(digits) // 2
    wired = digits[:2] == "68" and size == int(digits[2:4], 16) + 6
    return wired or length + 1 <= size <= length + 1 + 40


def _rtl_wmbus(line: str) -> Frame:
    match = _RTL_WMBUS.match(line)
    if match is None or len(match["hex"]) % 2:
        return Frame(b"", refusal=RefusedError("decode.bad_frame", f"line {line[:40]!r} is none of rtl-wmbus"))
    if match["checked"] != "1":
        wrong = RefusedError("decode.bad_frame", "rtl-wmbus says that the frame's check sum is wrong")
        return Frame(b"", refusal=wrong)
    return Frame(bytes.fromhex(match["hex"]), match["time"].strip() or None)


def _bytes_of(text: str) -> bytes:
    """The bytes that hex or base64 means."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        digits = _digits(text)
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
            return base64.b64decode(bare.replace("-", "+").replace("_", "/") + "=" * (-len(bare) % 4))
        except binascii.Error:
            pass
    raise RefusedError("decode.bad_frame", f"frame {text.strip()[:24]!r}… is neither hex nor base64")


def _frame(text: str, time: Json = None, fields: dict[str, Json] | None = None) -> Frame:
    try:
        return Frame(_bytes_of(text), time, fields or {})
    except RefusedError as refusal:
        return Frame(b"", time, fields or {}, refusal)


def _json_has(fields: dict[str, Json], begins: Begins, depth: int) -> bool:
    for key, value in fields.items():
        if isinstance(value, str):
            if len(value) >= 2 * SHORTEST - 6 and names.joined(key) in _FIELDS and _begins(value, begins):
                return True
        elif depth and isinstance(value, dict) and names.joined(key) in _WRAPPERS:
            if _json_has(value, begins, depth - 1):
                return True
        elif isinstance(value, list) and value and names.joined(key) in _FIELDS:
            first = value[0]
            if isinstance(first, str) and _begins(first, begins):
                return True
            if isinstance(first, int) and (data := _octets(value[:_HEAD_BYTES])) and begins(data):
                return True
            if depth and isinstance(first, dict) and _json_has(first, begins, depth - 1):
                return True
    return False


def _octets(values: list[Json]) -> bytes | None:
    """The bytes that a list of numbers writes, as Node-RED's buffers do; None where it is none."""
    try:
        return bytes(values)  # type: ignore[arg-type]  # what is no number of a byte raises
    except (TypeError, ValueError):
        return None


def _in_json(value: Json, begins: Begins, outer: Json = None) -> Iterator[Frame]:
    if isinstance(value, list):
        for item in value:
            if isinstance(item, (dict, list)):
                yield from _in_json(item, begins, outer)
    elif isinstance(value, dict):
        found = names.time_in(value)
        time = found[0] if found else outer
        for key, item in value.items():
            if names.joined(key) in _FIELDS:
                yield from _in_field(item, begins, time, value)


def _in_field(item: Json, begins: Begins, time: Json, fields: dict[str, Json]) -> Iterator[Frame]:
    """The frames in a field of a name that may hold some: text, a buffer's bytes, objects, lists of these."""
    if isinstance(item, str):
        if _begins(item, begins):
            yield _frame(item, time, fields)
    elif isinstance(item, dict):
        yield from _in_json(item, begins, time)
    elif isinstance(item, list):
        if item and isinstance(item[0], int) and (data := _octets(item)) and begins(data[:_HEAD_BYTES]):
            yield Frame(data, time, fields)
            return
        for text in item:
            if isinstance(text, str) and _begins(text, begins):
                yield _frame(text, time, fields)
        yield from _in_json(item, begins, time)
