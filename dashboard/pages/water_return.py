"""The Czech waterworks' return, and the sheet of leakage for directive (EU) 2020/2184, both of twelve months."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard.i18n import Words, mark
from dashboard.pages.balance_words import said_of, why
from dashboard.pages.parts import choices, crumbs, grid, lead, link, section
from dashboard.views.water_return import ReturnRow, WaterReturn, first_months, water_return
from dashboard.visit import Visit
from models.balance.leakage_sheet import LEAST_M3D, LEAST_PEOPLE
from models.balance.quoted import CARL, ILI, PER_CONNECTION, PER_KM, UARL
from models.records import Figure

CHAIN: tuple[tuple[str, int, str], ...] = (
    ("cz_produced_m3", 0, mark("Water produced")),
    ("cz_taken_m3", 0, mark("+ water taken over")),
    ("cz_handed_m3", 0, mark("− water handed over")),
    ("cz_vvr_m3", 0, mark("= water produced for supply (VVR)")),
    ("cz_billed_m3", 0, mark("Billed water")),
    ("cz_household_m3", 1, mark("households")),
    ("cz_other_m3", 1, mark("others")),
    ("cz_unbilled_m3", 0, mark("Unbilled water (VVR − billed)")),
    ("cz_losses_m3", 1, mark("losses in the pipe network")),
    ("cz_own_use_m3", 1, mark("own use")),
    ("cz_rest_m3", 1, mark("other")),
)
COLUMNS: tuple[tuple[str, str, str, int], ...] = (
    (CARL, mark("CARL"), mark("m³/day"), 0),
    (UARL, mark("UARL"), mark("m³/day"), 0),
    (ILI, mark("ILI"), "", 1),
    (PER_CONNECTION, mark("Real losses"), mark("l/connection/day"), 0),
    (PER_KM, mark("Real losses"), mark("m³/km/day"), 1),
)
"""Indicators of the directive's sheet: quantity, word, unit, decimals."""


def title(visit: Visit) -> str:
    """For the window."""
    return visit.words.say("Returns of water")


def layout(visit: Visit) -> Component:
    """The page."""
    words = visit.words
    view = water_return(visit.rooms, visit.region, visit.now, visit.query)
    must = [row for row in view.rows[1:] if row.supplier.must_assess]
    headline = words.plural(
        "{n} town falls under the leakage assessment of directive 2020/2184 by itself.",
        "{n} towns fall under the leakage assessment of directive 2020/2184 by themselves.",
        len(must),
    )
    span = "" if view.start is None or view.end is None else said_of("year", view.start, view.end, words)
    head = lead(headline, span, aside=_choice(visit, view), crumb=crumbs(visit, (words.say("Returns of water"), "")))
    return html.Div([head, grid(*_chain(visit, view), _sheet(visit, view))])


def _choice(visit: Visit, view: WaterReturn) -> Component | str:
    if not view.offered:
        return ""
    starts = first_months(view.offered, visit.region)[:4]
    chosen = "" if view.start is None else first_months([view.start], visit.region)[0]
    items = [(start, f"/returns?{urlencode({**visit.query, 'from': start})}", start == chosen) for start in starts]
    return choices(items, visit.words.say("first of the twelve months"))


def _chain(visit: Visit, view: WaterReturn) -> list[Component]:
    words, row = visit.words, view.chosen
    rows = [_step(row, *step, words) for step in CHAIN]
    leakage = row.figures.get("cz_unit_leakage_m3kmd")
    if leakage is not None and leakage.value is not None:
        year = words.measure(leakage.value * 365, words.say("m³/km/year"), 0)
        text = words.say(
            "Unit leakage {value} ({year}) over {km} of mains.",
            value=words.measure(leakage.value, words.say("m³/km/day"), 1),
            year=year,
            km=words.measure(row.network.mains_km, "km", 1),
        )
    else:
        text = words.say("Unit leakage is not known: {reason}.", reason=why(leakage, dict(row.figures), words))
    apart = words.say(
        "The return's terms are not the IWA's: losses in the pipe network hold inaccurate meters and theft too, VVR "
        "does not know the filling of tanks, and nothing is added for customers without meter or bill. After ČSN 75 "
        "5020:2023, which was not at hand: mains are not converted to a diameter."
    )
    name = words.say("Czech return: {name}", name=row.name)
    export = html.A(words.say("All as CSV"), href=f"/api/v1/returns.csv?{_export(view, visit)}")
    table = html.Table(html.Tbody(rows), className="t")
    return [
        section(name, table, note="m³", end=export, span=6),
        section(words.say("How to read the return"), html.P(text), html.P(apart, className="small"), span=6),
    ]


def _export(view: WaterReturn, visit: Visit) -> str:
    start = "" if view.start is None else first_months([view.start], visit.region)[0]
    return urlencode({"from": start, "lang": visit.words.language})


def _step(row: ReturnRow, quantity: str, depth: int, said: str, words: Words) -> Component:
    figure = row.figures.get(quantity)
    name = html.Td(words.say(said), style={"paddingLeft": f"{14 * depth}px"})
    if figure is None or figure.value is None:
        reason = html.Span(why(figure, dict(row.figures), words), className="mut small")
        return html.Tr([name, html.Td(["— ", reason], className="n")])
    half = "" if figure.upper is None else f" ± {words.number(figure.upper - figure.value)}"
    value = [html.B(words.number(figure.value)), html.Span(half, className="mut")]
    return html.Tr([name, html.Td(value, className="n")])


def _sheet(visit: Visit, view: WaterReturn) -> Component:
    words = visit.words
    head = [html.Th(words.say("Supplier")), html.Th(words.say("people supplied"), className="n")]
    head.append(html.Th(words.say("m³/day"), className="n"))
    head.append(html.Th(words.say("assessed")))
    head += [html.Th(f"{words.say(said)}{_unit(unit, words)}", className="n") for _, said, unit, _ in COLUMNS]
    body = [_line(row, words) for row in view.rows]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="t")
    text = words.say(
        "Article 4(3): suppliers of {volume} m³ a day or more, or serving {people} people or more, are assessed by the "
        "ILI or another suitable method. An ILI with * is outside the range that UARL was made for.",
        volume=words.number(LEAST_M3D),
        people=words.number(LEAST_PEOPLE),
    )
    holder = html.Div(table, style={"overflowX": "auto"})
    return section(words.say("Leakage of suppliers"), holder, html.P(text, className="small mut"))


def _unit(unit: str, words: Words) -> str:
    return f" [{words.say(unit)}]" if unit else ""


def _line(row: ReturnRow, words: Words) -> Component:
    supplier = row.supplier
    href = "/" if supplier.level == "region" else link("municipalities", supplier.subject)
    must = supplier.must_assess
    said = "—" if must is None else words.say("yes") if must else words.say("no")
    supplied = "—" if supplier.supplied_m3d is None else words.number(supplier.supplied_m3d)
    chain = html.A(words.say("return"), href=f"/returns?{urlencode({'town': supplier.subject})}", className="small")
    cells: list[Component] = [html.Td([html.A(row.name, href=href), " ", chain])]
    cells.append(html.Td(words.number(supplier.people), className="n"))
    cells += [html.Td(supplied, className="n"), html.Td(said)]
    for quantity, _, _, digits in COLUMNS:
        cells.append(html.Td(_written(row, quantity, digits, words), className="n"))
    return html.Tr(cells)


def _written(row: ReturnRow, quantity: str, digits: int, words: Words) -> Component | str:
    figure: Figure | None = row.figures.get(quantity)
    if figure is None or figure.value is None:
        return "—"
    star = "*" if quantity == ILI and not row.in_range else ""
    value = words.number(figure.value, digits) + star
    if figure.lower is None or figure.upper is None:
        return value
    between = html.Div(words.between(figure.lower, figure.upper, digits), className="mut small")
    return html.Span([html.B(value), between])
