"""Towns beside each other as a table that a spreadsheet opens right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from dashboard.api.export import attachment, spreadsheet
from dashboard.api.parameters import known_at, words_of
from dashboard.as_known import as_known
from dashboard.i18n import Words, choose
from dashboard.pages.comparison_words import DIGITS, NAMES, reason, unit
from dashboard.views.comparison import INDICATORS, Comparison, comparison
from dashboard.views.comparison_periods import PERIODS, first_and_last
from dashboard.visit import Rooms
from models.reading import iso_z
from models.registry import Region

Cell = str | float | None


def comparison_table(found: Comparison, region: Region, words: Words, known_at: datetime) -> bytes:
    """Every town with every indicator, its 95 % interval, what it is based on, or the reason why there is none."""
    return spreadsheet(_header(region, words), _rows(found, region, words, iso_z(known_at)), words.language)


def _header(region: Region, words: Words) -> list[str]:
    header = [words.say("Code"), words.say("Town"), words.say("from"), words.say("to"), words.say("days")]
    header += [words.say("days of the period"), words.say("as known at")]
    header += [words.say("People supplied"), words.say("Connections")]
    for name in INDICATORS:
        word = words.say(NAMES[name])
        header += [
            f"{word} [{unit(name, words)}]",
            f"{word}: {words.say('lower bound')}",
            f"{word}: {words.say('upper bound')}",
            f"{word}: {words.say('covered')} [%]",
            f"{word}: {words.say('no figure because')}",
            f"{word}: {words.say('same days a year before')}",
        ]
    return [*header, words.say("note")] if region.simulated else header


def _rows(found: Comparison, region: Region, words: Words, known: str) -> Iterator[list[Cell]]:
    span = found.span
    first, last = first_and_last(span.start, span.end, region)
    for row in sorted(found.rows, key=lambda row: -row.town.population):
        cells: list[Cell] = [row.town.code, row.town.name, first.isoformat(), last.isoformat(), span.days]
        cells += [span.of, known]
        cells += [row.town.population_supplied, row.connections]
        for name in INDICATORS:
            figure, digits = row.figures[name], DIGITS[name] + 1
            has_figure = figure.value is not None and figure.range is not None
            cells.append(round(figure.value, digits) if figure.value is not None else None)
            cells.append(round(figure.range.lower, digits) if figure.range is not None else None)
            cells.append(round(figure.range.upper, digits) if figure.range is not None else None)
            cells.append(round(figure.coverage * 100, 1))
            cells.append(None if has_figure else reason(figure, words))
            before = row.earlier.get(name)
            cells.append(round(before.value, digits) if before is not None and before.value is not None else None)
        yield [*cells, words.say("SIMULATION")] if region.simulated else cells


def router(rooms: Rooms) -> APIRouter:
    """The path, bound to its rooms."""
    paths = APIRouter(tags=["comparison"])

    @paths.get("/comparison.csv", response_class=Response)
    def comparison_csv(
        request: Request, period: str = "month", lang: str | None = None, known: str | None = None
    ) -> Response:
        """All towns and indicators as CSV: the last month, quarter or year of whole months, or the running month.

        known : a date or time as known at which figures, assignments and bills are to be told
        """
        region = rooms.records.region()
        (period,) = words_of(period, list(PERIODS), "period") or ["month"]
        words = Words(
            choose(lang, request.cookies.get("lang"), region.languages if region else ()),
            region.tz if region else ZoneInfo("UTC"),
        )
        if region is None:
            return attachment(spreadsheet([], [], words.language), "comparison.csv")
        moment = known_at(known, rooms.clock.now(), region.tz)
        then = replace(rooms, records=as_known(rooms.records, moment))
        region = then.records.region() or region
        found = comparison(then, region, moment, period, INDICATORS[0], "")
        first, _ = first_and_last(found.span.start, found.span.end, region)
        simulated = "-SIMULACE" if region.simulated else ""
        name = f"{words.say('comparison')}-{first:%Y-%m}-{period}{simulated}.csv"
        return attachment(comparison_table(found, region, words, moment), name)

    return paths
