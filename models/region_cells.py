"""One cell of a region's CSV file: text to value and back, the same bytes each way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from models.device import canonical
from models.region_tables import Column


class CellError(ValueError):
    """A cell that can't be read: code and message of the Problem it becomes."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


def read_time(text: str, tz: ZoneInfo) -> datetime:
    """A date (local midnight) or ISO date-time (local where it has no offset) as aware UTC.

    Raises CellError where it is neither.

    >>> read_time("2026-07-01", ZoneInfo("Europe/Prague")).isoformat()
    '2026-06-30T22:00:00+00:00'
    """
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(), tz).astimezone(UTC)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=tz)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise CellError(
            "region.bad_time", f"{text!r} is no date; write 2026-07-01 or 2026-07-01T08:30, with +02:00 where needed"
        ) from None


def write_time(moment: datetime, tz: ZoneInfo) -> str:
    """A date where it is local midnight, else ISO with the local offset.

    >>> write_time(datetime(2026, 6, 30, 22, tzinfo=UTC), ZoneInfo("Europe/Prague"))
    '2026-07-01'
    >>> write_time(datetime(2026, 6, 30, 23, 5, tzinfo=UTC), ZoneInfo("Europe/Prague"))
    '2026-07-01T01:05:00+02:00'
    """
    local = moment.astimezone(tz)
    midnight = datetime.combine(local.date(), time(), tz)
    return local.date().isoformat() if midnight.astimezone(UTC) == moment else local.isoformat()


def write_number(value: float) -> str:
    """The shortest text that reads back as the same number.

    >>> write_number(12.0), write_number(0.1), write_number(-0.0)
    ('12', '0.1', '0')
    """
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(float(value))


def read_cell(column: Column, text: str, tz: ZoneInfo, comma: bool) -> Any:
    """The value of a cell; `comma`: decimals may be written with a comma. Raises CellError."""
    text = text.strip()
    if not text:
        if column.required:
            raise CellError("region.empty_cell", f"{column.name} is empty; it is needed in every row")
        return column.empty
    match column.kind:
        case "device":
            return canonical(text)
        case "integer":
            return _integer(text, comma)
        case "number":
            return _number(text, comma)
        case "time":
            return read_time(text, tz)
        case "list":
            return tuple(part.strip() for part in text.split("|") if part.strip())
        case "choice":
            if text not in column.choices:
                raise CellError("region.bad_choice", f"{text!r} is none of {', '.join(column.choices)}")
            return text
        case "text":
            return text


def _number(text: str, comma: bool) -> float:
    plain = text.replace("\u00a0", "").replace(" ", "")
    if comma:
        plain = plain.replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise CellError("region.bad_number", f"{text!r} is no number; write digits with a decimal point, no unit")
    return value


def _integer(text: str, comma: bool) -> int:
    value = _number(text, comma)
    if value != int(value):
        raise CellError("region.bad_integer", f"{text!r} is no whole number; write whole digits")
    return int(value)


def write_cell(column: Column, value: Any, tz: ZoneInfo) -> str:
    """The canonical text of a value; empty for None."""
    if value is None:
        return ""
    match column.kind:
        case "integer" | "number":
            return write_number(value)
        case "time":
            return write_time(value, tz)
        case "list":
            return "|".join(value)
        case _:
            return str(value).strip()


def row_key(cells: Mapping[str, str], key: tuple[str, ...]) -> tuple[str, ...]:
    """The cells that name a row."""
    return tuple(cells.get(name, "") for name in key)
