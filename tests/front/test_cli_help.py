"""`--help` teaches: every command has an example that its own parser takes."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from smartvoda import __version__
from tests.front.commands import call, environment

COMMANDS = [
    "demo",
    "serve",
    "ingest",
    "analyse",
    "dashboard",
    "decode",
    "forecast",
    "check",
    "simulate",
    "import",
    "export",
    "region load",
    "region diff",
    "region apply",
    "region export",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example_of_itself(command: str) -> None:
    answer = call(*command.split(), "--help")
    assert (answer.code, answer.err) == (0, "")
    assert f"Usage: smartvoda {command}" in answer.out
    examples = answer.out.split("Example", 1)[1].split("Options:")[0]
    assert f"smartvoda {command}" in examples
    known = set(re.findall(r"--[a-z-]+", answer.out.split("Options:")[1]))
    used = set(re.findall(rf"smartvoda {command}[^|&\n]*", examples))
    assert {option for line in used for option in re.findall(r"--[a-z-]+", line)} <= known


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_says_what_it_is(command: str) -> None:
    out = call(*command.split(), "--help").out.split("Options:")[1]
    for option in re.split(r"\n  (?=-)", out)[1:]:
        assert len(option.split()) >= 4, option


def test_the_list_of_commands_has_whole_sentences() -> None:
    answer = call("--help")
    listed = answer.out.split("Commands:")[1].strip().splitlines()
    assert [line.split()[0] for line in listed] == [name for name in COMMANDS if " " not in name] + ["region"]
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)
    assert "smartvoda demo" in answer.out


def test_version_is_one_line() -> None:
    answer = call("--version")
    assert (answer.code, answer.out) == (0, f"smartvoda {__version__}\n")


@pytest.mark.parametrize("arguments", [("decod",), ("region", "lod"), ("serve", "--prot", "1")])
def test_a_misspelt_word_is_named(arguments: tuple[str, ...]) -> None:
    answer = call(*arguments)
    assert answer.code == 2
    assert next(word for word in reversed(arguments) if not word.isdigit()) in answer.err
    assert "Traceback" not in answer.err


def test_a_terminal_of_few_letters_gets_codes_and_no_traceback() -> None:
    command = [sys.executable, "-X", "utf8=0", "-m", "smartvoda", "region", "diff", "--help"]
    few = environment() | {"PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(command, capture_output=True, env=few, timeout=60, check=True)
    assert rb"mains_km 12 \u2192 12.5" in done.stdout
