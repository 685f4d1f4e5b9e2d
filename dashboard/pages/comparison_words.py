"""Words and sentences of the comparison: indicators, periods, reasons, where towns stand."""

from __future__ import annotations

from datetime import date

from dashboard.i18n import Words, mark
from dashboard.views.comparison import Comparison, Indicator, Ranked, TownRow
from dashboard.views.comparison_periods import first_and_last
from models.balance import LEAST_COVERED
from models.comparison_ranges import Standing
from models.registry import Region

NAMES: dict[Indicator, str] = {
    "household": mark("Household use"),
    "billed": mark("All billed use"),
    "night": mark("Night flow"),
}
UNITS: dict[Indicator, str] = {
    "household": mark("l/person/day"),
    "billed": mark("l/person/day"),
    "night": mark("l/connection/h"),
}
NOTES: dict[Indicator, str] = {
    "household": mark("litres per person supplied and day; dot figure, line 95% interval"),
    "billed": mark("litres per person supplied and day, all customers; dot figure, line 95% interval"),
    "night": mark("litres per connection and hour, mean of the nights; dot figure, line 95% interval"),
}
HOW: dict[Indicator, str] = {
    "household": mark(
        "Volume of remotely read and billed households over the people supplied and the days. The interval holds "
        "the error of meters (± 2 %) and the households that are not covered."
    ),
    "billed": mark(
        "Volume of all remotely read and billed customers over the people supplied and the days. The interval holds "
        "the error of meters (± 2 %) and the connections that are not covered."
    ),
    "night": mark(
        "The lowest hour of net inflow between 01:00 and 05:00, less large night users, over the service connections. "
        "The interval holds how nights scatter and the error of meters (± 2 %)."
    ),
}
DIGITS: dict[Indicator, int] = {"household": 0, "billed": 0, "night": 1}
PERIOD_NAMES: dict[str, str] = {
    "month": mark("last month"),
    "quarter": mark("3 months"),
    "year": mark("12 months"),
    "running": mark("this month so far"),
}
REASONS: dict[str, str] = {
    "comparison.no_population": mark("The registry has no number of people supplied."),
    "comparison.too_few_covered": mark(
        "Remote meters and bills cover {share} of the connections, {least} are needed. Add meters or billed volumes."
    ),
    "comparison.too_few_nights": mark(
        "{share} of the nights have enough data, at least half are needed. Look at the zones' inflow meters."
    ),
    "comparison.no_connections": mark("The registry has no service connections in its zones."),
    "comparison.others_uncovered": mark(
        "Enough households are covered, but too few of the other customers. Add their meters or billed volumes."
    ),
    "comparison.not_computed": mark("Not all months of this period are computed yet."),
}
"""Why a figure is not known (codes of models.comparison), with what mends it."""


def unit(indicator: Indicator, words: Words) -> str:
    """The unit of an indicator."""
    return words.say(UNITS[indicator])


def written(value: float, indicator: Indicator, words: Words) -> str:
    """A figure without its unit."""
    return words.number(value, DIGITS[indicator])


def reason(figure: Ranked, words: Words) -> str:
    """Why a figure is not known; the code where there is no sentence for it."""
    sentence = REASONS.get(figure.reason)
    if sentence is None:
        return figure.reason
    if figure.reason == "comparison.too_few_covered":
        return words.say(sentence, share=words.percent(figure.coverage), least=words.percent(LEAST_COVERED))
    if figure.reason == "comparison.too_few_nights":
        return words.say(sentence, share=words.percent(figure.coverage))
    return words.say(sentence)


def period_text(found: Comparison, region: Region, words: Words) -> str:
    """The months of a period: October 2026, August to October 2026; of a running one its elapsed days."""
    first, last = first_and_last(found.span.start, found.span.end, region)
    if found.span.partial:
        return words.say("{first} to {last}", first=words.date(first, year=False), last=words.date(last))
    if (first.year, first.month) == (last.year, last.month):
        return words.month(first)
    return words.say("{first} to {last}", first=_month(first, last, words), last=words.month(last))


def partial_text(found: Comparison, region: Region, words: Words) -> str:
    """That a period is not over yet, and how much of it is; empty of a whole one."""
    if not found.span.partial:
        return ""
    first, _ = first_and_last(found.span.start, found.span.end, region)
    return words.say(
        "{month} is not over: {days} of {whole} days, all figures per day over these days only.",
        month=_capital(words.month(first)),
        days=words.number(found.span.days),
        whole=words.number(found.span.of),
    )


def earlier_text(found: Comparison, region: Region, words: Words) -> str:
    """What a figure is compared with: the same days a year before."""
    first, last = first_and_last(*found.span.earlier, region)
    return words.say("{first} to {last}", first=words.date(first), last=words.date(last))


def _month(day: date, last: date, words: Words) -> str:
    text = words.month(day)
    return text.removesuffix(f" {day.year}") if day.year == last.year else text


def headline(found: Comparison, words: Words) -> str:
    """The answer: our own town's figure, else the span of all."""
    if found.own is not None:
        return _own_headline(found, found.own, words)
    known = found.known
    if not known:
        return words.say("No town has a figure for this period.")
    digits = DIGITS[found.indicator]
    low = known[0].figures[found.indicator].value or 0.0
    high = known[-1].figures[found.indicator].value or 0.0
    span = words.between(low, high, digits)
    match found.indicator:
        case "household":
            return words.plural(
                "In {n} town households use {span} litres per person and day.",
                "In {n} towns households use {span} litres per person and day.",
                len(known),
                span=span,
            )
        case "billed":
            return words.plural(
                "In {n} town {span} litres per person and day are billed.",
                "In {n} towns {span} litres per person and day are billed.",
                len(known),
                span=span,
            )
        case "night":
            return words.plural(
                "In {n} town {span} litres per connection and hour flow at night.",
                "In {n} towns {span} litres per connection and hour flow at night.",
                len(known),
                span=span,
            )


def _own_headline(found: Comparison, own: TownRow, words: Words) -> str:
    figure, name = own.figures[found.indicator], own.town.name
    if figure.value is None:
        return words.say("Town {name} can't be compared by this indicator.", name=name)
    value = written(figure.value, found.indicator, words)
    match found.indicator:
        case "household":
            return words.say("Households of town {name} use {value} litres per person and day.", name=name, value=value)
        case "billed":
            return words.say("Town {name} is billed {value} litres per person and day.", name=name, value=value)
        case "night":
            return words.say(
                "At night {value} litres per connection and hour flow into town {name}.", name=name, value=value
            )


def second(found: Comparison, region: Region, words: Words) -> str:
    """Who differs provably, over which days, and what is not ordered."""
    parts = []
    if found.own is not None and found.own.figures[found.indicator].value is None:
        parts.append(reason(found.own.figures[found.indicator], words))
    elif found.own is not None:
        parts += _standings([found.standing_of(row) for row in found.known if row is not found.own], words)
    if (year_before := _year_before(found, words)) is not None:
        parts.append(year_before)
    period = period_text(found, region, words)
    days = words.plural("{n} day", "{n} days", found.span.days)
    parts.append(words.say("{period}, the same {days} for all.", period=_capital(period), days=days))
    if found.span.partial:
        parts.append(partial_text(found, region, words))
    parts.append(words.say("No order is given where intervals overlap."))
    return " ".join(parts)


def _year_before(found: Comparison, words: Words) -> str | None:
    """Our own town's figure of the same days a year before."""
    before = found.own.earlier.get(found.indicator) if found.own is not None else None
    if before is None or before.value is None:
        return None
    return words.say(
        "A year before it was {value} over the same days.", value=written(before.value, found.indicator, words)
    )


def _standings(stands: list[Standing | None], words: Words) -> list[str]:
    """How many towns differ provably and how many don't; of what there is none nothing is said."""
    less, more, alike = (stands.count(name) for name in ("lower", "higher", "alike"))
    said = []
    if less:
        said.append(words.plural("Provably less: {n} town.", "Provably less: {n} towns.", less))
    if more:
        said.append(words.plural("Provably more: {n} town.", "Provably more: {n} towns.", more))
    if alike:
        said.append(words.plural("Not distinguishable: {n} town.", "Not distinguishable: {n} towns.", alike))
    return said


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
