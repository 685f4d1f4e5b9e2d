"""Words of changed figures: what each is, its unit, and the sentence of each cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from dashboard.i18n import Words, mark
from models.cause import Cause
from models.records import Figure

FIGURES: dict[str, str] = {
    "system_input_m3": mark("System input"),
    "household_m3": mark("Household use"),
    "billed_m3": mark("Billed consumption"),
    "other_m3": mark("Other customers"),
    "own_use_m3": mark("Own use"),
    "fire_m3": mark("Fire-fighting"),
    "unbilled_m3": mark("unbilled authorised consumption"),
    "under_registration_m3": mark("meters' under-registration"),
    "data_errors_m3": mark("data errors"),
    "theft_m3": mark("theft"),
    "estimated_of_system_input_m3": mark("System input, estimated part"),
    "estimated_of_billed_m3": mark("Billed consumption, estimated part"),
    "estimated_of_unbilled_m3": mark("Unbilled consumption, estimated part"),
    "real_lcd": mark("Real losses per connection"),
    "real_m3kmd": mark("Real losses per km of mains"),
    "carl_m3d": mark("Current annual real losses (CARL)"),
    "uarl_m3d": mark("Unavoidable annual real losses (UARL)"),
    "ili": mark("Infrastructure leakage index (ILI)"),
    "pressure_m": mark("Mean pressure"),
    "cz_produced_m3": mark("Water produced"),
    "cz_taken_m3": mark("+ water taken over"),
    "cz_handed_m3": mark("− water handed over"),
    "cz_vvr_m3": mark("= water produced for supply (VVR)"),
    "cz_billed_m3": mark("Billed water"),
    "cz_household_m3": mark("Billed water, households"),
    "cz_other_m3": mark("Billed water, others"),
    "cz_unbilled_m3": mark("Unbilled water (VVR − billed)"),
    "cz_losses_m3": mark("losses in the pipe network"),
    "cz_own_use_m3": mark("own use"),
    "cz_rest_m3": mark("Unbilled water, other"),
    "cz_unit_leakage_m3kmd": mark("Unit leakage"),
    "nrw_m3": mark("Non-revenue water"),
    "nrw_pct": mark("Non-revenue water, share of input"),
    "losses_m3": mark("Losses"),
    "apparent_m3": mark("Apparent losses"),
    "real_m3": mark("Real losses"),
    "night_flow_m3h": mark("Minimum night flow"),
    "legitimate_night_use_m3h": mark("Legitimate night use"),
    "night_day_factor_h": mark("Night-day factor"),
    "real_losses_night_m3": mark("Real losses by night flow"),
}
"""Quantities of figures → their words; one without a word is shown by its name."""
UNITS: tuple[tuple[str, str], ...] = (
    ("_m3h", "m³/h"),
    ("_m3kmd", "m³/km/d"),
    ("_m3d", "m³/d"),
    ("_m3", "m³"),
    ("_pct", "%"),
    ("_lcd", "l"),
    ("_factor_h", "h/d"),
    ("_m", "m"),
)
CAUSE_NAMES: dict[str, str] = {
    "cause.late_readings": mark("late readings"),
    "cause.revised_readings": mark("revised readings"),
    "cause.history": mark("imported history"),
    "cause.registry": mark("change of the registry"),
    "cause.edit": mark("edit of readings"),
    "": mark("cause not recorded"),
}
"""Causes in two words, for counts."""


def figure_name(quantity: str, words: Words) -> str:
    """What a figure is."""
    said = FIGURES.get(quantity)
    return words.say(said) if said is not None else quantity


def unit_of(quantity: str) -> str:
    """The unit that a quantity's name ends with."""
    return next((unit for ending, unit in UNITS if quantity.endswith(ending)), "")


def digits_of(figure: Figure) -> int:
    """Decimals with which a change still shows: volumes of a day to the litre."""
    unit = unit_of(figure.quantity)
    if unit == "m³":
        return 3 if figure.period == "day" else 1
    return 2


def written(figure: Figure, words: Words) -> str:
    """A value, or a dash where there is none."""
    return "—" if figure.value is None else words.number(figure.value, digits_of(figure))


def period_of(figure: Figure, words: Words) -> str:
    """The month or day that a figure speaks of."""
    if figure.period == "year":
        return words.say("12 months from {month}", month=words.month(figure.time))
    if figure.period == "month":
        return words.month(figure.time)
    return words.date(figure.time + timedelta(hours=12))


def because(cause: Cause, words: Words) -> str:
    """A cause as a sentence; its code where there is none."""
    values = cause.values
    devices = _listed(values.get("devices"), bool(values.get("others")), words)
    who, why = str(values.get("who", "")), str(values.get("why", ""))
    match cause.code:
        case "cause.late_readings":
            return words.say("Late readings: {devices}.", devices=devices)
        case "cause.revised_readings":
            return words.say("Other values came for times that had one: {devices}.", devices=devices)
        case "cause.history":
            return words.say("Imported history: {devices}.", devices=devices)
        case "cause.registry":
            rows = _listed(values.get("rows"), bool(values.get("others")), words)
            return words.say("Registry, {who}: {why}. {rows}.", who=who or "—", why=why or "—", rows=rows)
        case "cause.edit":
            return words.say("Edit, {who}: {why}. {devices}.", who=who or "—", why=why or "—", devices=devices)
    return cause.code


def _listed(names: object, others: bool, words: Words) -> str:
    said = ", ".join(str(name) for name in names) if isinstance(names, Sequence) and not isinstance(names, str) else ""
    return words.say("{names} and others", names=said) if others else said


def causes_text(causes: Sequence[Cause], words: Words) -> str:
    """All causes of a change, or that none is recorded."""
    return " ".join(because(cause, words) for cause in causes) or words.say("The cause was not recorded.")
