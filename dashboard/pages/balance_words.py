"""Words of the water balance: terms, indicators, inputs, and why a figure is not known."""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboard.i18n import Words, mark
from dashboard.views.water_balance import Shown, WaterBalance
from models.balance import LEAST_COVERED
from models.balance.quoted import CARL, ILI, PER_CONNECTION, PER_KM, UARL
from models.records import Figure

PERIODS: dict[Shown, str] = {
    "hour": mark("hour"),
    "day": mark("day"),
    "month": mark("month"),
    "year": mark("12 months"),
}

TERMS: tuple[tuple[str, int, str, str], ...] = (
    ("system_input_m3", 0, mark("System input (SIV)"), ""),
    ("billed_m3", 0, mark("Billed consumption"), "use"),
    ("household_m3", 1, mark("households"), ""),
    ("other_m3", 1, mark("others"), ""),
    ("nrw_m3", 0, mark("Non-revenue water"), ""),
    ("unbilled_m3", 1, mark("unbilled authorised consumption"), "own"),
    ("own_use_m3", 2, mark("own use"), ""),
    ("fire_m3", 2, mark("fire-fighting"), ""),
    ("losses_m3", 1, mark("water losses"), ""),
    ("apparent_m3", 2, mark("apparent losses"), "app"),
    ("under_registration_m3", 3, mark("meters' under-registration"), ""),
    ("data_errors_m3", 3, mark("data errors"), ""),
    ("theft_m3", 3, mark("theft"), ""),
    ("real_m3", 2, mark("real losses"), "loss"),
)
"""Quantity, depth in the IWA's table, word, class in the flat bar."""

ESTIMATED_OF = {
    "system_input_m3": "estimated_of_system_input_m3",
    "billed_m3": "estimated_of_billed_m3",
    "unbilled_m3": "estimated_of_unbilled_m3",
}

INDICATORS: dict[str, tuple[str, str, int]] = {
    PER_CONNECTION: (mark("Real losses per connection"), mark("l/connection/day"), 0),
    PER_KM: (mark("Real losses per km of mains"), mark("m³/km/day"), 1),
    CARL: (mark("Current annual real losses (CARL)"), mark("m³/day"), 0),
    UARL: (mark("Unavoidable annual real losses (UARL)"), mark("m³/day"), 0),
    ILI: (mark("Infrastructure leakage index (ILI)"), "", 1),
}

INPUTS: dict[str, str] = {
    "system_input_m3": mark("System input (SIV)"),
    "household_m3": mark("Households"),
    "other_m3": mark("Other customers"),
    "own_use_m3": mark("Own use"),
    "fire_m3": mark("Fire-fighting"),
    "under_registration_pct": mark("Under-registration"),
    "data_errors_pct": mark("Data errors"),
    "theft_pct": mark("Theft"),
    "mains_error_pct": mark("Length of mains"),
    "connections_error_pct": mark("Connections"),
    "service_private_error_pct": mark("Private pipes"),
    "pressure_error_pct": mark("Mean pressure"),
}

REASONS: dict[str, str] = {
    "balance.no_inflow": mark("Losses are not available: no inflow was measured in the month."),
    "balance.inflow_incomplete": mark("Losses are not available: inflow was measured for {share} of the month only."),
    "balance.no_connections": mark("Losses are not available: the registry has no connections here."),
    "balance.too_few_covered": mark(
        "Losses are not available: {share} of connections are covered, {least} are needed."
    ),
}
"""models.balance's reasons for a month → sentences; {share} is the coverage that is stated with the figure."""

SHORT: dict[str, str] = {
    "balance.no_inflow": mark("no inflow was measured"),
    "balance.inflow_incomplete": mark("inflow was measured for {share} of the time only"),
    "balance.no_connections": mark("the registry has no connections here"),
    "balance.too_few_covered": mark("{share} of connections are covered, {least} are needed"),
    "balance.not_set": mark("not set; contained in real losses"),
    "balance.no_network": mark("the registry has no length of mains"),
    "balance.no_pressure": mark("the registry has no mean pressure of every zone"),
    "balance.no_boundary_meters": mark("the meters at the boundary say nothing"),
}
"""The same reasons for a single figure of any period."""


def why(figure: Figure | None, terms: dict[str, Figure], words: Words) -> str:
    """Why a figure is not known; the code where there is no sentence for it."""
    if figure is None:
        return words.say("not computed yet")
    whole = terms.get("system_input_m3")
    of_time = figure.reason == "balance.inflow_incomplete" and whole is not None
    coverage = whole.coverage if of_time and whole is not None else figure.coverage
    sentence = SHORT.get(figure.reason)
    if sentence is None:
        return figure.reason
    return words.say(sentence, share=words.percent(coverage), least=words.percent(LEAST_COVERED))


def span_said(view: WaterBalance, words: Words) -> str:
    """The period in words: a day, a month, or from one month to another."""
    if view.start is None or view.end is None:
        return ""
    return said_of(view.period, view.start, view.end, words)


def said_of(period: Shown, start: datetime, end: datetime, words: Words) -> str:
    """A quoted period in words."""
    if period == "hour":
        return f"{words.moment(start)}–{words.time(end)}"
    if period == "day":
        return words.date(start)
    if period == "month":
        return words.month(start)
    return f"{words.month(start)}–{words.month(end - timedelta(days=1))}"
