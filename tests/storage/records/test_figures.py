"""Quoted figures: superseded, never updated, and still told as they were known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from models.cause import Cause, Recomputation, of_devices, recomputation
from models.records import Figure, FigureChange
from storage.records import SqlRecords
from storage.records.figures import MOST_NAMES
from storage.schema import figures as table
from tests.storage.records.samples import DAY, HOSTILE, HOUR, NOON, SetClock


def _figure(value: float | None, subject: str = "bynov", day: int = 0, **changes: object) -> Figure:
    figure = Figure("zone", subject, "day", "net_inflow_m3h", NOON + day * DAY, value, None, None, 1.0)
    return figure._replace(**changes)


def _known(records: SqlRecords, subjects: list[str] | None = None, **options: object) -> list[Figure]:
    return records.figures("zone", subjects, "day", "net_inflow_m3h", NOON, NOON + 9 * DAY, **options)  # type: ignore[arg-type]  # one option


def _values(figures: list[Figure]) -> list[float | None]:
    return [figure.value for figure in figures]


def test_a_figure_is_known_from_now(records: SqlRecords, clock: SetClock) -> None:
    figure = _figure(12.5, lower=11.0, upper=14.0, coverage=0.91, reason="figure.partial")
    records.supersede_figures([figure])
    assert _known(records) == [figure._replace(known_from=clock.moment)]


def test_a_changed_figure_supersedes_and_the_old_one_stays_known_for_its_time(
    records: SqlRecords, clock: SetClock
) -> None:
    records.supersede_figures([_figure(12.5)])
    clock.moment = NOON + HOUR
    records.supersede_figures([_figure(None, coverage=0.0, reason="figure.no_data")])
    clock.moment = NOON + 2 * HOUR
    records.supersede_figures([_figure(13.0)])
    assert _values(_known(records)) == [13.0]
    assert _known(records, known_at=NOON - timedelta(milliseconds=1)) == []
    first = _figure(12.5, known_from=NOON, known_to=NOON + HOUR)
    assert _known(records, known_at=NOON) == [first]
    assert _known(records, known_at=NOON + HOUR - timedelta(milliseconds=1)) == [first]
    assert _values(_known(records, known_at=NOON + HOUR)) == [None]
    assert _values(_known(records, known_at=NOON + 5 * HOUR)) == [13.0]


def test_the_same_figure_again_changes_nothing(records: SqlRecords, clock: SetClock) -> None:
    records.supersede_figures([_figure(12.5), _figure(None, day=1, coverage=0.0, reason="figure.no_data")])
    before = _known(records)
    clock.moment = NOON + HOUR
    records.supersede_figures([_figure(12.5), _figure(None, day=1, coverage=0.0, reason="figure.no_data")])
    assert _known(records) == before
    with records.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(table)).scalar() == 2


def test_every_part_of_a_figure_can_supersede_it(records: SqlRecords, clock: SetClock) -> None:
    records.supersede_figures([_figure(12.5)])
    for step, changed in enumerate(({"lower": 1.0}, {"upper": 2.0}, {"coverage": 0.5}, {"reason": "r"}), start=1):
        clock.moment = NOON + step * HOUR
        records.supersede_figures([_figure(12.5, **changed)])
        assert _known(records) == [_figure(12.5, known_from=clock.moment, **changed)]


def test_a_figure_may_say_since_when_it_is_known(records: SqlRecords) -> None:
    records.supersede_figures([_figure(1.0, known_from=NOON - DAY)])
    records.supersede_figures([_figure(2.0, known_from=NOON - HOUR)])
    assert _values(_known(records, known_at=NOON - DAY)) == [1.0]
    assert _values(_known(records, known_at=NOON - HOUR)) == [2.0]


def test_a_clock_set_back_never_leaves_two_figures_or_none(records: SqlRecords, clock: SetClock) -> None:
    records.supersede_figures([_figure(1.0)])
    clock.moment = NOON - DAY
    records.supersede_figures([_figure(2.0)])
    assert _values(_known(records)) == [2.0]
    assert _values(_known(records, known_at=NOON)) == [2.0]
    assert _known(records, known_at=NOON - HOUR) == []


def test_figures_come_in_order_of_subject_and_time(records: SqlRecords) -> None:
    subjects = [*HOSTILE, "Žatec", "zatec", "a"]
    records.supersede_figures([_figure(float(d), s, d) for d in (2, 0, 1) for s in subjects])
    expected = [(s, NOON + d * DAY) for s in sorted(subjects) for d in range(3)]
    assert [(figure.subject, figure.time) for figure in _known(records)] == expected
    assert {figure.subject for figure in _known(records, [HOSTILE[1], "a", "unknown"])} == {HOSTILE[1], "a"}
    assert _known(records, []) == []


def test_other_figures_are_none_of_the_query(records: SqlRecords) -> None:
    others = (
        _figure(2.0, level="municipality"),
        _figure(3.0, period="month"),
        _figure(4.0, quantity="night_flow_m3h"),
        _figure(5.0, time=NOON - HOUR),
        _figure(6.0, time=NOON + 9 * DAY),
    )
    records.supersede_figures([_figure(1.0), *others])
    assert _values(_known(records)) == [1.0]


def test_more_subjects_than_a_query_names(records: SqlRecords) -> None:
    subjects = [f"s{i}" for i in range(MOST_NAMES + 10)]
    records.supersede_figures([_figure(1.0, subject) for subject in subjects])
    records.supersede_figures([_figure(1.0, subject) for subject in subjects] + [_figure(2.0, "s0")])
    assert len(_known(records, subjects[5:])) == len(subjects) - 5
    assert _values(_known(records, ["s0"])) == [2.0]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.tuples(st.sampled_from([1.0, 2.0, None]), st.integers(0, 3)), min_size=1, max_size=8))
def test_as_known_on_is_always_what_was_said_last_before(
    records: SqlRecords, clock: SetClock, said: list[tuple[float | None, int]]
) -> None:
    with records.engine.begin() as connection:
        connection.execute(table.delete())
    for hour, (value, day) in enumerate(said):
        clock.moment = NOON + hour * HOUR
        records.supersede_figures([_figure(value, day=day)])
    for hour in range(len(said)):
        last = {day: value for value, day in said[: hour + 1]}
        known = _known(records, known_at=NOON + hour * HOUR)
        assert {(figure.time - NOON) // DAY: figure.value for figure in known} == last


# -- what changed since, and why -------------------------------------------------------------------------------------


def _late(first: datetime, last: datetime, at: datetime, devices: str = "m1", subject: str = "bynov") -> Recomputation:
    cause = of_devices("cause.late_readings", devices.split())
    return recomputation("zone", subject, first, last, at, cause, ZoneInfo("Europe/Prague"))


def _at(day: datetime, value: float, period: str = "day") -> Figure:
    return Figure("zone", "bynov", period, "losses_m3", day, value, None, None, 1.0)  # type: ignore[arg-type]  # a word


MAY_3 = datetime(2026, 5, 2, 22, tzinfo=UTC)
MAY = datetime(2026, 4, 30, 22, tzinfo=UTC)


def test_a_superseded_figure_tells_what_was_noted_of_its_day_and_month(records: SqlRecords, clock: SetClock) -> None:
    records.supersede_figures([_at(MAY_3, 1.0), _at(MAY_3 + DAY, 1.0), _at(MAY, 30.0, "month")])
    start = clock.moment
    late = MAY_3 + 5 * HOUR
    records.note_recomputations([_late(late, late, start + HOUR), _late(late, late, start + HOUR, "m2 m3")])
    records.note_recomputations([_late(late, late, start + HOUR, "m9", "elsewhere")])
    clock.moment = start + 2 * HOUR
    records.supersede_figures([_at(MAY_3, 2.0), _at(MAY_3 + DAY, 2.0), _at(MAY, 31.0, "month")])
    found = {(change.after.period, change.after.time): change for change in _changed(records, start, clock.moment)}
    expected = (Cause("cause.late_readings", {"devices": ["m1", "m2", "m3"], "others": False}),)
    assert found["day", MAY_3].causes == expected
    assert found["month", MAY].causes == expected
    assert found["day", MAY_3 + DAY].causes == ()  # of that day nothing was noted
    assert (found["day", MAY_3].before.value, found["day", MAY_3].after.value) == (1.0, 2.0)


def test_only_what_was_noted_since_the_old_figure_counts_but_the_last_of_before_where_nothing_was(
    records: SqlRecords, clock: SetClock
) -> None:
    start = clock.moment
    records.supersede_figures([_at(MAY_3, 1.0)])
    late = MAY_3 + HOUR
    records.note_recomputations([_late(late, late, start + HOUR, "m1")])
    clock.moment = start + 2 * HOUR
    records.supersede_figures([_at(MAY_3, 2.0)])
    # The second step of the same work.
    clock.moment += HOUR
    records.supersede_figures([_at(MAY_3, 3.0)])
    records.note_recomputations([_late(late, late, clock.moment + HOUR, "m2")])
    clock.moment += 2 * HOUR
    records.supersede_figures([_at(MAY_3, 4.0)])

    def devices(since: datetime) -> object:
        (change,) = _changed(records, since, clock.moment)
        return change.causes[0].values["devices"], change.times

    assert devices(start) == (["m1", "m2"], 3)
    assert devices(start + 2 * HOUR) == (["m1", "m2"], 2)
    assert devices(start + 3 * HOUR) == (["m2"], 1)


def test_what_changed_there_and_back_or_is_new_has_not_changed(records: SqlRecords, clock: SetClock) -> None:
    start = clock.moment
    records.supersede_figures([_at(MAY_3, 1.0)])
    clock.moment += HOUR
    records.supersede_figures([_at(MAY_3, 2.0), _at(MAY_3 + DAY, 5.0)])
    assert [change.after.value for change in _changed(records, start, clock.moment)] == [2.0]
    clock.moment += HOUR
    records.supersede_figures([_at(MAY_3, 1.0)])
    assert _changed(records, start, clock.moment) == []
    assert [change.after.value for change in _changed(records, start, clock.moment - HOUR)] == [2.0]


def test_what_was_noted_is_forgotten_but_the_figure_has_taken_it_over(records: SqlRecords, clock: SetClock) -> None:
    start = clock.moment
    records.supersede_figures([_at(MAY_3, 1.0)])
    records.note_recomputations([_late(MAY_3, MAY_3, start)])
    clock.moment += HOUR
    records.supersede_figures([_at(MAY_3, 2.0)])
    records.forget_recomputations(clock.moment)
    assert _changed(records, start, clock.moment)[0].causes
    clock.moment += HOUR
    records.supersede_figures([_at(MAY_3, 3.0)])
    assert records.figures("zone", ["bynov"], "day", "losses_m3", MAY_3, MAY_3 + DAY)[0].causes == ()


def _changed(records: SqlRecords, since: datetime, until: datetime) -> list[FigureChange]:
    return records.changed_figures("zone", ["bynov"], since, until)
