"""Whether what is booked fits together: billed periods, shares of supply, kinds of operations."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterator
from datetime import datetime, timedelta
from typing import Any

from models.region_check_spans import overlaps, sortable
from models.region_problem import Problem
from models.registry import Region

OPERATION_KINDS = ("flushing", "hydrant", "tank_cleaning", "fire", "shutdown", "repair")
"""Kinds that a balance or a person tells apart; any other word is booked as the waterworks' own use."""


def check_accounts(region: Region) -> Iterator[Problem]:
    """Billing rows that overlap or end a day early, shares beyond 1, misspelt kinds of operations."""
    yield from _billing(region)
    yield from _supplies(region)
    yield from _operations(region)


def _billing(region: Region) -> Iterator[Problem]:
    for row, item in enumerate(region.billing, start=2):
        if bool(item.zone) == bool(item.municipality):
            message = (
                f"has zone {item.zone!r} and municipality {item.municipality!r}; write one of the two and not both "
                "(a municipality's row serves no zone)"
            )
            yield Problem("region.billing_subject", "billing.csv", row, "zone", message)
        if _ends_a_day_early(item.start, item.end, region):
            after = (item.end.astimezone(region.tz) + timedelta(days=1)).date()
            message = f"a span doesn't include its end: the month's last day is left out; write {after.isoformat()}"
            yield Problem("region.month_cut_short", "billing.csv", row, "to", message)

    def key(item: Any) -> Hashable:
        return (item.zone, item.municipality, item.customer_class)

    for found in overlaps("billing.csv", region.billing, key, lambda i: (i.start, i.end)):
        who = found.item.zone or found.item.municipality
        message = (
            f"{found.item.customer_class!r} of {who!r} is billed in row {found.other_row} for some of these days too; "
            "mend the dates"
        )
        yield Problem("region.billing_overlap", "billing.csv", found.row, "from", message)


def _ends_a_day_early(start: datetime, end: datetime, region: Region) -> bool:
    """Whether a span from a month's first day ends at the beginning of a month's last day."""
    first, last = start.astimezone(region.tz), end.astimezone(region.tz)
    midnight = (last.hour, last.minute, last.second) == (0, 0, 0)
    return midnight and first.day == 1 and last > first and (last + timedelta(days=1)).day == 1


def _supplies(region: Region) -> Iterator[Problem]:
    """Shares of one municipality at any time are at most 1 together."""
    rows: dict[str, list[tuple[int, Any]]] = {}
    for row, item in enumerate(region.supplies, start=2):
        rows.setdefault(item.municipality, []).append((row, item))
    for town, items in rows.items():
        for row, item in items:
            moment = sortable(item.valid_from, -1)
            together = sum(
                other.share
                for _, other in items
                if sortable(other.valid_from, -1) <= moment < sortable(other.valid_to, 1)
            )
            if together > 1.0 + 1e-6:
                message = f"shares of {town!r} add up to {together:.3g}; lower them to at most 1 together"
                yield Problem("region.share_above_one", "supplies.csv", row, "share", message)


def _operations(region: Region) -> Iterator[Problem]:
    """A kind that is nearly one of ours: fire-fighting booked under another word would be the waterworks' own use."""
    for row, item in enumerate(region.operations, start=2):
        word = item.kind.casefold().replace("-", "_").replace(" ", "_")
        if item.kind in OPERATION_KINDS:
            continue
        begins = [kind for kind in OPERATION_KINDS if word.startswith(kind)]
        near = begins or difflib.get_close_matches(word, OPERATION_KINDS, 1, cutoff=0.75)
        if near:
            message = f"{item.kind!r} is no kind of operation; write {near[0]}, or a word that is not mistaken for it"
            yield Problem("region.unknown_kind", "operations.csv", row, "kind", message)
