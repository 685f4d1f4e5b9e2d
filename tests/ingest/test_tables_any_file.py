"""Whatever a file holds: it is understood, refused with a reason, or its rows are; never a crash, never a wrong row."""

from __future__ import annotations

import gzip
import random
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.tables import workbook
from ingest.tables.table_file import TableFile
from ingest.tables.text_file import find_encoding
from ingest.tables.workbook import open_sheet
from models.errors import VodaError
from models.tables import Hints, Outcome
from tests.golden_tables import EVER, FixedClock, Shelf, cases, shelf

CLOCK = FixedClock(datetime(2026, 11, 25, 8, tzinfo=UTC))
FILES = [file for case in cases() for file in case.folder.glob("table.*") if file.suffix != ".py"]
WORDS = (
    *("", "12,5", "1.234", "24.11.2026", "24.11.2026 8:00", "8:00", "Datum", "Čas", "Stav [m3]", "Vodoměr", "m3", "-"),
    *("11/12/2026", "46350,5", "1e400", "NaN", "Od", "Do", "Okrsek", "Objem m3", "DN", "12345678", "\u202e", "=1+1"),
)
CELLS = st.one_of(st.sampled_from(WORDS), st.text(max_size=12))


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shelf, Path]]:
    folder = tmp_path_factory.mktemp("any")
    with shelf(folder, CLOCK) as made:
        yield made, folder


def take(there: tuple[Shelf, Path], content: bytes, name: str = "any.csv") -> Outcome | str:
    """Import some bytes; the outcome, or the code of why not."""
    shelf_, folder = there
    path = folder / name
    path.write_bytes(content)
    table = TableFile(path, Hints(), None, "Europe/Prague", shelf_.store, shelf_.records)
    try:
        if not table.understand().can_begin:
            return "import.not_understood"
        return table.run(CLOCK, "", "", str, lambda share: True, bad_path=folder / "bad.csv")
    except VodaError as error:
        return error.code


@settings(max_examples=120)
@given(st.binary(max_size=400))
def test_any_bytes(there: tuple[Shelf, Path], content: bytes) -> None:
    assert take(there, content)


@settings(max_examples=120)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), min_size=1, max_size=8), st.sampled_from(";,\t"))
def test_any_cells(there: tuple[Shelf, Path], rows: list[list[str]], delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in rows)
    assert take(there, text.encode("utf-8", "surrogatepass"))


@settings(max_examples=80)
@given(st.integers(0, 10**9))
def test_damaged_tables(there: tuple[Shelf, Path], seed: int) -> None:
    """Tables of the golden cases with bytes cut, doubled, changed."""
    dice = random.Random(seed)
    content = bytearray(dice.choice(FILES).read_bytes() or b"a;b")
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(content) or 1)
        match dice.randrange(3):
            case 0:
                del content[at : at + dice.randint(1, 9)]
            case 1:
                content[at:at] = content[at : at + dice.randint(1, 40)]
            case _:
                content[at : at + 1] = bytes([dice.randrange(256)])
    assert take(there, bytes(content))


def test_damaged_workbooks_and_parquet(there: tuple[Shelf, Path], tmp_path: Path) -> None:
    dice = random.Random(1)
    for case in cases():
        if not (case.folder / "table.py").exists():
            continue
        whole = case.table(tmp_path).read_bytes()
        for _ in range(8):
            cut = bytearray(whole[: dice.randrange(len(whole))])
            if cut and dice.random() < 0.5:
                cut = bytearray(whole)
                cut[dice.randrange(len(cut))] ^= 0xFF
            assert take(there, bytes(cut), "any.xlsx")


def test_a_packed_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "UNPACKED_LIMIT_BYTES", 20_000_000)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(21_000_000))
    assert path.stat().st_size < 100_000
    with pytest.raises(VodaError, match=r"import\.too_large"):
        open_sheet(path)


def test_long_lines_and_many_columns_are_quick(there: tuple[Shelf, Path]) -> None:
    began = time.monotonic()
    assert take(there, b"a" * 2_000_000) == "import.unreadable"
    wide = ";".join(["Datum", *(f"VDM-{n:05d} stav [m3]" for n in range(2000))])
    rows = "\n".join(f"{d}.11.2026;" + ";".join(["1,5"] * 2000) for d in range(1, 4))
    outcome = take(there, f"{wide}\n{rows}\n".encode(), "wide.csv")
    assert isinstance(outcome, Outcome)
    assert outcome.read == 6000
    assert time.monotonic() - began < 10


def test_packed_text_is_read(there: tuple[Shelf, Path]) -> None:
    text = "device,time,flow_m3h\nPACKED,2026-01-01T00:00:00Z,1.5\n"
    assert take(there, gzip.compress(text.encode()), "a.csv.gz") == Outcome(read=1, written=1)
    assert take(there, gzip.compress(text.encode())[:-12], "b.csv.gz") == "import.unreadable"
    assert [r.value for r in there[0].store.readings("PACKED", None, *EVER)] == [1.5]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250", "iso8859-2", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_gives_the_same_words(encoding: str, tmp_path: Path) -> None:
    text = "Datum;Šoupě;Žižkov průtok [l/s]\n1.1.2026 8:00;ť;1,5\n"
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    (_, head), (_, row) = open_sheet(path).rows()
    assert (head, row) == (["Datum", "Šoupě", "Žižkov průtok [l/s]"], ["1.1.2026 8:00", "ť", "1,5"])
    assert find_encoding(b"plain;ascii\n1;2\n") == "utf-8"
