"""Wired M-Bus frames as gateways pass them on: hex, base64 or bytes, one or several, in a gateway's JSON.

EN 13757-2 and -3; the fixed data structure of old meters too. See ingest.mbus.
"""

from __future__ import annotations

from ingest.decoders.document import Document
from ingest.decoders.frame_writing import Kind
from ingest.decoders.frames import Frame, frames, has_frames
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.result import Result
from ingest.decoders.telegram import take
from ingest.mbus.meter import answered
from ingest.mbus.wired import answers, looks_like_frames
from models.errors import RefusedError

_KIND = Kind(looks_like_frames, looks_like_frames)


def _recognises(message: Message, document: Document) -> bool:
    return looks_like_frames(message.payload) or has_frames(document, _KIND)


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    result = Result(DIALECT.name, context)
    is_bytes = looks_like_frames(message.payload)
    found = [Frame(message.payload)] if is_bytes else frames(document, _KIND)
    if not found:
        raise RefusedError("decode.unknown_format", "mbus: no frame in the payload")
    for frame in found:
        _take(frame, message, context, result)
    return result.finish(Problem("decode.no_reading", "mbus: the answer has no value of water"))


def _take(frame: Frame, message: Message, context: DecodeContext, result: Result) -> None:
    """Add what the answers in a frame's bytes say; of several a bad one costs only itself."""
    try:
        found = answers(frame.whole)
    except RefusedError as refusal:
        result.problem(Problem(refusal.code, refusal.message))
        return
    for content in found.contents:
        try:
            take(answered(content, context.keys), frame, message, context, result)
        except RefusedError as refusal:
            result.problem(Problem(refusal.code, refusal.message))
    if found.refusal:
        result.problem(Problem(found.refusal.code, found.refusal.message))


DIALECT = Dialect("mbus", _recognises, _decode)
