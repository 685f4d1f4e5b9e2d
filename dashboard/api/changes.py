"""Changed figures as a table that a spreadsheet opens right."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from dashboard.api.export import attachment, spreadsheet
from dashboard.api.parameters import known_at, words_of
from dashboard.i18n import Words, choose
from dashboard.pages.changes_words import causes_text, figure_name, unit_of
from dashboard.views.changes import PERIODS, Changes, area_name, changes
from dashboard.visit import Rooms
from models.reading import iso_z
from models.registry import Region

Cell = str | float | None


def changes_table(found: Changes, region: Region, words: Words) -> bytes:
    """Every changed figure: what was known then, what is known now, since when, how often it changed, and why."""
    header = [
        words.say("level"),
        words.say("Code"),
        words.say("name"),
        words.say("quantity"),
        words.say("Figure"),
        words.say("unit"),
        words.say("Period"),
        words.say("from"),
        words.say("then"),
        words.say("then: lower bound"),
        words.say("then: upper bound"),
        words.say("now"),
        words.say("now: lower bound"),
        words.say("now: upper bound"),
        words.say("changed"),
        words.say("changes"),
        words.say("causes"),
        words.say("Why"),
    ]
    if region.simulated:
        header.append(words.say("note"))
    return spreadsheet(header, _rows(found, region, words), words.language)


def _rows(found: Changes, region: Region, words: Words) -> Iterator[list[Cell]]:
    for item in found.items:
        before, after = item.before, item.after
        cells: list[Cell] = [
            after.level,
            after.subject,
            area_name(after.level, after.subject, region),
            after.quantity,
            figure_name(after.quantity, words),
            unit_of(after.quantity),
            after.period,
            words.local(after.time).date().isoformat(),
            *(before.value, before.lower, before.upper),
            *(after.value, after.lower, after.upper),
            "" if after.known_from is None else iso_z(after.known_from),
            item.times,
            " ".join(cause.code for cause in item.causes),
            causes_text(item.causes, words),
        ]
        yield [*cells, words.say("SIMULATION")] if region.simulated else cells


def router(rooms: Rooms) -> APIRouter:
    """The path, bound to its rooms."""
    paths = APIRouter(tags=["comparison"])

    @paths.get("/changes.csv", response_class=Response)
    def changes_csv(
        request: Request, area: str = "", since: str | None = None, period: str = "", lang: str | None = None
    ) -> Response:
        """Quoted figures that say something else than they did at `since`, with the causes, as CSV.

        area : zone:ID, municipality:CODE, zone or municipality for all of them, else the region; period : month or day
        """
        region = rooms.records.region()
        words = Words(
            choose(lang, request.cookies.get("lang"), region.languages if region else ()),
            region.tz if region else ZoneInfo("UTC"),
        )
        if region is None:
            return attachment(spreadsheet([], [], words.language), "changes.csv")
        now = rooms.clock.now()
        (wanted,) = words_of(period, list(PERIODS), "period") or [""]
        query = {"area": area, "period": wanted}
        if since is not None:
            query["since"] = iso_z(known_at(since, now, region.tz))
        found = changes(rooms, region, now, query)
        simulated = "-SIMULACE" if region.simulated else ""
        return attachment(changes_table(found, region, words), f"{words.say('changes')}-{now:%Y-%m-%d}{simulated}.csv")

    return paths
