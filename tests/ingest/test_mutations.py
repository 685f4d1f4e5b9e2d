"""Golden payloads with one thing changed: whatever stands in any place, decoding ends with readings or a reason."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoders import DecodeContext, Message, decode
from ingest.decoders.memory import Memory
from models.errors import RefusedError
from tests.golden import Case, cases
from tests.ingest.test_any_bytes import RECEIVED, VALUES, hold_to_contract

CASES = cases()
PLACES_AT_MOST = 60


def _loaded(case: Case) -> object:
    try:
        return json.loads(case.payload)
    except (ValueError, RecursionError):
        return None


JSON = [(case, value) for case in CASES if isinstance(value := _loaded(case), (dict, list))]
BYTES = [case for case in CASES if not isinstance(_loaded(case), (dict, list))]
REPLACEMENTS: st.SearchStrategy[object] = VALUES | st.sampled_from(
    [None, -1, 0, 2**32 - 1, 10**400, math.nan, "", "NaN", "error", "1.234,5", "9" * 300, [], {}, [[]], [{}], True]
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) inside a value."""
    found = []
    todo = [value]
    while todo:
        one = todo.pop()
        items = one.items() if isinstance(one, dict) else enumerate(one)
        for key, inner in items:
            found.append((one, key))
            if isinstance(inner, (dict, list)):
                todo.append(inner)
    return found


def outcome(case: Case, payload: bytes, memory: Memory | None = None) -> None:
    told = case.circumstances
    rule = case.rules[0] if case.rules else None
    message, context = Message(told["topic"], payload, RECEIVED), DecodeContext(rule, "Europe/Prague", {}, memory)
    refused: RefusedError | None = None
    try:
        decoded = decode(message, context)
    except RefusedError as error:
        refused = error
    if refused is None:
        assert decoded.readings or decoded.notices
        hold_to_contract(decoded)
    else:
        assert refused.code != "decode.failed", refused
        assert "\n" not in refused.message


@pytest.mark.parametrize("instead", [[], {"a": []}, 10**400], ids=["list", "object", "huge"])
def test_every_place_of_json_may_hold_what_it_should_not(instead: object) -> None:
    for case, value in JSON:
        text = json.dumps(value)
        for at in range(min(len(places(value)), PLACES_AT_MOST)):
            changed = json.loads(text)
            container, key = places(changed)[at]
            container[key] = instead
            outcome(case, json.dumps(changed).encode())


@settings(max_examples=500)
@given(st.data())
def test_anything_in_any_place_of_json(data: st.DataObject) -> None:
    case, value = data.draw(st.sampled_from(JSON), label="case")
    changed = json.loads(json.dumps(value))
    if found := places(changed):
        container, key = data.draw(st.sampled_from(found), label="place")
        if data.draw(st.booleans(), label="drop"):
            del container[key]
        else:
            container[key] = data.draw(REPLACEMENTS, label="instead")
    outcome(case, json.dumps(changed).encode("utf-8", "replace"), Memory())


@settings(max_examples=300)
@given(st.sampled_from(BYTES), st.integers(0, 10_000), st.binary(max_size=3), st.integers(0, 3))
def test_any_bytes_changed_put_in_or_cut_off(case: Case, at: int, instead: bytes, over: int) -> None:
    payload = case.payload
    at %= len(payload) + 1
    outcome(case, payload[:at] + instead + payload[at + over :], Memory())
    outcome(case, payload[:at])
