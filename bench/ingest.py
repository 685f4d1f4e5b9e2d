"""`make bench-ingest`: ingest end to end against Telegraf and against paho-mqtt that does nothing, in one run.

The same readings wait in a session of each contender on one mosquitto (deploy/mosquitto, QoS 1); then one after the
other takes them, in an order that turns with each round. The clock runs from the moment when the broker answers until
InfluxDB has counted every reading: a frozen broker lets each start up first. CPU is what the process itself took.

    python -m bench.ingest [--messages 200000] [--rounds 5] [--only NAME,…] [--parser json|json_v2]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench import flood
from bench.receivers import PlainPaho, Receiver, SmartVoda, Telegraf
from tests.ingest.rig import MachineClock
from tests.servers import Bucket, Influxd, Mosquitto
from tests.servers.process import LOOPBACK

MESSAGES = 200_000
ROUNDS = 5
DEVICES = 1_000
DEADLINE_S = 240.0
LOOK_S = 0.1
START_S = 60.0

Row = dict[str, object]
CONTENDERS = ("ours", "telegraf", "paho", "ours x2", "telegraf x2")


@dataclass
class Taken:
    """What one contender needed in one round."""

    rate: float
    cpu_us: float
    peak_mb: float
    broker_us: float
    influxd_us: float


@dataclass
class Bench:
    """Rounds in which every contender takes the same messages."""

    broker: Mosquitto
    influxd: Influxd
    folder: Path
    messages: int = MESSAGES
    parser: str = "json"
    taken: dict[str, list[Taken]] = field(default_factory=dict)

    def round(self, number: int, names: Sequence[str]) -> None:
        topic = f"bench{number}"
        runs = {name: self._contender(name, topic) for name in names}
        for receivers, _ in runs.values():
            for receiver in receivers:
                receiver.subscribe()
        start = MachineClock().now().replace(microsecond=0) - timedelta(seconds=self.messages + 3600)
        flood.publish(self.broker, flood.readings(topic, self.messages, DEVICES, start))
        turn = number % len(names)
        for name in [*names[turn:], *names[:turn]]:
            receivers, finished = runs[name]
            self.taken.setdefault(name, []).append(self._take(receivers, finished))
            one = self.taken[name][-1]
            load = os.getloadavg()[0]
            print(
                f"# round {number + 1} {name:<12} {one.rate:>9,.0f}/s {one.cpu_us:5.1f} us CPU, "
                f"mosquitto {one.broker_us:.1f}, influxd {one.influxd_us:.1f}, {one.peak_mb:4.0f} MB, load {load:.1f}",
                flush=True,
            )

    def _contender(self, name: str, topic: str) -> tuple[list[Receiver], Callable[[], bool]]:
        """Who takes part under a name, and how to see that all is done."""
        folder = self.folder / topic / name.replace(" ", "-")
        kind, _, several = name.partition(" x")
        if kind == "paho":
            paho = PlainPaho(folder, self.broker, topic, self.messages)
            return [paho], lambda: paho.done
        bucket = self.influxd.new_bucket()
        share = folder.name if several else ""
        made: list[Receiver] = []
        for place in range(int(several or 1)):
            where = (folder / f"i{place + 1}", self.broker, topic, bucket, share)
            made.append(SmartVoda(*where) if kind == "ours" else Telegraf(*where, parser=self.parser))
        if kind == "ours":
            share_data(made)
        points = Points(self.influxd, bucket)
        return made, lambda: points.reached(self.messages)

    def _take(self, receivers: Sequence[Receiver], finished: Callable[[], bool]) -> Taken:
        self._start(receivers)
        before = [receiver.cpu_s for receiver in receivers]
        servers = [psutil.Process(server.pid) for server in (self.broker, self.influxd)]
        served = [_cpu_s(server) for server in servers]
        if not isinstance(receivers[0], PlainPaho):
            finished()
        self.broker.resume()
        begin = time.perf_counter()
        while not finished():
            if time.perf_counter() - begin > DEADLINE_S:
                raise RuntimeError(f"{receivers[0].name} did not get through: {receivers[0].last_words()}")
            for receiver in receivers:
                receiver.look()
            time.sleep(LOOK_S)
        seconds = time.perf_counter() - begin
        for receiver in receivers:
            receiver.look()
        cpu_s = sum(receiver.cpu_s for receiver in receivers) - sum(before)
        per_reading = 1e6 / self.messages
        broker_us, influxd_us = (
            (_cpu_s(server) - then) * per_reading for server, then in zip(servers, served, strict=True)
        )
        peak = max(receiver.peak_bytes for receiver in receivers)
        for receiver in receivers:
            receiver.stop()
        return Taken(self.messages / seconds, cpu_s * per_reading, peak / 1e6, broker_us, influxd_us)

    def _start(self, receivers: Sequence[Receiver]) -> None:
        """Let each start up and connect to a broker that does not answer yet."""
        self.broker.pause()
        for receiver in receivers:
            receiver.start()
        begin = time.perf_counter()
        while not all(receiver.connected for receiver in receivers):
            if time.perf_counter() - begin > START_S:
                raise RuntimeError("a receiver did not connect")
            time.sleep(0.05)
        time.sleep(0.5)
        for receiver in receivers:
            receiver.look()

    def median(self, name: str) -> Taken:
        found = self.taken[name]
        return Taken(
            statistics.median(one.rate for one in found),
            statistics.median(one.cpu_us for one in found),
            max(one.peak_mb for one in found),
            statistics.median(one.broker_us for one in found),
            statistics.median(one.influxd_us for one in found),
        )


def _cpu_s(process: psutil.Process) -> float:
    """What a server took of the machine so far [s]."""
    times = process.cpu_times()
    return float(times.user + times.system)


def share_data(receivers: Sequence[Receiver]) -> None:
    """Instances of one deployment have one folder of data and spools of their own."""
    first = receivers[0]
    for receiver in receivers:
        if isinstance(receiver, SmartVoda) and isinstance(first, SmartVoda):
            receiver.data = first.data


class Points:
    """How many points a bucket has: by the server's own counter while it grows, by a query at the end."""

    def __init__(self, influxd: Influxd, bucket: Bucket) -> None:
        self._influxd = influxd
        self._bucket = bucket
        self._before: int | None = None

    def reached(self, count: int) -> bool:
        """Whether so many are there; the first call, before anything is written, begins to count.

        The server's own counter of all its points is cheap enough to be asked ten times a second.
        """
        if self._before is None:
            self._before = self._counted()
        return self._counted() - self._before >= count and self.stored() == count

    def stored(self) -> int:
        """Readings in the bucket, each counted once."""
        flux = (
            f'from(bucket: "{self._bucket.name}") |> range(start: 0) |> filter(fn: (r) => r._measurement == "reading" '
            'and r._field == "value") |> group() |> count()'
        )
        request = urllib.request.Request(
            f"{self._bucket.url}/api/v2/query?org={self._bucket.org}",
            flux.encode(),
            {"Authorization": f"Token {self._bucket.token}", "Content-Type": "application/vnd.flux"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            rows = [line for line in answer.read().decode().splitlines() if line.startswith(",_result")]
        return int(rows[0].rsplit(",", 1)[1]) if rows else 0

    def _counted(self) -> int:
        with urllib.request.urlopen(f"{self._influxd.url}/metrics", timeout=60) as answer:
            text = answer.read().decode()
        lines = [line for line in text.splitlines() if line.startswith("storage_writer_ok_points_sum")]
        return sum(int(float(line.rsplit(" ", 1)[1])) for line in lines)


def rows(bench: Bench) -> Iterator[Row]:
    """What was measured, ours beside who it is compared with."""
    goals = (
        ("one ingest process, end to end, against Telegraf", "ours", "telegraf", "≥ 2"),
        ("one ingest process, end to end, against paho receiving only", "ours", "paho", "≥ 1"),
        ("two processes that share, against two Telegrafs", "ours x2", "telegraf x2", "≥ 1.3"),
    )
    for name, ours, peer, goal in goals:
        if ours in bench.taken and peer in bench.taken:
            mine, other = bench.median(ours), bench.median(peer)
            yield {
                "name": name,
                "ours": mine.rate,
                "peer": other.rate,
                "ratio": mine.rate / other.rate,
                "unit": "readings/s",
                "goal": goal,
            }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ingest")
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default=",".join(CONTENDERS))
    parser.add_argument("--parser", default="json", choices=("json", "json_v2"))
    given = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        with Mosquitto(folder) as broker, Influxd(folder) as influxd:
            assert LOOPBACK in influxd.url
            bench = Bench(broker, influxd, folder, given.messages, given.parser)
            for number in range(given.rounds):
                bench.round(number, given.only.split(","))
        from bench.__main__ import _line

        for row in rows(bench):
            print(_line(row), flush=True)


if __name__ == "__main__":
    main()
