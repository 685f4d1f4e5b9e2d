"""What each column of a table is, from its heading, its cells, the registry, and what a person says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from ingest.tables import headings
from ingest.tables.billing_rows import CLASS_OF
from ingest.tables.cell_evidence import with_names, with_times
from ingest.tables.draft import Columns, Draft, is_said, last_part, quantity_and_unit
from ingest.tables.head import Head
from ingest.tables.number_cells import number, says_nothing
from ingest.tables.registry_names import Names
from ingest.tables.time_cells import NO_CLOCK, NO_ZONE, stamp
from ingest.tables.value_columns import lone_interval, one_of_each, value, whose
from models.tables import ColumnHint, Hints, Role, Said, TableKind, column_letter


def recognise(head: Head, sample: Sequence[Sequence[Any]], hints: Hints, names: Names, file_stem: str) -> Columns:
    """What the columns are. What is not known is left out and says why."""
    drafts = [_draft(head, sample, place) for place in range(len(head.headings))]
    unused = set(hints.columns) - {key for draft in drafts for key in _keys(draft)}
    drafts = [_by_hint(draft, _hint(draft, hints.columns)) for draft in drafts]
    drafts = [draft if draft.role else _by_role_word(draft) for draft in drafts]
    drafts = _one_time(drafts)
    kind = hints.kind or _kind_of(drafts)
    if kind in ("", "readings"):
        drafts = with_names(with_times(drafts), names)
        kind = kind or _kind_of(drafts)
    columns = Columns(kind, drafts, [Said("unused_hint", {"column": name}) for name in sorted(unused)])
    if kind == "readings":
        whose(columns, head, hints, names, file_stem)
        columns.drafts = [value(draft, columns, hints, names) for draft in columns.drafts]
        lone_interval(columns, hints)
        one_of_each(columns)
    elif kind == "billing":
        columns.drafts = [_billing(draft, hints) for draft in columns.drafts]
    elif kind == "devices":
        columns.drafts = [_attribute(draft) for draft in columns.drafts]
    columns.drafts = [_once(draft, columns) for draft in columns.drafts]
    columns.drafts = [_left_out(draft, kind) for draft in columns.drafts]
    return columns


def _draft(head: Head, sample: Sequence[Sequence[Any]], place: int) -> Draft:
    parts = head.headings[place]
    cells = tuple(row[place] if place < len(row) else None for row in sample)
    return Draft(place, " / ".join(parts) or column_letter(place + 1), parts, head.units[place], cells)


def _hint(draft: Draft, said: Mapping[str, ColumnHint]) -> ColumnHint | None:
    return next((said[key] for key in _keys(draft) if key in said), None)


def _keys(draft: Draft) -> tuple[str, ...]:
    """What a person may call a column: its whole heading, a row of it, its letter."""
    return (draft.heading, *reversed(draft.parts), column_letter(draft.place + 1))


def _by_hint(draft: Draft, hint: ColumnHint | None) -> Draft:
    if hint is None:
        return draft
    role = hint.role or ("value" if hint.quantity or hint.unit or hint.device or hint.point else "")
    if role == "ignore":
        role = "left_out"
    if not role:
        return draft
    said = replace(
        draft, role=cast("Role", role), quantity=hint.quantity, unit=hint.unit, device=hint.device, point=hint.point
    )
    return said.because("said")


def _by_role_word(draft: Draft) -> Draft:
    """Roles by the words of the heading, from its last row up; the cells tell a time from a date or a clock."""
    for part in reversed(draft.parts):
        if draft.unit_row:
            break
        for text in (part, headings.split_unit(part).stem, re.sub(r"[\[(].*?[\])]", "", part)):
            role = headings.role_of(text)
            if role in ("time", "date", "clock"):
                return _timely(draft, part)
            if role:
                return replace(draft, role=role).because("heading", word=part)
    return draft


def _timely(draft: Draft, word: str) -> Draft:
    found = [stamp(cell) for cell in draft.sample if not says_nothing(cell)]
    told = [item for item in found if item is not None]
    if not told:
        hours = [cell for cell in draft.sample if not says_nothing(cell)]
        if hours and all(_is_hour(cell) for cell in hours) and headings.role_of(word) == "clock":
            return replace(draft, role="clock").because("heading_hours", word=word)
        return replace(draft, role="left_out").because("no_times", word=word)
    days = sum(item.day is not None for item in told)
    clocks = sum(item.clock_ms != NO_CLOCK for item in told)
    if days * 2 < len(told):
        return replace(draft, role="clock").because("heading", word=word)
    if clocks:
        return replace(draft, role="time").because("heading", word=word)
    return replace(draft, role="date").because("heading", word=word)


def _is_hour(cell: Any) -> bool:
    found = number(cell, ".")
    return found is not None and found[0].is_integer() and 0 <= found[0] <= 24 and not found[1]


def _one_time(drafts: list[Draft]) -> list[Draft]:
    """Of several columns of time the one that names its zone, else the first."""
    timely = [draft for draft in drafts if draft.role in ("time", "date")]
    whole = [draft for draft in timely if draft.role == "time"]
    clocks = [draft for draft in drafts if draft.role == "clock"]
    if len(timely) < 2 and len(clocks) < 2:
        return drafts
    zoned = [draft for draft in whole if _names_zone(draft)]
    chosen = next(iter([*zoned, *whole, *timely]), None)
    kept = {chosen.place if chosen else -1}
    if chosen and chosen.role == "date" and clocks:
        kept.add(min(clocks, key=lambda draft: abs(draft.place - chosen.place)).place)
    return [
        replace(draft, role="left_out").because("another_time", other=chosen.heading if chosen else "")
        if draft.role in ("time", "date", "clock") and draft.place not in kept and not is_said(draft)
        else draft
        for draft in drafts
    ]


def _names_zone(draft: Draft) -> bool:
    if re.search(r"\b(utc|gmt)\b", draft.heading, re.IGNORECASE):
        return True
    first = next((stamp(cell) for cell in draft.sample if not says_nothing(cell)), None)
    return first is not None and first.offset_min != NO_ZONE


def _kind_of(drafts: list[Draft]) -> TableKind:
    """What a table with these columns holds."""
    roles = {draft.role for draft in drafts}
    quantities = [draft for draft in drafts if draft.role is None and quantity_and_unit(draft)[0]]
    named = roles & {"device", "point"}
    attributes = [draft for draft in drafts if draft.role is None and headings.attribute_of(last_part(draft))]
    spans = {"from", "to"} <= roles or "period" in roles or "year" in roles
    amounts = "volume" in roles or any(draft.role is None and _customers_of(draft) for draft in drafts)
    amounts = amounts or any(quantity_and_unit(draft)[0].endswith("volume_m3") for draft in quantities)
    if spans and amounts and roles & {"zone", "municipality"} and not named:
        return "billing"
    if "device" in roles and attributes and not roles & {"time", "date"}:
        return "devices"
    if "device" in roles and "point" in roles and "from" in roles and not roles & {"time", "date", "value"}:
        return "devices"
    return "readings" if roles & {"time", "date"} else ""


# -- registry tables --------------------------------------------------------------------------------------------------


def _billing(draft: Draft, hints: Hints) -> Draft:
    """Billed volumes: the heading of the volume says its unit."""
    quantity, unit = quantity_and_unit(draft)
    unit = draft.unit or unit
    if draft.role is None and (customers := _customers_of(draft)):
        unit = unit or hints.unit
        if _is_of_volume(unit):
            return replace(draft, role="value", quantity=customers, unit=unit).because("heading", word=draft.heading)
        return draft.because("no_unit", quantity="volume_m3")
    if draft.role == "volume" or (draft.role is None and quantity.endswith("volume_m3")):
        if _is_of_volume(unit):
            known = replace(draft, role="volume", unit=unit)
            return known if known.why else known.because("heading", word=draft.heading)
        if not unit and hints.unit:
            return replace(draft, role="volume", unit=hints.unit).because("option_unit", unit=hints.unit)
        return replace(draft, role=None).because("no_unit", quantity="volume_m3")
    return draft


def _is_of_volume(unit: str) -> bool:
    return unit.strip().casefold() in headings.THOUSAND_M3 or headings.fits("volume_m3", unit)


def _customers_of(draft: Draft) -> str:
    """The class of customers that a heading names, beside a unit and the words of a volume; empty where none."""
    for part in reversed(draft.parts):
        words = headings.normal(headings.split_unit(part).stem)
        for known, customers in CLASS_OF.items():
            if words == known or headings.role_of(words.removesuffix(known).strip()) == "volume":
                return customers
    return ""


def _attribute(draft: Draft) -> Draft:
    if draft.role == "attribute":
        return replace(draft, quantity=draft.quantity or headings.attribute_of(last_part(draft)))
    free = draft.role is None or draft.role in ("class", "value", "volume", "quality", "period", "year")
    if free and (name := headings.attribute_of(last_part(draft))):
        return replace(draft, role="attribute", quantity=name).because("heading", word=last_part(draft))
    return draft


def _once(draft: Draft, columns: Columns) -> Draft:
    """Of columns that a table has once only the first counts."""
    if draft.role in (None, "value", "attribute", "left_out") or is_said(draft):
        return draft
    first = columns.place(draft.role)
    if first is not None and first != draft.place:
        return replace(draft, role="left_out").because("twice", other=columns.drafts[first].heading)
    return draft


_USED: dict[TableKind, frozenset[str]] = {
    "readings": frozenset(
        ("time", "date", "clock", "device", "point", "quantity", "unit", "value", "quality", "reader")
    ),
    "billing": frozenset(
        ("from", "to", "period", "year", "zone", "municipality", "class", "volume", "value", "method")
    ),
    "devices": frozenset(("device", "point", "from", "to", "attribute")),
}


def _left_out(draft: Draft, kind: TableKind) -> Draft:
    """A column that is not read says why."""
    if draft.role is None:
        return draft if draft.why else draft.because("unknown_heading")
    if kind and draft.role not in _USED[kind] and draft.role != "left_out":
        return replace(draft, role="left_out", why=()).because("not_needed")
    return draft
