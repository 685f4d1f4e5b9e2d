"""Reports as each dialect writes them: topic and payload. The product's decoders read them back to the same values."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ingest.simulator.faults import since_power_up_s
from ingest.simulator.instruments import Instrument
from ingest.simulator.wire import wire
from models.reading import from_ms, iso_z

_SNR_FLOOR_DBM = -118


class Report(NamedTuple):
    """What an instrument says at once: values by quantity, in the wire's units.

    stamped_s : time by its own clock; clock_ok : False where that clock had lost its time
    signal_dbm : how strongly a gateway heard it, None without radio
    """

    instrument: Instrument
    time_s: float
    stamped_s: float
    clock_ok: bool
    values: dict[str, float]
    signal_dbm: int | None = None

    @property
    def stamp(self) -> str:
        """The device's time as ISO 8601."""
        return iso_z(from_ms(self.stamp_ms))

    @property
    def stamp_ms(self) -> int:
        """The device's time in milliseconds since 1970."""
        seconds = self.stamped_s if self.clock_ok else since_power_up_s(self.time_s)
        return round(seconds * 1000)

    @property
    def fields(self) -> dict[str, float | int]:
        """Values by the dialect's field names; whole numbers without a point."""
        dialect = self.instrument.route.dialect
        named = ((wire(dialect, quantity), value) for quantity, value in self.values.items())
        return {item.field: value if item.digits else round(value) for item, value in named}


Message = tuple[str, bytes]


def messages(report: Report) -> Iterator[Message]:
    """The MQTT messages, topic and payload, of a report."""
    return _DIALECTS[report.instrument.route.dialect](report)


def _smartvoda(report: Report) -> Iterator[Message]:
    device = report.instrument.device.device
    readings = [
        {"device": device, "quantity": quantity, "value": value, "time": report.stamp}
        for quantity, value in report.fields.items()
    ]
    place = report.instrument.point.zone or report.instrument.point.point
    yield f"{report.instrument.route.base}/{place}/{device}", _json(readings[0] if len(readings) == 1 else readings)


def _wmbusmeters(report: Report) -> Iterator[Message]:
    device = report.instrument.device
    telegram: dict[str, object] = {
        "_": "telegram",
        "media": "pressure" if device.kind == "pressure_sensor" else "cold water",
        "meter": device.type,
        "name": report.instrument.point.point,
        "id": device.device,
        **report.fields,
        "status": "OK",
        "timestamp": report.stamp,
        "device": "rtlwmbus[00000001]",
        "rssi_dbm": report.signal_dbm,
    }
    yield f"{report.instrument.route.base}/{device.device}", _json(telegram)


def _chirpstack(report: Report) -> Iterator[Message]:
    device, town = report.instrument.device, report.instrument.point.municipality
    application = str(uuid.uuid5(uuid.NAMESPACE_DNS, town))
    uplink = {
        "deduplicationId": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{device.device} {report.stamp_ms}")),
        "time": report.stamp,
        "deviceInfo": {
            "tenantName": "Smart voda",
            "applicationId": application,
            "applicationName": town,
            "deviceProfileName": device.type,
            "deviceName": report.instrument.point.point,
            "devEui": device.device,
        },
        "devAddr": _address(device.device),
        "adr": True,
        "dr": 3,
        "fCnt": int(report.time_s // 300) % 65_536,
        "fPort": 2,
        "confirmed": False,
        "object": _without_signal(report),
        "rxInfo": [{"gatewayId": _gateway(town), "rssi": report.signal_dbm, "snr": _snr(report)}],
    }
    base = report.instrument.route.base
    yield f"{base}/application/{application}/device/{device.device}/event/up", _json(uplink)


def _things_stack(report: Report) -> Iterator[Message]:
    device, town = report.instrument.device, report.instrument.point.municipality
    identifier = f"eui-{device.device}"
    uplink = {
        "end_device_ids": {
            "device_id": identifier,
            "application_ids": {"application_id": town},
            "dev_eui": device.device.upper(),
            "dev_addr": _address(device.device).upper(),
        },
        "received_at": report.stamp,
        "uplink_message": {
            "f_port": 2,
            "f_cnt": int(report.time_s // 300) % 65_536,
            "decoded_payload": _without_signal(report),
            "rx_metadata": [
                {"gateway_ids": {"gateway_id": f"{town}-vez"}, "rssi": report.signal_dbm, "snr": _snr(report)}
            ],
            "received_at": report.stamp,
        },
    }
    yield f"{report.instrument.route.base}/devices/{identifier}/up", _json(uplink)


def _thingsboard(report: Report) -> Iterator[Message]:
    telemetry = {report.instrument.device.device: [{"ts": report.stamp_ms, "values": report.fields}]}
    yield f"{report.instrument.route.base}/v1/gateway/telemetry", _json(telemetry)


def _number(report: Report) -> Iterator[Message]:
    for field, value in report.fields.items():
        yield f"{report.instrument.route.base}/{report.instrument.device.device}/{field}", str(value).encode()


_DIALECTS: dict[str, Callable[[Report], Iterator[Message]]] = {
    "smartvoda": _smartvoda,
    "wmbusmeters": _wmbusmeters,
    "chirpstack4": _chirpstack,
    "ttn3": _things_stack,
    "thingsboard": _thingsboard,
    "number": _number,
}

RADIO = ("wmbusmeters", "chirpstack4", "ttn3")
"""Dialects in which a gateway adds how strongly it heard the device."""

TIMELESS = ("number",)
"""Dialects without a time of their own: what is late would be taken for now."""


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _without_signal(report: Report) -> dict[str, float | int]:
    """A codec's object; how strongly the device was heard stands beside it."""
    return {name: value for name, value in report.fields.items() if name != "rssi_dbm"}


def _snr(report: Report) -> float:
    return round(((report.signal_dbm or 0) - _SNR_FLOOR_DBM) / 4.0 - 4.0, 1)


def _address(device: str) -> str:
    return hashlib.blake2b(device.encode(), digest_size=4).hexdigest()


def _gateway(town: str) -> str:
    return "24e124" + hashlib.blake2b(town.encode(), digest_size=5).hexdigest()
