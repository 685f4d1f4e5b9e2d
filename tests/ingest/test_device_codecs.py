"""Sensors' byte codecs: cut and overlong frames, ranges of probes, clocks that are not believed, nke's batches."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoders import Decoded
from ingest.decoders.devices import (
    adeunis,
    decentlab,
    dragino,
    ellenex,
    elsys,
    enginko,
    lobaro,
    milesight,
    netvox,
    nke_watteco,
    sensative,
    strega,
    vegapuls,
)
from ingest.decoders.devices.codec import Codec, Uplink, named, take
from ingest.decoders.devices.nke_batch import BatchError, Series, unpack
from ingest.decoders.devices.table import CODECS as ALL_CODECS
from ingest.decoders.message import DecodeContext, Problem
from ingest.decoders.result import Result
from ingest.decoders.time import Moment
from models.errors import RefusedError
from models.reading import Reading
from tests.golden import Case, cases

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
FAMILIES = (
    adeunis, decentlab, dragino, ellenex, elsys, enginko, lobaro, milesight, netvox, nke_watteco, sensative, strega,
    vegapuls,
)  # fmt: skip
CODECS: tuple[Codec, ...] = tuple(codec for family in FAMILIES for codec in family.CODECS)


def decoded(model: str, data: bytes, port: int | None) -> Decoded:
    codec = named(model, CODECS)
    assert codec is not None, model
    result = Result("test", DecodeContext())
    take(codec, Uplink("70b3d5e75e0a1b01", port, data, model, Moment(NOW, "payload")), result)
    return result.finish(Problem("decode.no_reading", "nothing"))


def values(found: Decoded) -> dict[str, float | None]:
    return {reading.quantity: reading.value for reading in found.readings}


def frames() -> Iterator[tuple[str, str, bytes, int]]:
    """Every golden frame of these codecs: case, model, bytes, port."""
    for case in cases():
        if case.dialect in ("ttn3", "chirpstack4") and (frame := _frame(case)):
            yield (case.name, *frame)


def _frame(case: Case) -> tuple[str, bytes, int] | None:
    try:
        message: dict[str, Any] = json.loads(case.payload)
    except ValueError:
        return None
    if not isinstance(message, dict):
        return None
    up = message.get("uplink_message") or {}
    version = up.get("version_ids") or {}
    model = f"{version.get('brand_id', '')} {version.get('model_id', '')}".strip()
    model = model or str((message.get("deviceInfo") or {}).get("deviceProfileName") or "")
    data, port = up.get("frm_payload") or message.get("data"), up.get("f_port") or message.get("fPort")
    if not isinstance(data, str) or not isinstance(port, int) or named(model, CODECS) is None:
        return None
    return model, base64.b64decode(data), port


FRAMES = list(frames())


def test_every_codec_has_golden_frames() -> None:
    seen = {codec.name for _, model, _, _ in FRAMES if (codec := named(model, CODECS)) is not None}
    families = {name.split()[0] for name in seen}
    assert families == {codec.name.split()[0] for codec in CODECS}
    assert len(FRAMES) > 60


@pytest.mark.parametrize(
    ("phrase", "codec"),
    [(phrase, codec) for codec in ALL_CODECS for phrase in codec.models],
    ids=[phrase for codec in ALL_CODECS for phrase in codec.models],
)
def test_every_phrase_finds_its_own_codec_among_all(phrase: str, codec: Codec) -> None:
    assert named(phrase, ALL_CODECS) is codec


@pytest.mark.parametrize(("case", "model", "data", "port"), FRAMES, ids=[frame[0] for frame in FRAMES])
def test_a_cut_or_overlong_frame_gives_nothing_that_the_whole_one_does_not(
    case: str, model: str, data: bytes, port: int
) -> None:
    whole = readings_or_none(model, data, port)
    for frame in [data[:end] for end in range(1, len(data))] + [data + b"\xee", data + b"\xee\xee"]:
        found = readings_or_none(model, frame, port)
        assert found <= whole or case.endswith("-cut"), (case, frame.hex())


def readings_or_none(model: str, data: bytes, port: int) -> set[Reading]:
    try:
        return {reading._replace(flags=()) for reading in decoded(model, data, port).readings}
    except RefusedError:
        return set()


@pytest.mark.parametrize(
    ("probe", "milliamperes", "quantity", "expected"),
    [
        ("0005", 4.0, "level_m", 0.0),
        ("0005", 20.0, "level_m", 5.0),
        ("000a", 8.0, "level_m", 2.5),
        ("0101", 20.0, "pressure_m", 61.1832),
        ("0104", 12.0, "pressure_m", 127.465),
        ("0108", 20.0, "pressure_m", -10.1972),
        ("0109", 12.0, "pressure_m", 0.0),
        ("010b", 20.0, "pressure_m", 5.0986),
    ],
)
def test_the_current_of_a_probe_by_its_kind_and_range(
    probe: str, milliamperes: float, quantity: str, expected: float
) -> None:
    data = bytes.fromhex("0ce4" + probe) + int(milliamperes * 1000).to_bytes(2, "big") + bytes(3)
    assert values(decoded("dragino ps-lb", data, 2))[quantity] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("probe", "milliamperes"), [("0005", 3.5), ("0005", 21.5), ("0201", 12.0), ("0000", 12.0)])
def test_a_broken_loop_and_an_unset_probe_give_no_level(probe: str, milliamperes: float) -> None:
    data = bytes.fromhex("0ce4" + probe) + int(milliamperes * 1000).to_bytes(2, "big") + bytes(3)
    found = decoded("dragino ps-lb", data, 2)
    assert values(found) == {"battery_v": 3.3}
    assert found.problems


@pytest.mark.parametrize("model", ["SW3L-004", "sw3l-004", "Dragino SW3L 004 DN15"])
def test_pulses_have_a_weight_only_where_the_name_has_the_probe(model: str) -> None:
    data = bytes.fromhex("00000001c20000") + int(NOW.timestamp()).to_bytes(4, "big")
    assert values(decoded(model, data, 2)) == {"pulses": 450.0, "volume_m3": 0.001}
    assert values(decoded("Dragino SW3L", data, 2)) == {"pulses": 450.0}


@pytest.mark.parametrize("epoch_s", [0, 86_400, 0xFFFFFFFF])
def test_a_stored_record_without_a_time_is_left_out(epoch_s: int) -> None:
    stored = b"\x20\xce" + epoch_s.to_bytes(4, "little") + b"\x2c\x01"
    found = decoded("em500-swl", b"\x03\x77\xa9\x01" + stored, 85)
    assert [(reading.quantity, reading.value, reading.time) for reading in found.readings] == [("level_m", 4.25, NOW)]
    assert [problem.code for problem in found.problems] == ["decode.bad_value"]


def test_an_undocumented_channel_ends_the_reading_and_says_so() -> None:
    found = decoded("em500-swl", bytes.fromhex("0175640bad01020377a901"), 85)
    assert values(found) == {"battery_pct": 100.0}
    assert [problem.code for problem in found.problems] == ["decode.bad_frame"]
    with pytest.raises(RefusedError, match="tag 0bad at byte 0"):
        decoded("em500-swl", bytes.fromhex("0bad01020377a901"), 85)


def test_a_level_after_a_fault_ends_the_alarm() -> None:
    fault = decoded("em500-swl", bytes.fromhex("0377fdff"), 85)
    assert [notice.active for notice in fault.notices] == [True]
    assert not fault.readings
    assert decoded("em500-swl", bytes.fromhex("0377a901"), 85).complete_status == ("70b3d5e75e0a1b01",)


class Writer:
    """Writes a batch as nke's sensors do: whole values, or differences by the first table of codes."""

    codes = ("00", "01", "11", "101", "1001", "10001", "100001", "1000001", "10000001", "1000000000", "10000000010")

    def __init__(self) -> None:
        self.bits: list[int] = []

    def number(self, value: int, width: int) -> None:
        left = width
        while left > 0:
            part = left % 8 or 8
            left -= part
            self.bits += [value >> left + bit & 1 for bit in range(part)]

    def difference(self, steps: int) -> None:
        """A difference of either sign: its size's code, then the number within that size."""
        size = abs(steps).bit_length()
        self.bits += [int(bit) for bit in self.codes[size]]
        if size:
            self.number(steps if steps > 0 else steps + (1 << size) - 1, size)

    def later(self, seconds: int) -> None:
        """Seconds after the time before, by the second table."""
        size = (seconds + 1).bit_length() - 1
        code = {0: "1101111", 1: "11010", 2: "1100", 3: "011", 4: "111", 5: "10", 6: "00", 7: "010", 8: "110110"}[size]
        self.bits += [int(bit) for bit in code]
        if size:
            self.number(seconds + 1 - (1 << size), size)

    def data(self) -> bytes:
        padded = self.bits + [0] * (-len(self.bits) % 8)
        return bytes(sum(bit << n for n, bit in enumerate(padded[at : at + 8])) for at in range(0, len(padded), 8))


@settings(max_examples=100, deadline=None)
@given(
    st.integers(3000, 0x7FFFFFFF),
    st.lists(st.tuples(st.integers(1, 400), st.integers(-1000, 1000)), max_size=20),
    st.integers(0, 400),
)
def test_a_batch_of_values_with_their_own_times_is_read_as_it_was_written(
    first: int, steps: list[tuple[int, int]], wait_s: int
) -> None:
    writer = Writer()
    writer.number(1 << 4, 8)  # one series, times of its own, samples follow
    writer.number(5, 3)
    writer.number(0, 1)
    writer.number(2, 3)
    writer.number(1000, 32)
    writer.number(first, 32)
    writer.number(0, 4)  # differences of either sign, first table
    writer.number(2, 3)
    writer.number(len(steps), 8)
    if steps:
        writer.number(1, 2)
    expected, now, value = [(0, float(first))], 0, first
    for seconds, difference in steps:
        writer.later(seconds)
        writer.difference(difference)
        now, value = now + seconds, value + difference
        expected.append((now, float(value)))
    writer.later(wait_s)
    found = unpack(writer.data(), 3, {2: Series("u32")})
    assert [(now + wait_s - sample.age_s, sample.value) for sample in found] == expected


def test_a_batch_of_another_models_series_is_refused() -> None:
    with pytest.raises(BatchError, match="series 3 is none"):
        unpack(bytes.fromhex("223500029f6103f60000000051d0be5eafd727490249921b"), 4, {0: Series("u32")})
