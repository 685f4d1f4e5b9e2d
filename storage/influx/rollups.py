"""Rollups as measurement `rollup`.

A rollup is overwritten in place, and InfluxDB joins fields of old and new: so all fields are always written, and
`present` says which of value (1), minimum (2) and maximum (4) are there. What is not is written as 0. A point written
before there was a field `estimated` has none: nothing of it is estimated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice

import numpy as np
import numpy.typing as npt

from models.reading import from_ms, to_ms
from models.rollup import Level, Period, Rollup
from storage.influx.flux import one_of, span
from storage.influx.lines import decode, encode, tag
from storage.influx.server import Server

STEP_LINES = 5_000
FIELDS = ("value", "minimum", "maximum", "coverage", "present")


class Rollups:
    """Writing and reading rollups."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def write(self, rollups: Iterable[Rollup]) -> list[tuple[Rollup, str]]:
        """Replace rollups of the same key; returns those that the server will never take, with its reasons."""
        refused: list[tuple[Rollup, str]] = []
        rest = iter(rollups)
        while several := list(islice(rest, STEP_LINES)):
            # Of equal keys the last one stands; within one request InfluxDB promises no order.
            unique = list({(r.level, r.period, r.quantity, r.subject, r.time): r for r in several}.values())
            refused += [
                (unique[refusal.place], refusal.reason) for refusal in self._server.write([line(r) for r in unique])
            ]
        return refused

    def read(
        self,
        level: Level,
        subjects: Sequence[str] | None,
        period: Period,
        quantity: str,
        start: datetime,
        end: datetime,
    ) -> dict[str, list[Rollup]]:
        """Rollups in [start, end) by subject in order of time; a subject asked for by name is always a key."""
        result: dict[str, list[Rollup]] = {subject: [] for subject in subjects or ()}
        if start >= end or (subjects is not None and not subjects):
            return result
        when = span("s", to_ms(start), to_ms(end))
        which = one_of("subject", "x", subjects or ())
        flux = (
            f'{when.flux} |> filter(fn: (r) => r._measurement == "rollup" and r.level == level and r.period == period '
            f'and r.quantity == quantity{which.flux}) |> keep(columns: ["_time", "_value", "_field", "subject"])'
        )
        params = {"level": level, "period": period, "quantity": encode(quantity)} | when.params | which.params
        columns: dict[str, dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]]] = {}
        for block in self._server.query(flux, params):
            times, numbers = block.times_ms(), block.numbers()
            for rows in block.tables():
                fields = columns.setdefault(decode(block.columns["subject"][rows.start]), {})
                fields[block.columns["_field"][rows.start]] = times[rows], numbers[rows]
        for subject in sorted(columns):
            if subjects is None or subject in result:
                result[subject] = _rollups(level, subject, period, quantity, columns[subject])
        return result


def _rollups(
    level: Level,
    subject: str,
    period: Period,
    quantity: str,
    fields: dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]],
) -> list[Rollup]:
    times = fields["present"][0].tolist()
    value, minimum, maximum, coverage, present = (fields[name][1].tolist() for name in FIELDS)
    shares, told = fields.get("estimated", (np.empty(0, np.int64), np.empty(0)))
    estimated = dict(zip(shares.tolist(), told.tolist(), strict=True))
    return [
        Rollup(
            level,
            subject,
            period,
            quantity,
            from_ms(time_ms),
            value[i] if int(present[i]) & 1 else None,
            minimum[i] if int(present[i]) & 2 else None,
            maximum[i] if int(present[i]) & 4 else None,
            coverage[i],
            estimated.get(time_ms, 0.0),
        )
        for i, time_ms in enumerate(times)
    ]


def line(rollup: Rollup) -> str:
    """A rollup as a line, its time in milliseconds."""
    numbers = [
        None if number is None or not np.isfinite(number) else float(number)
        for number in (rollup.value, rollup.minimum, rollup.maximum)
    ]
    value, minimum, maximum = (number or 0.0 for number in numbers)
    present = sum(bit for bit, number in zip((1, 2, 4), numbers, strict=True) if number is not None)
    return (
        f"{_head(rollup.level, rollup.subject, rollup.period, rollup.quantity)}"
        f"value={value!r},minimum={minimum!r},maximum={maximum!r},coverage={float(rollup.coverage)!r},"
        f"estimated={float(rollup.estimated)!r},present={present}i {to_ms(rollup.time)}"
    )


@lru_cache(maxsize=100_000)
def _head(level: str, subject: str, period: str, quantity: str) -> str:
    return f"rollup,level={tag(level)},period={tag(period)},quantity={tag(quantity)},subject={tag(subject)} "
