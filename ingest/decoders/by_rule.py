"""A topic's rule in sources.toml that says what is measured outweighs what a dialect knows of its devices."""

from __future__ import annotations

from ingest.decoders import plain_json, plain_number
from ingest.decoders.document import Document
from ingest.decoders.message import DecodeContext, Decoded, Message


def by_rule(message: Message, document: Document, context: DecodeContext) -> Decoded | None:
    """What the topic's rule makes of a message, None where no rule maps its fields or names its quantity."""
    source = context.source
    if source is None or not (source.mapping or source.quantity):
        return None
    plain = plain_json.DIALECT if document.looks_json else plain_number.DIALECT
    return plain.decode(message, document, context)
