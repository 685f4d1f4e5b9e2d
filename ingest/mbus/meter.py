"""A meter's telegram in one call: layers off, records or the manufacturer's own content read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from ingest.mbus import apator, bmeters, diehl, fixed, izar, notices, standard, techem
from ingest.mbus.compact import full_data
from ingest.mbus.identity import ADDRESS_BYTES, identity
from ingest.mbus.link import RadioFrame, radio_frame
from ingest.mbus.records import Records, records
from ingest.mbus.telegram import Content, Telegram
from ingest.mbus.transport import MANUFACTURERS_OWN, key_of, opened, own_key
from models.errors import RefusedError

_COMPACT: Final = frozenset([0x73, 0x79, 0x7B])
_FULL: Final = frozenset([0x72, 0x78, 0x7A])
_NOBODY = identity(bytes(ADDRESS_BYTES))
_APATOR, _APATOR_OLD = "APA", "APT"
_VERSION_162, _VERSION_NA1 = 0x05, 0x14
_MEDIA_162 = frozenset([0x06, 0x07])


class Said(NamedTuple):
    """What a meter says, and which meter."""

    device: str
    content: Content


def heard(data: bytes, keys: Mapping[str, str]) -> Said:
    """What a radio telegram says, as a receiver passed it on.

    keys : AES keys in hex by device
    Raises RefusedError with the reason where nothing can be read.
    """
    frame = radio_frame(data)
    telegram = opened(_sent(frame), keys)
    if frame.may_lack_sums and telegram.ci in MANUFACTURERS_OWN:  # only the standard's records show where they end
        raise RefusedError("decode.bad_frame", f"frame of meter {telegram.meter.device} is two bytes short")
    return Said(telegram.meter.device, _content(telegram, keys))


def answered(content: bytes, keys: Mapping[str, str]) -> Said:
    """What a wired meter's answer says; content : from the CI field on, its check sum found right.

    Raises RefusedError with the reason where nothing can be read.
    """
    if content[:1] == bytes([fixed.CI]):
        return Said(*fixed.fixed_answer(content))
    telegram = opened(Telegram(_NOBODY, content, is_checked=True), keys)
    return Said(telegram.meter.device, _content(telegram, keys))


def _sent(frame: RadioFrame) -> Telegram:
    return Telegram(frame.identity, frame.content, header=frame.header, spare=frame.spare, is_checked=frame.is_checked)


def _content(telegram: Telegram, keys: Mapping[str, str]) -> Content:
    meter, ci = telegram.meter, telegram.ci
    if ci in MANUFACTURERS_OWN:
        return _manufacturers_own(telegram, keys)
    if ci in _COMPACT:
        data = full_data(telegram.content, meter.device, telegram.is_checked)
        return standard.content_of(telegram, records(data))
    if ci not in _FULL:
        raise RefusedError("decode.no_reading", f"meter {meter.device} sent a frame of kind {ci:#04x} without values")
    if bmeters.is_rfm_tx1(telegram):
        return _with_status(bmeters.rfm_tx1(telegram), telegram)
    if meter.manufacturer == _APATOR and meter.version == _VERSION_162 and meter.medium in _MEDIA_162:
        return _with_status(apator.block_162(telegram), telegram)
    if diehl.has_real_data(meter, ci, telegram.configuration):
        return standard.content_of(telegram, _real_data(telegram, keys))
    return standard.content_of(telegram, _whole(telegram, records(telegram.content)))


def _with_status(content: Content, telegram: Telegram) -> Content:
    content.alarms += notices.of_status(telegram.meter, telegram.status)
    content.tells_alarms = True
    return content


def _whole(telegram: Telegram, walked: Records) -> Records:
    """The records, where none is broken or a check sum says that the meter sent it so."""
    for size in range(1, len(telegram.spare) + 1):
        if walked.is_whole:
            break
        walked = records(telegram.content + telegram.spare[:size])
    if (not walked.is_whole or walked.has_empty) and not telegram.is_checked:
        raise RefusedError(
            "decode.bad_frame",
            f"frame of meter {telegram.meter.device} has a record that reaches beyond its end or is none; "
            "it is damaged, or its content is of the manufacturer's own",
        )
    return walked


def _real_data(telegram: Telegram, keys: Mapping[str, str]) -> Records:
    """Diehl's scrambled records; those that a bridge gave in plain are told by their being whole."""
    plain = records(telegram.content)
    if plain.is_whole and plain.found:
        return plain
    expected = telegram.opening[4]
    for data in diehl.unscrambled(telegram.content, telegram.header, telegram.opening, own_key(telegram, keys)):
        walked = records(data)
        if diehl.has_right_sum(data, expected) and walked.is_whole:
            return walked
    raise RefusedError(
        "decode.key_wrong",
        f"device {telegram.meter.device}: neither Diehl's factory keys nor keys.csv open its scrambled data",
    )


def _manufacturers_own(telegram: Telegram, keys: Mapping[str, str]) -> Content:
    meter, ci = telegram.meter, telegram.ci
    if diehl.is_diehl(meter) and ci in diehl.PRIOS:
        return izar.prios(telegram, own_key(telegram, keys)[:ADDRESS_BYTES])
    if meter.manufacturer == "TCH":
        return techem.register(telegram)
    if meter.manufacturer == _APATOR_OLD and meter.is_water_model:
        return apator.block_08(telegram)
    if meter.manufacturer == _APATOR and meter.version == _VERSION_NA1:
        return apator.block_na1(telegram, lambda: key_of(telegram, keys, "its content"))
    raise RefusedError(
        "decode.unknown_content",
        f"meter {meter.device} ({meter.manufacturer}, version {meter.version:#04x}) sends a content of the "
        f"manufacturer's own ({ci:#04x}) that nobody documents",
    )
