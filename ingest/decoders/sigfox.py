"""Sigfox callbacks: the device's bytes in hex with what the backend knows of the message, one or a list of them.

The bytes have no port and at most twelve places, and a maker writes them for Sigfox otherwise than for LoRaWAN: they
are read where the callback's own payload configuration has decoded them into named fields, else they wait for a rule.

Documentation: Sigfox, Callbacks (custom payload config, common variables) and API v2, device messages.
"""

from __future__ import annotations

from ingest.decoders.by_rule import by_rule
from ingest.decoders.document import Document, Json
from ingest.decoders.envelope import field, fields_of, from_hex
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.lorawan import each
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device, joined
from ingest.decoders.result import Result
from ingest.decoders.value import number
from models.errors import RefusedError

_MARKS = frozenset(
    str.split("seqNumber avgSnr station duplicate computedLocation deviceTypeId longPolling lqi rolloverCounter rinfos")
)
_BYTES_AT_MOST = 12
_BACKEND = frozenset(
    str.split(
        """device device_id id time timestamp data seq_number rssi snr avg_snr station duplicate lat lng
        computed_location device_type device_type_id long_polling lqi rollover_counter rinfos sat_infos nb_frames
        operator country ack uuid datetime localdatetime callback_timestamp base_station_time reception link_quality"""
    )
)
"""What the backend says of a message; all else is what the callback decoded."""


def _recognises(message: Message, document: Document) -> bool:
    fields = document.object
    if _is_one(fields):
        return True
    listed = fields.get("data")
    return isinstance(listed, list) and bool(listed) and _is_one(listed[0])


def _is_one(value: Json) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("data"), str)
        and ("device" in value or "deviceId" in value)
        and not _MARKS.isdisjoint(value)
    )


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    fields = document.object
    listed = fields.get("data")
    if isinstance(listed, list):
        return each(listed, lambda entry: _decode_one(message, entry, context))
    return _decode_one(message, fields, context)


def _decode_one(message: Message, fields: dict[str, Json], context: DecodeContext) -> Decoded:
    named = field(fields, "device", "id") or fields.get("device") or fields.get("deviceId")
    device = as_device(str(named)) if isinstance(named, (str, int)) else ""
    data = from_hex(fields.get("data")) if fields.get("data") else b""
    if data is None or len(data) > _BYTES_AT_MOST:
        raise RefusedError("decode.bad_frame", f"sigfox: data of device {device} are not at most 12 bytes in hex")
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    told = fields.get("time", fields.get("timestamp"))
    when = harvest.moment(told) if told is not None else None
    frame = harvest.frame(harvest.device_by_rule() or device, named=True, when=when)
    own = {name: value for name, value in fields.items() if joined(name) not in _BACKEND}
    harvest.take(own, frame)
    if result.is_empty and data:
        raise RefusedError(
            "decode.no_codec",
            f"sigfox: device {device} sent {len(data)} bytes {data.hex()}; let the callback's custom payload config "
            "decode them into named fields (volume_l::uint:32)",
        )
    _take_signal(fields, frame, result)
    return result.finish(Problem("decode.no_reading", f"sigfox: a message of device {device} without data"))


def _take_signal(fields: dict[str, Json], frame: Frame, result: Result) -> None:
    """The strongest base station's [dBm]."""
    heard = (fields.get("rssi"), *fields_of(fields.get("rinfos"), "rssi"))
    strengths = [found.value for one in heard if (found := number(one)) is not None and not found.is_fault]
    if strengths:
        result.reading(frame.subject, "rssi_dbm", max(strengths), frame.moment)


DIALECT = Dialect("sigfox", _recognises, by_rule(_decode))
