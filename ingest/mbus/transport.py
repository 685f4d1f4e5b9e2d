"""From a frame's content to a meter's plain data: extended link layer, authentication, transport header, encryption.

Sources: EN 13757-4 (extended link layer), EN 13757-7 (transport layer), OMS Specification Vol. 2.
"""

from __future__ import annotations

from collections.abc import Mapping

from ingest.mbus import diehl
from ingest.mbus.identity import identity
from ingest.mbus.security import (
    BLOCK,
    DECRYPTED,
    decrypted_link,
    decrypted_mode_5,
    decrypted_mode_7,
    has_right_sum,
)
from ingest.mbus.telegram import Telegram
from models.errors import RefusedError

_LINK_SHORT, _LINK_SECURE, _LINK_ADDRESS, _LINK_ADDRESS_SECURE = 0x8C, 0x8D, 0x8E, 0x8F
_AUTHENTICATION = 0x90
_LONG_HEADERS = frozenset([0x72, 0x73, 0x6F, 0x75, 0x6B])
_SHORT_HEADERS = frozenset([0x7A, 0x7B, 0x6E, 0x74, 0x6A])
_NO_HEADERS = frozenset([0x78, 0x79, 0x70, 0x71, 0x69])
MANUFACTURERS_OWN = range(0xA0, 0xB8)
_LONG, _SHORT = 12, 4
_MODE_NONE, _MODE_5, _MODE_7, _MODE_MASK = 0, 5, 7, 0x1F
_LAYERS_AT_MOST = 6

_MORE_FRAGMENTS = 0x4000
_MESSAGE_CONTROL, _COUNTER, _KEY_INFORMATION = 0x2000, 0x0800, 0x0200
"""Bits of the fragmentation control field: what the authentication layer holds."""


def opened(telegram: Telegram, keys: Mapping[str, str]) -> Telegram:
    """A telegram with all layers taken off, its data in plain.

    Raises RefusedError: decode.not_water and decode.unknown_medium before any key is asked for; decode.key_missing,
    decode.key_wrong; decode.bad_frame where a layer is cut or its check sum wrong; decode.unknown_content.
    """
    for _ in range(_LAYERS_AT_MOST):
        if not telegram.content:
            raise RefusedError("decode.no_reading", f"meter {telegram.meter.device} sent an empty frame")
        ci = telegram.content[0]
        if ci in (_LINK_SHORT, _LINK_SECURE, _LINK_ADDRESS, _LINK_ADDRESS_SECURE):
            telegram = _without_link_layer(telegram, ci, keys)
        elif ci == _AUTHENTICATION:
            telegram = _without_authentication(telegram)
        else:
            return _with_plain_data(_without_header(telegram, ci), keys)
    raise RefusedError("decode.bad_frame", f"frame of meter {telegram.meter.device} has layers without end")


def _take(content: bytes, count: int, layer: str) -> bytes:
    if len(content) < count:
        raise RefusedError("decode.bad_frame", f"frame ends within its {layer}")
    return content[:count]


def _without_link_layer(telegram: Telegram, ci: int, keys: Mapping[str, str]) -> Telegram:
    """An extended link layer is a control byte, an access number, then maybe an address and a session."""
    has_address = ci in (_LINK_ADDRESS, _LINK_ADDRESS_SECURE)
    is_secure = ci in (_LINK_SECURE, _LINK_ADDRESS_SECURE)
    size = 3 + (8 if has_address else 0) + (4 if is_secure else 0)
    layer = _take(telegram.content, size, "link layer")
    rest = telegram.content[size:]
    meter = identity(layer[3:11]) if has_address else telegram.meter
    telegram = telegram._replace(meter=meter, access_number=layer[2], content=rest)
    if not is_secure:
        return telegram
    if has_right_sum(rest):  # not encrypted, or a bridge decrypted it and left the layer in place
        return telegram._replace(content=rest[2:], is_checked=True)
    session = layer[-4:]
    if not session[3] >> 5:
        raise RefusedError("decode.bad_frame", f"check sum of the content of meter {meter.device} is wrong")
    _refuse_other_media(telegram)
    key = key_of(telegram, keys, "its link layer")
    plain = decrypted_link(rest, key, telegram.meter.address, layer[1], session)
    if plain is None:
        raise _wrong_key(telegram)
    return telegram._replace(content=plain, is_checked=True)


def _without_authentication(telegram: Telegram) -> Telegram:
    """The authentication and fragmentation layer: of interest is its message counter, which mode 7 needs."""
    length = _take(telegram.content, 2, "authentication layer")[1]
    layer = _take(telegram.content, 2 + length, "authentication layer")[2:]
    if length < 2:
        raise RefusedError("decode.bad_frame", "frame's authentication layer is too short")
    control = layer[0] | layer[1] << 8
    if control & _MORE_FRAGMENTS or control & 0xFF > 1:
        raise RefusedError(
            "decode.unknown_content",
            f"meter {telegram.meter.device} sends its message in fragments, which are not joined",
        )
    at = 2 + (1 if control & _MESSAGE_CONTROL else 0) + (2 if control & _KEY_INFORMATION else 0)
    counter = layer[at : at + 4] if control & _COUNTER else b""
    return telegram._replace(content=telegram.content[2 + length :], counter=counter)


def _without_header(telegram: Telegram, ci: int) -> Telegram:
    body = telegram.content[1:]
    if ci in _LONG_HEADERS:
        header = _take(body, _LONG, "header")
        meter = identity(header[4:6] + header[:4] + header[6:8])
        telegram = telegram._replace(meter=meter, radio=telegram.meter)
        return _with_header(telegram, ci, header[8:], body[_LONG:])
    if ci in _SHORT_HEADERS:
        return _with_header(telegram, ci, _take(body, _SHORT, "header"), body[_SHORT:])
    if ci in _NO_HEADERS or ci in MANUFACTURERS_OWN:
        return telegram._replace(ci=ci, content=body, opening=telegram.content[:5])
    raise RefusedError(
        "decode.unknown_content", f"meter {telegram.meter.device} sent a frame of kind {ci:#04x}, which is not decoded"
    )


def _with_header(telegram: Telegram, ci: int, header: bytes, body: bytes) -> Telegram:
    return telegram._replace(
        ci=ci,
        access_number=header[0],
        status=header[1],
        configuration=header[2] | header[3] << 8,
        content=body,
        opening=telegram.content[:5],
    )


def _with_plain_data(telegram: Telegram, keys: Mapping[str, str]) -> Telegram:
    meter = diehl.in_standard_order(telegram.meter, telegram.ci, telegram.configuration)
    telegram = telegram._replace(meter=meter) if meter is not telegram.meter else telegram
    _refuse_other_media(telegram)
    mode = telegram.configuration >> 8 & _MODE_MASK
    blocks = telegram.configuration >> 4 & 0x0F
    if mode == _MODE_NONE or diehl.has_real_data(meter, telegram.ci, telegram.configuration):
        return telegram
    if mode == _MODE_5:
        return _decrypted(telegram, telegram.content, blocks, keys)
    if mode == _MODE_7:
        return _decrypted(telegram, telegram.content[1:], blocks, keys)
    return telegram if (telegram.meter.manufacturer, mode) in _OWN_MODES else _refuse_mode(telegram, mode)


_OWN_MODES = frozenset([("BMT", 0x10)])
"""Manufacturers' own use of the mode field, undone where their content is read."""


def _decrypted(telegram: Telegram, data: bytes, blocks: int, keys: Mapping[str, str]) -> Telegram:
    """The data with its encrypted blocks decrypted; blocks : 0 means that nothing is encrypted."""
    size = blocks * BLOCK
    if not size or data[:2] == DECRYPTED:  # a bridge decrypted it and left the header in place
        return telegram._replace(content=data, encrypted_bytes=size)
    if len(data) < size:
        raise RefusedError("decode.bad_frame", f"frame of meter {telegram.meter.device} ends within its encrypted part")
    mode = telegram.configuration >> 8 & _MODE_MASK
    key = key_of(telegram, keys, f"mode {mode}")
    if mode == _MODE_5:
        plain = decrypted_mode_5(data[:size], key, telegram.meter.address, telegram.access_number)
    elif telegram.counter:
        plain = decrypted_mode_7(data[:size], key, telegram.meter.address[2:6], telegram.counter)
    else:
        raise RefusedError("decode.bad_frame", f"frame of meter {telegram.meter.device} lacks the counter of its key")
    if plain[:2] != DECRYPTED:
        raise _wrong_key(telegram)
    return telegram._replace(content=plain + data[size:], encrypted_bytes=size)


def key_of(telegram: Telegram, keys: Mapping[str, str], how: str) -> bytes:
    """The key of the meter, or of the radio on it.

    Raises RefusedError decode.key_missing, decode.key_wrong where it is none.
    """
    if key := own_key(telegram, keys):
        return key
    if diehl.is_diehl(telegram.meter):
        return diehl.factory_key()
    raise RefusedError(
        "decode.key_missing",
        f"device {telegram.meter.device} is encrypted ({how}) and has no key; add it to keys.csv",
    )


def own_key(telegram: Telegram, keys: Mapping[str, str]) -> bytes:
    """The key that keys.csv has for the meter or the radio on it, empty where it has none.

    Raises RefusedError decode.key_wrong where what it has is no key.
    """
    for owner in (telegram.meter, telegram.radio):
        if owner is not None and (text := keys.get(owner.device)):
            try:
                key = bytes.fromhex(text)
            except ValueError:
                key = b""
            if len(key) != BLOCK:
                raise RefusedError("decode.key_wrong", f"the key of device {owner.device} is not 32 hexadecimal digits")
            return key
    return b""


def _wrong_key(telegram: Telegram) -> RefusedError:
    return RefusedError(
        "decode.key_wrong",
        f"the key of device {telegram.meter.device} does not open its telegram; correct it in keys.csv",
    )


def _refuse_mode(telegram: Telegram, mode: int) -> Telegram:
    raise RefusedError(
        "decode.unknown_content",
        f"device {telegram.meter.device} is encrypted in mode {mode}, which is not decoded; modes 5 and 7 are",
    )


def _refuse_other_media(telegram: Telegram) -> None:
    """Refuse what is not water, before its key is asked for."""
    meter = telegram.meter
    if meter.is_water:
        return
    if meter.is_untold:
        raise RefusedError(
            "decode.unknown_medium",
            f"device {meter.device} ({meter.manufacturer}, version {meter.version:#04x}) does not say what it measures",
        )
    raise RefusedError("decode.not_water", f"device {meter.device} measures {meter.medium_name}, not water")
