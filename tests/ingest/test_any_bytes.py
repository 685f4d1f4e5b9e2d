"""Whatever arrives, decoding ends quickly with readings or a reason."""

from __future__ import annotations

import json
import math
import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingest.decoders import DecodeContext, Decoded, Message, decode
from ingest.decoders.fields import NAMES
from ingest.decoders.table import DECODERS
from models.errors import RefusedError
from models.quantity import QUANTITIES
from models.registry import Source

RECEIVED = datetime(2026, 11, 24, 10, tzinfo=UTC)
SECONDS = 1.0  # of the processor's time: the machine may be busy with other things
DIALECTS = ["auto", *(dialect.name for dialect in DECODERS)]
WORDS = [
    "device", "id", "time", "ts", "timestamp", "date", "unit", "quality", "status", "channel", "values", "object",
    "deviceInfo", "devEui", "uplink_message", "end_device_ids", "decoded_payload", "rxInfo", "rssi", "_", "telegram",
    "media", "water", "quantity", "value", "notice", "active", "LEAK", "volume_m3", "flow", "pressure", "battery",
    "leak",
    "bn", "bt", "bu", "n", "u", "v", "vs", "s", "t", "result", "phenomenonTime", "Datastream", "Datastreams",
    "Observations", "unitOfMeasurement", "unitOfMeasurements", "symbol", "dataArray", "components", "@context", "type",
    "unitCode", "observedAt", "metadata", "data", "subscriptionId", "name", "fields", "tags", "metrics", "MessageType",
    "ua-data", "Messages", "Payload", "Value", "StatusCode", "NodeId", "DataSetWriterId", "topic", "payload", "q",
    *[name for text in NAMES.values() for name in text.replace("|", " ").split()][::9],
]  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from([*WORDS, "2026-11-24T08:00:00Z", "12,5 l/s", "1.234.567", "2026-10-25T02:30:00", "-127", "ON"])
)
KEYS = st.sampled_from(WORDS) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)
TOPICS = st.sampled_from(
    [
        "",
        "a",
        "voda/12345678/volume_m3",
        "voda/json",
        "v1/gateway/telemetry",
        "v1/devices/me/telemetry",
        "/",
        "x/set",
        "STATE/a",
        "spBv1.0/g/DDATA/n/d",
        "spBv1.0/g/NBIRTH/n",
        "v1.1/Datastreams(1)/Observations",
    ]
) | st.text(max_size=20)


def outcome(topic: str, payload: bytes, dialect: str = "auto") -> Decoded | RefusedError:
    """What decoding gives, held to the contract."""
    begin = time.thread_time()
    result: Decoded | RefusedError
    try:
        result = decode(Message(topic, payload, RECEIVED), DecodeContext(Source("#", dialect)))
    except RefusedError as error:
        result = error
    assert time.thread_time() - begin < SECONDS
    if isinstance(result, RefusedError):
        assert "\n" not in result.message
        assert result.code != "decode.failed", result
    else:
        assert result.readings or result.notices
        hold_to_contract(result)
    return result


def hold_to_contract(decoded: Decoded) -> None:
    keys = [(reading.device, reading.quantity, reading.time) for reading in decoded.readings]
    assert len(keys) == len(set(keys))
    for reading in decoded.readings:
        assert reading.quantity in QUANTITIES
        assert reading.value is None or math.isfinite(reading.value)
        assert reading.device.strip() == reading.device != ""
        reading.device.encode()
        assert reading.time.tzinfo is not None
        assert reading.time.microsecond % 1000 == 0
        assert reading.flags == tuple(sorted(set(reading.flags)))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TOPICS, st.binary(max_size=400), st.sampled_from(DIALECTS))
def test_any_bytes(topic: str, payload: bytes, dialect: str) -> None:
    outcome(topic, payload, dialect)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TOPICS, VALUES, st.sampled_from(DIALECTS))
@example("voda/json", {"device": "\ud800", "volume_m3": 1}, "auto")
@example("voda/json", {"\ud800": 1}, "auto")
def test_any_json(topic: str, value: object, dialect: str) -> None:
    outcome(topic, json.dumps(value).encode("utf-8", "replace"), dialect)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_on_a_topic_of_a_quantity(text: str) -> None:
    outcome("voda/12345678/volume_m3", text.encode("utf-8", "replace"))


@pytest.mark.parametrize(
    ("name", "payload", "code"),
    [
        ("10 MB of zeros", b"0" * 10_000_000, "decode.too_large"),
        ("10 MB of JSON", b'{"a":"' + b"x" * 10_000_000 + b'"}', "decode.too_large"),
        ("deep list", b"[" * 500_000, "decode.too_deep"),
        ("deep objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "decode.too_deep"),
        ("2 MB of one number", b"9" * 2_000_000, "decode.unknown_format"),
        ("2 MB list of numbers", b"[" + b"1," * 900_000 + b"1]", "decode.unknown_fields"),
        ("long digits in JSON", b'{"device":"x","level_m":' + b"9" * 1_000_000 + b"}", "decode.not_json"),
        ("many spaces", b'{"device":"x","volume_m3":"1' + b" " * 1_000_000 + b'x"}', "decode.bad_value"),
        ("150,000 names", b"{" + b",".join(b'"k%d":1' % n for n in range(150_000)) + b"}", "decode.too_large"),
        ("status of a million words", b'{"device":"x","status":"' + b"LEAK " * 300_000 + b'"}', None),
        ("zip bomb", None, "decode.too_large"),
        ("gzip cut", b"\x1f\x8b\x08\x00\x00", "decode.bad_gzip"),
    ],
)
def test_evil_payloads_end_quickly_with_a_reason(name: str, payload: bytes | None, code: str | None) -> None:
    import gzip

    result = outcome("voda/json", gzip.compress(b"0" * 100_000_000) if payload is None else payload)
    assert (result.code if isinstance(result, RefusedError) else None) == code, name


def test_thousands_of_readings_and_alarms_in_one_payload() -> None:
    entries = [{"device": f"D{n}", "volume_m3": n, "leak": 1, "time": "2026-11-24T08:00:00Z"} for n in range(5_000)]
    result = outcome("voda/json", json.dumps(entries).encode())
    assert isinstance(result, Decoded)
    assert len(result.readings) == len(entries)
