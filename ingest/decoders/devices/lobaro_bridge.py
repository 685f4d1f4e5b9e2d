"""Lobaro wM-Bus bridge: whole radio telegrams of meters inside LoRaWAN frames; the readings are the meters'.

Port 11 carries a whole telegram. Ports 12 to 99 carry one of several parts (the tens count the part, the ones how many
there are), which are not put together; a larger loraMaxMsgSize or data rate sends telegrams whole. Port 1 is the
bridge's own status: its battery.

Documentation: Lobaro/docs, lorawan-sensors/wmbus-lorawan (payload format 0, "encoding in ports").
"""

from __future__ import annotations

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.frames import Frame
from ingest.decoders.message import Message
from ingest.decoders.result import Result
from ingest.decoders.telegram import take
from ingest.mbus.meter import heard
from models.reading import iso_z

_STATUS, _WHOLE = 1, 11
_PARTS = range(12, 100)
_STATUS_BATTERY_AT = {7: 3, 9: 5}
"""Where the battery stands, by the length of a status: firmware 2 and 1."""


def _decode(uplink: Uplink, result: Result) -> None:
    port, data = uplink.port or 0, uplink.data
    if port == _STATUS and len(data) in _STATUS_BATTERY_AT:
        at = _STATUS_BATTERY_AT[len(data)]
        result.reading(uplink.device, "battery_v", int.from_bytes(data[at : at + 2], "little") / 1000, uplink.moment)
    elif port == _WHOLE:
        said = heard(data, uplink.context.keys)
        network = None if said.content.clock else iso_z(uplink.moment.time)
        message = Message("", data, uplink.moment.time)
        take(said, Frame(data, network), message, uplink.context, result)
    elif port in _PARTS:
        raise uplink.refuse(
            f"it is part {port // 10} of {port % 10} of a telegram; parts are not put together, "
            "set loraMaxMsgSize so that telegrams fit"
        )
    else:
        raise uplink.refuse("the bridge sends telegrams on ports 11 to 99 and its status on port 1")


CODEC = Codec("lobaro-bridge", ("lobaro wmbus", "lobaro wmbus-bridge", "lobaro wm-bus", "lobaro bridge"), _decode)
