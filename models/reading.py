"""A reading: one value of one quantity of one device at one time, as the payload gave it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from models.quality import Quality

if TYPE_CHECKING:  # Decoders need a Reading at once, and nobody's numpy.
    import numpy as np
    import numpy.typing as npt

TimeSource = Literal["payload", "received"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Reading(NamedTuple):
    """One stored value. Its key is (device, quantity, time).

    device : canonical name, see models.device.canonical
    quantity : a name in models.quantity.QUANTITIES; the value is in that quantity's unit
    value : finite, or None where quality is MISSING or FAIL and nothing was said
    time : aware UTC, to the millisecond
    quality : what ingest said; never rewritten
    flags : sorted upper-case words (LEAK, CLOCK, POSSIBLE_REPEAT…)
    source : the dialect, import or person it came by
    """

    device: str
    quantity: str
    value: float | None
    time: datetime
    time_source: TimeSource = "payload"
    quality: Quality = Quality.GOOD
    flags: tuple[str, ...] = ()
    source: str = ""


class Series(NamedTuple):
    """Many readings of one device and quantity, for bulk writing and reading.

    time_ms : int64, milliseconds since 1970 UTC, ascending and unique
    value : float64, NaN where there is none
    quality : int8 codes of Quality, same length; one code for all where it has length 1
    """

    device: str
    quantity: str
    time_ms: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    quality: npt.NDArray[np.int8]
    source: str = ""


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC of an aware time.

    >>> to_ms(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000
    """
    return (moment - EPOCH) // MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC time of milliseconds since 1970.

    >>> from_ms(1000).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    return EPOCH + timedelta(milliseconds=milliseconds)


def iso_z(moment: datetime) -> str:
    """An aware time as ISO 8601 in UTC with Z; milliseconds only where there are some.

    >>> iso_z(datetime(2026, 11, 24, 8, tzinfo=UTC))
    '2026-11-24T08:00:00Z'
    """
    utc = moment.astimezone(UTC)
    spec = "milliseconds" if utc.microsecond else "seconds"
    return utc.isoformat(timespec=spec).replace("+00:00", "Z")


def as_json(reading: Reading) -> dict[str, object]:
    """A reading as the command line and the API write it."""
    return {
        "device": reading.device,
        "quantity": reading.quantity,
        "value": reading.value,
        "time": iso_z(reading.time),
        "time_source": reading.time_source,
        "quality": reading.quality.name,
        "flags": list(reading.flags),
        "source": reading.source,
    }


def spans(readings: Iterable[Reading]) -> dict[tuple[str, str], tuple[datetime, datetime]]:
    """First and last time of each (device, quantity) among readings."""
    result: dict[tuple[str, str], tuple[datetime, datetime]] = {}
    for reading in readings:
        key = (reading.device, reading.quantity)
        first, last = result.get(key, (reading.time, reading.time))
        result[key] = (min(first, reading.time), max(last, reading.time))
    return result
