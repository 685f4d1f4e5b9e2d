"""`python -m dashboard.catalogues` brings the .po files up to date with the sentences in code."""

from __future__ import annotations

from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from dashboard.i18n import LANGUAGES, LOCALES

KEYWORDS: dict[str, tuple[int, ...] | None] = {"say": None, "plural": (1, 2), "mark": None}
ROOM = Path(__file__).parent


def extracted() -> Catalog:
    """Every sentence of the dashboard's code, as a template without translations."""
    template = Catalog(project="Smart voda", charset="utf-8")
    found = extract_from_dir(ROOM, method_map=[("**.py", "python")], keywords=KEYWORDS)
    for file, line, message, comments, context in found:
        template.add(message, None, [(file, line)], auto_comments=comments, context=context)
    return template


def file_of(language: str) -> Path:
    """The .po file of a language."""
    return LOCALES / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    """A language's catalogue as it stands in its file."""
    with file_of(language).open("rb") as stream:
        return read_po(stream, locale=language)


def update(language: str) -> Catalog:
    """Write a catalogue with new sentences added (empty; English says its msgids) and unused ones gone."""
    file = file_of(language)
    catalogue = read(language) if file.exists() else Catalog(locale=language, project="Smart voda", charset="utf-8")
    catalogue.update(extracted(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    if language == "en":
        for message in catalogue:
            if message.id:
                message.string = message.id if isinstance(message.id, str) else tuple(message.id)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as stream:
        write_po(stream, catalogue, width=120, omit_header=False, sort_output=True, no_location=True)
    return catalogue


def main() -> None:
    """Update every language and say what still has no translation."""
    for language in LANGUAGES:
        missing = [message.id for message in update(language) if message.id and not _complete(message.string)]
        print(f"{language}: {len(missing)} untranslated")
        for msgid in missing:
            print(f"  {msgid!r}")


def _complete(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(string) if isinstance(string, str) else bool(string) and all(string or ())


if __name__ == "__main__":
    main()
