"""What a device's byte codec is given, and how the codec of an uplink is found."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.decoders.message import DecodeContext
from ingest.decoders.model_name import fit
from ingest.decoders.result import Result
from ingest.decoders.time import Moment, moment
from models.errors import RefusedError
from models.quality import Quality

__all__ = ["Codec", "Uplink", "fit", "named", "replace_quality", "signed", "take"]


@dataclass(frozen=True, slots=True)
class Uplink:
    """One frame of a device, out of its network server's envelope.

    device : canonical DevEUI, or the name that the envelope has
    port : FPort, None where the envelope names none
    data : the decrypted application payload
    model : as the rule, the registry or the envelope names the device's model; empty where none does
    moment : when the network received the frame
    context : keys, rules and memory, for codecs that carry another meter's telegram
    counter : the frame counter, None where the envelope has none
    """

    device: str
    port: int | None
    data: bytes
    model: str
    moment: Moment
    context: DecodeContext = field(default_factory=DecodeContext)
    counter: int | None = None

    def at(self, epoch_s: float) -> Moment:
        """The moment of the device's own clock [s since 1970 UTC].

        A clock before 2000 or more than 24 h after the frame was received is not believed: then the frame's moment,
        SUSPECT, flag CLOCK.
        """
        own = moment(epoch_s, self.moment.time, "+00:00")
        if own.time_source == "payload":
            return own
        return replace_quality(self.moment)

    def local(self, text: str) -> Moment:
        """The moment of a clock that shows local time: ISO 8601 without a zone, in the source's zone."""
        own = moment(text, self.moment.time, self.context.zone)
        return own if own.time_source == "payload" else replace_quality(self.moment)

    def refuse(self, reason: str) -> RefusedError:
        """The error for a frame that is not as the model's vendor documents it."""
        start = self.data[:12].hex()
        return RefusedError(
            "decode.bad_frame",
            f"device {self.device} ({self.model or 'model not named'}), port {self.port}, {len(self.data)} bytes "
            f"{start}…: {reason}; check that the model is right",
        )

    def without_reading(self, what: str) -> RefusedError:
        """The error for a frame that is understood and has nothing for us."""
        return RefusedError("decode.no_reading", f"device {self.device} ({self.model}): {what} has nothing to read")


def replace_quality(moment: Moment) -> Moment:
    """A moment that stands in for a clock which is not believed."""
    return moment._replace(quality=Quality.SUSPECT, flags=tuple(sorted({*moment.flags, "CLOCK"})))


@dataclass(frozen=True, slots=True)
class Codec:
    """How one model's (or one family's) bytes are read. A new one is one file and one line in table.py.

    name : short and unique, for people
    models : phrases by which profiles name it; each word of one must stand in the name: "milesight em500-swl".
        Letters and digits count, not case or separators: em500-swl is also EM500SWL, "EM 500 SWL"
    decode : adds readings and notices to the result; raises RefusedError (`Uplink.refuse`, `Uplink.without_reading`)
        where there are none
    signs : whether a frame can only be this model's although nothing names it (a DevEUI block of the vendor and port
        and length or marker); None where nothing is that certain
    """

    name: str
    models: tuple[str, ...]
    decode: Callable[[Uplink, Result], None]
    signs: Callable[[Uplink], bool] | None = None


def take(codec: Codec, uplink: Uplink, result: Result) -> None:
    """Add what a frame says by a codec.

    Raises RefusedError, also where the frame ends before a field that the codec looks for.
    """
    try:
        codec.decode(uplink, result)
    except (LookupError, ValueError, struct.error):
        raise uplink.refuse("it ends too early, or a field in it is out of range") from None


def named(name: str, table: tuple[Codec, ...]) -> Codec | None:
    """The codec that fits most of a name; None where no codec fits, or two fit alike."""
    scores = [max((fit(phrase, name) for phrase in codec.models), default=0) for codec in table]
    best = max(scores, default=0)
    return table[scores.index(best)] if best and scores.count(best) == 1 else None


def signed(uplink: Uplink, table: tuple[Codec, ...]) -> Codec | None:
    """The one codec whose signs a frame bears though nothing names its model."""
    found = [codec for codec in table if codec.signs is not None and codec.signs(uplink)]
    return found[0] if len(found) == 1 else None
