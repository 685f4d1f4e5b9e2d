"""A publisher → mosquitto → ingest → InfluxDB → analyse → dashboard → Chromium, each a process of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import paho.mqtt.client as mqtt
import pytest

from models.reading import iso_z, to_ms
from smartvoda.clock import machine_clock
from smartvoda.settings import load
from smartvoda.wiring import open_parts
from tests.e2e import town
from tests.e2e.running import get_json, running, wait_for
from tests.servers.broker import Mosquitto
from tests.servers.fixtures import NewPage
from tests.servers.influx import Bucket
from tests.servers.process import free_port

BURST_M3H = 30.0
MINUTE = timedelta(minutes=1)
CHARTS = "[...document.querySelectorAll('.js-plotly-plot')].map(chart => chart.textContent)"


@dataclass
class Services:
    """Where the running services are, and when the imported history ends."""

    url: str
    history_end: datetime


@pytest.fixture
def services(tmp_path: Path, mosquitto: Mosquitto, bucket: Bucket) -> Iterator[Services]:
    region = town.write_region(tmp_path / "region")
    environment = {
        "SMARTVODA_DATA_DIR": str(tmp_path / "data"),
        "SMARTVODA_STORE_URL": bucket.store_url,
        "SMARTVODA_MQTT_URL": mosquitto.url,
        "SMARTVODA_MQTT_TOPICS": "lhota/#",
        "SMARTVODA_REGION": str(region),
        "SMARTVODA_PORT": str(free_port()),
    }
    end = machine_clock().now() - timedelta(minutes=40)
    import_history(tmp_path / "data", bucket.store_url, end)
    url = f"http://127.0.0.1:{environment['SMARTVODA_PORT']}"
    with (
        running(["ingest"], environment) as ingest,
        running(["analyse"], environment) as analyse,
        running(["dashboard"], environment) as dashboard,
    ):
        try:
            wait_for(lambda: (get_json(f"{url}/healthz") or {}).get("mqtt") == "connected", 60, "ingest is connected")
            yield Services(url, end)
        finally:
            for service in (ingest, analyse, dashboard):
                print("\n".join(service.errors[-30:]))


def import_history(data: Path, store_url: str, end: datetime) -> None:
    parts = open_parts(load(data_dir=data, store_url=store_url), "import")
    parts.store.write_series(town.history(end))
    parts.close()


def send(client: mqtt.Client, flow_m3h: float, moment: datetime) -> None:
    reading = {"device": town.INFLOW_METER, "quantity": "flow_m3h", "value": flow_m3h, "time": iso_z(moment)}
    client.publish("lhota/data", json.dumps(reading), qos=1).wait_for_publish(10)


def test_a_value_reaches_the_page_and_a_burst_becomes_an_event(
    services: Services, mosquitto: Mosquitto, new_page: NewPage
) -> None:
    watched = new_page()
    page = watched.page
    page.goto(f"{services.url}/devices/{town.INFLOW_METER}")
    page.wait_for_selector(".js-plotly-plot", timeout=30_000)
    with mosquitto.client() as client:
        now = machine_clock().now()
        minutes = [services.history_end + number * MINUTE for number in range(1, 40)]
        usual = town.expected_flow_m3h(np.array([to_ms(moment) for moment in minutes]))
        for moment, flow in zip(minutes, usual, strict=True):
            send(client, round(float(flow) + BURST_M3H, 2), moment)
        send(client, 77.7, now.replace(microsecond=0))
        page.wait_for_function(f"({CHARTS}).some(text => text.includes('77,7'))", timeout=20_000)
    event = wait_for(lambda: burst_of(services.url), 60, "the burst becomes an event")
    assert event["subject"] == town.ZONE
    assert event["state"] == "unacknowledged"
    assert event["loss_m3h"] == pytest.approx(BURST_M3H, rel=0.3)
    page.goto(f"{services.url}/events/{event['id']}")
    page.wait_for_function("document.body.innerText.includes('Lhota střed')", timeout=10_000)
    watched.assert_clean()
    stored = get_json(f"{services.url}/api/v1/devices/{town.INFLOW_METER}/readings?quantity=flow_m3h")
    assert stored["readings"][-1]["value"] == 77.7


def burst_of(url: str) -> dict[str, object] | None:
    events = (get_json(f"{url}/api/v1/events") or {}).get("events", [])
    # The town's day runs by UTC: the change from summer time may look like a burst of the past.
    return next((event for event in events if event["kind"] == "burst" and not event["found_later"]), None)
