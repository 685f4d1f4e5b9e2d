"""The span that a page's charts show: one of a few choices back from now, or the one in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.figures.timeaxis import from_local
from models.reading import to_ms

LONGEST = timedelta(days=800)
AHEAD_SHARE = 0.12
"""Right of now, for the last value that stands there."""


@dataclass(frozen=True)
class ChartSpan:
    """What the charts of a page show.

    name : of the choice, empty for a span from the address
    start, end : aware UTC; end lies a little after now where now is inside
    """

    name: str
    start: datetime
    end: datetime

    @property
    def start_ms(self) -> int:
        """The start as milliseconds."""
        return to_ms(self.start)

    @property
    def end_ms(self) -> int:
        """The end as milliseconds."""
        return to_ms(self.end)


def chart_span(
    query: Mapping[str, str], choices: Sequence[tuple[str, timedelta]], now: datetime, tz: ZoneInfo, default: str
) -> ChartSpan:
    """The span that an address asks for: ?from&to (local times), else ?range, else the default choice."""
    start, end = (from_local(query.get(name, ""), tz) for name in ("from", "to"))
    if start is not None and end is not None and timedelta() < end - start <= LONGEST:
        return ChartSpan("", start, end)
    lengths = dict(choices)
    name = query.get("range", "")
    name = name if name in lengths else default
    return ChartSpan(name, now - lengths[name], now + lengths[name] * AHEAD_SHARE)
