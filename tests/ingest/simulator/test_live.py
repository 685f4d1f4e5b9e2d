"""The region live on a real broker: every town's dialect is read back by the product's decoders to the same values."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from ingest.decoders import DecodeContext, Message, decode
from ingest.simulator import commands as command_log
from ingest.simulator import live
from ingest.simulator.gauges import Gauges
from ingest.simulator.instruments import Pace
from ingest.simulator.payloads import TIMELESS
from ingest.simulator.waterworks import Waterworks
from ingest.source_rules import SourceRules
from models.errors import VodaError
from models.reading import Reading, to_ms
from models.registry import Region
from tests.servers.broker import SERVICE_USER, Mosquitto

START = datetime(2026, 11, 25, 9, 58, tzinfo=UTC)
BASES = ("voda/#", "wmbusmeters/#", "chirpstack/#", "v3/#", "thingsboard/#", "plc/#", "povodi-ohre/#", "meteo/#")
ZONE = "decin-bynov"


@dataclass
class FastClock:
    """Domain time that begins at START and runs `speed` times as fast as the machine."""

    speed: float
    begun: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        self.begun = time.monotonic()

    def now(self) -> datetime:
        elapsed_ms = round((time.monotonic() - self.begun) * 1000 * self.speed)
        return START + timedelta(milliseconds=elapsed_ms)


@dataclass
class Heard:
    """What a subscriber got, with the domain time of receipt."""

    clock: FastClock
    messages: list[tuple[str, bytes, datetime]] = field(default_factory=list)

    def take(self, topic: str, payload: bytes) -> None:
        self.messages.append((topic, payload, self.clock.now()))

    def count(self, device: str) -> int:
        """Messages of a device that its topic names."""
        return sum(topic.endswith(f"/{device}") for topic, _, _ in list(self.messages))

    def readings(self, region: Region) -> Iterator[Reading]:
        rules = SourceRules(region.sources)
        for topic, payload, received in list(self.messages):
            context = DecodeContext(rules.rule(topic), region.timezone)
            decoded = decode(Message(topic, payload, received), context)
            assert not decoded.problems, (topic, payload, decoded.problems)
            yield from decoded.readings


@contextmanager
def _running(
    region: Region, mosquitto: Mosquitto, log: Path, clock: FastClock, seed: int = 1
) -> Iterator[tuple[Heard, threading.Event, list[datetime]]]:
    heard, stop = Heard(clock), threading.Event()
    reported: list[datetime] = []
    failures: list[BaseException] = []

    # What is done once at a start is done before the hurried clock begins.
    gauges = Gauges(Waterworks(region, seed, command_log.read(log)))
    gauges.works.ledger(int(START.timestamp()) // 86_400)

    def body() -> None:
        try:
            live.run(mosquitto.publisher_url, region, seed, clock, log, stop, reported.append, gauges=gauges)
        except BaseException as error:  # a thread's error must fail the test
            failures.append(error)

    with mosquitto.client(SERVICE_USER, on_message=heard.take) as client:
        for base in BASES:
            client.subscribe(base, qos=1)
        thread = threading.Thread(target=body)
        clock.begin()
        thread.start()
        try:
            yield heard, stop, reported
        finally:
            stop.set()
            thread.join(10)
    assert not thread.is_alive()
    assert not failures


def _wait(until: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if until():
            return
        time.sleep(0.05)
    pytest.fail("waited in vain")


def test_each_towns_dialect_decodes_to_what_history_would_hold(
    sample: Region, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    clock = FastClock(speed=480.0)
    with _running(sample, mosquitto, tmp_path / "commands.jsonl", clock) as (heard, _, reported):
        _wait(lambda: clock.now() > START + timedelta(minutes=62))
    span_s = (START.timestamp(), clock.now().timestamp())
    expected = _expected(Gauges(Waterworks(sample, 1)), *span_s)
    readings = list(heard.readings(sample))
    seen: Counter[str] = Counter()
    for reading in readings:
        if reading.source in TIMELESS or reading.quantity == "rssi_dbm" or "CLOCK" in reading.flags:
            continue
        assert reading.time_source == "payload"
        key = (reading.device, reading.quantity, to_ms(reading.time))
        assert expected[key] == reading.value, key
        seen[reading.source] += 1
    assert set(seen) == {"smartvoda", "wmbusmeters", "chirpstack4", "ttn3", "thingsboard"}
    assert min(seen.values()) > 50
    bare = [reading for reading in readings if reading.source == "number"]
    assert len(bare) > 50
    assert {reading.device for reading in readings} <= set(sample.device)
    assert len({reading.device for reading in readings}) > 0.85 * len(_hanging(sample))
    assert reported


def _hanging(region: Region) -> set[str]:
    return {item.device for item in region.assignments if item.end is None}


def _expected(gauges: Gauges, start_s: float, end_s: float) -> dict[tuple[str, str, int], float]:
    found: dict[tuple[str, str, int], float] = {}
    span = gauges.span(start_s, end_s)
    paces: tuple[Pace, ...] = ("often", "hourly", "daily")
    for item in gauges.instruments:
        for pace in paces:
            for readings in gauges.readings(item, pace, start_s, end_s, span):
                series = gauges.series(item, readings)
                for time_ms, value in zip(series.time_ms.tolist(), series.value.tolist(), strict=True):
                    found[series.device, series.quantity, time_ms] = value
    return found


def test_something_arrives_every_second_or_two(sample: Region, mosquitto: Mosquitto, tmp_path: Path) -> None:
    clock = FastClock(speed=60.0)
    with _running(sample, mosquitto, tmp_path / "commands.jsonl", clock) as (heard, _, _reported):
        _wait(lambda: clock.now() > START + timedelta(minutes=9))
    # By the devices' own times: when the machine is busy, arrivals come in heaps.
    whole_hour = START.replace(hour=10, minute=0)
    times = sorted(
        (reading.time - START).total_seconds()
        for reading in heard.readings(sample)
        if reading.time_source == "payload" and reading.time != whole_hour
    )
    inside = [moment for moment in times if 60 < moment < 480]
    assert len(inside) / 420 > 0.6
    assert np.max(np.diff(inside)) < 20
    assert np.mean(np.diff(sorted(set(inside)))) < 2


def test_a_burst_is_seen_within_a_minute_and_a_repair_ends_it(
    sample: Region, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    log = tmp_path / "commands.jsonl"
    clock = FastClock(speed=180.0)
    device = sample.assignments_of_point[f"{ZONE}-pritok-1"][-1].device
    sensor = sample.assignments_of_point[f"{ZONE}-azp"][-1].device
    with _running(sample, mosquitto, log, clock) as (heard, _, _reported):
        _wait(lambda: heard.count(device) > 2 and heard.count(sensor) > 1)
        with mosquitto.client(SERVICE_USER) as client:
            for bad in (b"{", b'{"command":"burst"}', b'{"command":"burst","zone":"nowhere","flow_m3h":5}'):
                client.publish(command_log.TOPIC, bad, qos=1)
            payload = json.dumps({"command": "burst", "zone": ZONE, "flow_m3h": 30}).encode()
            client.publish(command_log.TOPIC, payload, qos=1).wait_for_publish(5)
            _wait(lambda: bool(command_log.read(log)))
            had = heard.count(device), heard.count(sensor)
            _wait(lambda: heard.count(device) > had[0] + 12 and heard.count(sensor) > had[1] + 12)
            payload = json.dumps({"command": "repair", "zone": ZONE}).encode()
            client.publish(command_log.TOPIC, payload, qos=1).wait_for_publish(5)
            _wait(lambda: len(command_log.read(log)) > 1)
        burst, repair = (item.time for item in command_log.read(log))
        had = heard.count(device), heard.count(sensor)
        _wait(lambda: heard.count(device) > had[0] + 4)
    flow = _of(heard, sample, device, "flow_m3h")
    before = np.mean([value for moment, value in flow if moment < burst])
    during = [(moment, value) for moment, value in flow if burst + timedelta(minutes=2) < moment < repair]
    after = [value for moment, value in flow if moment > repair + timedelta(minutes=5)]
    assert min(moment for moment, _ in flow if moment >= burst) <= burst + timedelta(minutes=1)
    assert len(during) >= 6
    assert np.mean([value for _, value in during]) == pytest.approx(before + 30, abs=0.2 * before)
    assert np.mean(after) == pytest.approx(before, rel=0.25)
    pressure = _of(heard, sample, sensor, "pressure_m")
    low = np.mean([value for moment, value in pressure if burst + timedelta(minutes=2) < moment < repair])
    assert low < np.mean([value for moment, value in pressure if moment < burst]) - 1.0


def _of(heard: Heard, region: Region, device: str, quantity: str) -> list[tuple[datetime, float]]:
    return [
        (reading.time, reading.value)
        for reading in heard.readings(region)
        if reading.device == device and reading.quantity == quantity and reading.value is not None
    ]


def test_a_restart_follows_the_log_again(sample: Region, mosquitto: Mosquitto, tmp_path: Path) -> None:
    log = tmp_path / "commands.jsonl"
    command_log.append(log, command_log.Command(START - timedelta(hours=2), "burst", ZONE, 40.0))
    device = sample.assignments_of_point[f"{ZONE}-pritok-1"][-1].device
    clock = FastClock(speed=240.0)
    with _running(sample, mosquitto, log, clock) as (heard, _, _reported):
        _wait(lambda: len(_of(heard, sample, device, "flow_m3h")) > 4)
    quiet = _expected_flow(sample, device)
    flow = np.mean([value for _, value in _of(heard, sample, device, "flow_m3h")])
    assert flow == pytest.approx(quiet + 40, rel=0.1)


def _expected_flow(region: Region, device: str) -> float:
    gauges = Gauges(Waterworks(region, 1))
    item = next(item for item in gauges.instruments if item.device.device == device)
    span = gauges.span(START.timestamp(), START.timestamp() + 600)
    values = [r.said for r in gauges.readings(item, "often", START.timestamp(), START.timestamp() + 600, span)]
    return float(np.mean(np.concatenate(values)))


def test_a_broker_that_does_not_answer_is_said_in_one_line(
    sample: Region, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    with pytest.raises(VodaError) as caught:
        live.run(f"mqtt://127.0.0.1:{free_port()}", sample, 1, FastClock(1.0), tmp_path / "c.jsonl", threading.Event())
    assert caught.value.code == "simulator.broker"
    assert "\n" not in caught.value.message


def test_the_broker_may_go_away_and_come_back(sample: Region, mosquitto: Mosquitto, tmp_path: Path) -> None:
    clock = FastClock(speed=60.0)
    with _running(sample, mosquitto, tmp_path / "commands.jsonl", clock) as (heard, _, _reported):
        _wait(lambda: len(heard.messages) > 20)
        mosquitto.kill9()
        mosquitto.revive()
        had = len(heard.messages)
        with mosquitto.client(SERVICE_USER, on_message=heard.take) as again:
            for base in BASES:
                again.subscribe(base, qos=1)
            _wait(lambda: len(heard.messages) > had + 50)
