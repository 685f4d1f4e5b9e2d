"""Readings of a device as a table that a spreadsheet opens right."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Annotated
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from dashboard.api.readings import stored
from dashboard.i18n import Words, choose
from dashboard.visit import Rooms
from models.quantity import QUANTITIES
from models.reading import Reading

BOM = "\ufeff"
# A cell that begins like a formula is one to a spreadsheet; names come from devices.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def spreadsheet(header: Sequence[str], rows: Iterable[Sequence[str | float | None]], language: str) -> bytes:
    """A CSV in UTF-8 with a byte order mark, as the language's Excel expects it.

    Czech and German: semicolons and decimal commas; English: commas and decimal points.
    """
    separator, decimal = (",", ".") if language == "en" else (";", ",")
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    writer.writerow([_cell(name, decimal) for name in header])
    writer.writerows([_cell(value, decimal) for value in row] for row in rows)
    return (BOM + text.getvalue()).encode()


def _cell(value: str | float | None, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return repr(value).removesuffix(".0").replace(".", decimal)


def attachment(content: bytes, name: str) -> Response:
    """A CSV that the browser saves under a name."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition})


def device_table(readings: Sequence[Reading], words: Words) -> bytes:
    """Readings of a device as a spreadsheet, times in the region's zone."""
    header = [
        words.say("time"),
        words.say("quantity"),
        words.say("value"),
        words.say("unit"),
        words.say("quality"),
        words.say("flags"),
        words.say("source"),
    ]
    rows = (
        (
            words.local(reading.time).strftime("%Y-%m-%d %H:%M:%S"),
            reading.quantity,
            reading.value,
            QUANTITIES[reading.quantity].unit if reading.quantity in QUANTITIES else "",
            reading.quality.name,
            " ".join(reading.flags),
            reading.source,
        )
        for reading in readings
    )
    return spreadsheet(header, rows, words.language)


def router(rooms: Rooms) -> APIRouter:
    """The path, bound to its rooms."""
    paths = APIRouter(tags=["readings"])

    @paths.get("/devices/{device:any}/readings.csv", response_class=Response)
    def device_csv(
        request: Request,
        device: str,
        quantity: str | None = None,
        start: Annotated[str | None, Query(alias="from")] = None,
        end: Annotated[str | None, Query(alias="to")] = None,
        lang: str | None = None,
    ) -> Response:
        """Stored readings of a device as CSV."""
        region = rooms.records.region()
        languages = region.languages if region else ()
        words = Words(choose(lang, request.cookies.get("lang"), languages), region.tz if region else ZoneInfo("UTC"))
        readings = stored(rooms, device, quantity, start, end)
        simulated = "-SIMULACE" if region and region.simulated else ""
        return attachment(device_table(readings, words), f"{device}{simulated}.csv")

    return paths
