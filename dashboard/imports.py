"""Files that people hand in: taken as a stream, looked at, imported; bad rows to take away. See assets/import.js."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from dashboard.actions import add_action, person_of
from dashboard.i18n import Words, mark
from dashboard.import_words import sentence
from dashboard.rendering import make_visit
from dashboard.visit import Rooms, Visit
from models.errors import VodaError
from models.tables import ColumnHint, Hints, ImportDesk, Said

MEGABYTE = 1_000_000
_COLUMN = re.compile(r"column_([A-Z]{1,3})_(quantity|unit|device|point|role)$")
_OPTIONS: tuple[str, ...] = (
    *("device", "point", "quantity", "unit", "timezone", "decimal", "date_order", "stamp", "to_is", "time_of_day"),
    *("customer_class", "encoding", "sheet", "kind"),
)

ERRORS: dict[str, str] = {
    "import.busy": mark("Too many files are being worked on; wait until one is done."),
    "import.too_large": mark("The file is larger than {limit} MB; save it in parts, or use the command line."),
    "import.not_ready": mark("The file can't be imported yet: name what it lacks."),
    "import.unknown": mark("This file is not here any more; hand it in again."),
    "import.mapping": mark("Something that you named is not known: {reason}"),
    "import.off": mark("This service takes no files."),
}
"""What people meet here → what the screen says."""


def add_imports(app: FastAPI, rooms: Rooms) -> None:
    """Register what the page of imports asks for."""

    async def take(request: Request, name: str = "") -> JSONResponse:
        if request.headers.get("x-voda") != "1":
            return JSONResponse({"code": "action.foreign", "message": "header X-Voda is missing"}, status_code=403)
        visit = await run_in_threadpool(make_visit, rooms, dict(request.query_params), request.cookies)
        try:
            return JSONResponse({"go": f"/import?job={quote(await _taken(desk_of(visit), request, name))}"})
        except VodaError as error:
            return JSONResponse({"code": error.code, "message": said(error, visit)}, status_code=_status(error))

    def bad_rows(job: str) -> Response:
        desk = rooms.config.imports
        path = desk.bad_rows(job) if desk is not None else None
        if path is None or not path.exists():
            return JSONResponse({"code": "import.unknown", "message": f"there are no bad rows of {job!r}"}, 404)
        return FileResponse(path, media_type="text/csv; charset=utf-8", filename=path.name)

    app.add_api_route("/actions/import", take, methods=["POST"], include_in_schema=False)
    app.add_api_route("/actions/import/{job}/bad.csv", bad_rows, methods=["GET"], include_in_schema=False)
    add_action(app, rooms, "/actions/import/{job}/understand", understand)
    add_action(app, rooms, "/actions/import/{job}/start", start)


async def _taken(desk: ImportDesk, request: Request, name: str) -> str:
    """Take a file piece by piece; its job."""
    if int(request.headers.get("content-length") or 0) > desk.limit_bytes:
        raise VodaError("import.too_large", f"at most {desk.limit_bytes // MEGABYTE} MB at once")
    handed = await run_in_threadpool(desk.open, name)
    try:
        async for piece in request.stream():
            await run_in_threadpool(handed.write, piece)
    except BaseException:
        handed.give_up()
        raise
    await run_in_threadpool(handed.done)
    return handed.job_id


def desk_of(visit: Visit) -> ImportDesk:
    """Who takes files. Raises VodaError (import.off) where this service takes none."""
    desk = visit.rooms.config.imports
    if desk is None:
        raise VodaError("import.off", "this service takes no files")
    return desk


def said(error: VodaError, visit: Visit) -> str:
    """An error as people meet it."""
    if error.code not in ERRORS:
        return visit.words.say("This could not be done: {reason}", reason=error.message)
    limit = visit.rooms.config.imports.limit_bytes // MEGABYTE if visit.rooms.config.imports else 0
    return visit.words.say(ERRORS[error.code], limit=visit.words.number(limit), reason=error.message)


def _status(error: VodaError) -> int:
    return {"import.too_large": 413, "import.busy": 503, "import.unknown": 404}.get(error.code, 409)


def understand(visit: Visit, values: dict[str, Any]) -> str:
    """Look at a file anew with what a person says of it."""
    desk = desk_of(visit)
    try:
        desk.understand(visit.params.get("job", ""), hints_of(values))
    except VodaError as error:
        raise VodaError(error.code, said(error, visit)) from error
    return ""


def start(visit: Visit, values: dict[str, Any]) -> str:
    """Import a file that is understood."""
    words = visit.words
    job = visit.params.get("job", "")
    try:
        desk_of(visit).start(job, person_of(values), str(values.get("note") or "").strip()[:400], saying(words))
    except VodaError as error:
        raise VodaError(error.code, said(error, visit)) from error
    return ""


def saying(words: Words) -> Any:
    """How reasons in the file of bad rows are put: in the language of whoever began the import."""

    def say(what: Said) -> str:
        return sentence(what, words)

    return say


def hints_of(values: dict[str, Any]) -> Hints:
    """What the form says: options of the table, and of its columns by their letters.

    >>> hints_of({"unit": " m3 ", "column_B_quantity": "flow_m3h", "other": 1}).columns["B"].quantity
    'flow_m3h'
    """
    texts = {name: str(value).strip()[:80] for name, value in values.items() if value}
    columns: dict[str, dict[str, str]] = {}
    for name, value in texts.items():
        if match := _COLUMN.match(name):
            columns.setdefault(match[1], {})[match[2]] = value
    options = {name: texts[name] for name in _OPTIONS if name in texts}
    step_min = texts.get("step_min", "")
    step_s = int(step_min) * 60 if step_min.isdigit() else 0
    made = {letter: ColumnHint(**said_of) for letter, said_of in columns.items()}
    return Hints(**options, step_s=step_s, columns=made)  # type: ignore[arg-type] # texts by their names
