"""Wired frames (EN 13757-2): long frames with their check sum, several in one payload, and acknowledgements."""

from __future__ import annotations

from typing import NamedTuple

from models.errors import RefusedError

_LONG, _SHORT, _STOP, _ACKNOWLEDGEMENT = 0x68, 0x10, 0x16, 0xE5
_FRAME = 6
"""Bytes of a long frame that its length does not count: 68 L L 68 … check sum 16."""

_SHORT_BYTES = 5
_LONGEST = 255 + _FRAME
_FRAMES_AT_MOST = 3000
_RESPONSE, _RESPONSE_BITS = 0x08, 0x4F
"""C field of a meter's answer, its access and flow bits left out."""


class Answers(NamedTuple):
    """The contents of meters' answers, each from its CI field on, and why what follows them is none."""

    contents: list[bytes]
    refusal: RefusedError | None


def looks_like_frames(data: bytes) -> bool:
    """Whether bytes begin as a wired frame. Quick, never raises."""
    frame = data.lstrip(bytes([_ACKNOWLEDGEMENT]))
    if len(frame) >= 4 and frame[0] == _LONG == frame[3] and frame[1] == frame[2]:
        return True
    return data == bytes([_ACKNOWLEDGEMENT]) or (len(data) == _SHORT_BYTES and _is_short(data))


def _is_short(data: bytes) -> bool:
    return data[0] == _SHORT and data[4] == _STOP and data[3] == (data[1] + data[2]) & 0xFF


def answers(data: bytes) -> Answers:
    """The answers in a payload: one long frame after the other, acknowledgements between them left out.

    Raises RefusedError where there is none: decode.bad_frame where a frame is cut or its check sum is wrong,
    decode.no_reading where it is a request or an acknowledgement, decode.too_large.
    """
    if len(data) > _LONGEST * _FRAMES_AT_MOST:
        raise RefusedError("decode.too_large", f"M-Bus: {len(data)} bytes are more than {_FRAMES_AT_MOST} frames")
    found: list[bytes] = []
    at = 0
    while at < len(data):
        if data[at] == _ACKNOWLEDGEMENT:
            at += 1
        elif _is_short(data[at : at + _SHORT_BYTES].ljust(_SHORT_BYTES, b"\0")):
            at += _SHORT_BYTES
        else:
            try:
                frame = _long_frame(data[at : at + _LONGEST])
            except RefusedError as refusal:
                if not found:
                    raise
                return Answers(found, refusal)
            at += len(frame)
            if frame[4] & _RESPONSE_BITS == _RESPONSE:
                found.append(frame[6:-2])
    if not found:
        raise RefusedError("decode.no_reading", "M-Bus: a request or acknowledgement, no meter's answer")
    return Answers(found, None)


def _long_frame(data: bytes) -> bytes:
    """The long frame with which data begins, whole."""
    if len(data) < _FRAME or data[0] != _LONG or data[3] != _LONG or data[1] != data[2]:
        raise RefusedError("decode.bad_frame", f"M-Bus: bytes {data[:4].hex(' ')} begin no frame")
    frame = data[: data[1] + _FRAME]
    if len(frame) < data[1] + _FRAME or data[1] < 3:
        raise RefusedError("decode.bad_frame", f"M-Bus: frame of {data[1] + _FRAME} bytes was cut at {len(frame)}")
    if frame[-1] != _STOP:
        raise RefusedError("decode.bad_frame", f"M-Bus: frame ends with {frame[-1]:02x} instead of 16")
    total = sum(frame[4:-2]) & 0xFF
    if total != frame[-2]:
        raise RefusedError(
            "decode.bad_frame", f"M-Bus: check sum is {frame[-2]:02x}, the frame's bytes give {total:02x}"
        )
    return frame
