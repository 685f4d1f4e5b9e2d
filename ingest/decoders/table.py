"""Every dialect, in the order in which `auto` asks them: envelopes first, what fits anything last."""

from __future__ import annotations

from ingest.decoders import (
    actility,
    chirpstack3,
    chirpstack4,
    csv_lines,
    helium,
    influx_line,
    loriot,
    mbus,
    ngsi,
    opcua_pubsub,
    plain_json,
    plain_number,
    senml,
    sensorthings,
    smartvoda,
    sparkplug,
    telegraf_json,
    thingsboard,
    ttn3,
    wmbus,
    wmbusmeters,
)
from ingest.decoders.message import Dialect

DECODERS: tuple[Dialect, ...] = (
    sparkplug.DIALECT,
    smartvoda.DIALECT,
    wmbusmeters.DIALECT,
    chirpstack4.DIALECT,
    chirpstack3.DIALECT,
    ttn3.DIALECT,
    actility.DIALECT,
    loriot.DIALECT,
    helium.DIALECT,
    thingsboard.DIALECT,
    senml.DIALECT,
    sensorthings.DIALECT,
    ngsi.DIALECT,
    telegraf_json.DIALECT,
    opcua_pubsub.DIALECT,
    wmbus.DIALECT,
    mbus.DIALECT,
    plain_json.DIALECT,
    influx_line.DIALECT,
    csv_lines.DIALECT,
    plain_number.DIALECT,
)

BY_NAME: dict[str, Dialect] = {dialect.name: dialect for dialect in DECODERS}
assert len(BY_NAME) == len(DECODERS), "two dialects have one name"
