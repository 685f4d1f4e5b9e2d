from pathlib import Path

import pytest

from models.errors import VodaError
from smartvoda.settings import load, table

DOCS = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


def documented() -> str:
    rows = "\n".join(f"| `{name}` | {default} | {sentence} |" for name, default, sentence in table())
    head = "# Settings\n\nRead from the environment; options of the commands win.\n"
    return f"{head}\n| variable | default | meaning |\n| --- | --- | --- |\n{rows}\n"


def test_every_setting_is_documented_as_it_is() -> None:
    assert DOCS.read_text(encoding="utf-8") == documented()


def test_a_wrong_setting_names_itself_and_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTVODA_PORT", "seventy")
    with pytest.raises(
        VodaError, match=r"settings.invalid: port \(SMARTVODA_PORT\): .*integer.*; Port of the dashboard"
    ):
        load()


def test_what_is_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTVODA_PORT", "9000")
    assert load(port=9001, host=None).port == 9001
    assert load().port == 9000


def test_secrets_do_not_show_in_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTVODA_MQTT_URL", "mqtt://me:topsecret@broker")
    assert "topsecret" not in repr(load())
