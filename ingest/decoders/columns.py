"""Tables inside of JSON: names once and rows of values, or a list of values for each name."""

from __future__ import annotations

from ingest.decoders.document import Json
from ingest.decoders.names import Layout

ROWS_AT_MOST = 20_000


def rows_of(fields: dict[str, Json], layout: Layout) -> list[Json] | None:
    """A table's rows as objects, each with what holds for the whole table; None where an object is no table.

    {"columns": ["time", "level_m"], "rows": [[…, 3.4], […, 3.5]]} and {"time": […, …], "level_m": [3.4, 3.5]}
    """
    if layout.columns and layout.rows and layout.columns != layout.rows:
        return _of_rows(fields, layout)
    if layout.time and isinstance(times := fields[layout.time[0][0]], list):
        return _of_lists(fields, len(times))
    return None


def _of_rows(fields: dict[str, Json], layout: Layout) -> list[Json] | None:
    names, rows = fields[layout.columns], fields[layout.rows]
    if not isinstance(names, list) or not isinstance(rows, list) or not rows:
        return None
    if not all(isinstance(name, str) for name in names) or not all(isinstance(row, list) for row in rows):
        return None
    rest = {key: value for key, value in fields.items() if key not in (layout.columns, layout.rows)}
    columns = [str(name) for name in names]
    return [{**rest, **dict(zip(columns, row, strict=False))} for row in rows[:ROWS_AT_MOST] if isinstance(row, list)]


def _of_lists(fields: dict[str, Json], count: int) -> list[Json] | None:
    """Lists of as many values as there are times; one of another length belongs to none of them."""
    lists = {
        key: value
        for key, value in fields.items()
        if isinstance(value, list) and len(value) == count and not any(isinstance(item, (dict, list)) for item in value)
    }
    if not 0 < count <= ROWS_AT_MOST or len(lists) < 2:
        return None
    rest = {key: value for key, value in fields.items() if not isinstance(value, list)}
    return [{**rest, **{key: values[at] for key, values in lists.items()}} for at in range(count)]
