"""Golden cases of the decoders: a folder is a case. `python -m tests.golden` rewrites what is expected, for review.

tests/golden/<dialect>/<case>/payload.* is the message, case.toml its circumstances (topic, received, origin, and where
needed timezone, [source] as a rule of sources.toml, [keys]), expected.jsonl the lines of `smartvoda decode`, or
expected.err its one line of error.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.decode_cli import decode_file
from models.errors import RefusedError
from models.registry import Source

FOLDER = Path(__file__).parent / "golden"
LINES, ERROR = "expected.jsonl", "expected.err"


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

    def decoded(self) -> tuple[str, str]:
        """What comes out now: the name of the file it belongs in, and its text."""
        case = self.circumstances
        rules = [Source(case["topic"], **_rule(case["source"]))] if "source" in case else []
        try:
            lines = decode_file(
                case["topic"],
                self.payload,
                datetime.fromisoformat(case["received"]),
                case.get("keys", {}),
                rules,
                case.get("timezone", "Europe/Prague"),
            )
        except RefusedError as error:
            return ERROR, f"{error}\n"
        return LINES, "".join(f"{line}\n" for line in lines)

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
