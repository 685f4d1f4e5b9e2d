"""One file on its way in: opened, understood, imported, whatever kind of table it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ingest.tables.dates_in_head import with_dates_as_rows
from ingest.tables.importing import Target, import_readings
from ingest.tables.registry_import import RegistryTable
from ingest.tables.registry_names import Names
from ingest.tables.understand import Understood, understand
from ingest.tables.workbook import Sheet, open_sheet
from models.clock import Clock
from models.errors import VodaError
from models.records import Records
from models.registry import Region
from models.store import Store
from models.tables import Hints, Outcome, Say, Understanding

BAD_SUFFIX = ".bad.csv"


class TableFile:
    """A file and how it is understood.

    hints : what a person says of it; region : the registry, None while it is empty
    zone : of times that name none, where neither person nor table says one
    """

    def __init__(
        self, path: Path, hints: Hints, region: Region | None, zone: str, store: Store, records: Records
    ) -> None:
        self.path = path
        self._hints = hints
        self._names = Names(region, hints.devices)
        self._region = region
        self._zone = zone
        self._store, self._records = store, records
        self._sheet: Sheet | None = None
        self._understood: Understood | None = None
        self._registry_table: RegistryTable | None = None

    def understand(self, tell: Callable[[int], None] | None = None) -> Understanding:
        """How the file is understood; all its rows are looked at.

        tell : is told the rows seen so far

        Raises VodaError (import.unreadable, import.no_sheet, import.encoding, import.too_large, time.zone_unknown).
        """
        hints = self._hints
        opened = open_sheet(self.path, hints.sheet, hints.encoding, hints.delimiter)
        self._sheet = with_dates_as_rows(opened, hints.header_row)
        self._understood = understand(self._sheet, self.path.name, hints, self._names, self._zone, tell)
        if self._understood.plan.kind in ("billing", "devices"):
            self._registry_table = RegistryTable(self._sheet, self._understood, self._names, hints)
            self._understood = self._registry_table.looked_at(self._region)
        return self._understood.understanding

    def run(
        self,
        clock: Clock,
        who: str,
        why: str,
        say: Say,
        progress: Callable[[float], bool],
        again: bool = False,
        bad_path: Path | None = None,
    ) -> Outcome:
        """Import what was understood.

        who, why : for changes of the registry; progress : is told the share done, and says whether to go on

        Raises VodaError (import.not_ready) where it was not understood; what the stores raise.
        """
        if self._understood is None or self._sheet is None or not self._understood.understanding.can_begin:
            raise VodaError("import.not_ready", f"{self.path.name} is not understood yet; see its preview")
        target = Target(self._store, self._records, clock)
        bad = bad_path or self.path.with_name(self.path.name + BAD_SUFFIX)
        if self._registry_table is not None:
            outcome = self._registry_table.run(target, who, why, say, bad)
            progress(1.0)
            return outcome
        return import_readings(self.path, self._sheet, self._understood, self._names, target, say, bad, progress, again)
