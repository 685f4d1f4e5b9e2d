"""A device: what it last said, its register, consumption and flow, its battery and signal, its raw readings."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from dash import html
from dash.development.base_component import Component

from dashboard import sentences
from dashboard.figures.timeaxis import local_time
from dashboard.figures.timeline import timeline
from dashboard.markup import Chart
from dashboard.pages.consumption_parts import consumption_section
from dashboard.pages.flow_check_words import of_device
from dashboard.pages.parts import attributes, choices, crumbs, facts, grid, lead, link, section
from dashboard.pages.validation_parts import validation_section
from dashboard.views.device import SELF, DeviceView, device_view, exists
from dashboard.views.zone import RANGE_WORDS
from dashboard.visit import Visit
from dashboard.words import DEVICE_KINDS, NOTICES, QUALITIES, QUANTITY_NAMES, ROLES
from models.quantity import QUANTITIES
from models.reading import Reading

HEIGHTS = ("210px", "170px", "150px")


def known(visit: Visit) -> bool:
    """Whether the device is registered or has ever been heard."""
    return exists(visit.rooms, visit.region, visit.params["device"])


def title(visit: Visit) -> str:
    """For the window."""
    return f"{_kind(visit)} {visit.params['device']}"


def _kind(visit: Visit) -> str:
    device = visit.region.device.get(visit.params["device"])
    if device is None or device.kind not in DEVICE_KINDS:
        return visit.words.say("Device")
    return visit.words.say(DEVICE_KINDS[device.kind])


def layout(visit: Visit) -> Component:
    """The page."""
    view = device_view(visit.rooms, visit.region, visit.params["device"], visit.now, visit.query, visit.opening_range)
    validation = validation_section(visit, view.name, list(view.charts), view.judgements)
    charts = html.Div([*_charts(visit, view), validation, _readings(visit, view)], className="span8")
    beside = html.Div(
        [_facts(visit, view), _self(visit, view), _history(visit, view), _notices(visit, view)], className="span4"
    )
    head = html.Div(_head(visit, view), id="device-head", **attributes(data_refresh="minute"))
    return html.Div([head, grid(charts, beside)])


def _head(visit: Visit, view: DeviceView) -> Component:
    words = visit.words
    steps: list[tuple[str, str]] = []
    if view.point is not None:
        town = visit.region.municipality.get(view.point.municipality)
        zone = visit.region.zone.get(view.point.zone)
        if town is not None:
            steps.append((town.name, link("municipalities", town.code)))
        if zone is not None:
            steps.append((words.say("metered zone {name}", name=zone.name), link("zones", zone.zone)))
    steps.append((view.name, ""))
    spans = [
        (words.say(said), _address(visit, range=name), view.span.name == name) for name, said in RANGE_WORDS.items()
    ]
    text = _where(visit, view)
    return lead(_headline(visit, view), text, aside=choices(spans, words.say("span")), crumb=crumbs(visit, *steps))


def _headline(visit: Visit, view: DeviceView) -> str:
    words, kind = visit.words, _kind(visit)
    if view.last_at is None:
        return words.say("{kind} {device} has not reported yet.", kind=kind, device=view.name)
    last = words.since(view.last_at, visit.now)
    late = view.step is not None and visit.now - view.last_at > view.step * 6
    if late:
        return words.say("{kind} {device} has been silent since {time}.", kind=kind, device=view.name, time=last)
    if view.step is None:
        return words.say("{kind} {device} last reported {time}.", kind=kind, device=view.name, time=last)
    often = sentences.every(view.step, words)
    return words.say(
        "{kind} {device} reports {often}, last {time}.", kind=kind, device=view.name, often=often, time=last
    )


def _where(visit: Visit, view: DeviceView) -> str:
    words = visit.words
    if view.device is None:
        return words.say("It is not in the registry: its readings are kept and count nowhere yet.")
    if view.point is None:
        return words.say("It hangs nowhere now.")
    role = words.say(ROLES[view.point.role]) if view.point.role in ROLES else view.point.role
    return words.say("Metering point {point}, {role}.", point=view.point.point, role=role)


def _address(visit: Visit, **changes: str) -> str:
    return f"{link('devices', visit.params['device'])}?{urlencode(changes)}"


def _charts(visit: Visit, view: DeviceView) -> list[Component]:
    words = visit.words
    shown = [name for name in view.charts if name not in SELF]
    if not shown:
        text = words.say("No reading in this span. It will show here by itself when one comes.")
        empty = section(words.say("Readings"), html.P(text, className="empty"), end=_export(visit, view), span=8)
        return [empty, *_use(visit, view)]
    parts: list[Component] = []
    for k, name in enumerate(shown):
        said = words.say(QUANTITY_NAMES[name]) if name in QUANTITY_NAMES else name
        chart = view.charts[name]
        readout = f"device-{name}-readout"
        drawn = Chart(
            timeline(chart, words), HEIGHTS[min(k, 2)], said, header=readout, group="device", id=f"device-{name}"
        )
        end = _export(visit, view) if k == 0 else None
        parts.append(
            section(said, drawn, note=chart.unit, end=end, readout=readout, span=8, kind="" if k == 0 else "sub")
        )
        if k == 0:
            parts += _use(visit, view)
    return parts


def _use(visit: Visit, view: DeviceView) -> list[Component]:
    if view.use is None:
        return []
    return [consumption_section(visit, view.use, link("devices", visit.params["device"]))]


def _export(visit: Visit, view: DeviceView) -> Component:
    span = {
        "from": view.span.start.isoformat(timespec="seconds"),
        "to": min(view.span.end, visit.now).isoformat(timespec="seconds"),
        "lang": visit.words.language,
    }
    address = f"/api/v1/devices/{quote(view.name, safe='')}/readings.csv?{urlencode(span)}"
    return html.A(visit.words.say("Export CSV"), href=address, download="")


def _facts(visit: Visit, view: DeviceView) -> Component:
    words, device = visit.words, view.device
    rows: list[tuple[str, str]] = []
    if device is not None:
        if device.type:
            rows.append((words.say("Type"), device.type))
        if device.dn_mm is not None:
            rows.append((words.say("Nominal diameter"), f"DN {device.dn_mm}"))
        if device.q3_m3h is not None:
            rows.append(("Q3", words.flow(device.q3_m3h)))
        if device.multiplier != 1.0:
            rows.append((words.say("Multiplier"), words.number(device.multiplier, 3)))
        if device.verified_until is not None:
            rows.append((words.say("Verified until"), words.date(device.verified_until)))
    if view.check is not None:
        rows.append(of_device(view.check, words))
    if view.seen is not None:
        rows.append((words.say("Speaks"), view.seen.dialect))
        rows.append((words.say("Topic"), view.seen.topic))
        rows.append((words.say("First heard"), words.since(view.seen.first_seen, visit.now)))
    body = facts(rows) if rows else html.P(words.say("Nothing is known of it yet."), className="empty")
    return section(words.say("Device"), body, span=4, kind="wrapdd")


def _self(visit: Visit, view: DeviceView) -> Component:
    words = visit.words
    rows = [
        (
            words.say(QUANTITY_NAMES[name]),
            f"{_value(visit, view.last[name])}, {words.since(view.last[name].time, visit.now)}",
        )
        for name in SELF
        if name in view.last
    ]
    if not rows:
        empty = html.P(words.say("It says nothing of its battery or signal."), className="empty")
        return section(words.say("Battery and signal"), empty, span=4)
    return section(words.say("Battery and signal"), facts(rows), span=4)


def _value(visit: Visit, reading: Reading) -> str:
    if reading.value is None:
        return "—"
    known = QUANTITIES.get(reading.quantity)
    if known is None:
        return visit.words.number(reading.value, 2)
    if known.kind == "state":
        return visit.words.say("yes") if reading.value else visit.words.say("no")
    return visit.words.measure(reading.value, known.unit, known.digits)


def _history(visit: Visit, view: DeviceView) -> Component:
    words = visit.words
    rows: list[Component] = []
    for assignment in reversed(view.assignments):
        end = words.date(assignment.end) if assignment.end is not None else words.say("now")
        rows.append(
            html.Tr(
                [
                    html.Td(f"{words.date(assignment.start)} – {end}", className="mut"),
                    html.Td(assignment.point),
                ]
            )
        )
    if not rows:
        text = html.P(words.say("It was never assigned to a metering point."), className="empty")
        return section(words.say("Where it hung"), text, span=4)
    return section(words.say("Where it hung"), html.Table(html.Tbody(rows), className="t"), span=4)


def _notices(visit: Visit, view: DeviceView) -> Component:
    words = visit.words
    rows: list[Component] = []
    for notice in view.notices:
        said = words.say(NOTICES[notice.notice.value]) if notice.notice.value in NOTICES else notice.notice.value
        state = words.say("now") if notice.active else words.say("remembered or over")
        rows.append(html.Li([html.Time(words.since(notice.time, visit.now)), html.Span(f"{said} · {state}")]))
    if not rows:
        text = words.say("No alarm of its own in the last 90 days.")
        return section(words.say("What it says of itself"), html.P(text, className="empty"), span=4)
    return section(words.say("What it says of itself"), html.Ul(rows, className="log dated"), span=4)


def _readings(visit: Visit, view: DeviceView) -> Component:
    words = visit.words
    head = [
        words.say("Time"),
        words.say("Quantity"),
        words.say("Value"),
        words.say("Quality"),
        words.say("Flags"),
        words.say("Source"),
    ]
    # On a phone the first three are enough.
    kinds = ("", "", "n", "minor", "minor", "minor")
    heads = [html.Th(name, className=kind) for name, kind in zip(head, kinds, strict=True)]
    rows = [_reading(visit, reading) for reading in view.readings]
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="t")
    body = html.Div(table, className="scroll", id="device-readings", **attributes(data_refresh="minute"))
    return section(words.say("Last readings"), body, note=words.say("as they came"), span=8, kind="sub")


def _reading(visit: Visit, reading: Reading) -> Component:
    words = visit.words
    when = local_time(reading.time, words.tz).replace("T", " ")
    name = words.say(QUANTITY_NAMES[reading.quantity]) if reading.quantity in QUANTITY_NAMES else reading.quantity
    quality = words.say(QUALITIES[reading.quality.name])
    flags = ", ".join(words.say(NOTICES[flag]) if flag in NOTICES else flag for flag in reading.flags)
    return html.Tr(
        [
            html.Td(when, className="nw mono"),
            html.Td(name),
            html.Td(_value(visit, reading), className="n"),
            html.Td(quality, className="mut minor"),
            html.Td(flags, className="mut minor"),
            html.Td(reading.source, className="mut minor"),
        ]
    )
