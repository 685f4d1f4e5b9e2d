"""The driver of `make bench-data`: parts in turn, every missing thing said, exit codes that a script can trust."""

from pathlib import Path

import pytest

from bench.data import PARTS, Part, main

HELD = Part("held", "tests.bench.held_part", ("table.csv",), "a table of one word")
OTHER = Part("other", "tests.bench.held_part", ("table.csv", "site.toml"), "the same again")


def table(folder: Path, part: str, words: str) -> None:
    (folder / part).mkdir()
    (folder / part / "table.csv").write_text(words)


@pytest.mark.parametrize(("words", "code", "verdict"), [("good", 0, "holds"), ("bad", 1, "FAILS")])
def test_code_and_words_follow_the_claims(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str, code: int, verdict: str
) -> None:
    table(tmp_path, "held", words)
    assert main([str(tmp_path)], (HELD,)) == code
    assert f"{verdict}  the table says good: {words}" in capsys.readouterr().out


def test_missing_files_are_named_and_the_other_parts_still_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table(tmp_path, "held", "good")
    table(tmp_path, "other", "good")
    assert main([str(tmp_path)], (OTHER, HELD)) == 2
    printed = capsys.readouterr().out
    assert f"missing: site.toml in {tmp_path / 'other'}" in printed
    assert "other: data missing  held: 1 of 1 claims held" in printed


def test_a_failed_claim_outweighs_missing_data(tmp_path: Path) -> None:
    table(tmp_path, "held", "bad")
    assert main([str(tmp_path)], (OTHER, HELD)) == 1


def test_only_the_named_parts_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table(tmp_path, "held", "good")
    assert main([str(tmp_path), "held"], (OTHER, HELD)) == 0
    assert "other" not in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], [""], ["--help"], ["/", "nonsense"], ["/nowhere/at/all"]])
def test_a_wrong_command_says_what_is_wanted(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments, (HELD,)) == 2
    assert "folder" in capsys.readouterr().err.lower()


def test_every_part_of_the_table_has_its_module() -> None:
    root = Path(__file__).parents[2]
    for part in PARTS:
        module = root / Path(*part.module.split(".")).with_suffix(".py")
        assert "def report(" in module.read_text(encoding="utf-8"), part.module
    assert len({part.name for part in PARTS}) == len(PARTS)
