"""What `smartvoda decode` does: one payload, or many in JSON lines, each within its time; no terminal in here."""

from __future__ import annotations

import base64
import binascii
import json
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType, MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TextIO

from ingest.decoders import DecodeContext, Decoded, Message, decode
from ingest.decoders.trace import Trace
from ingest.source_rules import SourceRules
from models.device import canonical
from models.errors import RefusedError, VodaError
from models.notice import Notice
from models.reading import as_json, iso_z
from models.registry import Source

if TYPE_CHECKING:
    from ingest.decoders.memory import Memory

PAYLOAD_SECONDS = 2.0
"""Longer than this no payload may take; it is then refused as decode.too_slow."""

_MARGIN_SECONDS = 0.2


def decode_payload(
    topic: str,
    payload: bytes,
    received: datetime,
    keys: Mapping[str, str],
    sources: Sequence[Source] = (),
    timezone: str = "Europe/Prague",
    memory: Memory | None = None,
) -> Decoded:
    """What one payload says, with the rules of a region where there is one.

    received : aware; time of receipt
    keys : AES keys in hex by device
    memory : what payloads before it told of those to come

    Raises RefusedError with the reason where neither a reading nor a notice comes out.
    """
    message, context = _question(topic, payload, received, keys, sources, timezone, memory)
    with _at_most(PAYLOAD_SECONDS - _MARGIN_SECONDS):
        return decode(message, context)


class Explained(NamedTuple):
    """What a payload says, and how it was read; decoded : or why it says nothing."""

    decoded: Decoded | RefusedError
    lines: list[str]


def explain_payload(
    topic: str,
    payload: bytes,
    received: datetime,
    keys: Mapping[str, str],
    sources: Sequence[Source] = (),
    timezone: str = "Europe/Prague",
    memory: Memory | None = None,
) -> Explained:
    """The same as decode_payload, with the way to each reading."""
    from ingest.explanation import explain  # so that `decode` without it starts as quickly as before

    message, context = _question(topic, payload, received, keys, sources, timezone, memory, Trace())
    outcome: Decoded | RefusedError
    try:
        with _at_most(PAYLOAD_SECONDS - _MARGIN_SECONDS):
            outcome = decode(message, context)
    except RefusedError as error:
        outcome = error
    return Explained(outcome, explain(message, context, outcome))


def _question(
    topic: str,
    payload: bytes,
    received: datetime,
    keys: Mapping[str, str],
    sources: Sequence[Source],
    timezone: str,
    memory: Memory | None,
    trace: Trace | None = None,
) -> tuple[Message, DecodeContext]:
    rule = SourceRules(sources).rule(topic) if sources else None
    named = {canonical(device): key for device, key in keys.items()}
    return Message(topic, payload, received.astimezone(UTC)), DecodeContext(rule, timezone, named, memory, trace)


def decoded_lines(decoded: Decoded) -> list[dict[str, object]]:
    """Readings, then notices, as the command line and the API write them."""
    return [as_json(reading) for reading in decoded.readings] + [notice_as_json(n) for n in decoded.notices]


def notice_as_json(notice: Notice) -> dict[str, object]:
    """A notice as the command line writes it: a line that has `notice` instead of `quantity`."""
    return {
        "device": notice.device,
        "notice": notice.notice.value,
        "active": notice.active,
        "time": iso_z(notice.time),
        "time_source": notice.time_source,
        "source": notice.source,
    }


def decode_file(
    topic: str,
    payload: bytes,
    received: datetime,
    keys: Mapping[str, str],
    sources: Sequence[Source] = (),
    timezone: str = "Europe/Prague",
) -> list[str]:
    """The lines of `smartvoda decode --topic T FILE`, one JSON object each.

    Raises RefusedError, whose one line belongs on standard error.
    """
    decoded = decode_payload(topic, payload, received, keys, sources, timezone)
    return [json.dumps(line, ensure_ascii=False) for line in decoded_lines(decoded)]


def explain_file(
    topic: str,
    payload: bytes,
    received: datetime,
    keys: Mapping[str, str],
    sources: Sequence[Source] = (),
    timezone: str = "Europe/Prague",
) -> list[str]:
    """The lines of `smartvoda decode --explain`, for people."""
    return explain_payload(topic, payload, received, keys, sources, timezone).lines


def decode_jsonl(
    lines: Iterator[bytes],
    output: TextIO,
    now: datetime,
    sources: Sequence[Source] = (),
    timezone: str = "Europe/Prague",
    keys: Mapping[str, str] = MappingProxyType({}),
    explain: bool = False,
) -> None:
    """Answer every line of `smartvoda decode --jsonl` with one line, in order, each flushed.

    lines : {"id", "topic", "payload" or "payload_b64", "received", "keys": {device: hex}}
    now : the time of receipt of lines that name none
    keys : AES keys in hex by device, where a line brings none of its own
    explain : each answer has `explain` too, the lines that say how the payload was read
    """
    from ingest.decoders.memory import Memory  # with numpy, for which one payload alone need not wait

    rules = _Rules(sources, timezone, keys, Memory(), explain)
    for number, line in enumerate(lines, 1):
        if line.strip():
            output.write(json.dumps(_answer(line, number, now, rules), ensure_ascii=False) + "\n")
            output.flush()


class _Rules(NamedTuple):
    sources: Sequence[Source]
    timezone: str
    keys: Mapping[str, str]
    memory: Memory
    explain: bool


def _answer(line: bytes, number: int, now: datetime, rules: _Rules) -> dict[str, object]:
    identity: object = number
    try:
        with _at_most(PAYLOAD_SECONDS - _MARGIN_SECONDS):
            case = json.loads(line)
            if not isinstance(case, dict):
                raise RefusedError("decode.bad_line", f"line {number} is no JSON object")
            identity = case.get("id", number)
            topic, payload, received = (
                str(case.get("topic") or ""),
                _payload(case, number),
                _received(case, number, now),
            )
            keys = {**rules.keys, **_own_keys(case)}
            if rules.explain:
                return {"id": identity, **_explained(topic, payload, received, keys, rules)}
            decoded = decode_payload(topic, payload, received, keys, rules.sources, rules.timezone, rules.memory)
            return {"id": identity, "readings": decoded_lines(decoded)}
    except VodaError as error:
        return {"id": identity, "error": str(error)}
    except (ValueError, RecursionError, MemoryError) as error:
        return {"id": identity, "error": f"decode.bad_line: line {number} can't be read: {error!s:.120}"}


def _explained(
    topic: str, payload: bytes, received: datetime, keys: Mapping[str, str], rules: _Rules
) -> dict[str, object]:
    outcome, lines = explain_payload(topic, payload, received, keys, rules.sources, rules.timezone, rules.memory)
    if isinstance(outcome, Decoded):
        return {"readings": decoded_lines(outcome), "explain": lines}
    return {"error": str(outcome), "explain": lines}


def _own_keys(case: Mapping[str, object]) -> dict[str, str]:
    own = case.get("keys") or {}
    return {str(device): str(key) for device, key in own.items()} if isinstance(own, dict) else {}


def _payload(case: Mapping[str, object], number: int) -> bytes:
    if isinstance(text := case.get("payload"), str):
        return text.encode("utf-8", "surrogatepass")
    if isinstance(coded := case.get("payload_b64"), str):
        try:
            return base64.b64decode(coded, validate=True)
        except binascii.Error as error:
            raise RefusedError("decode.bad_line", f"line {number}: payload_b64 is no base64: {error}") from None
    raise RefusedError("decode.bad_line", f"line {number} has neither payload nor payload_b64")


def _received(case: Mapping[str, object], number: int, now: datetime) -> datetime:
    text = case.get("received")
    if text is None:
        return now
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise RefusedError("decode.bad_line", f"line {number}: received is no ISO time: {str(text)[:40]!r}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


class _TooSlowError(BaseException):
    """Not an Exception, so that no decoder can swallow it."""


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Refuse what takes longer (decode.too_slow). A use within a use keeps the outer limit.

    A timer's signal only reaches the main thread; elsewhere the decoders' own bounds must do. A timer of somebody
    else goes on afterwards.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGALRM) is _stop:
        yield
        return
    before, begin = signal.signal(signal.SIGALRM, _stop), time.monotonic()
    theirs_s, interval_s = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except _TooSlowError:
        raise RefusedError("decode.too_slow", f"payload took longer than {seconds:.1f} s and was given up") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if theirs_s:
            left_s = max(theirs_s - (time.monotonic() - begin), 0.001)
            signal.setitimer(signal.ITIMER_REAL, left_s, interval_s)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _TooSlowError
