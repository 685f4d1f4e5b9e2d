"""Four figures of an event, by its kind. What is not known is a dash with the reason, never a zero."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from dashboard import sentences
from dashboard.i18n import Words, flow_digits
from dashboard.views.event import EventView
from models.event import Event, EventKind
from models.reading import from_ms, to_ms

BATH_M3 = 0.15
UNKNOWN = "—"


class BigFigure(NamedTuple):
    """A figure with its name, its unit and what it is to be compared with."""

    name: str
    value: str
    unit: str
    said: str


def big_figures(view: EventView, now: datetime, words: Words) -> list[BigFigure]:
    """The four figures of an event's page."""
    kind = view.item.event.kind
    if kind is EventKind.BURST:
        return [_flow(view, now, words), _volume(view, now, words), _cost(view, words), _certainty(view, words)]
    if kind is EventKind.DATA_STOPPED:
        event = view.item.event
        first = _lasting(event, now, words) if event.level == "zone" else _silent(event, now, words)
        return [first, *_usual(view, words), _certainty(view, words)]
    return [*_level(view, now, words), _lasting(view.item.event, now, words), _certainty(view, words)]


def _number(event: Event, name: str) -> float | None:
    value = event.why.values.get(name)
    return float(value) if isinstance(value, int | float) else None


def _flow(view: EventView, now: datetime, words: Words) -> BigFigure:
    event = view.item.event
    if event.end is not None:
        over = words.say("the inflow is back since {time}", time=words.since(event.end, now))
        lost = event.loss_m3h or 0.0
        return BigFigure(words.say("Lost now"), words.number(lost, 1 if lost else 0), "m³/h", over)
    if event.loss_m3h is None:
        return BigFigure(words.say("Lost now"), UNKNOWN, "", words.say("not known yet"))
    inflow, expected = _number(event, "inflow_m3h"), _number(event, "expected_m3h")
    said = words.say("above what is expected")
    if inflow is not None and expected is not None:
        said = words.say(
            "inflow {flow}, expected {expected}", flow=_short(inflow, words), expected=_short(expected, words)
        )
    value = words.number(event.loss_m3h, flow_digits(event.loss_m3h))
    return BigFigure(words.say("Lost now"), value, "m³/h", said)


def _short(flow_m3h: float, words: Words) -> str:
    return words.number(flow_m3h, flow_digits(flow_m3h))


def _volume(view: EventView, now: datetime, words: Words) -> BigFigure:
    event = view.item.event
    name = words.say("Lost since {time}", time=words.since(event.start, now))
    if event.loss_m3 is None:
        return BigFigure(name, UNKNOWN, "", words.say("not known yet"))
    baths = words.plural("{n} bath of 150 l", "{n} baths of 150 l", round(event.loss_m3 / BATH_M3))
    millions = event.loss_m3 >= 1e6
    value = event.loss_m3 / 1e6 if millions else event.loss_m3
    digits = 2 if millions else 0 if event.loss_m3 >= 10 else 1
    return BigFigure(name, words.number(value, digits), words.say("million m³") if millions else "m³", baths)


def _cost(view: EventView, words: Words) -> BigFigure:
    item = view.item
    name = words.say("It costs") if item.event.end is None else words.say("It cost")
    price = item.municipality.variable_cost_czk_m3 if item.municipality is not None else None
    if price is None:
        return BigFigure(name, UNKNOWN, "", words.say("the registry has no variable cost of water here"))
    rate = words.say("{price} CZK/m³", price=words.number(price, 0 if price == round(price) else 2))
    so_far = None if item.cost_czk is None else words.say("{money} CZK", money=words.number(item.cost_czk))
    if item.event.end is not None or item.cost_czk_h is None:
        if item.cost_czk is None:
            return BigFigure(name, UNKNOWN, "", words.say("not known yet"))
        return BigFigure(name, words.number(item.cost_czk), words.say("CZK"), words.say("at {rate}", rate=rate))
    said = words.say("at {rate}", rate=rate)
    if so_far is not None:
        said = words.say("{money} so far at {rate}", money=so_far, rate=rate)
    return BigFigure(name, words.number(item.cost_czk_h), words.say("CZK/h"), said)


def _certainty(view: EventView, words: Words) -> BigFigure:
    event = view.item.event
    said = {
        EventKind.BURST: words.say("that water is being lost"),
        EventKind.DATA_STOPPED: words.say("that data have stopped"),
    }.get(event.kind, words.say("that it is below the limit"))
    return BigFigure(words.say("Certainty"), words.number(event.score * 100), "%", said)


def _level(view: EventView, now: datetime, words: Words) -> list[BigFigure]:
    """The value now and the lowest since the event began, each against the limit."""
    event, chart = view.item.event, view.chart
    pressure = event.kind is EventKind.PRESSURE_LOW
    name = words.say("Pressure now") if pressure else words.say("Level now")
    digits = 1 if pressure else 2
    limit = _number(event, "limit_m")
    if limit is None and view.evidence is not None and view.evidence.limits:
        limit = view.evidence.limits[0][1]
    against = "" if limit is None else words.say("limit {value}", value=words.measure(limit, "m", digits))
    if chart is None or chart.last is None:
        value = _number(event, "pressure_m" if pressure else "level_m")
        shown = UNKNOWN if value is None else words.number(value, digits)
        return [
            BigFigure(name, shown, "" if value is None else "m", against),
            BigFigure(words.say("Lowest"), UNKNOWN, "", words.say("no data")),
        ]
    at, last = chart.last
    if event.end is not None:
        name = words.say("Pressure at the end") if pressure else words.say("Level at the end")
    seen = words.say("at {time}", time=words.since(from_ms(at), now))
    first = BigFigure(name, words.number(last, digits), "m", ", ".join(part for part in (against, seen) if part))
    ended = to_ms(event.end or now)
    inside = (chart.line.time_ms >= to_ms(event.start)) & (chart.line.time_ms <= ended) & ~np.isnan(chart.line.value)
    if not inside.any():
        return [first, BigFigure(words.say("Lowest"), UNKNOWN, "", words.say("no data"))]
    k = int(np.argmin(np.where(inside, chart.line.value, np.inf)))
    when = words.say("at {time}", time=words.since(from_ms(int(chart.line.time_ms[k])), now))
    return [first, BigFigure(words.say("Lowest"), words.number(float(chart.line.value[k]), digits), "m", when)]


def _lasting(event: Event, now: datetime, words: Words) -> BigFigure:
    value, unit = _parted(max(timedelta(), (event.end or now) - event.start), words)
    if event.end is None:
        return BigFigure(
            words.say("Has lasted"), value, unit, words.say("since {time}", time=words.since(event.start, now))
        )
    return BigFigure(words.say("Lasted"), value, unit, _from_to(event.start, event.end, now, words))


def _from_to(start: datetime, end: datetime, now: datetime, words: Words) -> str:
    return words.say("{start} to {end}", start=words.since(start, now), end=words.since(end, now))


def _parted(length: timedelta, words: Words) -> tuple[str, str]:
    """A duration as one number with its unit: 2,4 h; 35 min; 3,1 d."""
    hours = length / timedelta(hours=1)
    if hours < 1:
        return words.number(hours * 60), "min"
    if hours < 48:
        return words.number(hours, 1), "h"
    return words.number(hours / 24, 1), words.say("days")


def _silent(event: Event, now: datetime, words: Words) -> BigFigure:
    value, unit = _parted(max(timedelta(), (event.end or now) - event.start), words)
    if event.end is None:
        said = words.say("last heard {time}", time=words.since(event.start, now))
        return BigFigure(words.say("Silent for"), value, unit, said)
    return BigFigure(words.say("Was silent for"), value, unit, _from_to(event.start, event.end, now, words))


def _usual(view: EventView, words: Words) -> list[BigFigure]:
    """How often it usually reports, or how many meters report; and the last value."""
    event, chart = view.item.event, view.chart
    if event.level == "zone":
        share = _number(event, "heard_pct")
        heard = UNKNOWN if share is None else words.number(share)
        limit = _number(event, "limit_pct")
        said = "" if limit is None else words.say("at least {share} expected", share=words.percent(limit / 100))
        first = BigFigure(words.say("Meters reporting"), heard, "" if share is None else "%", said)
    else:
        usual = _number(event, "usual_s")
        value, unit = (UNKNOWN, "") if usual is None else _interval(usual, words)
        first = BigFigure(words.say("Usually reports every"), value, unit, words.say("median of its last reports"))
    if chart is None or chart.last is None or view.evidence is None:
        return [first, BigFigure(words.say("Last value"), UNKNOWN, "", words.say("no data in the day before"))]
    _, last = chart.last
    name = sentences.quantity(view.evidence.quantity, words)
    return [first, BigFigure(words.say("Last value"), words.number(last, chart.digits), chart.unit, name)]


def _interval(seconds: float, words: Words) -> tuple[str, str]:
    if seconds < 120:
        return words.number(seconds), "s"
    return _parted(timedelta(seconds=seconds), words)
