"""What validation says, as sentences: one for each reason of models.validation."""

from __future__ import annotations

from dashboard.i18n import Words, mark
from dashboard.words import QUANTITY_NAMES
from models.quantity import QUANTITIES
from models.verdict import EditKind, Verdict

REASONS: dict[str, str] = {
    "range_above": mark("{value} is more than can be ({limit})"),
    "range_below": mark("{value} is less than can be ({limit})"),
    "spike": mark("it jumps to {value} and back; usual is {usual}"),
    "rate": mark("it changes by {rate} an hour; {limit} is the most"),
    "rate_register": mark("the register rises from {before} to {after}, more than the meter can pass"),
    "negative": mark("{value} flows back through a meter that counts forward only"),
    "negative_register": mark("the register falls from {before} to {after}, and nothing explains it"),
    "flat": mark("it stands still at {value} for more than {hours}"),
    "gap": mark("no reading came; usual is one every {usual_min}"),
    "digit": mark("a digit is read wrong: {value} is off by {off}"),
    "unit": mark("it is {factor} times what is usual, as in another unit"),
    "contradiction": mark("the flow gives {flow_m3}, the register {register_m3}"),
    "stale": mark("the flow stays at {value} for more than {hours} while the register stands still"),
    "clock_ahead": mark("the device's clock is {minutes} ahead"),
    "clock_drift": mark("the device's clock slips by {seconds_a_day} a day"),
    "duplicate": mark("it says what device {other} says, in {share_pct} of its changes"),
}

EDITS: dict[EditKind, str] = {
    EditKind.EXCLUDE: mark("excluded"),
    EditKind.REPLACE: mark("replaced by {value}"),
    EditKind.ACCEPT: mark("accepted"),
}

_IN_UNIT = frozenset({"value", "limit", "usual", "rate", "before", "after", "off"})


def quantity_name(quantity: str, words: Words) -> str:
    """A quantity as screens name it."""
    return words.say(QUANTITY_NAMES[quantity]) if quantity in QUANTITY_NAMES else quantity


def reason(verdict: Verdict, words: Words) -> str:
    """Why a test says what it says."""
    said = {name: _value(name, value, verdict.quantity, words) for name, value in verdict.values}
    if verdict.reason not in REASONS:
        return verdict.reason
    return words.say(REASONS[verdict.reason], **said)


def _value(name: str, value: float | str, quantity: str, words: Words) -> str:
    if isinstance(value, str):
        return value
    if name in _IN_UNIT:
        return measured(value, quantity, words)
    if name == "share_pct":
        return words.percent(value / 100)
    if name.endswith("_m3"):
        return words.measure(value, "m³", 3)
    units = {"hours": ("h", 0), "usual_min": ("min", 0), "minutes": ("min", 0), "seconds_a_day": ("s", 0)}
    if name in units:
        return words.measure(value, *units[name])
    return words.number(value, 0 if value >= 1 else 3)


def measured(value: float, quantity: str, words: Words) -> str:
    """A value of a quantity with its unit."""
    known = QUANTITIES.get(quantity)
    return words.number(value, 3) if known is None else words.measure(value, known.unit, min(known.digits, 3))
