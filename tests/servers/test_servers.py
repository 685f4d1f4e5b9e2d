"""Each server really works, and is back for the next test whatever happens to it."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import psycopg
import pytest
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from sqlalchemy import create_engine, text

from tests.servers import Influxd, Mosquitto, Postgres, ServerError, free_port
from tests.servers.fixtures import NewPage
from tests.servers.influx import Bucket
from tests.servers.process import listens
from tests.servers.programs import ROOT, find_program

WAIT_SECONDS = 10.0


def test_free_ports_differ() -> None:
    ports = {free_port() for _ in range(50)}
    assert len(ports) == 50
    assert not any(listens(port) for port in ports)


def test_missing_program_says_what_to_do() -> None:
    with pytest.raises(ServerError, match=r"run scripts/system_packages.sh nothing"):
        find_program("no-such-program", "nothing")


def test_mosquitto_delivers_across_restart_and_kill(mosquitto: Mosquitto) -> None:
    assert deliver(mosquitto, "first") == b"first"
    mosquitto.restart()
    assert deliver(mosquitto, "second") == b"second"
    mosquitto.kill9()
    assert not mosquitto.running


def test_killed_mosquitto_is_back(mosquitto: Mosquitto) -> None:
    assert mosquitto.running
    assert deliver(mosquitto, "third") == b"third"


def deliver(mosquitto: Mosquitto, payload: str) -> bytes:
    received: queue.Queue[bytes] = queue.Queue()
    with mosquitto.client("ingest") as reader, mosquitto.client("simulator") as publisher:
        reader.on_message = lambda _client, _data, message: received.put(bytes(message.payload))
        subscribed: queue.Queue[int] = queue.Queue()
        reader.on_subscribe = lambda _client, _data, mid, _codes, _properties: subscribed.put(mid)
        reader.subscribe("self-test/#", qos=1)
        subscribed.get(timeout=WAIT_SECONDS)
        publisher.publish("self-test/device", payload, qos=1).wait_for_publish(WAIT_SECONDS)
        return received.get(timeout=WAIT_SECONDS)


def test_influxd_writes_and_reads(influxd: Influxd, bucket: Bucket) -> None:
    write(bucket, "reading,device=a value=1.5 1700000000000")
    assert read(bucket) == [1.5]
    influxd.restart()
    assert read(bucket) == [1.5]
    assert read(influxd.new_bucket()) == []
    assert bucket.store_url == f"influxdb://{influxd.token}@127.0.0.1:{influxd.port}/smartvoda/{bucket.name}"


def write(bucket: Bucket, line: str) -> None:
    with InfluxDBClient(bucket.url, bucket.token, org=bucket.org) as client:
        client.write_api(write_options=SYNCHRONOUS).write(bucket.name, record=line, write_precision="ms")


def read(bucket: Bucket) -> list[float]:
    with InfluxDBClient(bucket.url, bucket.token, org=bucket.org) as client:
        tables = client.query_api().query(f'from(bucket: "{bucket.name}") |> range(start: 0)')
        return [record.get_value() for table in tables for record in table.records]


def test_frozen_influxd_answers_nothing_until_resumed(influxd: Influxd) -> None:
    influxd.pause()
    with pytest.raises((TimeoutError, urllib.error.URLError)):
        urllib.request.urlopen(f"{influxd.url}/ready", timeout=0.5)
    influxd.resume()
    influxd.wait_ready()
    influxd.stop()
    assert not listens(influxd.port)


def test_stopped_influxd_is_back(influxd: Influxd) -> None:
    assert influxd.is_ready()


def test_postgres_serves_separate_databases(postgres: Postgres) -> None:
    first, second = (create_engine(postgres.new_database()) for _ in range(2))
    with first.begin() as connection:
        connection.execute(text("CREATE TABLE t (x int)"))
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    with second.connect() as connection:
        assert connection.execute(text("SELECT to_regclass('t')")).scalar_one() is None
    for engine in (first, second):
        engine.dispose()
    postgres.restart()


def test_postgres_has_no_password_less_superuser_beyond_loopback(postgres_url: str) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        row = connection.execute("SHOW listen_addresses").fetchone()
    assert row == ("127.0.0.1",)


def test_chromium_page_is_watched(new_page: NewPage) -> None:
    watched = new_page()
    watched.page.goto("data:text/html,<title>ahoj</title><p id=p>voda</p>")
    assert watched.page.title() == "ahoj"
    assert watched.page.text_content("#p") == "voda"
    watched.assert_clean()


def test_chromium_page_reports_outside_requests_and_errors(new_page: NewPage) -> None:
    watched = new_page()
    watched.page.goto("data:text/html,<img src='https://example.org/a.png'><script>setTimeout(() => nic())</script>")
    watched.page.wait_for_timeout(300)
    assert watched.outside_requests() == ["https://example.org/a.png"]
    assert any("nic is not defined" in error for error in watched.errors)
    with pytest.raises(AssertionError):
        watched.assert_clean()


def test_servers_die_with_killed_tests(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import pathlib, sys, time
        from tests.servers import Mosquitto, Postgres
        servers = [Mosquitto(pathlib.Path(sys.argv[1])), Postgres()]
        for server in servers:
            server.start()
        print(*(server.pid for server in servers), servers[1].folder, flush=True)
        time.sleep(600)
        """
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    owner = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    words = owner.stdout.readline().split()
    servers = [psutil.Process(int(word)) for word in words[:2]]
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    _, alive = psutil.wait_procs(servers, timeout=WAIT_SECONDS)
    assert alive == []
    deadline = time.monotonic() + WAIT_SECONDS
    while any(words[2] in " ".join(process.cmdline()) for process in other_processes()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    shutil.rmtree(words[2])


def other_processes() -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if process.info["cmdline"] and process.pid != os.getpid()
    ]
