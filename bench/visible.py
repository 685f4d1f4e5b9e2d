"""From publish to a store query: how long, at 1,000 readings a second. `python -m bench.visible [sqlite|influx]`."""

from __future__ import annotations

import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.service import IngestConfig
from models.reading import iso_z
from tests.ingest.rig import MachineClock, make_rig, until
from tests.servers import Influxd, Mosquitto

SECONDS, RATE, DEVICES = 10, 1_000, 100


def main(store: str) -> None:
    with TemporaryDirectory() as name, Mosquitto(Path(name)) as broker, Influxd(Path(name)) as influxd:
        bucket = influxd.new_bucket() if store == "influx" else None
        rig = make_rig(Path(name) / "data", IngestConfig(broker.url, ("v/#",)), bucket)
        rig.ingest.start()
        until(lambda: rig.ingest.status()["mqtt"] == "connected")
        sent: dict[int, float] = {}
        waits: list[float] = []
        done = threading.Event()

        def watch() -> None:
            """Readings of one device among the hundred, as a chart asks for them."""
            seen: set[int] = set()
            while not (done.is_set() and len(seen) >= len(sent)):
                end = MachineClock().now() + timedelta(days=1)
                for reading in rig.store.readings("V0", "volume_m3", end - timedelta(days=30), end):
                    number = int(reading.value or 0)
                    if number not in seen:
                        seen.add(number)
                        waits.append(time.perf_counter() - sent[number])
                time.sleep(0.005)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        start = MachineClock().now() - timedelta(days=1)
        with broker.client() as client:
            begin = time.perf_counter()
            for number in range(SECONDS * RATE):
                time.sleep(max(0.0, begin + number / RATE - time.perf_counter()))
                moment = iso_z((start + timedelta(seconds=number)).replace(microsecond=0))
                body = f'{{"device":"V{number % DEVICES}","quantity":"volume_m3","value":{number},"time":"{moment}"}}'
                if number % DEVICES == 0:
                    sent[number] = time.perf_counter()
                client.publish("v/x", body, qos=1)
        done.set()
        watcher.join(20)
        rig.close()
    waits.sort()
    median, last = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    print(
        f"{store}: {len(waits)} of {len(sent)} seen, median {median * 1e3:.0f} ms, 99th percentile {last * 1e3:.0f} ms"
    )


if __name__ == "__main__":
    main(*sys.argv[1:] or ["sqlite"])
