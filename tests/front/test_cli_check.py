"""`smartvoda check`: faults with their place and cure."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from smartvoda.sample import sample_region
from tests.e2e import town
from tests.front.commands import call, run
from tests.servers.broker import Mosquitto
from tests.servers.influx import Bucket
from tests.servers.process import free_port

PLACES = [
    ("zones.csv", "12.5", "12 km", "zones.csv, row 2, mains_km: '12 km'", "[region.bad_number]"),
    ("zones.csv", "LHO-1-IN", "LHO-1-INN", "zones.csv, row 2, inflows: ", "[region."),
    (
        "devices.csv",
        "q3_m3h",
        "q3_m3",
        "devices.csv, row 1, q3_m3: column 'q3_m3' is not known; did you mean",
        "column]",
    ),
    ("assignments.csv", "2024-01-01", "1.1.2024", "assignments.csv, row 2, from: '1.1.2024'", "[region.bad_time]"),
    ("region.toml", "Europe/Prague", "Mars/Base", "region.toml, timezone: ", "[region.bad_timezone]"),
]


@pytest.mark.parametrize(("file", "old", "new", "place", "code"), PLACES)
def test_a_fault_names_file_row_column_and_cure(
    file: str, old: str, new: str, place: str, code: str, tmp_path: Path
) -> None:
    folder = town.write_region(tmp_path)
    text = (folder / file).read_text(encoding="utf-8")
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    answer = call("check", folder)
    assert (answer.code, answer.out) == (1, "")
    line = next(line for line in answer.err.splitlines() if line.startswith(place))
    assert code in line


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    folder = town.write_region(tmp_path)
    for file, old, new, *_ in PLACES[:3]:
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert len(call("check", folder).err.splitlines()) >= 2


def test_rules_of_sources_are_checked_down_to_dialect_and_unit(tmp_path: Path) -> None:
    folder = town.write_region(tmp_path)
    rules = """
[[source]]
topic_filter = "plc/#"
dialect = "modbus"

[[source]]
topic_filter = "plc/7/#"
mapping = { "m.p1" = "pressure_m l/s" }
"""
    (folder / "sources.toml").write_text(rules, encoding="utf-8")
    answer = call("check", folder)
    assert answer.code == 1
    for place, code in (
        ("sources.toml, row 1, dialect: 'modbus' is no dialect", "[region.unknown_dialect]"),
        ("sources.toml, row 2, mapping: 'm.p1': 'l/s' is no unit of pressure_m", "[region.bad_mapping]"),
        ("sources.toml, row 2, topic_filter: 'plc/7/#' lies within", "[region.hidden_source]"),
    ):
        assert any(line.startswith(place) and code in line for line in answer.err.splitlines()), place


def test_a_good_region_is_said_to_be_good() -> None:
    answer = run("check", sample_region())
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.endswith(": files are in order\n")


def test_dead_connections_are_named_each_with_its_cure(tmp_path: Path) -> None:
    store, broker = free_port(), free_port()
    answer = call(
        "check",
        "--broker",
        f"mqtt://me:topsecret@127.0.0.1:{broker}",
        data_dir=tmp_path,
        store_url=f"influxdb://hidden-token@127.0.0.1:{store}/org/bucket",
    )
    assert (answer.code, answer.out) == (1, "")
    first, second = answer.err.splitlines()
    assert first.startswith(f"store.unreachable: InfluxDB at http://127.0.0.1:{store} can't be reached")
    assert second.startswith(f"mqtt.unreachable: no MQTT broker at 127.0.0.1:{broker}")
    assert "topsecret" not in answer.err
    assert "hidden-token" not in answer.err


def test_a_dead_database_is_named_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://me:topsecret@127.0.0.1:{free_port()}/smartvoda"
    answer = call("check", data_dir=tmp_path, database_url=url, mqtt_url=f"mqtt://127.0.0.1:{free_port()}")
    assert answer.code == 1
    first, _ = answer.err.splitlines()
    assert first.startswith("records.unavailable: ")
    assert "topsecret" not in first


def test_a_port_that_is_no_broker_is_told_from_a_dead_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = call("check", data_dir=tmp_path, mqtt_url=f"mqtt://127.0.0.1:{silent.getsockname()[1]}")
    assert answer.code == 1
    (line,) = answer.err.splitlines()
    assert line.startswith("mqtt.silent: ")


def test_wrong_credentials_are_told_from_dead_servers(tmp_path: Path, mosquitto: Mosquitto, bucket: Bucket) -> None:
    answer = call(
        "check",
        data_dir=tmp_path,
        store_url=bucket.store_url.replace(bucket.token, "another"),
        mqtt_url=mosquitto.url.replace(mosquitto.passwords["ingest"], "wrong"),
    )
    assert answer.code == 1
    assert [line.split(":")[0] for line in answer.err.splitlines()] == ["store.denied", "mqtt.refused"]


def test_everything_in_order_is_said_in_one_line(tmp_path: Path, mosquitto: Mosquitto, bucket: Bucket) -> None:
    answer = call("check", data_dir=tmp_path, store_url=bucket.store_url, mqtt_url=mosquitto.url)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == "settings, database, store and broker are in order\n"
