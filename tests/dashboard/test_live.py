"""The live stream as its readers get it: nothing missed on a reconnect, nobody holds up the others, all end at once."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.config import DashboardConfig
from dashboard.live import hub as hubs
from dashboard.live.hub import Hub
from dashboard.live.points import gather, touched
from dashboard.visit import Rooms
from models.reading import Reading
from models.store import Change
from tests.dashboard.conftest import NOW
from tests.dashboard.filled import BURST_ZONE, Filled

MINUTE = timedelta(minutes=1)


@pytest.fixture
def hub(filled: Filled) -> Hub:
    return Hub(Rooms(filled.store, filled.records, filled.clock, DashboardConfig()))


def message(raw: bytes) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in raw.decode().strip().split("\n") if ": " in line)


async def until(
    stream: AsyncIterator[bytes], wanted: Callable[[dict[str, str]], bool], seconds: float = 8.0
) -> dict[str, str]:
    async with asyncio.timeout(seconds):
        async for raw in stream:
            found = message(raw)
            if wanted(found):
                return found
    raise AssertionError("the stream ended")


def names(found: dict[str, str]) -> set[str]:
    if found.get("event") != "points":
        return set()
    return {item.get("device", item.get("zone", "")) for item in json.loads(found["data"])["series"]}


def write(filled: Filled, device: str, *minutes: float, quantity: str = "level_m") -> str:
    """Readings so many minutes before now; the cursor after them."""
    filled.store.write([Reading(device, quantity, 1.0 + m, NOW - m * MINUTE, source="test") for m in minutes])
    return filled.store.head()


def test_what_arrives_is_sent_with_the_feed_s_cursor(hub: Hub, filled: Filled) -> None:
    async def look() -> None:
        stream = hub.stream("")
        await until(stream, lambda found: found.get("event") == "status")
        cursor = write(filled, "live-1", 1)
        found = await until(stream, lambda found: "live-1" in names(found))
        assert found["id"] == cursor
        await stream.aclose()

    asyncio.run(look())
    hub.close()


def test_a_reconnect_gets_what_came_meanwhile_on_any_worker(hub: Hub, filled: Filled) -> None:
    cursor = write(filled, "live-2", 5)
    write(filled, "live-3", 4)
    write(filled, "live-4", 3)

    async def look() -> None:
        stream = hub.stream(cursor)
        seen: set[str] = set()

        def all_seen(found: dict[str, str]) -> bool:
            seen.update(names(found))
            return {"live-3", "live-4"} <= seen

        await until(stream, all_seen)
        assert "live-2" not in seen
        await stream.aclose()

    asyncio.run(look())
    hub.close()


def test_late_readings_are_sent_too(hub: Hub, filled: Filled) -> None:
    cursor = write(filled, "live-5", 1)
    write(filled, "live-5", 600)

    async def look() -> None:
        stream = hub.stream(cursor)
        found = await until(stream, lambda found: "live-5" in names(found))
        (item,) = json.loads(found["data"])["series"]
        assert item["x"] == ["2026-11-25T00:42:00"]
        await stream.aclose()

    asyncio.run(look())
    hub.close()


@pytest.mark.parametrize("cursor", ["nonsense", '{"other": 99}', "{}", "[1]"])
def test_a_cursor_of_another_store_means_load_again_or_everything(hub: Hub, cursor: str) -> None:
    async def look() -> None:
        stream = hub.stream(cursor)
        found = await until(stream, lambda found: found.get("event") in ("reload", "points", "status"))
        assert found["event"]
        await stream.aclose()

    asyncio.run(look())
    hub.close()


def test_a_slow_reader_is_told_to_load_again_and_the_others_go_on(
    hub: Hub, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "QUEUE_LIMIT", 3)

    async def look() -> None:
        slow, quick = hub.stream(""), hub.stream("")
        await until(slow, lambda found: found.get("event") == "tick")
        await until(quick, lambda found: found.get("event") == "tick")
        for k in range(8):
            write(filled, f"slow-{k}", 1)
            await until(quick, lambda found, k=k: f"slow-{k}" in names(found))  # type: ignore[misc] # binds k
        found = await until(slow, lambda found: found.get("event") == "reload")
        assert found["id"]
        await quick.aclose()

    asyncio.run(look())
    hub.close()


def test_closing_ends_every_stream_at_once(hub: Hub) -> None:
    async def look() -> float:
        streams = [hub.stream("") for _ in range(3)]
        for stream in streams:
            await until(stream, lambda found: found.get("event") == "tick")

        async def drain(stream: AsyncIterator[bytes]) -> None:
            async for _ in stream:
                pass

        tasks = [asyncio.create_task(drain(stream)) for stream in streams]
        await asyncio.sleep(0.1)
        began = time.monotonic()
        hub.close()
        await asyncio.wait_for(asyncio.gather(*tasks), 5)
        return time.monotonic() - began

    assert asyncio.run(look()) < 1.5
    assert hub.readers == 0


def test_ranges_are_joined_and_history_left_out() -> None:
    since = NOW - timedelta(hours=48)

    def change(first: float, last: float, device: str = "a") -> Change:
        return Change("w", 1, device, "flow_m3h", NOW - first * MINUTE, NOW - last * MINUTE, NOW)

    spans = touched([change(30, 20), change(10, 5), change(99999, 99998, "old"), change(99999, 1, "long")], since)
    assert set(spans) == {("a", "flow_m3h"), ("long", "flow_m3h")}
    assert spans["a", "flow_m3h"] == (NOW - 30 * MINUTE, NOW - 5 * MINUTE + timedelta(milliseconds=1))
    assert spans["long", "flow_m3h"][0] == since


def test_a_flow_meter_moves_its_zone_s_net_inflow(filled: Filled) -> None:
    region = filled.region
    point = region.zone[BURST_ZONE].inflows[0]
    device = region.assignments_of_point[point][0].device
    last = filled.store.last([(device, "flow_m3h")])[(device, "flow_m3h")]
    at = last.time + 5 * MINUTE
    filled.store.write([Reading(device, "flow_m3h", 61.5, at, source="test")])
    ranges = [Change("w", 1, device, "flow_m3h", at, at, NOW)]
    found = gather(filled.store, region, ranges, NOW - timedelta(hours=48))
    kinds = {("zone" if "zone" in item else "device"): item for item in found["series"]}  # type: ignore[attr-defined]
    assert kinds["device"]["y"] == [61.5]
    assert kinds["zone"]["zone"] == BURST_ZONE
    assert kinds["zone"]["y"]
    unknown = replace(region, zones=(), points=(), assignments=())
    assert len(gather(filled.store, unknown, ranges, NOW - timedelta(hours=48))["series"]) == 1  # type: ignore[arg-type]
