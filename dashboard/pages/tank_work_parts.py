"""The section of a tank's page on how it was worked over the last week."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard.i18n import Words
from dashboard.pages.parts import facts, section
from dashboard.views.tank_work import LEAST_KNOWN, TankWork
from dashboard.visit import Visit


def work_section(visit: Visit, work: TankWork) -> Component:
    """Pump, tariff, exchange of water and overflow of the last seven days."""
    words = visit.words
    stays = words.say("not known: outflow or level is missing")
    if work.turnover_h is not None:
        stays = words.measure(work.turnover_h, "h", 1)
    rows = [
        *_pump(work, words),
        (words.say("Water stays, on average"), stays),
        (words.say("At full level or above"), _overflow(work, words)),
    ]
    return section(words.say("How it was worked"), facts(rows), note=words.say("last seven days"), kind="wrapdd")


def _overflow(work: TankWork, words: Words) -> str:
    if work.overflow is None or work.overflow.known == 0:
        return words.say("not known: no levels")
    spilled = words.measure(work.overflow.hours, "h", 1) if work.overflow.hours > 0 else words.say("none")
    return _of_known(spilled, work.overflow.known, words)


def _of_known(text: str, known: float, words: Words) -> str:
    """What is said of a week that is not known as a whole tells so."""
    if known >= LEAST_KNOWN:
        return text
    return words.say("{text}; known for {share} of the time", text=text, share=words.percent(known))


def _pump(work: TankWork, words: Words) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    hours = work.counted_h if work.counted_h is not None else work.pump.hours if work.pump else None
    starts = work.counted_starts if work.counted_starts is not None else work.pump.starts if work.pump else None
    ran = words.say("not known: no states and no counter") if hours is None else words.measure(hours, "h", 1)
    if work.counted_h is None and work.pump is not None:
        ran = _of_known(ran, work.pump.known, words)
    rows.append((words.say("Pump ran"), ran))
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
    return words.say("{share} of its running time ({span})", share=words.percent(work.pump.cheap), span=span)
