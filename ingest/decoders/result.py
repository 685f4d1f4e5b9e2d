"""What a payload says, while it is being collected: two values of one thing are told apart or refused."""

from __future__ import annotations

from datetime import datetime, timedelta

from ingest.decoders.message import DecodeContext, Decoded, Problem
from ingest.decoders.time import Moment
from ingest.decoders.trace import Origin, UnitFrom
from models.errors import RefusedError
from models.notice import Notice, NoticeKind
from models.quality import Quality, worst
from models.quantity import QUANTITIES
from models.reading import Reading

_Key = tuple[str, str, datetime]
_PROBLEMS_AT_MOST = 20
_GRAVE = (
    "decode.two_values",
    "decode.birth_missing",
    "decode.bad_value",
    "decode.no_unit",
    "decode.bad_unit",
    "decode.bad_mapping",
)


class Result:
    """Readings and notices of one payload, with what had to be left out."""

    def __init__(self, dialect: str, context: DecodeContext) -> None:
        self.dialect = dialect
        self._context = context
        self._trace = context.trace
        self._found: dict[_Key, tuple[int, Reading]] = {}
        self._conflicts: dict[_Key, set[float | None]] = {}
        self._notices: dict[tuple[str, NoticeKind, datetime], Notice] = {}
        self._problems: list[Problem] = []
        self._complete: list[str] = []
        self._faults: set[tuple[str, NoticeKind, datetime]] = set()
        self._one_way: set[_Key] = set()
        self._ways: set[str] = set()

    @property
    def is_empty(self) -> bool:
        """Whether nothing came out so far."""
        return not self._found and not self._notices

    @property
    def quantities(self) -> set[str]:
        """Of which quantities there are readings so far."""
        return {quantity for _, quantity, _ in self._found}

    def reading(
        self,
        device: str,
        quantity: str,
        value: float | None,
        moment: Moment,
        quality: Quality = Quality.GOOD,
        rank: int = 0,
        flags: tuple[str, ...] = (),
    ) -> None:
        """Add a value in its stored unit. Of two for one device, quantity and time the one of lower rank holds."""
        if not device:
            self.problem(
                Problem("decode.no_device", f"nothing says whose {quantity} it is; name the device in sources.toml")
            )
            return
        reading = Reading(
            device,
            quantity,
            value,
            self._stamped(quantity, moment.time),
            moment.time_source,
            _together(quality, moment.quality, _range_test(quantity, value)),
            tuple(sorted({*moment.flags, *flags})) if moment.flags or flags else (),
            self.dialect,
        )
        if self._trace is not None:
            self._trace.gave(reading, moment)
        key = (device, quantity, reading.time)
        have = self._found.get(key)
        if have is None or rank < have[0]:
            self._found[key] = (rank, reading)
            self._conflicts.pop(key, None)
        elif rank == have[0] and have[1].value != value:
            self._conflicts.setdefault(key, {have[1].value}).add(value)

    def origin(self, path: str, raw: object, unit: str = "", unit_from: UnitFrom = "format", rule: str = "") -> None:
        """Say where the value stands that is given next, for those who ask how a payload was read; else nothing.

        Only where it costs nothing to say: many a payload has a thousand values.
        """
        if self._trace is not None:
            self._trace.origin(Origin(path, raw, unit, unit_from, rule))

    def way(self, quantity: str, device: str = "", moment: Moment | None = None) -> None:
        """A field is named inflow or outflow. Where a payload names only one of them, it is simply the flow.

        A tank or dam that tells both has two flows; a meter that calls its own flow "inflow" has one.
        """
        self._ways.add(quantity)
        if moment is not None:
            self._one_way.add((device, quantity, self._stamped(quantity, moment.time)))

    def notice(self, device: str, kind: NoticeKind, active: bool, moment: Moment) -> None:
        """Add a device's own alarm; seen now outweighs over or remembered."""
        key = (device, kind, moment.time)
        if not device:
            return
        self._faults.discard(key)
        if key not in self._notices or active:
            self._notices[key] = Notice(device, kind, active, moment.time, moment.time_source, self.dialect)

    def fault(self, device: str, moment: Moment, reason: str) -> None:
        """A value that says it is none: the device reports a fault of its sensor."""
        key = (device, NoticeKind.SENSOR_FAULT, moment.time)
        if key not in self._notices:
            self.notice(device, NoticeKind.SENSOR_FAULT, True, moment)
            self._faults.add(key)
        self.problem(Problem("decode.bad_value", reason))

    def complete_status(self, device: str) -> None:
        """The device's status names every alarm it has; one not named is over."""
        self._complete.append(device)

    def problem(self, problem: Problem) -> None:
        """Remember why something was left out."""
        if len(self._problems) < _PROBLEMS_AT_MOST:
            self._problems.append(problem)

    def finish(self, nothing: Problem) -> Decoded:
        """What came out.

        Raises RefusedError with the gravest problem, or with `nothing`, where nothing came out.
        """
        for key, values in self._conflicts.items():
            del self._found[key]
            device, quantity, _ = key
            two = " and ".join(str(value) for value in sorted(values, key=str)[:2])
            self.problem(
                Problem(
                    "decode.two_values",
                    f"device {device[:40]!r} has {two} for {quantity} at one time and no channel tells them apart; "
                    "number the channels or map the fields in sources.toml",
                )
            )
        self._conflicts.clear()
        if len(self._ways) == 1:
            self._call_flow()
        if self._problems:
            self._problems.sort(
                key=lambda problem: _GRAVE.index(problem.code) if problem.code in _GRAVE else len(_GRAVE)
            )
        if self.is_empty:
            raise RefusedError(*(self._problems[0] if self._problems else nothing))
        alarms = self._alarms()
        return Decoded(
            self.dialect,
            tuple(_flagged(reading, alarms) for _, reading in self._found.values()),
            tuple(self._notices.values()),
            tuple(self._problems),
            tuple(dict.fromkeys(self._complete)),
        )

    def _call_flow(self) -> None:
        for device, quantity, time in self._one_way:
            flow = (device, "flow_m3h", time)
            found = self._found.get((device, quantity, time))
            if found is not None and flow not in self._found:
                del self._found[device, quantity, time]
                self._found[flow] = (found[0], found[1]._replace(quantity="flow_m3h"))

    def _alarms(self) -> dict[tuple[str, datetime], set[str]]:
        """Active alarms by device and time; a fault of one sensor is none of the others'."""
        alarms: dict[tuple[str, datetime], set[str]] = {}
        for key, notice in self._notices.items():
            if notice.active and key not in self._faults:
                alarms.setdefault((notice.device, notice.time), set()).add(notice.notice.value)
        return alarms

    def _stamped(self, quantity: str, time: datetime) -> datetime:
        """Mean rates are kept at their interval's end; a source may stamp them at its start."""
        source = self._context.source
        if source is None or source.rate_step_s is None or QUANTITIES[quantity].kind != "rate":
            return time
        at_start = source.rate_kind == "mean" and source.rate_stamp == "start"
        return time + timedelta(seconds=source.rate_step_s) if at_start else time


def _flagged(reading: Reading, alarms: dict[tuple[str, datetime], set[str]]) -> Reading:
    """A reading with the alarms that its device reports active at the same time."""
    active = alarms.get((reading.device, reading.time)) if alarms else None
    return reading._replace(flags=tuple(sorted({*reading.flags, *active}))) if active else reading


def _together(first: Quality, second: Quality, third: Quality) -> Quality:
    return first if first is second is third else worst((first, second, third))


def _range_test(quantity: str, value: float | None) -> Quality:
    """FAIL outside of what can be; SUSPECT for a register below zero, which only a net register shows."""
    known = QUANTITIES[quantity]
    if value is None:
        return Quality.GOOD
    if not known.minimum <= value <= known.maximum:
        return Quality.FAIL
    return Quality.SUSPECT if known.kind == "register" and value < 0 else Quality.GOOD
