from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dashboard import catalogues, sentences
from dashboard.i18n import LANGUAGES, NBSP, Words, choose, translations
from models.why import REASONS

PRAGUE = ZoneInfo("Europe/Prague")
CS, EN, DE = (Words(language, PRAGUE) for language in ("cs", "en", "de"))
MOMENT = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
PLACES = re.compile(r"{(\w+)}")


def forms(message: object) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message or ())  # type: ignore[call-overload] # Babel's


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_sentence_is_translated_with_the_same_places(language: str) -> None:
    used = {message.id: message for message in catalogues.extracted() if message.id}
    known = {message.id: message for message in catalogues.read(language) if message.id}
    assert set(used) == set(known), "run python -m dashboard.catalogues"
    wrong = []
    for msgid, message in known.items():
        wanted = {frozenset(PLACES.findall(form)) for form in forms(msgid)}
        given = forms(message.string)
        if message.fuzzy or not given or not all(given):
            wrong.append((msgid, "untranslated"))
        elif any(set(PLACES.findall(form)) not in [set(places) for places in wanted] for form in given):
            wrong.append((msgid, f"places of {given}"))
    assert wrong == []


def test_each_language_has_as_many_plurals_as_it_needs() -> None:
    for language in LANGUAGES:
        catalogue = catalogues.read(language)
        assert catalogue.num_plurals == {"cs": 3, "en": 2, "de": 2}[language]
        assert all(
            len(forms(message.string)) == catalogue.num_plurals
            for message in catalogue
            if message.id and not isinstance(message.id, str)
        )


def test_no_compiled_catalogue_is_kept() -> None:
    assert list(Path(catalogues.LOCALES).rglob("*.mo")) == []


@pytest.mark.parametrize(
    ("written", "cs", "en", "de"),
    [
        (lambda w: w.measure(2847, "m³/h"), "2 847 m³/h", "2,847 m³/h", "2.847 m³/h"),
        (lambda w: w.flow(14.2), "14,2 m³/h", "14.2 m³/h", "14,2 m³/h"),
        (lambda w: w.flow(99.96), "100 m³/h", "100 m³/h", "100 m³/h"),
        (lambda w: w.number(-6.1, 1), "−6,1", "−6.1", "−6,1"),
        (lambda w: w.number(-0.001, 1), "0,0", "0.0", "0,0"),
        (lambda w: w.signed(14.2, 1), "+14,2", "+14.2", "+14,2"),
        (lambda w: w.between(8.9, 10.0, 1), "8,9–10,0", "8.9–10.0", "8,9–10,0"),
        (lambda w: w.percent(0.86), "86 %", "86%", "86 %"),
        (lambda w: w.volume(1_020_000), "1,02 mil. m³", "1.02 million m³", "1,02 Mio. m³"),
        (lambda w: w.volume(114), "114 m³", "114 m³", "114 m³"),
        (lambda w: w.date(MOMENT), "23. 11. 2026", "23 Nov 2026", "23.11.2026"),
        (lambda w: w.time(MOMENT), "08:30", "08:30", "08:30"),
        (lambda w: w.moment(MOMENT), "po 23. 11. 08:30", "Mon 23 Nov 08:30", "Mo 23.11. 08:30"),
        (lambda w: w.duration(timedelta(hours=7, minutes=37)), "7 h 37 min", "7 h 37 min", "7 h 37 min"),
        (lambda w: w.duration(timedelta(days=5)), "5 dnů", "5 days", "5 Tage"),
    ],
)
def test_numbers_and_dates(written, cs: str, en: str, de: str) -> None:  # type: ignore[no-untyped-def] # a lambda
    plain = [written(words).replace(NBSP, " ") for words in (CS, EN, DE)]
    assert plain == [cs, en, de]


def test_units_thousands_and_prepositions_do_not_break() -> None:
    assert CS.measure(2847, "m³/h") == f"2{NBSP}847{NBSP}m³/h"
    text = sentences.zone_headline("Bynov", 37.9, 21.0, 26.4, "", CS)
    assert text == f"Do okrsku Bynov teče o{NBSP}14,2{NBSP}m³/h víc, než se čeká."


def test_names_stand_in_the_nominative_in_every_language() -> None:
    for words in (CS, EN, DE):
        for code, names in REASONS.items():
            values = {name: "Ústí nad Labem" if name == "name" else 1.0 for name in names}
            if "operation" in names:
                values["operation"] = "flushing"
            said = sentences.why(sentences.Why(code, values), words)  # type: ignore[arg-type] # numbers and names
            assert said != code, f"models.why knows {code}, dashboard.sentences does not"
            assert "Ústí nad Labem" in said
            assert "{" not in said


@pytest.mark.parametrize(
    ("losing", "waiting", "said"),
    [
        (0, 0, "Žádný okrsek neztrácí vodu nad očekávání."),
        (1, 0, "1 okrsek ztrácí vodu."),
        (3, 1, "3 okrsky ztrácejí vodu, 1 událost čeká na kvitování."),
        (5, 2, "5 okrsků ztrácí vodu, 2 události čekají na kvitování."),
        (22, 5, "22 okrsků ztrácí vodu, 5 událostí čeká na kvitování."),
    ],
)
def test_counts_use_the_plurals_of_the_language(losing: int, waiting: int, said: str) -> None:
    assert sentences.region_headline(losing, waiting, CS).replace(NBSP, " ") == said


def test_zone_headlines_say_what_is_known() -> None:
    assert "bez" not in sentences.zone_headline("Bynov", 10.0, 9.0, 11.0, "", CS)
    assert sentences.zone_headline("Bynov", 10.0, 9.0, 11.0, "", EN) == "As much flows into zone Bynov as expected."
    assert sentences.zone_headline("Bynov", 5.0, 9.0, 11.0, "", EN).startswith("5.0")
    assert "08:10" in sentences.zone_headline("Bynov", 5.0, 9.0, 11.0, "08:10", DE)
    assert sentences.zone_headline("Bynov", None, None, None, "", EN) == "Zone Bynov has sent no data yet."


def test_the_language_of_a_visit() -> None:
    assert choose(None, None, ("cs", "en")) == "cs"
    assert choose("de", "en", ("cs", "en")) == "en"
    assert choose(None, "xx", ()) == "cs"
    assert translations("de").gettext("Overview") == "Übersicht"
