"""Imports at the command line: preview as a table, a question, a progress bar, a line of result."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from dashboard.i18n import Words
from dashboard.import_words import ROLES, sentence
from ingest.tables.importing import Target
from ingest.tables.influx_import import InfluxImport
from ingest.tables.influx_mapping import influx_mapping
from ingest.tables.influx_source import Influx1, Influx2, InfluxSource
from ingest.tables.mapping import read_mapping
from ingest.tables.table_file import BAD_SUFFIX, TableFile
from models.errors import VodaError
from models.tables import ColumnUnderstood, Hints, Outcome, Said, Understanding
from smartvoda.settings import load
from smartvoda.wiring import Parts, data_folder, open_parts

ROLE = "import"
_WIDTH = 110
_SHOWN_COLUMNS = 60
_SHOWN_UNNAMED = 5


@dataclass(frozen=True, slots=True)
class Server:
    """An InfluxDB to read from, as options say; secrets stand in files, not in the list of processes."""

    influx1: str
    database: str
    user: str
    password_file: Path | None
    influx2: str
    org: str
    bucket: str
    token_file: Path | None

    def opened(self) -> InfluxSource:
        """The server. Raises VodaError (settings.influx) where an option is missing or a secret can't be read."""
        url = self.influx1 or self.influx2
        if not url.startswith(("http://", "https://")):
            raise VodaError("settings.influx", f"{url!r} is no address; write http://host:8086")
        if self.influx1:
            if not self.database:
                raise VodaError("settings.influx", "name the database of the InfluxDB 1.x with --database")
            return Influx1(url, self.database, self.user, _secret(self.password_file), _secret(self.token_file))
        if not (self.org and self.bucket and self.token_file):
            raise VodaError("settings.influx", "an InfluxDB 2.x needs --org, --bucket and --token-file")
        return Influx2(url, self.org, self.bucket, _secret(self.token_file))


def _secret(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise VodaError(
            "settings.influx", f"{path} can't be read; give a file that holds nothing but the secret"
        ) from None


@dataclass
class Desk:
    """Where tables are imported at the command line."""

    parts: Parts
    words: Words
    console: Console

    def table(self, file: Path, hints: Hints, preview: bool, again: bool, unasked: bool, who: str, why: str) -> bool:
        """Show how a file is understood and import it; whether that came to its end.

        Raises VodaError where the file can't be read, or nothing in it is understood.
        """
        table = TableFile(file, hints, self.parts.records.region(), self._zone(), self.parts.store, self.parts.records)
        with self._bar(f"{file.name}: reading") as tell:
            understanding = table.understand(lambda rows: tell(None))
        self.show(understanding)
        if not understanding.can_begin:
            advice = "Name what it lacks: --device, --quantity, --unit, --timezone … or --mapping, see docs/import.md"
            raise VodaError("import.not_understood", f"{file.name}: {self._said(understanding.problems[0])} {advice}")
        if preview:
            return True
        if not unasked and not typer.confirm("Import this?", default=False, err=True):
            return False
        with self._bar(f"{file.name}: importing") as tell:

            def progress(share: float) -> bool:
                tell(share)
                return True

            outcome = table.run(self.parts.clock, who, why, self._said, progress, again)
        self.console.print(result_line(file.name, outcome, self.words), highlight=False, soft_wrap=True)
        return outcome.read > 0

    def influx(self, server: Server, mapping: Path, again: bool) -> None:
        """Import what a mapping takes from another InfluxDB.

        Raises VodaError (import.mapping, import.influx) where either is wrong; what is written stays.
        """
        source = server.opened()
        target = Target(self.parts.store, self.parts.records, self.parts.clock)
        bad = mapping.with_name(mapping.name + BAD_SUFFIX)
        work = InfluxImport(source, influx_mapping(read_mapping(mapping), mapping), target, self._said, bad)
        with self._bar(f"{source.name}: importing") as tell:

            def progress(share: float) -> bool:
                tell(share)
                return True

            outcome = work.run(progress, again)
        self.console.print(result_line(source.name, outcome, self.words), highlight=False, soft_wrap=True)

    def show(self, table: Understanding) -> None:
        """The preview."""
        for line in preview_lines(table, self.words):
            self.console.print(line, highlight=False, soft_wrap=isinstance(line, str), markup=False)

    def _said(self, said: Said) -> str:
        return sentence(said, self.words)

    def _zone(self) -> str:
        region = self.parts.records.region()
        return region.timezone if region else self.parts.settings.timezone

    @contextmanager
    def _bar(self, what: str) -> Iterator[Callable[[float | None], None]]:
        """A bar on standard error; standard output stays for results."""
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
        console = Console(stderr=True)
        with Progress(
            *columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal
        ) as bar:
            task = bar.add_task(what, total=None)

            def tell(share: float | None) -> None:
                if share is not None:
                    bar.update(task, completed=share, total=1.0)

            yield tell


def preview_lines(table: Understanding, words: Words) -> list[str | Table]:
    """How a table was understood, for a terminal."""
    lines: list[str | Table] = [f"{table.file}: {table.kind or 'not understood'}, {words.number(table.rows)} rows"]
    lines += [f"  {sentence(fact, words)}" for fact in table.facts]
    if table.first and table.last:
        lines.append(f"  from {_clock(table.first, words)} to {_clock(table.last, words)}")
    lines.append(_columns(table.columns[:_SHOWN_COLUMNS], words))
    if len(table.columns) > _SHOWN_COLUMNS:
        lines.append(f"  and {len(table.columns) - _SHOWN_COLUMNS} columns more")
    lines += [f"  left out: {sentence(said, words)}" for said in table.left_out]
    lines += [f"  problem: {sentence(said, words)}" for said in table.problems]
    return lines + _to_be_named(table)


def _to_be_named(table: Understanding) -> list[str | Table]:
    """The beginning of a mapping file for columns of figures that are left out."""
    if not table.unnamed or table.kind in ("billing", "devices"):
        return []
    lines: list[str | Table] = ["  to take what is left out, name it in a mapping file (--mapping):"]
    for column in table.unnamed[:_SHOWN_UNNAMED]:
        lines.append(f"    [columns.{_toml(column.header)}]")
        if column.is_nobodys:
            lines.append(f"    device = {_toml(column.device)}")
        lines += [f"    quantity = {_toml(column.quantity)}", f"    unit = {_toml(column.unit)}"]
    return lines


def _toml(text: str) -> str:
    """A string of TOML."""
    return json.dumps(text, ensure_ascii=False)


def _clock(moment: datetime, words: Words) -> str:
    return f"{words.local(moment):%Y-%m-%d %H:%M %Z}"


def _columns(columns: tuple[ColumnUnderstood, ...], words: Words) -> Table:
    shown = Table(show_edge=False, pad_edge=False, box=None, header_style="")
    for name in ("column", "is", "unit", "of", "for example", "why"):
        shown.add_column(name, overflow="fold")
    for column in columns:
        meaning = column.quantity or words.say(ROLES[column.role])
        meaning = meaning if column.role != "left_out" else words.say(ROLES["left_out"])
        why = "; ".join(sentence(reason, words) for reason in column.why)
        cells = (column.header, meaning, column.unit, column.device or column.point, column.example, why)
        shown.add_row(*map(Text, cells))
    return shown


def result_line(name: str, outcome: Outcome, words: Words) -> str:
    """What came of a file: read, written, already there, revised, bad."""
    parts = [f"{words.number(outcome.read)} read", f"{words.number(outcome.written)} written"]
    parts += [f"{words.number(outcome.same)} already there", f"{words.number(outcome.revised)} revised"]
    parts += [f"{words.number(outcome.bad)} bad"]
    if outcome.left_out:
        parts.append(f"{words.number(outcome.left_out)} left out")
    if outcome.empty:
        parts.append(f"{words.number(outcome.empty)} without a value")
    line = f"{name}: {', '.join(parts)}"
    if outcome.repeated:
        line += " (imported before; --again reads it again)"
    return f"{line}; see {outcome.bad_file}" if outcome.bad_file else line


@contextmanager
def desk(data_dir: Path | None) -> Iterator[Desk]:
    """The desk of a data folder; one import at a time works on it."""
    settings = load(data_dir=data_dir)
    with (data_folder(settings) / "import.lock").open("w") as lock:
        _alone(lock, settings.data_dir)
        with closing(open_parts(settings, ROLE)) as parts:
            region = parts.records.region()
            words = Words("en", ZoneInfo(region.timezone if region else settings.timezone))
            yield Desk(parts, words, Console(width=None if Console().is_terminal else _WIDTH))


def _alone(lock: TextIO, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise VodaError("import.running", f"another import works on {folder}; wait until it ends") from error
