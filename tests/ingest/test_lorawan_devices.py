"""Byte codecs: whatever bytes a device sends, readings or a reason; and what a meter's frames say together."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoders import Decoded
from ingest.decoders.devices import axioma, lobaro_bridge, mbus_payload
from ingest.decoders.devices.codec import Codec, Uplink, signed, take
from ingest.decoders.devices.table import CODECS
from ingest.decoders.memory import Memory
from ingest.decoders.message import DecodeContext, Problem
from ingest.decoders.result import Result
from ingest.decoders.time import Moment
from models.errors import RefusedError
from tests.ingest.test_any_bytes import hold_to_contract

SECONDS = 0.5
PORTS = (
    st.none()
    | st.sampled_from([0, 1, 2, 3, 5, 6, 9, 10, 11, 12, 85, 100, 101, 103, 125, 136, 223])
    | st.integers(0, 255)
)
STARTS = [b"", b"\x78\x44\x6d", b"\x7a\x08\0\0\0", b"\x72", b"\x11", b"\x44", b"\x01\x75", b"\x01\x67"]


def run(codec: Codec, data: bytes, port: int | None, received: datetime) -> Decoded:
    result = Result("test", DecodeContext())
    take(codec, Uplink("70b3d5e75e0a1b01", port, data, codec.models[0], Moment(received, "payload")), result)
    return result.finish(Problem("decode.no_reading", "nothing"))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(STARTS), st.binary(max_size=70), PORTS)
@pytest.mark.parametrize("codec", CODECS, ids=[codec.name for codec in CODECS])
def test_any_bytes_give_readings_or_a_reason(codec: Codec, start: bytes, data: bytes, port: int | None) -> None:
    begin = time.thread_time()
    with suppress(RefusedError):
        hold_to_contract(run(codec, start + data, port, datetime(2026, 11, 24, 10, tzinfo=UTC)))
    assert time.thread_time() - begin < SECONDS


AXIOMA_WITH_TEMPERATURE = str.split(
    """F9BEE668007D620D006005D0EFE56809530D003602E3007C00CD008700490086005C00AA000301510108027B016501
    7D2FE7680096640D0076055060E6681D590D00AA000301510108027B016501E801F100710027000A00010004000400
    BE67E7680074690D0062059098E668235E0D007B016501E801F100710027000A0001000400040035002F0184017301
    41D8E768003A6E0D0056051009E7687F640D000400040035002F0184017301BE009B00500063004400AA00AA00F300
    0681E8680094760D008305D0B1E768DC6B0D00AA00F3001B017801CF017D011801390146002A004300160005000800"""
)
"""One meter over two days: diwise/iot-agent, decoder.qalcosonic_test.go."""


def test_frames_of_one_meter_tell_one_history() -> None:
    volumes: dict[datetime, float] = {}
    for frame in AXIOMA_WITH_TEMPERATURE:
        decoded = run(axioma.CODEC, bytes.fromhex(frame), 100, datetime(2025, 10, 10, 6, tzinfo=UTC))
        for reading in decoded.readings:
            if reading.quantity == "volume_m3" and reading.value is not None:
                assert volumes.setdefault(reading.time, reading.value) == reading.value
    history = [volumes[at] for at in sorted(volumes)]
    assert history == sorted(history)
    assert len(history) == 52
    whole_hours = [at for at in sorted(volumes) if at.minute == at.second == 0]
    assert max(b - a for a, b in pairwise(whole_hours)) < timedelta(hours=13)


@pytest.mark.parametrize("length", [43, 45, 47, 51])
def test_frames_decrypted_with_a_wrong_key_give_nothing(length: int) -> None:
    noise = random.Random(length)
    for _ in range(500):
        with pytest.raises(RefusedError):
            run(axioma.CODEC, noise.randbytes(length), 100, datetime(2026, 11, 24, 10, tzinfo=UTC))


@given(st.lists(st.integers(0, 0xFFFE), min_size=1, max_size=16), st.integers(0, 2**31 - 2))
def test_a_profile_goes_back_from_the_register_in_whole_hours(steps: list[int], register: int) -> None:
    """44 6D date and time, 44 13 register [l], 4D 93 13 profile of two bytes an hour."""
    profile = b"".join(step.to_bytes(2, "little") for step in steps)
    frame = (
        bytes.fromhex("78446D002CFD284413")
        + register.to_bytes(4, "little")
        + bytes([0x4D, 0x93, 0x13, len(profile) + 2, 0x62, 0x01])
        + profile
    )
    decoded = run(mbus_payload.CODEC, frame, 1, datetime(2023, 8, 29, 12, 10, tzinfo=UTC))
    values = {reading.time: reading.value for reading in decoded.readings}
    times = sorted(values, reverse=True)
    assert [a - b for a, b in pairwise(times)] == [timedelta(hours=1)] * len(steps)
    litres = [round((values[at] or 0.0) * 1000) for at in times]
    assert litres == [register - sum(steps[:n]) for n in range(len(steps) + 1)]


TELEGRAM = bytes.fromhex("1e44ae4c9956341268077a360010002f2f0413181e0000023b00002f2f2f2f")
"""wmbusmeters, drivers/src/iperl.xmq."""


def through_the_bridge(memory: Memory, port: int, counter: int, data: bytes, minute: int = 0) -> list[float | None]:
    context = DecodeContext(memory=memory)
    result = Result("test", context)
    moment = Moment(datetime(2026, 11, 24, 10, minute, tzinfo=UTC), "payload")
    try:
        take(lobaro_bridge.CODEC, Uplink("bridge", port, data, "lobaro", moment, context, counter), result)
    except RefusedError as refused:
        if refused.code != "decode.no_reading":
            raise
        return []
    readings = result.finish(Problem("decode.no_reading", "nothing")).readings
    return [r.value for r in readings if (r.device, r.quantity) == ("12345699", "volume_m3")]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (0, 0, 1, 2)])
def test_a_telegram_in_parts_is_whole_once_the_last_has_come(order: tuple[int, ...]) -> None:
    memory = Memory()
    parts = [TELEGRAM[:12], TELEGRAM[12:24], TELEGRAM[24:]]
    came = [through_the_bridge(memory, 10 * n + 13, 7 + n, parts[n]) for n in order]
    assert came == [[]] * (len(order) - 1) + [[7.704]]


def test_parts_of_two_telegrams_are_never_put_together() -> None:
    memory = Memory()
    assert through_the_bridge(memory, 12, 7, TELEGRAM[:15]) == []
    assert through_the_bridge(memory, 22, 9, TELEGRAM[15:]) == []  # one frame of each was lost
    assert through_the_bridge(memory, 22, 8, TELEGRAM[15:], minute=59) == [7.704]
    with pytest.raises(RefusedError, match="the others are not at hand"):
        run(lobaro_bridge.CODEC, TELEGRAM[:15], 12, datetime(2026, 11, 24, 10, tzinfo=UTC))


def test_a_frame_that_nothing_names_is_taken_only_where_it_can_be_no_other() -> None:
    hour = timedelta(hours=1)
    frame = bytes.fromhex(AXIOMA_WITH_TEMPERATURE[-1])
    sent = datetime(2025, 10, 10, 3, 44, tzinfo=UTC)

    def told(data: bytes, port: int, received: datetime) -> bool:
        uplink = Uplink("70b3d5e75e0a1b01", port, data, "", Moment(received, "payload"))
        return signed(uplink, CODECS) is axioma.CODEC

    assert told(frame, 100, sent + hour)
    assert not told(frame, 101, sent + hour)
    assert not told(frame, 100, sent + 48 * hour)
    noise = random.Random(7)
    assert not any(told(frame[:4] + noise.randbytes(43), 100, sent + hour) for _ in range(2000))
