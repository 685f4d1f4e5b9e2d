"""LoRaWAN: envelopes' ways of writing, and how the codec of an uplink is found."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoders import DecodeContext, Decoded, Message, decode
from ingest.decoders.devices.codec import Codec, named
from ingest.decoders.devices.table import CODECS
from ingest.decoders.document import Json
from ingest.decoders.envelope import eui, from_base64, from_hex, whole_number
from ingest.decoders.model_name import fit
from models.errors import RefusedError
from models.quality import Quality
from tests.ingest.test_any_bytes import VALUES, outcome

RECEIVED = datetime(2026, 11, 24, 10, tzinfo=UTC)
CUBICMETER = bytes.fromhex("49FBDF010000DE1400000000000046EDDF0106FC8B0702E2E6535455")
DEVICE = "a4c1380000b10012"


def decoded(payload: Json, topic: str = "voda/lora") -> Decoded:
    return decode(Message(topic, json.dumps(payload).encode(), RECEIVED), DecodeContext())


def chirpstack4(profile: str = "Quandify CubicMeter", **more: Json) -> dict[str, Json]:
    return {
        "time": "2026-11-24T08:12:31.140Z",
        "deviceInfo": {"devEui": DEVICE, "deviceProfileName": profile, "deviceName": "vodomer"},
        "fPort": 1,
        "data": base64.b64encode(CUBICMETER).decode(),
        "rxInfo": [{"rssi": -97}],
        **more,
    }


def volumes(result: Decoded) -> list[float | None]:
    return [reading.value for reading in result.readings if reading.quantity == "volume_m3"]


@pytest.mark.parametrize(
    ("time", "instant", "time_source"),
    [
        ("2026-11-24T08:12:31.140Z", "2026-11-24T08:12:31.140", "payload"),
        ("2026-11-24T09:12:31.140+01:00", "2026-11-24T08:12:31.140", "payload"),
        ("2026-11-24T08:12:31.140871204Z", "2026-11-24T08:12:31.140", "payload"),
        (1795507951140, "2026-11-24T08:12:31.140", "payload"),
        ("1795507951140", "2026-11-24T08:12:31.140", "payload"),
        (1795507951, "2026-11-24T08:12:31.000", "payload"),
        (None, "2026-11-24T10:00:00.000", "received"),
        ("", "2026-11-24T10:00:00.000", "received"),
        ("1970-01-01T00:00:00Z", "2026-11-24T10:00:00.000", "received"),
        ("2472-01-01T00:00:00Z", "2026-11-24T10:00:00.000", "received"),
    ],
)
def test_the_networks_time_in_every_writing(time: Json, instant: str, time_source: str) -> None:
    (volume,) = [r for r in decoded(chirpstack4(time=time)).readings if r.quantity == "volume_m3"]
    assert volume.time.isoformat(timespec="milliseconds")[:23] == instant
    assert volume.time_source == time_source
    assert volume.quality is (Quality.SUSPECT if time and time_source == "received" else Quality.GOOD)


def test_of_several_gateways_the_strongest_tells_the_signal() -> None:
    heard = chirpstack4(rxInfo=[{"rssi": -120}, {"rssi": -71}, {"snr": 3}, {"rssi": "error"}, "gw", {"rssi": -99}])
    assert [r.value for r in decoded(heard).readings if r.quantity == "rssi_dbm"] == [-71.0]


@pytest.mark.parametrize("port", [1, "1", None])
def test_a_port_may_be_a_number_a_string_or_missing(port: Json) -> None:
    if port is None:
        with pytest.raises(RefusedError, match="another port"):
            decoded(chirpstack4(fPort=port))
    else:
        assert volumes(decoded(chirpstack4(fPort=port))) == [5.342]


@pytest.mark.parametrize(
    "payload",
    [
        chirpstack4("LoRaWAN 1.0.2 EU868", deviceInfo={"devEui": DEVICE, "deviceName": "Quandify CubicMeter 7"}),
        chirpstack4("", deviceInfo={"devEui": DEVICE, "tags": {"vendor": "Quandify", "model": "CubicMeter 1.1"}}),
    ],
)
def test_the_model_may_stand_in_the_devices_name_or_its_tags(payload: Json) -> None:
    assert volumes(decoded(payload)) == [5.342]


def test_the_model_may_stand_in_the_topic() -> None:
    nameless = chirpstack4("EU868", deviceInfo={"devEui": DEVICE})
    assert volumes(decoded(nameless, f"quandify-cubicmeter/{DEVICE}")) == [5.342]


def test_bytes_of_an_unknown_model_are_refused_with_model_port_and_what_to_do() -> None:
    with pytest.raises(RefusedError) as refused:
        decoded(chirpstack4("Nobody's WM-9", fPort=7))
    assert refused.value.code == "decode.no_codec"
    for part in (DEVICE, "Nobody's WM-9", "28 bytes", "port 7", "codec in the network server"):
        assert part in refused.value.message


def test_an_object_that_tells_what_is_measured_outweighs_the_bytes() -> None:
    assert volumes(decoded(chirpstack4(object={"volume_m3": 7.5}))) == [7.5]


@pytest.mark.parametrize("data", ["", "not base64!", None, 17, "====", {"a": 1}])
def test_an_uplink_whose_data_is_none(data: Json) -> None:
    result = decoded(chirpstack4(data=data))
    assert {reading.quantity for reading in result.readings} == {"rssi_dbm"}


def test_addresses_and_bytes_in_every_writing() -> None:
    assert eui("pME4AACxABI=") == eui("A4-C1-38-00-00-B1-00-12") == eui("A4C1380000B10012") == DEVICE
    assert eui(None) == eui(17) == ""
    assert from_base64("AQI") == from_base64("AQI=") == b"\x01\x02"
    assert from_base64("A") is None
    assert from_hex("01 02") == from_hex("0102") == b"\x01\x02"
    assert from_hex("010") is from_hex("xy") is from_hex(None) is None
    assert [whole_number(value) for value in (2, "2", " 2 ", -1, "²", 2.5, True, "9" * 20)] == [2, 2, 2, *[None] * 5]


@pytest.mark.parametrize("codec", CODECS, ids=[codec.name for codec in CODECS])
def test_each_phrase_finds_its_codec_and_no_other(codec: Codec) -> None:
    assert {phrase: named(phrase.title(), CODECS) for phrase in codec.models} == dict.fromkeys(codec.models, codec)


@pytest.mark.parametrize(
    ("phrase", "name", "fits"),
    [
        ("em500-swl", "Milesight EM500 SWL v3", True),
        ("em500-swl", "milesight-iot em500swl-868m", True),
        ("em500-swl", "Milesight EM500-SWLX", False),
        ("axioma w1", "QALCOSONIC W1 (Axioma)", True),
        ("axioma w1", "Axioma W10", False),
        ("flowiq", "Kamstrup flowIQ2200", True),
        ("cubicmeter", "", False),
    ],
)
def test_how_people_write_a_models_name(phrase: str, name: str, fits: bool) -> None:
    assert bool(fit(phrase, name)) is fits


def test_a_name_that_fits_two_codecs_alike_is_none_of_them() -> None:
    assert named("hydrodigit or cubicmeter", CODECS) is None


ENVELOPES: tuple[tuple[str, dict[str, Json]], ...] = (
    ("application/1/device/a4c1380000b10012/event/up", chirpstack4(object={"volume_m3": 7.5})),
    (
        "application/1/device/a4c1380000b10012/event/up",
        {"applicationID": "1", "deviceName": "cubicmeter", "devEUI": "pME4AACxABI=", "rxInfo": [{"rssi": -90}],
         "fPort": 1, "data": base64.b64encode(CUBICMETER).decode(), "objectJSON": "{}", "publishedAt": "2026-11-24"},
    ),
    (
        "v3/voda@ttn/devices/cubicmeter-1/up",
        {"end_device_ids": {"device_id": "cubicmeter-1", "dev_eui": DEVICE}, "received_at": "2026-11-24T08:12:31Z",
         "uplink_message": {"f_port": 1, "frm_payload": base64.b64encode(CUBICMETER).decode(), "rx_metadata": [{}],
                            "decoded_payload": {"temperature_1": 8.5}, "normalized_payload": [{"battery": 3.6}]}},
    ),
    (
        "mqtt/things/a4/uplink",
        {"DevEUI_uplink": {"DevEUI": DEVICE, "Time": "2026-11-24T08:12:31Z", "FPort": "1", "LrrRSSI": -90,
                           "payload_hex": CUBICMETER.hex(), "payload": {}, "CustomerData": "{}", "Lrrs": {"Lrr": []},
                           "DriverCfg": {"mod": {"pId": "quandify", "mId": "cubicmeter"}},
                           "points": {"volume": {"unitId": "l", "records": [{"value": 1}]}}}},
    ),
    ("x", {"cmd": "gw", "EUI": DEVICE, "ts": 1795507951140, "port": 1, "data": CUBICMETER.hex(), "gws": [{"rssi": 1}]}),
    (
        "x",
        {"dev_eui": DEVICE, "hotspots": [{"rssi": -90}], "name": "cubicmeter", "reported_at": 1795507951140, "port": 1,
         "payload": base64.b64encode(CUBICMETER).decode(), "decoded": {"payload": {}, "status": "success"}},
    ),
)  # fmt: skip


def places(value: Json, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a payload."""
    inner: list[tuple[str | int, Json]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def replaced(value: Json, path: tuple[str | int, ...], new: Json) -> Json:
    """The payload with something else in one place."""
    if not path:
        return new
    key, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {name: replaced(item, rest, new) if name == key else item for name, item in value.items()}
    assert isinstance(value, list)
    return [replaced(item, rest, new) if at == key else item for at, item in enumerate(value)]


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(ENVELOPES), st.integers(0, 50), VALUES)
def test_anything_in_any_place_of_an_envelope(envelope: tuple[str, dict[str, Json]], place: int, value: Json) -> None:
    topic, payload = envelope
    where = places(payload)
    outcome(topic, json.dumps(replaced(payload, where[place % len(where)], value)).encode("utf-8", "replace"))
