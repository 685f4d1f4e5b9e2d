"""Imports billed volumes and lists of devices: into the registry, in one change with who, when and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.tables.bad_rows import BadRows
from ingest.tables.billing_rows import BillingRows
from ingest.tables.device_rows import DeviceRows
from ingest.tables.importing import Target, headings_of
from ingest.tables.readings import Bad
from ingest.tables.registry_names import Names
from ingest.tables.registry_rows import Changes, apply_edits
from ingest.tables.survey import blocks
from ingest.tables.understand import Understood
from ingest.tables.workbook import Sheet
from models.errors import VodaError
from models.registry import Region
from models.tables import Hints, Outcome, Said, Say

MOST_ROWS = 500_000

Rows = list[tuple[int, list[Any]]]


class RegistryTable:
    """An understood table of billed volumes or devices.

    Raises VodaError (import.too_large) where it has more rows than a registry is for.
    """

    def __init__(self, sheet: Sheet, understood: Understood, names: Names, hints: Hints) -> None:
        plan = understood.plan
        if understood.understanding.rows > MOST_ROWS:
            raise VodaError("import.too_large", f"{understood.understanding.rows} rows are too many for the registry")
        self._understood, self._names, self._hints = understood, names, hints
        self._delimiter = getattr(sheet, "delimiter", ";")
        self.rows: Rows = [
            row for lines, cells in blocks(sheet, plan.first, plan.head) for row in zip(lines, cells, strict=True)
        ]

    def looked_at(self, region: Region | None) -> Understood:
        """The understanding with what the rows would do to the registry, or what stands in their way."""
        understanding = self._understood.understanding
        if region is None:
            problems = (*understanding.problems, Said("no_region"))
            return replace(self._understood, understanding=replace(understanding, problems=problems))
        problems = (*understanding.problems, *self._problems(region))
        facts = understanding.facts
        if not problems:
            changes, bad = self.changes(region)
            counts = {"new": changes.new, "changed": changes.changed, "same": changes.same}
            facts = (*facts, Said("registry_changes", counts))
            if bad:
                facts = (*facts, Said("registry_bad", {"n": len(bad), "line": bad[0].line}))
        return replace(self._understood, understanding=replace(understanding, problems=problems, facts=facts))

    def changes(self, region: Region) -> tuple[Changes, list[Bad]]:
        """What the rows do to the registry, and those that can't be taken."""
        reader = self._reader(region)
        edits, bad = reader.edits(self.rows)
        changes = apply_edits(region, edits)
        return changes, sorted([*bad, *map(self._by_heading, changes.bad)], key=lambda item: item.line)

    def _by_heading(self, bad: Bad) -> Bad:
        """A column of the registry by its heading in this table."""
        plan = self._understood.plan
        places = {str(role): place for role, place in plan.places.items()} | dict(plan.attributes)
        place = places.get(bad.column.removesuffix("_m3"), places.get(bad.column))
        return bad if place is None else bad._replace(column=headings_of(self._understood)[place])

    def run(self, target: Target, who: str, why: str, say: Say, bad_path: Path) -> Outcome:
        """Apply the rows to the registry as it is now. Raises VodaError (import.registry, import.unwritable)."""
        region = target.records.region()
        if region is None:
            raise VodaError("import.registry", "the registry is empty; fill it with: smartvoda region load DIR")
        changes, bad = self.changes(region)
        bad_rows = BadRows(bad_path, self._understood.plan.head, say, self._delimiter)
        bad_rows.add(bad, dict(self.rows))
        bad_file = bad_rows.done()
        if changes.new or changes.changed:
            reason = why or f"imported from {self._understood.understanding.file}"
            target.records.save_region(changes.region, who, reason, target.clock.now())
        read = changes.new + changes.changed + changes.same
        return Outcome(
            read=read,
            written=changes.new,
            same=changes.same,
            revised=changes.changed,
            bad=len(bad),
            bad_file=bad_file,
        )

    def _problems(self, region: Region) -> list[Said]:
        reader = self._reader(region)
        return reader.problems(self.rows) if isinstance(reader, BillingRows) else []

    def _reader(self, region: Region) -> BillingRows | DeviceRows:
        plan, headings = self._understood.plan, headings_of(self._understood)
        if plan.kind == "billing":
            return BillingRows(plan, self._names, region, self._hints, headings)
        return DeviceRows(plan, self._names, region, headings)
