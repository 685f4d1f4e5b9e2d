"""Compact frames: data whose records' heads the meter told in a full frame before (EN 13757-3, compact frames).

The format is named by a check sum over the heads, its signature, and a check sum over the full frame proves that it
was put together rightly. Which heads stand behind a signature is not told again, so the known ones are kept here.
"""

from __future__ import annotations

from ingest.mbus.coding import VARIABLE, WIDTHS
from ingest.mbus.crc import crc
from ingest.mbus.records import records
from models.errors import RefusedError

_FORMATS = {
    crc(heads): heads
    for heads in map(
        bytes.fromhex,
        (
            "02FF2004134413615B6167",
            "02FF20041392013BA1015B8101E7FF0F",
            "04FF234413523B06FF1B426C61675167023B04138101E7FF0F",
            "02FF2004134413426C523B615B616751678101E7FF0F06FF1B",
            "02FF2004134413A1015B8101E7FF0F",
            "02FF2004134413615B5167",
            "02FF2004134413",
            "02FF200413523B",
            "04FF2304134413426C023B92013BA2013B06FF1BA1015B91015BA10167",
        ),
    )
}
"""Kamstrup Multical 21, flowIQ 2200 and their kin, as their full frames have them."""

_HEAD = 4


def full_data(content: bytes, device: str, is_checked: bool) -> bytes:
    """The records of a compact frame, heads and values, proven by the check sum that came along.

    content : signature, check sum of the full frame, values
    is_checked : whether the link layer vouches for the bytes; then values that fit their heads to the byte suffice
    Raises RefusedError decode.bad_frame, decode.unknown_content where nobody knows the signature.
    """
    if len(content) < _HEAD:
        raise RefusedError("decode.bad_frame", f"compact frame of meter {device} is cut")
    signature, expected = content[0] | content[1] << 8, content[2] | content[3] << 8
    heads = _FORMATS.get(signature)
    if heads is None:
        raise RefusedError(
            "decode.unknown_content",
            f"meter {device} sent a compact frame of format {signature:#06x}, which is not known; "
            "its full frames, which come now and then, are read",
        )
    whole = _joined(heads, content[_HEAD:])
    if crc(whole) != expected and not (is_checked and records(whole).is_whole):
        raise RefusedError("decode.bad_frame", f"check sum of the compact frame of meter {device} is wrong")
    return whole


def _joined(heads: bytes, values: bytes) -> bytes:
    """Heads and values in turn; a variable value carries its own length."""
    whole = bytearray()
    at = value = 0
    while at < len(heads):
        begin = at
        coding, width = WIDTHS[heads[at] & 0x0F]
        for _ in range(2):  # the data block, then the value block
            while heads[at] & 0x80:
                at += 1
            at += 1
        if coding == VARIABLE:
            width = 1 + (values[value] if value < len(values) else 0)
        whole += heads[begin:at] + values[value : value + width]
        value += width
    return bytes(whole) + values[value:]
