from __future__ import annotations

import re

import pytest

from dashboard.theme.palette import DARK, LIGHT, PRINT, SCHEMES
from dashboard.theme.stylesheet import FILE, tokens_css
from dashboard.theme.template import ROLES, coloured, template

TEXT, MARK = 4.5, 3.0
ON_PAPER = {
    "ink": TEXT,
    "ink-2": TEXT,
    "ink-3": TEXT,
    "accent": TEXT,
    "crit": TEXT,
    "warn-edge": TEXT,
    "note": TEXT,
    "water-ink": TEXT,
    "control": MARK,
    "band-edge": MARK,
    "water-strong": MARK,
    "q-flow": MARK,
    "q-pressure": MARK,
    "q-level": MARK,
    "q-use": MARK,
    "q-temperature": MARK,
}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    lighter, darker = sorted((luminance(a), luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_style_sheet_is_what_the_palette_says() -> None:
    assert FILE.read_text(encoding="utf-8") == tokens_css(), "run python -m dashboard.theme"


def test_every_scheme_names_the_same_tokens() -> None:
    assert set(LIGHT) == set(DARK) == set(PRINT)


@pytest.mark.parametrize("colours", [LIGHT, DARK, PRINT], ids=["light", "dark", "print"])
def test_contrast_on_paper(colours: dict[str, str]) -> None:
    poor = {name: round(contrast(colours[name], colours["paper"]), 2) for name in ON_PAPER}
    assert {name: value for name, value in poor.items() if value < ON_PAPER[name]} == {}
    pairs = {name: contrast(colours[f"on-{name}"], colours[name]) for name in ("accent", "crit", "note", "sim")}
    assert {name: value for name, value in pairs.items() if value < TEXT} == {}


def test_every_colour_of_a_role_is_a_token() -> None:
    assert {token for role in ROLES.values() for token in role.values()} <= set(LIGHT)
    assert coloured("outside", "dark") == {"fillcolor": DARK["crit"]}


@pytest.mark.parametrize("scheme", list(SCHEMES))
def test_templates_use_the_palette_only(scheme: str) -> None:
    text = str(template(scheme).to_plotly_json())  # type: ignore[arg-type] # one of SCHEMES
    assert set(re.findall(r"#[0-9A-Fa-f]{6}", text)) <= set(SCHEMES[scheme].values())  # type: ignore[index] # the same


def test_no_other_file_writes_a_colour_down() -> None:
    folder = FILE.parents[1]
    others = [f for f in folder.rglob("*") if f.suffix in (".py", ".css", ".js") and f.name not in OWN]
    found = {
        file.name: colours
        for file in others
        if (colours := re.findall(r"#[0-9A-Fa-f]{6}\b|#[0-9A-Fa-f]{3}\b(?=[;\s\"'])", file.read_text(encoding="utf-8")))
    }
    assert found == {}


OWN = ("palette.py", "tokens.css", "plotly-cartesian.min.js")
