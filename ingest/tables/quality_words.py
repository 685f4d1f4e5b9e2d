"""What a column of quality says of a value, in Czech, English and German."""

from __future__ import annotations

from collections.abc import Iterable

from ingest.tables.headings import normal
from models.quality import Quality

_WORDS: dict[Quality, str] = {
    Quality.GOOD: """good|ok|valid|platny|platna|platne|dobra|dobre|v poradku|192|mereno|namereno|skutecny|skutecna
        |skutecny odecet|odecet|actual|measured|read|gut|gultig|gemessen""",
    Quality.ESTIMATED: """estimated|estimate|odhad|odhadnuto|odhadovany|odhadnuty|nahradni|nahradni hodnota|dopocteno
        |dopocet|interpolovano|interpolated|substituted|substitute|geschatzt|ersatzwert|est""",
    Quality.SUSPECT: "suspect|uncertain|questionable|nejisty|nejista|podezrely|podezrela|fraglich|unsicher",
    Quality.FAIL: "bad|fail|failed|invalid|error|neplatny|neplatna|neplatne|chyba|porucha|ungultig|fehler|schlecht",
    Quality.UNKNOWN: "unknown|not checked|neovereno|neznama|ungepruft|unbekannt",
}
_QUALITY_OF = {
    " ".join(word.split()): quality for quality, words in _WORDS.items() for word in words.split("|") if word.strip()
}


def quality_codes(words: Iterable[str]) -> dict[str, int]:
    """Codes of Quality by the words that stand in a column; an empty cell says nothing of its value and is GOOD.

    >>> quality_codes(["Odhad", "OK", "?", ""])
    {'Odhad': 5, 'OK': 1, '': 1}
    """
    found = {}
    for word in words:
        quality = Quality.GOOD if not word else _QUALITY_OF.get(normal(word))
        if quality is not None:
            found[word] = int(quality)
    return found
