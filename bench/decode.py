"""Decoding alone: readings a second for each dialect, from its golden cases, on one core.

Each dialect's cases that give readings are decoded round after round for some seconds, recognised anew each time as in
ingest, with the region's rules of the case and the machine doing nothing else. Encrypted telegrams are measured apart.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from ingest.decoders import DecodeContext, Message, decode
from ingest.decoders.table import DECODERS
from ingest.source_rules import SourceRules
from models.device import canonical
from tests.golden import LINES, Case, cases

SECONDS = 0.3
ROUNDS = 5
GOAL = 20_000

Row = dict[str, object]


class Measured(NamedTuple):
    """One case, ready to be decoded; readings: how many (with notices) come out."""

    message: Message
    context: DecodeContext
    readings: int


def rows() -> Iterator[Row]:
    found = [case for case in cases() if case.expected()[0] == LINES]
    for dialect in DECODERS:
        own = [case for case in found if case.dialect == dialect.name]
        for kind, some in (("", [c for c in own if not _keys(c)]), (", encrypted", [c for c in own if _keys(c)])):
            if some:
                goal = "" if kind else f"goal {GOAL:,}"
                rate = max(_rate([_measured(case) for case in some]) for _ in range(ROUNDS))
                yield {
                    "name": f"decode {dialect.name}{kind}",
                    "ours": rate,
                    "unit": "readings and notices/s",
                    "goal": goal,
                }


def _keys(case: Case) -> bool:
    return bool(case.circumstances.get("keys"))


def _measured(case: Case) -> Measured:
    told = case.circumstances
    rules = SourceRules(case.rules)
    keys = {canonical(device): key for device, key in told.get("keys", {}).items()}
    received = datetime.fromisoformat(told["received"]).astimezone(UTC)
    context = DecodeContext(rules.rule(told["topic"]), told.get("timezone", "Europe/Prague"), keys)
    message = Message(told["topic"], case.payload, received)
    decoded = decode(message, context)
    return Measured(message, context, len(decoded.readings) + len(decoded.notices))


def _rate(measured: list[Measured]) -> float:
    """Readings a second of processor time, every case equally often."""
    readings, begin = 0, time.process_time()
    while (passed := time.process_time() - begin) < SECONDS:
        for message, context, count in measured:
            decode(message, context)
            readings += count
    return readings / passed
