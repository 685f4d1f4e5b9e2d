"""Reads points of another InfluxDB: 1.x by InfluxQL over /query, 2.x by Flux. Only reads; a span of time at once.

Sources: InfluxData, "InfluxDB 1.8 API reference: /query" (epoch=ms, chunked=true, results[].series[] with name, tags,
columns, values) and "InfluxDB 2 API: POST /api/v2/query" (annotated CSV).
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlencode, urlsplit

import numpy as np
import numpy.typing as npt

from ingest.tables.influx_mapping import InfluxSeries
from models.errors import VodaError
from models.reading import iso_z, to_ms

TIMEOUT_S = 120.0


class Points(NamedTuple):
    """Points of one set of tags, in order of time [ms since 1970]."""

    tags: Mapping[str, str]
    time_ms: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]


class InfluxSource(Protocol):
    """A server to read from; `name` has no secret in it."""

    name: str

    def span(self, series: InfluxSeries) -> tuple[int, int] | None:
        """First and last time of a series [ms]; None where it has no points."""

    def points(self, series: InfluxSeries, start: datetime, end: datetime) -> Iterator[Points]:
        """Numeric points of a series in [start, end). Raises VodaError (import.influx)."""


class Influx1:
    """An InfluxDB 1.x: its HTTP interface /query, with InfluxQL."""

    def __init__(self, url: str, database: str, user: str = "", password: str = "", token: str = "") -> None:
        self.name = f"{_without_secret(url)} {database}"
        self._url = url.rstrip("/")
        self._database = database
        self._headers = {"Authorization": f"Token {token}"} if token else {}
        self._user, self._password = user, password

    def span(self, series: InfluxSeries) -> tuple[int, int] | None:
        """First and last time of a series [ms]."""
        times = []
        for function in ("first", "last"):
            where = f" WHERE {' AND '.join(_conditions(series))}" if series.where else ""
            query = f"SELECT {function}({_name(series.field)}) FROM {_name(series.measurement)}{where}"
            found = [row for item in self._ask(query) for row in item["values"]]
            if not found:
                return None
            times.append(int(found[0][0]))
        return times[0], times[1]

    def points(self, series: InfluxSeries, start: datetime, end: datetime) -> Iterator[Points]:
        """Numeric points of a series in [start, end)."""
        conditions = [*_conditions(series), f"time >= {to_ms(start)}ms", f"time < {to_ms(end)}ms"]
        group = f" GROUP BY {', '.join(map(_name, series.tags))}" if series.tags else ""
        query = f"SELECT {_name(series.field)} FROM {_name(series.measurement)} WHERE {' AND '.join(conditions)}{group}"
        for item in self._ask(query):
            rows = [(row[0], value) for row in item["values"] if (value := _number(row[1])) is not None]
            yield _points(item.get("tags", {}), rows)

    def _ask(self, query: str) -> Iterator[dict[str, Any]]:
        """Series of the answer, chunk by chunk."""
        parameters = {"db": self._database, "q": query, "epoch": "ms", "chunked": "true", "chunk_size": "20000"}
        if self._user:
            parameters |= {"u": self._user, "p": self._password}
        for line in _lines(self.name, "GET", f"{self._url}/query", self._headers, fields=parameters):
            answer = json.loads(line)
            error = answer.get("error") or next((r["error"] for r in answer.get("results", ()) if "error" in r), "")
            if error:
                raise _wrong(self.name, str(error))
            for result in answer.get("results", ()):
                yield from result.get("series", ())


class Influx2:
    """An InfluxDB 2.x: Flux."""

    def __init__(self, url: str, org: str, bucket: str, token: str) -> None:
        self.name = f"{_without_secret(url)} {org}/{bucket}"
        self._url = f"{url.rstrip('/')}/api/v2/query"
        self._org, self._bucket = org, bucket
        self._headers = {"Authorization": f"Token {token}", "Content-Type": "application/vnd.flux"}
        self._headers |= {"Accept": "application/csv"}

    def span(self, series: InfluxSeries) -> tuple[int, int] | None:
        """First and last time of a series [ms]."""
        times = []
        for function in ("first", "last"):
            flux = self._flux(series, "1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z")
            rows = list(self._ask(f'{flux} |> keep(columns: ["_time", "_value"]) |> group() |> {_EDGE[function]}'))
            if not rows:
                return None
            times.append(_ms(rows[0]["_time"]))
        return times[0], times[1]

    def points(self, series: InfluxSeries, start: datetime, end: datetime) -> Iterator[Points]:
        """Numeric points of a series in [start, end)."""
        columns = ", ".join(map(_text, ("_time", "_value", *series.tags)))
        flux = f"{self._flux(series, iso_z(start), iso_z(end))} |> keep(columns: [{columns}])"
        found: dict[tuple[str, ...], list[tuple[int, float]]] = {}
        for row in self._ask(flux):
            if (value := _number(row["_value"])) is not None:
                key = tuple(row.get(tag, "") for tag in series.tags)
                found.setdefault(key, []).append((_ms(row["_time"]), value))
        for key, rows in found.items():
            yield _points(dict(zip(series.tags, key, strict=True)), sorted(rows))

    def _flux(self, series: InfluxSeries, start: str, stop: str) -> str:
        wanted = {"_measurement": series.measurement, "_field": series.field, **series.where}
        conditions = " and ".join(f"r[{_text(name)}] == {_text(value)}" for name, value in wanted.items())
        return (
            f"from(bucket: {_text(self._bucket)}) |> range(start: {start}, stop: {stop}) "
            f"|> filter(fn: (r) => {conditions})"
        )

    def _ask(self, flux: str) -> Iterator[dict[str, str]]:
        address = f"{self._url}?{urlencode({'org': self._org})}"
        header: list[str] | None = None
        for line in _lines(self.name, "POST", address, self._headers, body=flux.encode()):
            if not line:
                header = None
                continue
            cells = next(csv.reader(io.StringIO(line)))
            if header is None:
                header = cells
                continue
            row = dict(zip(header, cells, strict=False))
            if "error" in row:
                raise _wrong(self.name, row["error"])
            yield row


_EDGE = {
    "first": 'sort(columns: ["_time"]) |> limit(n: 1)',
    "last": 'sort(columns: ["_time"], desc: true) |> limit(n: 1)',
}


def _points(tags: Mapping[str, str], rows: Sequence[tuple[int, float]]) -> Points:
    times = np.array([time for time, _ in rows], dtype=np.int64)
    return Points(tags, times, np.array([value for _, value in rows], dtype=np.float64))


def _lines(
    name: str,
    method: str,
    address: str,
    headers: Mapping[str, str],
    fields: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Iterator[str]:
    """Lines of an answer as they come. Raises VodaError (import.influx) without a secret in it."""
    import urllib3

    given: dict[str, Any] = {"fields": fields} if fields is not None else {"body": body}
    try:
        with urllib3.PoolManager(timeout=TIMEOUT_S, retries=urllib3.Retry(2, redirect=0)) as pool:
            answer = pool.request(method, address, headers=dict(headers), preload_content=False, **given)
            if answer.status != 200:
                raise _wrong(name, f"answers {answer.status}: {answer.data[:300].decode('utf-8', 'replace').strip()}")
            yield from _cut(answer.stream(1 << 16))
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise _wrong(name, f"can't be read ({type(error).__name__})") from None


def _cut(pieces: Iterable[bytes]) -> Iterator[str]:
    """Lines of a text that comes in pieces.

    >>> list(_cut([b"a\\r\\nb", b"c\\n\\nd"]))
    ['a', 'bc', '', 'd']
    """
    decoder, rest = codecs.getincrementaldecoder("utf-8")(), ""
    for piece in pieces:
        *lines, rest = (rest + decoder.decode(piece)).split("\n")
        for line in lines:
            yield line.rstrip("\r")
    if rest:
        yield rest.rstrip("\r")


def _conditions(series: InfluxSeries) -> list[str]:
    return [f"{_name(tag)} = {_quoted(value)}" for tag, value in series.where.items()]


def _name(text: str) -> str:
    """An identifier of InfluxQL."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _quoted(text: str) -> str:
    """A string of InfluxQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _text(text: str) -> str:
    """A string of Flux; ${ would begin an expression.

    >>> _text('a"b${c}')
    '"a\\\\"b\\\\${c}"'
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r") + '"'


def _number(value: Any) -> float | None:
    """A number, true and false as 1 and 0; None for text and for nothing.

    >>> _number("1.5"), _number("true"), _number("open"), _number("")
    (1.5, 1.0, None, None)
    """
    if value in (True, False, "true", "false"):
        return float(value in (True, "true"))
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _ms(text: str) -> int:
    return to_ms(datetime.fromisoformat(text))


def _without_secret(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"


def _wrong(name: str, what: str) -> VodaError:
    return VodaError("import.influx", f"{name}: {' '.join(what.split())}; check address, name, token and mapping")
