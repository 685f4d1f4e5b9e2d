"""Sparkplug's payload B: what readings need of it, as a protobuf schema built from one table.

Documentation: Eclipse Sparkplug 3.0, section 6.4 (payload B). Field numbers and types are the specification's. Data
sets, templates, metadata and extensions are left out: protobuf skips what a schema does not name. The schema is built
when the first message comes, so that nobody needs protoc and no generated code has to fit a protobuf release.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from ingest.decoders.value import as_written
from models.errors import RefusedError

MAX_METRICS = 20_000
MESSAGES: dict[str, str] = {
    "Payload": "1 timestamp uint64, 2 metrics Metric*, 3 seq uint64",
    "Metric": """1 name string, 2 alias uint64, 3 timestamp uint64, 4 datatype uint32, 5 is_historical bool,
        6 is_transient bool, 7 is_null bool, 9 properties PropertySet, 10 int_value uint32|, 11 long_value uint64|,
        12 float_value float|, 13 double_value double|, 14 boolean_value bool|, 15 string_value string|""",
    "PropertySet": "1 keys string*, 2 values PropertyValue*",
    "PropertyValue": """1 type uint32, 2 is_null bool, 3 int_value uint32|, 4 long_value uint64|, 5 float_value float|,
        6 double_value double|, 7 boolean_value bool|, 8 string_value string|""",
}
"""Messages and their fields: number, name, type; a star is a list, a bar belongs to the one `value`."""

_SIGNED_BITS = {1: 8, 2: 16, 3: 32, 4: 64}
"""Data types Int8, Int16, Int32, Int64, which are sent as unsigned two's complement."""

_SKIPPED_TYPES = frozenset([13, 16, 17, 18, 19, *range(22, 35)])
"""DateTime, DataSet, Bytes, File, Template and arrays: nothing that is a reading."""

_WHOLE = ("int_value", "long_value")
_KINDS: dict[int, tuple[str, ...]] = {
    **dict.fromkeys(range(1, 9), _WHOLE),
    9: ("float_value",),
    10: ("double_value",),
    11: ("boolean_value",),
    12: ("string_value",),
    13: _WHOLE,
    14: ("string_value",),
    15: ("string_value",),
}
"""Fields in which values of a data type are sent."""

REBIRTH = "Node Control/Rebirth"


class Metric(NamedTuple):
    """One metric of a payload.

    alias : None where it has none
    time_ms : of the value, else of the message; 0 where neither says
    value : None where it is null, absent or of a type that is no reading
    properties : by name; null ones left out
    datatype : 0 where it says none, as data may
    kind : which of the value's fields it has, empty where it has none
    """

    name: str
    alias: int | None
    time_ms: int
    value: bool | int | float | str | None
    properties: dict[str, bool | int | float | str]
    datatype: int
    kind: str


class Payload(NamedTuple):
    """A message's time in ms since 1970 UTC, 0 where it says none, and its metrics."""

    time_ms: int
    metrics: list[Metric]


def parse(data: bytes) -> Payload:
    """The payload that bytes hold.

    Raises RefusedError decode.not_protobuf, decode.too_large.
    """
    message = payload_class()()
    try:
        message.ParseFromString(data)
    except Exception as error:
        raise RefusedError("decode.not_protobuf", f"sparkplug: payload is no protobuf: {error!s:.60}") from None
    if len(message.metrics) > MAX_METRICS:
        raise RefusedError("decode.too_large", f"sparkplug: more than {MAX_METRICS} metrics in one message")
    return Payload(message.timestamp, [_metric(metric, message.timestamp) for metric in message.metrics])


def rebirth_command(time_ms: int) -> bytes:
    """The payload that asks an edge node for its births (section 6.4.20: Node Control/Rebirth)."""
    message = payload_class()()
    message.timestamp = time_ms
    metric = message.metrics.add()
    metric.name, metric.timestamp, metric.datatype, metric.boolean_value = REBIRTH, time_ms, 11, True
    return bytes(message.SerializeToString())


def _metric(metric: Any, sent_ms: int) -> Metric:
    properties = {
        _text(name): value
        for name, one in zip(metric.properties.keys, metric.properties.values, strict=False)
        if not one.is_null and (value := _value(one, one.type)) is not None
    }
    return Metric(
        _text(metric.name),
        metric.alias if metric.HasField("alias") else None,
        metric.timestamp if metric.HasField("timestamp") else sent_ms,
        None if metric.is_null else _value(metric, metric.datatype),
        properties,
        metric.datatype,
        metric.WhichOneof("value") or "",
    )


def agrees(kind: str, datatype: int) -> bool:
    """Whether a value's field can be that of a data type, where both are known.

    >>> agrees("float_value", 9), agrees("boolean_value", 9), agrees("", 9), agrees("int_value", 0)
    (True, False, True, True)
    """
    return not kind or datatype not in _KINDS or kind in _KINDS[datatype]


def _value(holder: Any, datatype: int) -> bool | int | float | str | None:
    kind = holder.WhichOneof("value")
    if kind is None or datatype in _SKIPPED_TYPES:
        return None
    value: bool | int | float | str = getattr(holder, kind)
    if kind in ("int_value", "long_value") and datatype in _SIGNED_BITS:
        return _signed(int(value), _SIGNED_BITS[datatype])
    if kind == "float_value":
        return as_written(float(value))
    return _text(value) if kind == "string_value" else value


def _text(value: Any) -> str:
    """A string of the payload; protobuf gives the bytes of one that is no UTF-8."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _signed(value: int, bits: int) -> int:
    """A number out of two's complement of its own width, or of 32 bits as some senders widen it.

    >>> _signed(0xFF, 8), _signed(0xFFFFFFFF, 16), _signed(5, 32)
    (-1, -1, 5)
    """
    cut = value & ((1 << bits) - 1)
    return cut - (1 << bits) if cut >> (bits - 1) else cut


@cache
def payload_class() -> Any:
    """The protobuf class of Payload, built from MESSAGES."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="sparkplug.proto", package="smartvoda.sparkplug", syntax="proto2")
    for name, text in MESSAGES.items():
        message = file.message_type.add(name=name)
        for entry in text.split(","):
            number, field_name, kind = entry.split()
            field = message.field.add(name=field_name, number=int(number), label=kinds.LABEL_OPTIONAL)
            if kind.endswith("|"):
                field.oneof_index = 0
            elif kind.endswith("*"):
                field.label = kinds.LABEL_REPEATED
            kind = kind.rstrip("*|")
            if kind in MESSAGES:
                field.type, field.type_name = kinds.TYPE_MESSAGE, f".{file.package}.{kind}"
            else:
                field.type = kinds.Type.Value(f"TYPE_{kind.upper()}")
        if "|" in text:
            message.oneof_decl.add(name="value")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{file.package}.Payload"))
