"""Frames made of tags, each with a value of the width that its vendor documents (Milesight, ELSYS, Sensative).

A tag that is not documented ends the reading: its width is not known, and a guess would shift all that follows. What
came before stays. A value that is cut off refuses the whole frame: radio frames arrive whole or not at all, so
something on the way has harmed it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ingest.decoders.devices.codec import Uplink
from ingest.decoders.message import Problem
from ingest.decoders.result import Result

Read = Callable[[bytes, Uplink, Result], None]


@dataclass(frozen=True, slots=True)
class Field:
    """A tag's value.

    size : its width in bytes; REST takes all that follows
    read : adds what the value says; None for what is nothing for us
    """

    size: int
    read: Read | None = None


REST = -1


def read_tagged(
    uplink: Uplink, data: bytes, tag_bytes: int, fields: Mapping[int, Field], result: Result, mask: int = -1
) -> None:
    """Add what the tags of a frame say.

    tag_bytes : width of a tag, read with its first byte first
    mask : bits of a tag that name it

    Raises RefusedError decode.bad_frame where a tag or value is cut off, or the first tag is not known.
    """
    at = 0
    while at < len(data):
        tag = int.from_bytes(data[at : at + tag_bytes], "big") & mask
        field = fields.get(tag) if at + tag_bytes <= len(data) else Field(1)
        if field is None:
            unknown = uplink.refuse(f"tag {tag:0{2 * tag_bytes}x} at byte {at} is not documented")
            if at == 0:
                raise unknown
            result.problem(Problem(unknown.code, unknown.message))
            return
        at += tag_bytes
        end = len(data) if field.size == REST else at + field.size
        if end > len(data) or at > len(data):
            raise uplink.refuse(f"the value of tag {tag:0{2 * tag_bytes}x} is cut off")
        if field.read is not None:
            field.read(data[at:end], uplink, result)
        at = end
