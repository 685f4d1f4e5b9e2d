"""M-Bus frames by the standard: check sums, headers, encryption, records, and what damage gives."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

import ingest.mbus
from ingest.decoders.document import Document
from ingest.decoders.frame_writing import Kind
from ingest.decoders.frames import frames
from ingest.mbus.coding import BCD, INTEGER, REAL, number
from ingest.mbus.crc import crc
from ingest.mbus.diehl import has_right_sum, unscrambled
from ingest.mbus.link import fits_length, looks_like_frame, radio_frame
from ingest.mbus.meter import Said, answered, heard
from ingest.mbus.records import records
from ingest.mbus.wired import answers
from models.errors import RefusedError

IPERL = bytes.fromhex("1E44AE4C9956341268077A360010002F2F0413181E0000023B00002F2F2F2F")
KEY = bytes(range(16))
GOLDEN = Path(__file__).parents[1] / "golden"


def with_sums_a(frame: bytes) -> bytes:
    """The frame as format A has it on air."""
    parts = [frame[:10], *(frame[at : at + 16] for at in range(10, len(frame), 16))]
    return b"".join(part + crc(part).to_bytes(2, "big") for part in parts)


def with_sums_b(frame: bytes) -> bytes:
    """The frame as format B has it on air."""
    if len(frame) + 2 <= 128:
        whole = bytes([len(frame) + 1]) + frame[1:]
        return whole + crc(whole).to_bytes(2, "big")
    first, second = bytes([len(frame) + 3]) + frame[1:126], frame[126:]
    return first + crc(first).to_bytes(2, "big") + second + crc(second).to_bytes(2, "big")


def register(said: Said) -> float | None:
    return next(
        (value.value for value in said.content.values if value.quantity == "volume_m3" and value.time is None), None
    )


def published() -> Iterator[bytes]:
    """Every plain telegram of the golden cases that gives readings."""
    for case in sorted((GOLDEN / "wmbus").iterdir()):
        text = next(case.glob("payload.*"))
        if (
            (case / "expected.jsonl").exists()
            and text.suffix == ".txt"
            and "[keys]" not in (case / "case.toml").read_text()
        ):
            found = frames(Document(text.read_bytes()), Kind(looks_like_frame, fits_length))
            yield from (frame.data for frame in found if frame.data[0] + 1 == len(frame.data) < 250)


@pytest.mark.parametrize("trailer", [b"", b"\x59", b"\x59\x80"])
def test_frames_come_with_and_without_sums_length_and_trailing_bytes(trailer: bytes) -> None:
    for frame in published():
        plain = radio_frame(frame)
        if plain.is_checked:
            continue
        for sent in (with_sums_a(frame), with_sums_b(frame)):
            found = radio_frame(sent + trailer)
            assert (found.identity, found.content, found.is_checked) == (plain.identity, plain.content, True)
            assert looks_like_frame(sent)
        without_length = with_sums_a(frame)[1:]
        assert radio_frame(without_length).content == plain.content
        assert radio_frame(frame[1:]).content == plain.content


def test_a_length_byte_may_still_count_the_sums_that_were_taken_out() -> None:
    for frame in published():
        if 0xA0 <= frame[10] < 0xB8 or radio_frame(frame).is_checked:
            continue
        sums = 2 if len(frame) + 2 <= 128 else 4
        said = heard(bytes([frame[0] + sums]) + frame[1:], {})
        assert said.content.values == heard(frame, {}).content.values


def test_no_bits_turned_in_a_frame_of_format_a_give_another_number() -> None:
    turns = random.Random(13)
    for frame in published():
        right = register(heard(frame, {}))
        for _ in range(25):
            damaged = bytearray(with_sums_a(frame))
            for _ in range(turns.choice([1, 1, 2, 3])):
                damaged[turns.randrange(len(damaged))] ^= 1 << turns.randrange(8)
            try:
                said = heard(bytes(damaged), {})
            except RefusedError:
                continue
            assert register(said) == right


def test_a_cut_telegram_gives_no_number() -> None:
    for frame in published():
        for size in range(len(frame) - 3, 0, -7):
            with pytest.raises(RefusedError):
                heard(frame[:size], {})


@pytest.mark.parametrize("case", ["waterstar", "siemens", "apator-wired", "fixed-data"])
def test_no_byte_of_a_wired_frame_changes_unnoticed(case: str) -> None:
    payload = next((GOLDEN / "mbus" / case).glob("payload.*")).read_bytes()
    frame = payload if payload[0] == 0x68 else bytes.fromhex(payload.decode())
    assert answered(answers(frame).contents[0], {}).content.values
    for at in range(len(frame)):
        damaged = bytearray(frame)
        damaged[at] ^= 0x04
        with pytest.raises(RefusedError):
            answers(bytes(damaged))


def encrypted(mode: int, plain: bytes, number: bytes) -> bytes:
    """iPERL's address with a content of security mode 5 or 7, as the standard says."""
    plain = plain.ljust(-(-len(plain) // 16) * 16, b"\x2f")
    blocks = len(plain) // 16
    address = IPERL[2:4] + number + IPERL[8:10]
    if mode == 5:
        key, start, before, extra = KEY, address + bytes([0x36]) * 8, b"", b""
    else:
        derive = CMAC(algorithms.AES(KEY))
        derive.update(b"\x00" + b"\x05\x00\x00\x00" + number + b"\x07" * 7)
        key, start, extra = derive.finalize(), bytes(16), b"\x10"
        before = bytes.fromhex("900F002C2505000000") + bytes(8)
    cipher = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
    content = before + bytes([0x7A, 0x36, 0x00, blocks << 4, mode]) + extra + cipher.update(plain) + cipher.finalize()
    return bytes([9 + len(content), 0x44]) + address + content


@pytest.mark.parametrize("mode", [5, 7])
def test_encrypted_telegrams_open_with_their_key_only(mode: int) -> None:
    number = bytes.fromhex("99563412")
    sent = encrypted(mode, b"\x2f\x2f" + bytes.fromhex("0413181E0000023B0000"), number)
    assert register(heard(sent, {"12345699": KEY.hex()})) == 7.704
    for keys, code in (
        ({}, "decode.key_missing"),
        ({"12345699": "ff" * 16}, "decode.key_wrong"),
        ({"12345699": "no key"}, "decode.key_wrong"),
        ({"12345698": KEY.hex()}, "decode.key_missing"),
    ):
        with pytest.raises(RefusedError) as refusal:
            heard(sent, keys)
        assert refusal.value.code == code


@pytest.mark.parametrize("repeated", [0x00, 0x01])
def test_kamstrup_link_layer_opens_with_its_key_only(repeated: int) -> None:
    address, control, session = bytes.fromhex("2D2C998734761B16"), 0x20, bytes.fromhex("D37CAC21")
    plain = bytes.fromhex("7802FF207100041308190000441308190000615B7F616713")
    summed = crc(plain).to_bytes(2, "little") + plain
    cipher = Cipher(algorithms.AES(KEY), modes.CTR(address + bytes([control]) + session + bytes(3))).encryptor()
    content = bytes([0x8D, control | repeated, 0x91]) + session + cipher.update(summed) + cipher.finalize()
    sent = bytes([9 + len(content), 0x44]) + address + content
    said = heard(sent, {"76348799": KEY.hex()})
    assert (register(said), [alarm.kind.value for alarm in said.content.alarms]) == (6.408, ["DRY"])
    for keys, code in (({}, "decode.key_missing"), ({"76348799": "00" * 16}, "decode.key_wrong")):
        with pytest.raises(RefusedError) as refusal:
            heard(sent, keys)
        assert refusal.value.code == code


@pytest.mark.parametrize(
    ("head", "value", "expected"),
    [
        ("0413", "E8030000", ("volume_m3", 1.0)),
        ("0C13", "78563412", ("volume_m3", 12345.678)),
        ("0416", "05000000", ("volume_m3", 5.0)),
        ("0713", "E803000000000000", ("volume_m3", 1.0)),
        ("0513", "00007A44", ("volume_m3", 1.0)),
        ("04FB10", "02000000", ("volume_m3", 200.0)),
        ("04FB23", "10270000", ("volume_m3", 37.85411784)),
        ("04FB21", "0A000000", ("volume_m3", 0.028316846592)),
        ("0493 3C", "E8030000", ("reverse_volume_m3", 1.0)),
        ("0493 3B", "E8030000", ("volume_m3", 1.0)),
        ("0493 7D", "E8030000", ("volume_m3", 1000.0)),
        ("0493 74", "E8030000", ("volume_m3", 0.01)),
        ("0D13", "C478563412", ("volume_m3", 12345.678)),
        ("0D13", "E2E803", ("volume_m3", 1.0)),
        ("047C02336D", "05000000", ("volume_m3", 5.0)),
        ("047C0261 42", "05000000", None),
        ("04FC 3B02336D", "05000000", ("volume_m3", 5.0)),
        ("023B", "0A00", ("flow_m3h", 0.01)),
        ("0243", "0A00", ("flow_m3h", 0.06)),
        ("0A3B", "0100", ("flow_m3h", 0.001)),
        ("0B3B", "0100F0", ("flow_m3h", -0.001)),
        ("025A", "68FF", ("temperature_c", -15.2)),
        ("0269", "0A00", ("pressure_m", 1.01972)),
        ("0265", "C409", ("ambient_temperature_c", 25.0)),
        ("0413", "FFFFFFFF", ("volume_m3", None)),
        ("0C13", "FFFFFFFF", ("volume_m3", None)),
        ("0C13", "EA000000", ("volume_m3", None)),
        ("0413", "00000080", ("volume_m3", None)),
        ("0513", "0000C07F", ("volume_m3", None)),
        ("1413", "E8030000", None),
        ("2413", "E8030000", None),
        ("3413", "E8030000", None),
        ("4413", "E8030000", None),
        ("841013", "E8030000", None),
        ("0493FF20", "E8030000", None),
        ("049315", "E8030000", None),
        ("04932A", "E8030000", None),
        ("0403", "E8030000", None),
    ],
)
def test_records(head: str, value: str, expected: tuple[str, float | None] | None) -> None:
    content = bytes.fromhex("7A36000000" + head.replace(" ", "") + value)
    said = heard(bytes([9 + len(content)]) + IPERL[1:10] + content, {})
    values = [(found.quantity, found.value) for found in said.content.values]
    assert values == ([] if expected is None else [expected])


@pytest.mark.parametrize("width", [1, 2, 3, 4, 6, 8])
def test_all_ones_are_no_value_whatever_the_width(width: int) -> None:
    assert number(INTEGER, b"\xff" * width) is None
    assert number(INTEGER, b"\x00" * (width - 1) + b"\x80") is None
    assert number(BCD, b"\xff" * width) is None
    assert number(INTEGER, b"\x01".ljust(width, b"\x00")) == 1
    assert number(REAL, bytes.fromhex("0000807F")) is None


def test_records_without_end_are_none() -> None:
    for data in ("84" * 200, "0493" + "80" * 200, "0D13FF", "0D7C", "8F", "FC", "0413E8"):
        walked = records(bytes.fromhex(data))
        assert not walked.is_whole
        assert walked.found == []


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(ingest.mbus.__path__)])
def test_examples_in_docstrings(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"ingest.mbus.{name}")).failed == 0


def test_scrambled_content_of_diehl_opens_with_factory_keys_whatever_keys_csv_has() -> None:
    izar = bytes.fromhex("19442423860775035048A251520015BEB6B2E1ED623A18FC74A5")
    for keys in ({}, {"48500375": KEY.hex()}):
        assert register(heard(izar, keys)) == 521.602
    damaged = izar[:15] + bytes([izar[15] ^ 0x40]) + izar[16:]
    with pytest.raises(RefusedError) as refusal:
        heard(damaged, {})
    assert refusal.value.code == "decode.key_wrong"


def test_scrambled_records_of_diehl_are_read_like_those_in_plain() -> None:
    plain = bytes.fromhex("1E4424238B07797389607A8F00107D041312170100426CBF23441344100100")
    right = heard(plain, {}).content.values
    for wanted in range(256):  # the sum over the data stands in the high byte of the configuration
        header = plain[:13] + bytes([plain[13], wanted])
        mask = unscrambled(bytes(len(plain) - 15), header[:10], header[10:15])[0]
        sent = header + bytes(a ^ b for a, b in zip(plain[15:], mask, strict=True))
        if wanted & 0x10 and has_right_sum(plain[15:], wanted):
            assert heard(sent, {}).content.values == right
            break
    else:
        pytest.fail("no configuration has the sum")
