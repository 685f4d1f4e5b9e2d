"""The water balance on a page: the IWA's table, indicators of losses, and how far all that can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard.i18n import Words
from dashboard.markup import Markup, escape
from dashboard.pages.balance_words import (
    ESTIMATED_OF,
    INDICATORS,
    INPUTS,
    PERIODS,
    REASONS,
    TERMS,
    span_said,
    why,
)
from dashboard.pages.parts import choices, link, section
from dashboard.views.water_balance import Validity, WaterBalance
from dashboard.visit import Visit
from models.balance import LEAST_COVERED
from models.balance.quoted import CARL, ILI, PER_CONNECTION, PER_KM, UARL
from models.records import Figure

SHOWN_OVERDUE = 6


def balance_sections(visit: Visit, view: WaterBalance, path: str) -> list[Component]:
    """Three sections beside each other; path: address of the page, for the choice of a period."""
    return [_table(visit, view, path), _losses(visit, view), _trust(visit, view)]


def _choices(visit: Visit, view: WaterBalance, path: str) -> Component:
    words = visit.words
    kept = {name: value for name, value in visit.query.items() if name != "balance"}
    items = [
        (words.say(said), f"{path}?{urlencode({**kept, 'balance': name})}#balance", view.period == name)
        for name, said in PERIODS.items()
    ]
    return choices(items, words.say("period of the balance"))


def _table(visit: Visit, view: WaterBalance, path: str) -> Component:
    words, terms = visit.words, view.terms
    name, end = words.say("Water balance"), _choices(visit, view, path)
    whole = terms.get("system_input_m3")
    if whole is None or whole.value is None:
        text = words.say("The first whole month is computed when it has passed.")
        if view.period == "hour":
            text = words.say("No whole hour of the last twelve has a known inflow.")
        body: Component = html.P(text, className="empty")
        return section(name, html.Div(body, id="balance"), end=end, span=5)
    head = "".join(f'<th class="n">{escape(said)}</th>' for said in ("m³", "±", words.say("estimated")))
    rows = "".join(_row(terms, *term, words) for term in TERMS)
    table = f'<table class="t iwa"><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table>'
    parts: list[Component] = [Markup(_bar(terms) + table), html.P(nrw_sentence(terms, words), className="small mut")]
    if terms.get("nrw_pct") is not None and terms["nrw_pct"].value is not None:
        text = words.say(
            "The share of the input is not fit for comparing networks: it falls when more is used, though as much is "
            "lost."
        )
        parts.append(html.P(text, className="small mut"))
    return section(name, html.Div(parts, id="balance"), note=span_said(view, words), end=end, span=5)


def _bar(terms: Mapping[str, Figure]) -> str:
    drawn = ""
    for quantity, _, _, kind in TERMS:
        figure = terms.get(quantity)
        if kind and figure is not None and figure.value is not None and figure.value > 0:
            drawn += f'<i class="{kind}" style="flex:{figure.value:.0f}"></i>'
    return f'<div class="flat" aria-hidden="true">{drawn}</div>' if drawn else ""


def _row(terms: Mapping[str, Figure], quantity: str, depth: int, said: str, kind: str, words: Words) -> str:
    figure = terms.get(quantity)
    square = f'<i class="sq {kind}"></i>' if kind else ""
    name = f'<td style="padding-left:{14 * depth}px">{square}{escape(words.say(said))}</td>'
    if figure is None or figure.value is None:
        reason = escape(why(figure, dict(terms), words)) if depth != 1 or figure is not None else ""
        return f'<tr>{name}<td class="n">—</td><td class="mut small" colspan="2">{reason}</td></tr>'
    half = "" if figure.upper is None else words.number(figure.upper - figure.value, _digits(figure.value))
    share = ""
    estimated = terms.get(ESTIMATED_OF.get(quantity, ""))
    if estimated is not None and estimated.value is not None and figure.value:
        share = words.percent(min(1.0, abs(estimated.value / figure.value)))
    value = words.number(figure.value, _digits(figure.value))
    return (
        f'<tr>{name}<td class="n"><b>{value}</b></td><td class="n mut">{half}</td><td class="n mut">{share}</td></tr>'
    )


def _digits(value: float) -> int:
    return 0 if abs(value) >= 100 else 1


def _losses(visit: Visit, view: WaterBalance) -> Component:
    words = visit.words
    own = PER_CONNECTION if view.network.per_connection else PER_KM
    rows = [_indicator(view.terms, own, words), *(_indicator(view.annual, name, words) for name in (CARL, UARL, ILI))]
    table = html.Table(html.Tbody(rows), className="t")
    parts: list[Component] = [table]
    if view.annual.get(UARL) is not None and view.annual[UARL].value is not None and not view.in_range:
        text = words.say(
            "UARL and ILI with caution: they were made for networks with 20 · Lm + Nc of at least 3 000 (here {size}) "
            "and a mean pressure of at least 25 m (here {pressure}).",
            size=words.number(20 * view.network.mains_km + view.network.connections),
            pressure="—" if view.network.pressure_m is None else words.measure(view.network.pressure_m, "m"),
        )
        parts.append(html.P(text, className="small"))
    parts += _two_ways(view, words)
    note = words.say("CARL, UARL and ILI of twelve months")
    end = None
    if view.level != "zone":
        town = {"town": view.subject}
        end = html.A(words.say("Returns of water"), href=f"/returns?{urlencode(town)}")
    return section(words.say("Losses"), *parts, note=note, end=end, span=4)


def _indicator(terms: Mapping[str, Figure], name: str, words: Words) -> Component:
    said, unit, digits = INDICATORS[name]
    figure = terms.get(name)
    if figure is None or figure.value is None:
        reason = html.Span(why(figure, dict(terms), words), className="mut small")
        return html.Tr([html.Td(words.say(said)), html.Td(["— ", reason], className="n")])
    number = words.measure(figure.value, words.say(unit) if unit else "", digits)
    between = ""
    if figure.lower is not None and figure.upper is not None:
        between = words.between(figure.lower, figure.upper, digits)
    return html.Tr(
        [html.Td(words.say(said)), html.Td([html.B(number), html.Div(between, className="mut small")], className="n")]
    )


def _two_ways(view: WaterBalance, words: Words) -> list[Component]:
    """Real losses from the balance and from night flow, and whether they agree."""
    down, up = view.terms.get("real_m3"), view.night
    parts: list[Component] = [html.H3(words.say("Real losses two ways"), className="grp")]
    rows = [
        html.Tr([html.Td(words.say("from the balance (top-down)")), html.Td(_bounded(down, words), className="n")]),
        html.Tr([html.Td(words.say("from night flow (bottom-up)")), html.Td(_bounded(up, words), className="n")]),
    ]
    parts.append(html.Table(html.Tbody(rows), className="t"))
    if down is None or up is None or down.value is None or up.value is None:
        return parts
    low, high = (down.lower or down.value, down.upper or down.value)
    other_low, other_high = (up.lower or up.value, up.upper or up.value)
    if other_low <= high and low <= other_high:
        text = words.say("The two agree within their intervals.")
    else:
        text = words.say(
            "The two differ by {volume}, more than their intervals allow: a bill, a meter or the assumed night use is "
            "wrong. Neither is corrected by the other.",
            volume=words.volume(abs(down.value - up.value)),
        )
    return [*parts, html.P(text, className="small")]


def _bounded(figure: Figure | None, words: Words) -> str:
    if figure is None or figure.value is None:
        return "—"
    value = words.volume(figure.value)
    if figure.lower is None or figure.upper is None:
        return value
    return f"{value} ({words.between(figure.lower, figure.upper)})"


def _trust(visit: Visit, view: WaterBalance) -> Component:
    words, validity = visit.words, view.validity
    name = words.say("How sure it is")
    if not view.judged:
        text = words.say("Grade the inputs and find the meter that would narrow it most")
        return section(name, html.P(html.A(text, href="/?balance=month#balance")), span=3)
    if validity is None:
        return section(
            name, html.P(words.say("Known with the first month that has an input."), className="empty"), span=3
        )
    rows = [
        html.Tr(
            [
                html.Td(words.say(INPUTS.get(grade.name, grade.name))),
                html.Td("" if grade.share is None else words.percent(grade.share), className="n mut"),
                html.Td(html.B(str(grade.grade)), className="n"),
            ]
        )
        for grade in validity.grades
    ]
    head = html.Tr([html.Th(""), html.Th(words.say("measured"), className="n"), html.Th("1–10", className="n")])
    parts: list[Component] = [*_narrowing(visit, validity), *_overdue(visit, validity)]
    parts.append(html.Table([html.Thead(head), html.Tbody(rows)], className="t"))
    if validity.score is not None:
        text = words.say(
            "Validity of the volumes {score} of 100; grades are ours, after the idea of AWWA's.",
            score=words.number(validity.score),
        )
        parts.append(html.P(text, className="small mut"))
    return section(name, *parts, note=words.say("newest month"), span=3)


def _narrowing(visit: Visit, validity: Validity) -> list[Component]:
    words, found = visit.words, validity.narrowing
    if found is None:
        return []
    sentences = {
        "silent": words.say("Most would be won by repairing the meter that is silent at times:"),
        "overdue": words.say("Most would be won by verifying the meter whose verification is over:"),
        "uncertain": words.say("Most would be won by verifying the meter:"),
    }
    narrowed = words.say(
        "real losses would be known to ± {then} instead of ± {now}.",
        then=words.volume(found.then_m3),
        now=words.volume(found.half_width_m3),
    )
    where = f" ({found.point}), " if found.point else ", "
    meter = html.A(found.device, href=link("devices", found.device))
    return [html.P([sentences[found.why], " ", meter, where, narrowed], className="small")]


def _overdue(visit: Visit, validity: Validity) -> list[Component]:
    words, found = visit.words, validity.overdue
    if not found:
        return [html.P(words.say("All meters of the balance are within their verification."), className="small mut")]
    said = words.plural(
        "{n} meter has no valid or known verification:", "{n} meters have no valid or known verification:", len(found)
    )
    items: list[Component | str] = [said, " "]
    for place, item in enumerate(found[:SHOWN_OVERDUE]):
        until = words.say("unknown until when") if item.until is None else words.date(item.until)
        items += [", " if place else "", html.A(item.device, href=link("devices", item.device)), f" ({until})"]
    if len(found) > SHOWN_OVERDUE:
        items.append(" …")
    return [html.P(items, className="small")]


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
