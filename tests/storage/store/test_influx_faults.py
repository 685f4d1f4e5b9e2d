"""InfluxDB down, slow, refusing: what the store says, and that nothing is lost, doubled or miscounted."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from models.errors import StoreUnavailableError
from models.reading import Reading, to_ms
from models.rollup import Rollup
from models.store import Written
from storage.influx.server import Server
from storage.rejected import RejectedRowsError
from tests.servers import Bucket, Influxd
from tests.storage.store.place import Place
from tests.storage.store.rows import at, everything, reading, told

MANY = [reading(f"d{i:03d}", i) for i in range(300)]


def test_server_is_down_and_comes_back(influxd: Influxd, influx_place: Place) -> None:
    store = influx_place.store()
    store.write(MANY[:100])
    influxd.kill9()
    with pytest.raises(StoreUnavailableError, match=r"store\.unreachable: .*check that it runs"):
        store.write(MANY)
    with pytest.raises(StoreUnavailableError, match=r"store\.unreachable"):
        store.last()
    assert "store.unreachable" in store.healthy()
    influxd.start()
    assert store.healthy() == ""
    assert store.write(MANY) == Written(200, 100, 0)
    assert store.readings_total() == len(store.last()) == 300


def test_server_is_frozen(influxd: Influxd, influx_place: Place) -> None:
    store = influx_place.store(timeout_s=0.5)
    store.write(MANY[:100])
    influxd.pause()
    start = time.monotonic()
    with pytest.raises(StoreUnavailableError, match=r"store\.timeout"):
        store.write(MANY)
    assert "store.timeout" in store.healthy()
    assert time.monotonic() - start < 3
    influxd.resume()
    influxd.wait_ready()
    deadline = time.monotonic() + 10
    while store.healthy():
        assert time.monotonic() < deadline
    # The server may have taken the request after all: the count is right either way.
    written = store.write(MANY)
    assert (written.same, written.revised) == (100, 0)
    assert store.readings_total() == len(store.last()) == 300


def test_wrong_token_and_bucket_say_what_to_check(bucket: Bucket, influx_place: Place) -> None:
    for wrong in (
        Bucket(bucket.url, "no-such-token", bucket.org, bucket.name),
        Bucket(bucket.url, bucket.token, bucket.org, "no-such-bucket"),
    ):
        influx_place.bucket = wrong
        store = influx_place.store()
        with pytest.raises(StoreUnavailableError, match=r"store\.denied: .*check token, organisation and bucket"):
            store.write(MANY)
        assert "store.denied" in store.healthy()


def test_rejected_lines_are_named_and_the_others_kept(influx_place: Place) -> None:
    store = influx_place.store()
    too_late = [Reading(f"bad{i}", "level_m", 1.0, datetime(2500, 1, 1, tzinfo=UTC)) for i in range(2)]
    too_long = Reading("x" * 70_000, "level_m", 1.0, MANY[0].time)
    rows = [*MANY[:50], too_late[0], *MANY[50:], too_long, too_late[1]]
    with pytest.raises(RejectedRowsError, match=r"store\.rejected: 'bad0' level_m .*2 more") as error:
        store.write(rows)
    assert [row for row, _ in error.value.rejected] == [too_late[0], too_long, too_late[1]]
    assert "time outside range" in error.value.rejected[0][1]
    assert everything(store, [row.device for row in MANY]) == MANY
    assert len(told(store)) == store.readings_total() == 300


@contextmanager
def answering(status: int, body: bytes = b'{"message":"try later"}') -> Iterator[str]:
    """A server that gives every write the same answer, as a proxy or an overloaded InfluxDB does."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status if "write" in self.path else 200)
            self.send_header("Content-Length", str(len(body)) if "write" in self.path else "0")
            self.end_headers()
            if "write" in self.path:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("status", [429, 500, 503, 504])
def test_refused_batch_can_be_tried_again(status: int, bucket: Bucket, influx_place: Place) -> None:
    with answering(status) as url:
        influx_place.bucket = Bucket(url, bucket.token, bucket.org, bucket.name)
        store = influx_place.store()
        with pytest.raises(StoreUnavailableError, match=rf"store\.refused: .* answers {status} \(try later\)"):
            store.write(MANY)
    assert told(store) == {}
    assert store.readings_total() == 0


def test_too_large_a_request_is_cut(influx_place: Place) -> None:
    """413 comes from proxies; what is cut small enough goes through, here nothing does."""
    bucket = influx_place.bucket
    assert bucket is not None
    with answering(413, b"{}") as url:
        influx_place.bucket = Bucket(url, bucket.token, bucket.org, bucket.name)
        with pytest.raises(RejectedRowsError) as error:
            influx_place.store().write(MANY[:3])
    assert len(error.value.rejected) == 3


def test_rollups_of_the_version_before_read_as_not_estimated(bucket: Bucket, influx_place: Place) -> None:
    old = f"value=2.5,minimum=2.0,maximum=0.0,coverage=0.75,present=3i {to_ms(at(0))}"
    server = Server(bucket.url, bucket.token, bucket.org, bucket.name, 10.0)
    assert server.write([f"rollup,level=point,period=hour,quantity=consumption_m3,subject=p {old}"]) == []
    store = influx_place.store()
    first = Rollup("point", "p", "hour", "consumption_m3", at(0), 2.5, 2.0, None, 0.75, 0.0)
    second = first._replace(time=at(60), estimated=0.25)
    store.write_rollups([second])
    assert store.rollups("point", ["p"], "hour", "consumption_m3", at(0), at(120)) == {"p": [first, second]}
