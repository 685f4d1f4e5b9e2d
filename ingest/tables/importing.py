"""Imports an understood table of readings: idempotent, resumable, with progress.

After each block of rows a mark is kept for the file's content: an import that was interrupted skips what is written
already, and one that was done is told at once. Without the mark a repeat would change nothing either, since a
reading's key is device, quantity and time; it would only take longer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from ingest.bulk import import_series
from ingest.tables.bad_rows import BadRows
from ingest.tables.plan import Plan
from ingest.tables.readings import Bad, Extract, Readings
from ingest.tables.registry_names import Names
from ingest.tables.survey import BLOCK_ROWS, Block, blocks
from ingest.tables.understand import Understood
from ingest.tables.workbook import Sheet
from models.clock import Clock
from models.reading import MILLISECOND, Series, from_ms, to_ms
from models.records import NewDevice, Records
from models.store import Store
from models.tables import Outcome, Say

_BLOCK_VALUES = 250_000
_FEWEST_ROWS = 500
DIALECT = "import"


class Stopped(Exception):  # noqa: N818 - no error: someone asked for it
    """The import was asked to end; what is written stays, and the next one goes on from there."""


class Target(NamedTuple):
    """Where an import writes."""

    store: Store
    records: Records
    clock: Clock


@dataclass
class _Mark:
    """How far a file is: blocks written, and what came of them.

    device, quantity, time_ms : of the last reading written, by which a store is known that it went into
    """

    blocks: int = 0
    written: int = 0
    same: int = 0
    revised: int = 0
    done: bool = False
    read: int = 0
    empty: int = 0
    device: str = ""
    quantity: str = ""
    time_ms: int = 0


def import_readings(
    path: Path,
    sheet: Sheet,
    understood: Understood,
    names: Names,
    target: Target,
    say: Say,
    bad_path: Path,
    progress: Callable[[float], bool],
    again: bool = False,
) -> Outcome:
    """Import a table of readings.

    say : puts reasons of bad rows into sentences; bad_path : where the file of bad rows comes to stand
    progress : is told the share done after each block; where it says False, the import ends with Stopped
    again : read the file though its mark says that all is written

    Raises StoreUnavailableError, StoreRejectedError, VodaError (import.unreadable, import.unwritable).
    """
    name = f"import {_digest(path, understood.plan, target.records.region_version())}"
    mark = _read_mark(target.records.cursor(name), target.store)
    if mark.done and not again:
        return Outcome(read=mark.read, same=mark.read, empty=mark.empty, repeated=True)
    work = _Work(understood, names, target, name, _Mark() if again or mark.done else mark)
    line_of = getattr(sheet, "line_of", int)
    bad_rows = BadRows(bad_path, understood.plan.head, say, getattr(sheet, "delimiter", ";"), line_of)
    try:
        for block in blocks(sheet, understood.plan.first, understood.plan.head, _block_rows(understood.plan)):
            bad_rows.add(work.take(block), dict(zip(*block, strict=True)))
            if not progress(work.rows / max(1, understood.understanding.rows)):
                raise Stopped
    except BaseException:
        bad_rows.give_up()
        raise
    bad_file = bad_rows.done()
    target.records.see_devices(work.seen.new_devices(path.name))
    return replace(work.finished(bad_rows.count), bad=bad_rows.count, bad_file=bad_file)


class _Work:
    """One import: takes blocks, writes those that are not written yet, and keeps the mark of each."""

    def __init__(self, understood: Understood, names: Names, target: Target, name: str, mark: _Mark) -> None:
        self._reader = Readings(understood.plan, names, to_ms(target.clock.now()), headings_of(understood))
        self._target, self._name, self._mark = target, name, mark
        self._outcome = Outcome()
        self._blocks = 0
        self.seen = _Seen(names)
        self.rows = 0

    def take(self, block: Block) -> list[Bad]:
        """Import a block of rows; those that can't be taken."""
        extract = self._reader.extract(block)
        self._blocks += 1
        if self._blocks > self._mark.blocks:
            self._write(extract)
        self.seen.add(extract.series)
        self.rows += len(block[0])
        self._outcome = replace(
            self._outcome,
            read=self._outcome.read + extract.read,
            empty=self._outcome.empty + extract.empty,
            left_out=self._outcome.left_out + extract.left_out,
        )
        return extract.bad

    def _write(self, extract: Extract) -> None:
        done = [import_series(self._target.store, extract.series)]
        done += [import_series(self._target.store, [wave]) for wave in extract.waves]
        self._mark.written += sum(item.new for item in done)
        self._mark.same += sum(item.same for item in done) + extract.repeated
        self._mark.revised += sum(item.revised for item in done)
        self._mark.blocks = self._blocks
        if extract.series:
            last = extract.series[-1]
            self._mark.device, self._mark.quantity = last.device, last.quantity
            self._mark.time_ms = int(last.time_ms[-1])
        _keep(self._target.records, self._name, self._mark)

    def finished(self, bad: int) -> Outcome:
        """What came of it. With bad rows or unknown words a repeat reads all again: it may bring more."""
        mark, outcome = self._mark, self._outcome
        whole = not bad and not outcome.left_out
        done = replace(mark, done=True, blocks=0, written=0, same=0, revised=0, read=outcome.read, empty=outcome.empty)
        kept = done if whole else _Mark()
        _keep(self._target.records, self._name, kept)
        return replace(outcome, written=mark.written, same=mark.same, revised=mark.revised)


class _Seen:
    """Devices that the registry does not know, when and with which quantities they came."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._found: dict[str, tuple[int, int, set[str]]] = {}

    def add(self, series: Sequence[Series]) -> None:
        for item in series:
            if not self._names.device(item.device):
                first, last, quantities = self._found.get(item.device, (1 << 62, 0, set()))
                first, last = min(first, int(item.time_ms[0])), max(last, int(item.time_ms[-1]))
                self._found[item.device] = (first, last, quantities | {item.quantity})

    def new_devices(self, file: str) -> list[NewDevice]:
        return [
            NewDevice(device, DIALECT, file, from_ms(first), from_ms(last), tuple(sorted(quantities)))
            for device, (first, last, quantities) in self._found.items()
        ]


def headings_of(understood: Understood) -> list[str]:
    """The columns' headings by place, for people."""
    columns = understood.understanding.columns
    width = max((column.number for column in columns), default=0)
    found = [""] * max(width, len(understood.plan.head))
    for column in columns:
        found[column.number - 1] = column.header
    return found


def _block_rows(plan: Plan) -> int:
    """Rows a block: fewer where each has many values, so that a write stays bounded."""
    return max(_FEWEST_ROWS, min(BLOCK_ROWS, _BLOCK_VALUES // max(1, len(plan.values))))


def _digest(path: Path, plan: Plan, region_version: int) -> str:
    """What is told by a file's content, how it is read, and the registry by which names are resolved."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    digest.update(repr(asdict(plan)).encode())
    digest.update(str(region_version).encode())
    return digest.hexdigest()


def _read_mark(text: str, store: Store) -> _Mark:
    """The mark, if it is this store's: another one, or one from an older backup, lacks what it speaks of."""
    found: dict[str, Any] = json.loads(text) if text else {}
    mark = _Mark(**found)
    if mark.device:
        moment = from_ms(mark.time_ms)
        if not store.readings(mark.device, mark.quantity, moment, moment + MILLISECOND):
            return _Mark()
    return mark


def _keep(records: Records, name: str, mark: _Mark) -> None:
    records.set_cursor(name, json.dumps(asdict(mark)))
