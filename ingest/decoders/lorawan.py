"""What LoRaWAN network servers' envelopes have in common: an object made by a codec, bytes, signal strength."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from ingest.decoders import cayenne
from ingest.decoders.decoded_object import readable
from ingest.decoders.devices.codec import Codec, Uplink, named, signed, take
from ingest.decoders.devices.table import CODECS
from ingest.decoders.document import Json
from ingest.decoders.envelope import Envelope, whole_number
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Message, Problem
from ingest.decoders.model_name import names_another_medium
from ingest.decoders.normalized import take_normalized
from ingest.decoders.result import Result
from ingest.decoders.thingpark_points import take_points
from ingest.decoders.time import Moment
from ingest.decoders.trace import Origin
from ingest.decoders.value import number
from ingest.decoders.vendors import alarms_in, documented
from models.errors import RefusedError
from models.quantity import QUANTITIES
from models.reading import Reading

_ENTRIES_AT_MOST = 1000


def read(envelope: Envelope, message: Message, context: DecodeContext) -> Decoded:
    """The readings of one uplink: of the codec's object; where that does not say what is measured, of the bytes.

    Raises RefusedError decode.no_codec where there are bytes and neither an object nor a codec of ours.
    """
    dialect, device = envelope.dialect, envelope.device
    if not device:
        raise RefusedError("decode.no_device", f"{dialect}: the uplink names no device")
    if other := next((name for name in envelope.names if names_another_medium(name)), ""):
        raise RefusedError("decode.not_water", f"{dialect}: device {device} ({other[:60]}) does not measure water")
    result = Result(dialect, context)
    harvest = Harvest(message, context, result)
    names = (*envelope.names, message.topic)
    frame = replace(harvest.frame(device), moment=harvest.moment(envelope.time), named=True)
    _take_objects(envelope, names, frame, harvest, context, result)
    from_bytes: Decoded | None = None
    if envelope.data and not _tells(result):
        from_bytes = _of_bytes(envelope, names, frame.moment, context, result)
    if result.is_empty and from_bytes is None and (envelope.data or envelope.has_object):
        return result.finish(
            Problem("decode.unknown_fields", f"{dialect}: no field of the object of device {device} is known")
        )
    _take_signal(envelope.strengths, device, frame.moment, result)
    if from_bytes is not None and result.is_empty:
        return from_bytes
    found = result.finish(Problem("decode.no_reading", f"{dialect}: an uplink of device {device} without data"))
    return found if from_bytes is None else _joined(found, from_bytes)


def _take_objects(
    envelope: Envelope, names: tuple[str, ...], frame: Frame, harvest: Harvest, context: DecodeContext, result: Result
) -> None:
    """What codecs outside made of the bytes: the network server's, its normalization, ThingPark's points."""
    decoded = envelope.decoded
    known = documented(names, decoded)
    frame = replace(frame, documented=known.fields, path=_path(envelope, context))
    if (channels := cayenne.in_object(decoded)) is not None:
        cayenne.take(channels, frame.device, frame.moment, result)
    is_mapped = context.source is not None and bool(context.source.mapping)
    if isinstance(decoded, (dict, list)) and (channels is None or is_mapped):
        harvest.take(readable(decoded, known.fields, harvest), frame)
        for kind in alarms_in(decoded, known.alarms):
            result.notice(frame.device, kind, True, frame.moment)
    if isinstance(envelope.normalized, (dict, list)):
        take_normalized(envelope.normalized, frame, harvest, result)
    if envelope.points and not _tells(result):
        take_points(envelope.points, frame, harvest, result)


def _path(envelope: Envelope, context: DecodeContext) -> str:
    """Where the object's fields begin for mapping rules: at the payload's root, or in short at the object itself."""
    mapping = context.source.mapping if context.source else ()
    root = envelope.path
    is_short = bool(mapping) and not any(path.startswith((f"{root}.", f"{root}[")) for path, _ in mapping)
    return "" if is_short else root


def _of_bytes(
    envelope: Envelope, names: tuple[str, ...], when: Moment, context: DecodeContext, result: Result
) -> Decoded | None:
    """What the bytes say by a codec of ours; None where there is none, or where the object said something at least."""
    port = whole_number(envelope.port)
    model = envelope.names[0] if envelope.names else ""
    counter = whole_number(envelope.counter)
    uplink = Uplink(envelope.device, port, envelope.data or b"", model, when, context, counter)
    by_name = next(((codec, name) for name in names if (codec := _codec_of(name))), None)
    codec = signed(uplink, CODECS) if by_name is None else by_name[0]
    if codec is None:
        if not envelope.has_object:
            raise RefusedError("decode.no_codec", _no_codec(envelope.dialect, uplink))
        return None
    if by_name is not None:
        uplink = replace(uplink, model=by_name[1])
    own = Result(envelope.dialect, context)
    try:
        if context.trace is not None:
            context.trace.frame = Origin(f"bytes on port {port}", uplink.data)
        take(codec, uplink, own)
        return own.finish(
            Problem("decode.no_reading", f"{envelope.dialect}: a frame of {codec.name} without a reading")
        )
    except RefusedError:
        if result.is_empty:
            raise
        return None
    finally:
        if context.trace is not None:
            context.trace.frame = None


@lru_cache(maxsize=16_384)
def _codec_of(name: str) -> Codec | None:
    return named(name, CODECS)


def _tells(result: Result) -> bool:
    """Whether something is measured, not only a battery or a signal."""
    return any(QUANTITIES[quantity].kind in ("register", "rate", "level") for quantity in result.quantities) or (
        not result.quantities.isdisjoint(("pressure_m", "interval_volume_m3", "valve_open"))
    )


def _joined(first: Decoded, second: Decoded) -> Decoded:
    """Two results of one uplink: what the first has no quantity of comes from the second."""
    have = {(reading.device, reading.quantity) for reading in first.readings}
    told = {(notice.device, notice.notice) for notice in first.notices}
    return first._replace(
        readings=first.readings + tuple(r for r in second.readings if (r.device, r.quantity) not in have),
        notices=first.notices + tuple(n for n in second.notices if (n.device, n.notice) not in told),
        problems=first.problems + second.problems,
        complete_status=tuple(dict.fromkeys(first.complete_status + second.complete_status)),
    )


def each(entries: list[Json], decode_one: Callable[[dict[str, Json]], Decoded]) -> Decoded:
    """The readings of a list of uplinks: the good ones count.

    Raises the first's RefusedError where none is good.
    """
    decoded: list[Decoded] = []
    refusals: list[RefusedError] = []
    for entry in entries[:_ENTRIES_AT_MOST]:
        try:
            decoded.append(decode_one(entry if isinstance(entry, dict) else {}))
        except RefusedError as refusal:
            refusals.append(refusal)
    if not decoded:
        raise refusals[0] if refusals else RefusedError("decode.no_reading", "an empty list of uplinks")
    readings: dict[tuple[str, str, datetime], Reading] = {}
    for part in decoded:
        for reading in part.readings:  # one frame that was heard twice counts once
            readings.setdefault((reading.device, reading.quantity, reading.time), reading)
    problems = [problem for part in decoded for problem in part.problems]
    return decoded[0]._replace(
        readings=tuple(readings.values()),
        notices=tuple(dict.fromkeys(notice for part in decoded for notice in part.notices)),
        problems=(*problems, *(Problem(refusal.code, refusal.message) for refusal in refusals)),
        complete_status=tuple(dict.fromkeys(device for part in decoded for device in part.complete_status)),
    )


def _no_codec(dialect: str, uplink: Uplink) -> str:
    port = "no port" if uplink.port is None else f"port {uplink.port}"
    model = uplink.model or "model not named"
    return (
        f"{dialect}: device {uplink.device} ({model}) sent {len(uplink.data)} bytes on {port} without a decoded "
        "object, and no codec here is of that model; give its profile a codec in the network server, or name vendor "
        "and model in the profile, the device's name or the topic"
    )


def _take_signal(strengths: tuple[Json, ...], device: str, when: Moment, result: Result) -> None:
    """The strongest signal among the gateways that heard the uplink."""
    found = [number(strength) for strength in strengths]
    heard = [n.value for n in found if n is not None and not n.is_fault and n.value != 0]
    if heard:
        result.reading(device, "rssi_dbm", max(heard), when)
