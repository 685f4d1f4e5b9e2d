"""`python -m dashboard.catalogues` brings the .po files up to date with the sentences in code."""

from __future__ import annotations

import ast
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po

from dashboard.i18n import LANGUAGES, LOCALES

KEYWORDS: dict[str, int] = {"say": 1, "plural": 2, "mark": 1}
"""Functions whose first arguments are sentences, and how many of them."""
ROOM = Path(__file__).parent


def extracted() -> Catalog:
    """Every sentence of the dashboard's code, as a template without translations.

    From the syntax tree: Babel's own extractor does not see calls inside f-strings.
    """
    template = Catalog(project="Smart voda", charset="utf-8")
    for file in sorted(ROOM.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (sentences := _sentences(node)):
                place = (str(file.relative_to(ROOM)), node.lineno)
                template.add(sentences[0] if len(sentences) == 1 else sentences, None, [place])
    return template


def _sentences(call: ast.Call) -> tuple[str, ...]:
    """The sentences that a call names, empty where it is no such call or they are in variables."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    count = KEYWORDS.get(name, 0)
    found = [node.value for node in call.args[:count] if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return tuple(found) if count and len(found) == count else ()


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
                # Babel marks as fuzzy what became a plural; here the sentence is its own translation.
                message.flags.discard("fuzzy")
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
