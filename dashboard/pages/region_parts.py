"""Sections of the region page below its map: figures, towns, dams, what came, tanks, health of data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from dash import html
from dash.development.base_component import Component

from dashboard import sentences
from dashboard.figures.spark import spark
from dashboard.figures.valley import valley
from dashboard.i18n import Words, flow_digits
from dashboard.markup import Markup, escape
from dashboard.pages.parts import attributes, key, link, section, severity_mark
from dashboard.views.events import item_of
from dashboard.views.inflow import Band
from dashboard.views.last_day import DAY, Spark
from dashboard.views.region import KeyFigure, RegionView, town_names
from dashboard.views.reservoirs import ReservoirNow
from dashboard.visit import Visit
from models.event import EventKind, Priority

MONTH = timedelta(days=31)
SHOWN_TANKS = 6
HALF_DAY, LONG = timedelta(hours=10), timedelta(days=3)


def legend(words: Words) -> str:
    """What the map's marks mean."""
    rows = (
        (severity_mark("high", True, size=20), words.say("high severity")),
        (severity_mark("medium", True, size=20), words.say("medium severity")),
        (severity_mark("low", True, size=20), words.say("low severity")),
        (severity_mark("data", True, size=20), words.say("data missing")),
        (severity_mark("medium", False, size=20), words.say("outline = acknowledged")),
        (_DAM, words.say("dam and its storage")),
    )
    return "".join(f"<div>{svg}{escape(said)}</div>" for svg, said in rows)


_DAM = (
    '<svg width="20" height="15" viewBox="-1 -1 22 15" aria-hidden="true">'
    '<path d="M2 3H18L11.2 13H8.8Z" style="fill:var(--water-strong)"/>'
    '<path d="M0 0 8.8 13H11.2L20 0" fill="none" style="stroke:var(--ink)" stroke-width="1.4"/></svg>'
)


def figures(visit: Visit, view: RegionView) -> Component:
    """The region in six figures, each with what it is compared with."""
    words = visit.words
    cells = [
        _inflow_figure(visit, view),
        _night_figure(visit, view.night),
        _household_figure(visit, view.household),
        _complete_figure(words, view.billed_share),
        _supply_figure(words, view.supply_days),
        _devices_figure(words, view),
    ]
    body = html.Div(cells, className="figs", id="region-figures", **attributes(data_refresh="minute"))
    return section(
        words.say("The region in six figures"),
        body,
        note=words.say("grey is what is expected, colour what is above it"),
    )


def _figure(name: str, value: str, unit: str, said: str, drawing: str = "") -> Component:
    number = f"{escape(value)}<small>{escape(unit)}</small>" if unit else escape(value)
    parts = f'<div class="nm">{escape(name)}</div><div class="num">{number}</div>{drawing}<div class="sub">{said}</div>'
    return Markup(parts, className="fig")


def _inflow_figure(visit: Visit, view: RegionView) -> Component:
    words, whole = visit.words, view.region_spark
    name = words.say("Inflow of the network")
    if whole.last_m3h is None:
        return _figure(name, "—", "", escape(words.say("no data yet")))
    drawing = spark(whole.line, visit.now - DAY, visit.now, name, band=whole.band, height=38, dot=True)
    said = ""
    if len(whole.band.time_ms):
        known = whole.band.time_ms.searchsorted(whole.line.time_ms[-1])
        k = min(int(known), len(whole.band.time_ms) - 1)
        low, high = float(whole.band.lower[k]), float(whole.band.upper[k])
        said = escape(words.say("expected {range}", range=words.between(low, high)))
        if whole.last_m3h > high:
            more = words.say("{flow} more", flow=words.number(whole.last_m3h - high))
            said += f'; <span class="out">{escape(more)}</span>'
    return _figure(name, words.number(whole.last_m3h, flow_digits(whole.last_m3h)), "m³/h", said, drawing)


def _night_figure(visit: Visit, figure: KeyFigure) -> Component:
    words = visit.words
    name = words.say("Minimum night flow")
    if figure.value is None:
        return _figure(name, "—", "", escape(words.say("known after the first whole night")))
    said = words.say("sum of zones, lowest hour between 01 and 05")
    if figure.reference is not None:
        change = figure.value - figure.reference
        said += "; " + words.say("{flow} against the median of 30 days", flow=words.signed(change, flow_digits(change)))
    drawing = _course(visit, figure, name)
    return _figure(name, words.number(figure.value, flow_digits(figure.value)), "m³/h", escape(said), drawing)


def _household_figure(visit: Visit, figure: KeyFigure) -> Component:
    words = visit.words
    name = words.say("Household use")
    if figure.value is None:
        return _figure(name, "—", "", escape(words.say("known when the first month has been computed")))
    month = words.month(figure.at) if figure.at is not None else ""
    said = words.say("{month}, {share} of the people supplied", month=month, share=words.percent(figure.coverage or 0))
    return _figure(name, words.number(figure.value), words.say("l/person/day"), escape(said))


def _complete_figure(words: Words, figure: KeyFigure) -> Component:
    name = words.say("Completeness of inflow data")
    if figure.value is None:
        return _figure(name, "—", "", escape(words.say("no data yet")))
    return _figure(
        name, words.number(figure.value * 100, 1), "%", escape(words.say("hours of the last day, all zones"))
    )


def _supply_figure(words: Words, figure: KeyFigure) -> Component:
    name = words.say("Storage in dams")
    if figure.value is None:
        return _figure(name, "—", "", escape(words.say("no draw from a dam is known yet")))
    said = words.say("at what towns draw now, without any inflow")
    return _figure(name, words.number(figure.value), words.say("days"), escape(said))


def _devices_figure(words: Words, view: RegionView) -> Component:
    health = view.health
    name = words.say("Devices reporting")
    if not health.devices:
        return _figure(name, "—", "", escape(words.say("no device is registered")))
    silent = health.devices - health.reporting
    said = words.plural("{n} device is silent", "{n} devices are silent", silent)
    said += ", " + words.plural("{n} message refused", "{n} messages refused", health.refused)
    share = words.number(health.reporting / health.devices * 100, 1)
    return _figure(name, share, "%", escape(said))


def _course(visit: Visit, figure: KeyFigure, name: str) -> str:
    """The last month as a line in its usual range."""
    line = figure.line
    if len(line.time_ms) < 2:
        return ""
    start, end = visit.now - MONTH, visit.now
    band = Band(*(line.time_ms[:0], line.value[:0], line.value[:0], line.value[:0]))
    if figure.lower is not None and figure.upper is not None:
        ends = line.time_ms[[0, -1]]
        band = Band(ends, *(line.value[[0, -1]] * 0 + edge for edge in (figure.lower, figure.lower, figure.upper)))
    return spark(line, start, end, name, band=band, height=38, dot=True, gap_s=3 * 86400.0)


def towns(visit: Visit, view: RegionView) -> Component:
    """Every town's last 24 hours, by population."""
    words = visit.words
    anomalies = {
        item.municipality.code: item.event.priority
        for item in reversed(view.items)
        if item.municipality is not None and item.event.end is None and item.event.kind is not EventKind.DATA_STOPPED
    }
    cells = [
        _town(visit, town.code, town.name, view.town_sparks[town.code], anomalies.get(town.code))
        for town in town_names(visit.region)
    ]
    keys = key(
        ("band", words.say("sum of the zones' expected ranges")),
        ("observed", words.say("measured")),
        ("outside", words.say("above the range")),
    )
    head = words.plural("{n} town, last 24 hours", "{n} towns, last 24 hours", len(cells))
    more = words.say("Show all {n} towns", n=len(cells))
    button = f'<button type="button" class="btn all" data-show-all="1">{escape(more)}</button>'
    body = Markup("".join(cells) + button, className="many")
    holder = html.Div(body, id="region-towns", **attributes(data_refresh="minute"))
    return section(head, holder, note=words.say("inflow; each town has its own scale, deviation in m³/h"), end=keys)


def _town(visit: Visit, code: str, name: str, last_day: Spark, priority: Priority | None) -> str:
    words = visit.words
    warn = priority is not Priority.HIGH
    said, classes = "", ""
    if last_day.stale_since is not None:
        since = words.say("since {time}", time=words.since(last_day.stale_since, visit.now))
        said = f'<span class="dim">{escape(since)}</span>'
        classes = "dv"
    elif last_day.excess_m3h is not None and priority is not None:
        excess = words.signed(last_day.excess_m3h, flow_digits(last_day.excess_m3h))
        said = f'<span class="{"outw" if warn else "out"}">{excess}</span>'
        classes = "dv"
    drawing = spark(
        last_day.line,
        visit.now - DAY,
        visit.now,
        f"{name}: {words.say('inflow of the last 24 hours')}",
        band=last_day.band,
        height=44,
        warn=warn,
        stale=last_day.stale_since is not None,
    )
    href = link("municipalities", code)
    return f'<a class="{classes}" href="{href}"><div class="nm"><b>{escape(name)}</b>{said}</div>{drawing}</a>'


def dams(visit: Visit, view: RegionView) -> Component:
    """Dams as sections of their valleys."""
    words = visit.words
    cells = [_dam(words, dam) for dam in sorted(view.dams, key=lambda dam: -(dam.storage_m3 or 0))]
    if not cells:
        cells = [html.P(words.say("The registry names no dam."), className="empty")]
    body = html.Div(cells, className="dams", id="region-dams", **attributes(data_refresh="minute"))
    return section(words.say("Dams"), body, note=words.say("section after the curve of flooded volumes"))


def _dam(words: Words, dam: ReservoirNow) -> Component:
    name = dam.reservoir.name
    parts = [f'<div class="nm">{escape(short_name(name))}</div>', valley(dam.reservoir, dam.level_m, name), "<dl>"]
    if dam.share is None or dam.storage_m3 is None:
        parts.append(f"<div>{escape(words.say('no data'))}</div>")
    else:
        parts.append(f"<div><b>{words.percent(dam.share)}</b> · {escape(words.volume(dam.storage_m3))}</div>")
        if dam.lasts is not None and dam.lasts.days < 2000:
            lasting = words.plural("{n} day of supply", "{n} days of supply", dam.lasts.days)
            parts.append(f"<div>{escape(lasting)}</div>")
        if dam.inflow_m3h is not None and dam.outflow_m3h is not None:
            flows = words.say(
                "inflow {inflow}, outflow {outflow} m³/s",
                inflow=words.number(dam.inflow_m3h / 3600, 2),
                outflow=words.number(dam.outflow_m3h / 3600, 2),
            )
            parts.append(f"<div>{escape(flows)}</div>")
    parts.append("</dl>")
    return html.A(Markup("".join(parts)), href=link("reservoirs", dam.reservoir.reservoir), className="dam")


def short_name(name: str) -> str:
    """A dam's name without its kind: "Vodní nádrž Fláje" is "Fláje".

    >>> short_name("Vodní nádrž Fláje")
    'Fláje'
    """
    for kind in ("Vodní nádrž ", "Vodní dílo ", "Vodojem "):
        name = name.removeprefix(kind)
    return name


def recent(visit: Visit, view: RegionView) -> Component:
    """What came since the shift began."""
    words = visit.words
    rows: list[Component] = []
    for event in view.recent:
        item = item_of(visit.region, event)
        text = f"{sentences.place(item)}: {sentences.title(event, words)}"
        rows.append(html.Li([html.Time(words.time(event.detected_at)), html.A(text, href=link("events", event.id))]))
    head = words.say("Since {time}", time=words.since(view.shift_start, visit.now))
    shown: Component = (
        html.Ul(rows, className="log") if rows else html.P(words.say("No event came."), className="empty")
    )
    return section(head, html.Div(shown, id="region-recent", **attributes(data_refresh="events")), span=4)


def tanks(visit: Visit, view: RegionView) -> Component:
    """Service tanks, those that empty first on top."""
    words = visit.words
    if not view.tanks:
        empty = html.P(words.say("The registry names no service tank."), className="empty")
        return section(words.say("Service tanks"), empty, span=4)
    table = tank_table(visit, view.tanks[:SHOWN_TANKS])
    body = html.Div(table, id="region-tanks", **attributes(data_refresh="minute"))
    return section(
        words.say("Service tanks"), body, note=words.say("first to empty on top, as the level falls now"), span=4
    )


def tank_table(visit: Visit, shown: Sequence[ReservoirNow]) -> Component:
    """Tanks as rows: name, how full, how long it lasts."""
    words = visit.words
    rows: list[Component] = []
    for tank in shown:
        share = tank.share
        bar = f'<i><b style="width:{(share or 0) * 100:.0f}%"></b></i>'
        lasts = _lasting(words, tank.lasts)
        rows.append(
            html.Tr(
                [
                    html.Td(html.A(short_name(tank.reservoir.name), href=link("tanks", tank.reservoir.reservoir))),
                    html.Td(Markup(bar, tag="span", className="lv")),
                    html.Td("—" if share is None else words.percent(share), className="n mut"),
                    html.Td(html.B(lasts), className="n"),
                ]
            )
        )
    return html.Table(html.Tbody(rows), className="t tk")


def _lasting(words: Words, length: timedelta | None) -> str:
    if length is None:
        return words.say("rising")
    if length > LONG:
        return words.say("more than {time}", time=words.duration(LONG))
    return words.duration(timedelta(hours=round(length.total_seconds() / 3600)) if length > HALF_DAY else length)


def health(visit: Visit, view: RegionView) -> Component:
    """How well data arrive."""
    words, found = visit.words, view.health
    silent = found.devices - found.reporting
    store = words.say("the store answers") if not found.store_problem else words.say("the store does not answer")
    delay = "—" if found.delay_s is None else words.duration(timedelta(seconds=found.delay_s))
    rows = [
        (
            words.say("Silent"),
            words.say("{n} of {all}", n=words.number(silent), all=words.number(found.devices)),
            words.say("no reading for 26 hours"),
        ),
        (words.say("Newest reading"), delay, words.say("ago")),
        (words.say("In the queue"), words.number(found.waiting), store),
        (words.say("Refused"), words.number(found.refused), words.say("messages no one understands")),
    ]
    body = html.Table(
        html.Tbody(
            [
                html.Tr([html.Td(name), html.Td(html.B(value), className="n"), html.Td(said, className="mut")])
                for name, value, said in rows
            ]
        ),
        className="t",
        id="region-health",
        **attributes(data_refresh="minute"),
    )
    new = words.say("New devices ({n})", n=words.number(found.new_devices))
    return section(words.say("Health of data"), body, end=html.A(new, href="/new"), span=4)
