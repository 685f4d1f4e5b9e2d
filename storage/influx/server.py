"""Talking to InfluxDB 2: writes of joined lines, queries whose values are parameters, and what its answers mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

from models.errors import StoreUnavailableError
from storage.influx.answer import Block, blocks

HEALTH_TIMEOUT_S = 1.5
PATIENCE = 6
"""Questions over all series may take this many times longer than others."""

# Parts of the reason where it is some lines that the server won't take, not the request.
_OF_LINES = ("unable to parse", "partial write", "dropped=")

Params = Mapping[str, str | int]


class Refusal(NamedTuple):
    """A line that the server will never take, by its place in what was written, and the server's reason."""

    place: int
    reason: str


class Server:
    """One bucket of one server.

    timeout_s : how long it may take for a request
    """

    def __init__(self, url: str, token: str, org: str, bucket: str, timeout_s: float) -> None:
        # Imported here: it costs half a second and thirty megabytes that a service with SQLite need not pay.
        from influxdb_client.client.influxdb_client import InfluxDBClient
        from influxdb_client.client.write_api import SYNCHRONOUS
        from influxdb_client.domain.write_precision import WritePrecision

        self.url = url
        self._bucket = bucket
        self._precision = cast("WritePrecision", WritePrecision.MS)
        self._timeout_s = timeout_s
        self._clients = {
            patience: InfluxDBClient(url, token, timeout=int(seconds * 1000), org=org)
            for patience, seconds in (
                ("usual", timeout_s),
                ("long", timeout_s * PATIENCE),
                ("short", min(timeout_s, HEALTH_TIMEOUT_S)),
            )
        }
        self._write_api = self._clients["usual"].write_api(write_options=SYNCHRONOUS)

    def write(self, lines: Sequence[str]) -> list[Refusal]:
        """Write lines with times in milliseconds; returns those that it will never take, all others are in.

        Raises StoreUnavailableError where the server can't be reached, is too slow, or asks to come back later.
        """
        return list(self._write_part(lines, 0)) if lines else []

    def _write_part(self, lines: Sequence[str], place: int) -> Iterator[Refusal]:
        reason = self._try(lines)
        if reason is None:
            return
        if len(lines) == 1:
            yield Refusal(place, reason)
            return
        middle = len(lines) // 2
        yield from self._write_part(lines[:middle], place)
        yield from self._write_part(lines[middle:], place + middle)

    def _try(self, lines: Sequence[str]) -> str | None:
        """None if all lines are in, else why not all."""
        from influxdb_client.rest import ApiException

        try:
            with self._reached():
                self._write_api.write(self._bucket, record="\n".join(lines).encode(), write_precision=self._precision)
        except ApiException as error:
            reason = _reason(error)
            if not (error.status == 413 or any(words in reason for words in _OF_LINES)):
                raise self._refused(error) from error
            return reason
        return None

    def query(self, flux: str, params: Params, patience: str = "usual") -> list[Block]:
        """Ask; `bucket` is a parameter of every question. Raises StoreUnavailableError."""
        from influxdb_client.rest import ApiException

        try:
            with self._reached():
                api = self._clients[patience].query_api()
                answer = api.query_raw(flux, params={"bucket": self._bucket, **params})
                found = list(blocks(answer.data))
        except ApiException as error:
            raise self._refused(error) from error
        for block in found:
            # What goes wrong after the first rows comes as a table.
            if "error" in block.columns:
                what = f"InfluxDB at {self.url} broke off ({block.columns['error'][0][:300]})"
                raise StoreUnavailableError("store.refused", f"{what}; tried again; see its log if it stays")
        return found

    def check(self) -> None:
        """Ask for next to nothing, with little patience. Raises StoreUnavailableError."""
        self.query("from(bucket: bucket) |> range(start: -1s) |> limit(n: 1)", {}, "short")

    @contextmanager
    def _reached(self) -> Iterator[None]:
        from urllib3 import exceptions

        try:
            yield
        except exceptions.NewConnectionError as error:
            raise self._unreachable(error) from error
        except exceptions.TimeoutError as error:
            raise StoreUnavailableError(
                "store.timeout", f"InfluxDB at {self.url} did not answer in {self._timeout_s:g} s; see how busy it is"
            ) from error
        except (exceptions.HTTPError, OSError) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> StoreUnavailableError:
        reason = " ".join(str(error).split(": ")[-1].split())[:120]
        return StoreUnavailableError(
            "store.unreachable", f"InfluxDB at {self.url} can't be reached ({reason}); check that it runs"
        )

    def _refused(self, error: Any) -> StoreUnavailableError:
        if error.status in (401, 403, 404):
            what = f"InfluxDB at {self.url} refuses ({error.status} {_reason(error)})"
            return StoreUnavailableError("store.denied", f"{what}; check token, organisation and bucket {self._bucket}")
        what = f"InfluxDB at {self.url} answers {error.status} ({_reason(error)})"
        return StoreUnavailableError("store.refused", f"{what}; tried again; see its log if it stays")

    def close(self) -> None:
        """Let go of connections."""
        for client in self._clients.values():
            client.close()  # type: ignore[no-untyped-call] # the library has no annotation there


def _reason(error: Any) -> str:
    text = str(getattr(error, "message", "") or error.reason or "")
    return " ".join(text.split())[:300]
