"""Languages: sentences from Babel catalogues, numbers and dates as each language writes them.

A new language is one folder in dashboard/locales and one line in LANGUAGES. Sentences in code are English msgids with
{named} places; `python -m dashboard.catalogues` brings the catalogues up to date with the code.
"""

from __future__ import annotations

import datetime as calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LOCALES = Path(__file__).parent / "locales"

LANGUAGES: dict[str, str] = {"cs": "Čeština", "en": "English", "de": "Deutsch"}
"""Code of each language on screen and its own name."""

NBSP = "\u00a0"
MINUS = "\u2212"
_CZECH_PREPOSITION = re.compile(r"(?<!\w)([ksvzouaiKSVZOUAI]) (?=\S)")


def mark(msgid: str) -> str:
    """Name a msgid where it stands in a table and is said elsewhere, so that the catalogues get it."""
    return msgid


@cache
def translations(language: str) -> GNUTranslations:
    """The catalogue of a language, read once from its .po file."""
    file = LOCALES / language / "LC_MESSAGES" / "messages.po"
    with file.open("rb") as stream:
        catalogue = read_po(stream, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


@dataclass(frozen=True)
class Words:
    """Everything that depends on language and time zone: sentences, numbers, dates."""

    language: str
    tz: ZoneInfo

    @property
    def locale(self) -> Locale:
        """Babel's locale of the language."""
        return _locale(self.language)

    def say(self, msgid: str, **values: str | int | float) -> str:
        """A sentence with its values; numbers should come already written (see number, measure)."""
        return self._set(translations(self.language).gettext(msgid), values)

    def plural(self, one: str, many: str, n: int, **values: str | int | float) -> str:
        """A sentence whose form depends on the count `n`, which is also its value {n}."""
        sentence = translations(self.language).ngettext(one, many, n)
        return self._set(sentence, {"n": self.number(n), **values})

    def _set(self, sentence: str, values: dict[str, str | int | float]) -> str:
        if self.language == "cs":
            sentence = _CZECH_PREPOSITION.sub(rf"\1{NBSP}", sentence)
        return sentence.format(**values) if values else sentence

    def number(self, value: float, digits: int = 0) -> str:
        """A number with a fixed count of decimals: 2 847, 14,2, −6,1."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        rounded = round(value, digits) + 0.0
        return format_decimal(rounded, format=pattern, locale=self.locale).replace("-", MINUS).replace(" ", NBSP)

    def signed(self, value: float, digits: int = 0) -> str:
        """A number that always shows its sign: +14,2."""
        text = self.number(value, digits)
        return text if text.startswith(MINUS) else f"+{text}"

    def measure(self, value: float, unit: str, digits: int = 0) -> str:
        """A number and its unit, never parted."""
        return f"{self.number(value, digits)}{NBSP}{unit}" if unit else self.number(value, digits)

    def between(self, lower: float, upper: float, digits: int = 0) -> str:
        """An interval: 8,9–10,0."""
        return f"{self.number(lower, digits)}–{self.number(upper, digits)}"

    def percent(self, share: float, digits: int = 0) -> str:
        """A share 0–1 as per cent: 86 %, in English 86%."""
        number = self.number(share * 100, digits)
        return f"{number}%" if self.language == "en" else f"{number}{NBSP}%"

    def flow(self, flow_m3h: float) -> str:
        """A flow with its unit: one decimal below 100 m³/h, none above."""
        return self.measure(flow_m3h, "m³/h", flow_digits(flow_m3h))

    def volume(self, volume_m3: float) -> str:
        """A volume with its unit; from a million m³ on in millions."""
        if abs(volume_m3) >= 1e6:
            millions = volume_m3 / 1e6
            digits = 2 if abs(millions) < 10 else 1 if abs(millions) < 100 else 0
            return self.say("{number} million m³", number=self.number(millions, digits))
        return self.measure(volume_m3, "m³", 0 if abs(volume_m3) >= 100 else 1)

    def local(self, moment: datetime) -> datetime:
        """A moment in the region's time zone."""
        return moment.astimezone(self.tz)

    def time(self, moment: datetime, seconds: bool = False) -> str:
        """Time of day: 02:40."""
        return self.local(moment).strftime("%H:%M:%S" if seconds else "%H:%M")

    def date(self, moment: datetime | calendar.date, year: bool = True) -> str:
        """A date: 26. 11. 2026, 26 Nov 2026, 26.11.2026."""
        day = self.local(moment).date() if isinstance(moment, datetime) else moment
        patterns = {"cs": "d. M. y", "en": "d MMM y", "de": "d.M.y"}
        pattern = patterns.get(self.language, "d MMM y")
        if not year:
            pattern = pattern.removesuffix("y").rstrip()
        return format_date(day, pattern, locale=self.locale).replace(" ", NBSP)

    def weekday(self, moment: datetime | calendar.date, wide: bool = False) -> str:
        """Day of the week: po, or pondělí."""
        day = self.local(moment).date() if isinstance(moment, datetime) else moment
        return format_date(day, "EEEE" if wide else "EEE", locale=self.locale).rstrip(".")

    def month(self, moment: datetime | calendar.date) -> str:
        """Month and year standing alone: říjen 2026."""
        day = self.local(moment).date() if isinstance(moment, datetime) else moment
        return format_date(day, "LLLL y", locale=self.locale)

    def long_date(self, moment: datetime) -> str:
        """čtvrtek 26. listopadu 2026."""
        return format_date(self.local(moment).date(), "full", locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """Day and time: po 23. 11. 08:30."""
        return f"{self.weekday(moment)} {self.date(moment, year=False)} {self.time(moment)}"

    def since(self, moment: datetime, now: datetime) -> str:
        """A past moment as short as is clear: 08:10 today, else 23. 11. 08:10, else with the year."""
        here, there = self.local(moment), self.local(now)
        if here.date() == there.date():
            return self.time(moment)
        return f"{self.date(moment, year=here.year != there.year)} {self.time(moment)}"

    def duration(self, length: timedelta) -> str:
        """7 h 37 min, 12 min, 45 s, 3 d 4 h."""
        seconds = max(0, round(length.total_seconds()))
        if seconds < 60:
            return f"{seconds}{NBSP}s"
        minutes = seconds // 60
        if minutes < 60:
            return f"{minutes}{NBSP}min"
        hours, minutes = divmod(minutes, 60)
        if hours < 48:
            return f"{hours}{NBSP}h {minutes}{NBSP}min" if minutes else f"{hours}{NBSP}h"
        days, hours = divmod(hours, 24)
        return self.plural("{n} day", "{n} days", days)

    @property
    def separators(self) -> str:
        """Decimal and thousands separators as plotly's layout.separators wants them."""
        return {"cs": f",{NBSP}", "de": ",."}.get(self.language, ".,")


def flow_digits(flow_m3h: float) -> int:
    """Decimals with which a flow [m³/h] is written."""
    return 1 if abs(flow_m3h) < 99.95 else 0


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def choose(asked: str | None, cookie: str | None, offered: tuple[str, ...]) -> str:
    """The language of a visit: asked by ?lang=, else the cookie's, else the region's first.

    >>> choose("de", "en", ("cs", "en", "de"))
    'de'
    >>> choose("xx", None, ("cs",))
    'cs'
    """
    known = [language for language in offered if language in LANGUAGES] or list(LANGUAGES)
    return next((language for language in (asked, cookie) if language in known), known[0])
