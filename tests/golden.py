"""Golden cases of the decoders: a folder is a case. `python -m tests.golden` rewrites what is expected, for review.

tests/golden/<dialect>/<case>/payload.* is the message, case.toml its circumstances (topic, received, origin, and where
needed timezone, [source] as a rule of sources.toml, [keys]), expected.jsonl the lines of `smartvoda decode`, or
expected.err its one line of error; expected.explain, where there is one, how it is read.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.decode_cli import decode_file, explain_file
from models.errors import RefusedError
from models.registry import Source

FOLDER = Path(__file__).parent / "golden"
LINES, ERROR = "expected.jsonl", "expected.err"
EXPLANATION = "expected.explain"
"""Beside some cases: what `decode --explain` says, but for the dialects that were asked before."""


@dataclass(frozen=True)
class Case:
    folder: Path

    @property
    def name(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def dialect(self) -> str:
        return self.folder.parent.name

    @property
    def circumstances(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "case.toml").read_text(encoding="utf-8"))

    @property
    def payload(self) -> bytes:
        (file,) = self.folder.glob("payload.*")
        return file.read_bytes()

    @property
    def rules(self) -> list[Source]:
        """The topic's rule, where the case has one."""
        case = self.circumstances
        return [Source(case["topic"], **_rule(case["source"]))] if "source" in case else []

    def decoded(self) -> tuple[str, str]:
        """What comes out now: the name of the file it belongs in, and its text."""
        try:
            lines = decode_file(*self._question())
        except RefusedError as error:
            return ERROR, f"{error}\n"
        return LINES, "".join(f"{line}\n" for line in lines)

    def explained(self) -> str:
        """How it is read now; dialects that were asked before are left out, since every new one is among them."""
        lines = [line for line in explain_file(*self._question()) if not line.startswith(("    ", "  asked before"))]
        return "".join(f"{line}\n" for line in lines)

    def _question(self) -> tuple[str, bytes, datetime, dict[str, str], list[Source], str]:
        case = self.circumstances
        rules = [Source(case["topic"], **_rule(case["source"]))] if "source" in case else []
        received, timezone = datetime.fromisoformat(case["received"]), case.get("timezone", "Europe/Prague")
        return case["topic"], self.payload, received, case.get("keys", {}), rules, timezone

    def expected(self) -> tuple[str, str]:
        """What shall come out."""
        for name in (LINES, ERROR):
            if (self.folder / name).exists():
                return name, (self.folder / name).read_text(encoding="utf-8")
        return "", ""


def cases() -> list[Case]:
    files = sorted(FOLDER.glob("*/*/case.toml"))
    return [Case(file.parent) for file in files if file.parent.parent.name != "tables"]  # see golden_tables


def _rule(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value.items()) if isinstance(value, dict) else value for key, value in table.items()}


def main() -> None:
    """Rewrite what differs."""
    changed = 0
    for case in cases():
        explanation = case.folder / EXPLANATION
        if explanation.exists() and explanation.read_text(encoding="utf-8") != (said := case.explained()):
            explanation.write_text(said, encoding="utf-8")
            print(f"rewritten: {case.name}/{EXPLANATION}")
        name, text = case.decoded()
        if (name, text) != case.expected():
            for old in (LINES, ERROR):
                (case.folder / old).unlink(missing_ok=True)
            (case.folder / name).write_text(text, encoding="utf-8")
            changed += 1
            print(f"rewritten: {case.name}/{name}")
    print(f"{changed} of {len(cases())} cases changed; look at `git diff tests/golden` before you commit")


if __name__ == "__main__":
    main()
