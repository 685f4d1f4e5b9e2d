"""Lobaro wM-Bus bridge: radio telegrams of meters inside LoRaWAN frames; the readings are the meters'.

Port 11 carries a whole telegram. Ports 12 to 99 carry one of several parts: the tens count the part, the ones how many
there are. Parts are remembered until all have come; only parts of consecutive frame counters belong together. Port 1
is the bridge's own status: its battery.

Documentation: Lobaro/docs, lorawan-sensors/wmbus-lorawan (payload format 0, "encoding in ports").
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.frames import Frame
from ingest.decoders.message import Message
from ingest.decoders.result import Result
from ingest.decoders.telegram import take
from ingest.mbus.meter import heard
from models.reading import iso_z, to_ms

_STATUS, _WHOLE = 1, 11
_PARTS = range(12, 100)
_STATUS_BATTERY_AT = {7: 3, 9: 5}
"""Where the battery stands, by the length of a status: firmware 2 and 1."""

_TOGETHER_MS = 3_600_000
"""Parts further apart than an hour are of two telegrams: the counters were reset between."""


def _decode(uplink: Uplink, result: Result) -> None:
    """A meter's telegram, or the bridge's own status."""
    port, data = uplink.port or 0, uplink.data
    if port == _STATUS and len(data) in _STATUS_BATTERY_AT:
        at = _STATUS_BATTERY_AT[len(data)]
        result.reading(uplink.device, "battery_v", int.from_bytes(data[at : at + 2], "little") / 1000, uplink.moment)
        return
    if port in _PARTS:
        data = _joined(uplink, port // 10, port % 10)
    elif port != _WHOLE:
        raise uplink.refuse("the bridge sends telegrams on ports 11 to 99 and its status on port 1")
    said = heard(data, uplink.context.keys)
    network = None if said.content.clock else iso_z(uplink.moment.time)
    message = Message("", data, uplink.moment.time)
    take(said, Frame(data, network), message, uplink.context, result)


def _joined(uplink: Uplink, part: int, parts: int) -> bytes:
    """The telegram, once its last part is here.

    Raises RefusedError decode.no_reading while parts are missing, decode.bad_frame where they can't be kept.
    """
    memory = uplink.context.memory
    if not 1 <= part <= parts:
        raise uplink.refuse(f"there is no part {part} of {parts}")
    if memory is None or uplink.counter is None:
        raise uplink.refuse(f"it is part {part} of {parts} of a telegram, and the others are not at hand")
    name = f"lobaro-bridge/{uplink.device}/{uplink.counter - part + 1}/{parts}"
    now_ms = to_ms(uplink.moment.time)
    memory.forget(f"lobaro-bridge/{uplink.device}/", now_ms - _TOGETHER_MS)
    held: dict[str, str] = json.loads(memory.recall(name) or b"{}")
    held[str(part)] = uplink.data.hex()
    if not _is_whole(held, parts):
        memory.remember(name, now_ms, json.dumps(held).encode())
        raise uplink.without_reading(f"part {part} of {parts} of a telegram, kept until the others come,")
    memory.forget(name, now_ms + 1)
    return bytes.fromhex("".join(held[str(n)] for n in range(1, parts + 1)))


def _is_whole(held: Mapping[str, str], parts: int) -> bool:
    return all(str(n) in held for n in range(1, parts + 1))


CODEC = Codec("lobaro-bridge", ("lobaro wmbus", "lobaro wmbus-bridge", "lobaro wm-bus", "lobaro bridge"), _decode)
