"""`python -m dashboard.theme` writes assets/tokens.css."""

from dashboard.theme.stylesheet import FILE, tokens_css

FILE.write_text(tokens_css(), encoding="utf-8")
