"""Who is measured at taking readings from a broker: Smart voda's ingest, Telegraf, and paho-mqtt that does nothing.

Each is a process of its own with a persistent session that was there before anything was published.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import paho.mqtt.client as mqtt
import psutil
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers import Bucket, Mosquitto
from tests.servers.broker import SERVICE_USER
from tests.servers.process import LOOPBACK, die_with_parent
from tests.servers.programs import ROOT

SUBSCRIBED_S = 20.0
STOP_S = 15.0


class Receiver(ABC):
    """One process that takes what waits in its session.

    topic : what is subscribed to, `topic/#`; share : group of a shared subscription, or empty
    """

    name = "receiver"

    def __init__(self, folder: Path, broker: Mosquitto, topic: str, share: str = "") -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.broker = broker
        self.topic = topic
        self.share = share
        self.peak_bytes = 0
        self.cpu_s = 0.0
        self._process: psutil.Popen | None = None

    @property
    def filter(self) -> str:
        return f"$share/{self.share}/{self.topic}/#" if self.share else f"{self.topic}/#"

    @abstractmethod
    def command(self) -> list[str]:
        """What to run."""

    @abstractmethod
    def client_id(self) -> str:
        """Of its session."""

    def environment(self) -> dict[str, str]:
        return {}

    def subscribe(self) -> None:
        """Make the session that messages wait in."""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self.client_id(), clean_session=False)
        client.username_pw_set(SERVICE_USER, self.broker.passwords[SERVICE_USER])
        done = threading.Event()
        client.on_connect = lambda *_: client.subscribe(self.filter, 1)
        client.on_subscribe = lambda *_: done.set()
        client.connect(LOOPBACK, self.broker.port)
        client.loop_start()
        if not done.wait(SUBSCRIBED_S):
            raise RuntimeError(f"mosquitto did not take the subscription of {self.name}")
        client.disconnect()
        client.loop_stop()

    def start(self) -> None:
        with (self.folder / "log.txt").open("ab") as log:
            self._process = psutil.Popen(
                self.command(),
                cwd=ROOT,
                env={**os.environ, **self.environment()},
                stdout=self.output(log),
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )

    def output(self, log: IO[bytes]) -> IO[bytes] | int:
        """Where its standard output goes."""
        return log

    @property
    def process(self) -> psutil.Popen:
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process

    @property
    def connected(self) -> bool:
        """Whether it has a connection to the broker's port, which a frozen broker has not answered yet."""
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended: {self.last_words()}")
        port = self.broker.port
        return any(c.raddr and c.raddr.port == port for c in self.process.net_connections("tcp"))

    def last_words(self) -> str:
        return (self.folder / "log.txt").read_text(errors="replace")[-500:]

    def look(self) -> None:
        """Remember what it has taken of the machine so far."""
        if self.process.poll() is not None:
            return
        with self.process.oneshot():
            self.peak_bytes = max(self.peak_bytes, self.process.memory_info().rss)
            times = self.process.cpu_times()
            self.cpu_s = times.user + times.system

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_S)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait()


class SmartVoda(Receiver):
    """`smartvoda ingest` as it is deployed: decoded, durable before acknowledged, then written and told."""

    name = "Smart voda"

    def __init__(self, folder: Path, broker: Mosquitto, topic: str, bucket: Bucket | None, share: str = "") -> None:
        super().__init__(folder, broker, topic, share)
        self.bucket = bucket
        self.data = folder / "data"
        self.instance = folder.name

    def client_id(self) -> str:
        kept = self.data / "spool" / self.instance / "client_id"
        if not kept.exists():
            kept.parent.mkdir(parents=True)
            kept.write_text(f"smartvoda-{self.topic}-{self.folder.parent.name}-{self.instance}\n")
        return kept.read_text().strip()

    def command(self) -> list[str]:
        return [sys.executable, "-m", "smartvoda", "ingest"]

    def environment(self) -> dict[str, str]:
        return {
            "SMARTVODA_DATA_DIR": str(self.data),
            "SMARTVODA_INSTANCE": self.instance,
            "SMARTVODA_MQTT_URL": self.broker.url,
            "SMARTVODA_MQTT_TOPICS": f"{self.topic}/#",
            "SMARTVODA_MQTT_SHARE": self.share,
            "SMARTVODA_STORE_URL": self.bucket.store_url if self.bucket else "sqlite:",
            "SMARTVODA_LOG_LEVEL": "warning",
        }


TELEGRAF_PARSERS = {
    "json": """
  data_format = "json"
  name_override = "reading"
  tag_keys = ["device", "quantity"]
  json_time_key = "time"
  json_time_format = "2006-01-02T15:04:05Z07:00"
""",
    "json_v2": """
  data_format = "json_v2"
  [[inputs.mqtt_consumer.json_v2]]
    measurement_name = "reading"
    timestamp_path = "time"
    timestamp_format = "2006-01-02T15:04:05Z07:00"
    [[inputs.mqtt_consumer.json_v2.tag]]
      path = "device"
    [[inputs.mqtt_consumer.json_v2.tag]]
      path = "quantity"
    [[inputs.mqtt_consumer.json_v2.field]]
      path = "value"
      type = "float"
""",
}


class Telegraf(Receiver):
    """Telegraf's mqtt_consumer into influxdb_v2, which acknowledges when InfluxDB has it."""

    name = "Telegraf"

    def __init__(
        self, folder: Path, broker: Mosquitto, topic: str, bucket: Bucket, share: str = "", parser: str = "json"
    ) -> None:
        super().__init__(folder, broker, topic, share)
        self.bucket = bucket
        self.parser = parser

    def client_id(self) -> str:
        return f"telegraf-{self.topic}-{self.folder.parent.name}-{self.folder.name}"

    def command(self) -> list[str]:
        configuration = self.folder / "telegraf.conf"
        configuration.write_text(self._configuration())
        script = ROOT / "scripts" / "telegraf.sh"
        answer = subprocess.run(["bash", str(script)], capture_output=True, text=True, check=True)
        return [answer.stdout.strip(), "--config", str(configuration), "--quiet"]

    def _configuration(self) -> str:
        # The broker gives a thousand unacknowledged messages at once (deploy/mosquitto); batches of half of them keep
        # it busy while InfluxDB writes, and were the fastest of 100 to 1,000.
        return f"""
[agent]
  interval = "1s"
  flush_interval = "1s"
  metric_batch_size = {os.environ.get("TELEGRAF_BATCH", "500")}
  metric_buffer_limit = 100000
  omit_hostname = true
[[outputs.influxdb_v2]]
  urls = ["{self.bucket.url}"]
  token = "{self.bucket.token}"
  organization = "{self.bucket.org}"
  bucket = "{self.bucket.name}"
[[inputs.mqtt_consumer]]
  servers = ["tcp://{LOOPBACK}:{self.broker.port}"]
  topics = ["{self.filter}"]
  qos = 1
  client_id = "{self.client_id()}"
  persistent_session = true
  username = "{SERVICE_USER}"
  password = "{self.broker.passwords[SERVICE_USER]}"
  topic_tag = ""
  max_undelivered_messages = 1000
{TELEGRAF_PARSERS[self.parser]}"""


class PlainPaho(Receiver):
    """paho-mqtt that acknowledges and throws away; prints `done` when it had all."""

    name = "paho-mqtt"

    def __init__(self, folder: Path, broker: Mosquitto, topic: str, count: int) -> None:
        super().__init__(folder, broker, topic)
        self.count = count

    def client_id(self) -> str:
        return f"paho-{self.topic}"

    def command(self) -> list[str]:
        where: Sequence[str] = (str(self.broker.port), self.client_id(), str(self.count))
        return [sys.executable, "-m", "bench.plain_paho", *where]

    def environment(self) -> dict[str, str]:
        return {"BENCH_MQTT_USER": SERVICE_USER, "BENCH_MQTT_PASSWORD": self.broker.passwords[SERVICE_USER]}

    def output(self, log: IO[bytes]) -> int:
        return subprocess.PIPE

    @property
    def done(self) -> bool:
        """Waits for its word."""
        return bool(self.process.stdout.readline() == b"done\n")
