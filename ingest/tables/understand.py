"""Understands a table: what it holds, what each column is and why, and how its rows are to be read.

Pure recognition: a table in, an Understanding (for people) and a Plan (for whoever reads the rows) out. What is not
known is left out or stands in the way by name; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ingest.tables import headings
from ingest.tables.columns import recognise
from ingest.tables.draft import Columns, Draft
from ingest.tables.head import Head, find_head
from ingest.tables.local_time import LocalTime, folds
from ingest.tables.plan import Plan, ValueColumn
from ingest.tables.quality_words import quality_codes
from ingest.tables.registry_names import Names
from ingest.tables.survey import Asked, Survey, blocks, survey
from ingest.tables.time_cells import stamp
from ingest.tables.value_columns import INTERVALS
from ingest.tables.workbook import Sheet
from models.reading import from_ms
from models.tables import Hints, Role, Said, Understanding

_SAMPLE_ROWS = 300
_DAY_MS = 86_400_000
_ZONE_IN_HEADING = re.compile(r"\b(UTC|GMT|SEČ|CET|MEZ)\b\s*(?:([+-])(\d{1,2}))?(?!\s*/)", re.IGNORECASE)
_WINTER = {"SEČ": "+01:00", "CET": "+01:00", "MEZ": "+01:00"}


@dataclass(frozen=True, slots=True)
class Understood:
    """What a table is, for people and for its reader."""

    understanding: Understanding
    plan: Plan


def understand(
    sheet: Sheet,
    file: str,
    hints: Hints,
    names: Names,
    default_zone: str,
    tell: Callable[[int], None] | None = None,
) -> Understood:
    """Understand a whole table; all its rows are looked at.

    file : its name; default_zone : of times that name none where neither the person nor the table says one
    tell : is told the rows seen so far

    Raises VodaError (import.unreadable, import.encoding, time.zone_unknown).
    """
    rows = list(islice(sheet.rows(), _SAMPLE_ROWS))
    head = find_head(rows, hints.header_row)
    sample = [cells for _, cells in rows[head.first :]]
    stem = file.rsplit("/", 1)[-1].split(".")[0]
    columns = recognise(head, sample, hints, names, sheet.name if sheet.name not in ("", "List1", "Sheet1") else stem)
    zone, zone_said = _zone(columns, hints, default_zone)
    asked = _asked(columns)
    head_cells = next((cells for line, cells in rows if line == head.line), [])
    order = hints.date_order
    seen = survey(blocks(sheet, head.first, head_cells), asked, LocalTime(zone), order, tell)
    if not order and seen.order.order() == "mdy":
        order = "mdy"
        seen = survey(blocks(sheet, head.first, head_cells), asked, LocalTime(zone), order, tell)
    order = order or seen.order.order()
    delimiter, line_of = getattr(sheet, "delimiter", ""), getattr(sheet, "line_of", int)
    plan = _plan(columns, head, head_cells, hints, zone, order, seen, delimiter)
    problems = _problems(columns, head, hints, order, seen, plan, line_of)
    facts = (*sheet.facts, *_facts(head, columns, seen, plan, order, zone_said, line_of))
    return Understood(_said(file, columns, facts, seen, plan, problems), plan)


def _asked(columns: Columns) -> Asked:
    kind = columns.kind
    name = columns.place("device") if columns.place("device") is not None else columns.place("point")
    words = [columns.place(role) for role in ("quantity", "unit", "quality") if kind == "readings"]
    figures = [draft.place for draft in columns.drafts if draft.role in ("value", "volume")]
    if kind == "devices":
        figures = [draft.place for draft in columns.drafts if draft.quantity in _FIGURE_ATTRIBUTES]
    dates = [draft.place for draft in columns.drafts if draft.role in ("from", "to")]
    time = columns.place("time") if columns.place("time") is not None else columns.place("date")
    return Asked(
        time if kind == "readings" else None,
        columns.place("clock") if columns.place("time") is None else None,
        name,
        tuple(place for place in words if place is not None),
        tuple(figures),
        tuple(dates),
        columns.place("quantity"),
    )


_FIGURE_ATTRIBUTES = frozenset(
    ["q3_m3h", "ratio_r", "litres_per_pulse", "multiplier", "mounting_height_m", "first_index_m3", "final_index_m3"]
)


def _zone(columns: Columns, hints: Hints, default_zone: str) -> tuple[str, Said]:
    """The zone of times without one: a person's word, the heading's, else the region's."""
    if hints.timezone:
        return hints.timezone, Said("zone_said", {"zone": hints.timezone})
    for draft in columns.drafts:
        if draft.role in ("time", "date", "clock") and (match := _ZONE_IN_HEADING.search(draft.heading)):
            word = match[1].upper()
            hours = f"{match[2]}{int(match[3]):02d}:00" if match[2] else _WINTER.get(word, "+00:00")
            return hours, Said("zone_heading", {"zone": hours, "word": match[0].strip()})
    return default_zone, Said("zone_default", {"zone": default_zone})


def _plan(
    columns: Columns,
    head: Head,
    head_cells: list[Any],
    hints: Hints,
    zone: str,
    order: str,
    seen: Survey,
    delimiter: str,
) -> Plan:
    once = {draft.role: draft.place for draft in reversed(columns.drafts) if draft.role not in (None, *_MANY)}
    places: dict[Role, int] = {role: place for role, place in once.items() if role is not None}
    units = {draft.place: draft.unit for draft in columns.drafts if draft.role in ("volume", "attribute")}
    quantity_place, quality_place = places.get("quantity"), places.get("quality")
    words = list(seen.words.get(quantity_place, ())) if quantity_place is not None else []
    value_unit = next((draft.unit for draft in columns.with_role("value") if not draft.quantity), "")
    return Plan(
        kind=columns.kind,
        first=head.first,
        head=tuple(head_cells),
        places=places,
        values=tuple(
            ValueColumn(draft.place, draft.quantity, draft.unit, draft.device, draft.point)
            for draft in columns.with_role("value")
        ),
        attributes={draft.quantity: draft.place for draft in columns.with_role("attribute") if draft.quantity},
        units_of_places=units,
        order=order if order == "mdy" else "",
        decimals=_decimals(seen, hints, delimiter),
        zone=zone,
        time_of_day_ms=_time_of_day_ms(hints),
        stamp_step_ms=hints.step_s * 1000 if hints.stamp == "start" else 0,
        quantities={word: found for word in words if (found := _quantity_word(word, hints, places, value_unit))},
        qualities=quality_codes(seen.words.get(quality_place, {})) if quality_place is not None else {},
        folds=folds(seen.doubled, seen.newest_first),
        to_inclusive=hints.to_is == "inclusive",
    )


_MANY = ("value", "attribute", "left_out")


def _decimals(seen: Survey, hints: Hints, delimiter: str) -> dict[int, str]:
    """The decimal mark of each numeric column: its own cells', else the file's where that is one only."""
    if hints.decimal:
        return dict.fromkeys(seen.decimals, hints.decimal)
    own = {place: evidence.decimal(delimiter) for place, evidence in seen.decimals.items()}
    sure = {mark for place, mark in own.items() if seen.decimals[place].comma or seen.decimals[place].point}
    unsure = {place for place, found in seen.decimals.items() if not (found.comma or found.point)}
    if len(sure) == 1:
        (mark,) = sure
        return {place: mark if place in unsure else own[place] for place in own}
    if len(sure) > 1:
        return {place: "?" if place in unsure and mark else mark for place, mark in own.items()}
    return own


def _time_of_day_ms(hints: Hints) -> int:
    found = stamp(hints.time_of_day) if hints.time_of_day else None
    return found.clock_ms if found is not None and found.day is None else 0


def _quantity_word(word: str, hints: Hints, places: dict[Role, int], unit: str) -> tuple[str, str] | None:
    """Quantity and unit of a word in the column of quantities; the unit is empty where a column of its own says it."""
    said = hints.quantities.get(word, "")
    stem, own_unit = headings.split_unit(word)
    unit = own_unit or unit
    quantity = said or headings.quantity_of(word) or headings.quantity_of(stem, unit if "unit" not in places else "")
    if not quantity or (quantity in INTERVALS and not hints.stamp and word != quantity):
        return None
    if "unit" in places:
        return quantity, own_unit
    unit = unit or (headings.unit_of(word) if word == quantity else "") or hints.unit
    if headings.needs_unit(quantity) and not (unit and headings.fits(quantity, unit)):
        return None
    return quantity, unit


def _problems(
    columns: Columns,
    head: Head,
    hints: Hints,
    order: str,
    seen: Survey,
    plan: Plan,
    line_of: Callable[[int], int],
) -> list[Said]:
    """What stands in the way of importing anything."""
    if not seen.rows:
        return [Said("no_rows")]
    problems = []
    if not columns.kind:
        problems.append(Said("no_kind" if head.line else "no_head"))
    if columns.kind == "readings":
        problems += _reading_problems(columns, seen, plan, hints)
    if columns.kind == "billing" and columns.place("volume") is None and not plan.values:
        problems.append(Said("no_volume"))
    if order == "?":
        problems.append(Said("order_open", {"examples": ", ".join(seen.order.examples) or "31/12, 12/31"}))
    open_marks = [columns.drafts[place].heading for place, mark in plan.decimals.items() if mark == "?"]
    if open_marks:
        problems.append(Said("decimal_open", {"columns": ", ".join(open_marks[:3])}))
    if seen.missing and not hints.timezone:
        problems.append(
            Said("missing_hour", {"n": len(seen.missing), "line": line_of(seen.missing[0]), "zone": plan.zone})
        )
    return problems


def _reading_problems(columns: Columns, seen: Survey, plan: Plan, hints: Hints) -> list[Said]:
    problems = []
    if plan.times[0] is None:
        problems.append(Said("no_time"))
    if not plan.values or (not any(value.quantity for value in plan.values) and not plan.quantities):
        problems.append(Said("no_values"))
    if seen.rows and seen.no_time == seen.rows:
        problems.append(Said("no_time_in_rows"))
    if hints.stamp == "start" and not hints.step_s:
        problems.append(Said("no_step"))
    return problems


def _facts(
    head: Head,
    columns: Columns,
    seen: Survey,
    plan: Plan,
    order: str,
    zone_said: Said,
    line_of: Callable[[int], int],
) -> list[Said]:
    facts = [Said("head_line", {"line": line_of(head.line)}) if head.line else Said("head_none")]
    marks = {mark for mark in plan.decimals.values() if mark in (",", ".")}
    if len(marks) == 1:
        facts.append(Said("decimal_comma" if "," in marks else "decimal_point"))
    if order in ("dmy", "mdy"):
        facts.append(Said(f"order_{order}"))
    facts += columns.notes
    if columns.kind:
        facts.append(zone_said)
    if seen.no_clock and columns.kind == "readings":
        minutes = plan.time_of_day_ms // 60_000
        facts.append(Said("no_clock", {"n": seen.no_clock, "clock": f"{minutes // 60:02d}:{minutes % 60:02d}"}))
    if seen.doubled:
        told = sum(row.line in plan.folds for row in seen.doubled)
        facts.append(Said("doubled_told", {"n": len(seen.doubled), "told": told}))
    return facts


def _said(
    file: str, columns: Columns, facts: tuple[Said, ...], seen: Survey, plan: Plan, problems: list[Said]
) -> Understanding:
    left_out = []
    quantity_place = plan.places.get("quantity")
    if quantity_place is not None and columns.kind == "readings":
        for word, count in seen.words.get(quantity_place, {}).items():
            if word not in plan.quantities:
                left_out.append(Said("word_left_out", {"word": word or "—", "n": count}))
    named = {value.device or value.point for value in plan.values} - {""}
    return Understanding(
        file=file,
        kind=columns.kind,
        columns=tuple(draft.understood() for draft in columns.drafts if _is_shown(draft, columns)),
        facts=facts,
        left_out=tuple(left_out),
        problems=tuple(problems),
        rows=seen.rows,
        first_rows=tuple(seen.first_rows),
        first=None if seen.first_ms is None else from_ms(seen.first_ms),
        last=None if seen.last_ms is None else from_ms(seen.last_ms),
        devices=max(len(seen.names), len(named)),
        readings=seen.filled,
    )


def _is_shown(draft: Draft, columns: Columns) -> bool:
    """An empty column without a heading is nobody's concern."""
    return bool(draft.parts) or bool(draft.example)
