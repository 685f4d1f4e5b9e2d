"""Wired M-Bus frames as gateways pass them on: hex, base64 or bytes, one or several, in a gateway's JSON.

EN 13757-2 and -3; the fixed data structure of old meters too. See ingest.mbus.
"""

from __future__ import annotations

from ingest.decoders.document import Document
from ingest.decoders.frames import Frame, frames, has_frames
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.result import Result
from ingest.decoders.telegram import take
from ingest.mbus.meter import answered
from ingest.mbus.wired import looks_like_frames, wired_frames
from models.errors import RefusedError


def _recognises(message: Message, document: Document) -> bool:
    return looks_like_frames(message.payload) or has_frames(document, looks_like_frames)


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    result = Result(DIALECT.name, context)
    is_bytes = looks_like_frames(message.payload)
    found = [Frame(message.payload)] if is_bytes else frames(document, looks_like_frames)
    answers = [(frame, answer) for frame in found for answer in wired_frames(frame.data)]
    for frame, answer in answers:
        try:
            take(answered(answer.content, context.keys), frame, message, context, result)
        except RefusedError as refusal:
            if len(answers) == 1:
                raise
            result.problem(Problem(refusal.code, refusal.message))
    return result.finish(Problem("decode.no_reading", "mbus: the answer has no value of water"))


DIALECT = Dialect("mbus", _recognises, _decode)
