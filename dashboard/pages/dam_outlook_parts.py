"""Sections of a dam's page on what lies ahead: state, storage to come, unexplained volume, leakage of its towns."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.i18n import mark
from dashboard.pages.parts import facts, section
from dashboard.pages.region_parts import short_name
from dashboard.pages.reservoir_words import stored_text
from dashboard.views.dam_outlook import Ahead, DamOutlook
from dashboard.views.leakage_days import days_of_town
from dashboard.visit import Visit
from models.registry import Municipality
from models.reservoir_state import Drought

STATES: dict[Drought, str] = {
    Drought.NONE: mark("no drought"),
    Drought.WATCH: mark("watch"),
    Drought.DROUGHT: mark("drought"),
    Drought.SEVERE: mark("severe drought"),
}


def outlook_section(visit: Visit, view: DamOutlook) -> Component:
    """State of the storage and its forecast."""
    words = visit.words
    rows: list[tuple[str, str]] = []
    if view.state is not None and view.rule_share is not None:
        rows.append((words.say("State by the rule curve"), words.say(STATES[view.state])))
        rows.append((words.say("Storage of what the rule curve means today"), words.percent(view.rule_share)))
    if view.rank is not None:
        rows.append((words.say("Fuller than in earlier years at this time"), words.percent(view.rank)))
    parts: list[Component] = [facts(rows)] if rows else []
    parts.append(_table(visit, view))
    if view.few:
        said = words.say(
            "So few years differ too little: what came fell into such bands in 56–87 % of trials, not in 80 %."
        )
        parts.append(html.P(said, className="said"))
    if view.state is not None:
        parts.append(
            html.P(words.say("Steps of the state: 85, 70 and 50 % of the rule curve; our own."), className="said")
        )
    return section(words.say("Outlook"), *parts, note=words.say("from the courses of earlier years"))


def _table(visit: Visit, view: DamOutlook) -> Component:
    words = visit.words
    if not view.ahead and view.years >= view.least_years:
        return html.P(words.say("No forecast: the level of the last days is not known."), className="empty")
    if not view.ahead:
        text = words.plural(
            "No forecast: it needs the levels of {least} earlier years, there is {n}.",
            "No forecast: it needs the levels of {least} earlier years, there are {n}.",
            view.years,
            least=view.least_years,
        )
        return html.P(text, className="empty")
    heads = [words.say("In"), words.say("Middle"), words.say("80 % of the courses")]
    rows = [_ahead(visit, one) for one in view.ahead]
    kinds = ("", "n", "n")
    head = html.Thead(html.Tr([html.Th(text, className=kind) for text, kind in zip(heads, kinds, strict=True)]))
    return html.Table([head, html.Tbody(rows)], className="t")


def _ahead(visit: Visit, one: Ahead) -> Component:
    words = visit.words
    band = f"{stored_text(one.lower_m3, words)} – {stored_text(one.upper_m3, words)}"
    days = words.plural("{n} day", "{n} days", one.days)
    return html.Tr(
        [html.Td(days), html.Td(stored_text(one.middle_m3, words), className="n"), html.Td(band, className="n")]
    )


SPACES: dict[str, str] = {
    "dead": mark("dead storage"),
    "storage": mark("storage space"),
    "flood": mark("controllable flood space"),
    "surcharge": mark("uncontrollable flood space"),
}


def spaces_section(visit: Visit, view: DamOutlook) -> list[Component]:
    """The dam's spaces today, from above, and how much of each is filled."""
    if not view.spaces:
        return []
    words = visit.words
    rows = [
        (
            words.say(
                "{space}, up to {level}", space=words.say(SPACES[one.name]), level=words.measure(one.high_m, "m", 2)
            ),
            words.say(
                "{share} of {volume}",
                share=words.percent(one.filled_m3 / one.volume_m3 if one.volume_m3 else 0.0),
                volume=stored_text(one.volume_m3, words),
            ),
        )
        for one in reversed(view.spaces)
    ]
    note = words.say("by the rule curve of the day")
    return [section(words.say("Spaces of the reservoir"), facts(rows), note=note, kind="wrapdd")]


def unexplained_section(visit: Visit, view: DamOutlook) -> Component:
    """What measured storage, inflow and release leave open; it is never spread over them."""
    words = visit.words
    name = words.say("Unexplained volume")
    note = words.say("last 30 whole days; rain and evaporation are left out")
    if view.closed is None:
        text = words.say("Not available: level, inflow or release is missing in these days.")
        return section(name, html.P(text, className="empty"), note=note)
    rows = [
        (words.say("Inflow"), stored_text(view.closed.inflow_m3, words)),
        (words.say("Storage change less inflow and release"), _signed(visit, view.closed.residual_m3)),
    ]
    if view.closed.residual_pct is not None:
        rows.append((words.say("Share of the inflow"), words.percent(view.closed.residual_pct / 100, 1)))
    return section(name, facts(rows), note=note)


def _signed(visit: Visit, volume_m3: float) -> str:
    sign = "\u2212" if volume_m3 < 0 else "+"
    return f"{sign}{stored_text(abs(volume_m3), visit.words)}"


def leakage_section(visit: Visit, view: DamOutlook) -> list[Component]:
    """Leakage of the towns that the registry links to the dam, as days of what all draw from it."""
    if not view.leakage:
        return []
    words = visit.words
    rows = [
        (
            words.say("{town}, {month}", town=row.town.name, month=words.month(row.month)),
            words.say(
                "{volume}, {days} days of the dam", volume=words.volume(row.losses_m3), days=words.number(row.days, 1)
            ),
        )
        for row in view.leakage
    ]
    note = words.say("real losses of the month by the balance, by the town's share; a day of all that is drawn")
    return [section(words.say("Leakage of its towns"), facts(rows), note=note, kind="wrapdd")]


def town_leakage(visit: Visit, town: Municipality) -> list[Component]:
    """A town's own leakage in days of each dam that supplies it; nothing where the registry links none."""
    rows = days_of_town(visit.rooms, visit.region, town, visit.now)
    if not rows:
        return []
    words = visit.words
    said = [
        (
            words.say("{dam}, {month}", dam=short_name(dam.name), month=words.month(row.month)),
            words.say(
                "{volume}, {days} days of the dam", volume=words.volume(row.losses_m3), days=words.number(row.days, 1)
            ),
        )
        for dam, row in rows
    ]
    note = words.say("real losses of the month by the balance, by the town's share; a day of all that is drawn")
    return [section(words.say("Leakage in days of its dam"), facts(said), note=note, kind="wrapdd")]
