"""Bytes to text and JSON, safely: whatever arrives gives a value or a clear reason, quickly."""

from __future__ import annotations

import base64
import binascii
import codecs
import json
import math
import re
import zlib
from collections.abc import Callable
from typing import Final, TypeVar

from models.errors import RefusedError

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

MAX_BYTES = 2 * 1024 * 1024
"""Larger payloads are refused: brokers pass 1 MiB, and no meter, gateway or network server sends more."""

MAX_DEPTH = 24
MAX_NAMES = 5000
_GZIP = b"\x1f\x8b"
_WRAPPED_TWICE = 2
_WRAPPED_BEGINNINGS = ("eyJ", "eyA", "ewo", "ew0", "W3s", "WyB", "Wwo", "H4s", "eJ")
"""How JSON's first signs, gzip's and zlib's look in base64."""

_BASE64 = re.compile(r"[A-Za-z0-9+/\r\n]{16,}={0,2}")
_LINES_AT_MOST = 20_000
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")

_Given = TypeVar("_Given")
_Read = TypeVar("_Read")


class _Unread:
    """Not looked at yet."""


_UNREAD: Final = _Unread()


class Document:
    """A payload, read once as text and once as JSON, however many dialects look at it."""

    __slots__ = ("_json", "_list", "_looks_json", "_object", "_text", "payload")

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self._text: str | RefusedError | _Unread | None = _UNREAD
        self._json: Json | RefusedError | _Unread = _UNREAD
        self._looks_json: bool | None = None
        self._object: dict[str, Json] | None = None
        self._list: list[Json] | None = None

    @property
    def text(self) -> str | None:
        """The payload as text, None where it is none.

        Raises RefusedError decode.too_large, decode.bad_gzip.
        """
        if isinstance(self._text, _Unread):
            self._text = _or_refusal(_text_of, self.payload)
        if isinstance(self._text, RefusedError):
            raise self._text
        return self._text

    @property
    def json(self) -> Json:
        """The payload as JSON; JSON inside a JSON string is opened.

        Raises RefusedError decode.not_json, decode.duplicate_key, decode.too_deep, decode.too_large.
        """
        if isinstance(self._json, _Unread):
            self._json = _or_refusal(_json_of, self.text)
        if isinstance(self._json, RefusedError):
            raise self._json
        return self._json

    @property
    def looks_json(self) -> bool:
        """Whether it begins as a JSON object or list, or as a string that wraps one. Every dialect asks: told once."""
        if self._looks_json is None:
            self._looks_json = _begins_as_json(self.text)
        return self._looks_json

    @property
    def list(self) -> list[Json]:
        """The JSON list, or an empty one where the payload is something else. Never raises."""
        if self._list is None:
            self._tell_apart()
        return self._list or []

    @property
    def object(self) -> dict[str, Json]:
        """The JSON object, or an empty one where the payload is something else. Never raises."""
        if self._object is None:
            self._tell_apart()
        return self._object or {}

    def _tell_apart(self) -> None:
        """Every dialect asks for the object: it is told once."""
        try:
            value = self.json if self.looks_json else None
        except RefusedError:
            value = None
        self._object = value if isinstance(value, dict) else {}
        self._list = value if isinstance(value, list) else []


def _begins_as_json(text: str | None) -> bool:
    if text is None:
        return False
    start = text[:1]
    if start not in ("{", "["):
        head = text[:200].lstrip()[:40]
        start = head[:1] if head[:1] != '"' else head[1:].lstrip()[:1]
    return start in ("{", "[")


def _or_refusal(read: Callable[[_Given], _Read], given: _Given) -> _Read | RefusedError:
    try:
        return read(given)
    except RefusedError as refusal:
        return refusal


def _text_of(data: bytes) -> str | None:
    if len(data) > MAX_BYTES:
        raise RefusedError("decode.too_large", f"payload has {len(data)} bytes, at most {MAX_BYTES} are read")
    text = _as_text(_unpacked(data))
    if text is not None and text[:4].lstrip('"').startswith(_WRAPPED_BEGINNINGS):
        return _unwrapped(text) or text
    return text


def _unwrapped(text: str) -> str | None:
    """JSON, or packed text, that a bridge has wrapped in base64; None where it is none."""
    bare = text.strip().strip('"')
    if not _BASE64.fullmatch(bare):
        return None
    try:
        data = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return None
    inner = _as_text(_unpacked(data))
    return inner if inner is not None and (inner[:1] in ("{", "[") or data[:1] not in (b"{", b"[")) else None


def _json_of(text: str | None) -> Json:
    if text is None:
        raise RefusedError("decode.not_json", "payload is no text")
    value = _parse_lines(text) if "}" in text and _SEVERAL.search(text) else parse_json(text)
    for _ in range(_WRAPPED_TWICE):
        if not (isinstance(value, str) and value.lstrip()[:1] in ("{", "[")):
            break
        value = parse_json(value)
    return value


_SEVERAL = re.compile(r"[}\]]\s*[\r\n]+\s*[{\[]")
"""One JSON value behind another, each on lines of its own (NDJSON, SenSML)."""


def _parse_lines(text: str) -> Json:
    """The one JSON value of a text, or a list of those that stand on lines of their own; a broken line is left out."""
    try:
        return parse_json(text)
    except RefusedError as refusal:
        lines = [line for line in text.splitlines() if line.strip()]
        if refusal.code != "decode.not_json" or not all(line.lstrip()[:1] in ("{", "[") for line in lines):
            raise
        found: list[Json] = []
        for line in lines[:_LINES_AT_MOST]:
            try:
                found.append(parse_json(line))
            except RefusedError:
                continue
        if not found:
            raise
        check_shape(found)
        return found


def parse_json(text: str) -> Json:
    """JSON as RFC 8259 has it, but NaN and Infinity are read as NaN (no value) and a doubled key is an error.

    Raises RefusedError decode.not_json, decode.duplicate_key, decode.too_deep, decode.too_large.
    """
    try:
        value: Json = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise RefusedError("decode.not_json", f"payload is no JSON: {error.msg} at character {error.pos}") from None
    except ValueError:
        raise RefusedError("decode.not_json", "payload has a number of thousands of digits") from None
    except RecursionError:
        raise RefusedError("decode.too_deep", "payload nests too deeply to be a message of a meter") from None
    check_shape(value)
    return value


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        double = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise RefusedError("decode.duplicate_key", f"key {double[:60]!r} stands twice in one object; which one holds?")
    return result


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=lambda _: math.nan)


def check_shape(value: Json) -> None:
    """Refuse what nests deeper or has more names than any device's message: walking it would take too long."""
    if (
        isinstance(value, dict)
        and len(value) <= MAX_NAMES
        and not any(isinstance(item, (dict, list)) for item in value.values())
    ):
        return
    names: set[str] = set()
    layer: list[Json] = [value]
    for _ in range(MAX_DEPTH):
        below: list[Json] = []
        for item in layer:
            if isinstance(item, dict):
                names.update(item)
                below.extend(child for child in item.values() if isinstance(child, (dict, list)))
            elif isinstance(item, list):
                below.extend(child for child in item if isinstance(child, (dict, list)))
        if len(names) > MAX_NAMES:
            raise RefusedError("decode.too_large", f"payload has more than {MAX_NAMES} different names")
        if not below:
            return
        layer = below
    raise RefusedError("decode.too_deep", f"payload nests deeper than {MAX_DEPTH} levels")


def _unpacked(data: bytes) -> bytes:
    if data.startswith(_GZIP):
        return _inflated(data, 31)
    if data[:2] in _ZLIB:
        try:
            return _inflated(data, 15)
        except RefusedError as refusal:
            if refusal.code == "decode.too_large":
                raise
    return data


def _inflated(data: bytes, window_bits: int) -> bytes:
    reader = zlib.decompressobj(wbits=window_bits)
    try:
        result = reader.decompress(data, MAX_BYTES)
    except zlib.error as error:
        raise RefusedError("decode.bad_gzip", f"payload begins as gzip and can't be unpacked: {error}") from None
    if reader.unconsumed_tail:
        raise RefusedError("decode.too_large", f"payload unpacks to more than {MAX_BYTES} bytes")
    if not reader.eof:
        raise RefusedError("decode.bad_gzip", "payload is gzip that was cut short")
    return result


def _as_text(data: bytes) -> str | None:
    for mark, encoding in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _decoded(data, encoding)
    head = data[:64]
    if (
        0 in head and len(head) > 3 and len(data) % 2 == 0
    ):  # UTF-16 without its mark: most of every other byte is nothing
        for high, low, encoding in ((head[1::2], head[::2], "utf-16-le"), (head[::2], head[1::2], "utf-16-be")):
            if high.count(0) * 2 > len(high) and not low.count(0):
                return _decoded(data, encoding)
    text = _decoded(data, "utf-8")
    if text is None:
        return _decoded(data, _code_page(data)) if _is_central_european(data) else None
    return None if "\0" in text.rstrip("\0") else text.rstrip("\0")


def _is_central_european(data: bytes) -> bool:
    """Whether bytes that are no UTF-8 are plainly text of Windows: lines with some letters beyond ASCII."""
    return (
        len(data) >= _SHORTEST_CP1250
        and not data.translate(None, _TEXT_BYTES)
        and len(data.translate(None, _ASCII)) * 3 <= len(data)
        and any(mark in data for mark in (b";", b"{", b"=", b"\n", b","))
    )


def _code_page(data: bytes) -> str:
    """Windows-1250 or ISO 8859-2, which differ in Š, Ť and Ž: those of one are no letters of ours in the other."""
    windows = data.translate(None, bytes(range(0x80))).translate(None, bytes(range(0xA0, 0x100)))
    return "cp1250" if windows or not any(sign in data for sign in _ISO_CARONS) else "iso8859_2"


_ISO_CARONS = (0xA9, 0xAB, 0xAE, 0xB9, 0xBB, 0xBE)
_SHORTEST_CP1250 = 16
_ASCII = bytes([9, 10, 13, *range(32, 127)])
_TEXT_BYTES = _ASCII + bytes(range(128, 256))


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
