"""Every colour and size, once. `python -m dashboard.theme` writes them to assets/tokens.css.

Contrast on paper by the WCAG 2.2 formula: text at least 4.5:1, marks 3:1, in each theme.
"""

from __future__ import annotations

from typing import Literal

Scheme = Literal["light", "dark"]

LIGHT: dict[str, str] = {
    # surfaces: the page; floats and fields; notes
    "paper": "#F7F9F9",
    "sheet": "#FFFFFF",
    "sunken": "#EAEFF0",
    # text and observed data; secondary text; axis labels
    "ink": "#10222B",
    "ink-2": "#44555E",
    "ink-3": "#5C6C75",
    # hairlines; borders of controls
    "rule": "#D3DCDF",
    "control": "#7A8A92",
    # the one accent: what can be pressed, what is chosen, where the focus is, "our town"
    "accent": "#005F7A",
    "on-accent": "#FFFFFF",
    "accent-soft": "#DDEBF0",
    # what is expected
    "band": "#D4DFE3",
    "band-edge": "#7A8E97",
    # what is not
    "crit": "#B3261E",
    "on-crit": "#FFFFFF",
    "crit-soft": "#F6DBD7",
    "warn": "#E59A00",
    "on-warn": "#10222B",
    "warn-edge": "#7A4B00",
    "warn-soft": "#FBE9C4",
    "note": "#5C6C75",
    "on-note": "#FFFFFF",
    # geography
    "land": "#FFFFFF",
    "water": "#A9CAD6",
    "water-strong": "#4A8CA3",
    "water-ink": "#2B6E84",
    # quantities, only where several share a figure
    "q-flow": "#003A68",
    "q-pressure": "#866EB8",
    "q-level": "#2B978B",
    "q-use": "#525F65",
    "q-temperature": "#570B32",
    # SIMULACE: the same in every theme, so that it is recognised
    "sim": "#F2D64B",
    "on-sim": "#10222B",
}

DARK: dict[str, str] = {
    "paper": "#0F181C",
    "sheet": "#162126",
    "sunken": "#0A1114",
    "ink": "#E7EEF0",
    "ink-2": "#AEBCC2",
    "ink-3": "#8D9DA4",
    "rule": "#2A3A41",
    "control": "#6F8189",
    "accent": "#6CC6DE",
    "on-accent": "#06222B",
    "accent-soft": "#17343E",
    "band": "#2A3F48",
    "band-edge": "#6A848D",
    "crit": "#FF6F57",
    "on-crit": "#10222B",
    "crit-soft": "#45201B",
    "warn": "#F4B740",
    "on-warn": "#10222B",
    "warn-edge": "#F4B740",
    "warn-soft": "#3D3014",
    "note": "#8D9DA4",
    "on-note": "#10222B",
    "land": "#172329",
    "water": "#2F5C6D",
    "water-strong": "#4F9AB3",
    "water-ink": "#7DBBD0",
    "q-flow": "#83BEF2",
    "q-pressure": "#8B72C6",
    "q-level": "#7EE7D0",
    "q-use": "#8DA1A8",
    "q-temperature": "#C05A79",
    "sim": "#F2D64B",
    "on-sim": "#10222B",
}

PRINT: dict[str, str] = {
    **LIGHT,
    "paper": "#FFFFFF",
    "sheet": "#FFFFFF",
    "sunken": "#F2F2F2",
    "ink": "#000000",
    "ink-2": "#333333",
    "ink-3": "#555555",
    "rule": "#BBBBBB",
    "control": "#777777",
    "accent": "#003F52",
    "accent-soft": "#FFFFFF",
    "band": "#E6E6E6",
    "band-edge": "#808080",
    "crit": "#8E1B14",
    "crit-soft": "#F2F2F2",
    "warn": "#B36B00",
    "on-warn": "#000000",
    "warn-edge": "#000000",
    "warn-soft": "#F7F7F7",
    "note": "#555555",
    "land": "#FFFFFF",
    "water": "#C9C9C9",
    "water-strong": "#7A7A7A",
    "water-ink": "#555555",
}

SCHEMES: dict[Scheme, dict[str, str]] = {"light": LIGHT, "dark": DARK}

FONT = '"Plex Sans", "Segoe UI", system-ui, -apple-system, "Noto Sans", "Liberation Sans", sans-serif'

SIZES: dict[str, str] = {
    "font": FONT,
    "t-xs": "12px",
    "t-s": "13px",
    "t-m": "15px",
    "t-l": "18px",
    "t-xl": "24px",
    "t-2xl": "32px",
    "t-3xl": "44px",
    "s1": "4px",
    "s2": "8px",
    "s3": "12px",
    "s4": "16px",
    "s5": "24px",
    "s6": "32px",
    "s7": "48px",
    "s8": "72px",
    "radius": "2px",
    "radius-pop": "4px",
    "line": "1.75px",
    "hair": "1px",
}

SHADOWS: dict[Scheme, str] = {
    "light": "0 1px 2px rgb(16 34 43 / .10), 0 8px 24px rgb(16 34 43 / .14)",
    "dark": "0 1px 2px rgb(0 0 0 / .5), 0 10px 28px rgb(0 0 0 / .55)",
}

OBSERVED_PX = 1.75
HAIR_PX = 1.0
AXIS_LABEL_PX = 12
