"""Sentences and choices that the pages of dams and tanks share."""

from __future__ import annotations

from datetime import datetime, timedelta

from dash.development.base_component import Component

from dashboard.i18n import Words, mark
from dashboard.pages.parts import choices
from dashboard.pages.region_parts import short_name
from dashboard.views.reservoir import Dam
from dashboard.views.span import ChartSpan
from dashboard.views.tank import Tank

DAY = timedelta(days=1)
RANGES: tuple[tuple[str, timedelta], ...] = (("7d", 7 * DAY), ("30d", 30 * DAY), ("90d", 90 * DAY), ("year", 365 * DAY))
TANK_RANGES: tuple[tuple[str, timedelta], ...] = (("24h", DAY), ("7d", 7 * DAY), ("30d", 30 * DAY))
RANGE_WORDS: dict[str, str] = {
    "24h": mark("24 h"),
    "7d": mark("7 days"),
    "30d": mark("30 days"),
    "90d": mark("90 days"),
    "year": mark("1 year"),
}
LONG = 5 * 365
"""Days of supply beyond which their number says nothing."""
STEADY_M = 0.005


def range_choices(
    address: str, span: ChartSpan, words: Words, ranges: tuple[tuple[str, timedelta], ...] = RANGES
) -> Component:
    """Links to the spans of the charts."""
    items = [(words.say(RANGE_WORDS[name]), f"{address}?range={name}", name == span.name) for name, _ in ranges]
    return choices(items, words.say("Span of the charts"))


def dam_headline(dam: Dam, now: datetime, words: Words) -> str:
    """The dam's answer: how full it is and how long it lasts."""
    name = short_name(dam.reservoir.name)
    if dam.at is None or dam.level_m is None:
        return words.say("Dam {name} has not reported its level yet.", name=name)
    if not dam.fresh:
        return words.say(
            "Dam {name} has not reported its level since {time}.", name=name, time=words.since(dam.at, now)
        )
    if dam.share is None:
        return words.say("The level of dam {name} is {level}.", name=name, level=words.measure(dam.level_m, "m", 2))
    share = words.percent(dam.share)
    if dam.days is None or dam.days > LONG:
        return words.say("Dam {name} is {share} full.", name=name, share=share)
    days = words.plural("{n} day", "{n} days", int(dam.days))
    return words.say(
        "Dam {name} is {share} full; at the present draw it lasts {days}.", name=name, share=share, days=days
    )


def change_sentence(dam: Dam, words: Words) -> str:
    """How the level moved in a week."""
    if dam.change_m is None:
        return ""
    if abs(dam.change_m) < STEADY_M:
        return words.say("Its level has not changed in seven days.")
    size = words.measure(abs(dam.change_m), "m", 2)
    if dam.change_m > 0:
        return words.say("Its level rose by {size} in seven days.", size=size)
    return words.say("Its level fell by {size} in seven days.", size=size)


def release_sentence(dam: Dam, words: Words) -> str:
    """Release against the ecological minimum."""
    if dam.release_m3h is None or dam.margin_m3h is None or dam.reservoir.min_release_m3h is None:
        return ""
    release = river_flow(dam.release_m3h, words)
    least = river_flow(dam.reservoir.min_release_m3h, words)
    if dam.margin_m3h < 0:
        return words.say(
            "{release} is released, less than the ecological minimum of {least}.", release=release, least=least
        )
    return words.say("{release} is released; the ecological minimum is {least}.", release=release, least=least)


def tank_headline(tank: Tank, now: datetime, words: Words) -> str:
    """The tank's answer: how full it is and for how long that is enough."""
    name = short_name(tank.reservoir.name)
    if tank.at is None or tank.level_m is None or tank.share is None:
        return words.say("Tank {name} has not reported its level yet.", name=name)
    if not tank.fresh:
        return words.say(
            "Tank {name} has not reported its level since {time}.", name=name, time=words.since(tank.at, now)
        )
    share = words.percent(tank.share)
    if tank.low:
        return words.say(
            "Tank {name} is only {share} full, below its limit of {limit}.",
            name=name,
            share=share,
            limit=words.measure(tank.limits["low"], "m", 2),
        )
    if tank.lasts is None:
        return words.say("Tank {name} is {share} full.", name=name, share=share)
    hours = hours_text(tank.lasts, words)
    return words.say(
        "Tank {name} is {share} full; without inflow it lasts {time} at the present demand.",
        name=name,
        share=share,
        time=hours,
    )


def stored_text(volume_m3: float, words: Words) -> str:
    """A storage: from a tenth of a million m³ on in millions, more digits than are known say nothing."""
    if volume_m3 < 1e5:
        return words.volume(volume_m3)
    millions = volume_m3 / 1e6
    digits = 2 if millions < 10 else 1 if millions < 100 else 0
    return words.say("{number} million m³", number=words.number(millions, digits))


def river_flow(flow_m3h: float, words: Words, unit: bool = True) -> str:
    """A river's flow in m³/s, with as many decimals as its size deserves."""
    flow_m3s = flow_m3h / 3600
    digits = 2 if abs(flow_m3s) < 10 else 1
    return words.measure(flow_m3s, "m³/s" if unit else "", digits)


def supply_text(days: float | None, words: Words) -> str:
    """For how long the supply lasts; an empty word where it is not known."""
    if days is None:
        return ""
    if days > LONG:
        return words.say("more than 5 years of supply")
    return words.plural("{n} day of supply", "{n} days of supply", int(days))


def hours_text(length: timedelta, words: Words) -> str:
    """Hours, to the minute only where few are left."""
    if length >= timedelta(hours=10):
        length = timedelta(hours=round(length / timedelta(hours=1)))
    return words.duration(length)


def pump_sentence(tank: Tank, now: datetime, words: Words) -> str:
    """What the pump does."""
    if tank.pump_on is None:
        return ""
    said = words.say("Its pump runs") if tank.pump_on else words.say("Its pump stands still")
    if tank.pump_since is not None:
        said += " " + words.say("since {time}", time=words.since(tank.pump_since, now))
    if tank.pump_share is None:
        return f"{said}."
    share = words.percent(tank.pump_share)
    return f"{said}; " + words.say("in the last 24 hours it ran for {share} of the time.", share=share)
