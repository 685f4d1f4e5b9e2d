"""Units that stand on another topic than their values are remembered, and only what was announced is read by them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from ingest.decoders import DecodeContext, Message, decode
from ingest.decoders.memory import Memory
from models.errors import RefusedError

RECEIVED = datetime(2026, 11, 24, 10, tzinfo=UTC)
Found = list[tuple[str, str, float | None]]


def heard(memory: Memory | None, topic: str, payload: object) -> Found:
    """What comes out of a message; the refusal's code in the device's place."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    try:
        decoded = decode(Message(topic, text.encode(), RECEIVED), DecodeContext(memory=memory))
    except RefusedError as error:
        return [(error.code, "", None)]
    return [(reading.device, reading.quantity, reading.value) for reading in decoded.readings]


def announce(memory: Memory, state_topic: str, unit: str, **more: object) -> None:
    fields = {"stat_t": state_topic, "unit_of_meas": unit, "name": "x", "dev": {"ids": "a1"}, **more}
    assert heard(memory, "homeassistant/sensor/a1/x/config", fields) == [("decode.no_reading", "", None)]


def test_an_entity_is_read_by_the_unit_that_was_announced() -> None:
    memory = Memory()
    topic = "vodomer/sensor/watermeter_totaal/state"
    assert heard(memory, topic, "1234.5") == [("decode.no_quantity", "", None)]
    announce(memory, topic, "m³", dev_cla="water", stat_cla="total_increasing")
    assert heard(memory, topic, "1234.5") == [("vodomer/watermeter_totaal", "volume_m3", 1234.5)]
    assert heard(None, topic, "1234.5") == [("decode.no_quantity", "", None)]


@pytest.mark.parametrize(
    ("entity", "unit", "more"),
    [
        ("watermeter_totaal_daily", "L", {"dev_cla": "water", "stat_cla": "total_increasing"}),
        ("spotreba", "L", {"dev_cla": "water", "stat_cla": "total"}),
        ("spotreba", "L", {"dev_cla": "water", "stat_cla": "measurement"}),
        ("spotreba", "kWh", {"dev_cla": "water", "stat_cla": "total_increasing"}),
        ("watermeter_totaal", "m³", {"dev_cla": "water", "val_tpl": "{{ value | float * 0.001 }}"}),
        ("obyvak_teplota", "°C", {"dev_cla": "temperature"}),
        ("vodojem_target_level", "cm", {}),
    ],
)
def test_what_is_no_reading_of_water_stays_none(entity: str, unit: str, more: dict[str, object]) -> None:
    memory = Memory()
    topic = f"uzel/sensor/{entity}/state"
    announce(memory, topic, unit, **more)
    assert heard(memory, topic, "21.5")[0][0].startswith("decode.")


def test_a_base_topic_and_a_place_in_the_name() -> None:
    memory = Memory()
    announce(memory, "~/sensor/vodojem_horni_hladina/state", "cm", **{"~": "vodarna"})
    assert heard(memory, "vodarna/sensor/vodojem_horni_hladina/state", "342") == [
        ("vodarna/vodojem_horni", "level_m", 3.42)
    ]


def test_components_of_one_device() -> None:
    memory = Memory()
    parts = {
        "a": {"p": "sensor", "unit_of_measurement": "L/min", "device_class": "volume_flow_rate"},
        "b": {"p": "switch", "command_topic": "x"},
    }
    config = {"dev": {"ids": "a1"}, "state_topic": "privod/sensor/hlavni/state", "cmps": parts}
    heard(memory, "homeassistant/device/a1/config", config)
    assert heard(memory, "privod/sensor/hlavni/state", "10") == [("privod/hlavni", "flow_m3h", 0.6)]


def test_statestream_tells_the_unit_on_a_topic_of_its_own() -> None:
    memory = Memory()
    heard(memory, "hass/sensor/vodojem_lhota_hladina/unit_of_measurement", '"cm"')
    assert heard(memory, "hass/sensor/vodojem_lhota_hladina/state", "342") == [
        ("vodojem_lhota_hladina", "level_m", 3.42)
    ]


def test_homie_tells_the_unit_as_an_attribute() -> None:
    memory = Memory()
    heard(memory, "homie/vodomer-7/meter/total/$unit", "L")
    assert heard(memory, "homie/vodomer-7/meter/total", "1234567") == [("vodomer-7", "volume_m3", 1234.567)]


def test_zigbee2mqtt_announces_the_unit_of_what_a_valve_counts() -> None:
    memory = Memory()
    template = "{{ value_json.water_consumed }}"
    announce(memory, "zigbee2mqtt/privod", "L", dev_cla="water", stat_cla="total_increasing", val_tpl=template)
    state = {"water_consumed": 1500, "linkquality": 90}
    assert heard(memory, "zigbee2mqtt/privod", state) == [("privod", "volume_m3", 1.5)]
    # An irrigation timer is announced alike, and counts each watering anew.
    timer = {**state, "last_irrigation_duration": "00:10:00"}
    assert heard(memory, "zigbee2mqtt/privod", timer) == [("decode.no_reading", "", None)]


def test_a_unit_that_is_none_is_not_remembered() -> None:
    memory = Memory()
    before = memory.edition
    announce(memory, "vodomer/sensor/x/state", "parsec")
    heard(memory, "homie/vodomer-7/meter/total/$unit", "x" * 5000)
    assert memory.edition == before


def test_a_camera_says_its_unit_in_its_announcement() -> None:
    memory = Memory()
    announce(memory, "~/main/value", "L", dev_cla="water", stat_cla="total_increasing", **{"~": "esp32cam"})
    assert heard(memory, "esp32cam/main/value", "704529") == [("esp32cam", "volume_m3", 704.529)]
    announce(memory, "plyn/main/value", "m³", dev_cla="gas", stat_cla="total_increasing")
    assert heard(memory, "plyn/main/value", "704") == [("decode.not_water", "", None)]


def test_what_zigbee2mqtt_published_of_a_valve() -> None:
    # Koenkk/zigbee2mqtt issue 23376, without its availability.
    config = {
        "device": {"identifiers": ["zigbee2mqtt_0x0ceff6fffe17e71c"], "model": "Zigbee smart water valve (SWV)"},
        "json_attributes_topic": "zigbee2mqtt/0x0ceff6fffe17e71c",
        "name": "Flow",
        "state_topic": "zigbee2mqtt/0x0ceff6fffe17e71c",
        "unit_of_measurement": "m³/h",
        "value_template": "{{ value_json.flow }}",
    }
    memory = Memory()
    state = {"flow": 0.9, "linkquality": 130}
    assert heard(memory, "zigbee2mqtt/0x0ceff6fffe17e71c", state) == [("decode.no_unit", "", None)]
    heard(memory, "homeassistant/sensor/0x0ceff6fffe17e71c/flow/config", config)
    found = heard(memory, "zigbee2mqtt/0x0ceff6fffe17e71c", state)
    assert found == [("0x0ceff6fffe17e71c".removeprefix("0x"), "flow_m3h", 0.9)]
