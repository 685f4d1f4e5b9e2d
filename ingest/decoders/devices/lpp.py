"""Devices that send Cayenne LPP: see ingest.decoders.cayenne for what its channels mean."""

from __future__ import annotations

from ingest.decoders import cayenne
from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.result import Result


def _decode(uplink: Uplink, result: Result) -> None:
    channels = cayenne.in_bytes(uplink.data)
    if channels is None:
        raise uplink.refuse("it is no Cayenne LPP")
    if not channels:
        raise uplink.without_reading("a frame whose channels have no meaning by themselves")
    cayenne.take(channels, uplink.device, uplink.moment, result)


CODEC = Codec("cayenne-lpp", ("cayenne", "lpp", "cayennelpp"), _decode)
