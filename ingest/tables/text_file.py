"""CSV as people have it: which encoding, which separator, and its rows with their line numbers."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from models.errors import VodaError
from models.tables import Said

_LOOKED_AT = 256 * 1024
_LINES_LOOKED_AT = 200
_DELIMITERS = ";\t,|"
_LETTERS = frozenset("áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽäöüßÄÖÜ")
_SIGNS = frozenset("°³²µ–—„“”€\u00a0")
_OLD_ENCODINGS = ("cp1250", "iso8859-2", "cp1252", "cp852")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}

csv.field_size_limit(1_000_000)

Row = tuple[int, list[str]]
"""Line number (the first is 1) and cells."""


class TextFile:
    """A CSV file: encoding and separator found, or as a person says."""

    def __init__(self, path: Path, encoding: str = "", delimiter: str = "") -> None:
        self.path = path
        self.name = ""
        self._gzip = _begins(path, b"\x1f\x8b")
        head = self._head()
        self.encoding = encoding or find_encoding(head, self._is_utf8)
        try:
            text = head.decode(self.encoding, "replace")
        except LookupError:
            raise VodaError(
                "import.encoding", f"{encoding!r} is no encoding; write utf-8, cp1250, iso8859-2 or utf-16"
            ) from None
        self.delimiter = delimiter or find_delimiter(text.removeprefix("\ufeff"))

    @property
    def facts(self) -> tuple[Said, ...]:
        """What was found out about the file."""
        shown = {"\t": "tab"}.get(self.delimiter, self.delimiter)
        encoding = _NAMES.get(self.encoding, self.encoding)
        return (Said("file_text", {"encoding": encoding, "delimiter": shown}),)

    def rows(self) -> Iterator[Row]:
        """Every row that is not empty. Raises VodaError (import.unreadable, import.encoding)."""
        with self._open() as stream:
            text = io.TextIOWrapper(stream, self.encoding, newline="")
            reader = csv.reader(_without_nul(text), delimiter=self.delimiter)
            line = 1
            try:
                for cells in reader:
                    if not (line == 1 and _says_separator(cells, self.delimiter)) and any(map(str.strip, cells)):
                        yield line, cells
                    line = reader.line_num + 1
            except csv.Error as error:
                raise VodaError(
                    "import.unreadable", f"{self.path.name}: line {line}: {error}; mend that line"
                ) from error
            except UnicodeError as error:
                what = f"{self.path.name}: near line {line}: not {self.encoding}"
                raise VodaError("import.encoding", f"{what}; name its encoding with --encoding") from error
            except (OSError, EOFError) as error:
                raise VodaError("import.unreadable", f"{self.path.name}: {error}; copy the file again") from error

    def _head(self) -> bytes:
        try:
            with self._open() as stream:
                return stream.read(_LOOKED_AT)
        except (OSError, EOFError) as error:
            raise VodaError("import.unreadable", f"{self.path}: {error}; give a file that can be read") from error

    def _is_utf8(self) -> bool:
        decoder = codecs.getincrementaldecoder("utf-8")()
        with self._open() as stream:
            try:
                while piece := stream.read(1 << 20):
                    decoder.decode(piece)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                return False
        return True

    @contextmanager
    def _open(self) -> Iterator[BinaryIO]:
        with self.path.open("rb") as plain:
            if self._gzip:
                with gzip.GzipFile(fileobj=plain) as unpacked:
                    yield unpacked  # type: ignore[misc] # it reads as a binary file does
            else:
                yield plain


def _begins(path: Path, mark: bytes) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(mark)) == mark
    except OSError as error:
        raise VodaError("import.unreadable", f"{path}: {error.strerror}; give a file that can be read") from error


def find_encoding(head: bytes, is_utf8: object = None) -> str:
    """The encoding of a text's first bytes.

    A byte order mark tells; so do the zero bytes of UTF-16, and what is valid UTF-8 to the end (`is_utf8()`). Of the
    old encodings of this region the one whose letters are Czech or German.

    >>> find_encoding("Průtok".encode("cp1250")), find_encoding("žluťoučký".encode("iso8859-2"))
    ('cp1250', 'iso8859-2')
    >>> find_encoding("Stav m³".encode("cp1252")), find_encoding("a;b".encode("utf-16-le"))
    ('cp1252', 'utf-16-le')
    """
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    even, odd = head[0:4000:2].count(0), head[1:4000:2].count(0)
    half = max(1, len(head[:4000]) // 2)
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
        if not callable(is_utf8) or is_utf8():
            return "utf-8"
    except UnicodeDecodeError:
        pass
    return max(_OLD_ENCODINGS, key=lambda name: _looks_right(head.decode(name, "replace")))


def _looks_right(text: str) -> int:
    """How Czech or German a text looks: its letters and signs less what stands in neither."""
    counts = Counter(character for character in text if ord(character) > 127)
    score = 0
    for character, count in counts.items():
        score += count * (3 if character in _LETTERS else 1 if character in _SIGNS else -3)
    # A superscript three of a unit beats the letter that stands at its place elsewhere.
    return score + 4 * text.count("m³")


def find_delimiter(text: str) -> str:
    """The separator of a text's first lines: the one that cuts most of them into the same count of cells.

    >>> find_delimiter("Datum;Stav\\n1.1.2026;12,5\\n2.1.2026;12,9"), find_delimiter("sep=|\\na|b")
    (';', '|')
    """
    lines = text.splitlines()[:_LINES_LOOKED_AT]
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) == 5:
        return lines[0].strip()[4]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        score = _evenness(lines, delimiter)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _evenness(lines: list[str], delimiter: str) -> float:
    """Share of lines with the usual count of cells, 0 where that is one; more cells break a tie."""
    try:
        counts = Counter(len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells)
    except csv.Error:
        return 0.0
    several = [(times, cells) for cells, times in counts.items() if cells > 1]
    if not several:
        return 0.0
    times, cells = max(several)
    return times / sum(counts.values()) + min(cells, 50) * 1e-3


def _without_nul(lines: Iterable[str]) -> Iterator[str]:
    return (line.replace("\0", "") for line in lines)


def _says_separator(cells: list[str], delimiter: str) -> bool:
    return delimiter.join(cells).strip().lower() == f"sep={delimiter}"
