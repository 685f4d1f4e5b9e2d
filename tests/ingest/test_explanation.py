"""`decode --explain`: the way to each reading, and a trace that changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import decode_cli
from ingest.decoders import DecodeContext, Message, decode
from ingest.decoders.signs import SIGNS
from ingest.decoders.table import DECODERS
from ingest.decoders.trace import Trace
from ingest.explanation import shown
from models.errors import RefusedError
from tests.golden import EXPLANATION, Case, cases
from tests.ingest.test_decode_cli import RECEIVED, answers

CASES = cases()
EXPLAINED = [case for case in CASES if (case.folder / EXPLANATION).exists()]


@pytest.mark.parametrize("case", EXPLAINED, ids=[case.name for case in EXPLAINED])
def test_case(case: Case) -> None:
    assert case.explained() == (case.folder / EXPLANATION).read_text(encoding="utf-8")


def outcome(message: Message, context: DecodeContext) -> object:
    try:
        return decode(message, context)
    except RefusedError as error:
        return str(error)


def test_every_case_comes_out_the_same_and_every_reading_is_explained() -> None:
    for case in CASES:
        topic, payload, received, keys, rules, timezone = case._question()
        plain = DecodeContext(rules[0] if rules else None, timezone, keys)
        trace = Trace()
        message = Message(topic, payload, received)
        told = outcome(message, replace(plain, trace=trace))
        assert told == outcome(message, plain), case.name
        for reading in getattr(told, "readings", ()):
            given = trace.of(reading)
            assert given is not None, (case.name, reading)
            assert given.by or given.origin, (case.name, reading)


def test_every_dialect_says_by_what_it_is_recognised() -> None:
    assert set(SIGNS) == {dialect.name for dialect in DECODERS}


def test_dialects_that_were_asked_before_are_named() -> None:
    lines = decode_cli.explain_file("voda/B/volume_m3", b"5", RECEIVED, {})
    assert lines[1] == "dialect number: recognised by a bare number or state"
    before = [line.split(":")[0].strip() for line in lines if line.startswith("    ")]
    assert before == [dialect.name for dialect in DECODERS if dialect.name != "number"]


def test_jsonl_answers_have_the_same_lines() -> None:
    question = {"id": 1, "topic": "voda/json", "payload": '{"device":"A","total_l":5}', "explain": True}
    (line,) = answers(question, explain=True)
    assert line["explain"] == decode_cli.explain_file("voda/json", b'{"device":"A","total_l":5}', RECEIVED, {})
    assert line["readings"][0]["value"] == 0.005  # type: ignore[index]
    (refused,) = answers({"id": 2, "topic": "voda/json", "payload": '{"device":"A","flow":5}'}, explain=True)
    assert str(refused["error"]).startswith("decode.no_unit")
    assert "  flow = 5: nothing says its unit" in refused["explain"]  # type: ignore[operator]


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner), max_leaves=9))
def test_any_value_is_shown_on_one_short_line(value: object) -> None:
    text = shown(value)
    assert len(text) <= 60
    assert text.isprintable()


@given(st.dictionaries(st.text(max_size=6), st.integers() | st.text(max_size=6) | st.none(), max_size=6))
def test_any_object_can_be_explained(fields: dict[str, object]) -> None:
    lines = decode_cli.explain_file("voda/json", json.dumps(fields).encode(), RECEIVED, {})
    assert all("\n" not in line for line in lines)
