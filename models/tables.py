"""How a table of people's history was understood, and what came of importing it: words that rooms share.

A table is a sheet of a workbook, a CSV or a Parquet file. Whoever understands it says for each column what it is
and why, as a key and values (`Said`), which the command line and the screen put into their own sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

TableKind = Literal["readings", "billing", "devices", ""]
"""What a table holds; empty where that is not understood."""

Role = Literal[
    "time",
    "date",
    "clock",
    "device",
    "point",
    "quantity",
    "unit",
    "value",
    "quality",
    "reader",
    "from",
    "to",
    "period",
    "year",
    "zone",
    "municipality",
    "class",
    "volume",
    "method",
    "attribute",
    "left_out",
]
"""What a column is. `attribute` is a property of a device (its quantity names which); `left_out` is not read."""


def column_letter(number: int) -> str:
    """A column's letter, as workbooks name it; the first is 1.

    >>> column_letter(1), column_letter(28)
    ('A', 'AB')
    """
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


class Said(NamedTuple):
    """Something said about a table: a key of ingest.tables.sentences, and the values in its sentence."""

    key: str
    values: Mapping[str, str | int | float] = {}


@dataclass(frozen=True, slots=True)
class ColumnUnderstood:
    """A column, how it was understood and why.

    number : of the column, the first is 1; header : as it stands there, rows of a head joined
    quantity, unit : of its values, empty where it has none; for an attribute the column of devices.csv
    device, point : whose values these are, where the column says it
    example : the first cell that is not empty
    """

    number: int
    header: str
    role: Role
    quantity: str = ""
    unit: str = ""
    device: str = ""
    point: str = ""
    why: tuple[Said, ...] = ()
    example: str = ""

    @property
    def is_nobodys(self) -> bool:
        """Whether all that it lacks is whose it is."""
        return any(reason.key in ("no_device", "unknown_name") for reason in self.why)


@dataclass(frozen=True, slots=True)
class Understanding:
    """A whole table, as it would be imported.

    facts : about the file: encoding, separator, decimal mark, header, order of dates, time zone
    left_out : rows' words (quantities, devices) that are not known, and so not imported
    problems : what stands in the way of importing anything; empty where it can begin
    rows : rows below the head; first_rows : the first of them as text
    first, last : span of its times
    devices : how many devices or points it speaks of; readings : how many values it has at most
    """

    file: str
    kind: TableKind
    columns: tuple[ColumnUnderstood, ...] = ()
    facts: tuple[Said, ...] = ()
    left_out: tuple[Said, ...] = ()
    problems: tuple[Said, ...] = ()
    rows: int = 0
    first_rows: tuple[tuple[str, ...], ...] = ()
    first: datetime | None = None
    last: datetime | None = None
    devices: int = 0
    readings: int = 0

    @property
    def unnamed(self) -> tuple[ColumnUnderstood, ...]:
        """Columns that hold figures and are not read: what a person may want to name."""
        return tuple(
            column
            for column in self.columns
            if column.role == "left_out"
            and column.example.lstrip("+-\u2212")[:1].isdigit()
            and (not (column.quantity and column.unit) or column.is_nobodys)
            and not any(reason.key == "said" for reason in column.why)
        )

    @property
    def can_begin(self) -> bool:
        """Whether there is something to import and nothing in its way."""
        return bool(self.kind) and not self.problems


@dataclass(frozen=True, slots=True)
class ColumnHint:
    """What a person says of a column; empty where nothing was said."""

    role: str = ""
    quantity: str = ""
    unit: str = ""
    device: str = ""
    point: str = ""


@dataclass(frozen=True, slots=True)
class Hints:
    """What a person says of a table, by options, a mapping file or the page.

    timezone : of times without one, IANA name or +01:00; decimal : "," or "."
    date_order : dmy or mdy, for dates with slashes; time_of_day : HH:MM of dates without a time
    stamp : whether a volume of an interval stands at its start or end; step_s : length of that interval [s]
    to_is : whether the last day of a billed period is in it (inclusive) or not (exclusive)
    customer_class : of billed volumes whose table names none: household, other …
    columns : by header; quantities, devices : words in the table → our names
    """

    kind: TableKind = ""
    timezone: str = ""
    decimal: str = ""
    date_order: str = ""
    time_of_day: str = ""
    stamp: str = ""
    step_s: int = 0
    to_is: str = ""
    customer_class: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 0
    device: str = ""
    point: str = ""
    quantity: str = ""
    unit: str = ""
    columns: Mapping[str, ColumnHint] = field(default_factory=dict)
    quantities: Mapping[str, str] = field(default_factory=dict)
    devices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did.

    read : values (readings, or rows of a registry table) that were understood
    written, same, revised : of these new, there already, and kept as another value of a known key
    bad : rows or cells that were not taken; bad_file : where they stand with the reason, None where all are fine
    empty : cells without a value; left_out : rows of quantities or devices that are not known
    repeated : whether this very file had been imported before and nothing was read again
    """

    read: int = 0
    written: int = 0
    same: int = 0
    revised: int = 0
    bad: int = 0
    empty: int = 0
    left_out: int = 0
    bad_file: Path | None = None
    repeated: bool = False


ImportState = Literal["waiting", "reading", "understood", "importing", "done", "failed"]


@dataclass(frozen=True, slots=True)
class ImportJob:
    """A file that was handed in, and how far it is.

    share : of the work done, 0 to 1; error : code and line of what ended it
    """

    id: str
    file: str
    size_bytes: int
    state: ImportState
    hints: Hints = Hints()
    understanding: Understanding | None = None
    share: float = 0.0
    outcome: Outcome | None = None
    error: str = ""


class ImportDesk(Protocol):
    """Takes files from people, says how it understands them and imports them in the background."""

    limit_bytes: int
    """The largest file that is taken [B]."""

    def open(self, file: str) -> Handed:
        """Begin to take a file. Raises VodaError (import.busy) while too many are being worked on."""

    def job(self, job_id: str) -> ImportJob | None:
        """How far a file is, None where there is no such job."""

    def understand(self, job_id: str, hints: Hints) -> None:
        """Look at the file anew with what a person says of it; returns at once."""

    def start(self, job_id: str, who: str, why: str, say: Say) -> None:
        """Import it; returns at once. Raises VodaError (import.not_ready) where it can't begin."""

    def bad_rows(self, job_id: str) -> Path | None:
        """The file of rows that were not taken, None where there is none."""

    def close(self) -> None:
        """Stop what runs, at a place where it can go on."""


class Say(Protocol):
    """Puts what was said about a table into a sentence."""

    def __call__(self, said: Said) -> str:
        """The sentence."""


class Handed(Protocol):
    """A file on its way in."""

    job_id: str

    def write(self, piece: bytes) -> None:
        """Take the next piece. Raises VodaError (import.too_large)."""

    def done(self) -> None:
        """That was all; understanding begins."""

    def give_up(self) -> None:
        """The sender went away: forget what came."""
