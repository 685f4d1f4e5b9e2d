"""assets/tokens.css, written from the palette."""

from __future__ import annotations

from pathlib import Path

from dashboard.theme.palette import DARK, LIGHT, PRINT, SHADOWS, SIZES

FILE = Path(__file__).parents[1] / "assets" / "tokens.css"

_HEAD = "/* Written by `python -m dashboard.theme` from dashboard/theme/palette.py. Do not edit by hand. */\n"

_FONT_FACE = """\
@font-face {{
  font-family: "Plex Sans"; font-weight: 100 700; font-stretch: 75% 100%; font-display: swap;
  src: url(fonts/{file}.woff2) format("woff2");
  unicode-range: {ranges};
}}
"""

_FONTS = (
    (
        "plex-sans-latin-ext",
        "U+0100-02BA, U+02BD-02C5, U+02C7-02CC, U+02CE-02D7, U+02DD-02FF, U+1E00-1E9F, U+20A0-20C0",
    ),
    (
        "plex-sans-latin",
        "U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+2000-206F, U+20AC, U+2122, "
        "U+2190-2193, U+2212, U+2215",
    ),
)


def tokens_css() -> str:
    """The whole text of assets/tokens.css."""
    light = {**LIGHT, "lift": SHADOWS["light"]}
    dark = {**DARK, "lift": SHADOWS["dark"]}
    printed = {**PRINT, "lift": "none"}
    return "\n".join(
        (
            _HEAD + "".join(_FONT_FACE.format(file=file, ranges=ranges) for file, ranges in _FONTS),
            _rule(":root", {"color-scheme": "light"}, {**light, **SIZES}),
            _rule(':root[data-scheme="dark"]', {"color-scheme": "dark"}, dark),
            "@media print {\n"
            + _rule(':root, :root[data-scheme="dark"]', {"color-scheme": "light"}, printed).rstrip("\n")
            + "\n}\n",
        )
    )


def _rule(selector: str, properties: dict[str, str], variables: dict[str, str]) -> str:
    lines = [f"  {name}: {value};" for name, value in properties.items()]
    lines += [f"  --{name}: {value};" for name, value in variables.items()]
    return f"{selector} {{\n" + "\n".join(lines) + "\n}\n"
