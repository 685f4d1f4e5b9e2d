"""The section of a zone's or town's nights: their course as a chart, what it says, the losses that follow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from dash import html
from dash.development.base_component import Component

from dashboard.figures.nights import nights_figure
from dashboard.i18n import Words, mark
from dashboard.markup import Chart, Markup, escape
from dashboard.pages.flow_check_words import of_points
from dashboard.pages.parts import key, section
from dashboard.views.nights import NightsView
from dashboard.visit import Visit
from models.night_losses import disagree
from models.night_trend import Course
from models.records import Figure

TERMS: dict[str, tuple[str, str]] = {
    "night_flow_m3h": (mark("Minimum night flow"), "m³/h"),
    "legitimate_night_use_m3h": (mark("Legitimate night use"), "m³/h"),
    "night_day_factor_h": (mark("Night-day factor"), "h/d"),
    "real_losses_night_m3": (mark("Real losses by night flow"), "m³"),
}
"""Figures of a day or month: word, unit."""
REASONS: dict[str, str] = {
    "night_flow.too_little_data": mark("too little of the night was measured"),
    "night_flow.too_few_nights": mark("fewer than half of the nights are known"),
    "legitimate_night_use.no_people": mark("the registry doesn't say how many people are supplied"),
    "night_day_factor.no_point": mark("the zone has no average zone point"),
    "night_day_factor.no_pressure": mark("no pressure was measured at the average zone point"),
    "night_day_factor.pressure_incomplete": mark("pressure was measured for a part of the day only"),
    "real_losses_night.use_exceeds_flow": mark("more use is assumed than flowed"),
}
"""Reasons of figures that are not available."""
TOLD_STEPS = 3
"""The newest steps are told in words; the chart marks them all."""
SEASONS: dict[str, str] = {
    "none": mark("Season and weekdays are not taken off: the nights are too few."),
    "weekdays": mark("Weekdays are taken off; the season is not: that takes most of a year."),
    "year": mark("Season and weekdays are taken off."),
}


def night_section(visit: Visit, view: NightsView, of: str, label: str) -> Component:
    """The section, over the page's whole width; `of` begins its identifiers, `label` says what the chart shows."""
    words = visit.words
    name = words.say("Night flow")
    if view.first is None or view.last is None:
        text = words.say("known after the first whole night")
        return section(name, html.P(text, className="empty"), span=12)
    drawn = Chart(nights_figure(view, words), "270px", label, header=f"{of}-night-readout", id=f"{of}-night")
    left = html.Div([drawn, *_course(view, words)], className="span8")
    right = html.Div([_table(view, words), *_notes(view, words)], className="span4")
    entries = [("nights", words.say("night"))]
    if view.course is not None:
        entries += [("removed", words.say("without season")), ("observed", words.say("level and trend"))]
    note = words.say(
        "m³/h, the lowest hour between 01:00 and 05:00, {first} – {last}",
        first=words.date(view.first),
        last=words.date(view.last),
    )
    body = html.Div([left, right], className="grid")
    return section(name, body, note=note, end=key(*entries), readout=f"{of}-night-readout", span=12)


def _course(view: NightsView, words: Words) -> list[Component]:
    """What the course says: trend, steps, season."""
    if view.course is None:
        return [html.P(words.say("Trend and steps are told from four weeks of nights on."), className="small mut")]
    sentences = [_trend(view.course, words), *_steps(view, words), words.say(SEASONS[view.course.season])]
    return [html.P(" ".join(sentences), className="small mut")]


def _trend(course: Course, words: Words) -> str:
    trend = course.trend
    if trend is None:
        return words.say("A trend is told from three months of nights on.")
    slope = words.measure(abs(trend.per_year), "m³/h", 1)
    between = _between(trend.lower, trend.upper, words)
    if trend.certain and trend.per_year > 0:
        return words.say("Night flow rises by {slope} a year ({range}).", slope=slope, range=between)
    if trend.certain:
        return words.say("Night flow falls by {slope} a year ({range}).", slope=slope, range=between)
    lower, upper = words.signed(trend.lower, 1), words.signed(trend.upper, 1)
    return words.say("No trend is certain: between {lower} and {upper} m³/h a year.", lower=lower, upper=upper)


def _between(lower: float, upper: float, words: Words) -> str:
    """An interval that lies on one side of nothing, without its sign: the sentence says up or down."""
    low, high = sorted((abs(lower), abs(upper)))
    return words.between(low, high, 1)


def _steps(view: NightsView, words: Words) -> list[str]:
    if not view.steps:
        return [words.say("No step stands out of chance.")]
    earlier = len(view.steps) - TOLD_STEPS
    result = []
    for step in view.steps[-TOLD_STEPS:]:
        size = words.measure(abs(step.size_m3h), "m³/h", 1)
        between = _between(step.lower_m3h, step.upper_m3h, words)
        day = words.date(date.fromordinal(step.day))
        sentence = mark("From {day} on lower by {size} ({range}).")
        if step.size_m3h > 0:
            sentence = mark("From {day} on higher by {size} ({range}).")
        result.append(words.say(sentence, day=day, size=size, range=between))
    if earlier > 0:
        result.append(words.plural("{n} earlier step is marked.", "{n} earlier steps are marked.", earlier))
    return result


def _table(view: NightsView, words: Words) -> Component:
    columns = [(figures, period) for figures, period in ((view.day, "day"), (view.month, "month")) if figures]
    heads = "".join(f'<th class="n">{escape(_head(figures, period, words))}</th>' for figures, period in columns)
    rows = []
    for quantity, (said, unit) in TERMS.items():
        cells = "".join(_cell(figures.get(quantity), words) for figures, _ in columns)
        rows.append(_row(words.say(said), unit, cells))
        if quantity == "night_flow_m3h" and view.day:
            last = '<td class="n"></td>' * (len(columns) - 1)
            for word, value in ((mark("large users taken off"), view.large), (mark("mean of 02–04"), view.middle)):
                if value:
                    number = words.number(value, _digits(value))
                    rows.append(_row(words.say(word), "m³/h", f'<td class="n mut">{number}</td>{last}', beside=True))
    if view.top_down is not None and view.month:
        blank = '<td class="n"></td>' * (len(columns) - 1)
        rows.append(_row(words.say("by the water balance"), "m³", blank + _cell(view.top_down, words), beside=True))
    return Markup(f'<table class="t"><thead><tr><th></th>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>')


def _row(word: str, unit: str, cells: str, beside: bool = False) -> str:
    """A row; `beside` is what stands beside the figure above it and enters no sum."""
    head = f'<td class="mut small">{escape(word)} {unit}</td>'
    if not beside:
        head = f'<td>{escape(word)} <span class="mut">{unit}</span></td>'
    return f"<tr>{head}{cells}</tr>"


def _head(figures: Mapping[str, Figure], period: str, words: Words) -> str:
    moment = next(iter(figures.values())).time
    return words.month(moment) if period == "month" else words.date(moment, year=False)


def _digits(value: float) -> int:
    """Decimals that show three figures of what is small."""
    return 2 if value < 10 else 1 if value < 100 else 0


def _cell(figure: Figure | None, words: Words) -> str:
    if figure is None or figure.value is None:
        return '<td class="n">—</td>'
    digits = _digits(max(figure.value, figure.upper or 0.0))
    value = f"<b>{words.number(figure.value, digits)}</b>"
    if figure.lower is None or figure.upper is None:
        return f'<td class="n">{value}</td>'
    between = words.between(figure.lower, figure.upper, digits)
    return f'<td class="n">{value}<br><span class="mut small">{between}</span></td>'


def _notes(view: NightsView, words: Words) -> list[Component]:
    """Where the figures come from, and why one is missing."""
    sentences = [*_balance(view, words), _use(view, words), _pressure(view, words), *of_points(view.checks, words)]
    losses = view.day.get("real_losses_night_m3")
    if losses is None:
        sentences.append(words.say("Use and losses follow when the meters of a whole day are summed."))
    elif losses.value is None and losses.reason in REASONS:
        reason = words.say(REASONS[losses.reason])
        sentences.append(words.say("Real losses by night flow are not available: {reason}.", reason=reason))
    return [html.P(" ".join(one for one in sentences if one), className="small mut")]


def _balance(view: NightsView, words: Words) -> list[str]:
    """Whether the month's losses agree with those of the water balance, which were found another way."""
    bottom_up = view.month.get("real_losses_night_m3")
    if bottom_up is None or view.top_down is None:
        return []
    apart = disagree(bottom_up, view.top_down)
    month = words.month(bottom_up.time)
    if apart is None:
        return []
    if apart:
        return [
            words.say(
                "In {month} night flow and water balance disagree: their intervals don't meet. An input of one of them "
                "is wrong by more than it says.",
                month=month,
            )
        ]
    return [words.say("In {month} night flow and water balance agree within their intervals.", month=month)]


def _use(view: NightsView, words: Words) -> str:
    use = view.day.get("legitimate_night_use_m3h")
    if use is None or use.value is None:
        return ""
    if use.coverage >= 0.995:
        return words.say("Night use is measured at all connections.")
    if use.coverage > 0.5:
        share = words.percent(use.coverage)
        return words.say("Night use is measured at {share} of connections, the rest taken at their mean.", share=share)
    source = ", ".join(view.sources) or words.say("the program's own, to be replaced")
    return words.say("Night use is an assumption ({source}): few meters tell it.", source=source)


def _pressure(view: NightsView, words: Words) -> str:
    factor = view.day.get("night_day_factor_h")
    if factor is None or factor.value is None:
        return ""
    if factor.coverage == 0:
        return words.say("The night-day factor is one that was stated, not measured.")
    if view.zone is None:
        return words.say("The night-day factor is that of its zones, weighed by their leakage at night.")
    n1 = words.number(view.zone.n1, 1)
    point = view.zone.azp_point
    return words.say("The night-day factor follows from pressure at point {point} with N1 = {n1}.", point=point, n1=n1)
