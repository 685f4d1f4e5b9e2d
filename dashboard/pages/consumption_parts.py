"""The section of consumption: bars, the sum of the last period with its ±, what of it is estimated or missing."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard.figures.consumption import consumption_bars
from dashboard.i18n import Words, mark
from dashboard.markup import Chart
from dashboard.pages.parts import choices, key, section
from dashboard.views.consumption import DEFAULT, SPANS, ConsumptionView
from dashboard.visit import Visit
from models.use_total import Total

BY_WORDS: dict[str, str] = {
    "hour": mark("by hour"),
    "day": mark("by day"),
    "month": mark("by month"),
    "year": mark("by year"),
}
WHOLE = 0.995
"""With more of the time covered nobody needs to hear that it is not all."""


def consumption_section(visit: Visit, view: ConsumptionView, address: str) -> Component:
    """The section on the page of a device; address : of that page, without a query."""
    words = visit.words
    name = words.say("Consumption")
    chosen = [(words.say(BY_WORDS[by]), _address(visit, address, by), by == view.by) for by in SPANS]
    end = choices(chosen, words.say("period"))
    if not any(total.value_m3 is not None for total in view.totals):
        text = words.say("No consumption is known of this span yet.")
        return section(name, html.P(text, className="empty"), end=end, span=8, kind="sub")
    bars = Chart(consumption_bars(view, words), "170px", name, header="device-use-readout", group="", id="device-use")
    entries = [("bar", words.say("measured"))]
    if any(total.estimated > 0 for total in view.totals):
        entries.append(("estimated", words.say("estimated")))
    said = html.P(" ".join(_sentences(view, words)), id="device-use-said")
    return section(
        name, html.Div(key(*entries)), bars, said, note="m³", end=end, readout="device-use-readout", span=8, kind="sub"
    )


def _address(visit: Visit, address: str, by: str) -> str:
    query = {name: value for name, value in visit.query.items() if name != "use"}
    if by != DEFAULT:
        query["use"] = by
    return f"{address}?{urlencode(query)}" if query else address


def _sentences(view: ConsumptionView, words: Words) -> list[str]:
    """The last period that is over, and what has passed of the present one."""
    known = [total for total in view.totals if total.value_m3 is not None]
    over = [total for total in known if not total.partial][-1:]
    found: list[str] = []
    for total in [*over, *(total for total in known if total.partial)]:
        values = {"period": _name(total, view.by, words), "volume": _volume(total, view.digits, words)}
        sentence = mark("{period} so far: {volume}.") if total.partial else mark("{period}: {volume}.")
        found.append(words.say(sentence, **values))
        if total.coverage < WHOLE:
            share = words.percent(total.coverage)
            found.append(words.say("It is known for {share} of the time that has passed.", share=share))
        if total.estimated > 0:
            share = words.percent(total.estimated, 1 if total.estimated < 0.1 else 0)
            found.append(words.say("Of it {share} is estimated.", share=share))
    found.append(words.say("± is the 95 % interval, from the meter's permissible error and from what is estimated."))
    return found


def _volume(total: Total, digits: int, words: Words) -> str:
    value, lower, upper = total.value_m3 or 0.0, total.lower_m3, total.upper_m3
    if lower is None or upper is None:
        return words.measure(value, "m³", digits)
    return f"{words.number(value, digits)} ± {words.measure((upper - lower) / 2, 'm³', digits)}"


def _name(total: Total, by: str, words: Words) -> str:
    if by == "hour":
        return f"{words.date(total.start, year=False)} {words.time(total.start)}–{words.time(total.end)}"
    if by == "day":
        return words.date(total.start)
    return words.month(total.start) if by == "month" else str(words.local(total.start).year)
