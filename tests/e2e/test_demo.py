"""The demonstration as a presenter uses it: embedded broker, SQLite, a pipe burst on stage and found."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psutil
import pytest

from ingest.one_shot import publish_once
from models.reading import iso_z
from smartvoda.clock import machine_clock
from tests.e2e.running import Command, get_json, running, wait_for
from tests.servers.browser import WatchedPage
from tests.servers.fixtures import NewPage
from tests.servers.process import free_port, listens

SPEED = 30
BURST_M3H = 20.0


@dataclass
class Demo:
    """A running demonstration at SPEED."""

    command: Command
    url: str
    broker: str
    arguments: list[str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("a demo")
    port = free_port()
    arguments = ["demo", "--no-browser", "--speed", str(SPEED), "--data-dir", str(folder)]
    arguments += ["--port", str(free_port()), "--mqtt-port", str(port)]
    with running(arguments, {}) as command:
        url = command.wait_for_line("ready:", 180).removeprefix("ready:").strip()
        yield Demo(command, url, f"mqtt://127.0.0.1:{port}", arguments)


def readings(demo: Demo, device: str) -> list[dict[str, Any]]:
    answer = get_json(f"{demo.url}/api/v1/devices/{device}/readings") or {}
    return list(answer.get("readings", []))


def test_everything_listens_on_loopback_only(demo: Demo) -> None:
    parent = psutil.Process(demo.command.process.pid)
    for process in (parent, *parent.children(recursive=True)):
        for connection in process.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN:
                assert connection.laddr.ip == "127.0.0.1"


def test_a_visitors_own_meter_is_understood_and_shown_as_new(demo: Demo, new_page: NewPage) -> None:
    reading = {"device": "GUEST-1", "quantity": "volume_m3", "value": 12.345, "time": iso_z(machine_clock().now())}
    publish_once(demo.broker, "guest/meter", json.dumps(reading).encode())
    stored = wait_for(lambda: readings(demo, "GUEST-1"), 20, "the reading is stored")
    assert [(item["value"], item["source"]) for item in stored] == [(12.345, "smartvoda")]
    watched = new_page()
    wait_for(lambda: arrived(demo, watched, "GUEST-1"), 20, "the meter is shown")
    watched.assert_clean()


def test_a_payload_nobody_understands_is_kept_and_shown(demo: Demo, new_page: NewPage) -> None:
    publish_once(demo.broker, "guest/riddle", b"\x00\x01what is this?")
    watched = new_page()
    wait_for(lambda: arrived(demo, watched, "guest/riddle"), 20, "the payload is shown")


def arrived(demo: Demo, watched: WatchedPage, words: str) -> bool:
    """Whether the page of new devices and refused payloads, opened now, says so."""
    watched.page.goto(f"{demo.url}/new")
    watched.page.wait_for_function("document.body.innerText.length > 200")
    return words in watched.page.inner_text("body")


@pytest.mark.timeout(420)
def test_a_pipe_burst_by_the_button_is_found_by_the_product(demo: Demo, new_page: NewPage) -> None:
    zone = quiet_zone(demo)
    watched = new_page()
    watched.page.goto(f"{demo.url}/zones/{zone}")
    assert "SIMULACE" in watched.page.inner_text("body")
    watched.page.get_by_role("button", name="Nechat prasknout řad").click()
    event = wait_for(lambda: burst_in(demo, zone), 240, "the burst becomes an event")
    assert event["loss_m3h"] == pytest.approx(BURST_M3H, rel=0.5)
    assert event["state"] == "unacknowledged"
    watched.page.goto(f"{demo.url}/events/{event['id']}")
    watched.page.get_by_role("button", name="Kvitovat").first.click()
    wait_for(lambda: (burst_in(demo, zone) or {}).get("state") == "acknowledged", 20, "it is acknowledged")
    watched.assert_clean()


def quiet_zone(demo: Demo) -> str:
    """A zone of the region in which nothing is going on."""
    events = (get_json(f"{demo.url}/api/v1/events") or {}).get("events", [])
    busy = {event["subject"] for event in events if event["case"] != "closed"}
    return next(zone for zone in ("decin-bynov", "most-lisci-vrch", "teplice-prosetice") if zone not in busy)


def burst_in(demo: Demo, zone: str) -> dict[str, Any] | None:
    events = (get_json(f"{demo.url}/api/v1/events") or {}).get("events", [])
    return next((e for e in events if e["subject"] == zone and e["kind"] == "burst" and e["case"] != "closed"), None)


def test_a_taken_port_is_one_line_that_says_what_to_do(demo: Demo) -> None:
    with running(demo.arguments, {}) as second:
        assert second.process.wait(60) == 1
    assert len(second.errors) == 1
    assert second.errors[0].startswith("smartvoda: web.port_taken:")
    assert "--port" in second.errors[0]


def test_killing_it_leaves_no_orphan(demo: Demo) -> None:
    """Last of all: kill -9 of the parent ends every process of it, and frees its ports."""
    parent = psutil.Process(demo.command.process.pid)
    family = parent.children(recursive=True)
    assert len(family) >= 3
    os.kill(parent.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=15)
    assert alive == []
    wait_for(lambda: not listens(int(demo.broker.rsplit(":", 1)[1])), 5, "the broker's port is free")
