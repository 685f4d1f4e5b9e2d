"""What people do on a device's page: exclude, replace or accept readings, and take that back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI

from dashboard.actions import Done, add_action, note_of, person_of
from dashboard.pages.parts import link
from dashboard.visit import Rooms, Visit
from models.errors import VodaError
from models.quantity import QUANTITIES
from models.reading import to_ms
from models.verdict import Edit, EditKind

_NUMBER = re.compile(r"-?\d{1,12}([.,]\d{1,6})?$")


def add_edit_actions(app: FastAPI, rooms: Rooms) -> None:
    """Register them."""
    add_action(app, rooms, "/actions/devices/{device}/edits", add)
    add_action(app, rooms, "/actions/edits/{edit}/undo", undo)


def add(visit: Visit, values: dict[str, Any]) -> Done:
    """Keep a person's word on the readings of a span; figures that it touches are computed again."""
    device, quantity = visit.params["device"], str(values.get("quantity") or "")
    if quantity not in QUANTITIES:
        raise VodaError("edit.unknown", f"there is no quantity {quantity!r}")
    first, last = (_moment(visit, values.get(name)) for name in ("from", "to"))
    if last < first:
        raise VodaError("edit.bad_time", "the span ends before it begins")
    try:
        kind = EditKind(str(values.get("kind")))
    except ValueError:
        raise VodaError("edit.unknown", f"there is no edit {values.get('kind')!r}") from None
    why = note_of(values)
    if not why:
        raise VodaError("edit.why_missing", "an edit says why")
    value = _number(values.get("value")) if kind is EditKind.REPLACE else None
    # A field of minutes or seconds means all that came in them.
    last_ms = to_ms(last) + 999
    edit = Edit(device, quantity, to_ms(first), last_ms, kind, value, person_of(values), visit.now, why)
    visit.records.add_edit(edit)
    return Done(visit.words.say("Written down; what it touches is computed again."), link("devices", device))


def undo(visit: Visit, values: dict[str, Any]) -> str:
    """Take an edit back."""
    number = visit.params["edit"]
    why = note_of(values) or visit.words.say("taken back on the device's page")
    found = visit.records.undo_edit(int(number), person_of(values), why, visit.now) if number.isdigit() else None
    if found is None:
        raise VodaError("edit.unknown", f"there is no edit {number!r} that stands")
    return visit.words.say("Taken back; what it touches is computed again.")


def _moment(visit: Visit, said: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(said or ""))
    except ValueError:
        raise VodaError("edit.bad_time", f"{said!r} is no date and time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=visit.words.tz)).astimezone(UTC)


def _number(said: object) -> float:
    text = str(said or "").strip().replace(" ", "").replace("\u00a0", "")
    if not _NUMBER.match(text):
        raise VodaError("edit.bad_number", f"{text[:40]!r} is no number")
    return float(text.replace(",", "."))
