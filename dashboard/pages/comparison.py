"""Towns beside each other by one indicator over the same whole months, with intervals and reasons."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard.figures.comparison import Dot, Spot, ladder, scale_of, scatter
from dashboard.i18n import Words
from dashboard.markup import Markup, escape
from dashboard.pages.as_known import known_section
from dashboard.pages.comparison_words import (
    DIGITS,
    HOW,
    NAMES,
    NOTES,
    PERIOD_NAMES,
    earlier_text,
    headline,
    partial_text,
    reason,
    second,
    unit,
    written,
)
from dashboard.pages.parts import crumbs, grid, lead, link, section
from dashboard.views.comparison import INDICATORS, NOT_COMPUTED, Comparison, Indicator, TownRow, comparison
from dashboard.views.comparison_periods import PERIODS
from dashboard.visit import Visit
from models.comparison_ranges import Range, Standing, standing

DEFAULT_PERIOD = "month"
DEFAULT_INDICATOR: Indicator = "household"


def title(visit: Visit) -> str:
    """For the window."""
    return visit.words.say("Comparison")


def layout(visit: Visit) -> Component:
    """The page."""
    words = visit.words
    found = asked(visit)
    crumb = crumbs(visit, (words.say("Comparison"), ""))
    head = lead(headline(found, words), second(found, visit.region, words), crumb=crumb)
    side = html.Div(
        [_why(visit, found), _how(visit, found), known_section(visit, "municipality", "", 12)], className="span4 stack"
    )
    return html.Div([head, Markup(_form(visit, found)), grid(_ladder(visit, found), side, _table(visit, found))])


def asked(visit: Visit) -> Comparison:
    """The comparison that the address asks for; what it says wrongly falls back to the usual."""
    query = visit.query
    period = query.get("period", "")
    wanted = query.get("indicator", "")
    indicator = next((name for name in INDICATORS if name == wanted), DEFAULT_INDICATOR)
    period = period if period in PERIODS else DEFAULT_PERIOD
    # A report of an earlier time compares what was the last month then.
    return comparison(visit.rooms, visit.region, visit.known_at or visit.now, period, indicator, query.get("own", ""))


def _form(visit: Visit, found: Comparison) -> str:
    """Indicator, period, own town; a change is the address at once (see assets/base.js). And the export."""
    words = visit.words
    towns = sorted(visit.region.municipalities, key=lambda town: -town.population)
    own = found.own.town.code if found.own is not None else ""
    selects = (
        ("indicator", words.say("Indicator"), [(name, words.say(NAMES[name])) for name in INDICATORS], found.indicator),
        ("period", words.say("Period"), [(name, words.say(PERIOD_NAMES[name])) for name in PERIODS], found.period),
        (
            "own",
            words.say("Our town"),
            [("", words.say("none chosen")), *((town.code, town.name) for town in towns)],
            own,
        ),
    )
    parts = "".join(_select(name, word, options, chosen) for name, word, options, chosen in selects)
    known = {"known": visit.query["known"]} if visit.known_at is not None else {}
    address = "/api/v1/comparison.csv?" + urlencode({"period": found.period, **known, "lang": words.language})
    export = f'<a class="btn" href="{escape(address)}" download>{escape(words.say("CSV for a spreadsheet"))}</a>'
    kept = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in known.items())
    return f'<form class="fields compare" data-go>{kept}{parts}<span class="xp">{export}</span></form>'


def _select(name: str, word: str, options: Sequence[tuple[str, str]], chosen: str) -> str:
    lines = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(said)}</option>'
        for value, said in options
    )
    return f'<label>{escape(word)}<select name="{name}">{lines}</select></label>'


def _ladder(visit: Visit, found: Comparison) -> Component:
    words, indicator = visit.words, found.indicator
    known = found.known
    parts: list[Component] = []
    if known:
        spans = [span for row in known if (span := row.figures[indicator].range) is not None]
        scale = scale_of(min(span.lower for span in spans), max(span.upper for span in spans))
        heads = (unit(indicator, words), words.say("covered"), words.say("thousand people"))
        own = found.own.figures[indicator].range if found.own is not None else None
        parts.append(Markup(ladder(_groups(visit, found, known), scale, heads, words, own)))
    if found.unknown:
        parts.append(Markup(_unknown(found, words), className="nr"))
    if not parts:
        parts.append(html.P(words.say("The registry names no town."), className="empty"))
    return section(words.say(NAMES[indicator]), *parts, note=words.say(NOTES[indicator]), span=8)


def _groups(visit: Visit, found: Comparison, known: list[TownRow]) -> list[tuple[str, list[Dot]]]:
    """One list, or three around our own town."""
    words = visit.words
    if found.own is None or found.own.figures[found.indicator].range is None:
        return [("", [_dot(visit, found, row) for row in known])]
    name = found.own.town.name
    heads: tuple[tuple[Standing, str], ...] = (
        ("lower", words.say("Provably lower than town {name}", name=name)),
        ("alike", words.say("Not distinguishable from town {name}", name=name)),
        ("higher", words.say("Provably higher than town {name}", name=name)),
    )
    return [
        (head, [_dot(visit, found, row) for row in known if found.standing_of(row) == stands]) for stands, head in heads
    ]


def _dot(visit: Visit, found: Comparison, row: TownRow) -> Dot:
    words, figure = visit.words, row.figures[found.indicator]
    span = figure.range or Range(0.0, 0.0)
    return Dot(
        name=row.town.name,
        href=link("municipalities", row.town.code),
        value=figure.value or 0.0,
        span=span,
        said=(
            written(figure.value or 0.0, found.indicator, words),
            words.between(span.lower, span.upper, DIGITS[found.indicator]),
        ),
        aside=(words.percent(figure.coverage), words.number(row.town.population / 1000, 1)),
        own=row is found.own,
    )


def _unknown(found: Comparison, words: Words) -> str:
    """Towns without a figure, those with one reason together."""
    by_reason: dict[str, list[str]] = {}
    for row in found.unknown:
        by_reason.setdefault(reason(row.figures[found.indicator], words), []).append(row.town.name)
    return "".join(
        f"<p><b>{escape(words.say('No figure'))}: {escape(', '.join(names))}.</b> {escape(said)}</p>"
        for said, names in by_reason.items()
    )


def _why(visit: Visit, found: Comparison) -> Component:
    """What may explain a difference: pressure for leakage, price for use."""
    words = visit.words
    night = found.indicator == "night"
    spots = [spot for row in found.known if (spot := _spot(found, row, words)) is not None]
    label = words.say("Night flow against mean pressure") if night else words.say("Use against the price of water")
    drawn = scatter(spots, words, label, "m" if night else "Kč/m³")
    body: Component = Markup(drawn)
    if not drawn:
        body = html.P(words.say("Two towns with both figures are needed."), className="empty")
    name = words.say("Why they differ: pressure") if night else words.say("Why they differ: price")
    return section(name, html.P(label, className="said first-said"), body)


def _spot(found: Comparison, row: TownRow, words: Words) -> Spot | None:
    x = row.pressure_m if found.indicator == "night" else row.price_czk_m3
    y = row.figures[found.indicator].value
    if x is None or y is None:
        return None
    known = found.known
    ends = {known[0].town.code, known[-1].town.code}
    named = row is found.own or row.town.code in ends
    said = f"{row.town.name}: {written(y, found.indicator, words)}"
    return Spot(x, y, said, row.town.name if named else "", row is found.own)


def _how(visit: Visit, found: Comparison) -> Component:
    words = visit.words
    return section(
        words.say("How this is computed"),
        html.P(words.say(HOW[found.indicator]), className="said"),
        html.P(words.say("Percent of input lost never ranks towns: it falls when people use more."), className="said"),
    )


def _table(visit: Visit, found: Comparison) -> Component:
    """All indicators of all towns, by population: what the export holds."""
    words = visit.words
    head = [html.Th(words.say("Town")), html.Th(words.say("People supplied"), className="n minor")]
    head += [
        html.Th([words.say(NAMES[name]), html.Br(), html.Small(unit(name, words))], className="n")
        for name in INDICATORS
    ]
    small = html.Small(earlier_text(found, visit.region, words))
    head.append(html.Th([words.say(NAMES[found.indicator]), html.Br(), small], className="n"))
    head.append(html.Th(words.say("Households covered"), className="n minor"))
    rows = sorted(found.rows, key=lambda row: -row.town.population)
    body = html.Table(
        [html.Thead(html.Tr(head)), html.Tbody([_line(visit, found, row) for row in rows])], className="t cmpt"
    )
    note = partial_text(found, visit.region, words) or words.say("by population")
    return section(words.say("All towns and indicators"), html.Div(body, className="scroll"), note=note)


def _line(visit: Visit, found: Comparison, row: TownRow) -> Component:
    words = visit.words
    cells: list[Component] = [
        html.Td(html.A(row.town.name, href=link("municipalities", row.town.code))),
        html.Td(words.number(row.town.population_supplied), className="n minor mut"),
    ]
    for name in INDICATORS:
        figure = row.figures[name]
        if figure.value is None or figure.range is None:
            cells.append(html.Td("—", className="n mut", title=reason(figure, words)))
        else:
            around = words.between(figure.range.lower, figure.range.upper, DIGITS[name])
            said: list[Component | str] = [
                html.B(written(figure.value, name, words)),
                " ",
                html.Small(around, className="minor dim"),
            ]
            cells.append(html.Td(said, className="n"))
    cells.append(_earlier(found, row, words))
    home = row.figures["household"]
    covered = "—" if home.reason == NOT_COMPUTED else words.percent(home.coverage)
    cells.append(html.Td(covered, className="n minor mut"))
    return html.Tr(cells)


def _earlier(found: Comparison, row: TownRow, words: Words) -> Component:
    """The same days a year before, and the change where the intervals prove one."""
    before, after = row.earlier.get(found.indicator), row.figures[found.indicator]
    if before is None or before.value is None or before.range is None:
        said = reason(before, words) if before is not None else ""
        return html.Td("—", className="n mut", title=said)
    parts: list[Component | str] = [written(before.value, found.indicator, words)]
    if after.value is not None and after.range is not None and before.value > 0:
        change = words.signed(100 * (after.value / before.value - 1)) + (" %" if words.language != "en" else "%")
        alike = standing(before.range, after.range) == "alike"
        parts += [" ", html.Small(change, className="dim") if alike else html.B(html.Small(change))]
    return html.Td(parts, className="n")
