"""Times of every kind, against the standard library where it can tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.time import Moment, moment
from models.quality import Quality

PRAGUE = "Europe/Prague"
RECEIVED = datetime(2026, 11, 24, 10, tzinfo=UTC)
FIRST = datetime(2000, 1, 2, tzinfo=UTC)
MOMENTS = st.integers(0, 3_155_000_000_000).map(lambda ms: FIRST + timedelta(milliseconds=ms))


@given(MOMENTS, st.sampled_from([1, 1_000, 1_000_000, 1_000_000_000]))
def test_epochs_of_all_scales(time: datetime, scale: int) -> None:
    exact = time.replace(microsecond=0)
    number = int(exact.timestamp()) * scale
    for written in (number, str(number)):
        assert moment(written, exact, PRAGUE) == Moment(exact, "payload")


@given(MOMENTS, st.integers(-14 * 4, 14 * 4))
def test_iso_with_an_offset_is_that_moment(time: datetime, quarters: int) -> None:
    written = time.astimezone(timezone(timedelta(minutes=15 * quarters))).isoformat()
    assert moment(written, time, PRAGUE) == Moment(time, "payload")


@given(MOMENTS)
def test_local_time_sent_at_once_is_that_moment(time: datetime) -> None:
    """In the doubled hour, too: the receipt tells which of the two it is."""
    written = time.astimezone(ZoneInfo(PRAGUE)).replace(tzinfo=None).isoformat()
    assert moment(written, time + timedelta(seconds=3), PRAGUE) == Moment(time, "payload")


@given(MOMENTS)
def test_winter_time_all_year(time: datetime) -> None:
    written = (time + timedelta(hours=1)).replace(tzinfo=None).isoformat()
    assert moment(written, time, "+01:00") == Moment(time, "payload")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-24T08:12:31Z", "2026-11-24T08:12:31+00:00"),
        ("2026-11-24 08:12:31Z", "2026-11-24T08:12:31+00:00"),
        ("2026-11-24T08:12:31.140204555Z", "2026-11-24T08:12:31.140+00:00"),
        ("20261124T081231Z", "2026-11-24T08:12:31+00:00"),
        ("2026-11-24T09:12:31+01", "2026-11-24T08:12:31+00:00"),
        ("2026-11-24T09:12:31 +0100", "2026-11-24T08:12:31+00:00"),
        ("2026-11-24 09:12", "2026-11-24T08:12:00+00:00"),
        ("24. 11. 2026 9:12:31", "2026-11-24T08:12:31+00:00"),
        ("2026-11-23T24:00:00Z", "2026-11-24T00:00:00+00:00"),
        ("24.11.26 9.12", "2026-11-24T08:12:00+00:00"),
        ("2026/11/24 09:12:31", "2026-11-24T08:12:31+00:00"),
        ("11/24/2026 9:12:31 AM", "2026-11-24T08:12:31+00:00"),
        ("24/11/2026 09:12", "2026-11-24T08:12:00+00:00"),
        ("24-Nov-2026 09:12:31", "2026-11-24T08:12:31+00:00"),
        ("24. listopadu 2026 9:12", "2026-11-24T08:12:00+00:00"),
        ("Nov 24, 2026 9:12 AM", "2026-11-24T08:12:00+00:00"),
        ("Tue, 24 Nov 2026 08:12:31 GMT", "2026-11-24T08:12:31+00:00"),
        ("Tue Nov 24 09:12:31 2026", "2026-11-24T08:12:31+00:00"),
        ("2026-11-24 08:12:31 +0000 UTC", "2026-11-24T08:12:31+00:00"),
        ("2026-11-24T09:12:31+01:00[Europe/Prague]", "2026-11-24T08:12:31+00:00"),
        ("2026-11-24 10:12:31 CEST", "2026-11-24T08:12:31+00:00"),
        ("20261124091231", "2026-11-24T08:12:31+00:00"),
        ("/Date(1795507951000)/", "2026-11-24T08:12:31+00:00"),
        (20261124091231, "2026-11-24T08:12:31+00:00"),
        ("1.795507951E9", "2026-11-24T08:12:31+00:00"),
        (1795507951.25, "2026-11-24T08:12:31.250+00:00"),
    ],
)
def test_writings(written: str | float, meant: str) -> None:
    assert moment(written, RECEIVED, PRAGUE) == Moment(datetime.fromisoformat(meant), "payload")


def test_day_and_month_that_could_be_either_are_what_fits_the_receipt() -> None:
    for month, day in ((5, 6), (6, 5)):
        received = datetime(2026, month, day, 8, tzinfo=UTC)
        assert moment("5/6/2026 9:12", received, PRAGUE).time == datetime(2026, month, day, 7, 12, tzinfo=UTC)


@pytest.mark.parametrize("nothing", [None, "", "  ", "null", "N/A"])
def test_no_time_is_the_receipt_and_good(nothing: str | None) -> None:
    assert moment(nothing, RECEIVED, PRAGUE) == Moment(RECEIVED, "received")


@pytest.mark.parametrize(
    "written",
    [
        "1970-01-01T00:03:12Z",
        "1999-12-31T23:59:59Z",
        192,
        "2026-11-25T10:00:01Z",
        4102444800,
        "5/6/2026 9:12",
        "13/13/2026",
        "24.11.2026 25:00",
        "2026-13-01T00:00:00Z",
        "2026-02-30",
        "soon",
        True,
        ["2026-11-24"],
        {"$date": 1},
        float("nan"),
        float("inf"),
        1e300,
        -1e300,
        "9" * 1000,
        "0000-00-00T00:00:00",
    ],
)
def test_what_is_not_believed_is_the_receipt_and_suspect(written: object) -> None:
    assert moment(written, RECEIVED, PRAGUE) == Moment(  # type: ignore[arg-type]
        RECEIVED, "received", Quality.SUSPECT, ("CLOCK",)
    )


def test_up_to_a_day_ahead_is_believed() -> None:
    assert moment("2026-11-25T10:00:00Z", RECEIVED, PRAGUE).time_source == "payload"


def test_ten_years_ago_is_kept_and_doubted() -> None:
    """A clock that lost its battery begins at 2000, 2010 or 2015; no logger sends what is so old."""
    for written in ("2000-01-01T00:12:00Z", 946_685_520, "2010-01-01 01:12"):
        found = moment(written, RECEIVED, PRAGUE)
        assert (found.time_source, found.quality, found.flags) == ("payload", Quality.SUSPECT, ("CLOCK",))
    assert moment("2017-01-01T00:00:00Z", RECEIVED, PRAGUE).quality is Quality.GOOD
