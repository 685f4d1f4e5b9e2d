"""Column types and names that every SQL table shares."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Dialect, Integer, MetaData, Text
from sqlalchemy.types import TypeDecorator

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
"""Every table of the records. Names of constraints are fixed, so that migrations can speak of them on any database."""

BigKey = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key that counts by itself; SQLite counts only a column typed INTEGER."""


class AnyText(TypeDecorator[str]):
    """Text from devices and people, whatever they send.

    PostgreSQL takes no NUL and no database a half of a surrogate pair, both of which JSON can carry. They become
    U+FFFD on every database alike, so that one odd name neither stops a batch nor depends on where it is kept.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as a database can hold it."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD.

    >>> storable("Horní\\x00Ves")
    'Horní\\ufffdVes'
    """
    if text.isascii():
        return text.replace("\x00", "\ufffd") if "\x00" in text else text
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        return "".join("\ufffd" if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in text)
    return text


def text(name: str, **options: Any) -> Column[str]:
    """A column of text that is never NULL."""
    return Column(name, AnyText, nullable=False, **options)


def milliseconds(name: str, *, optional: bool = False, **options: Any) -> Column[int]:
    """A column for a time: milliseconds since 1970 UTC."""
    return Column(name, BigInteger, nullable=optional, **options)
