"""Decoders: one file a dialect, one visible table, one way in: `decode`."""

from __future__ import annotations

from ingest.decoders.document import Document
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem, one_line
from ingest.decoders.table import BY_NAME, DECODERS
from models.errors import RefusedError

__all__ = ["AUTO", "BY_NAME", "NOTHING_CODES", "DecodeContext", "Decoded", "Message", "Problem", "decode", "one_line"]

NOTHING_CODES = frozenset(["decode.no_reading", "decode.not_water", "decode.no_value", "decode.empty"])
"""Codes of payloads that are understood and have nothing for us: counted, not kept."""

AUTO = "auto"


def decode(message: Message, context: DecodeContext) -> Decoded:
    """What a message means: at least one reading or notice.

    The source's rule may fix the dialect; else the first in the table that recognises the message.

    Raises RefusedError with the reason, and nothing else, whatever the bytes are.
    """
    if not message.payload:
        raise RefusedError("decode.empty", "payload is empty: it clears a retained message")
    try:
        document = Document(message.payload)
        return _dialect(message, document, context).decode(message, document, context)
    except RefusedError as error:
        raise RefusedError(error.code, one_line(error.message)) from error
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        # A decoder's mistake with bytes nobody thought of must not stop the stream; the payload is kept.
        reason = one_line(f"decoder failed with {type(error).__name__}: {error!s:.120}")
        raise RefusedError("decode.failed", reason) from error


def _dialect(message: Message, document: Document, context: DecodeContext) -> Dialect:
    wanted = context.source.dialect if context.source else AUTO
    if wanted not in ("", AUTO):
        if wanted not in BY_NAME:
            raise RefusedError(
                "decode.unknown_dialect", f"sources.toml names dialect {wanted!r}; known are {', '.join(BY_NAME)}"
            )
        return BY_NAME[wanted]
    for dialect in DECODERS:
        is_it = dialect.recognises(message, document)
        if context.trace is not None:
            context.trace.asked.append((dialect.name, is_it))
        if is_it:
            return dialect
    raise RefusedError("decode.unknown_format", f"{_kind(document)} in no known dialect")


def _kind(document: Document) -> str:
    text = document.text
    return f"{len(document.payload)} bytes that are no text" if text is None else f"text {text.strip()[:40]!r}"
