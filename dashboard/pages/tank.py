"""One service tank: level between its limits, when its pump ran, what is drawn, how long it lasts."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.figures.reservoir_limits import Limit
from dashboard.figures.tank import pump_lane, tank_level_chart
from dashboard.figures.timeline import timeline
from dashboard.markup import Chart
from dashboard.pages.parts import attributes, crumbs, facts, grid, lead, link, section
from dashboard.pages.region_parts import short_name
from dashboard.pages.reservoir_words import TANK_RANGES, hours_text, pump_sentence, range_choices, tank_headline
from dashboard.pages.tank_work_parts import work_section
from dashboard.views.chart import TimeChart
from dashboard.views.inflow import Line
from dashboard.views.point_line import usual_gap_s
from dashboard.views.span import chart_span
from dashboard.views.tank import PUMP, Tank, tank_view
from dashboard.views.tank_work import tank_work
from dashboard.visit import Visit

DEFAULT_RANGE = "24h"
GAP_S = 2700.0


def known(visit: Visit) -> bool:
    """Whether the registry has that tank."""
    found = visit.region.reservoir.get(visit.params["tank"])
    return found is not None and found.kind == "tank"


def title(visit: Visit) -> str:
    """For the window."""
    return visit.region.reservoir[visit.params["tank"]].name


def layout(visit: Visit) -> Component:
    """The page."""
    reservoir = visit.region.reservoir[visit.params["tank"]]
    span = chart_span(visit.query, TANK_RANGES, visit.now, visit.words.tz, DEFAULT_RANGE)
    tank = tank_view(visit.store, visit.region, reservoir, span, visit.now)
    charts = html.Div([_level(visit, tank), *_pump(visit, tank), *_outflow(visit, tank)], className="span8 stack")
    work = work_section(visit, tank_work(visit.store, visit.region, reservoir, visit.now))
    side = html.Div([_now(visit, tank), work, _facts(visit, tank)], className="span4 stack")
    head = html.Div(_head(visit, tank), id="tank-head", **attributes(data_refresh="minute events"))
    return html.Div([head, grid(charts, side)])


def _head(visit: Visit, tank: Tank) -> Component:
    words, reservoir = visit.words, tank.reservoir
    steps = [(words.say("Reservoirs"), "/reservoirs")]
    town = visit.region.municipality.get(reservoir.municipality)
    if town is not None:
        steps.append((town.name, link("municipalities", town.code)))
    crumb = crumbs(visit, *steps, (short_name(reservoir.name), ""))
    aside = range_choices(link("tanks", reservoir.reservoir), tank.span, words, TANK_RANGES)
    return lead(tank_headline(tank, visit.now, words), pump_sentence(tank, visit.now, words), aside, crumb)


def _chart(visit: Visit, tank: Tank, line: Line, quantity: str, device: str, unit: str, **options: float) -> TimeChart:
    """A chart of the page; its points that come are told apart by device and quantity."""
    gap_s = usual_gap_s([line], GAP_S)
    found = visit.region.device.get(device)
    return TimeChart(
        line=line,
        start=tank.span.start,
        end=tank.span.end,
        now=visit.now,
        quantity=quantity,
        device=device,
        unit=unit,
        digits=int(options.get("digits", 2)),
        gap_s=gap_s,
        stale_s=tank.stale_s,
        zero=bool(options.get("zero", 1)),
        steps=bool(options.get("steps", 0)),
        multiplier=found.multiplier if found is not None else 1.0,
    )


def _level(visit: Visit, tank: Tank) -> Component:
    words, reservoir = visit.words, tank.reservoir
    name = words.say("Water level")
    if not len(tank.level.time_ms):
        return section(name, _empty(visit, tank))
    limits = [Limit(reservoir.full_m, words.say("full {level}", level=words.number(reservoir.full_m, 2)))]
    if tank.limits:
        low, critical = tank.limits["low"], tank.limits["critical"]
        limits.append(Limit(low, words.say("low {level}", level=words.number(low, 2)), severe=True))
        limits.append(Limit(critical, words.say("critical {level}", level=words.number(critical, 2)), severe=True))
    view = _chart(visit, tank, tank.level, tank.quantity, tank.device, "m", zero=float(reservoir.bottom_m >= 0))
    chart = Chart(
        tank_level_chart(view, limits, words), "270px", name, header="tank-level-readout", group="tank", id="tank-level"
    )
    return section(name, chart, note=words.say("m above the bottom"), readout="tank-level-readout")


def _empty(visit: Visit, tank: Tank) -> Component:
    words = visit.words
    if tank.at is not None:
        text = words.say("No level has been reported in this span; the last came {time}.", time=words.moment(tank.at))
    else:
        text = words.say("No level has been reported yet. It shows as soon as the first reading comes.")
    return html.P(text, className="empty")


def _pump(visit: Visit, tank: Tank) -> list[Component]:
    words = visit.words
    if not len(tank.pump.time_ms):
        return []
    name = words.say("Pump")
    view = _chart(visit, tank, tank.pump, PUMP, tank.station, "", digits=0, steps=1)
    chart = Chart(pump_lane(view, words), "52px", name, group="tank", id="tank-pump")
    return [section(name, chart, note=words.say("filled while it runs"), kind="lane")]


def _outflow(visit: Visit, tank: Tank) -> list[Component]:
    words = visit.words
    if not len(tank.outflow.time_ms):
        return []
    name = words.say("Outflow")
    view = _chart(visit, tank, tank.outflow, "flow_m3h", tank.outflow_device, "m³/h", digits=1)
    chart = Chart(timeline(view, words), "200px", name, header="tank-outflow-readout", group="tank", id="tank-outflow")
    return [section(name, chart, note=words.say("m³/h, to the customers"), readout="tank-outflow-readout")]


def _now(visit: Visit, tank: Tank) -> Component:
    words = visit.words
    rows = []
    if tank.level_m is not None and tank.at is not None:
        said = words.since(tank.at, visit.now)
        rows.append((words.say("Level at {time}", time=said), words.measure(tank.level_m, "m", 2)))
    if tank.storage_m3 is not None and tank.share is not None:
        rows.append((words.say("Storage"), f"{words.volume(tank.storage_m3)} ({words.percent(tank.share)})"))
    if tank.outflow_m3h is not None:
        rows.append((words.say("Outflow, mean of the last hour"), words.flow(tank.outflow_m3h)))
    if tank.lasts is not None:
        rows.append((words.say("Lasts without inflow"), hours_text(tank.lasts, words)))
    if tank.net_outflow_m3h is not None:
        rows.append((words.say("Change of storage, last hour"), _change(tank.net_outflow_m3h, visit)))
        empty = words.say("it does not fall") if tank.empties is None else hours_text(tank.empties, words)
        rows.append((words.say("Empty at the present fall"), empty))
        if tank.fills is not None:
            rows.append((words.say("Full at the present rise"), hours_text(tank.fills, words)))
    if not rows:
        return section(words.say("The tank now"), _empty(visit, tank))
    body = html.Div(facts(rows), id="tank-now", **attributes(data_refresh="minute"))
    return section(words.say("The tank now"), body, kind="wrapdd")


def _change(net_outflow_m3h: float, visit: Visit) -> str:
    words = visit.words
    return f"{words.signed(-net_outflow_m3h, 1)}\u00a0m³/h"


def _facts(visit: Visit, tank: Tank) -> Component:
    words, reservoir = visit.words, tank.reservoir
    rows = [
        (words.say("Purpose"), reservoir.purpose or "—"),
        (words.say("Volume when full"), words.volume(tank.full_m3)),
        (words.say("Full level"), words.measure(reservoir.full_m, "m", 2)),
    ]
    if tank.limits:
        rows.append((words.say("Limit"), words.measure(tank.limits["low"], "m", 2)))
        rows.append((words.say("Critical limit"), words.measure(tank.limits["critical"], "m", 2)))
    fed = [zone.name for zone in visit.region.zones if reservoir.outflow_point in zone.inflows]
    zone = visit.region.zone.get(reservoir.zone)
    names = [zone.name] if zone is not None else fed
    if names:
        rows.append((words.say("Feeds zone"), ", ".join(names)))
    device = html.A(words.say("Station {device}", device=tank.station), href=link("devices", tank.station))
    return section(words.say("Service tank"), facts(rows), end=device if tank.station else None, kind="wrapdd")
