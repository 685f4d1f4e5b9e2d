"""Records that a device kept and sends later, each with a time of its own."""

from __future__ import annotations

from dataclasses import replace

from ingest.decoders.devices.codec import Uplink
from ingest.decoders.message import Problem
from ingest.decoders.result import Result


def record(uplink: Uplink, epoch_s: int, result: Result) -> Uplink | None:
    """The uplink as if it had been sent when the device kept the record [s since 1970 UTC].

    None, with a problem, where that time is not to be believed: a record has no other, and the frame's own time would
    make the past look like the present.
    """
    when = uplink.at(epoch_s)
    if when.time_source != "payload" or when.flags:
        result.problem(
            Problem("decode.bad_value", f"device {uplink.device}: a stored record of the time {epoch_s} was left out")
        )
        return None
    return replace(uplink, moment=when)
