"""Golden cases of imported tables: a folder is a case. `python -m tests.golden_tables` rewrites what is expected.

tests/golden/tables/<case>/table.* is the file (or table.py, that makes a workbook or Parquet file), case.toml says
where it comes from (`origin`), `now`, and where needed [hints] as in a mapping file and `region` (a folder of
tests/golden/tables). understood.txt is the preview; expected.jsonl the readings, bad rows and the outcome, or
expected.err the one line why nothing is imported.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from dashboard.i18n import Words
from dashboard.import_words import sentence
from ingest.tables.mapping import hints_of
from ingest.tables.table_file import TableFile
from models.errors import VodaError
from models.reading import as_json
from models.registry import Region
from models.tables import Hints, Said
from smartvoda import regions
from smartvoda.importing import preview_lines
from storage.migrate import upgrade
from storage.records import SqlRecords
from storage.sqlite import SqliteStore

FOLDER = Path(__file__).parent / "golden" / "tables"
UNDERSTOOD, LINES, ERROR = "understood.txt", "expected.jsonl", "expected.err"
EVER = (datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
ZONE = "Europe/Prague"


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands."""

    at: datetime
    speed: float = 1.0

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class Shelf:
    """Where a case is imported to."""

    store: SqliteStore
    records: SqlRecords


@cache
def _migrated() -> Path:
    """Records brought to this version once, to be copied."""
    path = Path(_TEMPLATES.name) / "records.db"
    upgrade(f"sqlite:///{path}")
    return path


_TEMPLATES = tempfile.TemporaryDirectory()


@contextmanager
def shelf(folder: Path, clock: FixedClock) -> Iterator[Shelf]:
    """A store and records of a test's own."""
    shutil.copy(_migrated(), folder / "records.db")
    records = SqlRecords(f"sqlite:///{folder / 'records.db'}", clock)
    with closing(records), closing(SqliteStore(folder / "readings.db", records.engine, "import", clock)) as store:
        yield Shelf(store, records)


@dataclass(frozen=True)
class Case:
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def circumstances(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "case.toml").read_text(encoding="utf-8"))

    def table(self, at: Path) -> Path:
        """The file; what a table.py makes comes to stand in a folder of the test."""
        (file,) = self.folder.glob("table.*")
        if file.suffix != ".py":
            return file
        spec = importlib.util.spec_from_file_location("table", file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        made = at / str(module.NAME)
        module.make(made)
        return made

    def hints(self) -> Hints:
        return hints_of(self.circumstances.get("hints", {}), self.folder / "case.toml")

    def region(self) -> Region | None:
        name = self.circumstances.get("region")
        return regions.load(FOLDER / name) if name else None

    def imported(self) -> dict[str, str]:
        """What comes out now, by the name of the file it belongs in."""
        with tempfile.TemporaryDirectory() as folder:
            return self._imported(Path(folder))

    def _imported(self, folder: Path) -> dict[str, str]:
        clock = FixedClock(self.circumstances.get("now", datetime(2026, 11, 25, 8, tzinfo=UTC)))
        words = Words("en", ZoneInfo(ZONE))
        with shelf(folder, clock) as there:
            region = self.region()
            if region is not None:
                there.records.save_region(region, "test", "golden", clock.now())
            found = {}
            try:
                table = TableFile(self.table(folder), self.hints(), region, ZONE, there.store, there.records)
                understanding = table.understand()
                found[UNDERSTOOD] = shown(preview_lines(understanding, words))
                if not understanding.can_begin:
                    reason = sentence(understanding.problems[0], words)
                    return found | {ERROR: f"import.not_understood: {reason}\n"}

                def say(said: Said) -> str:
                    return sentence(said, words)

                bad = folder / "bad.csv"
                outcome = table.run(clock, "test", "golden", say, lambda share: True, bad_path=bad)
            except VodaError as error:
                return found | {ERROR: f"{error}\n"}
            lines = [json.dumps(as_json(reading), ensure_ascii=False) for reading in readings(there)]
            if region is not None:
                lines += [f"# {change}" for change in changed(region, there.records.region())]
            if bad.exists():
                lines += [f"# {line}" for line in bad.read_text(encoding="utf-8-sig").splitlines()]
            counts = {key: value for key, value in vars_of(outcome).items() if value}
            lines.append(f"# {json.dumps(counts)}")
            return found | {LINES: "".join(f"{line}\n" for line in lines)}

    def expected(self) -> dict[str, str]:
        """What shall come out."""
        files = [self.folder / name for name in (UNDERSTOOD, LINES, ERROR)]
        return {file.name: file.read_text(encoding="utf-8") for file in files if file.exists()}


def vars_of(outcome: object) -> dict[str, int]:
    names = ("read", "written", "same", "revised", "bad", "empty", "left_out")
    return {name: int(getattr(outcome, name)) for name in names}


def changed(before: Region, after: Region | None) -> list[str]:
    """What an import changed in the registry."""
    from models.region_diff import diff

    return [str(change) for change in diff(before, after)] if after else []


def readings(there: Shelf) -> list[Any]:
    """Every reading, and other values that came for a key."""
    keys = sorted(there.store.last())
    found: list[Any] = []
    for device, quantity in keys:
        found += there.store.readings(device, quantity, *EVER)
    return found


def shown(lines: list[Any]) -> str:
    """A preview as a terminal shows it."""
    console = Console(file=StringIO(), width=200)
    for line in lines:
        console.print(line, highlight=False, soft_wrap=isinstance(line, str), markup=False)
    assert isinstance(console.file, StringIO)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


def cases() -> list[Case]:
    return [Case(file.parent) for file in sorted(FOLDER.glob("*/case.toml"))]


def main() -> None:
    """Rewrite what differs."""
    for case in cases():
        now = case.imported()
        if now != case.expected():
            for name in (UNDERSTOOD, LINES, ERROR):
                (case.folder / name).unlink(missing_ok=True)
            for name, text in now.items():
                (case.folder / name).write_text(text, encoding="utf-8")
            print(f"rewritten: {case.name}")


if __name__ == "__main__":
    main()
