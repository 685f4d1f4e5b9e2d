"""Numbers as payloads write them, and what is none; units in all writings; text in every encoding."""

from __future__ import annotations

import base64
import gzip
import math
import struct
import zlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.document import Document
from ingest.decoders.value import Number, as_written, is_no_value, number
from models.units import find_unit

JSON = '{"device": "Žďár 💧", "level_m": 3.42}'


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        ("1234,567", 1234.567, ""),
        ("1 234,567", 1234.567, ""),
        ("1\u00a0234\u202f567,5", 1234567.5, ""),
        ("1'234.5", 1234.5, ""),
        ("1’234’567", 1234567.0, ""),
        ("1.234,5", 1234.5, ""),
        ("1,234.5", 1234.5, ""),
        ("1.234.567", 1234567.0, ""),
        ("−5", -5.0, ""),
        ("+.5", 0.5, ""),
        ("1,5e3 m³", 1500.0, "m³"),
        ("12.5l/s", 12.5, "l/s"),
        ("11 °C", 11.0, "°C"),
        ("87%", 87.0, "%"),
    ],
)
def test_numbers_in_text(written: str, value: float, unit: str) -> None:
    assert number(written) == Number(value, unit)


@pytest.mark.parametrize(
    "written",
    ["1 2 3", "12 3456", "1,234,56", "0x1A", "12:30", "1/2", "<0.5", "---", "****", "12;5", "#N/A", "", "ano"],
)
def test_what_only_looks_like_a_number(written: str) -> None:
    assert number(written) is None


@pytest.mark.parametrize("written", ["NaN", "-inf", "error", "Out of range", "#VALUE!", "1e400", 10**400, math.inf])
def test_what_says_that_there_is_no_value(written: str | float) -> None:
    parsed = number(written)
    assert parsed is not None
    assert parsed.is_fault


def digits(value: float) -> int:
    return len(Decimal(repr(value)).normalize().as_tuple().digits)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_numbers_of_32_bits_keep_their_bits_in_the_shortest_writing(value: float) -> None:
    short = as_written(value)
    assert struct.pack("<f", short) == struct.pack("<f", value)
    assert digits(short) <= digits(value)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([",", "."]))
def test_any_number_comes_back(value: float, mark: str) -> None:
    parsed = number(repr(value).replace(".", mark))
    assert parsed is not None
    assert parsed.value == value


def test_marks_of_no_value_are_those_of_their_width_and_quantity() -> None:
    assert is_no_value(0xFFFFFFFF, "volume_m3")
    assert not is_no_value(0xFFFF, "volume_m3")
    assert is_no_value(0x7FFF, "level_m")
    assert is_no_value(-1, "volume_m3")
    assert not is_no_value(-1, "temperature_c")
    assert is_no_value(-127, "temperature_c")


@pytest.mark.parametrize(
    ("word", "same"),
    [
        ("m³·h⁻¹", "m3/h"),
        ("m3.h-1", "m3/h"),
        ("cubic meters per hour", "m3/h"),
        ("m³/hod", "m3/h"),
        ("l·s⁻¹", "l/s"),
        ("Litres per second", "l/s"),
        ("dm³/s", "l/s"),
        ("hl/h", "dm3/h"),
        ("mg·l⁻¹", "mg/l"),
        ("g/m³", "mg/l"),
        ("m H₂O", "mH2O"),
        ("m v. sl.", "mH2O"),
        ("m n. m.", "m"),
        ("℃", "°C"),
        ("US gal", "gal"),
    ],
)
def test_writings_of_units(word: str, same: str) -> None:
    ours, theirs = find_unit(word), find_unit(same)
    assert ours is not None
    assert theirs is not None
    assert ours.dimension == theirs.dimension
    assert ours.factor / theirs.factor == pytest.approx(100 if word == "hl/h" else 1)


@pytest.mark.parametrize(
    "word", ["bara", "psia", "l/m", "m/s", "kg", "A", "pulses", "m4", "m³/m", "/h", "-1", "x" * 500]
)
def test_what_is_no_unit_of_ours(word: str) -> None:
    assert find_unit(word) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_text_in_every_encoding(encoding: str) -> None:
    assert Document(JSON.encode(encoding)).object["device"] == "Žďár 💧"


@pytest.mark.parametrize(
    "wrapped",
    [
        gzip.compress(JSON.encode(), mtime=0),
        zlib.compress(JSON.encode()),
        base64.b64encode(JSON.encode()),
        base64.b64encode(gzip.compress(JSON.encode(), mtime=0)),
        b'"' + base64.b64encode(JSON.encode()) + b'"',
        JSON.encode() + b"\0\0",
    ],
)
def test_wrapped_text(wrapped: bytes) -> None:
    assert Document(wrapped).object["device"] == "Žďár 💧"


def test_windows_text_is_read_and_bytes_of_devices_are_not() -> None:
    assert Document("Vodoměr;Žďár;1,5\n".encode("cp1250")).text == "Vodoměr;Žďár;1,5\n"
    assert Document("Vodoměr;Žďár;1,5\n".encode("iso8859_2")).text == "Vodoměr;Žďár;1,5\n"
    assert Document(bytes(range(128, 160)) + b";\n").text is None
    assert Document(b"\x68\x1f\x1f\x68\x08\x02;;;;;;;;;;;;").text is not None
    assert Document(bytes([0x2E, 0x44, 0x93, 0x44, 0x78, 0x56, 0x34, 0x12, 0x1B, 0x16, 0x7A, 0xFF] * 3)).text is None


def test_json_on_lines_of_its_own_is_a_list_without_what_was_cut() -> None:
    assert Document(b'{"a": 1}\n{"a": 2}\n{"a":').json == [{"a": 1}, {"a": 2}]
