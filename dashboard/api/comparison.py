"""Towns beside each other as a table that a spreadsheet opens right."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from dashboard.api.export import attachment, spreadsheet
from dashboard.api.parameters import words_of
from dashboard.i18n import Words, choose
from dashboard.pages.comparison_words import DIGITS, NAMES, reason, unit
from dashboard.views.comparison import INDICATORS, PERIODS, Comparison, comparison, month_days
from dashboard.visit import Rooms
from models.registry import Region

Cell = str | float | None


def comparison_table(found: Comparison, region: Region, words: Words) -> bytes:
    """Every town with every indicator, its 95 % interval, what it is based on, or the reason why there is none."""
    return spreadsheet(_header(region, words), _rows(found, region, words), words.language)


def _header(region: Region, words: Words) -> list[str]:
    header = [words.say("Code"), words.say("Town"), words.say("from"), words.say("to"), words.say("days")]
    header += [words.say("People supplied"), words.say("Connections")]
    for name in INDICATORS:
        word = words.say(NAMES[name])
        header += [
            f"{word} [{unit(name, words)}]",
            f"{word}: {words.say('lower bound')}",
            f"{word}: {words.say('upper bound')}",
            f"{word}: {words.say('covered')} [%]",
            f"{word}: {words.say('no figure because')}",
        ]
    return [*header, words.say("note")] if region.simulated else header


def _rows(found: Comparison, region: Region, words: Words) -> Iterator[list[Cell]]:
    first, last = month_days(found.start, found.end, region)
    for row in sorted(found.rows, key=lambda row: -row.town.population):
        cells: list[Cell] = [row.town.code, row.town.name, first.isoformat(), last.isoformat(), found.days]
        cells += [row.town.population_supplied, row.connections]
        for name in INDICATORS:
            figure, digits = row.figures[name], DIGITS[name] + 1
            known = figure.value is not None and figure.range is not None
            cells.append(round(figure.value, digits) if figure.value is not None else None)
            cells.append(round(figure.range.lower, digits) if figure.range is not None else None)
            cells.append(round(figure.range.upper, digits) if figure.range is not None else None)
            cells.append(round(figure.coverage * 100, 1))
            cells.append(None if known else reason(figure, words))
        yield [*cells, words.say("SIMULATION")] if region.simulated else cells


def router(rooms: Rooms) -> APIRouter:
    """The path, bound to its rooms."""
    paths = APIRouter(tags=["comparison"])

    @paths.get("/comparison.csv", response_class=Response)
    def comparison_csv(request: Request, period: str = "month", lang: str | None = None) -> Response:
        """All towns and indicators over the last month, quarter or year of whole months, as CSV."""
        region = rooms.records.region()
        (period,) = words_of(period, list(PERIODS), "period") or ["month"]
        words = Words(
            choose(lang, request.cookies.get("lang"), region.languages if region else ()),
            region.tz if region else ZoneInfo("UTC"),
        )
        if region is None:
            return attachment(spreadsheet([], [], words.language), "comparison.csv")
        found = comparison(rooms, region, rooms.clock.now(), period, INDICATORS[0], "")
        first, _ = month_days(found.start, found.end, region)
        simulated = "-SIMULACE" if region.simulated else ""
        name = f"{words.say('comparison')}-{first:%Y-%m}-{period}{simulated}.csv"
        return attachment(comparison_table(found, region, words), name)

    return paths
