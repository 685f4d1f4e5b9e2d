"""The simulated region live: a client of the broker that publishes what its devices report, when they report it."""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np

from ingest.simulator import commands as command_log
from ingest.simulator.almanac import HOUR_S
from ingest.simulator.broker_client import BrokerClient
from ingest.simulator.chance import stream
from ingest.simulator.commands import Command, CommandError
from ingest.simulator.gauges import Gauges
from ingest.simulator.instruments import Instrument, Pace, Readings
from ingest.simulator.payloads import RADIO, TIMELESS, Report, messages
from ingest.simulator.waterworks import Waterworks
from models.clock import Clock
from models.reading import from_ms, to_ms
from models.registry import Region

log = logging.getLogger("smartvoda.simulator")

_PLAN_S = 60.0
"""Domain seconds that are worked out at once; longer where the clock runs fast, so that it is done once a second."""

_TOO_LATE_S = 90.0
"""A bare number this late is left out: whoever receives it would take it for now. Longer where the clock runs fast."""

_REPORT_EVERY_S = 5.0
_LONGEST_SLEEP_S = 0.5
_PACES: tuple[Pace, ...] = ("often", "hourly", "daily")

Told = Callable[[datetime], None]


def run(
    broker_url: str,
    region: Region,
    seed: int,
    clock: Clock,
    command_log_path: Path,
    stop: threading.Event,
    report: Told | None = None,
    *,
    start: datetime | None = None,
    gauges: Gauges | None = None,
) -> None:
    """Publish the region until `stop`, and follow commands of smartvoda/simulator/command.

    report : is told now and then up to which domain time everything was published
    start : where history ended; now where nothing came before
    gauges : the ones that filled history, so that nothing is worked out twice

    Raises VodaError simulator.broker where the broker can't be reached at the start; later it is waited for.
    """
    if gauges is None:
        gauges = Gauges(Waterworks(region, seed, command_log.read(command_log_path)))
    live = Live(gauges, clock, command_log_path, start or clock.now())
    client = BrokerClient(broker_url, client_id(region, seed), command_log.TOPIC, live.hear)
    client.start()
    try:
        live.run(client.publish, stop, report)
    finally:
        client.stop()


def client_id(region: Region, seed: int) -> str:
    """The simulator's MQTT client id: the same at each start, so that commands wait for it."""
    return f"smartvoda-simulator-{int(stream(seed, 'client', region.name)) & 0xFFFFFF:06x}"


class Live:
    """Plans reports a little ahead, publishes each when it is due, and plans anew when a command comes."""

    def __init__(self, gauges: Gauges, clock: Clock, command_log_path: Path, start: datetime) -> None:
        self._gauges, self._clock, self._path = gauges, clock, command_log_path
        self._planned_s = to_ms(start) / 1000.0
        self._due: list[tuple[float, int, Report]] = []
        self._count = itertools.count()
        self._heard: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._timetable = _Timetable(gauges)

    def hear(self, payload: bytes) -> None:
        """A command from the broker: durable in the log when this returns. A bad one is logged, nothing else."""
        try:
            command = command_log.parse(payload, self._gauges.works.region, self._clock.now())
        except CommandError as error:
            log.warning("%s", error)
            return
        command_log.append(self._path, command)
        self._heard.put(command)

    def run(self, publish: Callable[[str, bytes], None], stop: threading.Event, report: Told | None) -> None:
        """Publish until `stop`."""
        told = time.monotonic()
        too_late_s = _TOO_LATE_S * max(self._clock.speed / 10.0, 1.0)
        while not stop.is_set():
            self._follow()
            now_s = to_ms(self._clock.now()) / 1000.0
            if now_s >= self._planned_s - 1.0:
                self._plan(now_s + max(_PLAN_S, self._clock.speed))
            while self._due and self._due[0][0] <= now_s and not stop.is_set():
                due_s, _, item = heapq.heappop(self._due)
                if item.instrument.route.dialect not in TIMELESS or now_s - due_s < too_late_s:
                    for topic, payload in messages(item):
                        publish(topic, payload)
            if report and time.monotonic() - told > _REPORT_EVERY_S:
                told = time.monotonic()
                report(self._published(now_s))
            next_s = min(self._due[0][0] if self._due else self._planned_s, self._planned_s - 1.0)
            stop.wait(min(max((next_s - now_s) / self._clock.speed, 0.001), _LONGEST_SLEEP_S))
        if report:
            report(self._published(to_ms(self._clock.now()) / 1000.0))

    def _published(self, now_s: float) -> datetime:
        """The domain time before which no report waits to be published."""
        waiting = min((item.time_s for _, _, item in self._due), default=now_s)
        return from_ms(round(min(waiting, now_s, self._planned_s) * 1000))

    def _follow(self) -> None:
        """Take new commands into account: what was planned after them is planned anew."""
        fresh = []
        while not self._heard.empty():
            fresh.append(self._heard.get())
        if not fresh:
            return
        works = self._gauges.works
        works.command((*works.commands, *fresh))
        self._gauges.command()
        from_s = min(to_ms(command.time) / 1000.0 for command in fresh)
        self._due = [entry for entry in self._due if entry[2].time_s < from_s]
        heapq.heapify(self._due)
        planned_s, self._planned_s = self._planned_s, min(from_s, self._planned_s)
        self._plan(planned_s)

    def _plan(self, until_s: float) -> None:
        """Work out every report in [planned, until)."""
        start_s, self._planned_s = self._planned_s, max(until_s, self._planned_s)
        if until_s <= start_s:
            return
        span = self._gauges.span(start_s, until_s)
        for instrument, pace in self._timetable.reporting(start_s, until_s):
            found = list(self._gauges.readings(instrument, pace, start_s, until_s, span))
            for item in self._reports(instrument, found):
                delay_s = instrument.phase_s if pace == "hourly" and not instrument.hour_phase_s else 0
                heapq.heappush(self._due, (item.time_s + delay_s, next(self._count), item))

    def _reports(self, instrument: Instrument, found: list[Readings]) -> list[Report]:
        """One report a moment, with all its quantities."""
        if not found:
            return []
        radio = instrument.route.dialect in RADIO
        reports = []
        for place, time_s in enumerate(found[0].time_s.tolist()):
            values = {item.quantity: float(item.said[place]) for item in found}
            signal = self._gauges.signal_dbm(instrument, time_s) if radio else None
            stamped_s, clock_ok = float(found[0].stamped_s[place]), bool(found[0].clock_ok[place])
            reports.append(Report(instrument, time_s, stamped_s, clock_ok, values, signal))
        return reports


class _Timetable:
    """Which instruments report in a short time, found without asking each of them."""

    def __init__(self, gauges: Gauges) -> None:
        self._works = gauges.works
        self._lines: list[tuple[Pace, list[Instrument], np.ndarray[tuple[int, ...], np.dtype[np.float64]], int]] = []
        for pace in _PACES:
            items = [item for item in gauges.instruments if item.quantities(pace)]
            step = {"often": 300, "hourly": HOUR_S, "daily": 24 * HOUR_S}[pace]
            phase = {
                "often": [item.phase_s for item in items],
                "hourly": [item.hour_phase_s for item in items],
                "daily": [item.day_phase_s for item in items],
            }[pace]
            self._lines.append((pace, items, np.array(phase, dtype=np.float64), step))

    def reporting(self, start_s: float, end_s: float) -> list[tuple[Instrument, Pace]]:
        """Instruments with a report in [start, end), and those of zones in which people burst a pipe."""
        restless = {
            row
            for row, releases in enumerate(self._works.releases)
            if any(burst.start < end_s and burst.end > start_s for burst in releases.commanded_bursts())
        }
        found: list[tuple[Instrument, Pace]] = []
        for pace, items, phase, step in self._lines:
            first = np.ceil((start_s - phase) / step) * step + phase
            found += [(items[place], pace) for place in np.flatnonzero(first < end_s).tolist()]
            if pace == "often" and restless:
                waiting = np.flatnonzero(first >= end_s).tolist()
                found += [(items[place], pace) for place in waiting if items[place].zone_row in restless]
        return found
