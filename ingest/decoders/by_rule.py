"""A topic's rule in sources.toml that says what is measured outweighs what a dialect knows of its devices.

A counter whose weight nobody sends gets it so. What the rule does not name, the dialect goes on reading.
"""

from __future__ import annotations

from collections.abc import Callable

from ingest.decoders import plain_json, plain_number
from ingest.decoders.document import Document
from ingest.decoders.message import DecodeContext, Decoded, Message
from models.errors import RefusedError
from models.mapping import MappingError, target
from models.notice import NoticeKind
from models.reading import Reading
from models.registry import Source

Decode = Callable[[Message, Document, DecodeContext], Decoded]


def by_rule(own: Decode) -> Decode:
    """A dialect's decoder that lets the topic's rule go first: its quantities are the rule's, the others its own.

    Where the rule finds nothing in a message, it is the dialect's alone.
    """

    def decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
        source = context.source
        if source is None or not (source.mapping or source.quantity):
            return own(message, document, context)
        plain = plain_json.DIALECT if document.looks_json else plain_number.DIALECT
        try:
            ruled = plain.decode(message, document, context)
        except RefusedError as refusal:
            if refusal.code == "decode.bad_mapping":
                raise
            return own(message, document, context)
        return _joined(ruled, own, message, document, context)

    return decode


def _joined(ruled: Decoded, own: Decode, message: Message, document: Document, context: DecodeContext) -> Decoded:
    named = _quantities(context.source)
    readings = tuple(reading for reading in ruled.readings if reading.quantity in named)
    try:
        rest = own(message, document, context)
    except RefusedError:
        if not readings:
            raise
        return ruled._replace(
            readings=tuple(_as_of(one, ruled, ruled._replace(notices=())) for one in readings), notices=()
        )
    if not readings:
        return rest
    others = tuple(reading for reading in rest.readings if reading.quantity not in named)
    return rest._replace(readings=tuple(_as_of(reading, ruled, rest) for reading in readings) + others)


def _as_of(reading: Reading, ruled: Decoded, rest: Decoded) -> Reading:
    """A ruled reading with the alarms that the dialect knows in the place of those that a field's name suggests."""
    guessed = {notice.notice.value for notice in ruled.notices} - {NoticeKind.CLOCK.value}
    known = {n.notice.value for n in rest.notices if n.active and (n.device, n.time) == (reading.device, reading.time)}
    return reading._replace(source=rest.dialect, flags=tuple(sorted({*reading.flags} - guessed | known)))


def _quantities(source: Source | None) -> set[str]:
    """The quantities that a rule names."""
    found = {source.quantity} if source is not None and source.quantity else set()
    for _, rule in source.mapping if source is not None else ():
        try:
            found.add(target(rule).quantity)
        except MappingError:
            continue
    return found
