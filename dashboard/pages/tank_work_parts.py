"""The section of a tank's page on how it was worked over the last week."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.i18n import Words
from dashboard.pages.parts import facts, section
from dashboard.views.tank_work import TankWork
from dashboard.visit import Visit


def work_section(visit: Visit, work: TankWork) -> Component:
    """Pump, tariff, exchange of water and overflow of the last seven days."""
    words = visit.words
    rows = [*_pump(work, words)]
    if work.turnover_h is not None:
        rows.append((words.say("Water stays, on average"), words.measure(work.turnover_h, "h", 1)))
    if work.overflow_h is not None:
        spilled = words.measure(work.overflow_h, "h", 1) if work.overflow_h > 0 else words.say("none")
        rows.append((words.say("At full level or above"), spilled))
    body = facts(rows) if rows else html.P(words.say("Nothing is known of that week."), className="empty")
    return section(words.say("How it was worked"), body, note=words.say("last seven days"), kind="wrapdd")


def _pump(work: TankWork, words: Words) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    hours = work.counted_h if work.counted_h is not None else work.pump.hours if work.pump else None
    starts = work.counted_starts if work.counted_starts is not None else work.pump.starts if work.pump else None
    if hours is not None:
        rows.append((words.say("Pump ran"), words.measure(hours, "h", 1)))
    if starts is not None:
        rows.append((words.say("Pump starts"), words.number(starts)))
    if work.pump is not None:
        rows.append((words.say("Pumped at the cheap tariff"), _tariff(work, words)))
    return rows


def _tariff(work: TankWork, words: Words) -> str:
    if work.tariff is None:
        return words.say("hours of the tariff are not set")
    span = f"{words.number(work.tariff.from_h)}–{words.number(work.tariff.to_h)}\u00a0h"
    if work.pump is None or work.pump.cheap is None:
        return words.say("it did not run ({span})", span=span)
    return f"{words.percent(work.pump.cheap)} ({span})"
