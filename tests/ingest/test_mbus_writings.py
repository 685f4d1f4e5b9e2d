"""Receivers write a telegram in many ways; all mean the same."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from ingest.decoders import DecodeContext, Decoded, Message, decode, mbus, wmbus
from ingest.decoders.document import Document
from ingest.mbus.crc import crc
from models.errors import RefusedError
from tests.ingest.test_mbus import IPERL, with_sums_a, with_sums_b

RECEIVED = datetime(2026, 11, 24, 10, tzinfo=UTC)
WIRED = bytes.fromhex("681B1B6808017207201800E61E35074C0000000C78072018000C16690200009616")
HEX = IPERL.hex()


def decoded(payload: bytes | str | object, topic: str = "wmbus/raw") -> Decoded:
    if not isinstance(payload, (bytes, str)):
        payload = json.dumps(payload)
    return decode(
        Message(topic, payload if isinstance(payload, bytes) else payload.encode(), RECEIVED), DecodeContext()
    )


def register(result: Decoded) -> tuple[str, float | None]:
    return next((found.device, found.value) for found in result.readings if found.quantity == "volume_m3")


@pytest.mark.parametrize(
    "payload",
    [
        IPERL,
        with_sums_a(IPERL),
        with_sums_b(IPERL),
        HEX,
        HEX.upper(),
        f"  {HEX}\r\n",
        f'"{HEX}"',
        IPERL.hex(" ").upper(),
        IPERL.hex(":"),
        IPERL.hex("-"),
        "0x" + HEX,
        " ".join(f"0x{byte:02X}" for byte in IPERL),
        IPERL.hex(" ", 16).replace(" ", "\n"),
        f"telegram=|{HEX[:30]}_{HEX[30:]}|+17",
        f"|{HEX}|",
        "b" + with_sums_a(IPERL).hex().upper() + "8003",
        "bY" + with_sums_b(IPERL).hex().upper() + "8003",
        "543D" + with_sums_a(IPERL).hex(),
        HEX[2:],
        base64.b64encode(IPERL),
        base64.b64encode(with_sums_a(IPERL)),
        base64.urlsafe_b64encode(IPERL).rstrip(b"="),
        f"C1;1;1;2026-11-24 10:58:42.000;97;148;12345699;0x{HEX}",
        f"T1;1;1;2026-11-24 10:58:42.000000;97;148;12345699;0x{HEX}\n",
        {"telegram": HEX},
        {"Telegram": IPERL.hex(" ")},
        {"data": base64.b64encode(IPERL).decode()},
        {"mode": "T1", "rssi": -70, "frame": HEX.upper(), "t": 1795514400},
        {"payload": {"raw": HEX}},
        {"wmbus": {"telegram": HEX, "lqi": 80}},
        {"telegrams": [HEX]},
        {"topic": "x", "payload": {"type": "Buffer", "data": list(IPERL)}},
        HEX + "\0",
        {"telegrams": [{"hex": HEX}]},
        [{"telegram": HEX, "time": "2026-11-24T09:00:00Z"}],
        {"model": "Wireless-MBus", "mode": "T", "M": "SEN", "id": 12345699, "version": 104, "type": 7, "data": HEX},
    ],
)
def test_radio_telegrams_in_all_writings(payload: object) -> None:
    assert register(decoded(payload)) == ("12345699", 7.704)


@pytest.mark.parametrize(
    "payload",
    [
        WIRED,
        WIRED + b"\xe5",
        b"\xe5" + WIRED,
        WIRED.hex(),
        WIRED.hex(" ").upper(),
        f"{WIRED.hex()}\n{WIRED.hex()}",
        base64.b64encode(WIRED),
        {"frame": WIRED.hex(" ")},
        {"port": 1, "data": base64.b64encode(WIRED).decode()},
    ],
)
def test_wired_frames_in_all_writings(payload: object) -> None:
    assert register(decoded(payload, "mbus/serial0")) == ("00182007", 269.0)


def test_the_receivers_time_holds_before_the_meters() -> None:
    q400 = "2E4409077272727210077AD71020052F2F046D040D742C041377000000446D0000612C4413000000002F2F2F2F2F2F"
    for payload, time, source in (
        (q400, datetime(2019, 12, 20, 12, 4, tzinfo=UTC), "payload"),
        ({"telegram": q400, "timestamp": "2026-11-24T09:59:00Z"}, datetime(2026, 11, 24, 9, 59, tzinfo=UTC), "payload"),
        ({"telegram": q400, "timestamp": "1970-01-01T00:00:07Z"}, datetime(2019, 12, 20, 12, 4, tzinfo=UTC), "payload"),
        (HEX, RECEIVED, "received"),
    ):
        now = decoded(payload).readings[0]
        assert (now.time, now.time_source) == (time, source)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (HEX[:-1], "decode.bad_frame"),
        (HEX[:-6], "decode.bad_frame"),
        (HEX[:40], "decode.bad_frame"),
        (HEX + "00" * 5, "decode.bad_frame"),
        (HEX[:30] + "ZZ" + HEX[32:], "decode.bad_frame"),
        (WIRED.hex()[:-2], "decode.bad_frame"),
        (b"\xe5", "decode.no_reading"),
        (bytes.fromhex("1040014116"), "decode.no_reading"),
        ([{"telegram": HEX}] * 3001, "decode.too_large"),
    ],
)
def test_what_is_no_whole_telegram_says_so(payload: object, code: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        decoded(payload)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("payload", "topic"),
    [
        ("24.11.2026;12,5", "csv"),
        ("1234567890123456789012", "voda/stav"),
        ({"data": "AQIDBAUGBwgJCgsMDQ4PEBESExQ=", "volume_m3": 5}, "voda/json"),
        ({"payload": "hello world, this is no frame", "volume_m3": 5}, "voda/json"),
        ("68.5", "voda/68/level_m"),
        ("18.5;13.2;voda;2026-11-24 10:58:42;Ústí;12345;OK;;", "csv"),
        ("18.5;13.2;voda;2026-11-24 10:58:42;Decin;12345;OK;", "csv"),
        ("T1;1;1;2026-11-24;1;1;1;0x1E4", "rtl/wmbus"),
        ({"data": base64.b64encode(IPERL + bytes(9)).decode(), "volume_m3": 5}, "voda/json"),
        ({"payload": HEX + "00" * 9, "volume_m3": 5}, "voda/json"),
    ],
)
def test_other_dialects_are_left_alone(payload: object, topic: str) -> None:
    data = payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()
    message, document = Message(topic, data, RECEIVED), Document(data)
    assert not wmbus.DIALECT.recognises(message, document)
    assert not mbus.DIALECT.recognises(message, document)


def test_one_bad_line_of_a_receiver_costs_only_itself() -> None:
    line = f"T1;1;1;2026-11-24 10:58:42.000000;97;148;12345699;0x{HEX}\n"
    result = decoded(line + line.replace("T1;1", "T1;0") + "garbage\n")
    assert register(result) == ("12345699", 7.704)
    assert [problem.code for problem in result.problems] == ["decode.bad_frame"] * 2


def test_one_bad_answer_of_a_bus_costs_only_itself() -> None:
    result = decoded(WIRED.hex() + "6816", "mbus/serial0")
    assert register(result) == ("00182007", 269.0)
    assert [problem.code for problem in result.problems] == ["decode.bad_frame"]


def test_one_bad_telegram_of_many_costs_only_itself() -> None:
    damaged = bytearray(with_sums_a(IPERL))
    damaged[20] ^= 1
    assert crc(bytes(damaged[12:28])) != damaged[28] << 8 | damaged[29]
    other = IPERL[:4] + bytes.fromhex("98") + IPERL[5:]
    result = decoded([{"telegram": HEX}, {"telegram": damaged.hex()}, {"telegram": other.hex()}])
    assert [found.device for found in result.readings if found.quantity == "volume_m3"] == ["12345699", "12345698"]
    assert [problem.code for problem in result.problems] == ["decode.bad_frame"]
