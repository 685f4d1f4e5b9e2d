"""Columns of values: their quantity, their unit, and whose they are."""

from __future__ import annotations

import re
from dataclasses import replace

from ingest.tables import headings
from ingest.tables.cell_evidence import is_rising_volume
from ingest.tables.draft import Columns, Draft, is_said, last_part, quantity_and_unit
from ingest.tables.head import Head, kind_of_cell
from ingest.tables.number_cells import number, says_nothing
from ingest.tables.registry_names import Names, looks_like_identifier
from models.tables import Hints, Said

_SEPARATOR = re.compile(r"\s*[\s_/|:;,.–—-]\s*")
_DISPLAY_WORDS = frozenset(
    ["stav", "stav vodomeru", "stav pocitadla", "stav meridla", "aktualni stav", "novy stav", "odecet", "odecteny stav"]
) | frozenset(["odecet vodomeru", "index", "zahlerstand", "zaehlerstand", "stand", "meter reading"])
INTERVALS = ("interval_volume_m3", "rain_mm", "evaporation_mm")
_METER_WORDS = ("vodomer", "zahler", "zaehler", "meter")


def whose(columns: Columns, head: Head, hints: Hints, names: Names, file_stem: str) -> None:
    """Whose readings these are where no column says it: an option, a line above, the name of sheet or file."""
    if columns.place("device") is not None or columns.place("point") is not None:
        return
    device, point, reason = hints.device, hints.point, "option"
    if not device and not point:
        above = {headings.role_of(word): value for word, value in reversed(head.above) if value}
        device = above.get("device", "")
        point = "" if device else above.get("point", "")
        reason = "above"
    if not device and not point:
        for text in (file_stem, *re.split(r"[\s_,;]+", file_stem), *head.titles):
            if names.device(text) or names.point(text):
                device, point, reason = names.device(text), "" if names.device(text) else names.point(text), "name"
                break
    if device or point:
        columns.notes.append(Said(f"whose_{reason}", {"name": device or point}))
    columns.drafts = [
        draft if draft.role or draft.device or draft.point else replace(draft, device=device, point=point)
        for draft in columns.drafts
    ]


def value(draft: Draft, columns: Columns, hints: Hints, names: Names) -> Draft:
    """A column of values: quantity, unit and whose it is."""
    if draft.role == "value" and columns.place("quantity") is not None and not draft.quantity:
        unit = quantity_and_unit(draft)[1] or draft.unit
        return replace(draft, unit=unit).because("value_by_row")
    if draft.role not in (None, "value", "volume"):
        return draft
    if not any(kind_of_cell(cell) == "n" for cell in draft.sample) and not draft.quantity:
        return replace(draft, role=None)
    if not is_said(draft) and any(map(headings.names_another, draft.parts)):
        return replace(draft, role=None, unit=quantity_and_unit(draft)[1], why=()).because("another_value")
    own_device = columns.place("device") is not None or columns.place("point") is not None
    quantity, unit = (draft.quantity, draft.unit) if draft.quantity else quantity_and_unit(draft)
    unit = draft.unit or unit
    draft = replace(draft, role=None, quantity=quantity, unit=unit)
    if quantity and not draft.why:
        draft = draft.because("heading", word=draft.heading)
    if not own_device and not (is_said(draft) and (draft.device or draft.point)):
        draft = _by_heading_name(draft, names)
    return _completed(draft, columns, hints, names, own_device)


def _by_heading_name(draft: Draft, names: Names) -> Draft:
    """A device or point in the heading, beside a quantity or alone."""
    for part in draft.parts:
        stem, unit = headings.split_unit(part)
        for place, (name, rest) in enumerate(_cuts(stem)):
            quantity = headings.quantity_of(rest, draft.unit or unit) if rest else ""
            if bool(rest) != bool(quantity):
                continue
            if known := names.device(name):
                draft = replace(draft, device=known, point="").because("registered_device", name=known)
            elif known := names.point(name):
                draft = replace(draft, point=known, device="").because("registered_point", name=known)
            elif (rest or place) and looks_like_identifier(name) and not headings.quantity_of(name):
                draft = replace(draft, device=names.said(name), point="").because("number_in_heading", name=name)
            else:
                continue
            return replace(draft, quantity=draft.quantity or quantity, unit=draft.unit or unit)
    return draft


def _cuts(stem: str) -> list[tuple[str, str]]:
    """Ways to part a heading into a name and the words of a quantity: the whole, its end or beginning, the whole again.

    The first is for names that the registry knows, the last for numbers that it does not.
    """
    cuts = [(stem, "")]
    for match in _SEPARATOR.finditer(stem):
        before, after = stem[: match.start()].strip(), stem[match.end() :].strip()
        if before and after:
            cuts += [(before, after), (after, before)]
    return [*cuts, (stem, "")]


def _completed(draft: Draft, columns: Columns, hints: Hints, names: Names, own_device: bool) -> Draft:
    """Quantity and unit from what is left: the unit's own quantity, options, the meter's display, the cells."""
    quantity, unit = draft.quantity, draft.unit
    whose = own_device or bool(draft.device or draft.point)
    if not unit and (cells := _unit_in_cells(draft)):
        unit, draft = cells, draft.because("unit_in_cells", unit=cells)
    if not quantity and whose and _is_bare(draft):
        if unit and (by_unit := headings.quantity_of_unit(unit)):
            quantity, draft = by_unit, draft.because("quantity_by_unit", unit=unit)
        elif not hints.quantity and is_rising_volume(replace(draft, unit=unit), columns):
            quantity, draft = "volume_m3", draft.because("rising_volume")
    if not quantity and hints.quantity and _takes_option(draft, columns):
        quantity, draft = hints.quantity, draft.because("option_quantity", quantity=hints.quantity)
    if quantity and not unit and hints.unit and headings.fits(quantity, hints.unit):
        unit, draft = hints.unit, draft.because("option_unit", unit=hints.unit)
    if quantity == "volume_m3" and not unit and columns.place("unit") is None and _is_display(draft, columns):
        unit, draft = "m³", draft.because("display_unit")
    has_unit = bool(unit) or columns.place("unit") is not None or not headings.needs_unit(quantity)
    draft = replace(draft, quantity=quantity, unit=unit)
    if not quantity:
        return draft.because("no_quantity") if unit or draft.why else draft
    if unit and not headings.fits(quantity, unit) and headings.needs_unit(quantity):
        return draft.because("unit_of_another", quantity=quantity, unit=unit)
    if not has_unit:
        return draft.because("no_unit", quantity=quantity)
    if not whose:
        return draft.because("no_device")
    return replace(draft, role="value")


def one_of_each(columns: Columns) -> None:
    """Of two columns of one quantity of one device the first counts, unless a person named both."""
    kept: dict[tuple[str, str, str], Draft] = {}
    for place, draft in enumerate(columns.drafts):
        if draft.role != "value" or not draft.quantity:
            continue
        first = kept.setdefault((draft.device, draft.point, draft.quantity), draft)
        if first is not draft and not is_said(draft):
            columns.drafts[place] = replace(draft, role=None).because("twice", other=first.heading)


def _is_bare(draft: Draft) -> bool:
    """Whether a heading names no more than a device, a unit or "value"; a maximum or the last value says so there."""
    if any(reason.key in _NAMED for reason in draft.why):
        return True
    stem = headings.split_unit(last_part(draft)).stem
    return not stem or headings.role_of(stem) in ("value", "volume") or headings.normal(stem) in _VOLUME_WORDS


_VOLUME_WORDS = frozenset(["objem", "volume", "volumen", "total", "total volume"])


def _takes_option(draft: Draft, columns: Columns) -> bool:
    """Whether a quantity that was said for the table is this column's: it names a device, a "value", or is alone."""
    if headings.role_of(last_part(draft)) in ("value", "volume") or not draft.parts:
        return True
    if any(reason.key in _NAMED for reason in draft.why):
        return True
    others = [
        other
        for other in columns.drafts
        if other.role in (None, "value", "volume") and any(kind_of_cell(cell) == "n" for cell in other.sample)
    ]
    return len(others) == 1


_NAMED = frozenset(["registered_device", "registered_point", "number_in_heading"])


def _unit_in_cells(draft: Draft) -> str:
    """The unit that stands behind every number of the sample."""
    found = set()
    for cell in draft.sample:
        if isinstance(cell, str) and not says_nothing(cell):
            read = number(cell, ",") or number(cell, ".")
            found.add(read[1] if read else "")
    return found.pop() if len(found) == 1 and all(map(headings.is_unit, found)) else ""


def _is_display(draft: Draft, columns: Columns) -> bool:
    """Whether it is what a person reads off a water meter, which shows m³ by law (2014/32/EU, annex III)."""
    word = headings.normal(headings.split_unit(last_part(draft)).stem)
    if word not in _DISPLAY_WORDS:
        return False
    return columns.place("reader") is not None or any(part in word for part in _METER_WORDS)


def lone_interval(columns: Columns, hints: Hints) -> None:
    """A volume of an interval counts only where a person says at which end of it it stands.

    A heading in our own words means what we mean by it: the interval ends at its time.
    """
    if hints.stamp:
        return
    columns.drafts = [
        replace(draft, role=None).because("interval_end_unknown")
        if draft.role == "value" and draft.quantity in INTERVALS and last_part(draft) != draft.quantity
        else draft
        for draft in columns.drafts
    ]
