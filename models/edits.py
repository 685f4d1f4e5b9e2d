"""Readings as they count: what ingest, validation and people say of each, joined by precedence.

A person's last edit wins. Else the gravest of what ingest and the tests say: FAIL, MISSING, SUSPECT, ESTIMATED,
UNKNOWN, GOOD (models.quality.worst). Nothing stored changes: the join is made whenever readings are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from models.quality import PRECEDENCE, USABLE, Quality
from models.reading import Series
from models.verdict import Edit, EditKind, Judgements, Verdict

Codes = npt.NDArray[np.int8]

_RANK = np.zeros(max(Quality) + 1, np.int8)
for _place, _quality in enumerate(reversed(PRECEDENCE)):
    _RANK[_quality] = _place


def joined(series: Series, verdicts: Iterable[Verdict], edits: Iterable[Edit]) -> Series:
    """A series with the quality that its readings have after all that was said of them.

    verdicts : that hold now, of this series; MISSING speaks of what is not there and touches no reading
    edits : of this series; those undone don't count; of several on one reading the last made counts

    >>> from datetime import UTC, datetime
    >>> series = Series("1", "flow_m3h", np.arange(3, dtype=np.int64), np.array([5.0, 99.0, 5.0]), np.ones(1, np.int8))
    >>> spike = Verdict("1", "flow_m3h", "spike", 1, 1, Quality.FAIL, "spike")
    >>> joined(series, [spike], []).quality.tolist()
    [1, 4, 1]
    >>> edit = Edit("1", "flow_m3h", 1, 1, EditKind.REPLACE, 5.5, "Eva", datetime(2026, 5, 1, tzinfo=UTC), "read again")
    >>> joined(series, [spike], [edit]).value.tolist(), joined(series, [spike], [edit]).quality.tolist()
    ([5.0, 5.5, 5.0], [1, 5, 1])
    """
    time = series.time_ms
    quality, value = _each(series), series.value
    changed = False
    for verdict in verdicts:
        span = _span(time, verdict.first_ms, verdict.last_ms)
        if span.stop > span.start and verdict.quality is not Quality.MISSING:
            graver = _RANK[quality[span]] < _RANK[verdict.quality]
            quality[span][graver] = verdict.quality
            changed = True
    for edit in _in_force(edits):
        span = _span(time, edit.first_ms, edit.last_ms)
        if span.stop > span.start:
            if edit.kind is EditKind.REPLACE:
                value = value.copy() if value is series.value else value
                value[span] = edit.value
            quality[span] = OF_EDIT[edit.kind]
            changed = True
    return series._replace(value=value, quality=quality) if changed else series


OF_EDIT = {
    EditKind.EXCLUDE: Quality.FAIL,
    EditKind.REPLACE: Quality.ESTIMATED,
    EditKind.ACCEPT: Quality.GOOD,
}
"""The quality that a person's word gives a reading."""


def counting(series: Series, edits: Iterable[Edit]) -> Series:
    """The readings that validation looks at: usable by ingest or by a person's word, replaced values in place."""
    told = joined(series, (), edits)
    keep = np.isin(_each(told), [int(quality) for quality in USABLE]) & np.isfinite(told.value)
    return told._replace(time_ms=told.time_ms[keep], value=told.value[keep], quality=_each(told)[keep])


def usable_changes(judgement: Verdict | Edit) -> bool:
    """Whether what is computed may change with it: UNKNOWN still counts, and where nothing is MISSING takes nothing."""
    return isinstance(judgement, Edit) or judgement.quality in (Quality.SUSPECT, Quality.FAIL)


def _in_force(edits: Iterable[Edit]) -> Sequence[Edit]:
    return sorted((edit for edit in edits if edit.stands), key=lambda edit: (edit.at, edit.id))


def _each(series: Series) -> Codes:
    """The quality of each reading, a copy."""
    return np.resize(series.quality, series.time_ms.size) if series.quality.size == 1 else series.quality.copy()


def _span(time: npt.NDArray[np.int64], first_ms: int, last_ms: int) -> slice:
    low, high = np.searchsorted(time, [first_ms, last_ms + 1])
    return slice(int(low), int(high))


class Joiner:
    """Keeps the verdicts and edits that hold, by series, and joins series with them.

    Fed with what changed since its version, so that a reader looks at the records once and then at changes only.
    """

    def __init__(self) -> None:
        self.version = 0
        self._verdicts: dict[int, Verdict] = {}
        self._edits: dict[int, Edit] = {}
        self._of: dict[tuple[str, str], tuple[set[int], set[int]]] = {}

    def learn(self, found: Judgements) -> None:
        """Take up what changed."""
        for number, verdict in found.verdicts.items():
            numbers = self._of.setdefault((verdict.device, verdict.quantity), (set(), set()))[0]
            if verdict.known_to is None and usable_or_doubtful(verdict):
                self._verdicts[number] = verdict
                numbers.add(number)
            else:
                self._verdicts.pop(number, None)
                numbers.discard(number)
        for number, edit in found.edits.items():
            numbers = self._of.setdefault((edit.device, edit.quantity), (set(), set()))[1]
            if edit.stands:
                self._edits[number] = edit
                numbers.add(number)
            else:
                self._edits.pop(number, None)
                numbers.discard(number)
        self.version = found.version

    def join(self, series: Series) -> Series:
        """A series as it counts."""
        known = self._of.get((series.device, series.quantity))
        if known is None or not series.time_ms.size:
            return series
        first, last = int(series.time_ms[0]), int(series.time_ms[-1])
        verdicts = (self._verdicts[number] for number in known[0])
        return joined(
            series,
            [verdict for verdict in verdicts if verdict.first_ms <= last and verdict.last_ms >= first],
            self.edits(series.device, series.quantity),
        )

    def edits(self, device: str, quantity: str) -> list[Edit]:
        """The edits of a series that stand."""
        known = self._of.get((device, quantity))
        return [self._edits[number] for number in known[1]] if known else []


def usable_or_doubtful(verdict: Verdict) -> bool:
    """Whether a verdict speaks of readings, not of their absence."""
    return verdict.quality is not Quality.MISSING
