"""Wireless M-Bus telegrams as receivers pass them on: hex, base64 or bytes, in rtl-wmbus lines, in a gateway's JSON.

EN 13757-3, -4 and -7, OMS Specification Vol. 2; manufacturers' own contents where they are documented. See ingest.mbus.
"""

from __future__ import annotations

from ingest.decoders.document import Document
from ingest.decoders.frame_writing import HEAD_BYTES, Kind
from ingest.decoders.frames import Frame, frames, has_frames
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.result import Result
from ingest.decoders.telegram import take
from ingest.mbus.link import fits_length, looks_like_frame
from ingest.mbus.meter import heard
from models.errors import RefusedError

_CONTROLS = bytes(sorted({*range(0x20)} - {*b"\t\r\n"}))
"""What no text has and every frame: zeros at the least."""

_KIND = Kind(looks_like_frame, fits_length)


def _recognises(message: Message, document: Document) -> bool:
    return _is_bytes(message.payload) or has_frames(document, _KIND)


def _is_bytes(payload: bytes) -> bool:
    """Whether the payload is a frame's bytes themselves, and not text that happens to begin like one."""
    is_frame = looks_like_frame(payload[:HEAD_BYTES]) and fits_length(payload)
    return is_frame and len(payload.translate(None, _CONTROLS)) < len(payload)


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    result = Result(DIALECT.name, context)
    found = [Frame(message.payload)] if _is_bytes(message.payload) else frames(document, _KIND)
    if not found:
        raise RefusedError("decode.unknown_format", "wmbus: no telegram in the payload")
    for frame in found:
        try:
            take(heard(frame.whole, context.keys), frame, message, context, result)
        except RefusedError as refusal:
            result.problem(Problem(refusal.code, refusal.message))
    return result.finish(Problem("decode.no_reading", "wmbus: the telegram has no value of water"))


DIALECT = Dialect("wmbus", _recognises, _decode)
