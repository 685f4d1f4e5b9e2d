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
    return _completed(draft, columns, hints, own_device)


def _by_heading_name(draft: Draft, names: Names) -> Draft:
    """A device or point in the heading, beside a quantity or alone."""
    for part in draft.parts:
        stem, unit = headings.split_unit(part)
        for place, (cut, rest) in enumerate(_cuts(stem)):
            name = _bare_name(cut)
            quantity = headings.quantity_of(rest, draft.unit or unit) if rest else ""
            if rest and not quantity and headings.normal(rest) not in _VOLUME_WORDS:
                continue
            if known := names.device(name):
                draft = replace(draft, device=known, point="").because("registered_device", name=known)
            elif known := names.point(name):
                draft = replace(draft, point=known, device="").because("registered_point", name=known)
            elif (rest or place) and looks_like_identifier(name) and _is_clear(name, rest, stem):
                draft = replace(draft, device=names.said(name), point="").because("number_in_heading", name=name)
            else:
                continue
            return replace(draft, quantity=draft.quantity or quantity, unit=draft.unit or unit)
    return draft if draft.quantity or draft.device or draft.point else _of_nobody(draft)


def _of_nobody(draft: Draft) -> Draft:
    """A heading that has a quantity beside a name that the registry does not know."""
    for part in draft.parts:
        stem, unit = headings.split_unit(part)
        for name, rest in _cuts(stem):
            if len(rest) > 1 and (quantity := headings.quantity_of(rest, draft.unit or unit)):
                known = replace(draft, quantity=quantity, unit=draft.unit or unit)
                return known.because("unknown_name", name=_bare_name(name))
    return draft


def _cuts(stem: str) -> list[tuple[str, str]]:
    """Ways to part a heading into a name and the words of a quantity: the whole, its end or beginning, the whole again.

    The first is for names that the registry knows, the last for numbers that it does not. Words at the end come before
    those at the beginning: P-101.pressure is the pressure of P-101.
    """
    parts = [(stem[: match.start()].strip(), stem[match.end() :].strip()) for match in _SEPARATOR.finditer(stem)]
    parts = [(before, after) for before, after in parts if before and after]
    return [(stem, ""), *parts, *((after, before) for before, after in parts), (stem, "")]


def _is_clear(name: str, rest: str, stem: str) -> bool:
    """Whether a number in a heading is a device's whatever one makes of a letter before it: Q_1234 may be both."""
    if headings.quantity_of(name):
        return False
    if len(rest) == 1 and not stem.endswith(rest):
        return False
    first = _SEPARATOR.split(stem, maxsplit=1)[0]
    return bool(rest) or len(first) != 1 or not headings.quantity_of(first)


def _bare_name(name: str) -> str:
    """A name without the word that says that it is a device's.

    >>> _bare_name("Zähler 12345678"), _bare_name("vodoměr č. 0077"), _bare_name("VDM-0012")
    ('12345678', '0077', 'VDM-0012')
    """
    words = name.split()
    for cut in range(len(words) - 1, 0, -1):
        if headings.role_of(" ".join(words[:cut])) == "device":
            return " ".join(words[cut:])
    return name


def _completed(draft: Draft, columns: Columns, hints: Hints, own_device: bool) -> Draft:
    """Quantity and unit from what is left, and whether that is enough for a column of values."""
    whose = own_device or bool(draft.device or draft.point)
    if not draft.unit and (cells := _unit_in_cells(draft)):
        draft = replace(draft, unit=cells).because("unit_in_cells", unit=cells)
    if not draft.quantity:
        draft = _with_quantity(draft, columns, hints, whose)
    quantity, has_units = draft.quantity, columns.place("unit") is not None
    if quantity and not draft.unit and hints.unit and headings.fits(quantity, hints.unit):
        draft = replace(draft, unit=hints.unit).because("option_unit", unit=hints.unit)
    if quantity == "volume_m3" and not draft.unit and not has_units and _is_display(draft, columns):
        draft = replace(draft, unit="m³").because("display_unit")
    if not quantity:
        return draft.because("no_quantity") if draft.unit or draft.why else draft
    if draft.unit and not headings.fits(quantity, draft.unit) and headings.needs_unit(quantity):
        return draft.because("unit_of_another", quantity=quantity, unit=draft.unit)
    if not draft.unit and not has_units and headings.needs_unit(quantity):
        return draft.because("no_unit", quantity=quantity)
    if whose:
        return replace(draft, role="value")
    return draft if any(reason.key == "unknown_name" for reason in draft.why) else draft.because("no_device")


def _with_quantity(draft: Draft, columns: Columns, hints: Hints, whose: bool) -> Draft:
    """What a column measures whose heading does not say it: a person's word, its unit's one quantity, its cells."""
    if hints.quantity and _takes_option(draft, columns):
        return replace(draft, quantity=hints.quantity).because("option_quantity", quantity=hints.quantity)
    if not whose or not _is_bare(draft):
        return draft
    if by_unit := headings.quantity_of_unit(draft.unit):
        return replace(draft, quantity=by_unit).because("quantity_by_unit", unit=draft.unit)
    if _is_read_off(draft, columns):
        return replace(draft, quantity="volume_m3").because("meter_reading")
    if is_rising_volume(draft, columns):
        return replace(draft, quantity="volume_m3").because("rising_volume")
    return draft


def one_of_each(columns: Columns) -> None:
    """Of two columns of one quantity of one device the first counts, unless a person named both."""
    kept: dict[tuple[str, str, str], Draft] = {}
    for place, draft in enumerate(columns.drafts):
        if draft.role != "value" or not draft.quantity:
            continue
        first = kept.setdefault((draft.device, draft.point, draft.quantity), draft)
        if first is not draft and not is_said(draft):
            columns.drafts[place] = replace(draft, role=None).because("twice", other=first.heading)


def _is_read_off(draft: Draft, columns: Columns) -> bool:
    """Whether a "reading" in a unit of volume stands beside the number of a meter."""
    if headings.normal(headings.split_unit(last_part(draft)).stem) not in ("reading", "odecet"):
        return False
    named = " ".join(headings.normal(column.heading) for column in columns.with_role("device"))
    return headings.fits("volume_m3", draft.unit) and any(word in named for word in _METER_WORDS)


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
