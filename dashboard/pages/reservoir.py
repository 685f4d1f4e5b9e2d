"""One dam: its valley filled to the level, level and storage over time, inflow and release, how long it lasts."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.figures.reservoir import flow_chart, level_chart
from dashboard.figures.reservoir_limits import Limit
from dashboard.figures.valley import valley
from dashboard.markup import Chart, Markup
from dashboard.pages.dam_outlook_parts import leakage_section, outlook_section, spaces_section, unexplained_section
from dashboard.pages.parts import attributes, crumbs, facts, grid, key, lead, link, section
from dashboard.pages.region_parts import short_name
from dashboard.pages.reservoir_words import (
    RANGES,
    change_sentence,
    dam_headline,
    range_choices,
    release_sentence,
    river_flow,
    stored_text,
    supply_text,
)
from dashboard.pages.storage_fan_parts import fan_section
from dashboard.views.chart import TimeChart
from dashboard.views.dam_outlook import dam_outlook
from dashboard.views.inflow import Line
from dashboard.views.point_line import usual_gap_s
from dashboard.views.reservoir import Dam, dam_view
from dashboard.views.span import chart_span
from dashboard.visit import Visit
from models.reservoir import one_storage_m3, rule_stage_m, storage_bottom_m

SECOND = 1 / 3600
"""Hours in a second: flows of rivers are written in m³/s."""
DEFAULT_RANGE = "90d"


def known(visit: Visit) -> bool:
    """Whether the registry has that dam."""
    found = visit.region.reservoir.get(visit.params["reservoir"])
    return found is not None and found.kind == "dam"


def title(visit: Visit) -> str:
    """For the window."""
    return visit.region.reservoir[visit.params["reservoir"]].name


def layout(visit: Visit) -> Component:
    """The page."""
    reservoir = visit.region.reservoir[visit.params["reservoir"]]
    span = chart_span(visit.query, RANGES, visit.now, visit.words.tz, DEFAULT_RANGE)
    dam = dam_view(visit.store, visit.region, reservoir, span, visit.now)
    outlook = dam_outlook(visit.rooms, visit.region, dam, visit.now)
    fan = fan_section(visit, reservoir, outlook.fan)
    losses = [*leakage_section(visit, outlook), unexplained_section(visit, outlook)]
    parts = [_level(visit, dam), *fan, _flows(visit, dam), _supplied(visit, dam), *losses]
    charts = html.Div(parts, className="span8 stack")
    beside = [*spaces_section(visit, outlook), outlook_section(visit, outlook)]
    side = html.Div([_section_of_valley(visit, dam), *beside, _facts(visit, dam)], className="span4 stack")
    head = html.Div(_head(visit, dam), id="dam-head", **attributes(data_refresh="minute"))
    return html.Div([head, grid(side, charts)])


def _head(visit: Visit, dam: Dam) -> Component:
    words, reservoir = visit.words, dam.reservoir
    crumb = crumbs(visit, (words.say("Reservoirs"), "/reservoirs"), (short_name(reservoir.name), ""))
    texts = [change_sentence(dam, words), release_sentence(dam, words)]
    aside = range_choices(link("reservoirs", reservoir.reservoir), dam.span, words)
    return lead(dam_headline(dam, visit.now, words), " ".join(text for text in texts if text), aside, crumb)


def _section_of_valley(visit: Visit, dam: Dam) -> Component:
    words, reservoir = visit.words, dam.reservoir
    label = dam_headline(dam, visit.now, words)
    drawn = Markup(valley(reservoir, dam.level_m, label, 380, 250), className="valley-box")
    level = "—" if dam.level_m is None else words.measure(dam.level_m, words.say("m a.s.l."), 2)
    rows = [(words.say("Level"), level)]
    if dam.storage_m3 is not None and dam.share is not None:
        rows.append((words.say("Storage"), f"{stored_text(dam.storage_m3, words)} ({words.percent(dam.share)})"))
    if dam.days is not None:
        rows.append((words.say("Lasts"), supply_text(dam.days, words)))
    if dam.inflow_m3h is not None:
        rows.append((words.say("Inflow, mean of 24 h"), river_flow(dam.inflow_m3h, words)))
    if dam.release_m3h is not None:
        rows.append((words.say("Release, mean of 24 h"), river_flow(dam.release_m3h, words)))
    if dam.margin_m3h is not None:
        sign = "+" if dam.margin_m3h >= 0 else "−"
        rows.append((words.say("Release against the minimum"), f"{sign}{river_flow(abs(dam.margin_m3h), words)}"))
    now = html.Div(facts(rows), id="dam-now", **attributes(data_refresh="minute"))
    return section(
        words.say("The valley now"),
        drawn,
        now,
        note=words.say("section after the curve of flooded volumes"),
        kind="wrapdd",
    )


def _level(visit: Visit, dam: Dam) -> Component:
    words, reservoir = visit.words, dam.reservoir
    name = words.say("Level and storage")
    if not len(dam.level.time_ms) and not dam.earlier:
        return section(name, _empty(visit, dam))
    gap_s = usual_gap_s([dam.level], 6 * 3600.0)
    view = TimeChart(
        line=dam.level,
        start=dam.span.start,
        end=dam.span.end,
        now=visit.now,
        quantity=dam.quantity,
        device=dam.device,
        unit=words.say("m a.s.l."),
        digits=2,
        gap_s=gap_s,
        stale_s=dam.stale_s,
        zero=False,
        multiplier=_factor(visit, dam.station),
    )
    limits = [Limit(reservoir.full_m, words.say("full {level}", level=words.number(reservoir.full_m, 2)))]
    rule = rule_stage_m(reservoir, visit.now, words.tz)
    if rule is not None and abs(rule - reservoir.full_m) > 0.05:
        limits.append(Limit(rule, words.say("storage space today {level}", level=words.number(rule, 2)), under=True))
    figure = level_chart(view, reservoir, dam.earlier, limits, words)
    chart = Chart(figure, "330px", name, header="dam-level-readout", group="dam", id="dam-level")
    entries = [("observed", words.say("measured"))]
    if dam.earlier:
        entries.append(("earlier", words.say("the same days of earlier years")))
    million = len(reservoir.curve) > 1 and reservoir.curve[-1][1] >= 1e6
    note = words.say("m above sea level ({datum})", datum=reservoir.datum)
    if len(reservoir.curve) > 1:
        unit = words.say("million m³") if million else "m³"
        note += "; " + words.say("right scale: storage, {unit}", unit=unit)
    return section(name, chart, note=note, end=key(*entries), readout="dam-level-readout")


def _flows(visit: Visit, dam: Dam) -> Component:
    words, reservoir = visit.words, dam.reservoir
    name = words.say("Inflow and release")
    if not len(dam.inflow.time_ms) and not len(dam.release.time_ms):
        text = words.say("No inflow or release has been reported in this span.")
        return section(name, html.P(text, className="empty"))
    gap_s = usual_gap_s([dam.inflow, dam.release], 6 * 3600.0)
    view = TimeChart(
        line=_per_second(dam.inflow),
        start=dam.span.start,
        end=dam.span.end,
        now=visit.now,
        quantity="inflow_m3h",
        device=dam.flow_devices[0],
        unit="m³/s",
        digits=2,
        gap_s=gap_s,
        stale_s=dam.stale_s,
        multiplier=_factor(visit, dam.flow_devices[0]) * SECOND,
    )
    limits = []
    if reservoir.min_release_m3h is not None:
        least = reservoir.min_release_m3h * SECOND
        said = words.say("ecological minimum release {flow}", flow=words.number(least, 2))
        limits.append(Limit(least, said, severe=True))
    figure = flow_chart(view, _per_second(dam.release), dam.flow_devices[1], limits, words)
    chart = Chart(figure, "210px", name, header="dam-flow-readout", group="dam", id="dam-flows")
    keys = key(("observed", words.say("inflow")), ("release", words.say("release")))
    return section(name, chart, note="m³/s", end=keys, readout="dam-flow-readout")


def _per_second(line: Line) -> Line:
    return Line(line.time_ms, line.value * SECOND)


def _factor(visit: Visit, device: str) -> float:
    found = visit.region.device.get(device)
    return found.multiplier if found is not None else 1.0


def _empty(visit: Visit, dam: Dam) -> Component:
    words = visit.words
    if dam.at is not None:
        text = words.say("No level has been reported in this span; the last came {time}.", time=words.moment(dam.at))
    else:
        text = words.say("No level has been reported yet. It shows as soon as the first reading comes.")
    return html.P(text, className="empty")


def _facts(visit: Visit, dam: Dam) -> Component:
    words, reservoir = visit.words, dam.reservoir
    town = visit.region.municipality.get(reservoir.municipality)
    rows = [
        (words.say("Purpose"), reservoir.purpose or "—"),
        (words.say("Full level"), words.measure(reservoir.full_m, words.say("m a.s.l."), 2)),
        (
            words.say("Bottom of the storage space"),
            words.measure(storage_bottom_m(reservoir), words.say("m a.s.l."), 2),
        ),
        (
            words.say("Storage when full"),
            stored_text(one_storage_m3(reservoir, reservoir.full_m), words) if reservoir.curve else "—",
        ),
    ]
    if reservoir.min_release_m3h is not None:
        least = river_flow(reservoir.min_release_m3h, words)
        rows.append((words.say("Ecological minimum release"), least))
    if town is not None:
        rows.append((words.say("Town"), town.name))
    device = html.A(words.say("Station {device}", device=dam.station), href=link("devices", dam.station))
    return section(words.say("Dam"), facts(rows), end=device if dam.station else None, kind="wrapdd")


def _supplied(visit: Visit, dam: Dam) -> Component:
    words = visit.words
    name = words.say("Towns it supplies")
    if not dam.supplied:
        text = words.say("No town is registered as supplied from this dam, so no days of supply are computed.")
        return section(name, html.P(text, className="empty"))
    rows = [
        html.Li(
            [html.A(item.town.name, href=link("municipalities", item.town.code)), html.Span(words.percent(item.share))]
        )
        for item in dam.supplied
    ]
    parts: list[Component] = [html.Ul(rows, className="shares")]
    if dam.draw.draw_m3h is not None:
        said = words.say(
            "Together they draw {flow} from it, mean of the last 24 h.", flow=words.flow(dam.draw.draw_m3h)
        )
        if dam.draw.coverage < 0.995:
            said += " " + words.say("Inflow is known for {share} of them.", share=words.percent(dam.draw.coverage))
        parts.append(html.P(said, className="said"))
    else:
        parts.append(html.P(words.say("Their inflow is not known now, so neither is the draw."), className="said"))
    return section(name, *parts, note=words.say("share of their water"))
