"""The Czech return and the directive's leakage sheet of every supplier as a table that a spreadsheet opens right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from dashboard.api.export import attachment, spreadsheet
from dashboard.i18n import Words, choose
from dashboard.pages.balance_words import why
from dashboard.pages.water_return import CHAIN, COLUMNS
from dashboard.views.water_return import WaterReturn, first_months, water_return
from dashboard.visit import Rooms
from models.registry import Region

Cell = str | float | None
UNIT_LEAKAGE = "cz_unit_leakage_m3kmd"


def return_table(found: WaterReturn, region: Region, words: Words) -> bytes:
    """One row a supplier: the return's chain, unit leakage, then the directive's sheet, each with its interval."""
    return spreadsheet(_header(region, words), _rows(found, region, words), words.language)


def _header(region: Region, words: Words) -> list[str]:
    header = [words.say("Code"), words.say("Supplier"), words.say("from"), words.say("to")]
    for _, _, said in CHAIN:
        header += [f"{words.say(said).lstrip('+−= ')} [m³]", f"{words.say(said).lstrip('+−= ')}: ±"]
    header += [f"{words.say('Unit leakage')} [{words.say('m³/km/day')}]", f"{words.say('no figure because')}"]
    header += [words.say("people supplied"), words.say("m³/day"), words.say("assessed")]
    for _, said, unit, _ in COLUMNS:
        word = f"{words.say(said)} [{words.say(unit)}]" if unit else words.say(said)
        header += [word, f"{word}: {words.say('lower bound')}", f"{word}: {words.say('upper bound')}"]
    header += [words.say("within the range of UARL")]
    return [*header, words.say("note")] if region.simulated else header


def _rows(found: WaterReturn, region: Region, words: Words) -> Iterator[list[Cell]]:
    for row in found.rows:
        supplier = row.supplier
        start = "" if found.start is None else words.local(found.start).date().isoformat()
        end = "" if found.end is None else words.local(found.end).date().isoformat()
        cells: list[Cell] = [supplier.subject, row.name, start, end]
        for quantity, _, _ in CHAIN:
            figure = row.figures.get(quantity)
            value, upper = (None, None) if figure is None else (figure.value, figure.upper)
            cells.append(None if value is None else round(value, 1))
            cells.append(None if value is None or upper is None else round(upper - value, 1))
        leakage = row.figures.get(UNIT_LEAKAGE)
        known = leakage is not None and leakage.value is not None
        cells.append(round(leakage.value, 3) if leakage is not None and leakage.value is not None else None)
        cells.append(None if known else why(leakage, dict(row.figures), words))
        must = supplier.must_assess
        cells += [supplier.people, None if supplier.supplied_m3d is None else round(supplier.supplied_m3d, 1)]
        cells.append(None if must is None else words.say("yes") if must else words.say("no"))
        for quantity, _, _, digits in COLUMNS:
            figure = row.figures.get(quantity)
            numbers = (None, None, None) if figure is None else (figure.value, figure.lower, figure.upper)
            cells += [None if number is None else round(number, digits + 1) for number in numbers]
        cells.append(words.say("yes") if row.in_range else words.say("no"))
        yield [*cells, words.say("SIMULATION")] if region.simulated else cells


def router(rooms: Rooms) -> APIRouter:
    """The path, bound to its rooms."""
    paths = APIRouter(tags=["returns"])

    @paths.get("/returns.csv", response_class=Response)
    def returns_csv(
        request: Request, first: Annotated[str, Query(alias="from")] = "", lang: str | None = None
    ) -> Response:
        """Czech return and leakage sheet of every supplier over the twelve months from one (2025-11), as CSV."""
        region = rooms.records.region()
        languages = region.languages if region else ()
        words = Words(choose(lang, request.cookies.get("lang"), languages), region.tz if region else ZoneInfo("UTC"))
        if region is None:
            return attachment(spreadsheet([], [], words.language), "returns.csv")
        found = water_return(rooms, region, rooms.clock.now(), {"from": first})
        begun = "" if found.start is None else "-" + first_months([found.start], region)[0]
        simulated = "-SIMULACE" if region.simulated else ""
        return attachment(return_table(found, region, words), f"{words.say('returns')}{begun}{simulated}.csv")

    return paths
