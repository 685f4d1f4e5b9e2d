"""CSV: rows under a header that names the columns, or rows whose columns a rule of sources.toml names.

Documentation: RFC 4180; separators and decimal commas as Czech and German programs write them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from ingest.decoders.document import Document, Json
from ingest.decoders.fields import meanings
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.heading import heading_of
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import as_device, joined, part_of
from ingest.decoders.result import Result
from ingest.decoders.topic import device_of
from ingest.decoders.value import number
from models.errors import RefusedError

_SEPARATORS = (";", "\t", "|", ",")
_ROWS_AT_MOST = 20_000
_COLUMNS_AT_MOST = 200
_LONG = frozenset(["quantity", "parameter", "value", "hodnota", "wert", "velicina", "unit", "jednotka", "einheit"])
"""Columns of tables that have one value a row."""

_HEAD_CHARACTERS = 2000
_SEP_LINE = re.compile(r"sep=[;,\t|][ \r]*$", re.IGNORECASE | re.MULTILINE)
"""A first line by which spreadsheets are told the separator."""


def _recognises(message: Message, document: Document) -> bool:
    text = document.text
    if text is None or document.looks_json:
        return False
    start = text[:_HEAD_CHARACTERS].lstrip()
    if _SEP_LINE.match(start):
        return True
    head = start.split("\n", 1)[0].strip()
    if not head or "=" in head:
        return False
    mark = _separator(head)
    if not mark:
        return False
    cells = [cell.strip().strip('"') for cell in head.split(mark)]
    if known := sum(map(_is_column, cells)):
        return known * 2 >= len(cells)
    # Rows without a header: numbers and times between separators, and not one number with a decimal comma.
    return len(cells) > 1 and sum(map(_is_cell, cells)) * 2 >= len(cells) and number(head) is None


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    text = (document.text or "").strip()
    head = text.split("\n", 1)[0].strip()
    mark = _separator(head) or ";"
    if _SEP_LINE.match(head):
        mark, text = head[4], text.split("\n", 1)[-1]
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    frame = harvest.frame(harvest.device_by_rule() or device_of(message.topic))
    if context.source and context.source.unit:
        frame = replace(frame, unit=context.source.unit)
    columns: list[str] = []
    for cells in _rows(text, mark):
        if not columns and any(_is_column(cell) for cell in cells):
            columns = cells
            continue
        fields = _fields(cells, columns, harvest, result)
        if fields:
            _take(fields, frame, harvest)
    if not columns and result.is_empty:
        raise RefusedError(
            "decode.no_header",
            "csv: the first row names no column that is known; send a header, or map columns by their number in "
            'sources.toml: mapping = { "1" = "device", "2" = "time", "3" = "volume_m3 l" }',
        )
    return result.finish(Problem("decode.unknown_fields", f"csv: no column is known among {', '.join(columns)[:120]}"))


def _take(fields: dict[str, Json], frame: Frame, harvest: Harvest) -> None:
    """A row: columns under headings with a place are that place's, the others the row's device's."""
    placed = {name: heading for name in fields if (heading := heading_of(name)) and not harvest.is_mapped(name)}
    rest = {name: cell for name, cell in fields.items() if name not in placed} if placed else fields
    if placed:
        row = harvest.refined(rest, frame)
        for name, heading in placed.items():
            device = f"{row.device}/{heading.place}" if row.named else heading.place
            harvest.take_value(heading.field, fields[name], replace(row, device=as_device(device)), heading.unit)
    harvest.take(rest, frame)


def _rows(text: str, mark: str) -> Iterator[list[str]]:
    reader = csv.reader(text.replace("\0", "").splitlines(), delimiter=mark, skipinitialspace=True)
    try:
        for at, row in enumerate(reader):
            if at > _ROWS_AT_MOST:
                raise RefusedError("decode.too_large", f"csv: more than {_ROWS_AT_MOST} rows in one message")
            cells = [cell.strip() for cell in row[:_COLUMNS_AT_MOST]]
            if any(cells) and not cells[0].startswith("#"):
                yield cells
    except csv.Error as error:
        raise RefusedError("decode.bad_row", f"csv: {error!s:.80}") from None


def _fields(cells: list[str], columns: list[str], harvest: Harvest, result: Result) -> dict[str, Json]:
    """A row as an object: by its header's names, or by its columns' numbers where a rule maps those."""
    if not columns:
        return {str(at): cell for at, cell in enumerate(cells, 1) if harvest.is_mapped(str(at))}
    if len(cells) > len(columns) and any(cells[len(columns) :]):
        text = f"csv: a row has {len(cells)} cells under {len(columns)} columns; is the decimal comma its separator?"
        result.problem(Problem("decode.bad_row", text))
        return {}
    named: dict[str, Json] = {}
    for at, (name, cell) in enumerate(zip(columns, cells, strict=False), 1):
        if name in named:
            result.problem(Problem("decode.duplicate_key", f"csv: column {name[:40]!r} stands twice"))
            return {}
        named[str(at) if harvest.is_mapped(str(at)) else name or f"column {at}"] = cell or None
    return named


def _separator(head: str) -> str:
    """The mark between the cells of a row, empty where there is none."""
    counts = {mark: head.count(mark) for mark in _SEPARATORS}
    if counts[","] and (counts[";"] or counts["\t"] or counts["|"]):
        counts[","] = 0  # beside another separator the comma is the decimal one
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] else ""


@lru_cache(maxsize=4096)
def _is_column(name: str) -> bool:
    """Whether a cell is the name of a column that we know."""
    if not name or number(name) is not None:
        return False
    return bool(meanings(name) or heading_of(name)) or part_of(name) in ("time", "device") or joined(name) in _LONG


def _is_cell(cell: str) -> bool:
    return bool(cell) and (cell[0].isdigit() or cell[0] in "+-")


DIALECT = Dialect("csv", _recognises, _decode)
