"""The water balance of the newest month of a zone or town: one flat bar, its terms, NRW or why there is none."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from dashboard.i18n import Words, mark
from dashboard.markup import Markup, escape
from dashboard.pages.parts import section
from dashboard.visit import Visit
from models.balance import LEAST_COVERED
from models.records import Figure

TERMS: dict[str, tuple[str, str]] = {
    "billed_m3": (mark("Billed consumption"), "use"),
    "own_use_m3": (mark("Own use and fire-fighting"), "own"),
    "losses_m3": (mark("Losses"), "loss"),
}
REASONS: dict[str, str] = {
    "balance.no_inflow": mark("Losses are not available: no inflow was measured in the month."),
    "balance.inflow_incomplete": mark("Losses are not available: inflow was measured for {share} of the month only."),
    "balance.no_connections": mark("Losses are not available: the registry has no connections here."),
    "balance.too_few_covered": mark(
        "Losses are not available: {share} of connections are covered, {least} are needed."
    ),
}
"""models.balance's reasons → sentences; {share} is the coverage that is stated with the figure."""


def balance_section(visit: Visit, terms: Mapping[str, Figure], total: str, span: int = 3) -> Component:
    """The section; `total` names the water that was put in."""
    words = visit.words
    name = words.say("Water balance")
    whole = terms.get("system_input_m3")
    if whole is None or not whole.value:
        text = words.say("The first whole month is computed when it has passed.")
        return section(name, html.P(text, className="empty"), span=span)
    cells, bar = [], []
    for quantity, (said, kind) in TERMS.items():
        figure = terms.get(quantity)
        value = None if figure is None else figure.value
        share = "" if value is None else words.percent(value / whole.value, 1)
        cells.append(_row(f'<i class="sq {kind}"></i>{escape(words.say(said))}', value, share, words))
        if value is not None and value > 0:
            bar.append(f'<i class="{kind}" style="flex:{value:.0f}"></i>')
    cells.append(_row(f"<b>{escape(total)}</b>", whole.value, "", words))
    drawn = f'<div class="flat">{"".join(bar)}</div>' if bar else ""
    table = f'{drawn}<table class="t"><tbody>{"".join(cells)}</tbody></table>'
    body = html.Div([Markup(table), html.P(nrw_sentence(terms, words), className="small mut")])
    return section(name, body, note=f"m³, {words.month(whole.time)}", span=span)


def _row(head: str, value: float | None, share: str, words: Words) -> str:
    written = "—" if value is None else words.number(value)
    return f'<tr><td>{head}</td><td class="n"><b>{written}</b></td><td class="n mut">{share}</td></tr>'


def nrw_sentence(terms: Mapping[str, Figure], words: Words) -> str:
    """Non-revenue water with its interval, or why there is none and which share is known."""
    figure = terms.get("nrw_m3")
    if figure is None or figure.value is None:
        return _missing(terms, figure, words)
    volume = words.volume(figure.value)
    pct = terms.get("nrw_pct")
    share = "" if pct is None or pct.value is None else words.percent(pct.value / 100)
    if figure.lower is None or figure.upper is None:
        return words.say("Non-revenue water {volume}.", volume=volume)
    between = words.between(figure.lower, figure.upper)
    if not share:
        return words.say("Non-revenue water {volume}, interval {range}.", volume=volume, range=between)
    return words.say(
        "Non-revenue water {volume}, {share} of the input, interval {range}.", volume=volume, share=share, range=between
    )


def _missing(terms: Mapping[str, Figure], figure: Figure | None, words: Words) -> str:
    if figure is None:
        return words.say("Losses are not computed yet.")
    sentence = REASONS.get(figure.reason, REASONS["balance.too_few_covered"])
    whole = terms.get("system_input_m3")
    of_time = figure.reason == "balance.inflow_incomplete" and whole is not None
    coverage = whole.coverage if of_time and whole is not None else figure.coverage
    return words.say(sentence, share=words.percent(coverage), least=words.percent(LEAST_COVERED))
