"""By what each dialect is recognised, in words: for `smartvoda decode --explain`."""

from __future__ import annotations

SIGNS: dict[str, str] = {
    "sparkplug": "a level spBv1.0 in the topic",
    "smartvoda": "`device` with `quantity` and `value`, or with `notice` and `active`",
    "wmbusmeters": '`"_":"telegram"`, or `media`, `meter`, `id` and `timestamp`',
    "chirpstack4": "`deviceInfo` with `devEui`",
    "chirpstack3": "`devEUI` with `applicationID` or `deviceName`, or its topic with bytes",
    "ttn3": "`end_device_ids`",
    "actility": "a field `DevEUI_…`",
    "loriot": "`cmd` with `EUI`",
    "helium": "`dev_eui` with `hotspots`",
    "thingsboard": "a topic of ThingsBoard, or device names over lists of `ts` and `values`",
    "senml": "records with `n` or `bn` and a value, in JSON or CBOR",
    "sensorthings": "a topic v1.0/… or v1.1/…, or `result` with `phenomenonTime`",
    "ngsi": "`id` and `type` with NGSI's marks",
    "telegraf-json": "`name`, `tags`, `fields` and `timestamp`",
    "opcua-pubsub": "`MessageType` ua-…, a data set message, or OPC Publisher's samples",
    "wmbus": "a wireless M-Bus telegram with right check sums, in bytes, hexadecimal or base64",
    "mbus": "a wired M-Bus frame with right check sum, in bytes, hexadecimal or base64",
    "json": "any other JSON object or list",
    "influx-line": "lines of `measurement,tags fields time`",
    "csv": "rows between ; tab | or ,",
    "number": "a bare number or state",
}
"""Dialect → what stands in its payload or topic and in no other's."""
