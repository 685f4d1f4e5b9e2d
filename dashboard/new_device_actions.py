"""What people do on the page of new devices: save a mapping rule, give a device its place."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI

from dashboard.actions import Done, add_action, note_of, person_of
from dashboard.pages.parts import link
from dashboard.views.mapping_rule import draft, with_rule
from dashboard.visit import Rooms, Visit
from dashboard.words import DEVICE_KINDS
from models.device import canonical
from models.errors import VodaError
from models.placing import checked, placed
from models.registry import Assignment, Device, Region

_NUMBER = re.compile(r"\d{1,12}([.,]\d{1,6})?$")


def add_new_device_actions(app: FastAPI, rooms: Rooms) -> None:
    """Register them."""
    add_action(app, rooms, "/actions/rules", save_rule)
    add_action(app, rooms, "/actions/place", place)


def save_rule(visit: Visit, values: dict[str, Any]) -> Done:
    """Make a rule of sources.toml of what the form has, as the page tried it."""
    desk = visit.rooms.config.rules
    if desk is None:
        raise VodaError("rule.empty", "this service makes no rules")
    form = {name: str(value) for name, value in values.items()}
    made = draft(visit.records, visit.region, desk, form)
    if made.unit_missing:
        raise VodaError("rule.unit_missing", f"the unit of {made.unit_missing} is not chosen")
    if made.wrong:
        raise VodaError("rule.wrong", made.wrong)
    rule, trial = made.rule, made.trial
    if rule is None or trial is None or not trial.understood:
        raise VodaError("rule.empty", "nothing is picked, or nothing comes out of it")
    topics = {sample.topic for sample in made.samples}

    def change(region: Region) -> Region:
        return checked(region, lambda present: with_rule(present, rule, topics))

    why = note_of(values) or f"mapping rule for {rule.topic_filter}"
    visit.records.change_region(change, person_of(values), why, visit.now)
    words = visit.words
    said = words.say(
        "Saved. {understood} of the last {all} payloads are understood with it and will be decoded again.",
        understood=words.number(trial.understood),
        all=words.number(trial.payloads),
    )
    return Done(said, "/new")


def place(visit: Visit, values: dict[str, Any]) -> Done:
    """Let a device count at a metering point from a time on; its earlier readings do not."""
    name = canonical(str(values.get("device") or ""))
    point = str(values.get("point") or "").strip()
    if name not in {seen.device for seen in visit.records.seen_devices()}:
        raise VodaError("device.unknown", f"no device {name!r} ever sent")
    if point not in visit.region.point:
        raise VodaError("assign.no_point", f"there is no metering point {point!r}")
    kind = str(values.get("kind") or "")
    device = Device(name, kind if kind in DEVICE_KINDS else "water_meter", litres_per_pulse=_number(values, "litres"))
    assignment = Assignment(name, point, _start(visit, values), None, _number(values, "first_index"))
    replaces = str(values.get("replaces") or "") == "1"
    visit.records.change_region(
        lambda region: placed(region, device, assignment, replaces),
        person_of(values),
        note_of(values) or f"{name} hangs at {point}",
        visit.now,
    )
    words = visit.words
    said = words.say(
        "{device} counts at {point} from {time}.", device=name, point=point, time=words.moment(assignment.start)
    )
    return Done(said, link("devices", name))


def _start(visit: Visit, values: dict[str, Any]) -> datetime:
    """The time from which a device counts, in the region's zone where the form names none."""
    try:
        moment = datetime.fromisoformat(str(values.get("from") or ""))
    except ValueError:
        raise VodaError("assign.bad_time", f"{values.get('from')!r} is no date and time") from None
    start = (moment if moment.tzinfo else moment.replace(tzinfo=visit.words.tz)).astimezone(UTC)
    if start > visit.now:
        raise VodaError("assign.bad_time", f"{start.isoformat()} lies ahead")
    return start


def _number(values: dict[str, Any], name: str) -> float | None:
    text = str(values.get(name) or "").strip().replace(" ", "").replace("\u00a0", "")
    if not text:
        return None
    if not _NUMBER.match(text):
        raise VodaError("assign.bad_number", f"{text[:40]!r} is no number")
    return float(text.replace(",", "."))
