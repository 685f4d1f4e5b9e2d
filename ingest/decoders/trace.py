"""How a payload was read, collected only when someone asks: what `smartvoda decode --explain` tells.

A decoder without a trace does nothing of this; with one it names where each value stood and what became of the rest.
"""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from ingest.decoders.time import Moment
    from models.reading import Reading

UnitFrom = Literal["", "value", "payload", "name", "document", "rule", "rule's unit", "format"]
"""Where a unit stood: with the value, elsewhere in the payload, in the field's name, in what the vendor documents, in
the mapping rule, beside the mapping rules, or in the format itself."""

Fate = Literal["value", "unknown", "other", "part", "refused", "ignored"]
"""What became of a field: read as a value; without a meaning; said by its name to be something else than a reading of
now; read as device, time, unit or the like; a value that can't be one; left out by a rule."""

_FIELDS_AT_MOST: Final = 2000
_SKIPPED: Final = ("result.py", "harvest.py", "trace.py")


class Origin(NamedTuple):
    """Where a value stood and in which unit.

    path : names from the payload's root as a mapping rule writes them, or the place of bytes
    raw : as it stands there
    rule : the mapping rule of sources.toml that says what it is
    """

    path: str
    raw: object
    unit: str = ""
    unit_from: UnitFrom = ""
    rule: str = ""


class Given(NamedTuple):
    """A value that a decoder gave. by : the function that gave it, and what it says of itself"""

    reading: Reading
    origin: Origin | None
    moment: Moment
    by: str


class Field(NamedTuple):
    """A field of the payload and what became of it. note : more of that, such as which part it is"""

    path: str
    raw: object
    fate: Fate
    note: str = ""


@dataclass
class Trace:
    """What was collected of one payload.

    asked : dialects in the order in which they were asked, and whether each recognised it
    times : of each moment what stood in the payload and the zone in which it was read
    frame : where the values stand that are given without a place of their own
    """

    asked: list[tuple[str, bool]] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    times: dict[Moment, tuple[object, str]] = field(default_factory=dict)
    frame: Origin | None = None
    _origin: Origin | None = None

    def origin(self, origin: Origin) -> None:
        """Where the value stood that is given next."""
        self._origin = origin
        self.field(origin.path, origin.raw, "value")

    def gave(self, reading: Reading, moment: Moment) -> None:
        """A decoder gave a value."""
        self.given.append(Given(reading, self._origin or self.frame, moment, _caller()))
        self._origin = None

    def field(self, path: str, raw: object, fate: Fate, note: str = "") -> None:
        """What became of a field."""
        if len(self.fields) < _FIELDS_AT_MOST:
            self.fields.append(Field(path, raw, fate, note))

    def time(self, moment: Moment, raw: object, zone: str) -> None:
        """What a moment was read from."""
        self.times.setdefault(moment, (raw, zone))

    def of(self, reading: Reading) -> Given | None:
        """How a reading that came out was given; None where no decoder told."""
        key = (reading.device, reading.quantity, reading.time)
        found = [given for given in self.given if (given.reading.device, given.reading.time) == (key[0], key[2])]
        same = [given for given in found if given.reading.quantity == reading.quantity] or found
        return next((given for given in same if given.reading.value == reading.value), None)


def _caller() -> str:
    """The decoders' function that gave a value: its module, its name, and the first line of what it says of itself."""
    for frame in _frames(sys._getframe(2)):
        code = frame.f_code
        folder, _, file = code.co_filename.rpartition("/")
        if file in _SKIPPED or "/ingest/" not in f"{folder}/":
            continue
        module = f"{folder.rpartition('/ingest/')[2]}/{file}".removeprefix("decoders/").removesuffix(".py")
        function = frame.f_globals.get(code.co_name)
        said = (inspect.getdoc(function) or "").split("\n")[0] if function is not None else ""
        return f"{module.replace('/', '.')}.{code.co_name.strip('_')}" + (f": {said}" if said else "")
    return ""


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
