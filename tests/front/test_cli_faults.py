"""What hinders a start is one line that says what to do, never a traceback."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from smartvoda.settings import load
from smartvoda.wiring import open_parts
from tests.e2e import town
from tests.front.commands import Answer, call, environment
from tests.servers.broker import Mosquitto
from tests.servers.influx import Bucket
from tests.servers.process import free_port

SERVICES = ("ingest", "analyse", "dashboard", "serve")

WRONG_SETTINGS = [
    ("port", "seventy", "port (SMARTVODA_PORT): ", "Port of the dashboard"),
    ("port", "0", "greater than or equal to 1", "Port of the dashboard"),
    ("mqtt_version", "4", "'3.1.1' or '5'", "Version of MQTT"),
    ("mqtt_topics", "a/#/b", "'a/#/b' is no topic filter", "separated by commas"),
    ("mqtt_topics", " , ", "'' is no topic filter", "separated by commas"),
    ("mqtt_ca", "/nowhere/ca.pem", "mqtt_ca (SMARTVODA_MQTT_CA): ", "certificate authority"),
    ("timezone", "Mars/Base", "'Mars/Base' is no time zone, for example Europe/Prague", "payload times"),
    ("instance", "../other", "instance (SMARTVODA_INSTANCE): ", "Name of this ingest"),
    ("spool_limit_mb", "-1", "spool_limit_mb (SMARTVODA_SPOOL_LIMIT_MB): ", "Disk that readings"),
    ("store_url", "mysql://host/db", "store mysql: is not known", "influxdb://TOKEN@host:8086/organisation/bucket"),
    ("store_url", "influxdb://host:8086/org", "not named whole", "influxdb://TOKEN@host:8086/organisation/bucket"),
    ("store_url", "influxdb://t@host:80x6/org/b", "can't be read", "influxdb://TOKEN@host:8086/organisation/bucket"),
    ("log_level", "loud", "'debug', 'info', 'warning' or 'error'", "How much is logged"),
]


@pytest.mark.parametrize(("name", "value", "wrong", "cure"), WRONG_SETTINGS)
def test_a_wrong_setting_names_itself_and_what_it_takes(
    name: str, value: str, wrong: str, cure: str, tmp_path: Path
) -> None:
    answer = call("region", "export", tmp_path / "out", **{"data_dir": tmp_path, name: value})
    assert answer.code == 2
    line = answer.one_line()
    assert line.startswith("settings.")
    assert wrong in line
    assert cure in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_stops_at_a_wrong_setting(service: str, tmp_path: Path) -> None:
    answer = call(service, data_dir=tmp_path, store_url="influxdb://secret-token@host:80x6/org/b", port=free_port())
    assert answer.code == 2
    assert answer.one_line().startswith("settings.store_url: ")
    assert "secret-token" not in answer.err


@pytest.mark.parametrize("url", ["http://broker", "mqtt://", "broker:1883"])
def test_a_wrong_broker_url_is_one_line(url: str, tmp_path: Path) -> None:
    for command in ("check", "ingest"):
        answer = last_line(call(command, "--broker", url, data_dir=tmp_path))
        assert answer.startswith("mqtt.bad_url: ")
        assert "mqtt://user:password@host:1883" in answer


def last_line(answer: Answer) -> str:
    """The line that a service ended with; lines of its log may come before. It must not be a traceback."""
    assert answer.code == 1
    assert "Traceback" not in answer.err
    return answer.err.splitlines()[-1].removeprefix("smartvoda: ")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


@pytest.mark.parametrize("command", ["dashboard", "serve", "demo"])
def test_a_taken_dashboard_port_names_the_way_out(command: str, taken: int, tmp_path: Path) -> None:
    answer = call(command, "--port", taken, data_dir=tmp_path)
    assert answer.code == 1
    assert answer.one_line() == (
        f"web.port_taken: 127.0.0.1:{taken} can't be used (Address already in use); choose another with --port"
    )


def test_an_address_of_another_machine_is_one_line(tmp_path: Path) -> None:
    answer = call("dashboard", "--host", "192.0.2.1", "--port", free_port(), data_dir=tmp_path)
    assert answer.code == 1
    assert answer.one_line().startswith("web.address: this machine has no address 192.0.2.1")


def test_a_taken_broker_port_of_the_demo_names_the_way_out(taken: int, tmp_path: Path) -> None:
    answer = call("demo", "--no-browser", "--port", free_port(), "--mqtt-port", taken, data_dir=tmp_path)
    assert answer.code == 1
    assert answer.one_line().startswith(f"broker.port_taken: port {taken} of 127.0.0.1 is in use")
    assert "--mqtt-port" in answer.err


@pytest.mark.parametrize("service", ["ingest", "analyse"])
def test_a_taken_health_port_is_one_line(service: str, taken: int, tmp_path: Path) -> None:
    answer = call(service, data_dir=tmp_path, health_port=taken)
    assert answer.code == 1
    assert answer.one_line().startswith(f"health.port_taken: port {taken} can't be used")


def test_a_simulator_without_a_broker_is_one_line(tmp_path: Path) -> None:
    region = town.write_region(tmp_path / "region")
    port = free_port()
    answer = call("simulate", "--broker", f"mqtt://127.0.0.1:{port}", "--region", region, data_dir=tmp_path / "data")
    assert last_line(answer).startswith(f"simulator.broker: no broker answers at 127.0.0.1:{port}")


def test_a_data_folder_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for command in (("ingest",), ("region", "export", tmp_path / "out")):
        answer = call(*command, data_dir=tmp_path / "file" / "data")
        assert answer.code == 1
        assert answer.one_line() == (
            f"data_dir.unusable: {tmp_path}/file/data: Not a directory; choose another with --data-dir"
        )


def test_a_data_folder_that_may_not_be_written_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o500)
    # As root too: without the capability that lets root write anywhere.
    without = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
    command = [*without, sys.executable, "-m", "smartvoda", "ingest"]
    done = subprocess.run(
        command, capture_output=True, env=environment(data_dir=folder), text=True, timeout=60, check=False
    )
    assert (
        Answer(done.returncode, done.stdout, done.stderr)
        .one_line()
        .startswith(f"data_dir.unusable: {folder} may not be written to")
    )
    assert done.returncode == 1


@pytest.mark.parametrize("service", ["ingest", "analyse"])
def test_records_of_a_newer_program_are_left_alone(service: str, tmp_path: Path) -> None:
    region = town.write_region(tmp_path / "region")
    call("region", "load", region, data_dir=tmp_path)
    with sqlite3.connect(tmp_path / "records.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    answer = last_line(call(service, data_dir=tmp_path))
    assert answer.startswith("records.newer: ")
    with sqlite3.connect(tmp_path / "records.db") as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_readings_of_a_newer_program_are_left_alone(tmp_path: Path) -> None:
    call("region", "load", town.write_region(tmp_path / "region"), data_dir=tmp_path)
    with sqlite3.connect(tmp_path / "readings.db") as database:
        database.execute("PRAGMA user_version = 9999")
    assert last_line(call("ingest", data_dir=tmp_path)).startswith("store.version: ")


@pytest.mark.parametrize("file", ["records.db", "readings.db"])
@pytest.mark.parametrize("service", ["ingest", "analyse", "dashboard"])
def test_a_damaged_database_is_named(file: str, service: str, tmp_path: Path) -> None:
    call("region", "load", town.write_region(tmp_path / "region"), data_dir=tmp_path)
    (tmp_path / file).write_bytes(b"no database at all" * 1000)
    answer = last_line(call(service, data_dir=tmp_path, port=free_port()))
    assert answer.startswith("records.unavailable: " if file == "records.db" else "store.damaged: ")
    assert str(tmp_path / file) in answer


def test_a_second_ingest_on_one_folder_is_told_so(tmp_path: Path) -> None:
    url = f"mqtt://127.0.0.1:{free_port()}"
    with closing(open_parts(load(data_dir=tmp_path), "first")) as parts, closing(parts.spool()):
        answer = last_line(call("ingest", data_dir=tmp_path, mqtt_url=url))
    assert answer.startswith("spool.locked: ")
    assert "instance" in answer


@pytest.mark.parametrize("service", ["ingest", "serve"])
def test_wrong_broker_credentials_end_it_at_once(service: str, mosquitto: Mosquitto, tmp_path: Path) -> None:
    url = mosquitto.url.replace(mosquitto.passwords["ingest"], "wrong")
    answer = last_line(call(service, data_dir=tmp_path, mqtt_url=url, port=free_port()))
    assert answer.startswith(f"mqtt.refused: broker 127.0.0.1:{mosquitto.port} refuses")
    assert "wrong" not in answer


def test_a_certificate_that_is_none_is_one_line(mosquitto: Mosquitto, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    url = mosquitto.url.replace("mqtt://", "mqtts://")
    answer = call("check", data_dir=tmp_path / "data", mqtt_url=url, mqtt_ca=tmp_path / "ca.pem")
    assert (answer.code, answer.out) == (1, "")
    (line,) = answer.err.splitlines()
    assert line.startswith("mqtt.tls: ")


@pytest.mark.parametrize("service", ["analyse", "dashboard"])
def test_a_wrong_token_of_the_store_ends_it_at_once(service: str, bucket: Bucket, tmp_path: Path) -> None:
    url = bucket.store_url.replace(bucket.token, "another-token")
    answer = last_line(call(service, data_dir=tmp_path, store_url=url, port=free_port()))
    assert answer.startswith("store.denied: ")
    assert "check token, organisation and bucket" in answer
    assert "another-token" not in answer
