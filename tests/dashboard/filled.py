"""A real SQLite store and records, filled with the sample region and a made month: what the dashboard's tests look at.

Flows, levels and bands are plain curves, not the simulator's: quick, and every number in them is known to the tests.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from ingest.decoders import DecodeContext, Message, decode
from models.errors import RefusedError
from models.event import AlarmState, CaseState, Event, EventKind, EventLogEntry, Priority, Why
from models.quality import Quality
from models.reading import Series, from_ms, to_ms
from models.records import NewDevice, Refused
from models.region_files import parse
from models.registry import Region
from models.rollup import Rollup
from storage.migrate import upgrade
from storage.records import SqlRecords
from storage.sqlite import SqliteStore

ROOT = Path(__file__).parents[2]
STEP_S = 300
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BURST_ZONE = "decin-bynov"


@dataclass
class RunningClock:
    """Domain time that runs with the machine from where it was set."""

    moment: datetime
    speed: float = 1.0

    def __post_init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        passed = timedelta(milliseconds=int((time.monotonic() - self._began) * 1000 * self.speed))
        return self.moment + passed


@dataclass
class Filled:
    """The store, the records and the clock of a test."""

    store: SqliteStore
    records: SqlRecords
    clock: RunningClock
    region: Region
    folder: Path

    def close(self) -> None:
        self.store.close()
        self.records.close()


def sample_region() -> Region:
    """The sample region as its files say."""
    folder = ROOT / "data" / "sample"
    files = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.*") if file.name != "keys.csv"}
    region, problems = parse(files)
    assert region is not None, problems
    return region


def few_towns(region: Region, towns: tuple[str, ...]) -> Region:
    """A region with some of its towns, so that filling is quick."""
    zones = tuple(zone for zone in region.zones if zone.municipality in towns)
    names = {zone.zone for zone in zones}
    points = tuple(p for p in region.points if p.municipality in towns and (not p.zone or p.zone in names))
    kept = {point.point for point in points}
    assignments = tuple(a for a in region.assignments if a.point in kept)
    devices = {a.device for a in assignments}
    return replace(
        region,
        municipalities=tuple(m for m in region.municipalities if m.code in towns),
        zones=zones,
        points=points,
        assignments=assignments,
        devices=tuple(d for d in region.devices if d.device in devices),
        reservoirs=tuple(r for r in region.reservoirs if r.municipality in towns),
        supplies=tuple(s for s in region.supplies if s.municipality in towns),
        billing=tuple(b for b in region.billing if b.zone in names or b.municipality in towns),
        balance_inputs=tuple(b for b in region.balance_inputs if b.subject in names),
        operations=tuple(o for o in region.operations if o.zone in names),
        sources=tuple(s for s in region.sources if s.municipality in towns),
    )


def daily_shape(hours: np.ndarray) -> np.ndarray:
    """Demand over its mean by local hour: two peaks, a quiet night."""
    morning = np.exp(-(((hours - 7.5) / 1.8) ** 2))
    evening = np.exp(-(((hours - 19.0) / 2.4) ** 2))
    return 0.55 + 0.95 * morning + 0.8 * evening


def zone_mean_m3h(region: Region, zone: str) -> float:
    """A plausible mean inflow of a zone."""
    return max(2.0, region.zone[zone].population_served * 0.135 / 24 * 1.25)


def times_of(start: datetime, end: datetime, step_s: int) -> np.ndarray:
    return np.arange(to_ms(start), to_ms(end), step_s * 1000, dtype=np.int64)


def local_hours(time_ms: np.ndarray, offset_h: float = 1.0) -> np.ndarray:
    return (time_ms / 3.6e6 + offset_h) % 24


def fill(folder: Path, region: Region, now: datetime, days: int = 8, burst_h: float = 7.0, seed: int = 7) -> Filled:
    """A folder with a store, its records and `days` of data before `now`; a burst stands in one zone."""
    clock = RunningClock(now)
    url = f"sqlite:///{folder / 'records.db'}"
    upgrade(url)
    records = SqlRecords(url, clock)
    store = SqliteStore(folder / "readings.db", records.engine, "test", clock)
    records.save_region(region, "test", "sample", now - DAY)
    filled = Filled(store, records, clock, region, folder)
    burst_zone = BURST_ZONE if BURST_ZONE in region.zone else region.zones[0].zone
    rng = np.random.default_rng(seed)
    store.write_series(_series(region, now, days, burst_zone, burst_h, rng))
    store.write_rollups(_rollups(region, now, max(days, 30), burst_zone, burst_h, rng))
    _tell(filled, burst_zone, burst_h)
    return filled


def _hanging(region: Region, point: str, now: datetime) -> str | None:
    return next((a.device for a in region.assignments_of_point.get(point, ()) if a.covers(now)), None)


def _series(
    region: Region, now: datetime, days: int, burst_zone: str, burst_h: float, rng: np.random.Generator
) -> Iterator[Series]:
    good = np.array([Quality.GOOD], dtype=np.int8)
    start = now - days * DAY
    time_ms = times_of(start, now, STEP_S)
    shape = daily_shape(local_hours(time_ms))
    since_burst = (time_ms - to_ms(now - burst_h * HOUR)) / 3.6e6
    for zone in region.zones:
        mean = zone_mean_m3h(region, zone.zone)
        share = mean / len(zone.inflows) if zone.inflows else 0.0
        for point in zone.inflows:
            device = _hanging(region, point, now)
            if device is None:
                continue
            flow = share * shape * (1 + 0.04 * rng.standard_normal(len(time_ms)))
            if zone.zone == burst_zone and point == zone.inflows[0]:
                flow = flow + 14.2 * np.clip(since_burst * 2, 0, 1)
            yield Series(device, "flow_m3h", time_ms, np.round(flow, 2), good, "test")
            volume = 10_000 + np.cumsum(flow) * STEP_S / 3600
            yield Series(device, "volume_m3", time_ms[::12], np.round(volume[::12], 2), good, "test")
        for point in (zone.azp_point, zone.critical_point):
            device = _hanging(region, point, now) if point else None
            if device is not None:
                head = (zone.mean_pressure_m or 45) - 3 * (shape - 1) + 0.3 * rng.standard_normal(len(time_ms))
                yield Series(device, "pressure_m", time_ms, np.round(head, 2), good, "test")
    yield from _meters(region, now, days, rng)
    yield from _levels(region, now, days, time_ms)


def _meters(region: Region, now: datetime, days: int, rng: np.random.Generator) -> Iterator[Series]:
    good = np.array([Quality.GOOD], dtype=np.int8)
    hours = times_of(now - days * DAY, now, 3600)
    for point in region.points:
        if point.role not in ("household", "other"):
            continue
        device = _hanging(region, point.point, now)
        if device is None:
            continue
        use = 0.012 * max(1, point.dwellings) * daily_shape(local_hours(hours)) * rng.gamma(0.6, 1.6, len(hours))
        yield Series(device, "volume_m3", hours, np.round(120 + np.cumsum(use), 3), good, "test")
        yield Series(device, "battery_v", hours[::24], np.full(len(hours[::24]), 3.61), good, "test")
        yield Series(device, "rssi_dbm", hours[::24], np.full(len(hours[::24]), -97.0), good, "test")


def _levels(region: Region, now: datetime, days: int, time_ms: np.ndarray) -> Iterator[Series]:
    good = np.array([Quality.GOOD], dtype=np.int8)
    for number, reservoir in enumerate(region.reservoirs):
        device = _hanging(region, reservoir.level_point, now)
        if device is None:
            continue
        deep = reservoir.full_m - reservoir.bottom_m
        if reservoir.kind == "dam":
            level = reservoir.full_m - deep * (0.04 + 0.03 * (number % 5)) - (time_ms - time_ms[0]) / 8.64e7 * 0.02
            yield Series(device, "stage_m", time_ms[::12], np.round(level[::12], 2), good, "test")
            for quantity, value in (("inflow_m3h", 1300.0), ("outflow_m3h", 1180.0)):
                yield Series(device, quantity, time_ms[::12], np.full(len(time_ms[::12]), value), good, "test")
        else:
            level = reservoir.bottom_m + deep * (0.6 + 0.22 * np.sin(local_hours(time_ms) / 24 * 2 * math.pi + number))
            yield Series(device, "level_m", time_ms, np.round(level, 2), good, "test")


def _rollups(
    region: Region, now: datetime, days: int, burst_zone: str, burst_h: float, rng: np.random.Generator
) -> Iterator[Rollup]:
    first = (now - days * DAY).replace(minute=0, second=0, microsecond=0)
    hour = now.replace(minute=0, second=0, microsecond=0)
    sums: dict[tuple[str, str], np.ndarray] = {}
    hours = times_of(first, hour + 48 * HOUR, 3600)
    past = hours < to_ms(hour)
    shape = daily_shape(local_hours(hours + 1_800_000))
    extra = np.where(hours + 3_600_000 > to_ms(now - burst_h * HOUR), 14.2, 0.0)
    for zone in region.zones:
        expected = zone_mean_m3h(region, zone.zone) * shape
        observed = expected * (1 + 0.03 * rng.standard_normal(len(hours))) + (extra if zone.zone == burst_zone else 0)
        yield from _hourly("zone", zone.zone, hours, past, observed, expected)
        yield from _days("zone", zone.zone, now, days, float(expected.min()), rng)
        for key in (("municipality", zone.municipality), ("region", region.name)):
            old = sums.get(key, np.zeros((2, len(hours))))
            sums[key] = old + np.stack([observed, expected])
    for (level, subject), (observed, expected) in sums.items():
        yield from _hourly(level, subject, hours, past, observed, expected)
        yield from _days(level, subject, now, days, float(expected.min()), rng)


def _hourly(level, subject, hours, past, observed, expected) -> Iterator[Rollup]:  # type: ignore[no-untyped-def] # arrays and literals of this file
    for k, at in enumerate(hours):
        time = from_ms(int(at))
        low, mid, high = float(expected[k] * 0.88), float(expected[k]), float(expected[k] * 1.12)
        yield Rollup(level, subject, "hour", "expected_net_inflow_m3h", time, mid, low, high)
        if past[k]:
            value = float(observed[k])
            yield Rollup(level, subject, "hour", "net_inflow_m3h", time, value, value * 0.95, value * 1.05)


def _days(level, subject, now, days, night, rng) -> Iterator[Rollup]:  # type: ignore[no-untyped-def] # numbers of this file
    today = (now + HOUR).replace(hour=0, minute=0, second=0, microsecond=0) - HOUR
    for back in range(days, -1, -1):
        time = today - back * DAY
        low = night * float(rng.normal(1, 0.04))
        yield Rollup(level, subject, "day", "night_flow_m3h", time, low, None, None, 1.0)
        yield Rollup(level, subject, "day", "night_flow_02_04_m3h", time, low * 1.06, None, None, 1.0)
        if back:
            mean = night * 1.8
            yield Rollup(level, subject, "day", "net_inflow_m3h", time, mean, mean * 0.5, mean * 2, 1.0)
            yield Rollup(level, subject, "day", "metered_m3", time, mean * 24 * 0.81, None, None, 0.96)
            yield Rollup(level, subject, "day", "household_m3", time, mean * 24 * 0.62, None, None, 0.96)


def event(kind: EventKind, level: str, subject: str, name: str, at: datetime, **changes: object) -> Event:
    """An event as a detector would raise it."""
    why = {
        EventKind.BURST: Why(
            "burst.inflow_above_expected",
            {
                "name": name,
                "excess_m3h": 14.2,
                "inflow_m3h": 37.9,
                "expected_m3h": 23.7,
                "upper_m3h": 26.5,
                "loss_m3": 98.0,
            },
        ),
        EventKind.TANK_LOW: Why(
            "tank_low.below_limit", {"name": name, "level_m": 1.1, "limit_m": 1.5, "delay_s": 600.0}
        ),
        EventKind.PRESSURE_LOW: Why(
            "pressure_low.below_limit", {"name": name, "pressure_m": 17.2, "limit_m": 20.0, "delay_s": 600.0}
        ),
        EventKind.DATA_STOPPED: Why("data_stopped.silent", {"name": name, "silent_s": 9000.0, "usual_s": 300.0}),
    }[kind]
    leak = kind is EventKind.BURST
    made = Event(
        id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{subject}/{at.isoformat()}")),
        kind=kind,
        level=level,
        subject=subject,
        priority=Priority.HIGH if leak else Priority.MEDIUM,
        state=AlarmState.UNACKNOWLEDGED,
        case=CaseState.NEW,
        detected_at=at,
        start=at - timedelta(minutes=25),
        end=None,
        loss_m3h=14.2 if leak else None,
        loss_m3=98.0 if leak else None,
        score=0.86 if leak else 0.7,
        why=why,
    )
    return replace(made, **changes)  # type: ignore[arg-type] # fields of Event


def _tell(filled: Filled, burst_zone: str, burst_h: float) -> None:
    """Events, facts, new devices, refused payloads."""
    records, region, now = filled.records, filled.region, filled.clock.moment
    zone = region.zone[burst_zone]
    at = now - burst_h * HOUR + timedelta(minutes=25)
    burst = event(EventKind.BURST, "zone", zone.zone, zone.name, at)
    records.save_event(burst, EventLogEntry(burst.id, at, "detector", "raised"))
    other = next((z for z in region.zones if z.zone != burst_zone and z.critical_point), None)
    if other is not None:
        when = now - timedelta(hours=2, minutes=12)
        low = event(
            EventKind.PRESSURE_LOW,
            "point",
            other.critical_point,
            other.critical_point,
            when,
            state=AlarmState.ACKNOWLEDGED,
            case=CaseState.INVESTIGATING,
            acknowledged_by="J. Nováková",
            acknowledged_at=when + timedelta(minutes=4),
        )
        records.save_event(low, EventLogEntry(low.id, when, "detector", "raised"))
    device = next(d.device for d in region.devices if d.kind == "water_meter")
    silent = event(EventKind.DATA_STOPPED, "device", device, device, now - timedelta(minutes=95), priority=Priority.LOW)
    records.save_event(silent, EventLogEntry(silent.id, silent.detected_at, "detector", "raised"))
    stamp = now.astimezone(UTC).isoformat()
    # Nobody speaks for the services while the tests run: what they said holds for an hour.
    spoken = (now + HOUR).astimezone(UTC).isoformat()
    fact = {"at": spoken, "mqtt": "connected", "waiting": 0, "oldest": None, "problem": "", "received": 91_204}
    records.set_fact("ingest", {**fact, "refused": 12, "last_received": stamp})
    records.set_fact("analysis", {"at": spoken, "lag_s": 1.0, "dirty": 0, "problem": ""})
    records.see_devices(
        [
            NewDevice(
                "24e124136d151011",
                "chirpstack",
                "application/1/device/24e124136d151011/event/up",
                now - 2 * DAY,
                now - timedelta(minutes=7),
                ("volume_m3", "battery_pct"),
            )
        ]
    )
    encrypted = (ROOT / "tests/golden/wmbus/key-missing/payload.txt").read_bytes()
    kept = [
        refused("wmbus/most/20096221", encrypted, now - timedelta(minutes=40)),
        refused("teplice/cidlo/7", b'{"t":"ab"', now - timedelta(hours=3)),
    ]
    records.add_refused(kept, 1_000_000)


def refused(topic: str, payload: bytes, received: datetime) -> Refused:
    """A payload as ingest refuses it."""
    try:
        decode(Message(topic, payload, received), DecodeContext())
    except RefusedError as error:
        return Refused(0, topic, received, error.code, error.message, payload, "earlier")
    raise AssertionError(f"ingest takes this payload: {payload!r}")
