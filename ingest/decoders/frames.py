"""Frames in a payload: as text in whichever writing, in a receiver's lines, in a gateway's JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from ingest.decoders import names
from ingest.decoders.document import Document, Json
from ingest.decoders.frame_writing import HEAD_BYTES, Kind, begins, bytes_of, digits_of
from ingest.mbus.link import SHORTEST
from models.errors import RefusedError

_PLAIN_HEAD = 48
_FRAMES_AT_MOST = 3000
_HEX_HEAD = re.compile(r"[0-9a-fA-F]{8}")
_RTL_WMBUS = re.compile(r"[A-Z]\d[AB]?;(?P<checked>\d);\d;(?P<time>[^;]{0,32});(?:[^;]*;){1,4}0x(?P<hex>[0-9a-fA-F]+)$")
"""rtl-wmbus: mode; check sum right; symbols right; local time; two signal strengths; number; frame."""

_CERTAIN = frozenset(
    str.split("telegram telegrams frame frames datagram wmbus mbus raw_telegram raw_frame rawtelegram rawframe")
)
"""Fields that hold frames and nothing else."""

_FIELDS = _CERTAIN | frozenset(
    str.split("raw raw_data rawdata hex payload payload_hex data message packet value body msg bytes content")
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


def has_frames(document: Document, kind: Kind) -> bool:
    """Whether a payload that is text holds frames of a kind. Quick."""
    if document.looks_json:
        return _json_has(document.object or _first_of(document), kind, 2)
    text = document.text
    if not text:
        return False
    if ";" in text[:4] and (line := _RTL_WMBUS.match(text[:4096].strip().partition("\n")[0].strip())):
        return begins(line["hex"], kind)
    try:
        head = bytes.fromhex(text[:_PLAIN_HEAD])
    except ValueError:
        return begins(text, kind)
    return kind.begins(head) or (text[0] == "b" and begins(text, kind))


def frames(document: Document, kind: Kind) -> list[Frame]:
    """The frames of a payload that is text; one that is none says why when its bytes are asked for.

    Raises RefusedError decode.too_large.
    """
    walk = _in_json(document.json, kind) if document.looks_json else _in_text(document.text or "")
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
    digits = digits_of(line)
    if not _HEX_HEAD.match(digits):
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


def _frame(text: str, time: Json = None, fields: dict[str, Json] | None = None) -> Frame:
    try:
        return Frame(bytes_of(text), time, fields or {})
    except RefusedError as refusal:
        return Frame(b"", time, fields or {}, refusal)


def _json_has(fields: dict[str, Json], kind: Kind, depth: int) -> bool:
    for key, value in fields.items():
        if isinstance(value, str):
            if (
                len(value) >= SHORTEST
                and (name := names.joined(key)) in _FIELDS
                and begins(value, kind, name in _CERTAIN)
            ):
                return True
        elif depth and isinstance(value, dict) and names.joined(key) in _WRAPPERS:
            if _json_has(value, kind, depth - 1):
                return True
        elif isinstance(value, list) and value and names.joined(key) in _FIELDS:
            first = value[0]
            if isinstance(first, str) and begins(first, kind, names.joined(key) in _CERTAIN):
                return True
            if isinstance(first, int) and (data := _octets(value)) and _is_whole(data, kind):
                return True
            if depth and isinstance(first, dict) and _json_has(first, kind, depth - 1):
                return True
    return False


def _octets(values: list[Json]) -> bytes | None:
    """The bytes that a list of numbers writes, as Node-RED's buffers do; None where it is none."""
    try:
        return bytes(values)  # type: ignore[arg-type]  # what is no number of a byte raises
    except (TypeError, ValueError):
        return None


def _is_whole(data: bytes, kind: Kind) -> bool:
    return kind.begins(data[:HEAD_BYTES]) and kind.fits(data)


def _in_json(value: Json, kind: Kind, outer: Json = None) -> Iterator[Frame]:
    if isinstance(value, list):
        for item in value:
            if isinstance(item, (dict, list)):
                yield from _in_json(item, kind, outer)
    elif isinstance(value, dict):
        found = names.time_in(value)
        time = found[0] if found else outer
        for key, item in value.items():
            if (name := names.joined(key)) in _FIELDS:
                yield from _in_field(item, kind, name in _CERTAIN, time, value)


def _in_field(item: Json, kind: Kind, is_certain: bool, time: Json, fields: dict[str, Json]) -> Iterator[Frame]:
    """The frames in a field of a name that may hold some: text, a buffer's bytes, objects, lists of these."""
    if isinstance(item, str):
        if begins(item, kind, is_certain):
            yield _frame(item, time, fields)
    elif isinstance(item, dict):
        yield from _in_json(item, kind, time)
    elif isinstance(item, list):
        if item and isinstance(item[0], int) and (data := _octets(item)) and _is_whole(data, kind):
            yield Frame(data, time, fields)
            return
        for text in item:
            if isinstance(text, str) and begins(text, kind, is_certain):
                yield _frame(text, time, fields)
        yield from _in_json(item, kind, time)
