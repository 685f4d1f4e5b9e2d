"""Why payloads are refused: a sentence for each code, and what a person can do about it."""

from __future__ import annotations

from dashboard.i18n import Words, mark

REFUSALS: dict[str, tuple[str, str]] = {
    "decode.bad_frame": (
        mark("A frame is damaged, or not as the device's maker documents it"),
        mark("Look at the reception, and whether the device's profile names the right model."),
    ),
    "decode.bad_gzip": (
        mark("The payload is packed and can't be unpacked"),
        mark("It was probably cut on its way. Look at the gateway's message size."),
    ),
    "decode.bad_mapping": (
        mark("The rule for this topic names an unknown quantity"),
        mark("Correct the mapping in sources.toml."),
    ),
    "decode.bad_row": (
        mark("A row of the payload can't be read"),
        mark("Compare it with its header and with the format's documentation."),
    ),
    "decode.bad_unit": (
        mark("The unit in the payload does not belong to its quantity"),
        mark("Correct the unit in the device, or name it for this topic in sources.toml."),
    ),
    "decode.bad_value": (
        mark("A value is no number"),
        mark("Look at what the device sends; it may be a fault of its sensor."),
    ),
    "decode.birth_missing": (
        mark("The message names its values by number only, and their names were not heard"),
        mark("They come when the gateway starts again. It may be asked for them where sources.toml allows it."),
    ),
    "decode.duplicate_key": (
        mark("One field stands twice in the payload"),
        mark("Which one holds can't be known. Correct it in the device or gateway."),
    ),
    "decode.empty": (mark("The payload is empty"), mark("Nothing has to be done.")),
    "decode.encrypted": (
        mark("The payload is still encrypted by its LoRaWAN network"),
        mark("Give the network server the device's AppSKey."),
    ),
    "decode.failed": (
        mark("The decoder failed on this payload"),
        mark("This is our mistake. Copy the payload and report it."),
    ),
    "decode.key_missing": (
        mark("The telegram is encrypted and its key is missing"),
        mark("Add the meter's key to keys.csv."),
    ),
    "decode.key_wrong": (
        mark("The meter's key does not open its telegram"),
        mark("Compare the key in keys.csv with the manufacturer's list."),
    ),
    "decode.no_codec": (
        mark("The network server sent bytes without a decoded object"),
        mark("Give the device's profile a codec in the network server."),
    ),
    "decode.no_device": (
        mark("Nothing says which device it is from"),
        mark("Name the device for this topic in sources.toml."),
    ),
    "decode.no_header": (
        mark("The rows have no header that names their columns"),
        mark("Send a header, or map the columns by their number in sources.toml."),
    ),
    "decode.no_quantity": (
        mark("The topic does not say what is measured"),
        mark("Add a rule with quantity and unit for this topic to sources.toml."),
    ),
    "decode.no_reading": (mark("The payload has nothing to read"), mark("Nothing has to be done.")),
    "decode.no_unit": (
        mark("The unit is missing"),
        mark("Name the unit for this topic in sources.toml."),
    ),
    "decode.no_value": (mark("The device says that it has no value"), mark("Look at the device's sensor.")),
    "decode.not_a_reading": (
        mark("The payload is no reading"),
        mark("Compare it with the format in the documentation."),
    ),
    "decode.not_cbor": (
        mark("The payload is damaged CBOR"),
        mark("It was probably cut on its way. Look at the gateway's message size."),
    ),
    "decode.not_json": (
        mark("The payload is damaged JSON or no text"),
        mark("It was probably cut on its way, or the device sends bytes."),
    ),
    "decode.not_protobuf": (
        mark("The payload is damaged or no protobuf"),
        mark("It was probably cut on its way, or something else is sent on this topic."),
    ),
    "decode.not_water": (mark("It measures something other than water"), mark("Nothing has to be done.")),
    "decode.too_deep": (mark("The payload nests too deeply"), mark("It is no message of a meter. Look who sends it.")),
    "decode.too_large": (mark("The payload is too large"), mark("It is no message of a meter. Look who sends it.")),
    "decode.two_values": (
        mark("Two values of one quantity come without a channel"),
        mark("Name the channels in the device, or map the fields in sources.toml."),
    ),
    "decode.unknown_content": (
        mark("The telegram's content is the manufacturer's own"),
        mark("Let the meter send by the standard (OMS), if it can."),
    ),
    "decode.unknown_dialect": (
        mark("The rule for this topic names an unknown dialect"),
        mark("Correct the dialect in sources.toml."),
    ),
    "decode.unknown_fields": (
        mark("No field of the payload is known"),
        mark("Map the fields for this topic in sources.toml."),
    ),
    "decode.unknown_format": (
        mark("The payload is in no known dialect"),
        mark("Name the dialect for this topic in sources.toml, or send Smart voda's own format."),
    ),
    "decode.unknown_medium": (
        mark("The meter does not say whether it measures water"),
        mark("Let it be set up with its medium."),
    ),
    "time.zone_unknown": (
        mark("The time zone of the payload or its rule is unknown"),
        mark("Correct the time zone in sources.toml, for example Europe/Prague or +01:00."),
    ),
}
"""Codes of ingest → what it is, what mends it."""


def refusal(code: str, words: Words) -> tuple[str, str]:
    """What is wrong and what mends it; for a code without a sentence the code itself."""
    said = REFUSALS.get(code)
    if said is None:
        return words.say("It could not be understood ({code})", code=code), ""
    what, mend = said
    return words.say(what), words.say(mend)
