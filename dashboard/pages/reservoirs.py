"""Dams and service tanks of the region: how full each is and how long it lasts."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.figures.valley import valley
from dashboard.i18n import Words
from dashboard.markup import Markup, escape
from dashboard.pages.parts import attributes, crumbs, grid, lead, link, section
from dashboard.pages.region_parts import short_name
from dashboard.pages.reservoir_words import hours_text, river_flow, stored_text, supply_text
from dashboard.views.reservoir_list import ListedDam, ListedTank, ReservoirList, reservoir_list
from dashboard.visit import Visit


def title(visit: Visit) -> str:
    """For the window."""
    return visit.words.say("Reservoirs")


def layout(visit: Visit) -> Component:
    """The page."""
    found = reservoir_list(visit.store, visit.region, visit.now)
    head = html.Div(_head(visit, found), id="reservoirs-head", **attributes(data_refresh="minute"))
    return html.Div([head, grid(_dams(visit, found), _tanks(visit, found))])


def _head(visit: Visit, found: ReservoirList) -> Component:
    words = visit.words
    crumb = crumbs(visit, (words.say("Reservoirs"), ""))
    return lead(headline(found, words), second(found, words), crumb=crumb)


def headline(found: ReservoirList, words: Words) -> str:
    """What needs a look first: a tank below its limit, else how full the dams are."""
    low = sum(tank.low for tank in found.tanks)
    if low:
        return words.plural("{n} tank is below its limit.", "{n} tanks are below their limits.", low)
    stored = sum(dam.now.storage_m3 or 0.0 for dam in found.dams)
    whole = sum(
        dam.now.storage_m3 / dam.now.share for dam in found.dams if dam.now.storage_m3 is not None and dam.now.share
    )
    if whole > 0 and found.tanks:
        return words.say("The dams are {share} full, no tank is below its limit.", share=words.percent(stored / whole))
    if whole > 0:
        return words.say("The dams are {share} full.", share=words.percent(stored / whole))
    if found.tanks:
        return words.say("No tank is below its limit.")
    return words.say("The registry names no dam and no tank.")


def second(found: ReservoirList, words: Words) -> str:
    """Which supply lasts shortest, and who is silent."""
    parts = []
    lasting = [dam for dam in found.dams if dam.days is not None and dam.fresh]
    if lasting:
        shortest = min(lasting, key=lambda dam: dam.days or 0.0)
        days = words.plural("{n} day", "{n} days", int(shortest.days or 0))
        name = short_name(shortest.now.reservoir.name)
        parts.append(words.say("At the present draw, dam {name} lasts shortest: {days}.", name=name, days=days))
    silent = sum(not dam.fresh for dam in found.dams) + sum(not tank.fresh for tank in found.tanks)
    if silent:
        parts.append(words.plural("{n} does not report its level now.", "{n} do not report their level now.", silent))
    return " ".join(parts)


def _dams(visit: Visit, found: ReservoirList) -> Component:
    words = visit.words
    cells: list[Component] = [_dam(visit, dam) for dam in found.dams]
    if not cells:
        cells = [html.P(words.say("The registry names no dam."), className="empty")]
    body = html.Div(cells, className="dams", id="reservoirs-dams", **attributes(data_refresh="minute"))
    return section(words.say("Dams"), body, note=words.say("section after the curve of flooded volumes"))


def _dam(visit: Visit, dam: ListedDam) -> Component:
    state = dam.now
    parts = [f'<div class="nm">{escape(short_name(state.reservoir.name))}</div>']
    parts += [valley(state.reservoir, state.level_m, state.reservoir.name), "<dl>"]
    parts += [f"<div>{line}</div>" for line in dam_lines(dam, visit)]
    parts.append("</dl>")
    return html.A(Markup("".join(parts)), href=link("reservoirs", state.reservoir.reservoir), className="dam")


def dam_lines(dam: ListedDam, visit: Visit) -> list[str]:
    """What stands below a dam's section, as HTML."""
    words, state = visit.words, dam.now
    if state.share is None or state.storage_m3 is None or state.level_m is None:
        return [escape(words.say("no data"))]
    lines = [f"<b>{escape(words.percent(state.share))}</b> · {escape(stored_text(state.storage_m3, words))}"]
    lines.append(escape(words.measure(state.level_m, words.say("m a.s.l."), 2)))
    if not dam.fresh and state.at is not None:
        lines.append(escape(words.say("no data since {time}", time=words.since(state.at, visit.now))))
    elif dam.days is not None:
        lines.append(escape(supply_text(dam.days, words)))
    elif not dam.towns:
        lines.append(escape(words.say("supplies no town")))
    if state.inflow_m3h is not None and state.outflow_m3h is not None:
        flows = words.say(
            "inflow {inflow}, outflow {outflow} m³/s",
            inflow=river_flow(state.inflow_m3h, words, unit=False),
            outflow=river_flow(state.outflow_m3h, words, unit=False),
        )
        lines.append(escape(flows))
    return lines


def _tanks(visit: Visit, found: ReservoirList) -> Component:
    words = visit.words
    if not found.tanks:
        return section(
            words.say("Service tanks"), html.P(words.say("The registry names no service tank."), className="empty")
        )
    head = html.Thead(
        html.Tr(
            [
                html.Th(words.say("Tank")),
                html.Th(words.say("Town"), className="minor"),
                html.Th(words.say("Filled")),
                html.Th("", className="n"),
                html.Th(words.say("Level"), className="n minor"),
                html.Th(words.say("Storage"), className="n minor"),
                html.Th(words.say("Lasts without inflow"), className="n"),
            ]
        )
    )
    rows = [_tank(visit, tank) for tank in found.tanks]
    body = html.Table(
        [head, html.Tbody(rows)], className="t tk", id="reservoirs-tanks", **attributes(data_refresh="minute")
    )
    return section(
        words.say("Service tanks"), body, note=words.say("first to empty on top, at the outflow of the last hour")
    )


def _tank(visit: Visit, tank: ListedTank) -> Component:
    words, state = visit.words, tank.now
    town = visit.region.municipality.get(state.reservoir.municipality)
    share = state.share or 0.0
    bar = f'<i><b style="width:{min(1.0, share) * 100:.0f}%"></b></i>'
    if not tank.fresh:
        since = "" if state.at is None else words.since(state.at, visit.now)
        lasts: Component = html.Span(words.say("no data since {time}", time=since) if since else words.say("no data"))
    elif tank.lasts is None:
        lasts = html.Span("—", className="mut")
    else:
        lasts = html.B(hours_text(tank.lasts, words))
    name = html.A(short_name(state.reservoir.name), href=link("tanks", state.reservoir.reservoir))
    low = html.Span(words.say("below its limit"), className="out") if tank.low else None
    return html.Tr(
        [
            html.Td([name, " ", low] if low is not None else name),
            html.Td(town.name if town is not None else "", className="minor mut"),
            html.Td(Markup(bar, tag="span", className="lv")),
            html.Td("—" if state.share is None else words.percent(share), className="n"),
            html.Td("—" if state.level_m is None else words.measure(state.level_m, "m", 2), className="n minor"),
            html.Td("—" if state.storage_m3 is None else stored_text(state.storage_m3, words), className="n minor"),
            html.Td(lasts, className="n"),
        ]
    )
