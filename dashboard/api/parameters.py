"""Parameters of the HTTP interface, and errors with a code and one line that says what to do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.convertors import Convertor, register_url_convertor

from dashboard.as_known import known_moment
from models.errors import StoreUnavailableError, VodaError

DAY = timedelta(days=1)
# A plus in an address is a space unless it was escaped; people forget.
_LOST_PLUS = re.compile(r"(T[\d:.]+) (\d\d:?\d\d)$")


class ParameterError(VodaError):
    """A parameter that can't be understood."""


class AnyConvertor(Convertor[str]):
    """`{name:any}` in a path: any text, slashes and line ends too, as devices' names may hold them."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        """The text as it is."""
        return value

    def to_string(self, value: str) -> str:
        """The text as it is."""
        return value


register_url_convertor("any", AnyConvertor())


def time_of(text: str, name: str) -> datetime:
    """An aware time from a parameter. Raises ParameterError (api.time)."""
    try:
        moment = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text))
    except ValueError:
        raise ParameterError(
            "api.time", f"{name}={text!r} is not an ISO 8601 time; write it as 2026-11-24T08:00:00Z"
        ) from None
    if moment.tzinfo is None:
        raise ParameterError("api.time", f"{name}={text!r} has no zone; add Z or +01:00")
    return moment.astimezone(UTC)


def span_of(start: str | None, end: str | None, now: datetime, default: timedelta = DAY) -> tuple[datetime, datetime]:
    """[from, to): `to` is now where missing, `from` one `default` earlier. Raises ParameterError."""
    last = time_of(end, "to") if end is not None else now + timedelta(milliseconds=1)
    first = time_of(start, "from") if start is not None else last - default
    if first > last:
        raise ParameterError("api.span", "from is later than to; swap them")
    return first, last


def known_at(text: str | None, now: datetime, tz: tzinfo) -> datetime:
    """The time as known at which figures are asked for, never later than now. Raises ParameterError (api.known)."""
    moment = now if text is None else known_moment(text, tz)
    if moment is None:
        raise ParameterError("api.known", f"known={text!r} is no date or time; write it as 2026-05-03")
    return min(moment, now).astimezone(UTC)


def words_of(text: str | None, allowed: list[str], name: str) -> list[str] | None:
    """A comma list of known words, None where the parameter is missing. Raises ParameterError (api.word)."""
    if text is None:
        return None
    words = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in allowed]
    if unknown:
        raise ParameterError("api.word", f"{name} does not know {unknown[0]!r}; use {', '.join(allowed)}")
    return words


def answer(_request: Request, error: Exception) -> JSONResponse:
    """An error of ours as JSON: 400 for parameters, 503 for a store that is away."""
    code = getattr(error, "code", "api.failed")
    message = getattr(error, "message", str(error))
    status = 503 if isinstance(error, StoreUnavailableError) else 400
    return JSONResponse({"code": code, "message": message}, status_code=status)
